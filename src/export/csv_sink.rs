//! A table as CSV: profiles for people and for programs.

use std::io::Write;
use std::path::{Path, PathBuf};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::atomic::AtomicFile;
use super::column::Cell;
use super::{ExportError, cells};
use crate::pipeline::CsvProfile;

/// Excel takes a file for UTF-8 only if it starts with this.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Bytes of CSV that are collected before they go to the file: few system calls, little memory.
const BUFFER_BYTES: usize = 64 * 1024;

/// CSV in one of its profiles. Dropping it leaves nothing behind.
pub(super) struct CsvSink {
    path: PathBuf,
    profile: CsvProfile,
    writer: Writer<AtomicFile>,
    /// The cell being filled: one allocation for the whole file.
    text: String,
}

impl CsvSink {
    /// Starts the table with its heading.
    pub(super) fn create(
        mut file: AtomicFile,
        path: &Path,
        profile: CsvProfile,
        headings: &[&str],
    ) -> Result<CsvSink, ExportError> {
        let quote_style = match profile {
            // Quoted, a cell is safe from the separators that a spreadsheet's locale adds: semicolon, tabulator.
            CsvProfile::Excel => {
                file.write_all(BYTE_ORDER_MARK).map_err(|source| ExportError::file("write", path, source))?;
                QuoteStyle::Always
            }
            CsvProfile::Machine => QuoteStyle::Necessary,
        };
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(quote_style)
            .buffer_capacity(BUFFER_BYTES)
            .from_writer(file);
        let mut sink = CsvSink { path: path.to_owned(), profile, writer, text: String::new() };
        sink.write_row(headings.iter().map(|heading| Cell::Text(heading)))?;
        Ok(sink)
    }

    /// Appends a row, of as many cells as the heading has.
    pub(super) fn write_row<'row>(&mut self, row: impl Iterator<Item = Cell<'row>>) -> Result<(), ExportError> {
        for cell in row {
            self.text.clear();
            cells::push_cell(&mut self.text, cell, self.profile);
            self.writer.write_field(&self.text).map_err(|source| ExportError::csv(&self.path, source))?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(|source| ExportError::csv(&self.path, source))
    }

    /// Everything is written: gives the file back, whole.
    pub(super) fn finish(self) -> Result<AtomicFile, ExportError> {
        self.writer.into_inner().map_err(|error| ExportError::file("write", &self.path, error.into_error()))
    }
}
