//! Rows and a contract for the tests of this module.

use std::path::Path;

use super::{MonthHeader, MonthlyDataset, Origin};
use crate::pipeline::Contract;
use crate::pipeline::contract::{Dictionary, FieldContract, Label};
use crate::reservation::{Field, Rule, Severity};
use crate::rows::{Cell, Kind, RowColumn, Rows};

pub(super) const ACCOUNT: &str = "hangzhou-third";

/// Labels are the field's name behind 中 or `en:`; orderStatus has the interface's dictionary.
pub(super) fn contract() -> Contract {
    let label = |zh: &str, en: &str| Label { zh: zh.to_owned(), en: en.to_owned() };
    let order_status = Dictionary {
        name: "order_status".to_owned(),
        labels: [("1", "已预约未传输"), ("2", "改约"), ("5", "已取消预约")]
            .map(|(code, zh)| (code.to_owned(), label(zh, code)))
            .into(),
        on_unknown: Severity::Reject,
    };
    Contract {
        text: String::new(),
        ignore: Default::default(),
        fields: Field::ALL.map(|field| FieldContract {
            field,
            required: field.is_essential(),
            max_characters: None,
            dictionary: (field == Field::OrderStatus).then(|| order_status.clone()),
            label: match field {
                Field::OrderStatus => label("预约状态", "Order status"),
                other => label(&format!("中{other}"), &format!("en:{other}")),
            },
        }),
        severities: [Severity::Reject; Rule::ALL.len()],
    }
}

/// A row, by the names of its columns.
#[derive(Clone)]
pub(super) struct Sample(Vec<(&'static str, Kind, Cell<'static>)>);

impl Sample {
    /// The same row, with another value in a column.
    pub(super) fn with(mut self, column: &str, cell: Cell<'static>) -> Sample {
        self.0.iter_mut().find(|(name, ..)| *name == column).unwrap().2 = cell;
        self
    }

    /// The columns as the warehouse describes them.
    pub(super) fn columns(&self) -> Vec<RowColumn> {
        let columns = self.0.iter().map(|(name, kind, _)| RowColumn {
            name: (*name).to_owned(),
            kind: *kind,
            is_required: ["account", "serial_number", "valid_from", "check_date"].contains(name),
            is_code: ["account", "change", "hospital_code", "order_status", "pay_type"].contains(name),
            is_distinct: *name == "serial_number",
            descriptions: [format!("中{name}"), format!("en:{name}")],
        });
        columns.collect()
    }
}

/// Rows, one after the other.
pub(super) fn rows(samples: &[Sample]) -> Rows {
    let mut rows = Rows::of(samples.first().map_or(1, |sample| sample.0.len()));
    samples.iter().flat_map(|sample| &sample.0).for_each(|(_, _, cell)| rows.push(*cell));
    rows
}

pub(super) fn instant(text: &str) -> Cell<'static> {
    Cell::Time(text.parse().unwrap())
}

pub(super) fn date(text: &str) -> Cell<'static> {
    Cell::Date(text.parse().unwrap())
}

/// The header of November 2026.
pub(super) fn month_header() -> MonthHeader {
    let origin =
        Origin { account: ACCOUNT.to_owned(), dataset: MonthlyDataset::History, contract_sha256: "c0ffee".to_owned() };
    MonthHeader {
        origin,
        check_month: "2026-11-01".parse().unwrap(),
        delivery_id: 42,
        as_of: "2026-10-31T16:00:00Z".parse().unwrap(),
    }
}

const MONEY: Kind = Kind::Money { digits: 12 };

/// Some columns of a current version, of every kind, all of them filled.
pub(super) fn history_row() -> Sample {
    Sample(vec![
        ("account", Kind::Text, Cell::Text(ACCOUNT)),
        ("serial_number", Kind::Text, Cell::Text("20261101000000000001")),
        ("version", Kind::Integer, Cell::Integer(2)),
        ("valid_from", Kind::Time, instant("2026-10-31T16:00:00.000001Z")),
        ("valid_to", Kind::Time, Cell::Empty),
        ("is_current", Kind::Boolean, Cell::Boolean(true)),
        ("change", Kind::Text, Cell::Text("rescheduled")),
        ("age_years", Kind::Integer, Cell::Integer(36)),
        ("is_pregnant", Kind::Boolean, Cell::Boolean(false)),
        ("hospital_code", Kind::Text, Cell::Text("0571")),
        ("check_date", Kind::Date, date("2026-11-09")),
        ("add_combination_name", Kind::Text, Cell::Text("血常规,尿常规")),
        ("examination_fee", MONEY, Cell::Fee(288_100)),
        ("order_status", Kind::Text, Cell::Text("2")),
        ("pay_type", Kind::Text, Cell::Text("0")),
        ("delivery_id", Kind::BigInteger, Cell::Integer(7)),
    ])
}

/// An older version in which everything that may be absent is.
pub(super) fn bare_history_row() -> Sample {
    let row = history_row()
        .with("version", Cell::Integer(1))
        .with("valid_from", instant("2026-10-30T16:00:00Z"))
        .with("valid_to", instant("2026-10-31T16:00:00.000001Z"))
        .with("is_current", Cell::Boolean(false))
        .with("change", Cell::Text("booked"));
    let absent = ["age_years", "is_pregnant", "add_combination_name", "examination_fee", "pay_type"];
    absent.into_iter().fold(row, |row, column| row.with(column, Cell::Empty))
}

/// A reservation in a finance snapshot.
pub(super) fn finance_row() -> Sample {
    Sample(vec![
        ("account", Kind::Text, Cell::Text(ACCOUNT)),
        ("serial_number", Kind::Text, Cell::Text("20261101000000000001")),
        ("version", Kind::Integer, Cell::Integer(2)),
        ("change", Kind::Text, Cell::Text("rescheduled")),
        ("booked_at", Kind::Time, instant("2026-10-30T16:00:00Z")),
        ("booked_date", Kind::Date, date("2026-10-31")),
        ("changed_at", Kind::Time, instant("2026-10-31T16:00:00.000001Z")),
        ("changed_date", Kind::Date, date("2026-11-01")),
        ("hospital_code", Kind::Text, Cell::Text("0571")),
        ("hospital_name", Kind::Text, Cell::Text("第三医院")),
        ("check_date", Kind::Date, date("2026-11-09")),
        ("check_month", Kind::Text, Cell::Text("2026-11")),
        ("hospital_package_id", Kind::Text, Cell::Text("P1")),
        ("hospital_package_name", Kind::Text, Cell::Text("套餐")),
        ("add_combination_id", Kind::Text, Cell::Text("101,102")),
        ("add_combination_name", Kind::Text, Cell::Text("血常规,尿常规")),
        ("examination_fee", MONEY, Cell::Fee(288_150)),
        ("order_status", Kind::Text, Cell::Text("2")),
        ("pay_type", Kind::Text, Cell::Text("0")),
        ("data_sources", Kind::Text, Cell::Text("app")),
    ])
}

/// An entry of a handoff.
pub(super) fn entry() -> Sample {
    Sample(vec![
        ("account", Kind::Text, Cell::Text(ACCOUNT)),
        ("handoff_number", Kind::Integer, Cell::Integer(42)),
        ("entry_number", Kind::BigInteger, Cell::Integer(1001)),
        ("entry_kind", Kind::Text, Cell::Text("reversal")),
        ("event", Kind::Text, Cell::Text("rescheduled")),
        ("event_at", Kind::Time, instant("2026-10-31T16:00:00.000001Z")),
        ("event_date", Kind::Date, date("2026-11-01")),
        ("posting_date", Kind::Date, date("2026-11-01")),
        ("posting_month", Kind::Text, Cell::Text("2026-11")),
        ("serial_number", Kind::Text, Cell::Text("20261101000000000001")),
        ("version", Kind::Integer, Cell::Integer(2)),
        ("hospital_code", Kind::Text, Cell::Text("0571")),
        ("hospital_name", Kind::Text, Cell::Text("第三医院")),
        ("check_date", Kind::Date, date("2026-11-09")),
        ("check_month", Kind::Text, Cell::Text("2026-11")),
        ("hospital_package_id", Kind::Text, Cell::Text("P1")),
        ("hospital_package_name", Kind::Text, Cell::Empty),
        ("order_status", Kind::Text, Cell::Text("2")),
        ("pay_type", Kind::Text, Cell::Empty),
        ("data_sources", Kind::Text, Cell::Text("=app")),
        ("amount_before", MONEY, Cell::Fee(12_000)),
        ("amount_after", MONEY, Cell::Fee(0)),
        ("amount", MONEY, Cell::Fee(-12_000)),
    ])
}

/// Names in a folder, sorted.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
