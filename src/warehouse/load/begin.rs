//! The beginning of a load: the delivery is claimed, and what it needs to know of the deliveries before is there.

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use crate::seal::QuarantineKey;
use crate::warehouse::load::tables::Tables;
use crate::warehouse::load::{Known, LoadedDelivery};
use crate::warehouse::session::begin_on_indexes;
use crate::warehouse::statement::{Statement, roll_back, sql};
use crate::warehouse::{AccountSession, DeliveryEntry, JournalEntry, Load, NumberedEntry, RecordPlace, WarehouseError};

const CLAIM: &str = "claim the delivery";
const INSERT_DELIVERY: Statement = sql!("load/insert_delivery", CLAIM);
const INSERT_DELIVERY_AGAIN: Statement = sql!("journal/insert_delivery", CLAIM);
const NOTE_UNCONFIRMED_RESERVATIONS: Statement =
    sql!("load/note_unconfirmed_reservations", "remember what is not confirmed");
const SELECT_WHAT_IS_KNOWN: Statement = sql!("load/select_what_is_known", "look at what is known of the account");
const SET_RECORDED_AT: Statement = sql!("load/set_recorded_at", "set the time of recording");

/// What is known about a delivery before its records are read.
#[derive(Debug, Clone)]
pub struct DeliveryHeader {
    pub run_id: i64,
    pub effective_at: DateTime<Utc>,
    /// `false`: the envelope had no timestamp that counts, and the time of receipt is used instead.
    pub is_effective_time_delivered: bool,
    /// The time in the envelope, whether it counts or not.
    pub platform_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    /// Name of the landing file, unique per account.
    pub landing_file: String,
    pub body_bytes: u64,
    pub origin: DeliveryOrigin,
}

/// Where the records of a delivery come from.
#[derive(Debug, Clone)]
pub enum DeliveryOrigin {
    /// The platform has answered.
    Pull,
    /// Quarantined records are tried again; there is no answer of the platform, and no file.
    Retry(RetriedRecords),
    /// The journal: the delivery was loaded before, and the database has forgotten it.
    Again(NumberedEntry),
}

/// Which quarantined records are tried again, and who wants it.
#[derive(Debug, Clone)]
pub struct RetriedRecords {
    pub records: Vec<RecordPlace>,
    pub operator: String,
}

impl DeliveryOrigin {
    /// Quarantined records are loaded: the platform is not told of them.
    pub(in crate::warehouse) fn is_retry(&self) -> bool {
        match self {
            DeliveryOrigin::Pull => false,
            DeliveryOrigin::Retry(_) => true,
            DeliveryOrigin::Again(entry) => matches!(entry.entry, JournalEntry::Retry { .. }),
        }
    }

    /// The delivery's entry in the journal, if there already is one.
    fn known(&self) -> Option<&DeliveryEntry> {
        match self {
            DeliveryOrigin::Pull | DeliveryOrigin::Retry(_) => None,
            DeliveryOrigin::Again(entry) => entry.delivery(),
        }
    }
}

/// The open transaction of one delivery into the live history. Dropped without [`DeliveryLoad::commit`], it rolls back.
pub struct DeliveryLoad<'session> {
    pub(in crate::warehouse) load: Load<'session>,
    pub(in crate::warehouse) header: DeliveryHeader,
    pub(in crate::warehouse) recorded_at: DateTime<Utc>,
    pub(in crate::warehouse) is_holding_rejected: bool,
}

impl AccountSession {
    /// Opens the delivery's transaction. `quarantine_key` seals rejected records; `is_holding_rejected`: they are not
    /// acknowledged.
    pub async fn begin_load(
        &mut self,
        header: DeliveryHeader,
        quarantine_key: &QuarantineKey,
        is_holding_rejected: bool,
    ) -> Result<DeliveryLoad<'_>, WarehouseError> {
        let account = self.account.clone();
        let transaction = begin_on_indexes(&mut self.client, "begin the load").await?;
        let effective_source = if header.is_effective_time_delivered { "envelope" } else { "receipt" };
        let is_retry = header.origin.is_retry();
        let body_bytes = header.body_bytes as i64;
        let claim: [&(dyn ToSql + Sync); 9] = [
            &header.run_id,
            &account,
            &header.effective_at,
            &effective_source,
            &header.received_at,
            &header.landing_file,
            &body_bytes,
            &is_retry,
            &header.platform_at,
        ];
        let claimed = match header.origin.known() {
            None => INSERT_DELIVERY.row(&transaction, &claim).await?,
            Some(known) => {
                record_at(&transaction, known.recorded_at).await?;
                INSERT_DELIVERY_AGAIN.row(&transaction, &[&claim[..], &[&known.delivery_id]].concat()).await?
            }
        };
        let delivery_id = claimed.get("delivery_id")?;
        let recorded_at = claimed.get("recorded_at")?;
        if !is_retry {
            NOTE_UNCONFIRMED_RESERVATIONS.run(&transaction, &[&account, &delivery_id]).await?;
        }
        let known = SELECT_WHAT_IS_KNOWN.row(&transaction, &[&account]).await?;
        let known = Known {
            has_history: known.get("has_history")?,
            has_open_rejections: known.get("has_open_rejections")?,
            has_unconfirmed: known.get("has_unconfirmed")?,
        };
        let delivery = LoadedDelivery::new(delivery_id, header.received_at);
        let load = Load::new(transaction, Tables::Live, account, quarantine_key, known, delivery);
        Ok(DeliveryLoad { load, header, recorded_at, is_holding_rejected })
    }
}

impl<'session> DeliveryLoad<'session> {
    /// Access to the load, for the delivery's chunks.
    pub fn load(&mut self) -> &mut Load<'session> {
        &mut self.load
    }

    /// Rolls back, and waits for it.
    pub async fn undo(self) -> Result<(), WarehouseError> {
        // Or the rollback would wait for the COPY's end.
        drop(self.load.copy);
        roll_back(self.load.transaction, "undo the load").await
    }
}

/// Sets the time at which the rows of this transaction were first recorded.
pub(in crate::warehouse) async fn record_at(
    transaction: &Transaction<'_>,
    recorded_at: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    SET_RECORDED_AT.row(transaction, &[&recorded_at.to_rfc3339()]).await.map(drop)
}
