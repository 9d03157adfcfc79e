//! A month's file as a resource of a data package: whose it is and of what, how it is called, and what is said of it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::rows::{Kind, RowColumn};

/// The folder of all packages. Readers that open a whole folder (pyarrow, pandas, Spark) pass by what begins with `_`.
const FOLDER: &str = "_snapshots";

pub(super) const TIJIAN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Hexadecimal digits of the content in a file's name: with the delivery's number, no two contents share a name.
const NAME_DIGITS: usize = 12;

/// The datasets that are written month by month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthlyDataset {
    History,
    DailyVolumes,
}

impl MonthlyDataset {
    pub(super) fn name(self) -> &'static str {
        match self {
            MonthlyDataset::History => "history",
            MonthlyDataset::DailyVolumes => "daily_volumes",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            MonthlyDataset::History => "预约历史：每个版本一行 | Reservation history: one row per version",
            MonthlyDataset::DailyVolumes => {
                "每日预约量：体检日期、机构、套餐、渠道、状态 | Daily volumes: by check date, hospital, package, channel and status"
            }
        }
    }
}

/// Account, dataset and contract of the files.
#[derive(Debug, Clone)]
pub struct Origin {
    pub account: String,
    pub dataset: MonthlyDataset,
    /// SHA-256 of the contract's text, lower-case hexadecimal.
    pub contract_sha256: String,
}

/// The description of a month's file.
#[derive(Debug, Clone)]
pub struct MonthHeader {
    pub origin: Origin,
    /// Any day of the month.
    pub check_month: NaiveDate,
    /// The last delivery that changed the month.
    pub delivery_id: i64,
    /// When that delivery's states take effect.
    pub as_of: DateTime<Utc>,
}

/// A month's file that is complete, and that no data package names yet.
#[derive(Debug)]
pub struct MonthFile {
    /// `check_month=2026-11`.
    pub(super) month_folder: String,
    /// `None`: the month has no rows, and no file.
    pub(super) resource: Option<Resource>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Resource {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// Path relative to the descriptor's folder.
    pub(super) path: String,
    format: String,
    mediatype: String,
    pub(super) bytes: u64,
    /// `sha256:` and lower-case hexadecimal.
    hash: String,
    pub(super) rows: u64,
    pub(super) check_month: String,
    delivery_id: i64,
    as_of: String,
    schema: TableSchema,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TableSchema {
    fields: Vec<FieldDescriptor>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FieldDescriptor {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// Chinese name of the column.
    title: String,
    /// The database's comment, in both languages.
    description: String,
    constraints: Constraints,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Constraints {
    required: bool,
}

impl FieldDescriptor {
    pub(super) fn of(column: &RowColumn) -> FieldDescriptor {
        let kind = match column.kind {
            Kind::Text => "string",
            Kind::Boolean => "boolean",
            Kind::Integer | Kind::BigInteger => "integer",
            Kind::Date => "date",
            Kind::Time => "datetime",
            Kind::Money { .. } => "number",
        };
        let [zh, en] = &column.descriptions;
        FieldDescriptor {
            name: column.name.clone(),
            kind: kind.to_owned(),
            title: zh.clone(),
            description: format!("{zh} | {en}"),
            constraints: Constraints { required: column.is_required },
        }
    }
}

impl Resource {
    pub(super) fn of(
        header: &MonthHeader,
        rows: u64,
        bytes: u64,
        sha256: &str,
        fields: Vec<FieldDescriptor>,
    ) -> Resource {
        let (account, month) = (&header.origin.account, month_name(header.check_month));
        let digits = sha256.get(..NAME_DIGITS).unwrap_or(sha256);
        Resource {
            name: format!("{}-{month}", header.origin.dataset.name()),
            kind: "table".to_owned(),
            path: format!("check_month={month}/{}.d{:06}-{digits}", file_name(account), header.delivery_id),
            format: "parquet".to_owned(),
            mediatype: "application/vnd.apache.parquet".to_owned(),
            bytes,
            hash: format!("sha256:{sha256}"),
            rows,
            check_month: month,
            delivery_id: header.delivery_id,
            as_of: time(header.as_of),
            schema: TableSchema { fields },
        }
    }

    pub(super) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(super) fn sha256(&self) -> &str {
        self.hash.trim_start_matches("sha256:")
    }
}

/// The folder of an account's package.
pub(super) fn folder(dir: &Path, account: &str) -> PathBuf {
    dir.join(FOLDER).join(account)
}

/// An account's file in the folder of a month.
pub(super) fn file_name(account: &str) -> String {
    format!("{account}.parquet")
}

/// RFC 3339 in UTC.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `2026-11`.
pub(super) fn month_name(check_month: NaiveDate) -> String {
    format!("{:04}-{:02}", check_month.year(), check_month.month())
}
