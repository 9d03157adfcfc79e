//! The quarantine: single records opened again, tried again or discarded, and old ones deleted. What fills it is the load.

mod rejections;
mod retry;

use crate::seal::{OpenedRecord, QuarantineKey, open_record};
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

pub use rejections::{OpenRejection, Reason, RejectionFilter};
pub use retry::{NewestDelivery, OpenRecord, Retried};

const SELECT_RECORD: Statement = sql!("quarantine/select_record", "read a record of the quarantine");

impl Warehouse {
    /// One record of the quarantine in clear; `None`: no record has that number, or no longer. Personal data: for
    /// who may see it.
    pub async fn open_rejected_record(
        &self,
        key: &QuarantineKey,
        rejection_id: i64,
    ) -> Result<Option<OpenedRecord>, WarehouseError> {
        let row = SELECT_RECORD.row_if_any(&self.client().await?, &[&rejection_id]).await?;
        let Some(row) = row else { return Ok(None) };
        let opened = open_record(key, row.get("account")?, row.get("content_sha256")?, row.get("sealed_record")?);
        opened.map(Some).map_err(|source| WarehouseError::Open { rejection_id, source })
    }
}
