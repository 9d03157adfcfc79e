//! A finance file against its manifest: whether it is the one that was written, whole, and adds up.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::columns::{Column, are_of, columns};
use super::kind::Places;
use super::manifest::{FORMAT_VERSION, HandoffRange, Manifest, Totals, manifest_path};
use super::reading::{FileReader, Row, unreadable};
use super::said::{Finding, ends_before, has_more};
use super::totals::{Booking, ControlTotals};
use crate::files::atomic::digest_file;
use crate::files::{ExportError, RowProblem, cells};
use crate::pipeline::{Contract, TableFormat};
use crate::plain_files::open_plain;
use crate::reservation::Handoff;
use crate::rows::{Cell, RowColumn, Rows, fen};
use crate::wording::{Message, message};

/// A manifest lists totals by month and hospital: a few kilobytes. What is larger is none.
const MANIFEST_BYTES_MAX: u64 = 16 << 20;

/// What was found in a file without the warehouse.
#[derive(Debug)]
pub struct FileVerification {
    pub findings: Vec<Finding>,
    /// `Some` if it says enough to look the file up in the warehouse.
    pub manifest: Option<Manifest>,
}

/// Checks a file against its manifest. Later checks are left out where an earlier one makes them senseless.
pub fn verify_file(path: &Path) -> FileVerification {
    let mut findings = Vec::new();
    let manifest = verify_whole(path, &mut findings);
    FileVerification { findings, manifest }
}

fn verify_whole(path: &Path, findings: &mut Vec<Finding>) -> Option<Manifest> {
    let digest = digest_file(path).map_err(|error| unreadable(&error));
    findings.push(Finding::of("the file is there", digest.as_ref().map(drop).map_err(Message::clone)));
    let (bytes, sha256) = digest.ok()?;
    let read = read_manifest(&manifest_path(path));
    findings.push(Finding::of("its manifest can be read", read.as_ref().map(drop).map_err(Message::clone)));
    let manifest = read.ok()?;

    let name = path.file_name().unwrap_or_default().to_string_lossy();
    findings.push(Finding::of(
        "the manifest is of this file",
        require(manifest.file == name, || message!("finance-other-file", file = &manifest.file)),
    ));
    findings.push(Finding::of(
        "the file has its length",
        require(manifest.bytes == bytes, || message!("finance-other-length", said = manifest.bytes, found = bytes)),
    ));
    findings.push(Finding::of(
        "the file has its SHA-256",
        require(manifest.sha256 == sha256, || {
            message!("finance-other-digest", said = &manifest.sha256, found = &sha256)
        }),
    ));

    let format = format_of(&manifest);
    if let Err(problem) = &format {
        findings.push(Finding::of("the format is known", Err(problem.clone())));
    }
    let format = format.ok()?;
    verify_cells(path, format, &manifest, findings);
    Some(manifest)
}

fn require(is_right: bool, problem: impl FnOnce() -> Message) -> Result<(), Message> {
    if is_right { Ok(()) } else { Err(problem()) }
}

pub(super) fn read_manifest(path: &Path) -> Result<Manifest, Message> {
    let mut text = Vec::new();
    open_plain(path).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut text)).map_err(
        |error| match error.kind() {
            io::ErrorKind::NotFound => message!("finance-manifest-missing", path),
            _ => unreadable(&error),
        },
    )?;
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| message!("finance-manifest-not-json", line = error.line()))?;
    match value.get("format_version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => return Err(message!("finance-manifest-version", version, known = FORMAT_VERSION)),
        None => return Err(message!("finance-manifest-foreign")),
    }
    serde_json::from_value(value).map_err(|_| message!("finance-manifest-incomplete"))
}

fn format_of(manifest: &Manifest) -> Result<TableFormat, Message> {
    manifest.form.table_format().ok_or_else(|| message!("finance-format-unknown"))
}

/// Headings and Chinese names are left to the manifest: contracts change, and a file stays as it was.
fn columns_of(manifest: &Manifest, format: TableFormat) -> Vec<Column> {
    columns(manifest.kind, &Contract::shipped(), format.profile())
}

fn verify_cells(path: &Path, format: TableFormat, manifest: &Manifest, findings: &mut Vec<Finding>) {
    let columns = columns_of(manifest, format);
    let opened = FileReader::open(path, format).and_then(|(reader, heading)| {
        if heading.len() != columns.len() || heading != manifest.columns {
            let (listed, expected, found) = (manifest.columns.len(), columns.len(), heading.len());
            return Err(message!("finance-heading-differs", listed, expected, found));
        }
        Ok(reader)
    });
    findings.push(Finding::of("the heading is the manifest's", opened.as_ref().map(drop).map_err(Message::clone)));
    let Ok(mut reader) = opened else { return };
    let counted = count(&mut reader, &columns, manifest);
    findings.push(Finding::of("every row can be read", counted.as_ref().map(drop).map_err(Message::clone)));
    if let Ok(totals) = counted {
        findings.extend(manifest.compare_totals(&totals, &FILE_CLAIMS, "file"));
    }
}

fn count(reader: &mut FileReader, columns: &[Column], manifest: &Manifest) -> Result<ControlTotals, Message> {
    let kind = manifest.kind;
    // A word is no code.
    let places = Places::among(kind, columns.iter().map(|column| if column.is_word() { "" } else { column.name }));
    let mut totals = ControlTotals::new(kind.nothing());
    while let Some(row) = reader.next_row()? {
        let number = totals.rows() + 1;
        if row.text(places.account) != manifest.account {
            return Err(message!("finance-row-foreign", row = number));
        }
        let check_date = NaiveDate::parse_from_str(&row.text(places.check_date), "%Y-%m-%d")
            .map_err(|_| message!("finance-row-undated", row = number))?;
        let amount = row.text(places.amount);
        let amount = match amount.parse().ok().and_then(fen) {
            _ if amount.is_empty() => Cell::Empty,
            Some(fen) => Cell::Fee(fen),
            None => Cell::Text(&amount),
        };
        let money = kind.money(amount, &row.text(places.order_status));
        let money = money.ok_or_else(|| message!("finance-row-amount", row = number))?;
        let (hospital_code, pay_type) = (row.text(places.hospital_code), row.text(places.pay_type));
        totals.add(&Booking {
            check_date,
            hospital_code: &hospital_code,
            hospital_name: "",
            pay_type: &pay_type,
            money,
        });
    }
    Ok(totals)
}

/// The claims about totals: rows, the whole, and the parts by month, hospital and payment.
type TotalClaims = [&'static str; 5];

const FILE_CLAIMS: TotalClaims = [
    "the file has its rows",
    "the file comes to its totals",
    "the file comes to its totals by month",
    "the file comes to its totals by hospital",
    "the file comes to its totals by way of payment",
];

const WAREHOUSE_CLAIMS: TotalClaims = [
    "the warehouse has as many rows",
    "the warehouse comes to the same totals",
    "the warehouse comes to the same totals by month",
    "the warehouse comes to the same totals by hospital",
    "the warehouse comes to the same totals by way of payment",
];

impl Manifest {
    /// Whether the ledger has this handoff as the manifest says.
    pub fn compare_handoff(&self, handoff: &Handoff) -> Result<(), Message> {
        if self.handoff != Some(HandoffRange::of(handoff)) {
            return Err(message!("finance-other-handoff"));
        }
        self.compare_delivery(handoff.last_delivery_id, handoff.as_of)
    }

    /// Whether the manifest names this delivery and its time.
    pub fn compare_delivery(&self, delivery_id: i64, as_of: DateTime<Utc>) -> Result<(), Message> {
        let mut text = String::new();
        cells::push_utc(&mut text, as_of);
        require((self.delivery_id, self.as_of.as_str()) == (delivery_id, text.as_str()), || {
            message!("finance-other-delivery", as_of = &text, delivery = delivery_id.to_string())
        })
    }

    fn compare_totals(&self, found: &ControlTotals, claims: &TotalClaims, source: &str) -> Vec<Finding> {
        let whole = found.whole();
        let (said, counted) = (&self.totals, &whole);
        let rows = require(said.rows == counted.rows, || {
            other_total(&said.rows.to_string(), &counted.rows.to_string(), source)
        });
        let amounts = require(said.amounts == counted.amounts, || {
            other_total(&said.amounts.text(), &counted.amounts.text(), source)
        });
        let [by_rows, by_all, by_month, by_hospital, by_pay_type] = *claims;
        vec![
            Finding::of(by_rows, rows),
            Finding::of(by_all, amounts),
            Finding::of(by_month, compare_parts(&self.by_month, &found.by_month(), source)),
            Finding::of(by_hospital, compare_parts(&self.by_hospital, &found.by_hospital(), source)),
            Finding::of(by_pay_type, compare_parts(&self.by_pay_type, &found.by_pay_type(), source)),
        ]
    }
}

fn other_total(said: &str, found: &str, source: &str) -> Message {
    message!("finance-other-total", source, said, found)
}

/// The first part that differs.
fn compare_parts(
    said: &BTreeMap<String, Totals>,
    found: &BTreeMap<String, Totals>,
    source: &str,
) -> Result<(), Message> {
    let sum = |totals: Option<&Totals>| match totals {
        None => message!("finance-nothing"),
        Some(totals) => message!("finance-sum", rows = totals.rows.to_string(), amounts = totals.amounts.text()),
    };
    for key in said.keys().chain(found.keys()) {
        if said.get(key) != found.get(key) {
            let (said, found) = (sum(said.get(key)), sum(found.get(key)));
            return Err(message!("finance-other-part", source, part = format!("{key:?}"), said, found));
        }
    }
    Ok(())
}

/// A file beside the rows that the warehouse gives for it.
pub struct FinanceComparison {
    manifest: Manifest,
    columns: Vec<Column>,
    places: Places,
    reader: Option<FileReader>,
    totals: ControlTotals,
    /// The first difference that was found.
    difference: Result<(), Message>,
}

impl FinanceComparison {
    /// Opens the file again, to be compared with rows of these columns. What is wrong with it becomes a finding.
    pub fn open(path: &Path, manifest: Manifest, row_columns: &[RowColumn]) -> Result<FinanceComparison, ExportError> {
        if !are_of(manifest.kind, row_columns) {
            return Err(ExportError::Row { path: path.to_owned(), row: 1, problem: RowProblem::Columns });
        }
        let opened = format_of(&manifest).and_then(|format| Ok((format, FileReader::open(path, format)?.0)));
        let (columns, reader, difference) = match opened {
            Ok((format, reader)) => (columns_of(&manifest, format), Some(reader), Ok(())),
            Err(problem) => (Vec::new(), None, Err(problem)),
        };
        let totals = ControlTotals::new(manifest.kind.nothing());
        let places = Places::in_rows(manifest.kind);
        Ok(FinanceComparison { manifest, columns, places, reader, totals, difference })
    }

    /// Takes the next rows of the warehouse, in the order of the file.
    pub fn compare(&mut self, rows: &Rows) -> Result<(), ExportError> {
        for row in 0..rows.len() {
            match self.places.booking(rows, row) {
                Ok(booking) => self.totals.add(&booking),
                Err(problem) => self.differs(message!("finance-warehouse-row", problem = &problem)),
            }
            self.compare_row(rows, row);
        }
        Ok(())
    }

    fn compare_row(&mut self, rows: &Rows, row: usize) {
        let number = self.totals.rows();
        let Some(reader) = self.reader.as_mut().filter(|_| self.difference.is_ok()) else { return };
        let difference = match reader.next_row() {
            Err(problem) => Some(problem),
            Ok(None) => Some(ends_before(number)),
            Ok(Some(found)) => first_difference(&self.columns, &found, rows, row)
                .map(|column| self.places.row_differs(number, column, rows, row)),
        };
        if let Some(difference) = difference {
            self.differs(difference);
        }
    }

    fn differs(&mut self, difference: Message) {
        if self.difference.is_ok() {
            self.difference = Err(difference);
        }
    }

    /// The warehouse has no more rows.
    pub fn finish(mut self) -> Result<Vec<Finding>, ExportError> {
        if let Some(reader) = self.reader.as_mut().filter(|_| self.difference.is_ok()) {
            let rows = self.totals.rows();
            self.difference = match reader.next_row() {
                Ok(None) => Ok(()),
                Ok(Some(_)) => Err(has_more(rows)),
                Err(problem) => Err(problem),
            };
        }
        let mut findings = self.manifest.compare_totals(&self.totals, &WAREHOUSE_CLAIMS, "warehouse");
        findings.push(Finding::of("the warehouse has the same rows, cell by cell", self.difference));
        Ok(findings)
    }
}

/// The first column in which a row of the file is not the warehouse's.
fn first_difference<'columns>(
    columns: &'columns [Column],
    found: &Row<'_>,
    rows: &Rows,
    row: usize,
) -> Option<&'columns Column> {
    let coded = columns.iter().enumerate().filter(|(_, column)| !column.is_word());
    coded.into_iter().find(|(at, column)| !found.has(*at, column.cell(rows, row))).map(|(_, column)| column)
}
