//! A table as an Excel workbook: typed cells, so that nothing is guessed and no text is a formula.
//!
//! Rows go to an unnamed temporary file beside the target, so that memory does not grow with them. Nothing of the clock
//! is in the file: the same rows make the same bytes.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};

use super::atomic::AtomicFile;
use super::sink::Summary;
use super::{ExportError, RowProblem, cells, fee};
use crate::rows::Cell;

/// Rows below the heading of a sheet: Excel has 1,048,576 in all. More go to further sheets.
const SHEET_ROWS_MAX: u32 = 1_048_575;

/// How the names of the sheets with rows begin.
pub(super) const ROWS_SHEET: &str = "明细";

/// Widths of columns, in digits: narrower than a heading with its filter button cannot be read, wider hides the others.
const WIDTH_MIN: u16 = 10;
const WIDTH_MAX: u16 = 40;

/// The number that Excel has for it.
const PAPER_A4: u8 = 9;

/// Digits that a binary float keeps: larger amounts go as text.
const EXACT_DIGITS: u32 = 15;

/// Bytes that go to the file at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Excel counts days from 1900, but believes that year to be a leap year: earlier days are others elsewhere.
const FIRST_DATE: NaiveDate = NaiveDate::from_ymd_opt(1900, 3, 1).expect("a date");
const LAST_DATE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a date");

/// How cells are shown.
struct Formats {
    heading: Format,
    /// Text stays text also after it was edited.
    text: Format,
    integer: Format,
    money: Format,
    date: Format,
    time: Format,
}

/// A workbook being written.
pub(super) struct XlsxSink {
    path: PathBuf,
    file: AtomicFile,
    workbook: Workbook,
    formats: Formats,
    headings: Vec<String>,
    sheet_rows_max: u32,
    /// Below the heading of the current sheet.
    sheet_rows: u32,
    rows: u64,
    widths: Vec<u16>,
}

impl XlsxSink {
    pub(super) fn create(
        file: AtomicFile,
        path: &Path,
        headings: &[&str],
        as_of: DateTime<Utc>,
    ) -> Result<XlsxSink, ExportError> {
        XlsxSink::with_sheets_of(SHEET_ROWS_MAX, file, path, headings, as_of)
    }

    fn with_sheets_of(
        sheet_rows_max: u32,
        file: AtomicFile,
        path: &Path,
        headings: &[&str],
        as_of: DateTime<Utc>,
    ) -> Result<XlsxSink, ExportError> {
        let mut workbook = Workbook::new();
        // Otherwise the machine's clock stands in the file.
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&as_of));
        workbook
            .set_tempdir(path.parent().unwrap_or(Path::new(".")))
            .map_err(|source| ExportError::xlsx(path, source))?;
        let formats = Formats {
            heading: Format::new().set_bold().set_num_format("@"),
            text: Format::new().set_num_format("@"),
            integer: Format::new().set_num_format("0"),
            money: Format::new().set_num_format("#,##0.00"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        };
        let mut sink = XlsxSink {
            path: path.to_owned(),
            file,
            workbook,
            formats,
            headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
            sheet_rows_max,
            sheet_rows: 0,
            rows: 0,
            widths: headings.iter().map(|heading| width(heading)).collect(),
        };
        // The cover comes first, and is written last: it tells totals. In between it is an empty sheet.
        sink.workbook
            .add_worksheet_with_constant_memory()
            .map(drop)
            .and_then(|()| sink.begin_sheet())
            .map_err(|source| ExportError::xlsx(path, source))?;
        Ok(sink)
    }

    pub(super) fn write_row<'row>(&mut self, row: impl Iterator<Item = Cell<'row>>) -> Result<(), ExportError> {
        self.rows += 1;
        self.try_write_row(row).map_err(|source| match source {
            XlsxError::MaxStringLengthExceeded => {
                ExportError::Row { path: self.path.clone(), row: self.rows, problem: RowProblem::Text }
            }
            source => ExportError::xlsx(&self.path, source),
        })
    }

    fn try_write_row<'row>(&mut self, row: impl Iterator<Item = Cell<'row>>) -> Result<(), XlsxError> {
        if self.sheet_rows == self.sheet_rows_max {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.sheet_rows += 1;
        let sheet = last_sheet(&mut self.workbook)?;
        for ((column, cell), widest) in (0..).zip(row).zip(&mut self.widths) {
            write_cell(sheet, self.sheet_rows, column, cell, &self.formats)?;
            if let Cell::Text(text) = cell {
                *widest = width(text).max(*widest);
            }
        }
        Ok(())
    }

    /// Adds the summaries and fills the cover, and puts everything into the file.
    pub(super) fn finish(mut self, cover: &Summary, summaries: &[Summary]) -> Result<AtomicFile, ExportError> {
        let outcome = self.end_sheet().and_then(|()| {
            write_summary(self.workbook.worksheet_from_index(0)?, cover, &self.formats)?;
            for summary in summaries {
                write_summary(self.workbook.add_worksheet_with_constant_memory()?, summary, &self.formats)?;
            }
            let mut writer = BufWriter::with_capacity(BUFFER_BYTES, &mut self.file);
            self.workbook.save_to_writer(&mut writer)?;
            Ok(writer.flush()?)
        });
        match outcome {
            Ok(()) => Ok(self.file),
            Err(source) => Err(ExportError::xlsx(&self.path, source)),
        }
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        // The cover stands before the first.
        let number = self.workbook.worksheets().len();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if number == 1 { ROWS_SHEET.to_owned() } else { format!("{ROWS_SHEET} {number}") })?;
        write_headings(sheet, &self.headings, &self.formats)?;
        self.sheet_rows = 0;
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = last_sheet(&mut self.workbook)?;
        if let Some(last_column) = (0..).zip(&self.headings).map(|(column, _)| column).last() {
            sheet.autofilter(0, 0, self.sheet_rows, last_column)?;
        }
        set_widths(sheet, &self.widths)
    }
}

fn last_sheet(workbook: &mut Workbook) -> Result<&mut Worksheet, XlsxError> {
    let last = workbook.worksheets().len().saturating_sub(1);
    workbook.worksheet_from_index(last)
}

fn write_headings(sheet: &mut Worksheet, headings: &[String], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 0)?;
    // On paper: as wide as the sheet, as many pages as it takes, each with the heading.
    sheet.set_paper_size(PAPER_A4).set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, &formats.heading)?;
    }
    Ok(())
}

fn write_summary(sheet: &mut Worksheet, summary: &Summary, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(summary.name)?;
    write_headings(sheet, &summary.headings, formats)?;
    let mut widths: Vec<u16> = summary.headings.iter().map(|heading| width(heading)).collect();
    for (row, (words, totals)) in (1..).zip(&summary.rows) {
        let words = words.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text) });
        for ((column, cell), widest) in (0..).zip(words.chain(totals.iter().copied())).zip(&mut widths) {
            write_cell(sheet, row, column, cell, formats)?;
            if let Cell::Text(text) = cell {
                *widest = width(text).max(*widest);
            }
        }
    }
    set_widths(sheet, &widths)
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: Cell<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => drop(sheet.write_string_with_format(row, column, text, &formats.text)?),
        Cell::Boolean(boolean) => drop(sheet.write_boolean(row, column, boolean)?),
        Cell::Integer(integer) => match exact(integer.into()) {
            Some(number) => drop(sheet.write_number_with_format(row, column, number, &formats.integer)?),
            None => drop(sheet.write_string_with_format(row, column, integer.to_string(), &formats.text)?),
        },
        Cell::Date(date) if (FIRST_DATE..=LAST_DATE).contains(&date) => {
            sheet.write_datetime_with_format(row, column, date, &formats.date)?;
        }
        Cell::Time(instant) => {
            sheet.write_datetime_with_format(row, column, cells::shanghai_seconds(instant), &formats.time)?;
        }
        Cell::Fee(fen) => match yuan(fen) {
            Some(number) => drop(sheet.write_number_with_format(row, column, number, &formats.money)?),
            None => drop(sheet.write_string_with_format(row, column, fee::yuan(fen), &formats.text)?),
        },
        Cell::Date(date) => {
            let mut text = String::new();
            cells::push_date(&mut text, date);
            sheet.write_string_with_format(row, column, text, &formats.text)?;
        }
    }
    Ok(())
}

/// The amount as a cell's number, exact to the fen; `None` where a float is not.
pub(super) fn yuan(fen: i128) -> Option<f64> {
    // A division of two exact numbers is rounded once, to the float next to the amount.
    exact(fen).map(|fen| fen / 100.0)
}

fn exact(integer: i128) -> Option<f64> {
    (integer.unsigned_abs() < 10u128.pow(EXACT_DIGITS)).then_some(integer as f64)
}

/// About as many digits as the text is wide: a Chinese character is two.
fn width(text: &str) -> u16 {
    let digits: usize = text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum();
    // A filter button, or a margin.
    u16::try_from(digits + 3).unwrap_or(WIDTH_MAX).min(WIDTH_MAX)
}

fn set_widths(sheet: &mut Worksheet, widths: &[u16]) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, (*width).max(WIDTH_MIN))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
