//! The quarantine: single records opened again, tried again or discarded, and old ones deleted. What fills it is the load.

mod rejections;
mod retry;

use crate::seal::{OpenedRecord, QuarantineKey, open_record};
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

pub use rejections::{OpenRejection, Reason, RejectionFilter};
pub use retry::{NewestDelivery, OpenRecord, Retried};

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
