//! Writes a load's refused records, sealed, and all their reasons into quarantine.

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::reservation::Rejection;
use crate::seal::{SealedRecord, seal_record};
use crate::warehouse::statement::{Parameters, Statement, sql};
use crate::warehouse::{Load, WarehouseError};

const UPSERT_REJECTIONS: Statement = sql!("load/upsert_rejections", "put records into quarantine");
const RESOLVE_REJECTIONS: Statement = sql!("load/resolve_rejections", "resolve rejections");

impl Load<'_> {
    /// Keeps a chunk's rejections, each with its place in the delivery, and resolves those of reservations whose last state in
    /// the chunk was accepted.
    pub async fn quarantine(
        &mut self,
        rejections: &[(u64, Rejection)],
        accepted_last: &[&str],
    ) -> Result<(), WarehouseError> {
        self.keep_rejections(rejections).await?;
        if self.has_open_rejections && !accepted_last.is_empty() {
            self.end_copy().await?;
            RESOLVE_REJECTIONS
                .run(&self.own_tables()?, &[&self.account, &self.delivery.received_at, &accepted_last])
                .await?;
        }
        self.delivery.counts.received += rejections.len() as u64;
        self.delivery.counts.rejected += rejections.len() as u64;
        for request_id in rejections.iter().filter_map(|(_, rejection)| rejection.request_id.as_deref()) {
            self.delivery.count_in_batch(request_id, (0, 1));
        }
        self.limit_batches().await
    }

    async fn keep_rejections(&mut self, rejections: &[(u64, Rejection)]) -> Result<(), WarehouseError> {
        // One statement may touch a row once: of equal records in a chunk, the last one speaks.
        let distinct: BTreeMap<&[u8; 32], (i64, &Rejection)> = (rejections.iter())
            .map(|(position, rejection)| (&rejection.content_sha256, (*position as i64, rejection)))
            .collect();
        if distinct.is_empty() {
            return Ok(());
        }
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
        let refused: Parameters<'_> = &[
            &self.account,
            &self.delivery.delivery_id,
            &self.delivery.received_at,
            &serial_numbers,
            &request_ids,
            &digests,
            &records,
            &reasons,
            &positions,
        ];
        UPSERT_REJECTIONS.run(&self.own_tables()?, refused).await.map(drop)
    }
}
