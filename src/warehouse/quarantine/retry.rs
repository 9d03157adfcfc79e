//! Quarantined records tried again or discarded, under the account's lock.
//!
//! A retry is a delivery of its own in the ledger: its versions, counts and handoff are those of that delivery, and it
//! commits as one. It owes the platform nothing: what was held back is delivered again, and acknowledged then. What it loads counts from the delivery that each record came in last.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use tokio_postgres::types::Json;

use crate::reservation::Problem;
use crate::seal::{QuarantineKey, open_record};
use crate::warehouse::journal::{append, append_again, record_places};
use crate::warehouse::statement::{Parameters, Statement, sql, text};
use crate::warehouse::{AccountSession, JournalEntry, Load, NumberedEntry, WarehouseError};

/// An open rejection in the order of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryOrder {
    pub rejection_id: i64,
    /// Another open state of its reservation came in the same delivery, before or after it.
    pub is_order_unknown: bool,
}

/// A quarantined record in clear: personal data.
pub struct OpenRecord {
    pub rejection_id: i64,
    /// The delivery that it came in last.
    pub delivery_id: i64,
    /// Its place in there.
    pub position: i64,
    /// When the states of that delivery took effect.
    pub effective_at: DateTime<Utc>,
    /// As delivered, byte for byte.
    pub record: Vec<u8>,
}

/// What the history has taken of a reservation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewestDelivery {
    /// In which its newest state came; `None`: no state is known.
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

const READ: &str = "read records of the quarantine";
const RESOLVE: &str = "resolve records of the quarantine";
const RESOLVE_RETRIED: Statement = sql!("quarantine/resolve_retried", RESOLVE);

impl AccountSession {
    /// Which of these rejections of this account are open and have a record, in the order of their delivery.
    pub async fn retry_order(&self, rejection_ids: &[i64]) -> Result<Vec<RetryOrder>, WarehouseError> {
        let rows = self
            .client
            .query(text!("quarantine/select_retry_order"), &[&self.account, &rejection_ids])
            .await
            .map_err(WarehouseError::query(READ))?;
        Ok(rows.iter().map(|row| RetryOrder { rejection_id: row.get(0), is_order_unknown: row.get(1) }).collect())
    }

    /// These open records, in the order of their delivery. The caller has had plain ones sealed.
    pub async fn open_records(
        &self,
        key: &QuarantineKey,
        rejection_ids: &[i64],
    ) -> Result<Vec<OpenRecord>, WarehouseError> {
        open_records(&*self.client, &self.account, key, rejection_ids).await
    }

    /// What the history has taken of these reservations, by serial number.
    pub async fn newest_deliveries(
        &self,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, NewestDelivery>, WarehouseError> {
        let rows = self
            .client
            .query(text!("quarantine/select_newest_deliveries"), &[&self.account, &serial_numbers])
            .await
            .map_err(WarehouseError::query("look up what the history has taken"))?;
        let read =
            |row: &tokio_postgres::Row| (row.get(0), NewestDelivery { delivery_id: row.get(1), is_erased: row.get(2) });
        Ok(rows.iter().map(read).collect())
    }

    /// When the newest states of this account took effect; `None`: before its first delivery.
    pub async fn newest_effective_time(&self) -> Result<Option<DateTime<Utc>>, WarehouseError> {
        let row = self
            .client
            .query_one("select max(effective_at) from etl.deliveries where account = $1", &[&self.account])
            .await
            .map_err(WarehouseError::query("look up the last delivery"))?;
        Ok(row.get(0))
    }

    /// Notes why records are refused now.
    pub async fn update_reasons(&self, refused: &[(i64, Vec<Problem>)]) -> Result<(), WarehouseError> {
        let (ids, reasons): (Vec<i64>, Vec<_>) = refused.iter().map(|(id, problems)| (*id, Json(problems))).unzip();
        self.client
            .execute(text!("quarantine/update_reasons"), &[&self.account, &ids, &reasons])
            .await
            .map_err(WarehouseError::query("note why records are refused"))?;
        Ok(())
    }

    /// Resolves records that are older than what the history has taken since.
    pub async fn supersede_rejections(
        &self,
        rejection_ids: &[i64],
        now: DateTime<Utc>,
        operator: &str,
    ) -> Result<(), WarehouseError> {
        self.client
            .execute(text!("quarantine/supersede_rejections"), &[&self.account, &rejection_ids, &now, &operator])
            .await
            .map_err(WarehouseError::query(RESOLVE))?;
        Ok(())
    }

    /// Forgets these open records for good. Returns how many. A record that the platform still delivers stays discarded, and
    /// its reservation is acknowledged by the pull that delivers it. `again`: the journal's entry, where this was done before.
    pub async fn discard_rejections(
        &mut self,
        rejection_ids: &[i64],
        discarded_at: DateTime<Utc>,
        operator: &str,
        again: Option<&NumberedEntry>,
    ) -> Result<u64, WarehouseError> {
        let account = self.account.clone();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(RESOLVE))?;
        let records = record_places(&*transaction, &account, rejection_ids).await?;
        let discarded = transaction
            .execute(text!("quarantine/discard_rejections"), &[&account, &rejection_ids, &discarded_at, &operator])
            .await
            .map_err(WarehouseError::query(RESOLVE))?;
        match again {
            Some(entry) => append_again(&*transaction, &account, entry).await?,
            None => {
                let operator = operator.to_owned();
                let entry = JournalEntry::Discarded { records, discarded_at, operator };
                append(&*transaction, &account, &entry).await?;
            }
        }
        transaction.commit().await.map_err(WarehouseError::query(RESOLVE))?;
        Ok(discarded)
    }
}

impl Load<'_> {
    /// These open records, in the order of their delivery.
    pub async fn open_records(&mut self, rejection_ids: &[i64]) -> Result<Vec<OpenRecord>, WarehouseError> {
        self.end_copy().await?;
        open_records(&*self.transaction, &self.account, &self.quarantine_key, rejection_ids).await
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
        let superseded = RESOLVE_RETRIED.rows(&self.transaction, retried).await?;
        superseded.iter().map(|row| row.get("rejection_id")).collect()
    }
}

async fn open_records(
    client: &impl GenericClient,
    account: &str,
    key: &QuarantineKey,
    rejection_ids: &[i64],
) -> Result<Vec<OpenRecord>, WarehouseError> {
    let rows = client
        .query(text!("quarantine/select_open_records"), &[&account, &rejection_ids])
        .await
        .map_err(WarehouseError::query(READ))?;
    rows.iter()
        .map(|row| {
            let rejection_id = row.get(0);
            let opened = open_record(key, account, row.get(4), row.get(5))
                .map_err(|source| WarehouseError::Open { rejection_id, source })?;
            Ok(OpenRecord {
                rejection_id,
                delivery_id: row.get(1),
                position: row.get(2),
                effective_at: row.get(3),
                record: opened.record,
            })
        })
        .collect()
}
