//! A table as an Excel workbook: typed cells, so that nothing is guessed and no text is a formula.
//!
//! Rows go to an unnamed temporary file beside the target, so that memory does not grow with them. Nothing of the clock
//! is in the file: the same rows make the same bytes.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use rust_xlsxwriter::{DocProperties, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::atomic::AtomicFile;
use super::sink::Summary;
use super::{ExportError, RowProblem, cells, fee};
use crate::rows::Cell;

/// Rows below the heading of a sheet: Excel has 1,048,576 in all. More go to further sheets.
const SHEET_ROWS_MAX: u32 = 1_048_575;

/// How the names of the sheets with rows begin.
pub(super) const ROWS_SHEET: &str = "明细";

/// Widths of columns, in digits: among rows, wider ones hide the others; a table of totals shows all that it says. What a cell
/// needs beside its text; a filter button.
const WIDTH_MAX: usize = 40;
const SUMMARY_WIDTH_MAX: usize = 110;
const MARGIN: usize = 1;
const BUTTON: usize = 3;

/// Of the row of headings above rows, in points: two lines, so that a long heading over short values does not make all of it small on paper.
const HEADING_HEIGHT: f64 = 34.0;

/// As many digits as a page is wide when its type is 7 points, which reads well on paper: A4 has 799 points between its margins, and
/// 11-point digits of LibreOffice without Calibri are 6.6 points wide. (Excel's are 5.3: there, type is larger.) Wider sheets go on
/// as many pages side by side as that takes, each with the first columns, which say what a row is.
const PAGE_WIDTH: usize = 190;
const KEY_COLUMNS: usize = 3;

/// The number that Excel has for it.
const PAPER_A4: u8 = 9;

/// Of the page, in inches: left, right, top, bottom, header, footer. As narrow as office printers can.
const MARGINS: [f64; 6] = [0.3, 0.3, 0.4, 0.6, 0.2, 0.3];

/// On every page: file, sheet, and which page of how many.
const FOOTER: &str = "&L&F  &A&R第 &P 页，共 &N 页";

/// What the last row of a table of totals begins with, if it is the whole.
const WHOLE: &str = "合计";

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

impl Formats {
    /// Every one, changed so.
    fn each(&self, change: impl Fn(Format) -> Format) -> Formats {
        let changed = |format: &Format| change(format.clone());
        Formats {
            heading: changed(&self.heading),
            text: changed(&self.text),
            integer: changed(&self.integer),
            money: changed(&self.money),
            date: changed(&self.date),
            time: changed(&self.time),
        }
    }
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
    widths: Vec<usize>,
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
        // Otherwise the file contains the machine's time.
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&as_of));
        workbook
            .set_tempdir(path.parent().unwrap_or(Path::new(".")))
            .map_err(|source| ExportError::xlsx(path, source))?;
        let formats = Formats {
            heading: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@"),
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
            widths: headings.iter().map(|heading| heading_width(heading)).collect(),
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
            *widest = cell_width(cell).max(*widest);
        }
        Ok(())
    }

    /// Adds the summaries and fills the cover, and puts everything into the file.
    pub(super) fn finish(mut self, cover: &Summary, summaries: &[Summary]) -> Result<AtomicFile, ExportError> {
        let outcome = self.end_sheet().and_then(|()| {
            // Of one column of values, words and numbers: all of them begin where it does.
            let shown = self.formats.each(|format| format.set_align(FormatAlign::Left));
            write_summary(self.workbook.worksheet_from_index(0)?, cover, &shown)?;
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
        // The cover comes first.
        let number = self.workbook.worksheets().len();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if number == 1 { ROWS_SHEET.to_owned() } else { format!("{ROWS_SHEET} {number}") })?;
        write_headings(sheet, &self.headings, &self.formats)?;
        sheet.set_row_height(0, HEADING_HEIGHT)?;
        self.sheet_rows = 0;
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = last_sheet(&mut self.workbook)?;
        if let Some(last_column) = (0..).zip(&self.headings).map(|(column, _)| column).last() {
            sheet.autofilter(0, 0, self.sheet_rows, last_column)?;
        }
        lay_out(sheet, self.widths.iter().map(|width| (*width).min(WIDTH_MAX)).collect())
    }
}

fn last_sheet(workbook: &mut Workbook) -> Result<&mut Worksheet, XlsxError> {
    let last = workbook.worksheets().len().saturating_sub(1);
    workbook.worksheet_from_index(last)
}

fn write_headings(sheet: &mut Worksheet, headings: &[String], formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 0)?;
    // On paper: as many pages as it takes, each with the heading.
    let [left, right, top, bottom, header, footer] = MARGINS;
    sheet.set_paper_size(PAPER_A4).set_landscape().set_repeat_rows(0, 0)?;
    sheet.set_margins(left, right, top, bottom, header, footer).set_footer(FOOTER).set_print_gridlines(true);
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, &formats.heading)?;
    }
    Ok(())
}

fn write_summary(sheet: &mut Worksheet, summary: &Summary, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(summary.name)?;
    write_headings(sheet, &summary.headings, formats)?;
    let mut widths: Vec<usize> = summary.headings.iter().map(|heading| text_width(heading) + BUTTON).collect();
    for (_, cells) in summary_rows(summary) {
        widen(&mut widths, cells);
    }
    if widths.iter().sum::<usize>() > PAGE_WIDTH {
        // Its headings in two lines may leave it on one page.
        widths = summary.headings.iter().map(|heading| heading_width(heading)).collect();
        sheet.set_row_height(0, HEADING_HEIGHT)?;
        for (_, cells) in summary_rows(summary) {
            widen(&mut widths, cells);
        }
    }
    let bold = formats.each(Format::set_bold);
    for (row, (is_whole, cells)) in (1..).zip(summary_rows(summary)) {
        let formats = if is_whole { &bold } else { formats };
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, row, column, cell, formats)?;
        }
    }
    lay_out(sheet, widths.into_iter().map(|width| width.min(SUMMARY_WIDTH_MAX)).collect())
}

/// Its rows, and whether each is the whole.
fn summary_rows(summary: &Summary) -> impl Iterator<Item = (bool, impl Iterator<Item = Cell<'_>>)> {
    summary.rows.iter().map(|(words, totals)| {
        let is_whole = words.first().is_some_and(|word| word == WHOLE);
        let words = words.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::Text(text) });
        (is_whole, words.chain(totals.iter().copied()))
    })
}

/// Makes room for a row.
fn widen<'row>(widths: &mut [usize], row: impl Iterator<Item = Cell<'row>>) {
    for (cell, widest) in row.zip(widths) {
        *widest = cell_width(cell).max(*widest);
    }
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

/// Width of a column that shows this cell. A number wider than its column is shown as `###`.
fn cell_width(cell: Cell<'_>) -> usize {
    let digits = |number: u128| number.checked_ilog10().unwrap_or_default() as usize + 1;
    let wide = match cell {
        Cell::Empty => return 0,
        Cell::Text(text) => text_width(text),
        Cell::Boolean(_) => "FALSE".len(),
        Cell::Integer(integer) => usize::from(integer < 0) + digits(integer.unsigned_abs().into()),
        Cell::Date(_) => "2026-11-09".len(),
        Cell::Time(_) => "2026-11-09 02:00:00".len(),
        Cell::Fee(fen) => {
            let whole = digits(fen.unsigned_abs() / 100);
            usize::from(fen < 0) + whole + (whole - 1) / 3 + ".00".len()
        }
    };
    wide + MARGIN
}

/// Width of a column under this heading, in two lines.
fn heading_width(heading: &str) -> usize {
    text_width(heading).div_ceil(2) + BUTTON
}

/// About as many digits as the text is wide: a Chinese character is two.
fn text_width(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

/// Gives the columns their widths, and the sheet its pages.
fn lay_out(sheet: &mut Worksheet, widths: Vec<usize>) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip(&widths) {
        sheet.set_column_width(column, *width as f64)?;
    }
    let pages = pages_across(&widths);
    sheet.set_print_fit_to_pages(pages, 0);
    if pages > 1 {
        // What belongs to a row comes before further rows.
        sheet.set_repeat_columns(0, KEY_COLUMNS as u16 - 1)?.set_page_order(false);
    }
    Ok(())
}

/// How many pages side by side these columns fill, if none is wider than a page may be. The first columns are repeated on each.
fn pages_across(widths: &[usize]) -> u16 {
    let keys = widths.iter().take(KEY_COLUMNS).sum::<usize>();
    let (mut pages, mut filled) = (1, keys);
    for width in widths.iter().skip(KEY_COLUMNS) {
        if filled + width > PAGE_WIDTH && filled > keys {
            pages += 1;
            filled = keys;
        }
        filled += width;
    }
    pages
}

#[cfg(test)]
mod tests;
