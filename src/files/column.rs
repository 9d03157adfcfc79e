//! Columns of a table for people and programs, over any type of row: heading, and which value goes into the cell. Knows
//! nothing of files or of how a format writes a value.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::fee;
use crate::pipeline::{Contract, CsvProfile};
use crate::reservation::Field;

/// How a column's value is taken from a row.
type Read<R, T> = fn(&R) -> T;
type ReadText<R> = for<'row> fn(&'row R) -> Option<&'row str>;

/// What kind of value a column has.
pub enum Value<R> {
    Text(ReadText<R>),
    /// The Chinese name of a code.
    Name(ReadText<R>, BTreeMap<String, String>),
    Integer(Read<R, i64>),
    Date(Read<R, NaiveDate>),
    Instant(Read<R, DateTime<Utc>>),
    /// Yuan.
    Fee(Read<R, Option<Decimal>>),
}

/// A value on its way into a file. Each format has its own way to write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'row> {
    Empty,
    Text(&'row str),
    Integer(i64),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
    /// In fen, 1/100 yuan.
    Fee(i128),
}

/// One column of a file.
pub struct Column<R> {
    /// Our spelling, whatever the heading. Unique in a table.
    pub(super) name: &'static str,
    /// Not guarded yet: what a format does to text, it does to headings, too.
    pub(super) heading: String,
    value: Value<R>,
}

impl<R> Column<R> {
    /// The row's value. An absent one and an empty text are both empty.
    pub(super) fn cell<'row>(&'row self, row: &'row R) -> Cell<'row> {
        let text = |text: Option<&'row str>| text.filter(|text| !text.is_empty()).map_or(Cell::Empty, Cell::Text);
        match &self.value {
            Value::Text(read) => text(read(row)),
            Value::Name(read, names) => text(read(row).and_then(|code| names.get(code)).map(String::as_str)),
            Value::Integer(read) => Cell::Integer(read(row)),
            Value::Date(read) => Cell::Date(read(row)),
            Value::Instant(read) => Cell::Instant(read(row)),
            Value::Fee(read) => read(row).and_then(fee::amount_fen).map_or(Cell::Empty, Cell::Fee),
        }
    }

    /// Whether it only says in words what another column says in a code.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.value, Value::Name(..))
    }
}

/// Makes the columns of one profile: Chinese headings for people, names for programs.
pub struct ColumnMaker<'contract> {
    pub(super) contract: &'contract Contract,
    pub(super) profile: CsvProfile,
}

impl ColumnMaker<'_> {
    /// A column of ours.
    pub(super) fn own<R>(&self, name: &'static str, zh: &str, value: Value<R>) -> Option<Column<R>> {
        let heading = match self.profile {
            CsvProfile::Excel => zh,
            CsvProfile::Machine => name,
        };
        Some(Column { name, heading: heading.to_owned(), value })
    }

    /// A field of the platform, under the contract's label.
    pub(super) fn delivered<R>(&self, field: Field, value: Value<R>) -> Option<Column<R>> {
        self.own(field.column_name(), &self.contract.field(field).label.zh, value)
    }

    /// A code's Chinese name, beside the code: for people only.
    pub(super) fn name_of<R>(
        &self,
        name: &'static str,
        zh: &str,
        code: ReadText<R>,
        names: BTreeMap<String, String>,
    ) -> Option<Column<R>> {
        match self.profile {
            CsvProfile::Excel => self.own(name, &format!("{zh}名称"), Value::Name(code, names)),
            CsvProfile::Machine => None,
        }
    }

    /// The name of a delivered code, by the contract's dictionary.
    pub(super) fn delivered_name<R>(&self, name: &'static str, field: Field, code: ReadText<R>) -> Option<Column<R>> {
        let field = self.contract.field(field);
        let labels = field.dictionary.iter().flat_map(|dictionary| &dictionary.labels);
        let names = labels.map(|(code, label)| (code.clone(), label.zh.clone())).collect();
        self.name_of(name, &field.label.zh, code, names)
    }
}
