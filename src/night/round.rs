//! One round over the accounts: several at once, each on a thread of its own, so that none stops another.

use std::borrow::Borrow;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::failure::{RecoverError, RunError};
use crate::night::journal::check_not_behind;
use crate::night::recover::OnLoss;
use crate::night::report::RunReport;
use crate::night::task::Task;
use crate::pipeline::Pipeline;
use crate::warehouse::Warehouse;

/// Runs one account's task, and shows it.
pub trait Runner: Clone + Send + 'static {
    /// Never an error: the report says what went wrong.
    fn run_one(&self, pipeline: &Pipeline, task: Task<'_>) -> impl Future<Output = RunReport>;
}

/// Runs every account once. Reports come in the order of the pipelines, whoever was ready first. `elsewhere` are those of
/// other shards.
pub async fn run_round(
    runner: &impl Runner,
    warehouse: &Warehouse,
    pipelines: &[Arc<Pipeline>],
    elsewhere: &[Arc<Pipeline>],
    accounts_at_once: u8,
) -> Vec<RunReport> {
    if let Err(held_back) = recover_first(runner, warehouse, pipelines).await {
        return held_back;
    }
    // Other shards get theirs back themselves, and may be at it now.
    let mut waiting = 0;
    for pipeline in elsewhere {
        waiting += usize::from(is_behind(pipeline, warehouse).await);
    }
    if waiting > 0 {
        let wait = |pipeline: &Arc<Pipeline>| {
            let mut report = RunReport::new(&pipeline.account);
            report.error = Some(RecoverError::ShardsBehind { accounts: waiting }.into());
            report
        };
        return pipelines.iter().map(wait).collect();
    }
    // Where the server has fewer connections for us, accounts take turns.
    let wanted = usize::from(accounts_at_once).min(pipelines.len());
    let at_once = match wanted {
        0 | 1 => 1,
        // What went wrong is every account's: each finds out itself.
        _ => warehouse.room_for_accounts(wanted).await.unwrap_or_else(|error| {
            tracing::warn!("the accounts take turns, because the number of free connections is unknown: {error}");
            1
        }),
    };
    let runs = stream::iter(pipelines.iter().cloned().enumerate()).map(|(place, pipeline)| {
        let (runner, account) = (runner.clone(), pipeline.account.clone());
        async move {
            // A thread of its own: one that breaks down takes nobody with it, and several use several cores.
            let task = spawn_blocking(move || Handle::current().block_on(runner.run_one(&pipeline, Task::Night)));
            let report = task.await.unwrap_or_else(|error| {
                let mut report = RunReport::new(&account);
                report.error = Some(RunError::Broken(error));
                report
            });
            (place, report)
        }
    });
    let mut reports: Vec<(usize, RunReport)> = runs.buffer_unordered(at_once).collect().await;
    reports.sort_unstable_by_key(|(place, _)| *place);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// Accounts share the numbers of their deliveries: where the database was taken back, all of them get theirs back before any of them
/// pulls. `Err`: one could not, and what becomes of each instead.
pub async fn recover_first(
    runner: &impl Runner,
    warehouse: &Warehouse,
    pipelines: &[impl Borrow<Pipeline>],
) -> Result<(), Vec<RunReport>> {
    let pipelines = || pipelines.iter().map(Borrow::borrow);
    let mut failed = Vec::new();
    for pipeline in pipelines() {
        if is_behind(pipeline, warehouse).await {
            let report = runner.run_one(pipeline, Task::Recover(OnLoss::Stop)).await;
            failed.extend(report.error.is_some().then_some(report));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(pipelines().map(|pipeline| held_back(&pipeline.account, &mut failed)).collect())
}

/// Whether the account has something to get back. An error is its run's to report.
async fn is_behind(pipeline: &Pipeline, warehouse: &Warehouse) -> bool {
    matches!(check_not_behind(pipeline, warehouse).await, Err(RunError::Recover(_)))
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
