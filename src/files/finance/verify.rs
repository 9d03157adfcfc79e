//! A finance file against its manifest: whether it is the one that was written, whole, and adds up.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::columns::{Column, are_of, columns};
use super::kind::Places;
use super::manifest::{FORMAT_VERSION, HandoffRange, Manifest, Totals, manifest_path};
use super::reading::{FileReader, Row, unreadable};
use super::said::{Finding, Said, ends_before, has_more, row_differs};
use super::totals::{Booking, ControlTotals};
use crate::files::atomic::digest_file;
use crate::files::{ExportError, RowProblem, cells};
use crate::pipeline::{Contract, TableFormat};
use crate::plain_files::open_plain;
use crate::reservation::Handoff;
use crate::rows::{Cell, RowColumn, Rows, fen};
use crate::wording::{Language, Spoken};

/// A manifest lists totals by month and hospital: a few kilobytes. What is larger is none.
const MANIFEST_BYTES_MAX: u64 = 16 << 20;

/// What was found of a file by itself.
#[derive(Debug)]
pub struct FileVerification {
    pub findings: Vec<Finding>,
    /// Where it says enough to look the file up in the warehouse.
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
    findings.push(Finding::of("the file is there", digest.as_ref().map(drop).map_err(Said::clone)));
    let (bytes, sha256) = digest.ok()?;
    let read = read_manifest(&manifest_path(path));
    findings.push(Finding::of("its manifest can be read", read.as_ref().map(drop).map_err(Said::clone)));
    let manifest = read.ok()?;

    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let says = |what: [&str; 2], said: &str, found: &str| match said == found {
        true => Ok(()),
        false => Err(Said::of(
            format!("the manifest says {} {said}, the file has {found}", what[0]),
            format!("清单上的{}为 {said}，文件为 {found}", what[1]),
        )),
    };
    findings.push(Finding::of(
        "the manifest is of this file",
        match manifest.file == name {
            true => Ok(()),
            false => Err(Said::of(
                format!("it is of {}: the manifest was swapped, or the file renamed", manifest.file),
                format!("清单属于 {}：清单被调换，或文件改了名", manifest.file),
            )),
        },
    ));
    findings.push(Finding::of(
        "the file has its length",
        says(["bytes", "字节数"], &manifest.bytes.to_string(), &bytes.to_string()),
    ));
    findings.push(Finding::of("the file has its SHA-256", says(["SHA-256", " SHA-256 "], &manifest.sha256, &sha256)));

    let format = format_of(&manifest);
    if let Err(problem) = &format {
        findings.push(Finding::of("the format is known", Err(problem.clone())));
    }
    let format = format.ok()?;
    verify_cells(path, format, &manifest, findings);
    Some(manifest)
}

pub(super) fn read_manifest(path: &Path) -> Result<Manifest, Said> {
    let mut text = Vec::new();
    open_plain(path).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut text)).map_err(|error| {
        match error.kind() {
            io::ErrorKind::NotFound => Said::of(
                format!(
                    "{} is missing: the export did not come to its end (run `tijian export`), or the file was moved without it; \
                     a closed month has none, and is known by its name, such as our-hospital_finance_month_2026-11.xlsx",
                    path.display()
                ),
                format!(
                    "缺少 {}：导出没有完成（请执行 `tijian export`），或文件被单独移走；月结没有清单，凭文件名识别，\
                     如 our-hospital_finance_month_2026-11.xlsx",
                    path.display()
                ),
            ),
            _ => unreadable(&error),
        }
    })?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|error| {
        let line = error.line();
        Said::of(format!("it is not JSON (line {line})"), format!("不是 JSON（第 {line} 行）"))
    })?;
    match value.get("format_version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => {
            return Err(Said::of(
                format!(
                    "its format version is {version}, and this tijian knows {FORMAT_VERSION}: verify it with the tijian \
                     that wrote it"
                ),
                format!("格式版本为 {version}，本程序只认识 {FORMAT_VERSION}：请用生成它的 tijian 核对"),
            ));
        }
        None => {
            return Err(Said::of(
                "it has no format_version: it is not a manifest of tijian",
                "没有 format_version：不是 tijian 的清单",
            ));
        }
    }
    serde_json::from_value(value).map_err(|_| {
        Said::of(
            "it lacks what a manifest of tijian says, or says it otherwise",
            "缺少 tijian 清单应有的内容，或写法不同",
        )
    })
}

fn format_of(manifest: &Manifest) -> Result<TableFormat, Said> {
    let unknown = || {
        Said::of(
            "this tijian does not know it: verify the file with the tijian that wrote it",
            "本程序不认识：请用生成它的 tijian 核对",
        )
    };
    manifest.form.table_format().ok_or_else(unknown)
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
            return Err(Said::of(
                format!(
                    "the manifest lists {listed} columns, this kind of file has {expected}, and the file's heading has \
                     {found} or other ones"
                ),
                format!("清单列出 {listed} 列，这类文件有 {expected} 列，文件的标题行有 {found} 列或列名不同"),
            ));
        }
        Ok(reader)
    });
    findings.push(Finding::of("the heading is the manifest's", opened.as_ref().map(drop).map_err(Said::clone)));
    let Ok(mut reader) = opened else { return };
    let counted = count(&mut reader, &columns, manifest);
    findings.push(Finding::of("every row can be read", counted.as_ref().map(drop).map_err(Said::clone)));
    if let Ok(totals) = counted {
        findings.extend(manifest.compare_totals(&totals, &FILE_CLAIMS, ["the file comes to", "文件为"]));
    }
}

fn count(reader: &mut FileReader, columns: &[Column], manifest: &Manifest) -> Result<ControlTotals, Said> {
    let kind = manifest.kind;
    // A word is no code.
    let places = Places::among(kind, columns.iter().map(|column| if column.is_word() { "" } else { column.name }));
    let mut totals = ControlTotals::new(kind.nothing());
    while let Some(row) = reader.next_row()? {
        let number = totals.rows() + 1;
        let wrong = |en: &str, zh: &str| Said::of(format!("row {number} {en}"), format!("第 {number} 行{zh}"));
        if row.text(places.account) != manifest.account {
            return Err(wrong("belongs to another account", "属于其他账号"));
        }
        let check_date = NaiveDate::parse_from_str(&row.text(places.check_date), "%Y-%m-%d")
            .map_err(|_| wrong("has no check date", "没有体检日期"))?;
        let amount = row.text(places.amount);
        let amount = match amount.parse().ok().and_then(fen) {
            _ if amount.is_empty() => Cell::Empty,
            Some(fen) => Cell::Fee(fen),
            None => Cell::Text(&amount),
        };
        let money = kind.money(amount, &row.text(places.order_status));
        let money = money.ok_or_else(|| wrong("has an amount that is none", "的金额不是数字"))?;
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

/// What is claimed of rows, of the whole, and of its parts by month, hospital and payment.
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
    pub fn compare_handoff(&self, handoff: &Handoff) -> Result<(), Said> {
        if self.handoff != Some(HandoffRange::of(handoff)) {
            return Err(Said::of(
                "its deliveries, entry numbers or balances are not those of the manifest",
                "它的交付、分录号或余额与清单不一致",
            ));
        }
        self.compare_delivery(handoff.last_delivery_id, handoff.as_of)
    }

    /// Whether the manifest names this delivery and its time.
    pub fn compare_delivery(&self, delivery_id: i64, as_of: DateTime<Utc>) -> Result<(), Said> {
        let mut text = String::new();
        cells::push_utc(&mut text, as_of);
        match (self.delivery_id, self.as_of.as_str()) == (delivery_id, text.as_str()) {
            true => Ok(()),
            false => Err(Said::of(
                format!("it is as of {text}, delivery {delivery_id}; the manifest says otherwise"),
                format!("它截至 {text}（交付 {delivery_id}），与清单不一致"),
            )),
        }
    }

    fn compare_totals(&self, found: &ControlTotals, claims: &TotalClaims, source: [&str; 2]) -> Vec<Finding> {
        let whole = found.whole();
        let rows = match self.totals.rows == whole.rows {
            true => Ok(()),
            false => Err(other_total(&self.totals.rows.to_string(), &whole.rows.to_string(), source)),
        };
        let amounts = match self.totals.amounts == whole.amounts {
            true => Ok(()),
            false => Err(other_total(&self.totals.amounts.text(), &whole.amounts.text(), source)),
        };
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

fn other_total(said: &str, found: &str, source: [&str; 2]) -> Said {
    Said::of(
        format!("the manifest says {said}, {} {found}", source[0]),
        format!("清单为 {said}，{} {found}", source[1]),
    )
}

/// The first part that differs.
fn compare_parts(
    said: &BTreeMap<String, Totals>,
    found: &BTreeMap<String, Totals>,
    source: [&str; 2],
) -> Result<(), Said> {
    let text = |totals: Option<&Totals>| {
        totals.map_or(Said::of("nothing", "没有"), |totals| {
            let (rows, amounts) = (totals.rows, totals.amounts.text());
            Said::of(format!("{rows} rows, {amounts}"), format!("{rows} 行，{amounts}"))
        })
    };
    for key in said.keys().chain(found.keys()) {
        if said.get(key) != found.get(key) {
            let (said, found) = (text(said.get(key)), text(found.get(key)));
            return Err(Said::of(
                format!("for {key:?} the manifest says {}; {} {}", said.en, source[0], found.en),
                format!("{key:?}：清单为 {}，{} {}", said.zh, source[1], found.zh),
            ));
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
    /// The first one.
    difference: Result<(), Said>,
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
                Err(problem) => self.differs(Said::of(
                    format!("a row of the warehouse {}", problem.message().text(Language::English)),
                    format!("数据仓库有一行不合要求：{}", problem.message().text(Language::Chinese)),
                )),
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
                .map(|column| row_differs(number, [column.name, &column.heading], &self.places.name(rows, row))),
        };
        if let Some(difference) = difference {
            self.differs(difference);
        }
    }

    fn differs(&mut self, difference: Said) {
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
        let mut findings =
            self.manifest.compare_totals(&self.totals, &WAREHOUSE_CLAIMS, ["the warehouse comes to", "数据仓库为"]);
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
