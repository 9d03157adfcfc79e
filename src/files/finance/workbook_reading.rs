//! Reads a workbook back, sheet by sheet and cell by cell. Names places, not values.

#[cfg(test)]
mod tests;

use std::path::Path;

use chrono::NaiveDateTime;

use crate::files::xlsx_sink::{ROWS_SHEET, yuan};
use crate::files::{cells, fee};
use crate::rows::Cell;
use crate::spreadsheet::{SheetCell, Workbook};
use crate::wording::{Message, message};

/// Stands for a cell that tijian does not write: not an amount, a date or a code.
const FOREIGN: &str = "?";

/// More columns than any file of ours has.
const COLUMNS_MAX: usize = 64;

/// The rows of a workbook. One sheet at a time is in memory.
pub(super) struct WorkbookReader {
    workbook: Workbook,
    /// Still to come, the next one last.
    sheets: Vec<String>,
    /// The rest of the sheet.
    rows: std::vec::IntoIter<WorkbookRow>,
    heading: Vec<String>,
}

impl WorkbookReader {
    pub(super) fn open(path: &Path) -> Result<(WorkbookReader, Vec<String>), Message> {
        let workbook = open_workbook(path)?;
        let names = workbook.sheet_names().into_iter();
        let sheets: Vec<String> = names.filter(|name| name.starts_with(ROWS_SHEET)).rev().collect();
        let mut reader = WorkbookReader { workbook, sheets, rows: Vec::new().into_iter(), heading: Vec::new() };
        if !reader.next_sheet()? {
            return Err(message!("finance-no-sheet", sheet = ROWS_SHEET));
        }
        let heading = reader.heading.clone();
        Ok((reader, heading))
    }

    /// Opens one sheet and skips blank rows, which a table for people may have in between.
    pub(super) fn open_table(path: &Path, name: &str) -> Result<(WorkbookReader, Vec<String>), Message> {
        let mut workbook = open_workbook(path)?;
        let rows = filled_rows(&mut workbook, name).ok_or_else(|| unreadable_sheet(name))?;
        let rows = rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>().into_iter();
        let mut reader = WorkbookReader { workbook, sheets: Vec::new(), rows, heading: Vec::new() };
        reader.take_heading(name)?;
        let heading = reader.heading.clone();
        Ok((reader, heading))
    }

    /// The next row; `None` at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<WorkbookRow>, Message> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let heading = self.heading.clone();
            if !self.next_sheet()? {
                return Ok(None);
            }
            if self.heading != heading {
                return Err(message!("finance-sheet-headings"));
            }
        }
    }

    /// Goes behind the heading of the next sheet; `false` if there is none.
    fn next_sheet(&mut self) -> Result<bool, Message> {
        let Some(name) = self.sheets.pop() else { return Ok(false) };
        let rows = read_rows(&mut self.workbook, &name);
        self.rows = rows.ok_or_else(|| unreadable_sheet(&name))?.into_iter();
        self.take_heading(&name)?;
        Ok(true)
    }

    fn take_heading(&mut self, name: &str) -> Result<(), Message> {
        let headless = || message!("finance-sheet-headless", sheet = name);
        let heading = self.rows.next().ok_or_else(headless)?;
        self.heading = (0..heading.cells.len()).map(|column| heading.text(column)).collect();
        Ok(())
    }
}

pub(super) fn open_workbook(path: &Path) -> Result<Workbook, Message> {
    Workbook::open(path).ok_or_else(|| message!("finance-not-a-workbook"))
}

fn unreadable_sheet(name: &str) -> Message {
    message!("finance-sheet-unreadable", sheet = name)
}

/// The rows of a sheet. Rows that do not follow each other as ours do make it unreadable.
fn read_rows(workbook: &mut Workbook, name: &str) -> Option<Vec<WorkbookRow>> {
    let rows = filled_rows(workbook, name)?;
    let in_order = (0..).zip(rows).map(|(place, (number, row))| (place == number).then_some(row));
    in_order.collect()
}

/// The rows of a sheet that hold anything, with their numbers, from 0.
fn filled_rows(workbook: &mut Workbook, name: &str) -> Option<Vec<(u32, WorkbookRow)>> {
    let mut sheet = workbook.sheet(name)?;
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    while let Some(number) = sheet.next_row(&mut cells)? {
        if cells.len() > COLUMNS_MAX {
            return None;
        }
        rows.push((number, WorkbookRow { cells: std::mem::take(&mut cells) }));
    }
    Some(rows)
}

/// One row of cells.
pub(super) struct WorkbookRow {
    cells: Vec<SheetCell>,
}

impl WorkbookRow {
    /// Length up to the last cell with a value.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    fn cell(&self, column: usize) -> &SheetCell {
        self.cells.get(column).unwrap_or(&SheetCell::Empty)
    }

    /// The cell in words: numbers as amounts, dates as `yyyy-MM-dd`.
    pub(super) fn text(&self, column: usize) -> String {
        match self.cell(column) {
            SheetCell::Empty => String::new(),
            SheetCell::Text(text) => text.clone(),
            SheetCell::Number(number) => fen(*number).map_or(FOREIGN.to_owned(), fee::yuan),
            SheetCell::Time(time) => time.date().to_string(),
            SheetCell::Other => FOREIGN.to_owned(),
        }
    }

    /// Whether the cell is what this value is written as.
    pub(super) fn has(&self, column: usize, cell: Cell<'_>) -> bool {
        match (cell, self.cell(column)) {
            (Cell::Empty, found) => *found == SheetCell::Empty,
            (Cell::Text(text), SheetCell::Text(found)) => text == found,
            (Cell::Integer(integer), SheetCell::Number(found)) => *found == integer as f64,
            (Cell::Fee(fen), SheetCell::Number(found)) => yuan(fen) == Some(*found),
            (Cell::Fee(fen), SheetCell::Text(found)) => yuan(fen).is_none() && *found == fee::yuan(fen),
            (Cell::Date(date), SheetCell::Text(found)) => *found == date.to_string(),
            (Cell::Date(date), SheetCell::Time(found)) => *found == NaiveDateTime::from(date),
            (Cell::Time(instant), SheetCell::Time(found)) => *found == cells::shanghai_seconds(instant),
            _ => false,
        }
    }
}

/// A number as an amount; `None` if it has fractions of a fen.
fn fen(number: f64) -> Option<i128> {
    let fen = (number * 100.0).round() as i128;
    (yuan(fen) == Some(number)).then_some(fen)
}
