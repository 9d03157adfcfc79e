//! The journal: what was committed and decided, in the transaction that did it, so that it can be applied again.
//!
//! The landing folder gets a copy before anything goes out that rests on it. Where a backup of the database was restored,
//! that copy is ahead, and the entries that the database does not know are applied again: each appends itself, so each is
//! applied once, wherever a recovery is stopped. The digests of the entries are a chain: two histories that have parted
//! are told apart.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio_postgres::GenericClient;

use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, PersonCounts, Warehouse, WarehouseError};

/// Ranges of pending acknowledgements in an entry: a megabyte. A night that breaks off leaves a handful.
const PENDING_RANGES_MAX: i64 = 10_000;

/// Entries that are copied together.
const PAGE_ENTRIES: i64 = 10_000;

/// What happened. Names, numbers and times only: nobody's identity. The form is that of the files in the landing folder: what
/// one version of the program has written, every later one reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JournalEntry {
    /// The contract from here on: the text of its file.
    Contract {
        text: String,
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
    /// The platform has confirmed them.
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
    /// What the answer said of itself.
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
    /// By requestId; else by serialNumber.
    pub is_batch: bool,
    pub first_key: String,
    pub last_key: String,
}

/// Where a quarantined record came last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPlace {
    pub delivery_id: i64,
    pub position: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnVersion {
    pub serial_number: String,
    pub version: i32,
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
    /// In hexadecimal.
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
    /// In hexadecimal.
    pub digest: String,
}

const READ: &str = "read the journal";

/// Appends an entry, in the transaction of what it tells of. Returns its place.
pub(super) async fn append(
    client: &impl GenericClient,
    account: &str,
    entry: &JournalEntry,
) -> Result<JournalPosition, WarehouseError> {
    let text = serde_json::to_string(entry).map_err(|_| WarehouseError::Journal("an entry cannot be written"))?;
    let row = client
        .query_one(text!("journal/append_entry"), &[&account, &text])
        .await
        .map_err(WarehouseError::query("write the journal"))?;
    Ok(JournalPosition { entry_number: row.get(0), digest: hex::encode(row.get::<_, &[u8]>(1)) })
}

/// As [`append`], for an entry that is applied again, in the place that it had.
pub(super) async fn append_again(
    client: &impl GenericClient,
    account: &str,
    entry: &NumberedEntry,
) -> Result<(), WarehouseError> {
    let text =
        serde_json::to_string(&entry.entry).map_err(|_| WarehouseError::Journal("an entry cannot be written"))?;
    let row = client
        .query_one(text!("journal/insert_entry"), &[&account, &entry.entry_number, &text, &entry.digest])
        .await
        .map_err(WarehouseError::query("write the journal again"))?;
    if row.get(0) { Ok(()) } else { Err(WarehouseError::Journal("an entry does not follow the one before it")) }
}

/// The acknowledgements that are pending, of deliveries up to this one. Where they are scattered too much, the ranges hold
/// confirmed ones, too: what was confirmed may count as pending again after a recovery, never the other way round.
pub(super) async fn pending(
    client: &impl GenericClient,
    account: &str,
    delivery_id: i64,
) -> Result<Vec<PendingRange>, WarehouseError> {
    for is_coarse in [false, true] {
        let rows = client
            .query(text!("journal/select_pending"), &[&account, &delivery_id, &is_coarse, &(PENDING_RANGES_MAX + 1)])
            .await
            .map_err(WarehouseError::query("read what is pending"))?;
        if rows.len() as i64 <= PENDING_RANGES_MAX {
            let range = |row: &tokio_postgres::Row| PendingRange {
                delivery_id: row.get(0),
                is_batch: row.get(1),
                first_key: row.get(2),
                last_key: row.get(3),
            };
            return Ok(rows.iter().map(range).collect());
        }
    }
    Err(WarehouseError::Journal("more deliveries than there can be have something pending"))
}

impl Warehouse {
    /// The last entry of an account's journal.
    pub async fn journal_position(&self, account: &str) -> Result<JournalPosition, WarehouseError> {
        position(&**self.client().await?, account, None).await
    }
}

async fn position(
    client: &impl GenericClient,
    account: &str,
    up_to: Option<i64>,
) -> Result<JournalPosition, WarehouseError> {
    let row = client
        .query_opt(text!("journal/select_position"), &[&account, &up_to])
        .await
        .map_err(WarehouseError::query(READ))?;
    Ok(row.map_or_else(JournalPosition::default, |row| JournalPosition {
        entry_number: row.get(0),
        digest: hex::encode(row.get::<_, &[u8]>(1)),
    }))
}

impl AccountSession {
    /// The last entry of the account's journal, of those up to this number.
    pub async fn journal_position(&self, up_to: Option<i64>) -> Result<JournalPosition, WarehouseError> {
        position(&*self.client, &self.account, up_to).await
    }

    /// The next page of entries after this one; empty: there are none.
    pub async fn journal_entries(&self, after: i64) -> Result<Vec<NumberedEntry>, WarehouseError> {
        let rows = self
            .client
            .query(text!("journal/select_entries"), &[&self.account, &after, &PAGE_ENTRIES])
            .await
            .map_err(WarehouseError::query(READ))?;
        rows.iter()
            .map(|row| {
                let entry = serde_json::from_str(row.get(1))
                    .map_err(|_| WarehouseError::Journal("an entry is of a newer tijian"))?;
                Ok(NumberedEntry { entry_number: row.get(0), digest: hex::encode(row.get::<_, &[u8]>(2)), entry })
            })
            .collect()
    }

    /// The contract that the journal has last.
    pub async fn journalled_contract(&self) -> Result<Option<String>, WarehouseError> {
        let row = self
            .client
            .query_opt(text!("journal/select_contract"), &[&self.account])
            .await
            .map_err(WarehouseError::query(READ))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Appends an entry that comes with nothing else.
    pub async fn append_to_journal(&self, entry: &JournalEntry) -> Result<(), WarehouseError> {
        append(&*self.client, &self.account, entry).await.map(drop)
    }

    /// As [`AccountSession::append_to_journal`], for an entry that is applied again.
    pub async fn append_again(&self, entry: &NumberedEntry) -> Result<(), WarehouseError> {
        append_again(&*self.client, &self.account, entry).await
    }

    /// Accounts with a journal that are neither this one nor among these, each with its last entry.
    pub async fn other_journals(&self, accounts: &[String]) -> Result<Vec<(String, i64)>, WarehouseError> {
        let known: Vec<&str> = accounts.iter().map(String::as_str).chain([self.account.as_str()]).collect();
        let rows = self
            .client
            .query(text!("journal/select_other_accounts"), &[&known])
            .await
            .map_err(WarehouseError::query(READ))?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// The account whose delivery has this number.
    pub async fn delivery_owner(&self, delivery_id: i64) -> Result<Option<String>, WarehouseError> {
        let row = self
            .client
            .query_opt(text!("journal/select_delivery_owner"), &[&delivery_id])
            .await
            .map_err(WarehouseError::query("look up the delivery"))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// The next new delivery gets a later number than this one.
    pub async fn advance_delivery_number(&self, delivery_id: i64) -> Result<(), WarehouseError> {
        self.client
            .query_one(text!("journal/advance_delivery_number"), &[&delivery_id])
            .await
            .map_err(WarehouseError::query("advance the numbers of deliveries"))?;
        Ok(())
    }

    /// The rejections of the records that came last at these places.
    pub async fn rejections_at(&self, places: &[RecordPlace]) -> Result<Vec<i64>, WarehouseError> {
        let deliveries: Vec<i64> = places.iter().map(|place| place.delivery_id).collect();
        let positions: Vec<i64> = places.iter().map(|place| place.position).collect();
        let rows = self
            .client
            .query(text!("journal/select_rejections"), &[&self.account, &deliveries, &positions])
            .await
            .map_err(WarehouseError::query("look up records of the quarantine"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Whose these versions are.
    pub async fn owners_of(&self, versions: &[OwnVersion]) -> Result<Vec<Vec<u8>>, WarehouseError> {
        let serial_numbers: Vec<&str> = versions.iter().map(|own| own.serial_number.as_str()).collect();
        let numbers: Vec<i32> = versions.iter().map(|own| own.version).collect();
        let rows = self
            .client
            .query(text!("journal/select_person_ids"), &[&self.account, &serial_numbers, &numbers])
            .await
            .map_err(WarehouseError::query("look up whose versions are"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Of the acknowledgements that a recovery has written, up to this delivery, those that were not pending then.
    pub async fn confirmed_acknowledgements(
        &self,
        delivery_id: i64,
        pending: &[PendingRange],
    ) -> Result<Vec<i64>, WarehouseError> {
        let deliveries: Vec<i64> = pending.iter().map(|range| range.delivery_id).collect();
        let are_batches: Vec<bool> = pending.iter().map(|range| range.is_batch).collect();
        let first_keys: Vec<&str> = pending.iter().map(|range| range.first_key.as_str()).collect();
        let last_keys: Vec<&str> = pending.iter().map(|range| range.last_key.as_str()).collect();
        let rows = self
            .client
            .query(
                text!("journal/select_confirmed"),
                &[&self.account, &delivery_id, &deliveries, &are_batches, &first_keys, &last_keys],
            )
            .await
            .map_err(WarehouseError::query("read what was confirmed"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// The acknowledgements that are pending, of deliveries up to this one.
    pub async fn pending_acknowledgements(&self, delivery_id: i64) -> Result<Vec<PendingRange>, WarehouseError> {
        pending(&*self.client, &self.account, delivery_id).await
    }

    /// Where these rejections came last.
    pub async fn record_places(&self, rejection_ids: &[i64]) -> Result<Vec<RecordPlace>, WarehouseError> {
        record_places(&*self.client, &self.account, rejection_ids).await
    }
}

/// Where these rejections came last.
pub(super) async fn record_places(
    client: &impl GenericClient,
    account: &str,
    rejection_ids: &[i64],
) -> Result<Vec<RecordPlace>, WarehouseError> {
    let rows = client
        .query(text!("journal/select_places"), &[&account, &rejection_ids])
        .await
        .map_err(WarehouseError::query("look up where records came"))?;
    Ok(rows.iter().map(|row| RecordPlace { delivery_id: row.get(0), position: row.get(1) }).collect())
}
