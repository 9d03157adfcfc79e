//! The datasets that exports read, and the ledger of the files that they have made.
//!
//! An export target owes a part when a delivery has changed it since the target last got it; so whatever a killed or
//! failed run left undone, and whatever a new target lacks, is made by the next run.

use chrono::{DateTime, Months, NaiveDate, Utc};

use crate::pipeline::SnapshotRhythm;
use crate::warehouse::dataset::{Dataset, DatasetRows};
use crate::warehouse::erase::INSERT_ACCESS;
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{AccountSession, WarehouseError};

const SELECT_OWED_MONTHS: Statement = sql!("export/select_owed_months", "look up owed exports");
const SELECT_MADE_MONTHS: Statement = sql!("export/select_made_months", "look up made exports");
const SELECT_OWED_SNAPSHOT: Statement = sql!("export/select_owed_snapshot", "look up owed exports");
const SELECT_CURRENT_FILES: Statement = sql!("export/select_current_files", "look up made exports");
const UPSERT_EXPORT: Statement = sql!("export/upsert_export", "record the export");

pub(super) const HISTORY: Dataset = Dataset {
    relation: Some("warehouse.reservation_versions"),
    descriptions: &[
        ("event_date", "生效日期（北京时间）", "Date of valid_from in Beijing"),
        (
            "age_years",
            "体检当日周岁；无出生日期则为空",
            "Age in whole years on the check date; null without a date of birth",
        ),
        ("age_band", "体检当日年龄段；无出生日期则为空", "Age band on the check date; null without a date of birth"),
        ("valid_to", "失效时间（不含）；空值表示当前版本", "End of validity, exclusive; null for the current version"),
        ("is_current", "是否当前版本", "Whether this is the current version of the reservation"),
    ],
    required: "account serial_number version valid_from event_date is_current change hospital_code check_date \
        order_status delivery_id request_id recorded_at",
    codes: "account change card_type age_band sex_code married hospital_code hospital_name hospital_package_id \
        hospital_package_name order_status pay_type data_sources",
    distinct: "serial_number person_id",
    identity: "erhc_no name idcard birthdate mobile",
    ..Dataset::of(sql!("export/select_history", READ_ROWS))
};

pub(super) const DAILY_VOLUMES: Dataset = Dataset {
    relation: Some("mart.daily_volumes"),
    required: "account check_date hospital_code order_status is_cancelled reservations people fee_total \
        arrivals_reported",
    codes: "account hospital_code hospital_name hospital_package_id hospital_package_name data_sources \
        order_status order_status_zh order_status_en",
    ..Dataset::of(sql!("export/select_daily_volumes", READ_ROWS))
};

pub(super) const FINANCE: Dataset = Dataset {
    relation: Some("finance.reservations"),
    descriptions: &[CHECK_MONTH],
    ..Dataset::of(sql!("export/select_finance", READ_ROWS))
};

/// In finance files a month is a text.
pub(super) const CHECK_MONTH: (&str, &str, &str) =
    ("check_month", "体检月份，如 2026-11", "Month of check_date, like 2026-11");

/// The operation's name, for every dataset.
pub(super) const READ_ROWS: &str = "read rows for an export";

/// A month of check dates whose file a target lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedMonth {
    /// First day of the month.
    pub check_month: NaiveDate,
    /// The last delivery that changed it.
    pub delivery_id: i64,
    /// When that delivery's states take effect.
    pub as_of: DateTime<Utc>,
    /// `false`: what the target has of the month, if anything, is not to be read on. A person was erased from it, say.
    pub is_known: bool,
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
        let rows = SELECT_OWED_MONTHS.rows(&self.client, &[&self.account, &target, &is_complete]).await?;
        let month = |row: &Row| {
            Ok(OwedMonth {
                check_month: row.get("check_month")?,
                delivery_id: row.get("delivery_id")?,
                as_of: row.get("effective_at")?,
                is_known: row.get("is_known")?,
            })
        };
        rows.iter().map(month).collect()
    }

    /// The months that `target` has a file of, and the file's SHA-256.
    pub async fn made_months(&self, target: &str) -> Result<Vec<(NaiveDate, String)>, WarehouseError> {
        let rows = SELECT_MADE_MONTHS.rows(&self.client, &[&self.account, &target]).await?;
        rows.iter().map(|row| Ok((row.get("check_month")?, row.get("sha256")?))).collect()
    }

    /// The snapshot that `target` lacks in this rhythm; with `is_complete`, the newest one in any case.
    pub async fn owed_snapshot(
        &self,
        target: &str,
        rhythm: SnapshotRhythm,
        is_complete: bool,
    ) -> Result<Option<OwedSnapshot>, WarehouseError> {
        if rhythm == SnapshotRhythm::Never && !is_complete {
            return Ok(None);
        }
        let is_monthly = rhythm == SnapshotRhythm::Monthly;
        let parameters = [&self.account as _, &target as _, &is_complete as _, &is_monthly as _];
        let row = SELECT_OWED_SNAPSHOT.row_if_any(&self.client, &parameters).await?;
        row.map(|row| Ok(OwedSnapshot { delivery_id: row.get("delivery_id")?, as_of: row.get("effective_at")? }))
            .transpose()
    }

    /// The newest file of each target that has all rows in one: paths, as they were recorded.
    pub async fn current_files(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = SELECT_CURRENT_FILES.rows(&self.client, &[&self.account]).await?;
        rows.iter().map(|row| row.get("path")).collect()
    }

    /// Reads the versions of one month.
    pub async fn history_rows(
        &self,
        check_month: NaiveDate,
        is_identity_included: bool,
    ) -> Result<DatasetRows, WarehouseError> {
        let parameters = [&self.account as _, &check_month as _, &end_of(check_month) as _, &is_identity_included as _];
        HISTORY.rows(self.companion().await?, &parameters, is_identity_included).await
    }

    /// Reads the volumes of one month.
    pub async fn daily_volume_rows(&self, check_month: NaiveDate) -> Result<DatasetRows, WarehouseError> {
        let parameters = [&self.account as _, &check_month as _, &end_of(check_month) as _];
        DAILY_VOLUMES.rows(self.companion().await?, &parameters, false).await
    }

    /// The current state of every reservation.
    pub async fn finance_rows(&self) -> Result<DatasetRows, WarehouseError> {
        FINANCE.rows(self.companion().await?, &[&self.account], false).await
    }

    /// Puts on record that `operator` makes files that name people, with what was delivered until this delivery.
    pub async fn note_identity_export(&self, delivery_id: i64, operator: &str) -> Result<(), WarehouseError> {
        INSERT_ACCESS.run(&self.client, &[&self.account, &"identity_export", &delivery_id, &operator]).await.map(drop)
    }

    /// Remembers that a part is made.
    pub async fn record_export(&self, record: &ExportRecord) -> Result<(), WarehouseError> {
        let ExportRecord { target, part, delivery_id, path, rows, sha256 } = record;
        let rows = *rows as i64;
        UPSERT_EXPORT
            .run(&self.client, &[&self.account, target, part, delivery_id, path, &rows, sha256])
            .await
            .map(drop)
    }
}

/// The first day of the next month.
fn end_of(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reservation::Field;

    /// Invariant: No export names a person unless the pipeline asks for it.
    /// Held by: the query leaves the values on the server, and the dataset omits the columns; the table of fields says
    /// which.
    #[test]
    fn every_field_that_names_a_person_is_left_out_unless_it_is_asked_for() {
        // With a hospital and a day, a day of birth is nearly a name.
        let is_left_out = |field: &Field| field.names_person() || *field == Field::Birthdate;
        let persons: Vec<&str> = Field::ALL.into_iter().filter(is_left_out).map(Field::column_name).collect();
        assert_eq!(HISTORY.identity.split_whitespace().collect::<Vec<_>>(), persons);
        let select = HISTORY.statement.text;
        for column in persons {
            assert!(
                select.contains(&format!("case when $4::boolean then versions.{column} end as {column}")),
                "{column}"
            );
        }
    }
}
