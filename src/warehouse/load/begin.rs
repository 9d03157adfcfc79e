//! The beginning of a load: the delivery is claimed, and what it needs to know of the deliveries before is there.

use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use crate::seal::QuarantineKey;
use crate::warehouse::load::statements::LIVE;
use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, DeliveryEntry, JournalEntry, Load, NumberedEntry, RecordPlace, WarehouseError};

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
        let transaction = self.client.transaction().await.map_err(WarehouseError::query("begin the load"))?;
        transaction
            .batch_execute(text!("session/configure_transaction"))
            .await
            .map_err(WarehouseError::query("configure the load"))?;
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
            None => transaction.query_one(text!("load/insert_delivery"), &claim).await,
            Some(known) => {
                record_at(&transaction, known.recorded_at).await?;
                let insert = text!("journal/insert_delivery");
                transaction.query_one(insert, &[&claim[..], &[&known.delivery_id]].concat()).await
            }
        };
        let claimed = claimed.map_err(WarehouseError::query("claim the delivery"))?;
        let (delivery_id, recorded_at): (i64, DateTime<Utc>) = (claimed.get(0), claimed.get(1));
        let has_open_rejections = transaction
            .query_one(
                "select exists (select from etl.rejections where account = $1 and resolved_at is null)",
                &[&account],
            )
            .await
            .map_err(WarehouseError::query("look into the quarantine"))?
            .get(0);
        let has_history: bool = transaction
            .query_one("select exists (select from warehouse.reservation_versions where account = $1)", &[&account])
            .await
            .map_err(WarehouseError::query("look for a history"))?
            .get(0);
        let remember = "remember what is not confirmed";
        if !is_retry {
            transaction
                .execute(text!("load/note_unconfirmed_reservations"), &[&account, &delivery_id])
                .await
                .map_err(WarehouseError::query(remember))?;
        }
        let has_unconfirmed = transaction
            .query_one(
                "select exists (
                    select from etl.unconfirmed_reservations where account = $1 and confirmed_by is null
                )",
                &[&account],
            )
            .await
            .map_err(WarehouseError::query(remember))?
            .get(0);
        let mut load = Load::new(transaction, &LIVE, account, quarantine_key, !has_history);
        load.delivery_id = delivery_id;
        load.received_at = header.received_at;
        load.is_holding_rejected = is_holding_rejected;
        load.has_open_rejections = has_open_rejections;
        load.has_unconfirmed = has_unconfirmed;
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
    transaction
        .execute("select set_config('tijian.recorded_at', $1, true)", &[&recorded_at.to_rfc3339()])
        .await
        .map_err(WarehouseError::query("set the time of recording"))?;
    Ok(())
}
