//! The quarantine as people look at it: what was refused and why, and single records, each look at one put on record.

use chrono::{DateTime, Utc};
use tokio_postgres::types::Json;

use crate::seal::QuarantineKey;
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SELECT_REJECTIONS: Statement = sql!("quarantine/select_rejections", "list the quarantine");
const INSERT_SHOW: Statement = sql!("quarantine/insert_show", "put on record who sees the record");

/// An open rejection, without its record.
#[derive(Debug, Clone, serde::Serialize)]
pub struct OpenRejection {
    pub rejection_id: i64,
    pub account: String,
    /// The serialNumber, if it could be read.
    pub serial_number: Option<String>,
    pub first_seen_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// The number of deliveries that contained it.
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
    /// Only records with these numbers.
    pub ids: Option<Vec<i64>>,
}

impl Warehouse {
    /// Open rejections, oldest first, at most `limit` of them.
    pub async fn open_rejections(
        &self,
        filter: &RejectionFilter,
        limit: i64,
    ) -> Result<Vec<OpenRejection>, WarehouseError> {
        let RejectionFilter { account, field, rule, seen_until, ids } = filter;
        let client = self.client().await?;
        let rows = SELECT_REJECTIONS.rows(&client, &[account, field, rule, seen_until, ids, &limit]).await?;
        rows.iter().map(open_rejection).collect()
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
        INSERT_SHOW.run(&self.client().await?, &[&rejection_id, &operator]).await?;
        Ok(Some(opened.record))
    }
}

fn open_rejection(row: &Row) -> Result<OpenRejection, WarehouseError> {
    Ok(OpenRejection {
        rejection_id: row.get("rejection_id")?,
        account: row.get("account")?,
        serial_number: row.get("serial_number")?,
        first_seen_at: row.get("first_seen_at")?,
        last_seen_at: row.get("last_seen_at")?,
        attempts: row.get("attempts")?,
        has_record: row.get("has_record")?,
        reasons: row.get::<Json<_>>("reasons")?.0,
    })
}
