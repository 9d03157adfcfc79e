//! Finance handoffs: numbering what was not handed over yet, and reading what was.
//!
//! The table `finance.handoffs` has one row per handoff, which never changes; its entries are what the versions of its
//! deliveries give, read anew every time.

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, Transaction};
use futures_util::stream::BoxStream;
use tokio_postgres::Row;

use crate::reservation::{FinanceEntry, FinanceRow, Handoff};
use crate::warehouse::export::{finance_row, stream};
use crate::warehouse::journal::{append, append_again};
use crate::warehouse::load::record_at;
use crate::warehouse::statement::text;
use crate::warehouse::values::{optional_text, text};
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, Warehouse, WarehouseError};

/// What the warehouse knows of a delivery that a file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownDelivery {
    /// Nothing was ever loaded for the account.
    UnknownAccount,
    /// The account has no delivery of that number that changed the history.
    UnknownDelivery,
    /// It takes effect at this time.
    EffectiveAt(DateTime<Utc>),
}

const RECORD: &str = "record the finance handoff";

type Rows<T> = BoxStream<'static, Result<T, WarehouseError>>;

impl AccountSession {
    /// Numbers what has changed since the last handoff, if it moved any money. A run that is killed before its files are
    /// made leaves them to the next one.
    pub async fn record_handoff(&self) -> Result<(), WarehouseError> {
        let next = self
            .client
            .query_opt(text!("finance/select_deliveries_to_hand_over"), &[&self.account])
            .await
            .map_err(WarehouseError::query(RECORD))?;
        let Some(next) = next else { return Ok(()) };
        let (number, first, last): (i32, i64, i64) = (next.get(0), next.get(1), next.get(2));
        // Exports are made beside this: over a connection of its own.
        let mut client = self.companion().await?;
        let transaction = client.transaction().await.map_err(WarehouseError::query(RECORD))?;
        let recorded_at = insert(&transaction, &self.account, number, first, last).await?;
        if let Some(recorded_at) = recorded_at {
            let entry = JournalEntry::HandedOver {
                handoff_number: number,
                first_delivery_id: first,
                last_delivery_id: last,
                recorded_at,
            };
            append(&*transaction, &self.account, &entry).await?;
        }
        transaction.commit().await.map_err(WarehouseError::query(RECORD))
    }

    /// Numbers a handoff as it was before; its entry is of the kind that says so.
    pub async fn record_handoff_again(&mut self, entry: &NumberedEntry) -> Result<(), WarehouseError> {
        let JournalEntry::HandedOver { handoff_number, first_delivery_id, last_delivery_id, recorded_at } = entry.entry
        else {
            return Err(WarehouseError::Journal("a handoff is expected"));
        };
        let account = self.account.clone();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(RECORD))?;
        record_at(&transaction, recorded_at).await?;
        insert(&transaction, &account, handoff_number, first_delivery_id, last_delivery_id).await?;
        append_again(&*transaction, &account, entry).await?;
        transaction.commit().await.map_err(WarehouseError::query(RECORD))
    }

    /// The handoffs that `target` lacks, oldest first; with `is_complete`, every one.
    pub async fn owed_handoffs(&self, target: &str, is_complete: bool) -> Result<Vec<Handoff>, WarehouseError> {
        let rows = self
            .client
            .query(text!("finance/select_owed_handoffs"), &[&self.account, &target, &is_complete])
            .await
            .map_err(WarehouseError::query("look up owed handoffs"))?;
        Ok(rows.iter().map(|row| handoff(&self.account, row)).collect())
    }

    /// The entries of a handoff, in the order of the file.
    pub async fn entries(&self, handoff: &Handoff) -> Result<Rows<FinanceEntry>, WarehouseError> {
        entries(self.companion().await?, handoff).await
    }
}

impl Warehouse {
    /// What is known of a delivery of an account.
    pub async fn find_delivery(&self, account: &str, delivery_id: i64) -> Result<KnownDelivery, WarehouseError> {
        let client = self.client().await?;
        let row = client
            .query_opt(text!("finance/select_delivery"), &[&account, &delivery_id])
            .await
            .map_err(WarehouseError::query("look up the delivery"))?;
        Ok(match row.map(|row| row.get(0)) {
            None => KnownDelivery::UnknownAccount,
            Some(None) => KnownDelivery::UnknownDelivery,
            Some(Some(effective_at)) => KnownDelivery::EffectiveAt(effective_at),
        })
    }

    /// A handoff of an account, if there is one of that number.
    pub async fn find_handoff(&self, account: &str, handoff_number: i32) -> Result<Option<Handoff>, WarehouseError> {
        let client = self.client().await?;
        let row = client
            .query_opt(text!("finance/select_handoff"), &[&account, &handoff_number])
            .await
            .map_err(WarehouseError::query("look up the handoff"))?;
        Ok(row.map(|row| handoff(account, &row)))
    }

    /// The entries of a handoff, in the order of the file.
    pub async fn handoff_entries(&self, handoff: &Handoff) -> Result<Rows<FinanceEntry>, WarehouseError> {
        entries(self.client().await?, handoff).await
    }

    /// The state of every reservation when this delivery was the newest, in the order of the file.
    pub async fn finance_rows_as_of(
        &self,
        account: &str,
        delivery_id: i64,
    ) -> Result<Rows<FinanceRow>, WarehouseError> {
        let sql = text!("finance/select_reservations_as_of");
        stream(self.client().await?, sql, &[&account, &delivery_id], finance_row).await
    }
}

/// When it was recorded; `None`: these deliveries have moved no money.
async fn insert(
    transaction: &Transaction<'_>,
    account: &str,
    number: i32,
    first: i64,
    last: i64,
) -> Result<Option<DateTime<Utc>>, WarehouseError> {
    let insert = text!("finance/insert_handoff");
    let row = transaction.query_opt(insert, &[&account, &number, &first, &last]).await;
    Ok(row.map_err(WarehouseError::query(RECORD))?.map(|row| row.get(0)))
}

async fn entries(client: Client, handoff: &Handoff) -> Result<Rows<FinanceEntry>, WarehouseError> {
    stream(
        client,
        text!("finance/select_entries"),
        &[
            &handoff.account,
            &handoff.handoff_number,
            &handoff.first_delivery_id,
            &handoff.last_delivery_id,
            &handoff.first_entry_number,
        ],
        entry,
    )
    .await
}

fn handoff(account: &str, row: &Row) -> Handoff {
    Handoff {
        account: account.to_owned(),
        handoff_number: row.get(0),
        first_delivery_id: row.get(1),
        last_delivery_id: row.get(2),
        as_of: row.get(3),
        first_entry_number: row.get(4),
        entries: row.get(5),
        amount: row.get(6),
        balance: row.get(7),
    }
}

fn entry(row: &Row) -> Result<FinanceEntry, tokio_postgres::Error> {
    Ok(FinanceEntry {
        account: text(row, 0)?,
        handoff_number: row.try_get(1)?,
        entry_number: row.try_get(2)?,
        entry_kind: text(row, 3)?,
        event: text(row, 4)?,
        event_at: row.try_get(5)?,
        serial_number: text(row, 6)?,
        version: row.try_get(7)?,
        hospital_code: text(row, 8)?,
        hospital_name: optional_text(row, 9)?,
        check_date: row.try_get(10)?,
        hospital_package_id: optional_text(row, 11)?,
        hospital_package_name: optional_text(row, 12)?,
        order_status: text(row, 13)?,
        pay_type: optional_text(row, 14)?,
        data_sources: optional_text(row, 15)?,
        amount_before: row.try_get(16)?,
        amount_after: row.try_get(17)?,
        amount: row.try_get(18)?,
    })
}
