//! The quarantine: refused records, sealed, and every reason, in the load's transaction; single records opened
//! again, and old ones deleted.

mod rejections;
mod retry;

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::reservation::Rejection;
use crate::seal::{OpenedRecord, QuarantineKey, SealedRecord, open_record, seal_record};
use crate::warehouse::statement::text;
use crate::warehouse::{ChunkLoad, Load, Warehouse, WarehouseError};

pub use rejections::{OpenRejection, Reason, RejectionFilter};
pub use retry::{NewestDelivery, OpenRecord, Retried};

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
        let row = self
            .client()
            .await?
            .query_opt(text!("quarantine/select_record"), &[&rejection_id])
            .await
            .map_err(WarehouseError::query("read a record of the quarantine"))?;
        let Some(row) = row else { return Ok(None) };
        let opened = open_record(key, row.get(0), row.get(1), row.get(2));
        opened.map(Some).map_err(|source| WarehouseError::Open { rejection_id, source })
    }
}
