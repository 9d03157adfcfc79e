//! The conductor: the chain of one account's night, in the order that makes it safe.
//!
//! land → decode → validate → transform → load → **commit** → acknowledge → take and report arrivals → refresh marts → export
//!
//! From landing to acknowledging again and again, while acknowledging takes longer than it is allowed to after a pull.
//!
//! Every step lives in a file of its own; this one puts them in order. `upkeep` uses some of them, too.

mod acknowledge;
mod arrive;
pub(crate) mod belonging;
mod choose;
pub(crate) mod client;
pub(crate) mod clocks;
pub(crate) mod decode;
pub(crate) mod export;
pub(crate) mod journal;
pub(crate) mod load;
mod package;
mod publish;
mod pull;
mod recover;
mod report;
mod retain;
mod retry;
mod round;
mod stage;
pub(crate) mod step;
mod target;
mod task;
mod watch;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

use tracing::Instrument;

use crate::clock::now;
use crate::failure::RunError;
use crate::landing::Landing;
use crate::pipeline::{OnReject, Pipeline};
use crate::platform::Platform;
use crate::seal::{LandingKey, QuarantineKey};
use crate::settings::{Settings, SiteKey};
use crate::transform::PersonKey;
use crate::warehouse::{AccountSession, CommitReceipt, JournalEntry, LoadCounts, RunSummary, Warehouse};

use acknowledge::{Ended, acknowledge, report_arrivals};
use client::platform_client;
use export::{ExportContext, export_owed};
use load::{LoadKeys, Loading};
use recover::Recovery;
use retain::retain_account;
use stage::in_stage;

pub use arrive::{ArrivalContext, ArrivalCounts, ArrivalFinding, ArrivalReport, Submission, arrive_account};
pub use belonging::{AdoptedFolder, Adoption, adopt, refuse_absent_warehouse};
pub use choose::choose_records;
pub use clocks::PlatformClock;
pub use export::export_account;
pub use journal::Journal;
pub(crate) use publish::decoded::{DecodedFiles, decoded_folder};
pub use publish::{FILE_ROWS, LakeTarget, OnPublish, PublishContext, PublishReport, PublishStep, lakes, publish};
pub use recover::{OnLoss, Recovered};
pub use report::RunReport;
pub use retain::{Retained, retain};
pub use retry::{Selection, Settled};
pub use round::{Runner, recover_first, run_round};
pub use stage::STAGE_TARGET;
pub use step::{OnStep, Step};
pub use task::Task;
pub use watch::{Rounds, watch};

/// What a run needs besides its pipeline.
pub struct RunContext<'a> {
    pub warehouse: &'a Warehouse,
    pub settings: &'a Settings,
    pub site_key: &'a SiteKey,
    /// The accounts that are run together with this one, itself included.
    pub accounts: &'a [String],
    /// Called after every step: shows progress, and may stop the run there.
    pub on_step: &'a OnStep<'a>,
}

/// Runs one account's task. Never an `Err`: the report says what went wrong, and what was done before it.
pub async fn run_task(pipeline: &Pipeline, context: &RunContext<'_>, task: Task<'_>) -> RunReport {
    let mut report = RunReport::new(&pipeline.account);
    // Every line of the log says whose it is, also where only errors are asked for.
    let span = tracing::error_span!("run", account = pipeline.account);
    let outcome = match context.warehouse.lock_account(&pipeline.account).await {
        // Boxed, as its larger parts are: all of it in one piece would not fit the stack of a thread.
        Ok(Some(session)) => Box::pin(run_locked(pipeline, context, task, session, &mut report)).instrument(span).await,
        Ok(None) => Err(RunError::Locked),
        Err(error) => Err(error.into()),
    };
    report.error = outcome.err();
    report
}

/// Keeps the ledger's row of the run, whatever the outcome.
async fn run_locked(
    pipeline: &Pipeline,
    context: &RunContext<'_>,
    task: Task<'_>,
    mut session: AccountSession,
    report: &mut RunReport,
) -> Result<(), RunError> {
    let run_id = session.start_run().await?;
    let outcome = Box::pin(run_chain(pipeline, context, task, &mut session, run_id, report)).await;
    let outcome = match session.backlog().await {
        Ok(backlog) => {
            report.pending = backlog.pending().count;
            outcome
        }
        // What is pending decides the exit status.
        Err(error) => outcome.and(Err(error.into())),
    };
    let summary = RunSummary {
        outcome: report.outcome(outcome.as_ref().err()),
        failure: outcome.as_ref().err().map(RunError::chain),
        seconds: report.seconds.clone(),
        retention_note: report.retention_note.clone(),
    };
    if let Err(error) = session.finish_run(run_id, &summary).await {
        tracing::warn!("the ledger does not know how this run ended: {error}");
    }
    session.release().await;
    outcome
}

/// Runs the chain from recovery to export.
async fn run_chain(
    pipeline: &Pipeline,
    context: &RunContext<'_>,
    task: Task<'_>,
    session: &mut AccountSession,
    run_id: i64,
    report: &mut RunReport,
) -> Result<(), RunError> {
    let on_step = context.on_step;
    let on_loss = if let Task::Recover(on_loss) = task { on_loss } else { OnLoss::Stop };
    let site_key = context.site_key.expose();
    let keys = LoadKeys { person: Arc::new(PersonKey::derive(site_key)), quarantine: QuarantineKey::derive(site_key) };
    let platform = platform_client(pipeline, context.settings)?;
    if let Some(warning) = pipeline.platform.warning() {
        tracing::warn!("{warning}");
    }
    let landing = Landing::open(&pipeline.landing.dir, &pipeline.account, LandingKey::derive(site_key))?;
    // Before a key is bound to a warehouse that may be the wrong one.
    belonging::claim_folders(pipeline, context.warehouse).await?;
    session.check_site_key(&keys.person.key_id()).await?;
    on_step(Step::Started)?;

    let clock = Instant::now();
    let recovery = Recovery {
        landing: &landing,
        landing_dir: &pipeline.landing.dir,
        cipher: platform.cipher(),
        result_path: platform.result_path(),
        keys: &keys,
        contract: &pipeline.contract,
        accounts: context.accounts,
        run_id,
        on_loss,
        on_step,
    };
    let (journal, recovered) = in_stage("recover", Box::pin(recovery.recover(session))).await?;
    report.recovered = recovered;
    report.time("recover", clock);
    if matches!(task, Task::Recover(_)) {
        return Ok(());
    }
    session.append_contract(&pipeline.contract).await?;

    let clock = Instant::now();
    let drained = in_stage("drain_arrivals", report_arrivals(&platform, session, &journal, on_step));
    report.arrivals.confirmed += drained.await?;
    report.time("drain", clock);
    on_step(Step::Drained)?;

    let clock = Instant::now();
    match task {
        Task::Night | Task::Recover(_) => {}
        Task::Retry(selection) => {
            let retry = retry::retry(session, pipeline, &keys, selection, run_id, &mut report.settled, on_step);
            in_stage("retry", Box::pin(retry)).await?;
            report.time("retry", clock);
            report.refused = report.settled.refused;
        }
        Task::Discard(selection) => retry::discard(session, selection, now(), &mut report.settled).await?,
    }

    let chain =
        Chain { pipeline, platform: &platform, landing: &landing, journal: &journal, keys: &keys, run_id, on_step };
    let delivered = Box::pin(chain.deliver(session, report)).await;
    if matches!(task, Task::Night) {
        report.refused = report.counts.rejected - report.counts.discarded;
    }
    // A platform may be out of reach for days: what does not come from it does not wait for it.
    let Err(error) = delivered else { return Box::pin(chain.finish(context, session, report, Pull::Done)).await };
    if !error.is_of_delivery() {
        return Err(error);
    }
    tracing::info!("the pull failed: continuing with arrivals, owed exports and retention");
    let is_hopeless = matches!(&error, RunError::Platform(error) if error.is_about_every_call());
    let pull = if is_hopeless { Pull::Hopeless } else { Pull::Failed };
    if let Err(later) = Box::pin(chain.finish(context, session, report, pull)).await {
        tracing::warn!("{}", later.chain());
    }
    Err(error)
}

/// The state of a run's pull.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pull {
    Done,
    Failed,
    /// And no other call would fare better.
    Hopeless,
}

/// What every part of a run needs.
struct Chain<'a> {
    pipeline: &'a Pipeline,
    platform: &'a Platform,
    landing: &'a Landing,
    journal: &'a Journal,
    keys: &'a LoadKeys,
    run_id: i64,
    on_step: &'a OnStep<'a>,
}

impl Chain<'_> {
    /// Done whatever the pull has brought: arrivals, owed exports, and the removal of expired data.
    async fn finish(
        &self,
        context: &RunContext<'_>,
        session: &mut AccountSession,
        report: &mut RunReport,
        pull: Pull,
    ) -> Result<(), RunError> {
        let Chain { pipeline, platform, journal, on_step, .. } = *self;
        // After the load: who booked yesterday and came at once is known only now, and what was cancelled, too.
        let clock = Instant::now();
        arrive::take(session, pull == Pull::Done, &mut report.arrivals, &mut |_| {}, on_step).await?;
        if pull != Pull::Hopeless {
            let sent = in_stage("arrivals", report_arrivals(platform, session, journal, on_step));
            report.arrivals.confirmed += sent.await?;
        }
        report.time("arrivals", clock);
        if report.arrivals != ArrivalCounts::default() {
            let ArrivalCounts { taken, confirmed, .. } = report.arrivals;
            tracing::info!(taken, confirmed, "arrivals reported to the platform");
        }
        on_step(Step::ArrivalsReported)?;

        let clock = Instant::now();
        let (warehouse, operator) = (context.warehouse, &context.settings.operator());
        let exporting = ExportContext { pipeline, warehouse, journal, operator, is_complete: false, on_step };
        let export = export_owed(&exporting, session, &mut report.exported);
        let exported = in_stage("export", Box::pin(export)).await;
        report.time("export", clock);
        exported?;
        on_step(Step::Exported)?;

        let clock = if pull == Pull::Done { PlatformClock::Heard } else { PlatformClock::Silent };
        let retained = retain_account(pipeline, session, now(), clock).await?;
        report.retention_note = retained.left_out.map(|clocks| clocks.to_string());
        Ok(())
    }

    /// Keeps which callbacks were confirmed: the next load asks for it, also after the database was taken back.
    async fn note_acknowledged(
        &self,
        session: &AccountSession,
        receipt: &CommitReceipt,
        counts: LoadCounts,
    ) -> Result<(), RunError> {
        if let Some(delivery_id) = receipt.delivery_id().filter(|_| counts.received > 0) {
            let pending = session.pending_acknowledgements(delivery_id).await?;
            session.append_to_journal(&JournalEntry::Acknowledged { delivery_id, pending }).await?;
            session.forget_unchanged_records().await?;
        }
        self.journal.copy(session).await
    }

    /// Pulls, loads, acknowledges; and pulls again while callbacks are left that may not go out any more, since the pull that
    /// they belong to is too long ago. Each of these pulls has to bring less than the one before, or it would never end.
    async fn deliver(&self, session: &mut AccountSession, report: &mut RunReport) -> Result<(), RunError> {
        let (on_step, within) = (self.on_step, self.pipeline.platform.acknowledge_within);
        let calls = AtomicU32::new(0);
        let mut received_before = u64::MAX;
        loop {
            let clock = Instant::now();
            let pulled = in_stage("pull", pull::pull(self.platform, self.landing, self.run_id, &calls)).await?;
            report.time("pull", clock);
            on_step(Step::Landed { bytes: pulled.bytes, records: pulled.envelope.records })?;

            let clock = Instant::now();
            let header = load::header(&pulled, self.run_id);
            let loading = Loading {
                landed: &pulled.landed,
                cipher: self.platform.cipher(),
                result_path: self.platform.result_path(),
                contract: &self.pipeline.contract,
                keys: self.keys,
                is_holding: self.pipeline.on_reject == OnReject::Hold,
                known: None,
                reject_max: self.pipeline.reject_max,
            };
            let (receipt, counts) = in_stage("load", Box::pin(load::load(session, loading, &header, on_step))).await?;
            report.time("load", clock);
            report.add(&receipt, counts);
            on_step(Step::Committed)?;
            // The landing folder has it before the platform is told.
            self.journal.copy(session).await?;
            on_step(Step::Journalled)?;

            let clock = Instant::now();
            let until = pulled.asked_at + within;
            let sent = in_stage("acknowledge", acknowledge(self.platform, session, &receipt, until, on_step)).await?;
            report.time("acknowledge", clock);
            report.acknowledged += sent.confirmed;
            self.note_acknowledged(session, &receipt, counts).await?;
            on_step(Step::Acknowledged)?;
            match sent.ended {
                Ended::AllTried | Ended::Unreachable => return Ok(()),
                Ended::TimeUp if sent.confirmed == 0 || counts.received >= received_before => {
                    tracing::warn!(
                        ?within,
                        confirmed = report.acknowledged,
                        "the callbacks come to no end in the time that acknowledge_within allows after a pull; what is left is \
                         for the next run: make it longer"
                    );
                    return Ok(());
                }
                Ended::TimeUp => tracing::info!(
                    confirmed = report.acknowledged,
                    ?within,
                    "the time for callbacks since the pull is over: pulling again"
                ),
            }
            received_before = counts.received;
        }
    }
}
