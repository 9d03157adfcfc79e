//! The quarantine: refused records with their data and every reason, in the load's transaction.

use std::collections::BTreeMap;

use tokio_postgres::types::Json;

use crate::reservation::Rejection;
use crate::warehouse::{ChunkLoad, Load, WarehouseError};

impl Load<'_> {
    /// Keeps a chunk's rejections, and resolves those whose reservation was accepted since.
    pub(super) async fn quarantine(&mut self, chunk: &ChunkLoad) -> Result<(), WarehouseError> {
        // One statement may touch a row once: of equal records in a chunk, the last one speaks.
        let distinct: BTreeMap<&[u8; 32], &Rejection> =
            chunk.rejections.iter().map(|rejection| (&rejection.content_sha256, rejection)).collect();
        if !distinct.is_empty() {
            self.end_copy().await?;
            self.has_open_rejections = true;
            let rejections: Vec<&Rejection> = distinct.into_values().collect();
            let serial_numbers: Vec<Option<&str>> =
                rejections.iter().map(|rejection| rejection.serial_number.as_deref()).collect();
            let request_ids: Vec<Option<&str>> =
                rejections.iter().map(|rejection| rejection.request_id.as_deref()).collect();
            let digests: Vec<&[u8]> = rejections.iter().map(|rejection| &rejection.content_sha256[..]).collect();
            let records: Vec<&[u8]> = rejections.iter().map(|rejection| rejection.record.as_slice()).collect();
            let reasons: Vec<_> = rejections.iter().map(|rejection| Json(&rejection.problems)).collect();
            self.execute(
                "put records into quarantine",
                include_str!("../../sql/load/10_upsert_rejections.sql"),
                &[
                    &self.account,
                    &self.delivery_id,
                    &self.received_at,
                    &serial_numbers,
                    &request_ids,
                    &digests,
                    &records,
                    &reasons,
                ],
            )
            .await?;
        }
        if self.has_open_rejections && !chunk.accepted_last.is_empty() {
            self.end_copy().await?;
            self.execute(
                "resolve rejections",
                include_str!("../../sql/load/11_resolve_rejections.sql"),
                &[&self.account, &self.received_at, &chunk.accepted_last],
            )
            .await?;
        }
        Ok(())
    }
}
