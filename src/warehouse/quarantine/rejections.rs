//! The quarantine as people look at it: what was refused and why, and single records, each look at one put on record.

use chrono::{DateTime, Utc};
use tokio_postgres::types::Json;

use crate::seal::QuarantineKey;
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// An open rejection, without its record.
#[derive(Debug, Clone, serde::Serialize)]
pub struct OpenRejection {
    pub rejection_id: i64,
    pub account: String,
    /// Where it could be read.
    pub serial_number: Option<String>,
    pub first_seen_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// In how many deliveries it came.
    pub attempts: i32,
    /// `false`: it was erased.
    pub has_record: bool,
    /// Every reason; holds no delivered value.
    pub reasons: Vec<Reason>,
}

/// Why a record was refused.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The platform's spelling; `None`: the record as a whole.
    pub field: Option<String>,
    pub rule: String,
    #[serde(default)]
    pub explanation: String,
}

/// Which rejections are meant; `None`: any.
#[derive(Debug, Clone, Default)]
pub struct RejectionFilter {
    pub account: Option<String>,
    /// The platform's spelling; empty: the record as a whole.
    pub field: Option<String>,
    pub rule: Option<String>,
    /// First seen at this time or before.
    pub seen_until: Option<DateTime<Utc>>,
    /// Of one of these numbers.
    pub ids: Option<Vec<i64>>,
}

impl Warehouse {
    /// Open rejections, oldest first, at most `limit` of them.
    pub async fn open_rejections(
        &self,
        filter: &RejectionFilter,
        limit: i64,
    ) -> Result<Vec<OpenRejection>, WarehouseError> {
        let rows = self
            .client()
            .await?
            .query(
                text!("quarantine/select_rejections"),
                &[&filter.account, &filter.field, &filter.rule, &filter.seen_until, &filter.ids, &limit],
            )
            .await
            .map_err(WarehouseError::query("list the quarantine"))?;
        let read = |row: &tokio_postgres::Row| {
            let Json(reasons) = row.try_get::<_, Json<Vec<Reason>>>(7)?;
            Ok(OpenRejection {
                rejection_id: row.get(0),
                account: row.get(1),
                serial_number: row.get(2),
                first_seen_at: row.get(3),
                last_seen_at: row.get(4),
                attempts: row.get(5),
                has_record: row.get(6),
                reasons,
            })
        };
        rows.iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(WarehouseError::query("read the reasons of a rejection"))
    }

    /// One record in clear, as it was delivered; that `operator` has seen it is on record before anybody sees it. `None`:
    /// there is no record of that number, or not any more.
    pub async fn show_rejected_record(
        &self,
        key: &QuarantineKey,
        rejection_id: i64,
        operator: &str,
    ) -> Result<Option<Vec<u8>>, WarehouseError> {
        let Some(opened) = self.open_rejected_record(key, rejection_id).await? else { return Ok(None) };
        self.client()
            .await?
            .execute(text!("quarantine/insert_show"), &[&rejection_id, &operator])
            .await
            .map_err(WarehouseError::query("put on record who sees the record"))?;
        Ok(Some(opened.record))
    }
}
