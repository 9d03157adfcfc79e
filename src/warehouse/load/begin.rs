//! The beginning of a load: the delivery is claimed, and what it needs to know of the deliveries before is there.

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use crate::seal::QuarantineKey;
use crate::warehouse::load::tables::Tables;
use crate::warehouse::statement::{Statement, begin, sql};
use crate::warehouse::{AccountSession, DeliveryEntry, JournalEntry, Load, NumberedEntry, RecordPlace, WarehouseError};

const CLAIM: &str = "claim the delivery";
const CONFIGURE_TRANSACTION: Statement = sql!("load/configure_transaction", "configure the load");
const INSERT_DELIVERY: Statement = sql!("load/insert_delivery", CLAIM);
const INSERT_DELIVERY_AGAIN: Statement = sql!("journal/insert_delivery", CLAIM);
const NOTE_UNCONFIRMED_RESERVATIONS: Statement =
    sql!("load/note_unconfirmed_reservations", "remember what is not confirmed");
const SELECT_WHAT_IS_KNOWN: Statement = sql!("load/select_what_is_known", "look at what is known of the account");
const SET_RECORDED_AT: Statement = sql!("load/set_recorded_at", "set the time of recording");

/// What is known of a delivery before its records are.
#[derive(Debug, Clone)]
pub struct DeliveryHeader {
    pub run_id: i64,
    pub effective_at: DateTime<Utc>,
    /// `false`: the envelope had no timestamp that counts, and the time of receipt stands in.
    pub is_effective_time_delivered: bool,
    /// What the envelope said of its time, whether it counts or not.
    pub platform_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    /// Name of the landing file, unique per account.
    pub landing_file: String,
    pub body_bytes: u64,
    /// Quarantined records are tried again; there is no answer of the platform, and no file.
    pub retried: Option<RetriedRecords>,
    /// The journal's entry, where the delivery is loaded again since the database has forgotten it.
    pub again: Option<NumberedEntry>,
}

/// Which quarantined records are tried again, and who wants it.
#[derive(Debug, Clone)]
pub struct RetriedRecords {
    pub records: Vec<RecordPlace>,
    pub operator: String,
}

impl DeliveryHeader {
    fn is_retry(&self) -> bool {
        let again = self.again.as_ref().map(|entry| &entry.entry);
        self.retried.is_some() || matches!(again, Some(JournalEntry::Retry { .. }))
    }

    /// What the journal says of it; counts and pending acknowledgements are known at the end of the load.
    fn entry(&self, delivery_id: i64, recorded_at: DateTime<Utc>, is_holding: bool) -> DeliveryEntry {
        DeliveryEntry {
            delivery_id,
            landing_file: self.landing_file.clone(),
            effective_at: self.effective_at,
            is_effective_time_delivered: self.is_effective_time_delivered,
            platform_at: self.platform_at,
            received_at: self.received_at,
            recorded_at,
            body_bytes: self.body_bytes,
            is_holding,
            received: 0,
            accepted: 0,
            opened: 0,
            pending: Vec::new(),
        }
    }
}

/// What the journal gets of a load.
#[derive(Debug)]
pub(in crate::warehouse) enum LoadEntry {
    Pull(DeliveryEntry),
    Retry(DeliveryEntry, RetriedRecords),
    Again(NumberedEntry),
    /// Nothing: the shadow of a replay is loaded.
    None,
}

impl AccountSession {
    /// Opens the delivery's transaction. `quarantine_key` seals rejected records; `is_holding_rejected`: they are not
    /// acknowledged.
    pub async fn begin_load(
        &mut self,
        header: &DeliveryHeader,
        quarantine_key: &QuarantineKey,
        is_holding_rejected: bool,
    ) -> Result<Load<'_>, WarehouseError> {
        let account = self.account.clone();
        let transaction = begin(&mut self.client, "begin the load").await?;
        CONFIGURE_TRANSACTION.run_all(&transaction).await?;
        let effective_source = if header.is_effective_time_delivered { "envelope" } else { "receipt" };
        let is_retry = header.is_retry();
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
        let claimed = match header.again.as_ref().and_then(NumberedEntry::delivery) {
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
        let has_history: bool = known.get("has_history")?;
        let mut load = Load::new(transaction, Tables::Live, account, quarantine_key, !has_history);
        load.delivery_id = delivery_id;
        load.received_at = header.received_at;
        load.is_holding_rejected = is_holding_rejected;
        load.has_open_rejections = known.get("has_open_rejections")?;
        load.has_unconfirmed = known.get("has_unconfirmed")?;
        load.is_retry = is_retry;
        let entry = header.entry(delivery_id, recorded_at, is_holding_rejected);
        load.entry = match (&header.again, &header.retried) {
            (Some(again), _) => LoadEntry::Again(again.clone()),
            (None, Some(retried)) => LoadEntry::Retry(entry, retried.clone()),
            (None, None) => LoadEntry::Pull(entry),
        };
        Ok(load)
    }
}

/// What this transaction records was recorded at this time first.
pub(in crate::warehouse) async fn record_at(
    transaction: &Transaction<'_>,
    recorded_at: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    SET_RECORDED_AT.row(transaction, &[&recorded_at.to_rfc3339()]).await.map(drop)
}
