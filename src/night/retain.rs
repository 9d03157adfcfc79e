//! Retain: deliveries, quarantined records, decided rows of the arrivals' inbox and finance snapshots go when their days are over.
//!
//! Days are counted by a clock, and a clock can be years off. So nothing goes while clocks differ, and some things never by
//! their age alone: the newest deliveries, and a refused record that still comes.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::failure::RunError;
use crate::files::{old_snapshots, remove_snapshots};
use crate::landing::{old_deliveries, prune_journal, remove_deliveries};
use crate::night::belonging::claim_folders;
use crate::night::clocks::{ClocksApart, PlatformClock, compare_clocks};
use crate::night::journal::check_not_behind;
use crate::pipeline::{ExportDefinition, Pipeline};
use crate::warehouse::{AccountSession, RetentionLimits, Warehouse};

/// The newest deliveries of an account stay, whatever their age: a month of nights.
const NEWEST_DELIVERIES_KEPT: i64 = 30;

/// Counts of what was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Retained {
    /// Landed deliveries removed.
    pub deliveries: u64,
    /// Quarantined records deleted.
    pub records: u64,
    /// Rows of the inbox of arrivals deleted; the arrivals stay.
    pub inbox_rows: u64,
    /// Finance snapshots removed.
    pub snapshots: u64,
    /// There is expired data, and it was not removed because clocks differ: what they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<ClocksApart>,
}

/// One account, under its lock. To begin again harms nothing.
pub async fn retain(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    now: DateTime<Utc>,
    platform: PlatformClock,
) -> Result<Retained, RunError> {
    let mut session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let retained = async {
        claim_folders(pipeline, warehouse).await?;
        // A recovery needs what an older database would call too old.
        check_not_behind(pipeline, warehouse).await?;
        retain_account(pipeline, &mut session, now, platform).await
    }
    .await;
    session.release().await;
    retained
}

/// The same, for who holds the lock already.
pub(super) async fn retain_account(
    pipeline: &Pipeline,
    session: &mut AccountSession,
    now: DateTime<Utc>,
    platform: PlatformClock,
) -> Result<Retained, RunError> {
    let oldest = |keep_days: u32| now - TimeDelta::days(i64::from(keep_days));
    let limits = RetentionLimits {
        oldest_landed: oldest(pipeline.landing.keep_days),
        oldest_record: oldest(pipeline.quarantine.keep_days),
        newest_kept: NEWEST_DELIVERIES_KEPT,
    };
    let clocks = compare_clocks(now, &session.clocks().await?, platform);
    let kept = session.newest_landing_files(limits.newest_kept).await?;
    let old = old_deliveries(&pipeline.landing.dir, &pipeline.account, limits.oldest_landed, &kept)?;
    let current: Vec<PathBuf> = session.current_files().await?.into_iter().map(PathBuf::from).collect();
    let retention = session.begin_retention().await?;
    let deliveries = old.len() as u64;
    let records = retention.delete_old_rejections(&limits).await?;
    let inbox_rows = retention.delete_old_inbox(&limits).await?;
    let mut old_files = Vec::new();
    for (dir, days) in finance_snapshots(pipeline) {
        old_files.extend(old_snapshots(dir, &pipeline.account, oldest(days), &current)?);
    }
    let snapshots = old_files.len() as u64;
    if deliveries + records + inbox_rows + snapshots == 0 {
        return Ok(Retained::default());
    }
    if clocks.is_err() && platform == PlatformClock::Silent {
        // Nobody can say whose clock is wrong: the next delivery shows it.
        return Ok(Retained::default());
    }
    if let Err(apart) = clocks {
        // Dropped, the transaction has deleted nothing.
        tracing::warn!(
            deliveries,
            records,
            inbox_rows,
            snapshots,
            "nothing was removed, because clocks differ: {apart}; correct the wrong one"
        );
        return Ok(Retained { left_out: Some(apart), ..Retained::default() });
    }
    // Files first: a record that was discarded must be known for as long as a file may still hold it.
    remove_deliveries(&old)?;
    prune_journal(&pipeline.landing.dir, &pipeline.account, limits.oldest_landed)?;
    retention.commit().await?;
    remove_snapshots(&old_files)?;
    tracing::info!(deliveries, records, inbox_rows, snapshots, "removed expired data");
    Ok(Retained { deliveries, records, inbox_rows, snapshots, left_out: None })
}

/// Folders with finance snapshots that are kept for so many days.
fn finance_snapshots(pipeline: &Pipeline) -> impl Iterator<Item = (&Path, u32)> {
    pipeline.exports.iter().filter_map(|export| match export {
        ExportDefinition::Finance { dir, snapshot_days, .. } => Some((dir.as_path(), (*snapshot_days)?)),
        _ => None,
    })
}
