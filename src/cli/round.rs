//! One round over the accounts: several at once, each on a thread of its own, so that none stops another.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::cli::progress::Progress;
use crate::cli::stop::StopRequest;
use crate::clock::now;
use crate::failure::{RecoverError, RunError};
use crate::night::{OnLoss, RunContext, RunReport, Task, check_not_behind, run_task};
use crate::pipeline::Pipeline;
use crate::settings::{Settings, SiteKey};
use crate::telemetry::{Health, Lineage};
use crate::warehouse::Warehouse;

/// Accounts at once, if nobody says otherwise. A night mostly waits for its platform, and four of them keep two cores busy;
/// one alone takes some thirty megabytes.
pub(super) const ACCOUNTS_AT_ONCE: u8 = 4;

/// Each has a connection of its own to PostgreSQL, beside those of the pool, and a server takes a hundred unless it is told
/// otherwise: this leaves room for whoever reads.
pub(super) const ACCOUNTS_AT_ONCE_MAX: u8 = 64;

/// What the accounts of a round share.
#[derive(Clone)]
pub(super) struct Round {
    pub warehouse: Warehouse,
    pub settings: Settings,
    pub site_key: Arc<SiteKey>,
    /// Of all pipelines that the command was given.
    pub accounts: Arc<[String]>,
    pub stop: StopRequest,
    pub accounts_at_once: u8,
    /// Told of every beginning and end.
    pub lineage: Option<Arc<Lineage>>,
    /// Told of every step.
    pub health: Arc<Health>,
}

impl Round {
    /// For a command that takes one account after the other, and that nobody is told of.
    pub fn in_turn(
        warehouse: Warehouse,
        settings: &Settings,
        site_key: SiteKey,
        pipelines: &[Pipeline],
        stop: StopRequest,
    ) -> Round {
        Round {
            warehouse,
            settings: settings.clone(),
            site_key: Arc::new(site_key),
            accounts: pipelines.iter().map(|pipeline| pipeline.account.clone()).collect(),
            stop,
            accounts_at_once: 1,
            lineage: None,
            health: Arc::default(),
        }
    }

    /// Runs every account once. Reports come in the order of the pipelines, whoever was ready first.
    pub async fn run(&self, pipelines: &[Arc<Pipeline>]) -> Vec<RunReport> {
        // Accounts share the numbers of their deliveries: where the database was taken back, all of them get theirs back before
        // any of them pulls.
        let mut failed = Vec::new();
        for pipeline in pipelines {
            if matches!(check_not_behind(pipeline, &self.warehouse).await, Err(RunError::Recover(_))) {
                let report = self.run_one(pipeline, Task::Recover(OnLoss::Stop)).await;
                failed.extend(report.error.is_some().then_some(report));
            }
        }
        if !failed.is_empty() {
            return pipelines.iter().map(|pipeline| held_back(&pipeline.account, &mut failed)).collect();
        }
        let runs = stream::iter(pipelines.iter().cloned().enumerate()).map(|(place, pipeline)| {
            let (round, account) = (self.clone(), pipeline.account.clone());
            async move {
                // A thread of its own: one that breaks down takes nobody with it, and several use several cores.
                let task = spawn_blocking(move || Handle::current().block_on(round.run_one(&pipeline, Task::Night)));
                let report = task.await.unwrap_or_else(|error| {
                    let mut report = RunReport::new(&account);
                    report.error = Some(RunError::Broken(error));
                    report
                });
                (place, report)
            }
        });
        let mut reports: Vec<(usize, RunReport)> =
            runs.buffer_unordered(usize::from(self.accounts_at_once)).collect().await;
        reports.sort_unstable_by_key(|(place, _)| *place);
        reports.into_iter().map(|(_, report)| report).collect()
    }

    /// One account's task, with its progress; a signal ends it after its current step.
    pub async fn run_one(&self, pipeline: &Pipeline, task: Task<'_>) -> RunReport {
        let progress = Progress::start(&pipeline.account);
        let on_step = |step| {
            progress.show(step);
            self.health.beat();
            self.stop.check()
        };
        let context = RunContext {
            accounts: &self.accounts,
            warehouse: &self.warehouse,
            settings: &self.settings,
            site_key: &self.site_key,
            on_step: &on_step,
        };
        let Some(lineage) = &self.lineage else { return run_task(pipeline, &context, task).await };
        let announced = lineage.start(pipeline, now()).await;
        let report = run_task(pipeline, &context, task).await;
        lineage.end(&announced, pipeline, &report, now()).await;
        report
    }
}

/// The report of an account in a round in which the recovery of these accounts failed: its own, or that it was not begun.
fn held_back(account: &str, failed: &mut [RunReport]) -> RunReport {
    let accounts: Vec<String> = failed.iter().map(|report| report.account.clone()).collect();
    if let Some(report) = failed.iter_mut().find(|report| report.account == account) {
        return std::mem::replace(report, RunReport::new(account));
    }
    let mut report = RunReport::new(account);
    report.error = Some(RecoverError::OthersFailed(accounts).into());
    report
}
