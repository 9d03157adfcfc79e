//! What waits for something: calls that are owed to the platform, records in quarantine. Whoever counts them counts here.

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

/// What one account has that is not done with.
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
    /// Of every account that has any.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, WarehouseError> {
        backlogs(&self.client().await?, None).await
    }
}

impl AccountSession {
    /// Of this account.
    pub async fn backlog(&self) -> Result<Backlog, WarehouseError> {
        backlog(&self.client, &self.account).await
    }
}

/// Of one account.
pub(in crate::warehouse) async fn backlog(on: &impl Connection, account: &str) -> Result<Backlog, WarehouseError> {
    let found = backlogs(on, Some(account)).await?;
    Ok(found.into_iter().next().unwrap_or_else(|| Backlog { account: account.to_owned(), ..Backlog::default() }))
}

/// Of one account, or of all that have any.
pub(in crate::warehouse) async fn backlogs(
    on: &impl Connection,
    account: Option<&str>,
) -> Result<Vec<Backlog>, WarehouseError> {
    SELECT_BACKLOGS.rows(on, &[&account]).await?.iter().map(Backlog::of).collect()
}
