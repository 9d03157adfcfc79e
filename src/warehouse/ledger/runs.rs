//! The rows of `etl.runs`: what began, and how it ended.

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{AccountSession, WarehouseError};

const INSERT_RUN: Statement = sql!("ledger/insert_run", "note the run's beginning");
const FINISH_RUN: Statement = sql!("ledger/finish_run", "note the run's end");

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
    /// The text that the ledger stores.
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

/// The end of a run, as the ledger stores it.
#[derive(Debug, Clone)]
pub struct RunSummary {
    pub outcome: RunOutcome,
    /// The failure and its causes on one line, without personal data.
    pub failure: Option<String>,
    pub seconds: BTreeMap<&'static str, f64>,
    /// Why no expired data was removed.
    pub retention_note: Option<String>,
}

impl AccountSession {
    /// Notes the beginning of a run; returns its number.
    pub async fn start_run(&self) -> Result<i64, WarehouseError> {
        INSERT_RUN.row(&self.client, &[&self.account, &env!("CARGO_PKG_VERSION")]).await?.get("run_id")
    }

    /// Notes the end of a run.
    pub async fn finish_run(&self, run_id: i64, summary: &RunSummary) -> Result<(), WarehouseError> {
        let RunSummary { outcome, failure, seconds, retention_note } = summary;
        FINISH_RUN
            .run(&self.client, &[&run_id, &outcome.as_str(), failure, &Json(seconds), retention_note])
            .await
            .map(drop)
    }
}
