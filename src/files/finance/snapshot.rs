//! The snapshot: the current state of every reservation of one account.

use chrono::{DateTime, Utc};

use super::record::FinanceRecord;
use super::totals::{Booking, Money};
use crate::files::column::{Column, ColumnMaker, Value};
use crate::files::{RowProblem, fee};
use crate::reservation::{Change, Field, FinanceRow, ORDER_STATUS_CANCELLED};

/// What a snapshot is about: names it, and stands in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHeader {
    pub account: String,
    /// The newest delivery whose effects are in the rows.
    pub delivery_id: i64,
    /// That delivery's effective time.
    pub as_of: DateTime<Utc>,
}

impl FinanceRecord for FinanceRow {
    const NOTHING: Money = Money::Fee { total: 0, active: 0 };

    fn account(&self) -> &str {
        &self.account
    }

    fn booking(&self) -> Result<Booking<'_>, RowProblem> {
        let total = self.examination_fee.map_or(Some(0), fee::fen).ok_or(RowProblem::Fee)?;
        let active = if self.order_status == ORDER_STATUS_CANCELLED { 0 } else { total };
        Ok(Booking {
            check_date: self.check_date,
            hospital_code: &self.hospital_code,
            pay_type: self.pay_type.as_deref().unwrap_or_default(),
            money: Money::Fee { total, active },
        })
    }

    fn money_of(cell: &dyn Fn(&'static str) -> String) -> Option<Money> {
        let fee = cell("examination_fee");
        let total = if fee.is_empty() { 0 } else { fee::fen(fee.parse().ok()?)? };
        let active = if cell("order_status") == ORDER_STATUS_CANCELLED { 0 } else { total };
        Some(Money::Fee { total, active })
    }

    fn columns(maker: &ColumnMaker<'_>) -> Vec<Column<FinanceRow>> {
        let changes = Change::ALL.map(|change| (change.as_str().to_owned(), change.label_zh().to_owned()));
        let columns: [Option<Column<FinanceRow>>; 19] = [
            maker.own("account", "医院账户", Value::Text(|row| Some(&row.account))),
            maker.delivered(Field::SerialNumber, Value::Text(|row| Some(&row.serial_number))),
            maker.own("version", "版本号", Value::Integer(|row| row.version.into())),
            maker.own("change", "最近变更", Value::Text(|row| Some(&row.change))),
            maker.name_of("change_name", "最近变更", |row| Some(&row.change), changes.into()),
            maker.own("booked_at", "首次预约时间", Value::Instant(|row| row.booked_at)),
            maker.own("changed_at", "最近变更时间", Value::Instant(|row| row.changed_at)),
            maker.delivered(Field::HospitalCode, Value::Text(|row| Some(&row.hospital_code))),
            maker.delivered(Field::HospitalName, Value::Text(|row| row.hospital_name.as_deref())),
            maker.delivered(Field::CheckDate, Value::Date(|row| row.check_date)),
            maker.delivered(Field::HospitalPackageId, Value::Text(|row| row.hospital_package_id.as_deref())),
            maker.delivered(Field::HospitalPackageName, Value::Text(|row| row.hospital_package_name.as_deref())),
            maker.delivered(Field::AddCombinationId, Value::Text(|row| row.add_combination_id.as_deref())),
            maker.delivered(Field::AddCombinationName, Value::Text(|row| row.add_combination_name.as_deref())),
            maker.delivered(Field::ExaminationFee, Value::Fee(|row| row.examination_fee)),
            maker.delivered(Field::OrderStatus, Value::Text(|row| Some(&row.order_status))),
            maker.delivered_name("order_status_name", Field::OrderStatus, |row| Some(&row.order_status)),
            maker.delivered(Field::PayType, Value::Text(|row| row.pay_type.as_deref())),
            maker.delivered(Field::DataSources, Value::Text(|row| row.data_sources.as_deref())),
        ];
        columns.into_iter().flatten().collect()
    }
}
