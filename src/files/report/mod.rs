//! The report: one self-contained HTML page with the marts' figures.
//!
//! Style, scripts, charts and figures are all in the page. Its content security policy forbids every request, so it opens from
//! a file, from a share, and in a closed network. It contains counts and sums: no row of [`ReportRows`] has a person, a
//! reservation, or a key of one.
//!
//! **What it may show.** Counts by day are broken down only by hospital and by what became of a reservation, and have no fee.
//! For a day with few people, it does not show what became of them, nor events in a month that concerned few people. Everything
//! else (fees, packages, channels, add-ons, lead times, age and sex) is shown by month, and [`cells`] and [`told`] leave out
//! small groups: these are not in the file at all.
//!
//! **How big it gets.** Counts by day are kept as series: one for each hospital and each status or event, with one number per
//! day from the first to the last. Cells by month have at most [`document::KEYS_MAX`] packages, channels and add-ons. A year of
//! ten hospitals with thirty packages and thirty add-ons, each of them booked everywhere, makes 1.1 MB, 0.7 MB of it the chart
//! library; a test holds it below 1.5 MB.

mod cells;
mod document;
#[cfg(test)]
mod fixture;
mod page;
mod period;
#[cfg(test)]
mod tests;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, NaiveDate};

pub use period::report_period;

use super::atomic::AtomicFile;
use super::{ExportError, ExportedFile};
use crate::rows::ReportRows;
use crate::wording::Language;

/// What a page says about itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportHeader {
    /// With the hospital's offset, so that its day is today.
    pub generated_at: DateTime<FixedOffset>,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// The language in which the page opens; the reader can change it there.
    pub language: Language,
}

/// Writes the page to `path`, replacing any file there. The folder must exist.
pub fn write_report(path: &Path, header: &ReportHeader, rows: &ReportRows) -> Result<ExportedFile, ExportError> {
    write_page(path, &page::html(header, rows), rows.count())
}

/// Writes an HTML page made of so many rows, whole or not at all.
pub(super) fn write_page(path: &Path, html: &str, rows: u64) -> Result<ExportedFile, ExportError> {
    let (folder, name) = folder_and_name(path);
    let mut file = AtomicFile::create(&folder, TEMPORARY_OWNER, name)?;
    file.write_all(html.as_bytes()).map_err(|source| ExportError::file("write", path, source))?;
    let sealed = file.seal()?;
    let (bytes, sha256) = (sealed.bytes, sealed.sha256.clone());
    sealed.publish()?;
    Ok(ExportedFile { path: path.to_owned(), rows, bytes, sha256 })
}

/// In the temporary file's name, where exports have their account. The dot keeps it apart from every account: a run that
/// sweeps its own leftovers leaves this one alone.
const TEMPORARY_OWNER: &str = "report.page";

/// The folder to write into, `.` where the path names none, and the file's name.
pub(super) fn folder_and_name(path: &Path) -> (PathBuf, &str) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    (folder, path.file_name().and_then(|name| name.to_str()).unwrap_or_default())
}
