//! The file of what a comparison with the platform's list has found: numbers of reservations, states, days and fees, and nothing
//! of a person. In the form that opens well in Excel. There is none where nothing was found.

use std::path::{Path, PathBuf};

use super::atomic::AtomicFile;
use super::csv_sink::CsvSink;
use super::report::folder_and_name;
use super::{ExportError, ExportedFile};
use crate::pipeline::{CsvProfile, TextEncoding};
use crate::reservation::{ComparedValue, Field, ReconcileFinding};
use crate::rows::Cell;

/// In the temporary file's name, where exports have their account; the dot keeps it apart from every account.
const TEMPORARY_OWNER: &str = "reconcile.findings";

const HEADINGS: [&str; 7] = ["account", "serial_number", "finding", "field", "here", "there", "line"];

/// The file, begun with its first row. Dropping it leaves nothing.
pub struct FindingsFile {
    path: PathBuf,
    account: String,
    sink: Option<CsvSink>,
    rows: u64,
}

impl FindingsFile {
    /// The folder must be there, and the file must not: it is never replaced.
    pub fn new(path: &Path, account: &str) -> FindingsFile {
        FindingsFile { path: path.to_owned(), account: account.to_owned(), sink: None, rows: 0 }
    }

    pub fn write(&mut self, finding: &ReconcileFinding) -> Result<(), ExportError> {
        let sink = match &mut self.sink {
            Some(sink) => sink,
            none => {
                let (folder, name) = folder_and_name(&self.path);
                let file = AtomicFile::create(&folder, TEMPORARY_OWNER, name)?;
                let mut sink = CsvSink::create(file, &self.path, CsvProfile::Excel, TextEncoding::Utf8)?;
                sink.write_row(HEADINGS.into_iter().map(Cell::Text))?;
                none.insert(sink)
            }
        };
        let sheet_and_line = finding.place.map(|place| place.to_string());
        let line = match (&sheet_and_line, finding.place) {
            (_, Some(place)) if place.sheet == 1 => Cell::Integer(place.line.into()),
            (Some(text), _) => Cell::Text(text),
            (None, _) => Cell::Empty,
        };
        let row = [
            Cell::Text(&self.account),
            finding.serial_number.as_deref().map_or(Cell::Empty, Cell::Text),
            Cell::Text(finding.kind.name()),
            Cell::Text(finding.field.map_or("", Field::column_name)),
            cell(finding.here.as_ref()),
            cell(finding.there.as_ref()),
            line,
        ];
        sink.write_row(row.into_iter())?;
        self.rows += 1;
        Ok(())
    }

    /// Puts the file under its name; `None` where nothing was written.
    pub fn finish(self) -> Result<Option<ExportedFile>, ExportError> {
        let Some(sink) = self.sink else { return Ok(None) };
        let sealed = sink.finish()?.seal()?;
        let (bytes, sha256) = (sealed.bytes, sealed.sha256.clone());
        sealed.publish_beside()?;
        Ok(Some(ExportedFile { path: self.path, rows: self.rows, bytes, sha256 }))
    }
}

fn cell(value: Option<&ComparedValue>) -> Cell<'_> {
    match value {
        None => Cell::Empty,
        Some(ComparedValue::OrderStatus(code)) => Cell::Text(code),
        Some(ComparedValue::CheckDate(date)) => Cell::Date(*date),
        Some(ComparedValue::Fee(fen)) => Cell::Fee((*fen).into()),
    }
}
