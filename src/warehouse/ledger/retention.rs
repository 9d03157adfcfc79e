//! Removes expired data in one transaction, and reads the clocks by which ages are measured.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;

use crate::warehouse::statement::{Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, WarehouseError};

const SELECT_CLOCKS: Statement = sql!("ledger/select_clocks", "look at the clocks");
const SELECT_NEWEST_FILES: Statement = sql!("ledger/select_newest_landing_files", "look up the newest deliveries");
const DELETE_REJECTIONS: Statement = sql!("quarantine/delete_old_rejections", "delete old records of the quarantine");
const DELETE_INBOX: Statement = sql!("arrivals/delete_old_inbox", "delete old rows of the inbox");

/// Clocks other than this machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerClocks {
    pub database_at: DateTime<Utc>,
    /// The platform's time in the newest delivery that has one. `None`: no delivery has one.
    pub platform_at: Option<DateTime<Utc>>,
}

/// Up to which times data is removed.
#[derive(Debug, Clone)]
pub struct RetentionLimits {
    /// No landed file is older, but for those of the newest deliveries.
    pub oldest_landed: DateTime<Utc>,
    pub oldest_record: DateTime<Utc>,
    /// How many deliveries stay whatever their age.
    pub newest_kept: i64,
}

/// The open transaction of a retention. Dropped without a commit, it has deleted nothing.
pub struct Retention<'session> {
    transaction: Transaction<'session>,
    account: String,
}

impl AccountSession {
    /// The database's clock, and the platform's.
    pub async fn clocks(&self) -> Result<LedgerClocks, WarehouseError> {
        let row = SELECT_CLOCKS.row(&self.client, &[&self.account]).await?;
        Ok(LedgerClocks { database_at: row.get("database_at")?, platform_at: row.get("platform_at")? })
    }

    /// Names of the landed files of the newest deliveries.
    pub async fn newest_landing_files(&self, deliveries: i64) -> Result<HashSet<String>, WarehouseError> {
        let rows = SELECT_NEWEST_FILES.rows(&self.client, &[&self.account, &deliveries]).await?;
        rows.iter().map(|row| row.get("landing_file")).collect()
    }

    /// Opens the transaction.
    pub async fn begin_retention(&mut self) -> Result<Retention<'_>, WarehouseError> {
        let account = self.account.clone();
        let transaction = begin(&mut self.client, "begin the retention").await?;
        Ok(Retention { transaction, account })
    }
}

impl Retention<'_> {
    /// Deletes quarantined records that were neither delivered nor resolved within their days; returns how many. One that
    /// came with the newest delivery still comes, and stays. Of what was discarded or erased, the empty row stays for as
    /// long as there may be a landed file.
    pub async fn delete_old_rejections(&self, limits: &RetentionLimits) -> Result<u64, WarehouseError> {
        let RetentionLimits { oldest_landed, oldest_record, newest_kept } = limits;
        DELETE_REJECTIONS.run(&self.transaction, &[&self.account, oldest_record, oldest_landed, newest_kept]).await
    }

    /// Deletes rows of the inbox that were decided before their days began. Returns how many.
    pub async fn delete_old_inbox(&self, limits: &RetentionLimits) -> Result<u64, WarehouseError> {
        DELETE_INBOX.run(&self.transaction, &[&self.account, &limits.oldest_record]).await
    }

    pub async fn commit(self) -> Result<(), WarehouseError> {
        commit(self.transaction, "commit the retention").await
    }
}
