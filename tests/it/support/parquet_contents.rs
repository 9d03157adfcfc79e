//! What is in a Parquet file, by another reader than the one of the library that wrote it.

use std::fs::File;
use std::path::Path;

use chrono::{NaiveDate, TimeDelta};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// A file's columns, and its rows as texts.
pub struct Contents {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

pub fn read(path: &Path) -> Contents {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let columns = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        row.get_column_iter().map(|(_, field)| text(field)).collect()
    });
    Contents { columns, rows: rows.collect() }
}

/// A value as PostgreSQL writes it; instants in microseconds since the epoch.
fn text(field: &Field) -> Option<String> {
    match field {
        Field::Null => None,
        Field::Str(text) => Some(text.clone()),
        Field::TimestampMicros(micros) => Some(micros.to_string()),
        Field::Date(days) => Some((NaiveDate::default() + TimeDelta::days(i64::from(*days))).to_string()),
        Field::Bool(_) | Field::Int(_) | Field::Long(_) | Field::Decimal(_) => Some(field.to_string()),
        other => panic!("no file has a column of this type: {other:?}"),
    }
}
