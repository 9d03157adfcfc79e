//! What waits for something: calls that are owed to the platform, records in quarantine. Whoever counts them counts here.

use chrono::{DateTime, Utc};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Row;

use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, Warehouse, WarehouseError};

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

    fn of(row: &Row) -> Backlog {
        let waiting = |column: usize| Waiting { count: row.get::<_, i64>(column) as u64, since: row.get(column + 1) };
        Backlog { account: row.get(0), acknowledgements: waiting(1), arrivals: waiting(3), quarantined: waiting(5) }
    }
}

impl Warehouse {
    /// Of every account that has any.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, WarehouseError> {
        let client = self.client().await?;
        backlogs(&client, None).await
    }
}

impl AccountSession {
    /// Of this account.
    pub async fn backlog(&self) -> Result<Backlog, WarehouseError> {
        backlog(&self.client, &self.account).await
    }
}

/// Of one account.
pub(in crate::warehouse) async fn backlog(client: &ClientWrapper, account: &str) -> Result<Backlog, WarehouseError> {
    let found = backlogs(client, Some(account)).await?;
    Ok(found.into_iter().next().unwrap_or_else(|| Backlog { account: account.to_owned(), ..Backlog::default() }))
}

/// Of one account, or of all that have any.
pub(in crate::warehouse) async fn backlogs(
    client: &ClientWrapper,
    account: Option<&str>,
) -> Result<Vec<Backlog>, WarehouseError> {
    let rows = client
        .query(text!("ledger/select_backlogs"), &[&account])
        .await
        .map_err(WarehouseError::query("count what is pending and in quarantine"))?;
    Ok(rows.iter().map(Backlog::of).collect())
}
