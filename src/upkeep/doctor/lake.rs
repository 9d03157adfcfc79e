//! The lakes that an account publishes to: within reach, where the ledger has left them, and what they lack.

use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::lake::{LakeError, LakeStore};
use crate::pipeline::{ExportDefinition, LakeUrl, Pipeline};
use crate::settings::Settings;
use crate::upkeep::doctor::finding::{Finding, Findings};
use crate::warehouse::{LakePosition, Warehouse};
use crate::wording::message;

/// Each lake once; none for a pipeline without one.
pub(super) async fn examine(
    pipeline: &Pipeline,
    settings: &Settings,
    ledger: Result<&Warehouse, &'static str>,
) -> Findings {
    let mut findings = Findings::new();
    for export in &pipeline.exports {
        let ExportDefinition::Lake { url, .. } = export else { continue };
        let finding = match ledger {
            Ok(warehouse) => {
                let looked = look(url, &pipeline.account, settings, warehouse).await;
                looked.unwrap_or_else(|error| Finding::of_error(&error))
            }
            Err(why) => Finding::LeftOut(why),
        };
        findings.push(("lake", finding));
    }
    findings
}

async fn look(url: &LakeUrl, account: &str, settings: &Settings, warehouse: &Warehouse) -> Result<Finding, RunError> {
    let store = LakeStore::open(url, warehouse.identity().await?, settings)?;
    let (position, owed) = warehouse.lake_state(&url.to_string(), account).await?;
    let found = store.read_pointer().await?.map_or(0, |found| found.pointer.number);
    judge(url, found, position, owed)
}

fn judge(url: &LakeUrl, found: u64, position: LakePosition, owed: u64) -> Result<Finding, RunError> {
    let LakePosition { published, claimed } = position;
    // One that is being published to may be at either.
    if found != published && (claimed == 0 || found != claimed) {
        return Err(LakeError::OtherPosition { lake: url.clone(), found, known: published }.into());
    }
    let (lake, number) = (url.to_string(), found);
    Ok(match owed {
        0 => Finding::Good(message!("doctor-lake-good", lake, number)),
        _ => Finding::watch(ExitCode::Good, message!("doctor-lake-owed", lake, count = owed), Remedy::PublishAgain),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lake_is_where_the_ledger_left_it_or_where_it_is_going() {
        let url = LakeUrl::parse("s3://lake").unwrap();
        let judge = |found, published, claimed, owed| judge(&url, found, LakePosition { published, claimed }, owed);
        for (found, published, claimed) in [(0, 0, 0), (7, 7, 0), (7, 7, 8), (8, 7, 8)] {
            let good = Finding::Good(message!("doctor-lake-good", lake = "s3://lake", number = found));
            assert_eq!(judge(found, published, claimed, 0).unwrap(), good);
        }
        assert!(matches!(judge(7, 7, 0, 2).unwrap(), Finding::Watch(trouble) if trouble.exit_code == ExitCode::Good));
        for (found, published, claimed) in [(9, 7, 8), (6, 7, 0), (0, 7, 0), (7, 0, 8)] {
            let error = judge(found, published, claimed, 0).unwrap_err();
            let RunError::Lake(LakeError::OtherPosition { found: told, known, .. }) = error else { panic!("{error}") };
            assert_eq!((told, known), (found, published));
        }
    }
}
