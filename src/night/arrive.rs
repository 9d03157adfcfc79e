//! Arrivals: one transaction decides about the rows of the inbox, stores the arrivals and records the calls owed for them; then
//! they are sent to the platform.
//!
//! Submitting needs no lock, so nobody at the front desk waits for a night; taking and sending happen under the account's lock,
//! as in a run.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::now;
use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::night::acknowledge::report_arrivals;
use crate::night::belonging::check_folders;
use crate::night::client::platform_client;
use crate::night::journal::Journal;
use crate::night::step::{OnStep, Step};
use crate::pipeline::Pipeline;
use crate::platform::Platform;
use crate::reservation::{ArrivalReason, ArrivalSource, ArrivalVerdict, NewArrival};
use crate::settings::{Settings, SiteKey};
use crate::transform::judge_arrivals;
use crate::warehouse::{AccountSession, Warehouse};

/// Rows of the inbox that are decided in one transaction.
const PAGE_ROWS: i64 = 1_000;

/// The outcome of arrivals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ArrivalCounts {
    /// New: kept, and owed to the platform.
    pub taken: u64,
    /// Arrivals that had been taken before.
    pub repeated: u64,
    /// Left in the inbox until their reservation is delivered.
    pub waiting: u64,
    pub refused: u64,
    /// Confirmed by the platform, including earlier ones.
    pub confirmed: u64,
}

impl ArrivalCounts {
    /// Whether somebody has to look.
    pub fn are_some_left_out(&self) -> bool {
        self.waiting + self.refused > 0
    }

    fn count(&mut self, verdict: ArrivalVerdict) {
        *match verdict {
            ArrivalVerdict::Taken => &mut self.taken,
            ArrivalVerdict::Repeated => &mut self.repeated,
            ArrivalVerdict::Waiting => &mut self.waiting,
            ArrivalVerdict::Refused(_) => &mut self.refused,
        } += 1;
    }
}

/// An arrival that was not taken. Without its serial number: what is mistyped may be anything, an id number even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalFinding {
    pub inbox_id: i64,
    pub verdict: ArrivalVerdict,
}

/// Arrivals to put into the inbox before it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub source: ArrivalSource,
    pub arrivals: Vec<NewArrival>,
}

/// What reporting arrivals needs besides a pipeline.
pub struct ArrivalContext<'a> {
    pub warehouse: &'a Warehouse,
    pub settings: &'a Settings,
    /// Called after every step: may stop there.
    pub on_step: &'a OnStep<'a>,
}

/// The outcome of one account's arrivals.
#[derive(Debug)]
pub struct ArrivalReport {
    pub account: String,
    /// Numbers in the inbox, in the order of what was submitted. Empty: nothing was, or it failed.
    pub submitted: Vec<i64>,
    pub counts: ArrivalCounts,
    /// All that were not taken, in the order of the inbox.
    pub findings: Vec<ArrivalFinding>,
    /// Arrivals that the platform has not confirmed, including earlier ones.
    pub pending: u64,
    pub error: Option<RunError>,
}

impl ArrivalReport {
    /// The exit code of this account alone.
    pub fn exit_code(&self) -> ExitCode {
        match &self.error {
            Some(error) => error.guidance().exit_code,
            None if self.pending > 0 => ExitCode::Pending,
            None if self.counts.are_some_left_out() => ExitCode::Quarantined,
            None => ExitCode::Good,
        }
    }
}

/// Submits, takes and reports one account's arrivals. Never an `Err`: the report says what went wrong.
///
/// What is submitted is in the inbox even where the account is held by a run, which takes it at its end.
pub async fn arrive_account(
    pipeline: &Pipeline,
    context: &ArrivalContext<'_>,
    submission: Option<&Submission>,
) -> ArrivalReport {
    let mut report = ArrivalReport {
        account: pipeline.account.clone(),
        submitted: Vec::new(),
        counts: ArrivalCounts::default(),
        findings: Vec::new(),
        pending: 0,
        error: None,
    };
    report.error = arrive(pipeline, context, submission, &mut report).await.err();
    report
}

async fn arrive(
    pipeline: &Pipeline,
    context: &ArrivalContext<'_>,
    submission: Option<&Submission>,
    report: &mut ArrivalReport,
) -> Result<(), RunError> {
    let warehouse = context.warehouse;
    // A missing secret is known before anything is written.
    let platform = platform_client(pipeline, context.settings)?;
    let site_key = context.settings.site_key()?;
    check_folders(pipeline, warehouse).await?;
    if let Some(submission) = submission {
        report.submitted =
            warehouse.submit_arrivals(&pipeline.account, submission.source, &submission.arrivals).await?;
    }
    let Some(mut session) = warehouse.lock_account(&pipeline.account).await? else { return Err(RunError::Locked) };
    let outcome = arrive_locked(pipeline, context, &platform, &site_key, &mut session, report).await;
    session.release().await;
    outcome
}

async fn arrive_locked(
    pipeline: &Pipeline,
    context: &ArrivalContext<'_>,
    platform: &Platform,
    site_key: &SiteKey,
    session: &mut AccountSession,
    report: &mut ArrivalReport,
) -> Result<(), RunError> {
    let on_step = context.on_step;
    let journal = Journal::of(pipeline, site_key, session).await?;
    on_step(Step::Started)?;
    let findings = &mut report.findings;
    take(session, true, &mut report.counts, &mut |finding| findings.push(finding), on_step).await?;
    report.counts.confirmed = report_arrivals(platform, session, &journal, on_step).await?;
    report.pending = session.backlog().await?.arrivals.count;
    on_step(Step::ArrivalsReported)?;
    if report.counts.taken > 0 {
        session.refresh_marts(&pipeline.contract).await?;
        on_step(Step::Refreshed)?;
    }
    Ok(())
}

/// Decides about everything in the inbox, page by page; and what is not owed any more. `is_pulled`: the account knows what
/// the platform knows; after a failed pull nothing is refused, since the next delivery may bring the reservation.
pub(super) async fn take(
    session: &mut AccountSession,
    is_pulled: bool,
    counts: &mut ArrivalCounts,
    on_finding: &mut (dyn FnMut(ArrivalFinding) + Send),
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let mut left_out: BTreeMap<ArrivalReason, u64> = BTreeMap::new();
    let mut last_inbox_id = 0;
    loop {
        let page = session.open_arrivals(last_inbox_id, PAGE_ROWS).await?;
        let Some(last) = page.last() else { break };
        last_inbox_id = last.inbox_id;
        let verdicts = judge_arrivals(&page, now()).into_iter().map(|verdict| match verdict {
            ArrivalVerdict::Refused(_) if !is_pulled => ArrivalVerdict::Waiting,
            verdict => verdict,
        });
        let decided: Vec<_> = page.into_iter().zip(verdicts).collect();
        session.settle_arrivals(&decided).await?;
        for (arrival, verdict) in decided {
            counts.count(verdict);
            if let Some(reason) = verdict.reason() {
                on_finding(ArrivalFinding { inbox_id: arrival.inbox_id, verdict });
                if verdict != ArrivalVerdict::Repeated {
                    *left_out.entry(reason).or_default() += 1;
                }
            }
        }
        on_step(Step::ArrivalsTaken { taken: counts.taken })?;
    }
    let superseded = session.supersede_cancelled_arrivals().await?;
    if superseded > 0 {
        tracing::warn!(
            superseded,
            "arrivals that the platform did not take are given up: their reservations are cancelled"
        );
    }
    for (reason, arrivals) in left_out {
        tracing::warn!(arrivals, reason = reason.as_str(), "arrivals were not taken: see etl.arrival_inbox");
    }
    Ok(())
}
