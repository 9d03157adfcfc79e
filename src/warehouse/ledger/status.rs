//! What an operator asks in the morning: the last runs, what is pending, what is in quarantine.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::warehouse::ledger::backlog::backlogs;
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// Days of [`AccountStatus::volumes`] before the last delivery, and after it: two weeks back, four ahead.
const VOLUME_DAYS: (i32, i32) = (14, 27);

/// One account's state.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct AccountStatus {
    pub account: String,
    /// Newest first.
    pub runs: Vec<StatusRun>,
    pub pending: u64,
    pub pending_since: Option<DateTime<Utc>>,
    pub quarantine: Vec<QuarantineCount>,
    /// Arrivals that are not decided.
    pub inbox_open: u64,
    pub inbox_open_since: Option<DateTime<Utc>>,
    /// Arrivals refused in the last seven days.
    pub inbox_refused: u64,
    /// Per check date, around the day of the last delivery. Empty before the first.
    pub volumes: Vec<DayVolume>,
}

/// Reservations of one check date that are not cancelled.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DayVolume {
    pub check_date: NaiveDate,
    pub reservations: u64,
}

/// One run, with the delivery that it loaded, if it came that far.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StatusRun {
    pub run_id: i64,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// `None`: running, or killed.
    pub outcome: Option<String>,
    pub failure: Option<String>,
    pub delivery: Option<i64>,
    pub received: Option<i64>,
    pub accepted: Option<i64>,
    pub rejected: Option<i64>,
    pub unchanged: Option<i64>,
    pub opened: Option<i64>,
    pub closed: Option<i64>,
}

/// Open rejections of one reason.
#[derive(Debug, Clone, serde::Serialize)]
pub struct QuarantineCount {
    /// Empty: the record as a whole.
    pub field: String,
    pub rule: String,
    pub records: i64,
    pub oldest_at: DateTime<Utc>,
}

impl Warehouse {
    /// The state of every account that the ledger knows, by name.
    pub async fn status(&self, runs_per_account: i64) -> Result<Vec<AccountStatus>, WarehouseError> {
        let operation = "read the ledger";
        let client = self.client().await?;
        let mut accounts: BTreeMap<String, AccountStatus> = BTreeMap::new();
        let runs = client
            .query(text!("ledger/select_recent_runs"), &[&runs_per_account])
            .await
            .map_err(WarehouseError::query(operation))?;
        for row in runs {
            accounts.entry(row.get(0)).or_default().runs.push(StatusRun {
                run_id: row.get(1),
                started_at: row.get(2),
                finished_at: row.get(3),
                outcome: row.get(4),
                failure: row.get(5),
                delivery: row.get(6),
                received: row.get(7),
                accepted: row.get(8),
                rejected: row.get(9),
                unchanged: row.get(10),
                opened: row.get(11),
                closed: row.get(12),
            });
        }
        for backlog in backlogs(&client, None).await? {
            let pending = backlog.pending();
            let status = accounts.entry(backlog.account).or_default();
            status.pending = pending.count;
            status.pending_since = pending.since;
        }
        let quarantine = client
            .query(text!("ledger/select_quarantine_counts"), &[])
            .await
            .map_err(WarehouseError::query(operation))?;
        for row in quarantine {
            accounts.entry(row.get(0)).or_default().quarantine.push(QuarantineCount {
                field: row.get(1),
                rule: row.get(2),
                records: row.get(3),
                oldest_at: row.get(4),
            });
        }
        let inbox =
            client.query(text!("ledger/select_inbox_counts"), &[]).await.map_err(WarehouseError::query(operation))?;
        for row in inbox {
            let status = accounts.entry(row.get(0)).or_default();
            status.inbox_open = row.get::<_, i64>(1) as u64;
            status.inbox_open_since = row.get(2);
            status.inbox_refused = row.get::<_, i64>(3) as u64;
        }
        let volumes = client
            .query(text!("ledger/select_volumes_around_the_last_delivery"), &[&VOLUME_DAYS.0, &VOLUME_DAYS.1])
            .await
            .map_err(WarehouseError::query(operation))?;
        for row in volumes {
            accounts
                .entry(row.get(0))
                .or_default()
                .volumes
                .push(DayVolume { check_date: row.get(1), reservations: row.get::<_, i64>(2) as u64 });
        }
        Ok(accounts.into_iter().map(|(account, status)| AccountStatus { account, ..status }).collect())
    }
}
