//! Verification of a finance file: against its manifest, and against the warehouse that it was made from; of a month, which has
//! no manifest, against the warehouse.

use std::path::Path;

use futures_util::TryStreamExt;

use crate::failure::RunError;
use crate::files::{FinanceComparison, Finding, Kind, Manifest, compare_month, month_by_name, verify_file};
use crate::night::export::write_batches;
use crate::upkeep::FinanceMonth;
use crate::warehouse::{DatasetRows, KnownDelivery, Warehouse};
use crate::wording::message;

/// Checks a file; without a warehouse, against its manifest only. An `Err` is about the warehouse.
pub async fn verify_finance(path: &Path, warehouse: Option<&Warehouse>) -> Result<Vec<Finding>, RunError> {
    let of_month = month_by_name(path).and_then(|(account, text)| Some((account, FinanceMonth::parse(text)?)));
    if let Some((account, month)) = of_month {
        return verify_month(path, account, month, warehouse).await;
    }
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
    findings.push(find_account(&account, known));
    match (manifest.kind, known) {
        (_, KnownDelivery::UnknownAccount) => {}
        (Kind::Snapshot, known) => {
            let compared = match known {
                KnownDelivery::EffectiveAt(as_of) => manifest.compare_delivery(delivery_id, as_of),
                _ => Err(message!("finance-no-delivery", delivery = delivery_id.to_string())),
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
                None => Err(message!("finance-no-handoff", handoff = number.to_string())),
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

fn find_account(account: &str, known: KnownDelivery) -> Finding {
    let is_known = match known {
        KnownDelivery::UnknownAccount => Err(message!("finance-no-account", account)),
        _ => Ok(()),
    };
    Finding::of("the warehouse knows the account", is_known)
}

async fn verify_month(
    path: &Path,
    account: &str,
    month: FinanceMonth,
    warehouse: Option<&Warehouse>,
) -> Result<Vec<Finding>, RunError> {
    const IS_CLOSED: &str = "the warehouse has closed the month";
    let Some(warehouse) = warehouse else {
        return Ok(vec![Finding::of(IS_CLOSED, Err(message!("finance-month-offline")))]);
    };
    // Of no delivery: whether there is any of the account.
    let known = warehouse.find_delivery(account, 0).await?;
    let mut findings = vec![find_account(account, known)];
    if known == KnownDelivery::UnknownAccount {
        return Ok(findings);
    }
    let Some((handoffs, rows)) = warehouse.find_month(account, month.first()).await? else {
        findings.push(Finding::of(IS_CLOSED, Err(message!("finance-month-open"))));
        return Ok(findings);
    };
    findings.push(Finding::of(IS_CLOSED, Ok(())));
    let rows = rows.batches.try_collect::<Vec<_>>().await?;
    let (path, closed) = (path.to_owned(), month.closed(account.to_owned(), handoffs));
    let compared = tokio::task::spawn_blocking(move || compare_month(&path, &closed, &rows));
    findings.extend(compared.await.map_err(RunError::Worker)??);
    Ok(findings)
}

async fn compare(path: &Path, manifest: Manifest, rows: DatasetRows) -> Result<Vec<Finding>, RunError> {
    let path = path.to_owned();
    let columns = rows.columns;
    let open = move || FinanceComparison::open(&path, manifest, &columns);
    let comparison = write_batches(rows.batches, open, FinanceComparison::compare).await?;
    Ok(tokio::task::spawn_blocking(move || comparison.finish()).await.map_err(RunError::Worker)??)
}
