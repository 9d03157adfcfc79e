//! Vacuum of a private server, which is stopped before autovacuum wakes.

use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SELECT_DUE_VACUUM: Statement = sql!("session/select_due_vacuum", "vacuum the tables");

impl Warehouse {
    /// Vacuums and analyzes the tables that are over autovacuum's thresholds. Without it, every night would leave the rows that it
    /// has replaced in the files for good, and the planner would never learn how large the tables are.
    pub async fn vacuum_if_due(&self) -> Result<(), WarehouseError> {
        SELECT_DUE_VACUUM.run_given(&self.client().await?, &[]).await
    }
}
