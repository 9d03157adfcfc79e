//! Which quarantined records of which accounts `tijian quarantine retry` and `discard` mean.

use crate::failure::{RunError, UnknownRecord};
use crate::night::retry::Selection;
use crate::pipeline::Pipeline;
use crate::warehouse::{RejectionFilter, Warehouse};

/// The records that are meant, by the account they came to. Named records mean their accounts only, so that no other one's
/// platform is called; without names, every account is meant, and one may have none.
///
/// # Errors
///
/// [`UnknownRecord`] where a record that was named is not in quarantine, or is another account's: nothing is done then.
pub async fn choose_records<'a>(
    warehouse: &Warehouse,
    pipelines: &'a [Pipeline],
    filter: &RejectionFilter,
    operator: &str,
) -> Result<Vec<(&'a Pipeline, Selection)>, RunError> {
    if let Some(ids) = &filter.ids {
        require_known(warehouse, pipelines, ids).await?;
    }
    let mut chosen = Vec::new();
    for pipeline in pipelines {
        let filter = RejectionFilter { account: Some(pipeline.account.clone()), ..filter.clone() };
        let open = warehouse.open_rejections(&filter, i64::MAX).await?;
        if filter.ids.is_some() && open.is_empty() {
            continue;
        }
        let rejection_ids = open.iter().map(|rejection| rejection.rejection_id).collect();
        chosen.push((pipeline, Selection { rejection_ids, operator: operator.to_owned() }));
    }
    Ok(chosen)
}

/// Reports a mistyped number before anything is done.
async fn require_known(warehouse: &Warehouse, pipelines: &[Pipeline], ids: &[i64]) -> Result<(), RunError> {
    let filter = RejectionFilter { ids: Some(ids.to_vec()), ..RejectionFilter::default() };
    let open = warehouse.open_rejections(&filter, i64::MAX).await?;
    for &id in ids {
        let found = open.iter().find(|rejection| rejection.rejection_id == id);
        let account = &found.ok_or(UnknownRecord::NotInQuarantine(id))?.account;
        if pipelines.iter().all(|pipeline| pipeline.account != *account) {
            return Err(UnknownRecord::OtherAccount { id, account: account.clone() }.into());
        }
    }
    Ok(())
}
