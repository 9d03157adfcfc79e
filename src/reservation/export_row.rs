//! Rows as the export files get them.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::reservation::Text;

/// One row of the history export: a version of a reservation as BI tools get it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    pub account: Text,
    pub serial_number: Text,
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    /// `None` for the current version.
    pub valid_to: Option<DateTime<Utc>>,
    pub change: Text,
    /// Lower-case hexadecimal.
    pub person_id: Option<Text>,
    /// Present only when the export asks for identity columns.
    pub identity: Option<Identity>,
    pub birthdate: Option<NaiveDate>,
    pub card_type: Option<Text>,
    pub sex_code: Option<Text>,
    pub is_pregnant: Option<bool>,
    pub married: Option<Text>,
    pub hospital_code: Text,
    pub hospital_name: Option<Text>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<Text>,
    pub hospital_package_name: Option<Text>,
    pub add_combination_id: Option<Text>,
    pub add_combination_name: Option<Text>,
    pub examination_fee: Option<Decimal>,
    pub order_status: Text,
    pub pay_type: Option<Text>,
    pub data_sources: Option<Text>,
    pub delivery_id: i64,
    pub request_id: Text,
    pub recorded_at: DateTime<Utc>,
}

/// The columns that name a person; exported only when `include_identity = true`.
#[derive(Clone, PartialEq, Default)]
pub struct Identity {
    pub erhc_no: Option<Text>,
    pub name: Option<Text>,
    pub idcard: Option<Text>,
    pub mobile: Option<Text>,
}

/// Shows nothing: every field names a person.
impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}

/// One row of the volumes: how many reservations of one check date, hospital, package, channel and status.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyVolumeRow {
    pub account: String,
    pub check_date: NaiveDate,
    pub hospital_code: String,
    pub hospital_name: Option<String>,
    pub hospital_package_id: Option<String>,
    pub hospital_package_name: Option<String>,
    pub data_sources: Option<String>,
    pub order_status: String,
    /// `None` for a code that the contract's dictionary does not have.
    pub order_status_zh: Option<String>,
    pub order_status_en: Option<String>,
    pub is_cancelled: bool,
    pub reservations: i64,
    pub people: i64,
    pub fee_total: Decimal,
}

/// One row of the finance export: the current state of one reservation, without any identity column.
#[derive(Debug, Clone, PartialEq)]
pub struct FinanceRow {
    pub account: Text,
    pub serial_number: Text,
    pub version: i32,
    pub change: Text,
    /// Start of the first version.
    pub booked_at: DateTime<Utc>,
    /// Start of the current version.
    pub changed_at: DateTime<Utc>,
    pub hospital_code: Text,
    pub hospital_name: Option<Text>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<Text>,
    pub hospital_package_name: Option<Text>,
    pub add_combination_id: Option<Text>,
    pub add_combination_name: Option<Text>,
    pub examination_fee: Option<Decimal>,
    pub order_status: Text,
    pub pay_type: Option<Text>,
    pub data_sources: Option<Text>,
}
