//! Lists that other programs have written: workbooks and CSV, row by row, without ever being whole in memory.
//!
//! A file's first bytes say what it is, never its name. Errors name places, not values. Nothing
//! here knows what a column means.

mod text;
mod workbook;

use std::io::{self, Read};
use std::path::Path;

use crate::plain_files::open_plain;
use crate::wording::{Message, Spoken, display_in_english, message};

pub use workbook::{Sheet, SheetCell, Workbook};

/// Largest list: a million rows of a thousand bytes. A larger file is another file.
const LIST_BYTES_MAX: u64 = 1 << 30;

/// How a workbook begins: it is a zip file.
const ZIP: &[u8] = b"PK\x03\x04";

/// How a workbook of Excel 97 to 2003 (`.xls`) begins.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0";

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SpreadsheetError {
    File(#[source] io::Error),
    NoFile,
    Size,
    OldForm,
    Workbook,
    Sheet(u16),
    Row { line: u32 },
}

impl Spoken for SpreadsheetError {
    fn message(&self) -> Message {
        match self {
            SpreadsheetError::File(_) => message!("TJ-5201"),
            SpreadsheetError::NoFile => message!("TJ-5202"),
            SpreadsheetError::Size => message!("TJ-5203", bytes = LIST_BYTES_MAX),
            SpreadsheetError::OldForm => message!("TJ-5204"),
            SpreadsheetError::Workbook => message!("TJ-5205"),
            SpreadsheetError::Sheet(sheet) => message!("TJ-5206", sheet),
            SpreadsheetError::Row { line } => message!("TJ-5207", line, bytes = text::ROW_BYTES_MAX),
        }
    }
}

display_in_english!(SpreadsheetError);

/// One row, as text. From a workbook, numbers come as typed and days as `yyyy-MM-dd`.
pub struct ListRow<'a> {
    /// Counted from 1; CSV has one.
    pub sheet: u16,
    /// The line as an editor or Excel counts it.
    pub line: u32,
    pub cells: &'a [String],
}

/// Hands every row of a file to `on_row`, until it says that it has had enough.
pub fn for_each_row<E: From<SpreadsheetError>>(
    path: &Path,
    mut on_row: impl FnMut(ListRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let start = read_start(path)?;
    if start.starts_with(ZIP) {
        return for_each_workbook_row(path, &mut on_row);
    }
    let begins_with =
        |mark: &[u8]| start.trim_ascii_start().get(..mark.len()).is_some_and(|s| s.eq_ignore_ascii_case(mark));
    if start.starts_with(COMPOUND_FILE)
        || [&b"<html"[..], b"<!doctype", b"<table", b"<?xml"].into_iter().any(begins_with)
    {
        return Err(SpreadsheetError::OldForm.into());
    }
    text::for_each_row(path, &mut on_row)
}

/// The first bytes of a plain file of a bearable size. A name that leads to a device would be read for ever.
fn read_start(path: &Path) -> Result<Vec<u8>, SpreadsheetError> {
    let metadata = std::fs::metadata(path).map_err(SpreadsheetError::File)?;
    if !metadata.is_file() {
        return Err(SpreadsheetError::NoFile);
    }
    if metadata.len() > LIST_BYTES_MAX {
        return Err(SpreadsheetError::Size);
    }
    let mut start = Vec::new();
    let file = open_plain(path).map_err(SpreadsheetError::File)?;
    file.take(64).read_to_end(&mut start).map_err(SpreadsheetError::File)?;
    Ok(start)
}

fn for_each_workbook_row<E: From<SpreadsheetError>>(
    path: &Path,
    on_row: &mut impl FnMut(ListRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut workbook = Workbook::open(path).ok_or(SpreadsheetError::Workbook)?;
    let (mut row, mut cells) = (Vec::new(), Vec::new());
    for (sheet, name) in (1..).zip(workbook.sheet_names()) {
        let damaged = || SpreadsheetError::Sheet(sheet);
        let mut rows = workbook.sheet(&name).ok_or_else(damaged)?;
        while let Some(number) = rows.next_row(&mut row).ok_or_else(damaged)? {
            // Their memory is used again.
            cells.resize_with(row.len(), String::new);
            for (cell, text) in row.iter().zip(&mut cells) {
                text.clear();
                cell.push_to(text);
            }
            on_row(ListRow { sheet, line: number.saturating_add(1), cells: &cells })?;
        }
    }
    Ok(())
}
