//! The figures of `tijian status`: the last runs, what is pending, what is in quarantine.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::warehouse::ledger::backlog::backlogs;
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const READ: &str = "read the ledger";

const SELECT_RUNS: Statement = sql!("ledger/select_recent_runs", READ);
const SELECT_QUARANTINE: Statement = sql!("ledger/select_quarantine_counts", READ);
const SELECT_INBOX: Statement = sql!("ledger/select_inbox_counts", READ);
const SELECT_VOLUMES: Statement = sql!("ledger/select_volumes_around_the_last_delivery", READ);

/// Days of [`AccountStatus::volumes`] before the last delivery, and after it: two weeks back, four ahead.
const VOLUME_DAYS: (i32, i32) = (14, 27);

/// One account's state.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct AccountStatus {
    pub account: String,
    /// The last runs, newest first.
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
    /// For who knows the account's pipeline: the ledger does not tell where it publishes.
    pub lakes: Vec<LakeStatus>,
}

/// A lake, and how many deliveries of an account it lacks.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LakeStatus {
    pub lake: String,
    pub deliveries_owed: u64,
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
        let client = self.client().await?;
        let mut accounts: BTreeMap<String, AccountStatus> = BTreeMap::new();
        for row in SELECT_RUNS.rows(&client, &[&runs_per_account]).await? {
            accounts.entry(row.get("account")?).or_default().runs.push(status_run(&row)?);
        }
        for backlog in backlogs(&client, None).await? {
            let pending = backlog.pending();
            let status = accounts.entry(backlog.account).or_default();
            status.pending = pending.count;
            status.pending_since = pending.since;
        }
        for row in SELECT_QUARANTINE.rows(&client, &[]).await? {
            accounts.entry(row.get("account")?).or_default().quarantine.push(QuarantineCount {
                field: row.get("field")?,
                rule: row.get("rule")?,
                records: row.get("records")?,
                oldest_at: row.get("oldest_at")?,
            });
        }
        for row in SELECT_INBOX.rows(&client, &[]).await? {
            let status = accounts.entry(row.get("account")?).or_default();
            status.inbox_open = row.count("open")?;
            status.inbox_open_since = row.get("open_since")?;
            status.inbox_refused = row.count("refused")?;
        }
        for row in SELECT_VOLUMES.rows(&client, &[&VOLUME_DAYS.0, &VOLUME_DAYS.1]).await? {
            let volume = DayVolume { check_date: row.get("check_date")?, reservations: row.count("reservations")? };
            accounts.entry(row.get("account")?).or_default().volumes.push(volume);
        }
        Ok(accounts.into_iter().map(|(account, status)| AccountStatus { account, ..status }).collect())
    }
}

fn status_run(row: &Row) -> Result<StatusRun, WarehouseError> {
    Ok(StatusRun {
        run_id: row.get("run_id")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        outcome: row.get("outcome")?,
        failure: row.get("failure")?,
        delivery: row.get("delivery_id")?,
        received: row.get("received")?,
        accepted: row.get("accepted")?,
        rejected: row.get("rejected")?,
        unchanged: row.get("unchanged")?,
        opened: row.get("opened")?,
        closed: row.get("closed")?,
    })
}
