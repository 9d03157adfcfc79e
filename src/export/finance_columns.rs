//! The columns of the finance file: name, Chinese heading, value. Knows nothing of files.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{cells, fee};
use crate::pipeline::{Contract, CsvProfile};
use crate::reservation::{Change, Field, FinanceRow};

/// How a column's value is taken from a row.
type Read<T> = fn(&FinanceRow) -> T;
type ReadText = for<'row> fn(&'row FinanceRow) -> Option<&'row str>;

enum Value {
    Text(ReadText),
    /// The Chinese name of a code.
    Name(ReadText, BTreeMap<String, String>),
    Integer(Read<i32>),
    Date(Read<NaiveDate>),
    Instant(Read<DateTime<Utc>>),
    Fee(Read<Option<Decimal>>),
}

/// One column of the file.
pub(super) struct Column {
    /// As it stands in the file's first line.
    pub(super) heading: String,
    value: Value,
}

impl Column {
    /// Puts the row's value in place of what `cell` holds. An absent value and an empty text are both an empty cell.
    pub(super) fn fill(&self, cell: &mut String, row: &FinanceRow, profile: CsvProfile) {
        cell.clear();
        match &self.value {
            Value::Text(read) => push_text(cell, read(row).unwrap_or_default(), profile),
            Value::Name(read, names) => {
                let name = read(row).and_then(|code| names.get(code));
                push_text(cell, name.map_or("", String::as_str), profile);
            }
            Value::Integer(read) => {
                // Writing to a String cannot fail.
                let _ = write!(cell, "{}", read(row));
            }
            Value::Date(read) => cells::push_date(cell, read(row)),
            Value::Instant(read) => match profile {
                CsvProfile::Excel => cells::push_shanghai(cell, read(row)),
                CsvProfile::Machine => cells::push_utc(cell, read(row)),
            },
            Value::Fee(read) => {
                if let Some(fen) = read(row).and_then(fee::fen) {
                    fee::push_yuan(cell, fen);
                }
            }
        }
    }
}

fn push_text(cell: &mut String, text: &str, profile: CsvProfile) {
    match profile {
        CsvProfile::Excel => cells::push_guarded(cell, text),
        CsvProfile::Machine => cell.push_str(text),
    }
}

/// The columns of a profile. `Excel` has a Chinese name beside the codes that a clerk must understand.
pub(super) fn columns(contract: &Contract, profile: CsvProfile) -> Vec<Column> {
    let own = |name: &str, zh: &str, value| {
        let mut heading = String::new();
        match profile {
            CsvProfile::Excel => cells::push_guarded(&mut heading, zh),
            CsvProfile::Machine => heading.push_str(name),
        }
        Some(Column { heading, value })
    };
    let delivered = |name, field, value| own(name, &contract.field(field).label.zh, value);
    let excel_only = |heading: &str, value| match profile {
        CsvProfile::Excel => own("", heading, value),
        CsvProfile::Machine => None,
    };
    let status_heading = format!("{}名称", contract.field(Field::OrderStatus).label.zh);

    let columns = [
        own("account", "医院账户", Value::Text(|row| Some(&row.account))),
        delivered("serial_number", Field::SerialNumber, Value::Text(|row| Some(&row.serial_number))),
        own("version", "版本号", Value::Integer(|row| row.version)),
        own("change", "最近变更", Value::Text(|row| Some(&row.change))),
        excel_only("最近变更名称", Value::Name(|row| Some(&row.change), change_names())),
        own("booked_at", "首次预约时间", Value::Instant(|row| row.booked_at)),
        own("changed_at", "最近变更时间", Value::Instant(|row| row.changed_at)),
        delivered("hospital_code", Field::HospitalCode, Value::Text(|row| Some(&row.hospital_code))),
        delivered("hospital_name", Field::HospitalName, Value::Text(|row| row.hospital_name.as_deref())),
        delivered("check_date", Field::CheckDate, Value::Date(|row| row.check_date)),
        delivered(
            "hospital_package_id",
            Field::HospitalPackageId,
            Value::Text(|row| row.hospital_package_id.as_deref()),
        ),
        delivered(
            "hospital_package_name",
            Field::HospitalPackageName,
            Value::Text(|row| row.hospital_package_name.as_deref()),
        ),
        delivered("add_combination_id", Field::AddCombinationId, Value::Text(|row| row.add_combination_id.as_deref())),
        delivered(
            "add_combination_name",
            Field::AddCombinationName,
            Value::Text(|row| row.add_combination_name.as_deref()),
        ),
        delivered("examination_fee", Field::ExaminationFee, Value::Fee(|row| row.examination_fee)),
        delivered("order_status", Field::OrderStatus, Value::Text(|row| Some(&row.order_status))),
        excel_only(
            &status_heading,
            Value::Name(|row| Some(&row.order_status), dictionary_names(contract, Field::OrderStatus)),
        ),
        delivered("pay_type", Field::PayType, Value::Text(|row| row.pay_type.as_deref())),
        delivered("data_sources", Field::DataSources, Value::Text(|row| row.data_sources.as_deref())),
    ];
    columns.into_iter().flatten().collect()
}

fn dictionary_names(contract: &Contract, field: Field) -> BTreeMap<String, String> {
    let labels = contract.field(field).dictionary.iter().flat_map(|dictionary| &dictionary.labels);
    labels.map(|(code, label)| (code.clone(), label.zh.clone())).collect()
}

fn change_names() -> BTreeMap<String, String> {
    Change::ALL.map(|change| (change.as_str().to_owned(), change.label_zh().to_owned())).into()
}
