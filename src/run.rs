//! The conductor: the chain of one account's night, in the order that makes it safe.
//!
//! drain outbox → land → decode → validate → transform → load → **commit** → acknowledge → take and report arrivals →
//! refresh marts → export
//!
//! Every stage lives in its own module and knows nothing of the others; only this one knows them all. It is also the
//! only place that asks for the time.

mod acknowledge;
mod arrive;
mod decode;
mod doctor;
mod erase;
mod error;
mod export;
mod load;
mod pull;
mod replay;
mod report;
mod retain;
mod retry;
mod rotate;
mod stage;
mod step;
mod verify;
mod withdraw;

use std::time::Instant;

use chrono::{DateTime, Utc};
use tracing::Instrument;

use crate::landing::Landing;
use crate::pipeline::Pipeline;
use crate::platform::{Credentials, Platform};
use crate::seal::{LandingKey, QuarantineKey};
use crate::settings::{Settings, SiteKey};
use crate::transform::PersonKey;
use crate::warehouse::{AccountSession, OwedCalls, PlainRecords, RunSummary, Warehouse};

use acknowledge::drain;
use load::LoadKeys;
use retain::retain_account;
use stage::in_stage;

pub use arrive::{ArrivalContext, ArrivalCounts, ArrivalFinding, ArrivalReport, Submission, arrive_account};
pub use doctor::{Check, Finding, Trouble, examine};
pub use erase::{AccountErasure, Doubt, ErasureRequest, Extent, Undecided, UnknownReservation, erase};
pub use error::{RunError, causes, chain};
pub use export::export_owed;
pub use replay::{
    OnReplay, ReplayError, ReplayExtent, ReplayGoal, ReplayPlace, ReplayReport, ReplayStep, drop_replaced, replay,
};
pub use report::{ExitCode, RunReport};
pub use retain::{Retained, retain};
pub use retry::{Selection, Settled};
pub use rotate::{OnRotation, RotationReport, RotationStep, rotate_site_key};
pub use stage::STAGE_TARGET;
pub use step::{OnStep, Step, Stopped};
pub use verify::verify_finance;
pub use withdraw::{WithdrawalReport, WithdrawalRequest, withdraw_arrivals};

/// What a run needs beside its pipeline.
pub struct RunContext<'a> {
    pub warehouse: &'a Warehouse,
    pub settings: &'a Settings,
    pub site_key: &'a SiteKey,
    /// Called after every step: shows progress, and may stop the run there.
    pub on_step: &'a OnStep<'a>,
}

/// What a run is for.
#[derive(Debug, Clone, Copy)]
pub enum Task<'a> {
    /// Pull, load, acknowledge, export.
    Night,
    /// Quarantined records are tried again, in the place of a pull.
    Retry(&'a Selection),
    /// Quarantined records are forgotten.
    Discard(&'a Selection),
}

/// Runs one account's task. Never an `Err`: what went wrong stands in the report, beside what went well before it.
pub async fn run_task(pipeline: &Pipeline, context: &RunContext<'_>, task: Task<'_>) -> RunReport {
    let mut report = RunReport::new(&pipeline.account);
    // Every line of the log says whose it is, also where only errors are asked for.
    let span = tracing::error_span!("run", account = pipeline.account);
    let outcome = match context.warehouse.lock_account(&pipeline.account).await {
        Ok(Some(session)) => run_locked(pipeline, context, task, session, &mut report).instrument(span).await,
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
    let outcome = run_chain(pipeline, context, task, &mut session, run_id, report).await;
    if let Ok(backlog) = session.backlog().await {
        report.pending = backlog.pending().count;
    }
    let summary = RunSummary {
        outcome: report.outcome(outcome.as_ref().err()),
        failure: outcome.as_ref().err().map(RunError::chain),
        seconds: report.seconds.clone(),
    };
    if let Err(error) = session.finish_run(run_id, &summary).await {
        tracing::warn!("the ledger does not know how this run ended: {error}");
    }
    session.release().await;
    outcome
}

/// The chain itself.
async fn run_chain(
    pipeline: &Pipeline,
    context: &RunContext<'_>,
    task: Task<'_>,
    session: &mut AccountSession,
    run_id: i64,
    report: &mut RunReport,
) -> Result<(), RunError> {
    let on_step = context.on_step;
    let site_key = context.site_key.expose();
    let keys = LoadKeys { person: PersonKey::derive(site_key), quarantine: QuarantineKey::derive(site_key) };
    session.check_site_key(&keys.person.key_id()).await?;
    seal_plain_records(context.warehouse, context.site_key).await?;
    let platform = Platform::new(pipeline.platform.clone(), credentials(pipeline, context.settings)?)?;
    let landing = Landing::open(&pipeline.landing.dir, &pipeline.account, LandingKey::derive(site_key))?;
    on_step(Step::Started)?;

    let clock = Instant::now();
    report.acknowledged += in_stage("drain", drain(&platform, session, OwedCalls::Acknowledgements, on_step)).await?;
    report.arrivals.confirmed +=
        in_stage("drain_arrivals", drain(&platform, session, OwedCalls::Arrivals, on_step)).await?;
    report.time("drain", clock);
    on_step(Step::Drained)?;

    let loaded = match task {
        Task::Night => {
            let clock = Instant::now();
            let pulled = in_stage("pull", pull::pull(&platform, &landing, run_id)).await?;
            report.time("pull", clock);
            on_step(Step::Landed { bytes: pulled.bytes, records: pulled.envelope.records })?;
            let clock = Instant::now();
            let load = load::load(session, &platform, pipeline, keys, pulled, run_id, on_step);
            let loaded = in_stage("load", load).await?;
            report.time("load", clock);
            Some(loaded)
        }
        Task::Retry(selection) => {
            let clock = Instant::now();
            let retry = retry::retry(session, pipeline, keys, selection, run_id, &mut report.settled, on_step);
            let loaded = in_stage("load", retry).await?;
            report.time("load", clock);
            loaded
        }
        Task::Discard(selection) => {
            retry::discard(session, selection, now(), &mut report.settled).await?;
            None
        }
    };
    if let Some((receipt, counts)) = loaded {
        report.delivery = receipt.delivery_id();
        report.counts = counts;
    }
    on_step(Step::Committed)?;

    let clock = Instant::now();
    report.acknowledged +=
        in_stage("acknowledge", drain(&platform, session, OwedCalls::Acknowledgements, on_step)).await?;
    report.time("acknowledge", clock);
    on_step(Step::Acknowledged)?;

    // After the load: who booked yesterday and came at once is known only now, and what was cancelled, too.
    let clock = Instant::now();
    arrive::take(session, &mut report.arrivals, &mut |_| {}, on_step).await?;
    report.arrivals.confirmed += in_stage("arrivals", drain(&platform, session, OwedCalls::Arrivals, on_step)).await?;
    report.time("arrivals", clock);
    if report.arrivals != ArrivalCounts::default() {
        let ArrivalCounts { taken, confirmed, .. } = report.arrivals;
        tracing::info!(taken, confirmed, "arrivals reported to the platform");
    }
    on_step(Step::ArrivalsReported)?;

    let clock = Instant::now();
    let export = export_owed(pipeline, session, false, &mut report.exported, on_step);
    let exported = in_stage("export", export).await;
    report.time("export", clock);
    exported?;
    on_step(Step::Exported)?;

    if matches!(task, Task::Night) {
        retain_account(pipeline, session, now()).await?;
    }
    Ok(())
}

/// Seals what a version before the seals has left in the quarantine in plain text. The warehouse's key is the only one
/// that may: another one is an error.
pub async fn seal_plain_records(warehouse: &Warehouse, site_key: &SiteKey) -> Result<(), RunError> {
    let site_key_id = PersonKey::derive(site_key.expose()).key_id();
    let key = QuarantineKey::derive(site_key.expose());
    match warehouse.seal_plain_records(&site_key_id, &key).await? {
        PlainRecords::None => {}
        PlainRecords::Sealed(records) => tracing::info!(records, "quarantined records sealed that were in plain text"),
        PlainRecords::SealedInPlace(records) => tracing::warn!(
            records,
            "quarantined records sealed that were in plain text; dead rows may still hold them: have the owner of \
             etl.rejections run `vacuum full etl.rejections`"
        ),
    }
    Ok(())
}

fn credentials(pipeline: &Pipeline, settings: &Settings) -> Result<Credentials, RunError> {
    Ok(Credentials {
        api_key: settings.secret(&pipeline.platform.api_key)?,
        secret: settings.secret(&pipeline.platform.secret)?,
        aes_key: settings.secret(&pipeline.platform.aes_key)?,
    })
}

/// The only clock. Pure stages take the time as an argument.
#[allow(clippy::disallowed_methods, reason = "this is the place where the clock is read")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
