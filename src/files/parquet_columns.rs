//! The columns of a Parquet file, whatever its rows are: name, description, type, and how a value is taken from a row.
//!
//! A dataset says all four in one list, so that schema and values cannot drift apart. Knows nothing of files.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, StringBuilder,
    StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Date32Type, Field as ArrowField, Int32Type, TimeUnit};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{RowProblem, fee};
use crate::pipeline::contract::Label;

/// Metadata keys of every column: what it is, in Chinese and in English.
pub(super) const DESCRIPTION_ZH: &str = "description_zh";
pub(super) const DESCRIPTION_EN: &str = "description_en";

/// How a column's value is taken from a row.
type Read<R, T> = fn(&R) -> T;
type ReadText<R> = for<'row> fn(&'row R) -> Option<&'row str>;

/// A column's type, where its values come from, and those since the last [`Column::finish`].
pub(super) enum Values<R> {
    /// Few different texts: readers see categories.
    Code(ReadText<R>, StringDictionaryBuilder<Int32Type>),
    Text(ReadText<R>, StringBuilder),
    Date(Read<R, Option<NaiveDate>>, Date32Builder),
    Instant(Read<R, Option<DateTime<Utc>>>, TimestampMicrosecondBuilder),
    Boolean(Read<R, Option<bool>>, BooleanBuilder),
    Integer(Read<R, i32>, Int32Builder),
    BigInteger(Read<R, i64>, Int64Builder),
    /// Yuan with two decimals, and how many digits the column holds.
    Money(Read<R, Option<Decimal>>, u8, Decimal128Builder),
}

pub(super) fn code<R>(read: ReadText<R>) -> Values<R> {
    Values::Code(read, StringDictionaryBuilder::new())
}

pub(super) fn text<R>(read: ReadText<R>) -> Values<R> {
    Values::Text(read, StringBuilder::new())
}

pub(super) fn date<R>(read: Read<R, Option<NaiveDate>>) -> Values<R> {
    Values::Date(read, Date32Builder::new())
}

pub(super) fn instant<R>(read: Read<R, Option<DateTime<Utc>>>) -> Values<R> {
    Values::Instant(read, TimestampMicrosecondBuilder::new().with_timezone("UTC"))
}

pub(super) fn boolean<R>(read: Read<R, Option<bool>>) -> Values<R> {
    Values::Boolean(read, BooleanBuilder::new())
}

pub(super) fn integer<R>(read: Read<R, i32>) -> Values<R> {
    Values::Integer(read, Int32Builder::new())
}

pub(super) fn big_integer<R>(read: Read<R, i64>) -> Values<R> {
    Values::BigInteger(read, Int64Builder::new())
}

/// `precision`: 38 digits at most, Parquet's limit and Arrow's.
pub(super) fn money<R>(precision: u8, read: Read<R, Option<Decimal>>) -> Values<R> {
    // A precision that does not fit is refused when the batch is built, not here.
    let builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(precision, fee::SCALE));
    Values::Money(read, precision, builder)
}

/// One column of a file.
pub(super) struct Column<R> {
    pub(super) field: ArrowField,
    values: Values<R>,
    /// What a row must have, and what is wrong with one that has not.
    condition: Option<(Read<R, bool>, RowProblem)>,
    pub(super) is_distinct: bool,
}

impl<R> Column<R> {
    pub(super) fn new(name: &str, description: &Label, values: Values<R>) -> Column<R> {
        let data_type = match &values {
            Values::Code(..) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Values::Text(..) => DataType::Utf8,
            Values::Date(..) => DataType::Date32,
            Values::Instant(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Values::Boolean(..) => DataType::Boolean,
            Values::Integer(..) => DataType::Int32,
            Values::BigInteger(..) => DataType::Int64,
            Values::Money(_, precision, _) => DataType::Decimal128(*precision, fee::SCALE),
        };
        let metadata = [(DESCRIPTION_ZH, description.zh.as_str()), (DESCRIPTION_EN, description.en.as_str())];
        let field = ArrowField::new(name, data_type, true).with_metadata(metadata);
        Column { field, values, condition: None, is_distinct: false }
    }

    /// A column of our own. Those of the platform are described by the contract.
    pub(super) fn own(name: &str, zh: &str, en: &str, values: Values<R>) -> Column<R> {
        Column::new(name, &Label { zh: zh.to_owned(), en: en.to_owned() }, values)
    }

    /// The column has a value in every row.
    pub(super) fn required(mut self) -> Column<R> {
        self.field.set_nullable(false);
        self
    }

    /// Hardly two rows have the same value: a dictionary in the file would only cost time and memory.
    pub(super) fn distinct(mut self) -> Column<R> {
        self.is_distinct = true;
        self
    }

    /// Rows without this must not come into a file with this column.
    pub(super) fn only_if(mut self, is_met: Read<R, bool>, problem: RowProblem) -> Column<R> {
        self.condition = Some((is_met, problem));
        self
    }

    /// Whether the column can take the row's value.
    pub(super) fn check(&self, row: &R) -> Result<(), RowProblem> {
        if let Some((is_met, problem)) = self.condition
            && !is_met(row)
        {
            return Err(problem);
        }
        match &self.values {
            Values::Money(read, precision, _)
                if read(row).is_some_and(|yuan| fee::fen_within(yuan, *precision).is_none()) =>
            {
                Err(RowProblem::Fee)
            }
            _ => Ok(()),
        }
    }

    /// Bytes of the row's text in this column: what the caller limits per batch.
    pub(super) fn text_bytes(&self, row: &R) -> usize {
        match &self.values {
            Values::Code(read, _) | Values::Text(read, _) => read(row).map_or(0, str::len),
            _ => 0,
        }
    }

    /// Appends the rows' values. The rows were checked.
    pub(super) fn append(&mut self, rows: &[R]) {
        match &mut self.values {
            // A code is often that of the row before: one look-up is enough for all of them.
            Values::Code(read, builder) => rows
                .chunk_by(|row, next| read(row) == read(next))
                .for_each(|same| builder.append_options(same.first().and_then(|row| read(row)), same.len())),
            Values::Text(read, builder) => rows.iter().for_each(|row| builder.append_option(read(row))),
            Values::Date(read, builder) => {
                rows.iter().for_each(|row| builder.append_option(read(row).map(Date32Type::from_naive_date)));
            }
            Values::Instant(read, builder) => {
                rows.iter().for_each(|row| builder.append_option(read(row).map(|instant| instant.timestamp_micros())));
            }
            Values::Boolean(read, builder) => rows.iter().for_each(|row| builder.append_option(read(row))),
            Values::Integer(read, builder) => rows.iter().for_each(|row| builder.append_value(read(row))),
            Values::BigInteger(read, builder) => rows.iter().for_each(|row| builder.append_value(read(row))),
            Values::Money(read, precision, builder) => {
                let fen = |row| read(row).and_then(|yuan| fee::fen_within(yuan, *precision));
                rows.iter().for_each(|row| builder.append_option(fen(row)));
            }
        }
    }

    /// Takes the values out.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Code(_, builder) => Arc::new(builder.finish()),
            Values::Text(_, builder) => Arc::new(builder.finish()),
            Values::Date(_, builder) => Arc::new(builder.finish()),
            Values::Instant(_, builder) => Arc::new(builder.finish()),
            Values::Boolean(_, builder) => Arc::new(builder.finish()),
            Values::Integer(_, builder) => Arc::new(builder.finish()),
            Values::BigInteger(_, builder) => Arc::new(builder.finish()),
            Values::Money(_, _, builder) => Arc::new(builder.finish()),
        }
    }
}
