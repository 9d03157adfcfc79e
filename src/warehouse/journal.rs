//! The journal: what was committed and decided, in the transaction that did it, so that it can be applied again.
//!
//! The landing folder gets a copy before anything goes out that depends on it. After the database is restored from a backup,
//! that copy is ahead, and the missing entries are applied again. Each appends itself, so each is applied once, wherever a
//! recovery is stopped. The digests of the entries form a chain, so that two diverging histories can be distinguished.

mod owners;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::pipeline::Contract;
use crate::warehouse::statement::{Connection, Row, Statement, sql};
use crate::warehouse::{AccountSession, MonthEntry, PersonCounts, Warehouse, WarehouseError};

pub(super) use owners::own_versions;
pub use owners::{OwnVersion, Owners};

const READ: &str = "read the journal";

const APPEND_ENTRY: Statement = sql!("journal/append_entry", "write the journal");
const INSERT_ENTRY: Statement = sql!("journal/insert_entry", "write the journal again");
const SELECT_POSITION: Statement = sql!("journal/select_position", READ);
const SELECT_ENTRIES: Statement = sql!("journal/select_entries", READ);
const SELECT_CONTRACT: Statement = sql!("journal/select_contract", READ);
const SELECT_OTHER_ACCOUNTS: Statement = sql!("journal/select_other_accounts", READ);
const SELECT_PENDING: Statement = sql!("journal/select_pending", "read what is pending");
const SELECT_CONFIRMED: Statement = sql!("journal/select_confirmed", "read what was confirmed");
const SELECT_DELIVERY_OWNER: Statement = sql!("journal/select_delivery_owner", "look up the delivery");
const ADVANCE_DELIVERY_NUMBER: Statement = sql!("journal/advance_delivery_number", "advance the numbers of deliveries");
const SELECT_REJECTIONS: Statement = sql!("journal/select_rejections", "look up records of the quarantine");
const SELECT_PLACES: Statement = sql!("journal/select_places", "look up where records came");

/// Ranges of pending acknowledgements in an entry: a megabyte. A night that breaks off leaves a handful.
const PENDING_RANGES_MAX: i64 = 10_000;

/// Entries that are copied together.
const PAGE_ENTRIES: i64 = 10_000;

/// How records are read under a contract, beside what it says itself: 0 knows the interface's own forms only, 1 reads those of
/// other serialisers where the contract does not refuse them. Whatever makes an accepted record of a refused one, or the
/// other way round, is the next reading, so that a recovery can read a delivery as it was read.
pub const READING: u32 = 1;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_first_reading(reading: &u32) -> bool {
    *reading == 0
}

/// What happened. Names, numbers and times only: nobody's identity. The form is that of the files in the landing folder: what
/// one version of the program has written, every later one reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JournalEntry {
    /// The contract from here on: the text of its file, the names of members that make no version, and the [`READING`].
    Contract {
        text: String,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        ignore: BTreeSet<String>,
        #[serde(default, skip_serializing_if = "is_first_reading")]
        reading: u32,
    },
    /// A pull was committed.
    Delivery(DeliveryEntry),
    /// Its callbacks were sent. What was pending then is known by ranges of keys.
    Acknowledged {
        delivery_id: i64,
        pending: Vec<PendingRange>,
    },
    /// Quarantined records were loaded.
    Retry {
        delivery: DeliveryEntry,
        records: Vec<RecordPlace>,
        operator: String,
    },
    /// Quarantined records were discarded.
    Discarded {
        records: Vec<RecordPlace>,
        discarded_at: DateTime<Utc>,
        operator: String,
    },
    ArrivalsTaken {
        arrivals: Vec<TakenArrival>,
        recorded_at: DateTime<Utc>,
    },
    /// The platform has confirmed these arrivals.
    ArrivalsTold {
        serial_numbers: Vec<String>,
    },
    ArrivalsWithdrawn {
        serial_numbers: Vec<String>,
        operator: String,
    },
    /// A finance handoff was numbered.
    HandedOver {
        handoff_number: i32,
        first_delivery_id: i64,
        last_delivery_id: i64,
        recorded_at: DateTime<Utc>,
    },
    /// A month was closed for finance.
    MonthClosed(MonthEntry),
    /// One person's identity was erased: who it was is not said, only where it stood.
    Erased {
        /// Versions that were the person's.
        own: Vec<OwnVersion>,
        /// Reservations of which every version was erased.
        serial_numbers: Vec<String>,
        /// Quarantined records in which the person was found.
        records: Vec<RecordPlace>,
        counts: PersonCounts,
        operator: String,
    },
    /// A replayed history was put in the place of the live one.
    Swapped {
        replay_id: i64,
    },
}

/// A delivery as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryEntry {
    pub delivery_id: i64,
    pub landing_file: String,
    pub effective_at: DateTime<Utc>,
    pub is_effective_time_delivered: bool,
    /// The platform's time in the answer.
    pub platform_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub body_bytes: u64,
    /// Whether refused records were held.
    pub is_holding: bool,
    pub received: u64,
    pub accepted: u64,
    pub opened: u64,
    /// Acknowledgements of earlier deliveries that were pending when it was loaded.
    pub pending: Vec<PendingRange>,
}

/// Acknowledgements that were not confirmed: those of one delivery and kind whose keys lie between these, by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRange {
    pub delivery_id: i64,
    /// Whether the key is a requestId; otherwise it is a serialNumber.
    pub is_batch: bool,
    pub first_key: String,
    pub last_key: String,
}

/// The place where a quarantined record came last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPlace {
    pub delivery_id: i64,
    pub position: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenArrival {
    pub serial_number: String,
    pub arrived_at: DateTime<Utc>,
    pub source: String,
}

/// An entry with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedEntry {
    pub entry_number: i64,
    /// SHA-256, in lower-case hexadecimal.
    pub digest: String,
    pub entry: JournalEntry,
}

impl NumberedEntry {
    /// The delivery that it tells of.
    pub fn delivery(&self) -> Option<&DeliveryEntry> {
        match &self.entry {
            JournalEntry::Delivery(delivery) | JournalEntry::Retry { delivery, .. } => Some(delivery),
            _ => None,
        }
    }
}

/// The end of a journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalPosition {
    /// 0: there is no entry.
    pub entry_number: i64,
    /// SHA-256, in lower-case hexadecimal.
    pub digest: String,
}

impl JournalPosition {
    fn of(row: &Row) -> Result<JournalPosition, WarehouseError> {
        Ok(JournalPosition { entry_number: row.get("entry_number")?, digest: hex::encode(row.get::<&[u8]>("digest")?) })
    }
}

/// Appends an entry, in the transaction of what it tells of. Returns its place.
pub(super) async fn append(
    on: &impl Connection,
    account: &str,
    entry: &JournalEntry,
) -> Result<JournalPosition, WarehouseError> {
    let text = serde_json::to_string(entry).map_err(|_| WarehouseError::Journal("an entry cannot be written"))?;
    JournalPosition::of(&APPEND_ENTRY.row(on, &[&account, &text]).await?)
}

/// Like [`append`], for an entry that is applied again, with its old number.
pub(super) async fn append_again(
    on: &impl Connection,
    account: &str,
    entry: &NumberedEntry,
) -> Result<(), WarehouseError> {
    let text =
        serde_json::to_string(&entry.entry).map_err(|_| WarehouseError::Journal("an entry cannot be written"))?;
    let row = INSERT_ENTRY.row(on, &[&account, &entry.entry_number, &text, &entry.digest]).await?;
    match row.get("is_next")? {
        true => Ok(()),
        false => Err(WarehouseError::Journal("an entry does not follow the one before it")),
    }
}

/// The acknowledgements that are pending, of deliveries up to this one. Where they are scattered too much, the ranges hold
/// confirmed ones, too: what was confirmed may count as pending again after a recovery, never the other way round.
pub(super) async fn pending(
    on: &impl Connection,
    account: &str,
    delivery_id: i64,
) -> Result<Vec<PendingRange>, WarehouseError> {
    for is_coarse in [false, true] {
        let limit = PENDING_RANGES_MAX + 1;
        let rows = SELECT_PENDING.rows(on, &[&account, &delivery_id, &is_coarse, &limit]).await?;
        if rows.len() < limit as usize {
            return rows.iter().map(pending_range).collect();
        }
    }
    Err(WarehouseError::Journal("more deliveries than there can be have something pending"))
}

fn pending_range(row: &Row) -> Result<PendingRange, WarehouseError> {
    Ok(PendingRange {
        delivery_id: row.get("delivery_id")?,
        is_batch: row.get("is_batch")?,
        first_key: row.get("first_key")?,
        last_key: row.get("last_key")?,
    })
}

fn entry(row: &Row) -> Result<JournalEntry, WarehouseError> {
    serde_json::from_str(row.get("entry")?).map_err(|_| WarehouseError::Journal("an entry is of a newer tijian"))
}

async fn journalled_contract(on: &impl Connection, account: &str) -> Result<Option<JournalEntry>, WarehouseError> {
    let last = SELECT_CONTRACT.row_if_any(on, &[&account]).await?;
    last.as_ref().map(entry).transpose()
}

/// Appends the contract, where the journal has another one last.
pub(super) async fn append_contract(
    on: &impl Connection,
    account: &str,
    Contract { text, ignore, .. }: &Contract,
) -> Result<(), WarehouseError> {
    let contract = JournalEntry::Contract { text: text.clone(), ignore: ignore.clone(), reading: READING };
    if journalled_contract(on, account).await?.is_none_or(|last| last != contract) {
        append(on, account, &contract).await?;
    }
    Ok(())
}

impl Warehouse {
    /// The last entry of an account's journal.
    pub async fn journal_position(&self, account: &str) -> Result<JournalPosition, WarehouseError> {
        position(&self.client().await?, account, None).await
    }
}

async fn position(on: &impl Connection, account: &str, up_to: Option<i64>) -> Result<JournalPosition, WarehouseError> {
    let last = SELECT_POSITION.row_if_any(on, &[&account, &up_to]).await?;
    last.as_ref().map_or_else(|| Ok(JournalPosition::default()), JournalPosition::of)
}

impl AccountSession {
    /// The last entry of the account's journal, of those up to this number.
    pub async fn journal_position(&self, up_to: Option<i64>) -> Result<JournalPosition, WarehouseError> {
        position(&self.client, &self.account, up_to).await
    }

    /// The next page of entries after this one; empty: there are none.
    pub async fn journal_entries(&self, after: i64) -> Result<Vec<NumberedEntry>, WarehouseError> {
        let rows = SELECT_ENTRIES.rows(&self.client, &[&self.account, &after, &PAGE_ENTRIES]).await?;
        let numbered = |row: &Row| {
            let entry = entry(row)?;
            let JournalPosition { entry_number, digest } = JournalPosition::of(row)?;
            Ok(NumberedEntry { entry_number, digest, entry })
        };
        rows.iter().map(numbered).collect()
    }

    /// The [`JournalEntry::Contract`] that the journal has last.
    pub async fn journalled_contract(&self) -> Result<Option<JournalEntry>, WarehouseError> {
        journalled_contract(&self.client, &self.account).await
    }

    /// Appends the contract, where the journal has another one last.
    pub async fn append_contract(&self, contract: &Contract) -> Result<(), WarehouseError> {
        append_contract(&self.client, &self.account, contract).await
    }

    /// Appends an entry that comes with nothing else.
    pub async fn append_to_journal(&self, entry: &JournalEntry) -> Result<(), WarehouseError> {
        append(&self.client, &self.account, entry).await.map(drop)
    }

    /// Like [`AccountSession::append_to_journal`], for an entry that is applied again.
    pub async fn append_again(&self, entry: &NumberedEntry) -> Result<(), WarehouseError> {
        append_again(&self.client, &self.account, entry).await
    }

    /// Accounts with a journal that are neither this one nor among these, each with its last entry.
    pub async fn other_journals(&self, accounts: &[String]) -> Result<Vec<(String, i64)>, WarehouseError> {
        let known: Vec<&str> = accounts.iter().map(String::as_str).chain([self.account.as_str()]).collect();
        let rows = SELECT_OTHER_ACCOUNTS.rows(&self.client, &[&known]).await?;
        rows.iter().map(|row| Ok((row.get("account")?, row.get("entry_number")?))).collect()
    }

    /// The account whose delivery has this number.
    pub async fn delivery_owner(&self, delivery_id: i64) -> Result<Option<String>, WarehouseError> {
        let delivery = SELECT_DELIVERY_OWNER.row_if_any(&self.client, &[&delivery_id]).await?;
        delivery.map(|row| row.get("account")).transpose()
    }

    /// The next new delivery gets a later number than this one.
    pub async fn advance_delivery_number(&self, delivery_id: i64) -> Result<(), WarehouseError> {
        ADVANCE_DELIVERY_NUMBER.row(&self.client, &[&delivery_id]).await.map(drop)
    }

    /// The rejections of the records that came last at these places.
    pub async fn rejections_at(&self, places: &[RecordPlace]) -> Result<Vec<i64>, WarehouseError> {
        let deliveries: Vec<i64> = places.iter().map(|place| place.delivery_id).collect();
        let positions: Vec<i64> = places.iter().map(|place| place.position).collect();
        let rows = SELECT_REJECTIONS.rows(&self.client, &[&self.account, &deliveries, &positions]).await?;
        rows.iter().map(|row| row.get("rejection_id")).collect()
    }

    /// Acknowledgements that a recovery has written, up to this delivery, and that were not pending then.
    pub async fn confirmed_acknowledgements(
        &self,
        delivery_id: i64,
        pending: &[PendingRange],
    ) -> Result<Vec<i64>, WarehouseError> {
        let deliveries: Vec<i64> = pending.iter().map(|range| range.delivery_id).collect();
        let are_batches: Vec<bool> = pending.iter().map(|range| range.is_batch).collect();
        let first_keys: Vec<&str> = pending.iter().map(|range| range.first_key.as_str()).collect();
        let last_keys: Vec<&str> = pending.iter().map(|range| range.last_key.as_str()).collect();
        let rows = SELECT_CONFIRMED
            .rows(&self.client, &[&self.account, &delivery_id, &deliveries, &are_batches, &first_keys, &last_keys])
            .await?;
        rows.iter().map(|row| row.get("outbox_id")).collect()
    }

    /// The acknowledgements that are pending, of deliveries up to this one.
    pub async fn pending_acknowledgements(&self, delivery_id: i64) -> Result<Vec<PendingRange>, WarehouseError> {
        pending(&self.client, &self.account, delivery_id).await
    }

    /// The deliveries in which these rejections came last, and their positions.
    pub async fn record_places(&self, rejection_ids: &[i64]) -> Result<Vec<RecordPlace>, WarehouseError> {
        record_places(&self.client, &self.account, rejection_ids).await
    }
}

/// The deliveries in which these rejections came last, and their positions.
pub(super) async fn record_places(
    on: &impl Connection,
    account: &str,
    rejection_ids: &[i64],
) -> Result<Vec<RecordPlace>, WarehouseError> {
    let rows = SELECT_PLACES.rows(on, &[&account, &rejection_ids]).await?;
    let place = |row: &Row| Ok(RecordPlace { delivery_id: row.get("delivery_id")?, position: row.get("position")? });
    rows.iter().map(place).collect()
}

#[cfg(test)]
mod tests;
