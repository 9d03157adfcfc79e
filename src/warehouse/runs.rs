//! The rows of `etl.runs`: what began, and how it ended.

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::warehouse::{AccountSession, WarehouseError};

/// How a run of one account ended, as in `etl.runs.outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    Succeeded,
    /// Loaded, some records in quarantine.
    Quarantined,
    /// Loaded, acknowledgements still pending.
    Pending,
    /// Platform or database out of reach, or stopped by a signal: run again.
    Temporary,
    Failed,
}

impl RunOutcome {
    /// The text in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunOutcome::Succeeded => "succeeded",
            RunOutcome::Quarantined => "quarantined",
            RunOutcome::Pending => "pending",
            RunOutcome::Temporary => "temporary",
            RunOutcome::Failed => "failed",
        }
    }
}

/// What the ledger keeps of a run's end.
#[derive(Debug, Clone)]
pub struct RunSummary {
    pub outcome: RunOutcome,
    /// The failure and its causes on one line, without personal data.
    pub failure: Option<String>,
    pub seconds: BTreeMap<&'static str, f64>,
}

impl AccountSession {
    /// Notes the beginning of a run; returns its number.
    pub async fn start_run(&self) -> Result<i64, WarehouseError> {
        let row = self
            .client
            .query_one(include_str!("../../sql/ledger/01_insert_run.sql"), &[&self.account, &env!("CARGO_PKG_VERSION")])
            .await
            .map_err(WarehouseError::query("note the run's beginning"))?;
        Ok(row.get(0))
    }

    /// Notes the end of a run.
    pub async fn finish_run(&self, run_id: i64, summary: &RunSummary) -> Result<(), WarehouseError> {
        self.client
            .execute(
                include_str!("../../sql/ledger/02_finish_run.sql"),
                &[&run_id, &summary.outcome.as_str(), &summary.failure, &Json(&summary.seconds)],
            )
            .await
            .map_err(WarehouseError::query("note the run's end"))?;
        Ok(())
    }

    /// Ties `person_id` to one site key for good: another key would make every person a stranger to the history.
    ///
    /// `key_id` is a digest from which the key cannot be derived.
    pub async fn check_site_key(&mut self, key_id: &[u8]) -> Result<(), WarehouseError> {
        let operation = "compare the site key";
        if let Some(is_known) = self.is_site_key(key_id).await? {
            return if is_known { Ok(()) } else { Err(WarehouseError::SiteKey) };
        }
        // The warehouse's first run. Accounts that begin at once wait here for each other, and only one key gets in.
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(operation))?;
        transaction
            .batch_execute("select pg_advisory_xact_lock(hashtextextended('tijian site key', 0))")
            .await
            .map_err(WarehouseError::query(operation))?;
        transaction
            .execute(
                "insert into etl.site_keys (key_id) select $1 where not exists (select from etl.site_keys)
                on conflict do nothing",
                &[&key_id],
            )
            .await
            .map_err(WarehouseError::query(operation))?;
        transaction.commit().await.map_err(WarehouseError::query(operation))?;
        if self.is_site_key(key_id).await? == Some(true) { Ok(()) } else { Err(WarehouseError::SiteKey) }
    }

    /// Whether it is the warehouse's key; `None`: there is no key yet.
    async fn is_site_key(&self, key_id: &[u8]) -> Result<Option<bool>, WarehouseError> {
        let row = self
            .client
            .query_one("select bool_or(key_id = $1) from etl.site_keys", &[&key_id])
            .await
            .map_err(WarehouseError::query("compare the site key"))?;
        Ok(row.get(0))
    }
}
