//! Finance handoffs: numbers new handoffs, and reads existing ones.
//!
//! The table `finance.handoffs` has one row per handoff, which never changes; its entries are computed from the versions of its
//! deliveries and stored with it.

mod month;

use chrono::{DateTime, Utc};
use deadpool_postgres::{Client, Transaction};

use crate::reservation::Handoff;
use crate::warehouse::dataset::{Dataset, DatasetRows};
use crate::warehouse::export::{CHECK_MONTH, READ_ROWS};
use crate::warehouse::journal::{append, append_again};
use crate::warehouse::load::record_at;
use crate::warehouse::statement::{Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, Warehouse, WarehouseError};

pub(super) use month::MONTH;
pub use month::MonthEntry;

const SELECT_DELIVERIES: Statement = sql!("finance/select_deliveries_to_hand_over", RECORD);
const INSERT_HANDOFF: Statement = sql!("finance/insert_handoff", RECORD);
const SELECT_FIRST_OF_HANDOFF: Statement = sql!("finance/select_first_delivery_of_handoff", RECORD);
const SELECT_OWED_HANDOFFS: Statement = sql!("finance/select_owed_handoffs", "look up owed handoffs");
const SELECT_HANDOFF: Statement = sql!("finance/select_handoff", "look up the handoff");
const SELECT_DELIVERY: Statement = sql!("finance/select_delivery", "look up the delivery");
pub(super) const ENTRIES: Dataset = Dataset {
    relation: Some("finance.entries"),
    descriptions: &[POSTING_MONTH, CHECK_MONTH],
    ..Dataset::of(sql!("finance/select_entries", READ_ROWS))
};

const POSTING_MONTH: (&str, &str, &str) =
    ("posting_month", "记账月份，如 2026-11", "Month in which it is booked, like 2026-11");
const RESERVATIONS_AS_OF: Dataset = Dataset::of(sql!("finance/select_reservations_as_of", READ_ROWS));

const RECORD: &str = "record the finance handoff";

/// A delivery that a file names, as the warehouse knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownDelivery {
    /// Nothing was ever loaded for the account.
    UnknownAccount,
    /// The account has no delivery of that number that changed the history.
    UnknownDelivery,
    /// It takes effect at this time.
    EffectiveAt(DateTime<Utc>),
}

impl AccountSession {
    /// Numbers what has changed since the last handoff, if it moved any money: one handoff for each of Beijing's months that it
    /// is of. A run that is killed before its files are made leaves them to the next one.
    pub async fn record_handoffs(&self) -> Result<(), WarehouseError> {
        let mut looked_at = 0_i64;
        while let Some(next) = SELECT_DELIVERIES.row_if_any(&self.client, &[&self.account, &looked_at]).await? {
            looked_at = next.get("last_delivery_id")?;
            self.record_handoff(next.get("handoff_number")?, next.get("first_delivery_id")?, looked_at).await?;
        }
        Ok(())
    }

    async fn record_handoff(
        &self,
        handoff_number: i32,
        first_delivery_id: i64,
        last_delivery_id: i64,
    ) -> Result<(), WarehouseError> {
        // Exports are made beside this: over a connection of its own.
        let mut client = self.companion().await?;
        let transaction = begin(&mut client, RECORD).await?;
        let recorded_at =
            insert(&transaction, &self.account, handoff_number, first_delivery_id, last_delivery_id).await?;
        if let Some(recorded_at) = recorded_at {
            let entry = JournalEntry::HandedOver { handoff_number, first_delivery_id, last_delivery_id, recorded_at };
            append(&transaction, &self.account, &entry).await?;
        }
        commit(transaction, RECORD).await
    }

    /// Numbers a handoff as it was before; its entry is of the kind that says so. `false`: its deliveries, or what they moved, are not there.
    pub async fn record_handoff_again(&mut self, entry: &NumberedEntry) -> Result<bool, WarehouseError> {
        let JournalEntry::HandedOver { handoff_number, last_delivery_id, recorded_at, .. } = entry.entry else {
            return Err(WarehouseError::Journal("a handoff is expected"));
        };
        let account = self.account.clone();
        let transaction = begin(&mut self.client, RECORD).await?;
        record_at(&transaction, recorded_at).await?;
        let first = SELECT_FIRST_OF_HANDOFF.row(&transaction, &[&account, &handoff_number]).await?;
        let recorded_at = match first.get("first_delivery_id")? {
            Some(first) => insert(&transaction, &account, handoff_number, first, last_delivery_id).await?,
            None => None,
        };
        append_again(&transaction, &account, entry).await?;
        commit(transaction, RECORD).await?;
        Ok(recorded_at.is_some())
    }

    /// The handoffs that `target` lacks, oldest first; with `is_complete`, every one.
    pub async fn owed_handoffs(&self, target: &str, is_complete: bool) -> Result<Vec<Handoff>, WarehouseError> {
        let rows = SELECT_OWED_HANDOFFS.rows(&self.client, &[&self.account, &target, &is_complete]).await?;
        rows.iter().map(|row| handoff(&self.account, row)).collect()
    }

    /// Reads the entries of a handoff.
    pub async fn entries(&self, handoff: &Handoff) -> Result<DatasetRows, WarehouseError> {
        entries(self.companion().await?, handoff).await
    }
}

impl Warehouse {
    /// Looks up a delivery of an account.
    pub async fn find_delivery(&self, account: &str, delivery_id: i64) -> Result<KnownDelivery, WarehouseError> {
        let row = SELECT_DELIVERY.row_if_any(&self.client().await?, &[&account, &delivery_id]).await?;
        Ok(match row.map(|row| row.get("effective_at")).transpose()? {
            None => KnownDelivery::UnknownAccount,
            Some(None) => KnownDelivery::UnknownDelivery,
            Some(Some(effective_at)) => KnownDelivery::EffectiveAt(effective_at),
        })
    }

    /// A handoff of an account, if there is one of that number.
    pub async fn find_handoff(&self, account: &str, handoff_number: i32) -> Result<Option<Handoff>, WarehouseError> {
        let row = SELECT_HANDOFF.row_if_any(&self.client().await?, &[&account, &handoff_number]).await?;
        row.map(|row| handoff(account, &row)).transpose()
    }

    /// Reads the entries of a handoff.
    pub async fn handoff_entries(&self, handoff: &Handoff) -> Result<DatasetRows, WarehouseError> {
        entries(self.client().await?, handoff).await
    }

    /// The state of every reservation when this delivery was the newest.
    pub async fn finance_rows_as_of(&self, account: &str, delivery_id: i64) -> Result<DatasetRows, WarehouseError> {
        RESERVATIONS_AS_OF.rows(self.client().await?, &[&account, &delivery_id], false).await
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
    let row = INSERT_HANDOFF.row_if_any(transaction, &[&account, &number, &first, &last]).await?;
    row.map(|row| row.get("recorded_at")).transpose()
}

async fn entries(client: Client, handoff: &Handoff) -> Result<DatasetRows, WarehouseError> {
    ENTRIES.rows(client, &[&handoff.account, &handoff.handoff_number], false).await
}

fn handoff(account: &str, row: &Row) -> Result<Handoff, WarehouseError> {
    Ok(Handoff {
        account: account.to_owned(),
        handoff_number: row.get("handoff_number")?,
        first_delivery_id: row.get("first_delivery_id")?,
        last_delivery_id: row.get("last_delivery_id")?,
        as_of: row.get("as_of")?,
        first_entry_number: row.get("first_entry_number")?,
        entries: row.get("entries")?,
        amount: row.get("amount")?,
        balance: row.get("balance")?,
    })
}
