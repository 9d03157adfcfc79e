//! The lakes that pipelines name. Pure.

use crate::pipeline::{ExportDefinition, LakeUrl, Pipeline};

/// A lake, and the accounts that publish to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeTarget {
    pub url: LakeUrl,
    pub accounts: Vec<String>,
    /// The longest that one of them asks for.
    pub keep_hours: u32,
}

/// The lakes of these pipelines, each once.
pub fn lakes<'a>(pipelines: impl IntoIterator<Item = &'a Pipeline>) -> Vec<LakeTarget> {
    let mut lakes: Vec<LakeTarget> = Vec::new();
    for pipeline in pipelines {
        for export in &pipeline.exports {
            let ExportDefinition::Lake { url, keep_hours } = export else { continue };
            match lakes.iter_mut().find(|lake| lake.url == *url) {
                Some(lake) => {
                    lake.accounts.push(pipeline.account.clone());
                    lake.keep_hours = lake.keep_hours.max(*keep_hours);
                }
                None => lakes.push(LakeTarget {
                    url: url.clone(),
                    accounts: vec![pipeline.account.clone()],
                    keep_hours: *keep_hours,
                }),
            }
        }
    }
    lakes
}

#[cfg(test)]
mod tests;
