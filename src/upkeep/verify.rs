//! Verification of a finance file: against its manifest, and against the warehouse that it was made from.

use std::path::Path;

use crate::failure::RunError;
use crate::files::{FinanceComparison, Finding, Kind, Manifest, Said, verify_file};
use crate::night::export::write_batches;
use crate::warehouse::{DatasetRows, KnownDelivery, Warehouse};

/// What is right and wrong with a file; without a warehouse, by its manifest alone. An `Err` is about the warehouse.
pub async fn verify_finance(path: &Path, warehouse: Option<&Warehouse>) -> Result<Vec<Finding>, RunError> {
    let file = path.to_owned();
    let verified = tokio::task::spawn_blocking(move || verify_file(&file)).await.map_err(RunError::Worker)?;
    let mut findings = verified.findings;
    if let (Some(manifest), Some(warehouse)) = (verified.manifest, warehouse) {
        verify_by_warehouse(path, manifest, warehouse, &mut findings).await?;
    }
    Ok(findings)
}

async fn verify_by_warehouse(
    path: &Path,
    manifest: Manifest,
    warehouse: &Warehouse,
    findings: &mut Vec<Finding>,
) -> Result<(), RunError> {
    let (account, delivery_id) = (manifest.account.clone(), manifest.delivery_id);
    let known = warehouse.find_delivery(&account, delivery_id).await?;
    let is_known = match known {
        KnownDelivery::UnknownAccount => Err(Said::of(
            format!("it has nothing of account {account}: is this the right database, and the right hospital's file?"),
            format!("没有账号 {account} 的任何数据：数据库对吗？文件是这家医院的吗？"),
        )),
        _ => Ok(()),
    };
    findings.push(Finding::of("the warehouse knows the account", is_known));
    match (manifest.kind, known) {
        (_, KnownDelivery::UnknownAccount) => {}
        (Kind::Snapshot, known) => {
            let compared = match known {
                KnownDelivery::EffectiveAt(as_of) => manifest.compare_delivery(delivery_id, as_of),
                _ => Err(Said::of(
                    format!("it has no delivery {delivery_id} of this account that changed anything"),
                    format!("该账号没有引起变化的交付 {delivery_id}"),
                )),
            };
            let is_right = compared.is_ok();
            findings.push(Finding::of("the warehouse knows the delivery", compared));
            if is_right {
                let rows = warehouse.finance_rows_as_of(&account, delivery_id).await?;
                findings.extend(compare(path, manifest, rows).await?);
            }
        }
        (Kind::Delta, _) => {
            let number = manifest.handoff.as_ref().map_or(0, |handoff| handoff.handoff_number);
            let handoff = warehouse.find_handoff(&account, number).await?;
            let compared = match &handoff {
                Some(handoff) => manifest.compare_handoff(handoff),
                None => Err(Said::of(
                    format!("it has no handoff {number} of this account"),
                    format!("该账号没有交接批次 {number}"),
                )),
            };
            findings.push(Finding::of("the warehouse knows the handoff", compared));
            if let Some(handoff) = handoff {
                let rows = warehouse.handoff_entries(&handoff).await?;
                findings.extend(compare(path, manifest, rows).await?);
            }
        }
    }
    Ok(())
}

async fn compare(path: &Path, manifest: Manifest, rows: DatasetRows) -> Result<Vec<Finding>, RunError> {
    let path = path.to_owned();
    let columns = rows.columns;
    let open = move || FinanceComparison::open(&path, manifest, &columns);
    let comparison = write_batches(rows.batches, open, FinanceComparison::compare).await?;
    Ok(tokio::task::spawn_blocking(move || comparison.finish()).await.map_err(RunError::Worker)??)
}
