//! Doctor: what tonight's run needs, looked at one by one.
//!
//! It changes nothing and holds nothing: no pull, no callback, no migration, no account's lock. It goes on after a
//! trouble, and says of what it cannot look at why not.

mod database;
mod folders;
mod ledger;
mod nights;
mod platform;
mod server;

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use crate::failure::RunError;
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::warehouse::Warehouse;

use database::OUT_OF_REACH;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `None`: it concerns every account.
    pub account: Option<String>,
    pub name: &'static str,
    pub finding: Finding,
}

/// How it was found, in words that hold no secret and no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Good(String),
    /// A run does its work all the same, and somebody should look.
    Watch(Trouble),
    /// A run would fail, or has.
    Mend(Trouble),
    /// It cannot be looked at: why not.
    LeftOut(&'static str),
}

/// What is wrong, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub problem: String,
    pub remedy: Remedy,
    /// How a run that meets it ends.
    pub exit_code: ExitCode,
}

impl Finding {
    /// Something to mend.
    fn mend(exit_code: ExitCode, problem: impl Into<String>, remedy: Remedy) -> Finding {
        Finding::Mend(Trouble { problem: problem.into(), remedy, exit_code })
    }

    fn watch(exit_code: ExitCode, problem: impl Into<String>, remedy: Remedy) -> Finding {
        Finding::Watch(Trouble { problem: problem.into(), remedy, exit_code })
    }

    /// What failed, with the remedy and the exit code that a run would end with.
    pub fn failed(problem: impl Into<String>, guidance: Guidance) -> Finding {
        let Guidance { exit_code, remedy } = guidance;
        let in_general = if exit_code == ExitCode::Temporary { Remedy::TryLater } else { Remedy::FollowMessage };
        Finding::mend(exit_code, problem, remedy.unwrap_or(in_general))
    }

    fn of_error(error: &RunError) -> Finding {
        Finding::failed(error.chain(), error.guidance())
    }

    /// The exit code that it asks for.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Finding::Good(_) | Finding::LeftOut(_) => ExitCode::Good,
            Finding::Watch(trouble) | Finding::Mend(trouble) => trouble.exit_code,
        }
    }
}

/// Looks at everything, in the order in which a run needs it. `database`: the connection, or why there is none.
/// `versions`: PostgreSQL's that the warehouse is tested with.
pub async fn examine(
    pipelines: &[Pipeline],
    settings: &Settings,
    database: &Result<Warehouse, Finding>,
    versions: RangeInclusive<u32>,
) -> Vec<Check> {
    let (findings, ledger) = database::examine(settings, database, versions).await;
    let mut checks = of_account(None, findings);
    checks.extend(of_account(None, server::examine(database.as_ref().map_err(|_| OUT_OF_REACH)).await));
    for pipeline in pipelines {
        let mut findings = platform::examine(pipeline, settings).await;
        let (state, last_bytes) = ledger::examine(pipeline, ledger).await;
        findings.push(("warehouse", folders::examine_warehouse(pipeline, database.as_ref().ok(), ledger).await));
        findings.extend(folders::examine(pipeline, last_bytes));
        findings.extend(state);
        findings.extend(nights::examine(pipeline, ledger).await);
        checks.extend(of_account(Some(&pipeline.account), findings));
    }
    checks
}

/// Findings of one subject, by name.
type Findings = Vec<(&'static str, Finding)>;

fn of_account(account: Option<&str>, findings: Findings) -> Vec<Check> {
    let check = |(name, finding)| Check { account: account.map(str::to_owned), name, finding };
    findings.into_iter().map(check).collect()
}

/// How long ago, or how far apart, for a person.
fn span(span: TimeDelta) -> String {
    match (span.num_days(), span.num_hours(), span.num_minutes(), span.num_seconds()) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 2.., ..) => format!("{hours} hours"),
        (_, _, minutes @ 2.., _) => format!("{minutes} minutes"),
        (.., seconds) => format!("{seconds} seconds"),
    }
}
