//! The rows of `etl.runs`: what began, and how it ended.

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::warehouse::statement::text;
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
    /// Why nothing past its days was removed.
    pub retention_note: Option<String>,
}

impl AccountSession {
    /// Notes the beginning of a run; returns its number.
    pub async fn start_run(&self) -> Result<i64, WarehouseError> {
        let row = self
            .client
            .query_one(text!("ledger/insert_run"), &[&self.account, &env!("CARGO_PKG_VERSION")])
            .await
            .map_err(WarehouseError::query("note the run's beginning"))?;
        Ok(row.get(0))
    }

    /// Notes the end of a run.
    pub async fn finish_run(&self, run_id: i64, summary: &RunSummary) -> Result<(), WarehouseError> {
        self.client
            .execute(
                text!("ledger/finish_run"),
                &[
                    &run_id,
                    &summary.outcome.as_str(),
                    &summary.failure,
                    &Json(&summary.seconds),
                    &summary.retention_note,
                ],
            )
            .await
            .map_err(WarehouseError::query("note the run's end"))?;
        Ok(())
    }
}
