//! Rows of statements on their way into a file: what the columns are, and one cell after the other. Those of the report page
//! are counts, and have names ([`ReportRows`]). Knows neither the server nor a file's format.

mod dictionary;
mod report;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

pub use dictionary::{DatabaseColumn, DictionaryRows, FileColumns};
pub use report::{CodeLabel, DayCount, LEAD_DAYS, MonthCell, ReportAccount, ReportNight, ReportRows, RuleCount};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Boolean,
    /// An integer of 32 bits.
    Integer,
    /// An integer of 64 bits.
    BigInteger,
    Date,
    /// A time, to the microsecond.
    Time,
    /// Yuan with two decimals, in so many digits.
    Money {
        digits: u8,
    },
}

/// A column of a statement, and of the file that is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowColumn {
    pub name: String,
    pub kind: Kind,
    /// There is a value in every row.
    pub is_required: bool,
    /// Few different texts, which readers see as categories.
    pub is_code: bool,
    /// Hardly two rows have the same value.
    pub is_distinct: bool,
    /// The description in Chinese and in English; empty if nobody needs it.
    pub descriptions: [String; 2],
}

/// A value on its way into a file. Each format has its own way to write it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Value<T> {
    Empty,
    Text(T),
    Boolean(bool),
    Integer(i64),
    Date(NaiveDate),
    Time(DateTime<Utc>),
    /// A fee in fen, 1/100 yuan.
    Fee(i128),
}

/// Shows what kind of a value it is, and not the value: it may name a person.
impl<T> fmt::Debug for Value<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Value::Empty => "Empty",
            Value::Text(_) => "Text(..)",
            Value::Boolean(_) => "Boolean(..)",
            Value::Integer(_) => "Integer(..)",
            Value::Date(_) => "Date(..)",
            Value::Time(_) => "Time(..)",
            Value::Fee(_) => "Fee(..)",
        })
    }
}

/// A value that has its text at hand.
pub type Cell<'row> = Value<&'row str>;

impl<T> Value<T> {
    /// The same value, its text given otherwise.
    fn with_text<U>(self, give: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Value::Empty => Value::Empty,
            Value::Text(text) => Value::Text(give(text)),
            Value::Boolean(boolean) => Value::Boolean(boolean),
            Value::Integer(integer) => Value::Integer(integer),
            Value::Date(date) => Value::Date(date),
            Value::Time(time) => Value::Time(time),
            Value::Fee(fen) => Value::Fee(fen),
        }
    }
}

impl<'row> Cell<'row> {
    pub fn text(self) -> Option<&'row str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub fn boolean(self) -> Option<bool> {
        if let Value::Boolean(boolean) = self { Some(boolean) } else { None }
    }

    pub fn integer(self) -> Option<i64> {
        if let Value::Integer(integer) = self { Some(integer) } else { None }
    }

    pub fn date(self) -> Option<NaiveDate> {
        if let Value::Date(date) = self { Some(date) } else { None }
    }

    pub fn time(self) -> Option<DateTime<Utc>> {
        if let Value::Time(time) = self { Some(time) } else { None }
    }

    /// The fee in fen, if the cell holds one.
    pub fn fee(self) -> Option<i128> {
        if let Value::Fee(fen) = self { Some(fen) } else { None }
    }
}

/// An amount of yuan in fen, exactly; `None` where there is part of a fen.
pub fn fen(yuan: Decimal) -> Option<i128> {
    let yuan = if yuan.scale() > FEN_DIGITS { yuan.normalize() } else { yuan };
    let missing_digits = FEN_DIGITS.checked_sub(yuan.scale())?;
    yuan.mantissa().checked_mul(10i128.pow(missing_digits))
}

/// Decimals of a fee in yuan.
const FEN_DIGITS: u32 = 2;

/// Some rows, with their texts in one piece: they take one allocation, not one for every text.
#[derive(Default)]
pub struct Rows {
    columns: usize,
    /// Row after row. A text says where it begins and ends in `text`.
    values: Vec<Value<(usize, usize)>>,
    text: String,
}

impl Rows {
    /// No rows yet, of so many columns.
    pub fn of(columns: usize) -> Rows {
        Rows { columns, ..Rows::default() }
    }

    /// Adds the next cell of the last row, or the first one of another.
    pub fn push(&mut self, cell: Cell<'_>) {
        let value = cell.with_text(|text| {
            let start = self.text.len();
            self.text.push_str(text);
            (start, self.text.len())
        });
        self.values.push(value);
    }

    /// The number of complete rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Empty, too, where there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let value = if column < self.columns { self.values.get(row * self.columns + column) } else { None };
        value
            .map_or(Value::Empty, |value| value.with_text(|(start, end)| self.text.get(start..end).unwrap_or_default()))
    }

    /// Bytes of the row's texts.
    pub fn text_bytes(&self, row: usize) -> usize {
        (0..self.columns).filter_map(|column| self.cell(row, column).text()).map(str::len).sum()
    }
}

/// Shows no values: they may be a person's.
impl fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rows").field("rows", &self.len()).finish_non_exhaustive()
    }
}
