//! The size of each account's history.

use rust_decimal::Decimal;

use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SELECT_TOTALS: Statement = sql!("ledger/select_totals", "count the history");

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
        let rows = SELECT_TOTALS.rows(&self.client().await?, &[]).await?;
        let totals = |row: &Row| {
            Ok(AccountTotals {
                account: row.get("account")?,
                versions: row.get("versions")?,
                reservations: row.get("reservations")?,
                cancelled: row.get("cancelled")?,
                people: row.get("people")?,
                fee_total: row.get("fee_total")?,
            })
        };
        rows.iter().map(totals).collect()
    }
}
