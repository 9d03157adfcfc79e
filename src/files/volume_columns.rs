//! The columns of the daily volumes, in the order of `mart.daily_volumes`.

use chrono::NaiveDate;

use super::monthly_parquet::MonthlyRow;
use super::parquet_columns::{Column, Values, big_integer, boolean, code, date, money};
use crate::pipeline::Contract;
use crate::reservation::{DailyVolumeRow, Field};

/// Digits of a sum of fees: room for a million of the largest fee that `numeric(12,2)` holds.
const FEE_TOTAL_PRECISION: u8 = 18;

impl MonthlyRow for DailyVolumeRow {
    fn account(&self) -> &str {
        &self.account
    }

    fn check_date(&self) -> NaiveDate {
        self.check_date
    }
}

/// Every column of the file. None names a person.
pub(super) fn volume_columns(contract: &Contract) -> Vec<Column<DailyVolumeRow>> {
    let own = |name, zh, en, values: Values<DailyVolumeRow>| Column::own(name, zh, en, values);
    let delivered =
        |name, field, values: Values<DailyVolumeRow>| Column::new(name, &contract.field(field).label, values);
    vec![
        own("account", "医院账户", "Hospital's account with the platform", code(|row| Some(&row.account))).required(),
        delivered("check_date", Field::CheckDate, date(|row| Some(row.check_date))).required(),
        delivered("hospital_code", Field::HospitalCode, code(|row| Some(&row.hospital_code))).required(),
        delivered("hospital_name", Field::HospitalName, code(|row| row.hospital_name.as_deref())),
        delivered("hospital_package_id", Field::HospitalPackageId, code(|row| row.hospital_package_id.as_deref())),
        delivered(
            "hospital_package_name",
            Field::HospitalPackageName,
            code(|row| row.hospital_package_name.as_deref()),
        ),
        delivered("data_sources", Field::DataSources, code(|row| row.data_sources.as_deref())),
        delivered("order_status", Field::OrderStatus, code(|row| Some(&row.order_status))).required(),
        own(
            "order_status_zh",
            "预约状态（中文）",
            "Reservation status, in Chinese",
            code(|row| row.order_status_zh.as_deref()),
        ),
        own(
            "order_status_en",
            "预约状态（英文）",
            "Reservation status, in English",
            code(|row| row.order_status_en.as_deref()),
        ),
        own(
            "is_cancelled",
            "是否已取消",
            "Whether the reservations are cancelled",
            boolean(|row| Some(row.is_cancelled)),
        )
        .required(),
        own("reservations", "预约数", "Reservations", big_integer(|row| row.reservations)).required(),
        own(
            "people",
            "人数（去重，不可跨行相加）",
            "Distinct people; does not add up over rows",
            big_integer(|row| row.people),
        )
        .required(),
        own(
            "fee_total",
            "费用合计（元）",
            "Sum of fees in yuan",
            money(FEE_TOTAL_PRECISION, |row| Some(row.fee_total)),
        )
        .required(),
    ]
}
