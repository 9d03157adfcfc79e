//! One round over the accounts, with its progress, a way to stop it, and reports to monitors.

use std::sync::Arc;

use crate::cli::lake::publish_owed;
use crate::cli::progress::Progress;
use crate::cli::stop::StopRequest;
use crate::clock::now;
use crate::failure::RunError;
use crate::lake::LakeError;
use crate::night::{RunContext, RunReport, Runner, Task, run_round, run_task};
use crate::pipeline::Pipeline;
use crate::settings::{Settings, SiteKey};
use crate::telemetry::{Health, Lineage};
use crate::warehouse::Warehouse;

/// Accounts at once, if nobody says otherwise. A night mostly waits for its platform, and four of them keep two cores busy;
/// one alone takes some thirty megabytes.
pub(super) const ACCOUNTS_AT_ONCE: u8 = 4;

/// Each has a connection of its own to PostgreSQL, beside those of the pool, and a server accepts a hundred by default: this
/// leaves room for readers.
pub(super) const ACCOUNTS_AT_ONCE_MAX: u8 = 64;

/// What the accounts of a round share.
#[derive(Clone)]
pub(super) struct Round {
    pub warehouse: Warehouse,
    pub settings: Settings,
    pub site_key: Arc<SiteKey>,
    /// The accounts of all pipelines that the command was given.
    pub accounts: Arc<[String]>,
    /// Those of these pipelines that are other shards'.
    pub elsewhere: Arc<[Arc<Pipeline>]>,
    pub stop: StopRequest,
    pub accounts_at_once: u8,
    /// Told of every beginning and end.
    pub lineage: Option<Arc<Lineage>>,
    /// Is notified of every step.
    pub health: Arc<Health>,
}

impl Round {
    /// For a command that takes one account after the other, and that reports to nobody.
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
            elsewhere: Arc::default(),
            stop,
            accounts_at_once: 1,
            lineage: None,
            health: Arc::default(),
        }
    }

    /// Runs every account once. Reports come in the order of the pipelines, whoever was ready first.
    pub async fn run(&self, pipelines: &[Arc<Pipeline>]) -> Vec<RunReport> {
        let mut reports = run_round(self, &self.warehouse, pipelines, &self.elsewhere, self.accounts_at_once).await;
        self.publish(pipelines.iter().map(AsRef::as_ref), &mut reports).await;
        reports
    }

    /// Publishes to each lake once, when its accounts are done. A failure is that of an account, as with any export; but while another
    /// shard publishes, ours is owed to the next.
    pub async fn publish<'a>(&self, pipelines: impl IntoIterator<Item = &'a Pipeline>, reports: &mut [RunReport]) {
        let check = || {
            self.health.beat();
            self.stop.check()
        };
        for (lake, error) in publish_owed(pipelines, &self.warehouse, &self.settings, &self.site_key, &check).await {
            if matches!(error, RunError::Lake(LakeError::Busy { .. })) {
                tracing::warn!(lake = %lake.url, "{}; the next run publishes what this one has loaded", error.chain());
                continue;
            }
            let is_quiet = |report: &&mut RunReport| report.error.is_none() && lake.accounts.contains(&report.account);
            match reports.iter_mut().find(is_quiet) {
                Some(report) => report.error = Some(error),
                // They have other failures to tell, which decide the exit status.
                None => tracing::error!(lake = %lake.url, "{}", error.chain()),
            }
        }
    }
}

impl Runner for Round {
    /// One account's task, with its progress; a signal ends it after its current step.
    async fn run_one(&self, pipeline: &Pipeline, task: Task<'_>) -> RunReport {
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
