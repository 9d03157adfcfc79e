//! Workbooks (`.xlsx`), cell by cell. A damaged one is `None`, and never a panic.

use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{DataRef, Reader, SheetType, Xlsx, XlsxCellReader, open_workbook};
use chrono::{NaiveDateTime, TimeDelta, Timelike};

/// The limit of columns in Excel. A damaged cell may claim a place far to the right, and memory would be taken up to there.
const COLUMNS_MAX: usize = 16_384;

/// Digits of a number that Excel keeps. From here on, the last ones are lost.
const WHOLE_NUMBER_END: f64 = 1e15;

/// A workbook. The texts of its cells are in memory; its sheets are not.
pub struct Workbook(Xlsx<BufReader<File>>);

impl Workbook {
    pub fn open(path: &Path) -> Option<Workbook> {
        guarded(|| open_workbook::<Xlsx<_>, _>(path)).map(Workbook)
    }

    /// The sheets that hold cells, in their order.
    pub fn sheet_names(&self) -> Vec<String> {
        let sheets = self.0.sheets_metadata().iter();
        sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
    }

    pub fn sheet(&mut self, name: &str) -> Option<Sheet<'_>> {
        let cells = guarded(|| self.0.worksheet_cells_reader(name))?;
        Some(Sheet { cells, ahead: None, is_at_end: false })
    }
}

/// A sheet, being read.
pub struct Sheet<'a> {
    cells: XlsxCellReader<'a, BufReader<File>>,
    /// The first cell of the next row: its row, its column.
    ahead: Option<(u32, usize, SheetCell)>,
    /// Asked once more, the library would call the sheet damaged.
    is_at_end: bool,
}

impl Sheet<'_> {
    /// Reads the next row that has a cell into `row`. Its number, from 0; `Some(None)` at the end; `None` where the sheet is
    /// damaged: also by cells that do not follow each other.
    pub fn next_row(&mut self, row: &mut Vec<SheetCell>) -> Option<Option<u32>> {
        row.clear();
        let Some((number, column, cell)) = self.take_cell()? else { return Some(None) };
        place(row, column, cell)?;
        while let Some((next, column, cell)) = self.take_cell()? {
            if next == number {
                place(row, column, cell)?;
            } else if next > number {
                self.ahead = Some((next, column, cell));
                break;
            } else {
                return None;
            }
        }
        Some(Some(number))
    }

    /// The next cell that holds anything.
    fn take_cell(&mut self) -> Option<Option<(u32, usize, SheetCell)>> {
        if let Some(cell) = self.ahead.take() {
            return Some(Some(cell));
        }
        while !self.is_at_end {
            let cells = &mut self.cells;
            let Some(cell) = guarded(|| cells.next_cell())? else {
                self.is_at_end = true;
                break;
            };
            if *cell.get_value() != DataRef::Empty {
                let (row, column) = cell.get_position();
                return Some(Some((row, column as usize, SheetCell::of(cell.get_value()))));
            }
        }
        Some(None)
    }
}

fn place(row: &mut Vec<SheetCell>, column: usize, cell: SheetCell) -> Option<()> {
    if !(row.len()..COLUMNS_MAX).contains(&column) {
        return None;
    }
    row.resize(column, SheetCell::Empty);
    row.push(cell);
    Some(())
}

/// What the library could read. On a damaged file it may panic, for one by an overflow in a cell's position; nothing that
/// was half read is used afterwards.
fn guarded<T, E>(read: impl FnOnce() -> Result<T, E>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()?.ok()
}

/// A cell's value.
#[derive(Debug, Clone, PartialEq)]
pub enum SheetCell {
    Empty,
    Text(String),
    Number(f64),
    /// A date and time, to the second.
    Time(NaiveDateTime),
    /// An error, a truth value, a time that there is not.
    Other,
}

impl SheetCell {
    fn of(data: &DataRef<'_>) -> SheetCell {
        match data {
            DataRef::Empty => SheetCell::Empty,
            DataRef::String(text) => SheetCell::Text(text.clone()),
            DataRef::SharedString(text) => SheetCell::Text((*text).to_owned()),
            DataRef::DateTimeIso(text) => SheetCell::Text(text.clone()),
            DataRef::Int(number) => SheetCell::Number(*number as f64),
            DataRef::Float(number) => SheetCell::Number(*number),
            // Excel keeps a time as a fraction of a day: to the second it is exact, to the nanosecond it is not.
            DataRef::DateTime(time) => time
                .as_datetime()
                .and_then(|time| time.checked_add_signed(TimeDelta::milliseconds(500)))
                .and_then(|time| time.with_nanosecond(0))
                .map_or(SheetCell::Other, SheetCell::Time),
            _ => SheetCell::Other,
        }
    }

    /// The cell in words. A number as Excel shows it, with 15 digits; a longer one with an exponent, since what it was is
    /// lost.
    pub(super) fn push_to(&self, text: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            SheetCell::Empty => Ok(()),
            SheetCell::Text(own) => write!(text, "{own}"),
            SheetCell::Number(number) if number.abs() < WHOLE_NUMBER_END => {
                let shown: f64 = format!("{number:.14e}").parse().unwrap_or(*number);
                write!(text, "{shown}")
            }
            SheetCell::Number(number) => write!(text, "{}", format!("{number:E}").replace('E', "E+")),
            SheetCell::Time(time) => write!(text, "{}", time.date()),
            SheetCell::Other => write!(text, "\u{FFFD}"),
        };
    }
}
