//! A file of a closed month beside what the warehouse says of it: sheet by sheet, cell by cell, as its digest is nowhere. A workbook
//! that another program has saved again is as good as the first, while every cell is. Names places, and no amounts.

use std::ffi::OsStr;
use std::path::Path;

use super::month::{ClosedMonth, FORMATS, HEADINGS, MonthTables, SIGNATURES, month_rows};
use super::reading::{FileReader, Row, unreadable};
use super::said::{Finding, ends_before, has_more};
use super::workbook_reading::open_workbook;
use crate::files::ExportError;
use crate::files::sink::Summary;
use crate::files::xlsx_sink::ROWS_SHEET;
use crate::pipeline::TableFormat;
use crate::plain_files::open_plain;
use crate::rows::{Cell, Rows};
use crate::wording::{Message, message};

/// Columns by which a clerk finds a row (hospital, way of payment, check month), in the rows and in the sums.
const KEYS: [usize; 3] = [2, 5, 6];
const SUM_KEYS: [usize; 2] = [0, 3];
/// The column by which a clerk finds a line of the cover (its item) or a handoff (its number).
const FIRST: [usize; 1] = [0];

const SUMMARY_CLAIMS: [(&str, &[usize]); 2] = [
    ("the warehouse has the same sums by hospital and way of payment", &SUM_KEYS),
    ("the warehouse has the same handoffs", &FIRST),
];

/// The expected cell; `None`: somebody may write anything there.
type Expected<'a> = Option<Cell<'a>>;

/// Compares the file with a month of the warehouse.
pub fn compare_month(path: &Path, month: &ClosedMonth, rows: &[Rows]) -> Result<Vec<Finding>, ExportError> {
    let opened = open_plain(path).map(drop).map_err(|error| unreadable(&error));
    let is_there = opened.is_ok();
    let mut findings = vec![Finding::of("the file is there", opened)];
    if !is_there {
        return Ok(findings);
    }
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let Some(format) = FORMATS.into_iter().find(|format| format.extension().eq_ignore_ascii_case(extension)) else {
        findings.push(Finding::of("the format is known", Err(message!("finance-month-form"))));
        return Ok(findings);
    };
    let tables = MonthTables::of(month, rows, path)?;
    let expected = month_rows(rows).map(|row| row.map(Some).collect());
    let same_rows = compare(FileReader::open(path, format), &HEADINGS, &KEYS, expected);
    findings.push(Finding::of("the warehouse has the same rows, cell by cell", same_rows));
    if format == TableFormat::Xlsx {
        findings.push(Finding::of("the warehouse has the same cover", compare_table(path, &tables.cover, &FIRST)));
        for ((claim, keys), summary) in SUMMARY_CLAIMS.into_iter().zip(&tables.summaries) {
            findings.push(Finding::of(claim, compare_table(path, summary, keys)));
        }
        findings.push(Finding::of("the workbook has no other sheets", find_other_sheets(path, &tables)));
    }
    Ok(findings)
}

fn compare_table(path: &Path, table: &Summary, keys: &[usize]) -> Result<(), Message> {
    let headings: Vec<&str> = table.headings.iter().map(String::as_str).collect();
    let rows = table.rows.iter().map(|(words, totals)| expected_row(words, totals));
    let filled = rows.filter(|row| row.iter().any(|cell| *cell != Some(Cell::Empty)));
    compare(FileReader::open_table(path, table.name), &headings, keys, filled)
}

fn expected_row<'a>(words: &'a [String], totals: &[Cell<'a>]) -> Vec<Expected<'a>> {
    let text = |word: &'a String| if word.is_empty() { Cell::Empty } else { Cell::Text(word) };
    let mut row: Vec<Expected<'a>> = words.iter().map(text).chain(totals.iter().copied()).map(Some).collect();
    if let [Some(Cell::Text(item)), signed] = row.as_mut_slice()
        && SIGNATURES.contains(item)
    {
        *signed = None;
    }
    row
}

/// The first difference.
fn compare<'a>(
    opened: Result<(FileReader, Vec<String>), Message>,
    headings: &[&str],
    keys: &[usize],
    expected: impl Iterator<Item = Vec<Expected<'a>>>,
) -> Result<(), Message> {
    let (mut reader, heading) = opened?;
    if heading != headings {
        return Err(message!("finance-other-heading"));
    }
    let mut number = 0;
    for row in expected {
        number += 1;
        let Some(found) = reader.next_row()? else { return Err(ends_before(number)) };
        if let Some(column) = first_difference(&found, &row) {
            let column =
                headings.get(column).map_or_else(|| format!("#{}", column + 1), |heading| (*heading).to_owned());
            let keys =
                keys.iter().filter_map(|key| Some(format!("{} {}", headings.get(*key)?, key_text(row.get(*key)?)?)));
            let keys = keys.collect::<Vec<_>>();
            let keys = (!keys.is_empty()).then_some(keys);
            return Err(message!("finance-month-row-differs", row = number, column, keys));
        }
    }
    match reader.next_row()? {
        None => Ok(()),
        Some(_) => Err(has_more(number)),
    }
}

fn first_difference(found: &Row<'_>, expected: &[Expected<'_>]) -> Option<usize> {
    let columns = 0..found.len().max(expected.len());
    let is_other = |column: &usize| match expected.get(*column) {
        Some(cell) => cell.is_some_and(|cell| !found.has(*column, cell)),
        None => !found.has(*column, Cell::Empty),
    };
    columns.into_iter().find(is_other)
}

/// `None`: nothing that names a row.
fn key_text(cell: &Expected<'_>) -> Option<String> {
    match cell {
        Some(Cell::Text(text)) => Some((*text).to_owned()),
        Some(Cell::Integer(integer)) => Some(integer.to_string()),
        _ => None,
    }
}

fn find_other_sheets(path: &Path, tables: &MonthTables) -> Result<(), Message> {
    let ours: Vec<&str> = std::iter::once(&tables.cover).chain(&tables.summaries).map(|table| table.name).collect();
    let is_other = |name: &String| !name.starts_with(ROWS_SHEET) && !ours.contains(&name.as_str());
    match open_workbook(path)?.sheet_names().iter().position(is_other) {
        None => Ok(()),
        Some(place) => Err(message!("finance-other-sheet", sheet = place + 1)),
    }
}
