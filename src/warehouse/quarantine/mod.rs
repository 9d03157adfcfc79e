//! The quarantine: single records opened again, tried again or discarded, and old ones deleted. What fills it is the load.

mod plain_records;
mod rejections;
mod retry;

use crate::seal::{OpenedRecord, QuarantineKey, open_record};
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

pub use plain_records::PlainRecords;
pub use rejections::{OpenRejection, Reason, RejectionFilter};
pub use retry::{NewestDelivery, OpenRecord, Retried, RetryOrder};

pub(in crate::warehouse) use plain_records::SEALING_LOCK;

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
        if let Some(sealed) = row.get::<_, Option<&[u8]>>(2) {
            let opened = open_record(key, row.get(0), row.get(1), sealed);
            return opened.map(Some).map_err(|source| WarehouseError::Open { rejection_id, source });
        }
        // Left by a version before the seals; the next run seals it.
        let Some(record) = row.get(3) else { return Ok(None) };
        Ok(Some(OpenedRecord { content_sha256: digest(row.get(1))?, record }))
    }
}

/// The digest of a rejection, from its column.
pub(in crate::warehouse) fn digest(bytes: &[u8]) -> Result<[u8; 32], WarehouseError> {
    let of_another_length = |_| WarehouseError::Schema("etl.rejections.content_sha256 is not 32 bytes long".to_owned());
    bytes.try_into().map_err(of_another_length)
}
