//! What exports read, and the ledger of what they have made.
//!
//! An export target owes a part when a delivery has changed it since the target last got it; so whatever a killed or
//! failed run left undone, and whatever a new target lacks, is made by the next run.

use chrono::{DateTime, Months, NaiveDate, Utc};
use deadpool_postgres::Client;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::reservation::{DailyVolumeRow, FinanceRow, HistoryRow, Identity};
use crate::warehouse::statement::text;
use crate::warehouse::values::{optional_text, text};
use crate::warehouse::{AccountSession, WarehouseError};

/// A month of check dates whose file a target lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedMonth {
    /// Its first day.
    pub check_month: NaiveDate,
    /// The last delivery that changed it.
    pub delivery_id: i64,
}

impl OwedMonth {
    /// The part's name in the ledger.
    pub fn name(&self) -> String {
        self.check_month.format("%Y-%m").to_string()
    }
}

/// The current state of every reservation as of a delivery, which a target lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedSnapshot {
    pub delivery_id: i64,
    /// When the delivery's states take effect.
    pub as_of: DateTime<Utc>,
}

/// A part of a target that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRecord {
    pub target: String,
    /// A month, `current`, or a handoff.
    pub part: String,
    pub delivery_id: i64,
    pub path: String,
    pub rows: u64,
    pub sha256: String,
}

impl AccountSession {
    /// The months that `target` lacks; with `is_complete`, every month there is.
    pub async fn owed_months(&self, target: &str, is_complete: bool) -> Result<Vec<OwedMonth>, WarehouseError> {
        let rows = self
            .client
            .query(text!("export/select_owed_months"), &[&self.account, &target, &is_complete])
            .await
            .map_err(WarehouseError::query("look up owed exports"))?;
        Ok(rows.iter().map(|row| OwedMonth { check_month: row.get(0), delivery_id: row.get(1) }).collect())
    }

    /// The snapshot that `target` lacks; with `is_complete`, the newest one in any case.
    pub async fn owed_snapshot(&self, target: &str, is_complete: bool) -> Result<Option<OwedSnapshot>, WarehouseError> {
        let row = self
            .client
            .query_opt(text!("export/select_owed_snapshot"), &[&self.account, &target, &is_complete])
            .await
            .map_err(WarehouseError::query("look up owed exports"))?;
        Ok(row.map(|row| OwedSnapshot { delivery_id: row.get(0), as_of: row.get(1) }))
    }

    /// The versions of one month, in the order of the file.
    pub async fn history_rows(
        &self,
        check_month: NaiveDate,
        is_identity_included: bool,
    ) -> Result<BoxStream<'static, Result<HistoryRow, WarehouseError>>, WarehouseError> {
        let end = check_month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        stream(
            self.companion().await?,
            text!("export/select_history"),
            &[&self.account, &check_month, &end, &is_identity_included],
            move |row| history_row(row, is_identity_included),
        )
        .await
    }

    /// The volumes of one month, in the order of the file.
    pub async fn daily_volume_rows(
        &self,
        check_month: NaiveDate,
    ) -> Result<BoxStream<'static, Result<DailyVolumeRow, WarehouseError>>, WarehouseError> {
        let end = check_month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        stream(
            self.companion().await?,
            text!("export/select_daily_volumes"),
            &[&self.account, &check_month, &end],
            daily_volume_row,
        )
        .await
    }

    /// The current state of every reservation, in the order of the file.
    pub async fn finance_rows(&self) -> Result<BoxStream<'static, Result<FinanceRow, WarehouseError>>, WarehouseError> {
        let sql = text!("export/select_finance");
        stream(self.companion().await?, sql, &[&self.account], finance_row).await
    }

    /// Remembers that a part is made.
    pub async fn record_export(&self, record: &ExportRecord) -> Result<(), WarehouseError> {
        self.client
            .execute(
                text!("export/upsert_export"),
                &[
                    &self.account,
                    &record.target,
                    &record.part,
                    &record.delivery_id,
                    &record.path,
                    &(record.rows as i64),
                    &record.sha256,
                ],
            )
            .await
            .map_err(WarehouseError::query("record the export"))?;
        Ok(())
    }
}

/// A cursor-less stream: rows arrive as the network delivers them, and are never all in memory. The connection is given
/// back with the stream.
pub(super) async fn stream<T: Send + 'static>(
    client: Client,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> Result<T, tokio_postgres::Error> + Send + 'static,
) -> Result<BoxStream<'static, Result<T, WarehouseError>>, WarehouseError> {
    let operation = "read rows for an export";
    let parameters = parameters.iter().map(|parameter| *parameter as &dyn ToSql);
    let rows = client.query_raw(sql, parameters.collect::<Vec<_>>()).await.map_err(WarehouseError::query(operation))?;
    let read = move |row| {
        let _until_the_end = &client;
        std::future::ready(read(&row))
    };
    Ok(Box::pin(rows.and_then(read).map_err(WarehouseError::query(operation))))
}

fn history_row(row: &Row, is_identity_included: bool) -> Result<HistoryRow, tokio_postgres::Error> {
    let identity = if is_identity_included {
        Some(Identity {
            erhc_no: optional_text(row, 7)?,
            name: optional_text(row, 8)?,
            idcard: optional_text(row, 9)?,
            mobile: optional_text(row, 10)?,
        })
    } else {
        None
    };
    Ok(HistoryRow {
        account: text(row, 0)?,
        serial_number: text(row, 1)?,
        version: row.try_get(2)?,
        valid_from: row.try_get(3)?,
        valid_to: row.try_get(4)?,
        change: text(row, 5)?,
        person_id: optional_text(row, 6)?,
        identity,
        card_type: optional_text(row, 11)?,
        birthdate: row.try_get(12)?,
        sex_code: optional_text(row, 13)?,
        is_pregnant: row.try_get(14)?,
        married: optional_text(row, 15)?,
        hospital_code: text(row, 16)?,
        hospital_name: optional_text(row, 17)?,
        check_date: row.try_get(18)?,
        hospital_package_id: optional_text(row, 19)?,
        hospital_package_name: optional_text(row, 20)?,
        add_combination_id: optional_text(row, 21)?,
        add_combination_name: optional_text(row, 22)?,
        examination_fee: row.try_get(23)?,
        order_status: text(row, 24)?,
        pay_type: optional_text(row, 25)?,
        data_sources: optional_text(row, 26)?,
        delivery_id: row.try_get(27)?,
        request_id: text(row, 28)?,
        recorded_at: row.try_get(29)?,
    })
}

fn daily_volume_row(row: &Row) -> Result<DailyVolumeRow, tokio_postgres::Error> {
    Ok(DailyVolumeRow {
        account: row.try_get(0)?,
        check_date: row.try_get(1)?,
        hospital_code: row.try_get(2)?,
        hospital_name: row.try_get(3)?,
        hospital_package_id: row.try_get(4)?,
        hospital_package_name: row.try_get(5)?,
        data_sources: row.try_get(6)?,
        order_status: row.try_get(7)?,
        order_status_zh: row.try_get(8)?,
        order_status_en: row.try_get(9)?,
        is_cancelled: row.try_get(10)?,
        reservations: row.try_get(11)?,
        people: row.try_get(12)?,
        fee_total: row.try_get(13)?,
    })
}

pub(super) fn finance_row(row: &Row) -> Result<FinanceRow, tokio_postgres::Error> {
    Ok(FinanceRow {
        account: text(row, 0)?,
        serial_number: text(row, 1)?,
        version: row.try_get(2)?,
        change: text(row, 3)?,
        booked_at: row.try_get(4)?,
        changed_at: row.try_get(5)?,
        hospital_code: text(row, 6)?,
        hospital_name: optional_text(row, 7)?,
        check_date: row.try_get(8)?,
        hospital_package_id: optional_text(row, 9)?,
        hospital_package_name: optional_text(row, 10)?,
        add_combination_id: optional_text(row, 11)?,
        add_combination_name: optional_text(row, 12)?,
        examination_fee: row.try_get(13)?,
        order_status: text(row, 14)?,
        pay_type: optional_text(row, 15)?,
        data_sources: optional_text(row, 16)?,
    })
}
