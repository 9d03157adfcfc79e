//! Months that finance closes: once, with figures that are stored and journalled.

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::ClientWrapper;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{POSTING_MONTH, handoff};
use crate::reservation::Handoff;
use crate::warehouse::dataset::{Dataset, DatasetRows};
use crate::warehouse::export::{CHECK_MONTH, READ_ROWS};
use crate::warehouse::journal::{append, append_again};
use crate::warehouse::statement::{Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, Warehouse, WarehouseError};

const CLOSE_MONTHS: Statement = sql!("finance/close_months", CLOSE);
const INSERT_MONTH: Statement = sql!("finance/insert_month", CLOSE);
const SELECT_HANDOFFS: Statement = sql!("finance/select_handoffs_of_month", "look up the closed month");
pub(in crate::warehouse) const MONTH: Dataset = Dataset {
    relation: Some("finance.month_balances"),
    descriptions: &[
        POSTING_MONTH,
        CHECK_MONTH,
        (
            "prepaid",
            "期末余额中预收的部分（元）；到检未知时为空",
            "Of the closing balance: the rest, prepaid; null where performed is",
        ),
    ],
    ..Dataset::of(sql!("finance/select_month", READ_ROWS))
};

const CLOSE: &str = "close the month";

/// A closed month in the journal. Its figures do not come out of the history alone: arrivals and names may be known better
/// since, and a closed month never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthEntry {
    pub posting_month: NaiveDate,
    pub first_handoff_number: i32,
    pub last_handoff_number: i32,
    pub closed_at: DateTime<Utc>,
    pub balances: Vec<MonthBalance>,
}

/// The figures for one hospital, way of payment and check month. Amounts are texts in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthBalance {
    pub hospital_code: String,
    pub pay_type: String,
    pub check_month: NaiveDate,
    pub hospital_name: Option<String>,
    pub pay_type_zh: Option<String>,
    pub opening: Decimal,
    pub postings: Decimal,
    pub adjustments: Decimal,
    pub reversals: Decimal,
    pub earlier_months: Decimal,
    pub closing: Decimal,
    pub performed: Option<Decimal>,
}

impl AccountSession {
    /// Closes every month up to this one, its first day, that is still open: it is over, and what was delivered in it is
    /// handed over. How many were.
    pub async fn close_months(&self, month: NaiveDate) -> Result<usize, WarehouseError> {
        let mut client = self.companion().await?;
        let transaction = begin(&mut client, CLOSE).await?;
        let closed = CLOSE_MONTHS.rows(&transaction, &[&self.account, &month]).await?;
        for row in &closed {
            let balances = serde_json::from_str(row.get("balances")?);
            let entry = MonthEntry {
                posting_month: row.get("posting_month")?,
                first_handoff_number: row.get("first_handoff_number")?,
                last_handoff_number: row.get("last_handoff_number")?,
                closed_at: row.get("closed_at")?,
                balances: balances.map_err(|_| WarehouseError::Journal("a month's figures cannot be read"))?,
            };
            append(&transaction, &self.account, &JournalEntry::MonthClosed(entry)).await?;
        }
        commit(transaction, CLOSE).await?;
        Ok(closed.len())
    }

    /// Closes a month as it was closed before, which this entry says.
    pub async fn close_month_again(&mut self, month: &MonthEntry, entry: &NumberedEntry) -> Result<(), WarehouseError> {
        let balances = serde_json::to_string(&month.balances)
            .map_err(|_| WarehouseError::Journal("a month's figures cannot be written"))?;
        let account = self.account.clone();
        let (first, last) = (month.first_handoff_number, month.last_handoff_number);
        let transaction = begin(&mut self.client, CLOSE).await?;
        INSERT_MONTH
            .run(&transaction, &[&account, &month.posting_month, &first, &last, &month.closed_at, &balances])
            .await?;
        append_again(&transaction, &account, entry).await?;
        commit(transaction, CLOSE).await
    }

    /// The handoffs of a closed month, oldest first; `None`: it is not closed.
    pub async fn handoffs_of_month(&self, month: NaiveDate) -> Result<Option<Vec<Handoff>>, WarehouseError> {
        handoffs_of_month(&self.client, &self.account, month).await
    }

    /// The figures of a closed month.
    pub async fn month_rows(&self, month: NaiveDate) -> Result<DatasetRows, WarehouseError> {
        MONTH.rows(self.companion().await?, &[&self.account, &month], false).await
    }
}

impl Warehouse {
    /// The handoffs and the figures of a month of an account; `None`: it is not closed.
    pub async fn find_month(
        &self,
        account: &str,
        month: NaiveDate,
    ) -> Result<Option<(Vec<Handoff>, DatasetRows)>, WarehouseError> {
        let client = self.client().await?;
        let Some(handoffs) = handoffs_of_month(&client, account, month).await? else { return Ok(None) };
        Ok(Some((handoffs, MONTH.rows(client, &[&account, &month], false).await?)))
    }
}

async fn handoffs_of_month(
    client: &ClientWrapper,
    account: &str,
    month: NaiveDate,
) -> Result<Option<Vec<Handoff>>, WarehouseError> {
    let rows = SELECT_HANDOFFS.rows(client, &[&account, &month]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut handoffs = Vec::new();
    for row in rows {
        if row.get::<Option<i32>>("handoff_number")?.is_some() {
            handoffs.push(handoff(account, &row)?);
        }
    }
    Ok(Some(handoffs))
}
