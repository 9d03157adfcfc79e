//! A workbook, read back sheet by sheet: cells as they stand in it. Names places, not values.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{Data, DataRef, Reader, Xlsx, XlsxError};
use chrono::{NaiveDateTime, Timelike};

use crate::export::column::Cell;
use crate::export::xlsx_sink::{ROWS_SHEET, yuan};
use crate::export::{cells, fee};
use crate::plain_files::open_plain;

/// What stands for a cell that tijian does not write: no amount, no date, no code.
const FOREIGN: &str = "?";

/// More columns than any file of ours has. A cell may claim to stand in column 16,384, and memory be taken up to there.
const COLUMNS_MAX: usize = 64;

type Workbook = Xlsx<BufReader<File>>;

/// The rows of a workbook. One sheet at a time is in memory.
pub(super) struct WorkbookReader {
    workbook: Workbook,
    /// Still to come, the next one last.
    sheets: Vec<String>,
    /// What is left of the sheet.
    rows: std::vec::IntoIter<WorkbookRow>,
    heading: Vec<String>,
}

impl WorkbookReader {
    pub(super) fn open(path: &Path) -> Result<(WorkbookReader, Vec<String>), String> {
        let file = open_plain(path).map_err(|error| format!("it cannot be read: {error}"))?;
        let workbook = guarded(|| Workbook::new(BufReader::new(file))).ok_or("it is not an Excel workbook")?;
        let names = workbook.sheet_names().into_iter();
        let sheets: Vec<String> = names.filter(|name| name.starts_with(ROWS_SHEET)).rev().collect();
        let mut reader = WorkbookReader { workbook, sheets, rows: Vec::new().into_iter(), heading: Vec::new() };
        if !reader.next_sheet()? {
            return Err(format!("it has no sheet {ROWS_SHEET}"));
        }
        let heading = reader.heading.clone();
        Ok((reader, heading))
    }

    /// The next row; `None` at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<WorkbookRow>, String> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let heading = self.heading.clone();
            if !self.next_sheet()? {
                return Ok(None);
            }
            if self.heading != heading {
                return Err("its sheets have different headings".to_owned());
            }
        }
    }

    /// Goes behind the heading of the next sheet; `false` if there is none.
    fn next_sheet(&mut self) -> Result<bool, String> {
        let Some(name) = self.sheets.pop() else { return Ok(false) };
        let rows = guarded(|| read_rows(&mut self.workbook, &name));
        self.rows = rows.ok_or_else(|| format!("its sheet {name} cannot be read"))?.into_iter();
        let heading = self.rows.next().ok_or_else(|| format!("its sheet {name} does not begin with a heading"))?;
        self.heading = (0..heading.cells.len()).map(|column| heading.text(column)).collect();
        Ok(true)
    }
}

/// The rows of a sheet. Cells that do not follow each other as ours do are an error, not room to be filled.
fn read_rows(workbook: &mut Workbook, sheet: &str) -> Result<Vec<WorkbookRow>, XlsxError> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut rows: Vec<WorkbookRow> = Vec::new();
    while let Some(cell) = cells.next_cell()? {
        if *cell.get_value() == DataRef::Empty {
            continue;
        }
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        if row == rows.len() {
            rows.push(WorkbookRow { cells: Vec::new() });
        }
        let is_last = row + 1 == rows.len();
        match rows.last_mut() {
            Some(last) if is_last && (last.cells.len()..COLUMNS_MAX).contains(&column) => {
                last.cells.resize(column, Data::Empty);
                last.cells.push(cell.get_value().clone().into());
            }
            _ => return Err(XlsxError::UnexpectedNode("c")),
        }
    }
    Ok(rows)
}

/// What the library could read. On a damaged file it may panic, for one by an overflow in a cell's position; nothing that
/// was half read is used afterwards.
fn guarded<T>(read: impl FnOnce() -> Result<T, XlsxError>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()?.ok()
}

/// One row of cells.
pub(super) struct WorkbookRow {
    cells: Vec<Data>,
}

impl WorkbookRow {
    fn cell(&self, column: usize) -> &Data {
        self.cells.get(column).unwrap_or(&Data::Empty)
    }

    /// The cell in words: numbers as amounts, dates as `yyyy-MM-dd`.
    pub(super) fn text(&self, column: usize) -> String {
        match self.cell(column) {
            Data::Empty => String::new(),
            Data::String(text) => text.clone(),
            Data::Float(number) => fen(*number).map_or(FOREIGN.to_owned(), fee::yuan),
            data => time(data).map_or(FOREIGN.to_owned(), |time| time.date().to_string()),
        }
    }

    /// Whether the cell is what this value is written as.
    pub(super) fn has(&self, column: usize, cell: Cell<'_>) -> bool {
        let data = self.cell(column);
        match (cell, data) {
            (Cell::Empty, data) => *data == Data::Empty,
            (Cell::Text(text), Data::String(found)) => text == found,
            (Cell::Integer(integer), Data::Float(found)) => *found == integer as f64,
            (Cell::Fee(fen), Data::Float(found)) => yuan(fen) == Some(*found),
            (Cell::Fee(fen), Data::String(found)) => yuan(fen).is_none() && *found == fee::yuan(fen),
            (Cell::Date(date), Data::String(found)) => *found == date.to_string(),
            (Cell::Date(date), data) => time(data) == date.and_hms_opt(0, 0, 0),
            (Cell::Instant(instant), data) => time(data) == Some(cells::shanghai_seconds(instant)),
            _ => false,
        }
    }
}

/// The amount that a number stands for; `None` if it has parts of a fen.
fn fen(number: f64) -> Option<i128> {
    let fen = (number * 100.0).round() as i128;
    (yuan(fen) == Some(number)).then_some(fen)
}

/// Excel keeps a time as a fraction of a day: to the second it is exact, to the nanosecond it is not.
fn time(data: &Data) -> Option<NaiveDateTime> {
    let Data::DateTime(time) = data else { return None };
    let time = time.as_datetime()?.checked_add_signed(chrono::TimeDelta::milliseconds(500))?;
    time.with_nanosecond(0)
}
