//! Quarantined records tried again or discarded, under the account's lock.
//!
//! A retry is a delivery of its own in the ledger: its versions, counts and handoff are those of that delivery, and it
//! commits as one. It owes the platform nothing: what was held back is delivered again, and acknowledged then. What it loads counts from the delivery that each record came in last.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tokio_postgres::types::Json;

use crate::reservation::Problem;
use crate::seal::{QuarantineKey, open_record};
use crate::warehouse::journal::{append, append_again, record_places};
use crate::warehouse::lake_ledger::mark_stale_decoded;
use crate::warehouse::statement::{Connection, Parameters, Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, JournalEntry, Load, NumberedEntry, WarehouseError};

const READ: &str = "read records of the quarantine";
const RESOLVE: &str = "resolve records of the quarantine";

const SELECT_RETRY_ORDER: Statement = sql!("quarantine/select_retry_order", READ);
const SELECT_OPEN_RECORDS: Statement = sql!("quarantine/select_open_records", READ);
const SELECT_NEWEST_DELIVERIES: Statement =
    sql!("quarantine/select_newest_deliveries", "look up what the history has taken");
const SELECT_NEWEST_TIME: Statement = sql!("quarantine/select_newest_effective_time", "look up the last delivery");
const UPDATE_REASONS: Statement = sql!("quarantine/update_reasons", "note why records are refused");
const SUPERSEDE: Statement = sql!("quarantine/supersede_rejections", RESOLVE);
const DISCARD: Statement = sql!("quarantine/discard_rejections", RESOLVE);
const RESOLVE_RETRIED: Statement = sql!("quarantine/resolve_retried", RESOLVE);

/// A quarantined record in clear: personal data.
pub struct OpenRecord {
    pub rejection_id: i64,
    /// The delivery that it came in last.
    pub delivery_id: i64,
    /// Position of the record in that delivery.
    pub position: i64,
    /// When the states of that delivery took effect.
    pub effective_at: DateTime<Utc>,
    /// The record as delivered, byte for byte.
    pub record: Vec<u8>,
}

/// The newest delivery of a reservation that the history has taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewestDelivery {
    /// The delivery in which its newest state came; `None`: no state is known.
    pub delivery_id: Option<i64>,
    /// The person's identity was erased: nothing of it comes back.
    pub is_erased: bool,
}

/// A record that a retry loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    pub rejection_id: i64,
    pub serial_number: String,
    pub delivery_id: i64,
    pub position: i64,
}

impl AccountSession {
    /// Which of these rejections of this account are open and have a record, in the order of their delivery.
    pub async fn retry_order(&self, rejection_ids: &[i64]) -> Result<Vec<i64>, WarehouseError> {
        let rows = SELECT_RETRY_ORDER.rows(&self.client, &[&self.account, &rejection_ids]).await?;
        rows.iter().map(|row| row.get("rejection_id")).collect()
    }

    /// These open records, in the order of their delivery.
    pub async fn open_records(
        &self,
        key: &QuarantineKey,
        rejection_ids: &[i64],
    ) -> Result<Vec<OpenRecord>, WarehouseError> {
        open_records(&self.client, &self.account, key, rejection_ids).await
    }

    /// The newest deliveries that the history has taken of these reservations, by serial number.
    pub async fn newest_deliveries(
        &self,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, NewestDelivery>, WarehouseError> {
        let rows = SELECT_NEWEST_DELIVERIES.rows(&self.client, &[&self.account, &serial_numbers]).await?;
        let newest = |row: &Row| {
            let delivery_id = row.get("newest_delivery_id")?;
            Ok((row.get("serial_number")?, NewestDelivery { delivery_id, is_erased: row.get("is_erased")? }))
        };
        rows.iter().map(newest).collect()
    }

    /// When the newest states of this account took effect; `None`: before its first delivery.
    pub async fn newest_effective_time(&self) -> Result<Option<DateTime<Utc>>, WarehouseError> {
        SELECT_NEWEST_TIME.row(&self.client, &[&self.account]).await?.get("newest_effective_at")
    }

    /// Notes why records are refused now.
    pub async fn update_reasons(&self, refused: &[(i64, Vec<Problem>)]) -> Result<(), WarehouseError> {
        let (ids, reasons): (Vec<i64>, Vec<_>) = refused.iter().map(|(id, problems)| (*id, Json(problems))).unzip();
        UPDATE_REASONS.run(&self.client, &[&self.account, &ids, &reasons]).await.map(drop)
    }

    /// Resolves records that are older than what the history has taken since.
    pub async fn supersede_rejections(
        &self,
        rejection_ids: &[i64],
        now: DateTime<Utc>,
        operator: &str,
    ) -> Result<(), WarehouseError> {
        SUPERSEDE.run(&self.client, &[&self.account, &rejection_ids, &now, &operator]).await.map(drop)
    }

    /// Deletes these open records permanently. Returns how many. A record that the platform still delivers stays discarded, and
    /// its reservation is acknowledged by the pull that delivers it. `again`: the journal's entry, where this was done before.
    pub async fn discard_rejections(
        &mut self,
        rejection_ids: &[i64],
        discarded_at: DateTime<Utc>,
        operator: &str,
        again: Option<&NumberedEntry>,
    ) -> Result<u64, WarehouseError> {
        let AccountSession { client, account, .. } = self;
        let transaction = begin(client, RESOLVE).await?;
        let records = record_places(&transaction, account, rejection_ids).await?;
        let discarded = DISCARD.run(&transaction, &[account, &rejection_ids, &discarded_at, &operator]).await?;
        match again {
            Some(entry) => append_again(&transaction, account, entry).await?,
            None => {
                let operator = operator.to_owned();
                let entry = JournalEntry::Discarded { records, discarded_at, operator };
                append(&transaction, account, &entry).await?;
            }
        }
        if discarded > 0 {
            // Another contract may have accepted the record that nobody wants.
            mark_stale_decoded(&transaction).await?;
        }
        commit(transaction, RESOLVE).await?;
        Ok(discarded)
    }
}

impl Load<'_> {
    /// These open records, in the order of their delivery.
    pub async fn open_records(&mut self, rejection_ids: &[i64]) -> Result<Vec<OpenRecord>, WarehouseError> {
        self.end_copy().await?;
        open_records(self.on()?, &self.account, &self.quarantine_key, rejection_ids).await
    }

    /// Resolves the rejections whose records were written. Returns the older states that they supersede.
    pub async fn resolve_retried(&mut self, retried: &[Retried], operator: &str) -> Result<Vec<i64>, WarehouseError> {
        self.end_copy().await?;
        let ids: Vec<i64> = retried.iter().map(|record| record.rejection_id).collect();
        let serial_numbers: Vec<&str> = retried.iter().map(|record| record.serial_number.as_str()).collect();
        let deliveries: Vec<i64> = retried.iter().map(|record| record.delivery_id).collect();
        let positions: Vec<i64> = retried.iter().map(|record| record.position).collect();
        let retried: Parameters<'_> =
            &[&self.account, &ids, &serial_numbers, &deliveries, &positions, &self.delivery.received_at, &operator];
        let superseded = RESOLVE_RETRIED.rows(self.on()?, retried).await?;
        superseded.iter().map(|row| row.get("rejection_id")).collect()
    }
}

async fn open_records(
    on: &impl Connection,
    account: &str,
    key: &QuarantineKey,
    rejection_ids: &[i64],
) -> Result<Vec<OpenRecord>, WarehouseError> {
    let rows = SELECT_OPEN_RECORDS.rows(on, &[&account, &rejection_ids]).await?;
    let opened = |row: &Row| {
        let rejection_id = row.get("rejection_id")?;
        let opened = open_record(key, account, row.get("content_sha256")?, row.get("sealed_record")?)
            .map_err(|source| WarehouseError::Open { rejection_id, source })?;
        Ok(OpenRecord {
            rejection_id,
            delivery_id: row.get("last_delivery_id")?,
            position: row.get("last_position")?,
            effective_at: row.get("effective_at")?,
            record: opened.record,
        })
    };
    rows.iter().map(opened).collect()
}
