//! Doctor: what tonight's run needs, looked at one by one.
//!
//! It changes nothing and holds nothing: no pull, no callback, no migration, no account's lock. It goes on after a
//! trouble, and says of what it cannot look at why not.

mod database;
mod finding;
mod folders;
mod lake;
mod ledger;
mod nights;
mod platform;
mod server;

use std::ops::RangeInclusive;

use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::warehouse::Warehouse;

use database::OUT_OF_REACH;
use finding::Findings;

pub use finding::{Check, Finding, Trouble};
pub use platform::DEMO_MARKER;

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
        findings.extend(lake::examine(pipeline, settings, ledger).await);
        findings.extend(state);
        findings.extend(nights::examine(pipeline, ledger).await);
        checks.extend(of_account(Some(&pipeline.account), findings));
    }
    checks
}

fn of_account(account: Option<&str>, findings: Findings) -> Vec<Check> {
    let check = |(name, finding)| Check { account: account.map(str::to_owned), name, finding };
    findings.into_iter().map(check).collect()
}
