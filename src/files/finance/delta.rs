//! The delta: the journal entries of one handoff.

use super::record::FinanceRecord;
use super::totals::{Booking, Money};
use crate::files::column::{Column, ColumnMaker, Value};
use crate::files::{RowProblem, fee};
use crate::reservation::{Change, Field, FinanceEntry};

/// What makes an entry where no version does: the history was swapped for one by another contract.
const CORRECTED: (&str, &str) = ("corrected", "更正");

/// Kinds of entries, and what an accountant calls them.
const ENTRY_KINDS: [(&str, &str); 3] = [("posting", "入账"), ("adjustment", "调整"), ("reversal", "冲销")];

impl FinanceRecord for FinanceEntry {
    const NOTHING: Money = Money::Amount(0);

    fn account(&self) -> &str {
        &self.account
    }

    fn booking(&self) -> Result<Booking<'_>, RowProblem> {
        Ok(Booking {
            check_date: self.check_date,
            hospital_code: &self.hospital_code,
            pay_type: self.pay_type.as_deref().unwrap_or_default(),
            money: Money::Amount(fee::amount_fen(self.amount).ok_or(RowProblem::Fee)?),
        })
    }

    fn money_of(cell: &dyn Fn(&'static str) -> String) -> Option<Money> {
        Some(Money::Amount(fee::amount_fen(cell("amount").parse().ok()?)?))
    }

    fn columns(maker: &ColumnMaker<'_>) -> Vec<Column<FinanceEntry>> {
        let kinds = ENTRY_KINDS.map(|(code, name)| (code.to_owned(), name.to_owned()));
        let changes = Change::ALL.map(|change| (change.as_str(), change.label_zh()));
        let events = changes.into_iter().chain([CORRECTED]).map(|(code, name)| (code.to_owned(), name.to_owned()));
        let columns: [Option<Column<FinanceEntry>>; 22] = [
            maker.own("account", "医院账户", Value::Text(|row| Some(&row.account))),
            maker.own("handoff_number", "交接批次", Value::Integer(|row| row.handoff_number.into())),
            maker.own("entry_number", "分录号", Value::Integer(|row| row.entry_number)),
            maker.own("entry_kind", "分录类型", Value::Text(|row| Some(&row.entry_kind))),
            maker.name_of("entry_kind_name", "分录类型", |row| Some(&row.entry_kind), kinds.into()),
            maker.own("event", "业务事件", Value::Text(|row| Some(&row.event))),
            maker.name_of("event_name", "业务事件", |row| Some(&row.event), events.collect()),
            maker.own("event_at", "事件时间", Value::Instant(|row| row.event_at)),
            maker.delivered(Field::SerialNumber, Value::Text(|row| Some(&row.serial_number))),
            maker.own("version", "版本号", Value::Integer(|row| row.version.into())),
            maker.delivered(Field::HospitalCode, Value::Text(|row| Some(&row.hospital_code))),
            maker.delivered(Field::HospitalName, Value::Text(|row| row.hospital_name.as_deref())),
            maker.delivered(Field::CheckDate, Value::Date(|row| row.check_date)),
            maker.delivered(Field::HospitalPackageId, Value::Text(|row| row.hospital_package_id.as_deref())),
            maker.delivered(Field::HospitalPackageName, Value::Text(|row| row.hospital_package_name.as_deref())),
            maker.delivered(Field::OrderStatus, Value::Text(|row| Some(&row.order_status))),
            maker.delivered_name("order_status_name", Field::OrderStatus, |row| Some(&row.order_status)),
            maker.delivered(Field::PayType, Value::Text(|row| row.pay_type.as_deref())),
            maker.delivered(Field::DataSources, Value::Text(|row| row.data_sources.as_deref())),
            maker.own("amount_before", "变动前金额（元）", Value::Fee(|row| Some(row.amount_before))),
            maker.own("amount_after", "变动后金额（元）", Value::Fee(|row| Some(row.amount_after))),
            maker.own("amount", "发生额（元）", Value::Fee(|row| Some(row.amount))),
        ];
        columns.into_iter().flatten().collect()
    }
}
