//! The quarantine: refused records, sealed, and every reason, in the load's transaction; single records opened
//! again, and old ones deleted.

mod plain_records;
mod rejections;
mod retry;

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::reservation::Rejection;
use crate::seal::{OpenedRecord, QuarantineKey, SealedRecord, open_record, seal_record};
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{ChunkLoad, Load, Warehouse, WarehouseError};

pub use plain_records::PlainRecords;
pub use rejections::{OpenRejection, Reason, RejectionFilter};
pub use retry::{NewestDelivery, OpenRecord, Retried, RetryOrder};

pub(in crate::warehouse) use plain_records::SEALING_LOCK;

const SELECT_RECORD: Statement = sql!("quarantine/select_record", "read a record of the quarantine");

impl Load<'_> {
    /// Keeps a chunk's rejections, and resolves those whose reservation was accepted since.
    pub(in crate::warehouse) async fn quarantine(&mut self, chunk: &ChunkLoad) -> Result<(), WarehouseError> {
        // One statement may touch a row once: of equal records in a chunk, the last one speaks.
        let distinct: BTreeMap<&[u8; 32], (i64, &Rejection)> = (chunk.rejections.iter())
            .map(|(position, rejection)| (&rejection.content_sha256, (*position as i64, rejection)))
            .collect();
        if !distinct.is_empty() {
            self.end_copy().await?;
            self.has_open_rejections = true;
            let (positions, rejections): (Vec<i64>, Vec<&Rejection>) = distinct.into_values().unzip();
            let sealed: Vec<SealedRecord> = rejections
                .iter()
                .map(|rejection| {
                    seal_record(&self.quarantine_key, &self.account, &rejection.content_sha256, &rejection.record)
                })
                .collect::<Result<_, _>>()
                .map_err(WarehouseError::Seal)?;
            let serial_numbers: Vec<Option<&str>> =
                rejections.iter().map(|rejection| rejection.serial_number.as_deref()).collect();
            let request_ids: Vec<Option<&str>> =
                rejections.iter().map(|rejection| rejection.request_id.as_deref()).collect();
            let digests: Vec<&[u8]> = sealed.iter().map(|record| &record.keyed_digest[..]).collect();
            let records: Vec<&[u8]> = sealed.iter().map(|record| record.sealed.as_slice()).collect();
            let reasons: Vec<_> = rejections.iter().map(|rejection| Json(&rejection.problems)).collect();
            self.execute(
                "put records into quarantine",
                self.statements.upsert_rejections,
                &[
                    &self.account,
                    &self.delivery_id,
                    &self.received_at,
                    &serial_numbers,
                    &request_ids,
                    &digests,
                    &records,
                    &reasons,
                    &positions,
                ],
            )
            .await?;
        }
        if self.has_open_rejections && !chunk.accepted_last.is_empty() {
            self.end_copy().await?;
            self.execute(
                "resolve rejections",
                self.statements.resolve_rejections,
                &[&self.account, &self.received_at, &chunk.accepted_last],
            )
            .await?;
        }
        Ok(())
    }
}

impl Warehouse {
    /// One record of the quarantine in clear; `None`: there is none of that number, or not any more. Personal data: for
    /// who may see it.
    pub async fn open_rejected_record(
        &self,
        key: &QuarantineKey,
        rejection_id: i64,
    ) -> Result<Option<OpenedRecord>, WarehouseError> {
        let row = SELECT_RECORD.row_if_any(&self.client().await?, &[&rejection_id]).await?;
        let Some(row) = row else { return Ok(None) };
        if let Some(sealed) = row.get::<Option<&[u8]>>("sealed_record")? {
            let opened = open_record(key, row.get("account")?, row.get("content_sha256")?, sealed);
            return opened.map(Some).map_err(|source| WarehouseError::Open { rejection_id, source });
        }
        // Left by a version before the seals; the next run seals it.
        let Some(record) = row.get("record")? else { return Ok(None) };
        Ok(Some(OpenedRecord { content_sha256: digest(row.get("content_sha256")?)?, record }))
    }
}

/// The digest of a rejection, from its column.
pub(in crate::warehouse) fn digest(bytes: &[u8]) -> Result<[u8; 32], WarehouseError> {
    let of_another_length = |_| WarehouseError::Schema("etl.rejections.content_sha256 is not 32 bytes long".to_owned());
    bytes.try_into().map_err(of_another_length)
}
