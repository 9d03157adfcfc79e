//! Counts everything that waits: calls that are owed to the platform, and records in quarantine. The only place that counts them.

use chrono::{DateTime, Utc};

use crate::warehouse::statement::{Connection, Row, Statement, sql};
use crate::warehouse::{AccountSession, Warehouse, WarehouseError};

const SELECT_BACKLOGS: Statement = sql!("ledger/select_backlogs", "count what is pending and in quarantine");

/// Things that wait, and how long the oldest has waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: u64,
    /// `None`: nothing waits.
    pub since: Option<DateTime<Utc>>,
}

/// What is still waiting in one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    pub account: String,
    /// Callbacks that the platform has not confirmed.
    pub acknowledgements: Waiting,
    /// Arrivals that the platform has not confirmed.
    pub arrivals: Waiting,
    /// Open rejections.
    pub quarantined: Waiting,
}

impl Backlog {
    /// All that is owed to the platform.
    pub fn pending(&self) -> Waiting {
        Waiting {
            count: self.acknowledgements.count + self.arrivals.count,
            since: [self.acknowledgements.since, self.arrivals.since].into_iter().flatten().min(),
        }
    }

    fn of(row: &Row) -> Result<Backlog, WarehouseError> {
        Ok(Backlog {
            account: row.get("account")?,
            acknowledgements: Waiting {
                count: row.count("acknowledgements")?,
                since: row.get("acknowledgements_since")?,
            },
            arrivals: Waiting { count: row.count("arrivals")?, since: row.get("arrivals_since")? },
            quarantined: Waiting { count: row.count("quarantined")?, since: row.get("quarantined_since")? },
        })
    }
}

impl Warehouse {
    /// What waits in every account that has anything waiting.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, WarehouseError> {
        backlogs(&self.client().await?, None).await
    }
}

impl AccountSession {
    /// What waits in this account.
    pub async fn backlog(&self) -> Result<Backlog, WarehouseError> {
        backlog(&self.client, &self.account).await
    }
}

/// What waits in one account.
pub(in crate::warehouse) async fn backlog(on: &impl Connection, account: &str) -> Result<Backlog, WarehouseError> {
    let found = backlogs(on, Some(account)).await?;
    Ok(found.into_iter().next().unwrap_or_else(|| Backlog { account: account.to_owned(), ..Backlog::default() }))
}

/// What waits in one account, or in all that have anything waiting.
pub(in crate::warehouse) async fn backlogs(
    on: &impl Connection,
    account: Option<&str>,
) -> Result<Vec<Backlog>, WarehouseError> {
    SELECT_BACKLOGS.rows(on, &[&account]).await?.iter().map(Backlog::of).collect()
}
