//! Retain: deliveries, quarantined records and decided rows of the arrivals' inbox go when their days are over.

use chrono::{DateTime, TimeDelta, Utc};

use crate::landing::prune_deliveries;
use crate::pipeline::Pipeline;
use crate::run::belonging::claim_folders;
use crate::run::error::RunError;
use crate::warehouse::{AccountSession, Warehouse};

/// How much went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Retained {
    /// Landed deliveries removed.
    pub deliveries: u64,
    /// Quarantined records deleted.
    pub records: u64,
    /// Rows of the inbox of arrivals deleted; the arrivals stay.
    pub inbox_rows: u64,
}

/// One account, under its lock. To begin again harms nothing.
pub async fn retain(pipeline: &Pipeline, warehouse: &Warehouse, now: DateTime<Utc>) -> Result<Retained, RunError> {
    let session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let retained = async {
        claim_folders(pipeline, warehouse).await?;
        retain_account(pipeline, &session, now).await
    }
    .await;
    session.release().await;
    retained
}

/// The same, for who holds the lock already.
pub(super) async fn retain_account(
    pipeline: &Pipeline,
    session: &AccountSession,
    now: DateTime<Utc>,
) -> Result<Retained, RunError> {
    let oldest = |keep_days: u32| now - TimeDelta::days(i64::from(keep_days));
    let (dir, account) = (&pipeline.landing.dir, &pipeline.account);
    let oldest_landed = oldest(pipeline.landing.keep_days);
    let deliveries = prune_deliveries(dir, account, oldest_landed)?;
    let records = session.delete_old_rejections(oldest(pipeline.quarantine.keep_days), oldest_landed).await?;
    let inbox_rows = session.delete_old_inbox(oldest(pipeline.quarantine.keep_days)).await?;
    if deliveries + records + inbox_rows > 0 {
        tracing::info!(deliveries, records, inbox_rows, "removed what is past its days");
    }
    Ok(Retained { deliveries, records, inbox_rows })
}
