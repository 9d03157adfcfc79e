//! The size of each account's history.

use rust_decimal::Decimal;

use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// One account's history in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTotals {
    pub account: String,
    pub versions: i64,
    /// Reservations, each by its current version.
    pub reservations: i64,
    pub cancelled: i64,
    /// Distinct `person_id`.
    pub people: i64,
    /// Yuan, over the reservations that are not cancelled.
    pub fee_total: Decimal,
}

impl Warehouse {
    /// Counts every account's history. Reads all of it: for summaries, not for every night.
    pub async fn totals(&self) -> Result<Vec<AccountTotals>, WarehouseError> {
        let client = self.client().await?;
        let rows = client
            .query(text!("ledger/select_totals"), &[])
            .await
            .map_err(WarehouseError::query("count the history"))?;
        Ok(rows
            .iter()
            .map(|row| AccountTotals {
                account: row.get(0),
                versions: row.get(1),
                reservations: row.get(2),
                cancelled: row.get(3),
                people: row.get(4),
                fee_total: row.get(5),
            })
            .collect())
    }
}
