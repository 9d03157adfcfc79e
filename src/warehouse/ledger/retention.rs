//! What goes by its age, in one transaction; and the clocks that ages are told by.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;

use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, WarehouseError};

/// Clocks other than this machine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerClocks {
    pub database_at: DateTime<Utc>,
    /// What the newest delivery that says so says of its own time. `None`: none has said it.
    pub platform_at: Option<DateTime<Utc>>,
}

/// Up to where things go.
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
        let row = self
            .client
            .query_one(text!("ledger/select_clocks"), &[&self.account])
            .await
            .map_err(WarehouseError::query("look at the clocks"))?;
        Ok(LedgerClocks { database_at: row.get(0), platform_at: row.get(1) })
    }

    /// Names of the landed files of the newest deliveries.
    pub async fn newest_landing_files(&self, deliveries: i64) -> Result<HashSet<String>, WarehouseError> {
        let rows = self
            .client
            .query(text!("ledger/select_newest_landing_files"), &[&self.account, &deliveries])
            .await
            .map_err(WarehouseError::query("look up the newest deliveries"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Opens the transaction.
    pub async fn begin_retention(&mut self) -> Result<Retention<'_>, WarehouseError> {
        let account = self.account.clone();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query("begin the retention"))?;
        Ok(Retention { transaction, account })
    }
}

impl Retention<'_> {
    /// Deletes quarantined records that were neither delivered nor resolved within their days; returns how many. One that
    /// came with the newest delivery still comes, and stays. Of what was discarded or erased, the empty row stays for as
    /// long as there may be a landed file.
    pub async fn delete_old_rejections(&self, limits: &RetentionLimits) -> Result<u64, WarehouseError> {
        let delete = text!("quarantine/delete_old_rejections");
        self.transaction
            .execute(delete, &[&self.account, &limits.oldest_record, &limits.oldest_landed, &limits.newest_kept])
            .await
            .map_err(WarehouseError::query("delete old records of the quarantine"))
    }

    /// Deletes rows of the inbox that were decided before their days began. Returns how many.
    pub async fn delete_old_inbox(&self, limits: &RetentionLimits) -> Result<u64, WarehouseError> {
        let delete = text!("arrivals/delete_old_inbox");
        self.transaction
            .execute(delete, &[&self.account, &limits.oldest_record])
            .await
            .map_err(WarehouseError::query("delete old rows of the inbox"))
    }

    pub async fn commit(self) -> Result<(), WarehouseError> {
        self.transaction.commit().await.map_err(WarehouseError::query("commit the retention"))
    }
}
