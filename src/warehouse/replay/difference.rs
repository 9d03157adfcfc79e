//! What a replay gives otherwise than the live history: counted by month, and named version by version, never by value.

use chrono::NaiveDate;

use crate::warehouse::statement::text;
use crate::warehouse::{Replay, WarehouseError};

/// Versions that are named one by one.
const VERSIONS_SHOWN: i64 = 50;

/// How a replayed history differs from the live one.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ReplayDifference {
    /// Months of check dates with versions that differ.
    pub months: Vec<MonthDifference>,
    /// The first of these versions.
    pub differing_versions: Vec<VersionDifference>,
    /// Records (each content once) that were refused when they came, and are accepted by today's contract.
    pub newly_accepted: i64,
    /// Records (each content once) that were accepted when they came, and are refused by today's contract.
    pub newly_refused: i64,
    /// Deliveries in which other records are refused than were.
    pub deliveries_refused_otherwise: i64,
    /// Rules of the contract that are broken more or less often than they were.
    pub rules: Vec<RuleDifference>,
}

/// Versions of one month that differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MonthDifference {
    /// Its first day.
    pub check_month: NaiveDate,
    pub live_only: i64,
    pub replay_only: i64,
    pub different: i64,
}

/// A version that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VersionDifference {
    pub serial_number: String,
    pub version: i32,
    /// `live_only`, `replay_only` or `different`.
    pub kind: String,
    /// Names of the columns that differ, where both histories have it.
    pub columns: Vec<String>,
}

/// A rule that records break more or less often.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RuleDifference {
    /// The platform's spelling; empty: the record as a whole.
    pub field: String,
    pub rule: String,
    pub is_rejecting: bool,
    pub live: i64,
    pub replay: i64,
}

/// A shadow that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayRecord {
    pub replay_id: i64,
    pub versions: i64,
}

impl ReplayDifference {
    /// The same versions, and the same records refused.
    pub fn is_nothing(&self) -> bool {
        self.months.is_empty() && self.deliveries_refused_otherwise == 0
    }

    /// Versions that differ, in all months.
    pub fn count(&self) -> i64 {
        self.months.iter().map(|month| month.live_only + month.replay_only + month.different).sum()
    }
}

impl Replay<'_> {
    /// Ends the shadow: what erasures keep out of it goes, and the ledger knows of it. `None`: nothing was replayed.
    pub async fn complete(&mut self) -> Result<Option<ReplayRecord>, WarehouseError> {
        self.repeat_erasures(i64::MAX).await?;
        let account = self.load.account.clone();
        self.load
            .transaction
            .batch_execute(text!("replay/configure_comparison"))
            .await
            .map_err(WarehouseError::query("compare the histories"))?;
        for statement in [text!("replay/erase_once_refused_versions"), text!("replay/forget_erased_rejections")] {
            self.execute(statement, &[&account]).await?;
        }
        let insert = text!("replay/insert_replay");
        let rows = self.query(insert, &[&account, &env!("CARGO_PKG_VERSION")]).await?;
        Ok(rows.first().map(|row| ReplayRecord { replay_id: row.get(0), versions: row.get(1) }))
    }

    /// Compares the shadow with the live history.
    pub async fn compare(&mut self) -> Result<ReplayDifference, WarehouseError> {
        let account = self.load.account.clone();
        self.execute(text!("replay/create_differing_versions"), &[]).await?;
        self.execute(text!("replay/insert_differing_versions"), &[&account]).await?;
        // It is read a dozen times by a swap, and may hold a whole history.
        self.execute("analyze pg_temp.differing_versions", &[]).await?;
        let months = self.query(text!("replay/select_differing_months"), &[]).await?;
        let select_versions = text!("replay/select_differing_versions");
        let versions = self.query(select_versions, &[&VERSIONS_SHOWN]).await?;
        let count_refusals = text!("replay/count_refusals_that_differ");
        let refusals = self.query(count_refusals, &[&account]).await?;
        let rules = self.query(text!("replay/select_differing_rules"), &[&account]).await?;
        let month = |row: &tokio_postgres::Row| MonthDifference {
            check_month: row.get(0),
            live_only: row.get(1),
            replay_only: row.get(2),
            different: row.get(3),
        };
        let version = |row: &tokio_postgres::Row| VersionDifference {
            serial_number: row.get(0),
            version: row.get(1),
            kind: row.get(2),
            columns: row.get(3),
        };
        let rule = |row: &tokio_postgres::Row| RuleDifference {
            field: row.get(0),
            rule: row.get(1),
            is_rejecting: row.get(2),
            live: row.get(3),
            replay: row.get(4),
        };
        Ok(ReplayDifference {
            months: months.iter().map(month).collect(),
            differing_versions: versions.iter().map(version).collect(),
            newly_accepted: refusals.first().map_or(0, |row| row.get(0)),
            newly_refused: refusals.first().map_or(0, |row| row.get(1)),
            deliveries_refused_otherwise: refusals.first().map_or(0, |row| row.get(2)),
            rules: rules.iter().map(rule).collect(),
        })
    }
}
