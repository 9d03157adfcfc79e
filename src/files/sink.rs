//! The formats of a table file: how rows of values become bytes. One variant per format.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::ExportError;
use super::atomic::AtomicFile;
use super::csv_sink::CsvSink;
use super::xlsx_sink::XlsxSink;
use crate::pipeline::TableFormat;
use crate::rows::Cell;

/// A small table of totals, for formats that have room for it beside the rows.
pub(super) struct Summary {
    pub(super) name: &'static str,
    pub(super) headings: Vec<String>,
    /// What is totalled in words, and its totals. The whole comes last.
    pub(super) rows: Vec<(Vec<String>, Vec<Cell<'static>>)>,
}

/// A table being written in its format. Dropping it leaves nothing behind.
pub(super) enum Sink {
    Csv(Box<CsvSink>),
    Xlsx(Box<XlsxSink>),
}

impl Sink {
    /// Starts the table with its heading. `as_of`: the time that the file itself shall be of.
    pub(super) fn create(
        file: AtomicFile,
        path: &Path,
        format: TableFormat,
        headings: &[&str],
        as_of: DateTime<Utc>,
    ) -> Result<Sink, ExportError> {
        match format {
            TableFormat::Csv { profile, encoding } => {
                let mut sink = CsvSink::create(file, path, profile, encoding)?;
                sink.write_row(headings.iter().map(|heading| Cell::Text(heading)))?;
                Ok(Sink::Csv(Box::new(sink)))
            }
            TableFormat::Xlsx => Ok(Sink::Xlsx(Box::new(XlsxSink::create(file, path, headings, as_of)?))),
        }
    }

    /// Appends a row, of as many cells as the heading has.
    pub(super) fn write_row<'row>(&mut self, row: impl Iterator<Item = Cell<'row>>) -> Result<(), ExportError> {
        match self {
            Sink::Csv(sink) => sink.write_row(row),
            Sink::Xlsx(sink) => sink.write_row(row),
        }
    }

    /// Everything is written: gives the file back, whole. CSV has no room for a cover and summaries.
    pub(super) fn finish(self, cover: &Summary, summaries: &[Summary]) -> Result<AtomicFile, ExportError> {
        match self {
            Sink::Csv(sink) => sink.finish(),
            Sink::Xlsx(sink) => sink.finish(cover, summaries),
        }
    }
}
