//! What waits for something: callbacks that are owed, records in quarantine. For monitors.

use crate::warehouse::{Warehouse, WarehouseError};

/// What one account has that is not done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    pub account: String,
    /// Callbacks that the platform has not confirmed.
    pub pending: u64,
    /// Open rejections.
    pub quarantined: u64,
}

impl Warehouse {
    /// Of every account that has any.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, WarehouseError> {
        let rows = self
            .client()
            .await?
            .query(include_str!("../../sql/ledger/15_select_backlogs.sql"), &[])
            .await
            .map_err(WarehouseError::query("count what is pending and in quarantine"))?;
        let backlog = |row: &tokio_postgres::Row| Backlog {
            account: row.get(0),
            pending: row.get::<_, i64>(1) as u64,
            quarantined: row.get::<_, i64>(2) as u64,
        };
        Ok(rows.iter().map(backlog).collect())
    }
}
