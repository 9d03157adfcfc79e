//! The report of a run, for the operator, the scheduler and `--output json`.

use crate::guidance::ExitCode;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::failure::RunError;
use crate::night::arrive::ArrivalCounts;
use crate::night::recover::Recovered;
use crate::night::retry::Settled;
use crate::warehouse::{CommitReceipt, LoadCounts, RunOutcome};

/// One account's run.
#[derive(Debug)]
pub struct RunReport {
    pub account: String,
    /// What was repeated first, if the database was restored from a backup.
    pub recovered: Recovered,
    /// The last one; `None`: nothing was committed.
    pub delivery: Option<i64>,
    /// Deliveries that were committed: more than one where acknowledging took long.
    pub pulls: u64,
    /// Counts over all pulls.
    pub counts: LoadCounts,
    /// For a retry or a discard: the outcome of the selected records.
    pub settled: Settled,
    /// Refused records that this run was about and that somebody has to look at.
    pub refused: u64,
    /// Callbacks that the platform has confirmed.
    pub acknowledged: u64,
    /// Acknowledgements and arrivals that the platform has not confirmed.
    pub pending: u64,
    pub arrivals: ArrivalCounts,
    pub exported: Vec<PathBuf>,
    pub seconds: BTreeMap<&'static str, f64>,
    /// Why no expired data was removed, for the ledger.
    pub retention_note: Option<String>,
    pub error: Option<RunError>,
}

impl RunReport {
    /// The report of a run that has done nothing yet.
    pub fn new(account: &str) -> RunReport {
        RunReport {
            account: account.to_owned(),
            recovered: Recovered::default(),
            delivery: None,
            pulls: 0,
            counts: LoadCounts::default(),
            settled: Settled::default(),
            refused: 0,
            acknowledged: 0,
            pending: 0,
            arrivals: ArrivalCounts::default(),
            exported: Vec::new(),
            seconds: BTreeMap::new(),
            retention_note: None,
            error: None,
        }
    }

    pub(super) fn add(&mut self, receipt: &CommitReceipt, counts: LoadCounts) {
        self.delivery = receipt.delivery_id();
        self.pulls += 1;
        self.counts += counts;
    }

    pub(super) fn time(&mut self, stage: &'static str, since: Instant) {
        *self.seconds.entry(stage).or_default() += since.elapsed().as_secs_f64();
    }

    /// Seconds of all its stages.
    pub fn total_seconds(&self) -> f64 {
        // Without a stage the sum is -0.0, which would be shown with its sign.
        self.seconds.values().sum::<f64>() + 0.0
    }

    /// The exit code of this run alone.
    pub fn exit_code(&self) -> ExitCode {
        self.exit_code_with(self.error.as_ref())
    }

    /// It was told to stop, and says nothing about the account.
    pub fn is_stopped(&self) -> bool {
        matches!(self.error, Some(RunError::Stopped(_)))
    }

    fn exit_code_with(&self, error: Option<&RunError>) -> ExitCode {
        match error {
            Some(error) => error.guidance().exit_code,
            None if self.pending > 0 => ExitCode::Pending,
            None if self.refused > 0 || self.arrivals.are_some_left_out() => ExitCode::Quarantined,
            None => ExitCode::Good,
        }
    }

    /// The ledger's word for how the run ended.
    pub(super) fn outcome(&self, error: Option<&RunError>) -> RunOutcome {
        match self.exit_code_with(error) {
            ExitCode::Good => RunOutcome::Succeeded,
            ExitCode::Quarantined => RunOutcome::Quarantined,
            ExitCode::Pending => RunOutcome::Pending,
            ExitCode::Temporary | ExitCode::Locked => RunOutcome::Temporary,
            ExitCode::Failed | ExitCode::Definition => RunOutcome::Failed,
        }
    }
}

/// The document's entry in `{"runs": […]}`; its keys are part of the public surface.
impl Serialize for RunReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_struct("run", 20)?;
        entry.serialize_field("account", &self.account)?;
        entry.serialize_field("recovered", &self.recovered)?;
        entry.serialize_field("delivery", &self.delivery)?;
        entry.serialize_field("pulls", &self.pulls)?;
        entry.serialize_field("received", &self.counts.received)?;
        entry.serialize_field("accepted", &self.counts.accepted)?;
        entry.serialize_field("rejected", &self.counts.rejected)?;
        entry.serialize_field("unchanged", &self.counts.unchanged)?;
        entry.serialize_field("opened", &self.counts.opened)?;
        entry.serialize_field("closed", &self.counts.closed)?;
        entry.serialize_field("adjusted", &self.counts.adjusted)?;
        entry.serialize_field("warned", &self.counts.warned)?;
        entry.serialize_field("acknowledged", &self.acknowledged)?;
        entry.serialize_field("pending", &self.pending)?;
        entry.serialize_field("arrivals", &self.arrivals)?;
        entry.serialize_field("exported", &self.exported)?;
        entry.serialize_field("seconds", &self.seconds)?;
        entry.serialize_field("exit_code", &self.exit_code().status())?;
        entry.serialize_field("code", &self.error.as_ref().and_then(RunError::code))?;
        entry.serialize_field("error", &self.error.as_ref().map(RunError::chain))?;
        entry.end()
    }
}
