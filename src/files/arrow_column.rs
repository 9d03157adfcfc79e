//! A column of a Parquet file: its Arrow type, by what the rows say of it, and its values on their way into one. Knows nothing
//! of files.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, StringBuilder,
    StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Date32Type, Field as ArrowField, Int32Type, TimeUnit};

use super::{RowProblem, fee};
use crate::rows::{Cell, Kind, RowColumn, Rows};

/// Metadata keys of every column: what it is, in Chinese and in English.
pub(super) const DESCRIPTION_ZH: &str = "description_zh";
pub(super) const DESCRIPTION_EN: &str = "description_en";

/// Values since the last [`ArrowColumn::finish`].
enum Values {
    Code(StringDictionaryBuilder<Int32Type>),
    Text(StringBuilder),
    Boolean(BooleanBuilder),
    Integer(Int32Builder),
    BigInteger(Int64Builder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Money(u8, Decimal128Builder),
}

/// One column of a file.
pub(super) struct ArrowColumn {
    pub(super) field: ArrowField,
    pub(super) is_distinct: bool,
    /// Which one of the rows' columns it is.
    place: usize,
    values: Values,
}

impl ArrowColumn {
    pub(super) fn new(place: usize, column: &RowColumn) -> ArrowColumn {
        let (data_type, values) = match column.kind {
            Kind::Text if column.is_code => (
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
                Values::Code(StringDictionaryBuilder::new()),
            ),
            Kind::Text => (DataType::Utf8, Values::Text(StringBuilder::new())),
            Kind::Boolean => (DataType::Boolean, Values::Boolean(BooleanBuilder::new())),
            Kind::Integer => (DataType::Int32, Values::Integer(Int32Builder::new())),
            Kind::BigInteger => (DataType::Int64, Values::BigInteger(Int64Builder::new())),
            Kind::Date => (DataType::Date32, Values::Date(Date32Builder::new())),
            Kind::Time => (
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                Values::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            ),
            Kind::Money { digits } => {
                let data_type = DataType::Decimal128(digits, fee::SCALE);
                // A precision that does not fit is refused when the batch is built, not here.
                (data_type.clone(), Values::Money(digits, Decimal128Builder::new().with_data_type(data_type)))
            }
        };
        let [zh, en] = column.descriptions.clone();
        let descriptions = [(DESCRIPTION_ZH, zh), (DESCRIPTION_EN, en)];
        let field = ArrowField::new(&column.name, data_type, !column.is_required).with_metadata(descriptions);
        ArrowColumn { field, is_distinct: column.is_distinct, place, values }
    }

    fn cell<'row>(&self, rows: &'row Rows, row: usize) -> Cell<'row> {
        rows.cell(row, self.place)
    }

    /// Whether the column can take the row's value.
    pub(super) fn check(&self, rows: &Rows, row: usize) -> Result<(), RowProblem> {
        match self.values {
            Values::Money(digits, _) if self.cell(rows, row).fee().is_some_and(|fen| !fee::has_room(fen, digits)) => {
                Err(RowProblem::Fee)
            }
            _ => Ok(()),
        }
    }

    /// Appends the rows' values. The rows were checked.
    pub(super) fn append(&mut self, rows: &Rows, range: Range<usize>) {
        let place = self.place;
        let cells = range.clone().map(|row| rows.cell(row, place));
        match &mut self.values {
            Values::Code(builder) => append_runs(builder, cells.map(Cell::text)),
            Values::Text(builder) => cells.for_each(|cell| builder.append_option(cell.text())),
            Values::Boolean(builder) => cells.for_each(|cell| builder.append_option(cell.boolean())),
            Values::Integer(builder) => {
                let integer = |cell: Cell<'_>| cell.integer().and_then(|integer| i32::try_from(integer).ok());
                cells.for_each(|cell| builder.append_option(integer(cell)));
            }
            Values::BigInteger(builder) => cells.for_each(|cell| builder.append_option(cell.integer())),
            Values::Date(builder) => {
                cells.for_each(|cell| builder.append_option(cell.date().map(Date32Type::from_naive_date)));
            }
            Values::Time(builder) => {
                cells.for_each(|cell| builder.append_option(cell.time().map(|time| time.timestamp_micros())));
            }
            Values::Money(_, builder) => cells.for_each(|cell| builder.append_option(cell.fee())),
        }
    }

    /// Takes the values as an Arrow array, and leaves the column empty.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Code(builder) => Arc::new(builder.finish()),
            Values::Text(builder) => Arc::new(builder.finish()),
            Values::Boolean(builder) => Arc::new(builder.finish()),
            Values::Integer(builder) => Arc::new(builder.finish()),
            Values::BigInteger(builder) => Arc::new(builder.finish()),
            Values::Date(builder) => Arc::new(builder.finish()),
            Values::Time(builder) => Arc::new(builder.finish()),
            Values::Money(_, builder) => Arc::new(builder.finish()),
        }
    }
}

/// A code is often that of the row before: one look-up is enough for all of them.
fn append_runs<'row>(builder: &mut StringDictionaryBuilder<Int32Type>, codes: impl Iterator<Item = Option<&'row str>>) {
    let mut codes = codes.peekable();
    while let Some(code) = codes.next() {
        let mut length = 1;
        while codes.next_if_eq(&code).is_some() {
            length += 1;
        }
        builder.append_options(code, length);
    }
}
