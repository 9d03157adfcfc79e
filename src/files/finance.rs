//! The finance handoff: a snapshot of one account, or a delta of journal entries, each with its manifest.
//!
//! The manifest is renamed into place last: a file without one is not complete. Nothing of the clock is in either, so
//! that a repeated export writes the same bytes. A delta never takes the place of a file that says something else.

mod columns;
mod cover;
mod kind;
mod manifest;
mod month;
mod month_comparison;
mod prune;
mod reading;
mod said;
mod totals;
mod verify;
mod workbook_reading;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use self::columns::{Column, are_of, columns};
use self::kind::Places;
use self::manifest::{FORMAT_VERSION, Form, HandoffRange};
use self::totals::{ControlTotals, Money, SummaryKeys};
use super::atomic::{self, AtomicFile};
use super::sink::Sink;
use super::{ExportError, ExportedFile, RowProblem, cells};
use crate::pipeline::{Contract, CsvProfile, FinanceFolders, FinanceLayout, FinanceNames, TableFormat};
use crate::reservation::Handoff;
use crate::rows::{RowColumn, Rows, fen};

pub use manifest::{Kind, MANIFEST_ENDING, Manifest, manifest_path};
pub use month::{ClosedMonth, month_by_name, write_month};
pub use month_comparison::compare_month;
pub use prune::{OldSnapshot, old_snapshots, remove_snapshots};
pub use said::Finding;
pub use verify::{FileVerification, FinanceComparison, verify_file};

/// What a file is about; part of its name and its manifest.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The current state of every reservation of an account.
    Snapshot(SnapshotHeader),
    /// The journal entries of a handoff.
    Delta(Handoff),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHeader {
    pub account: String,
    /// The newest delivery whose effects are in the rows.
    pub delivery_id: i64,
    /// That delivery's effective time.
    pub as_of: DateTime<Utc>,
}

/// A finance file being written. Dropping it leaves nothing behind.
pub struct FinanceFile {
    folder: PathBuf,
    name: String,
    path: PathBuf,
    format: TableFormat,
    subject: Subject,
    columns: Vec<Column>,
    places: Places,
    sink: Sink,
    totals: ControlTotals,
    keys: SummaryKeys,
}

impl FinanceFile {
    /// Starts the file with its heading, for rows of these columns: `<account>_finance_<as_of in Asia/Shanghai>_<delivery_id>.csv`
    /// (or `.xlsx`), or `<account>_finance_delta_<handoff number>_<as_of in Asia/Shanghai>.csv`; with Chinese names 财务快照 and
    /// 财务增量. In `dir`, or its folder of the month that `as_of` is in. Creates folders as needed. One that was made before the
    /// layout was changed is made again where it is: nobody shall find it twice.
    pub fn create(
        dir: &Path,
        layout: FinanceLayout,
        format: TableFormat,
        subject: Subject,
        contract: &Contract,
        row_columns: &[RowColumn],
    ) -> Result<FinanceFile, ExportError> {
        let is_there = |layout: &FinanceLayout| {
            let (folder, name) = subject.place(dir, *layout, format);
            manifest_path(&folder.join(name)).exists()
        };
        let layout = std::iter::once(layout).chain(FinanceLayout::ALL).find(is_there).unwrap_or(layout);
        let (folder, name) = subject.place(dir, layout, format);
        let path = folder.join(&name);
        let kind = subject.kind();
        if !are_of(kind, row_columns) {
            return Err(ExportError::Row { path, row: 1, problem: RowProblem::Columns });
        }
        atomic::prepare_folder(&folder, subject.account())?;
        let file = AtomicFile::create(&folder, subject.account(), &name)?;
        let columns = columns(kind, contract, format.profile());
        let headings: Vec<&str> = columns.iter().map(|column| column.heading.as_str()).collect();
        let sink = Sink::create(file, &path, format, &headings, subject.as_of())?;
        let (totals, keys) = (ControlTotals::new(kind.nothing()), SummaryKeys::of(contract));
        let places = Places::in_rows(kind);
        Ok(FinanceFile { folder, name, path, format, subject, columns, places, sink, totals, keys })
    }

    /// Appends rows, each of the file's account. After an error the file is lost: drop it.
    pub fn write(&mut self, rows: &Rows) -> Result<(), ExportError> {
        for row in 0..rows.len() {
            self.count(rows, row).map_err(|problem| ExportError::Row {
                path: self.path.clone(),
                row: self.totals.rows() + 1,
                problem,
            })?;
            self.sink.write_row(self.columns.iter().map(|column| column.cell(rows, row)))?;
        }
        Ok(())
    }

    /// Completes file and manifest and gives them their names, the manifest last.
    pub fn finish(self) -> Result<ExportedFile, ExportError> {
        if !self.subject.is_reconciled(&self.totals) {
            return Err(ExportError::Unreconciled { path: self.path });
        }
        let cover = cover::cover(&self.subject, &self.totals);
        let sealed = self.sink.finish(&cover, &self.totals.summaries(&self.keys))?.seal()?;
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            kind: self.subject.kind(),
            account: self.subject.account().to_owned(),
            file: self.name.clone(),
            form: Form::of(self.format),
            delivery_id: self.subject.delivery_id(),
            as_of: self.subject.as_of_text(),
            handoff: self.subject.handoff_range(),
            totals: self.totals.whole(),
            by_month: self.totals.by_month(),
            by_hospital: self.totals.by_hospital(),
            by_pay_type: self.totals.by_pay_type(),
            bytes: sealed.bytes,
            sha256: sealed.sha256.clone(),
            columns: self.columns.into_iter().map(|column| column.heading).collect(),
        };
        let manifest_target = manifest_path(&self.path);
        let manifest_name = format!("{}{MANIFEST_ENDING}", self.name);
        let mut manifest_file = AtomicFile::create(&self.folder, self.subject.account(), &manifest_name)?;
        manifest_file
            .write_all(manifest.to_json().as_bytes())
            .map_err(|source| ExportError::file("write", &manifest_target, source))?;
        let manifest_sealed = manifest_file.seal()?;

        let exported = ExportedFile {
            path: self.path,
            rows: self.totals.rows(),
            bytes: sealed.bytes,
            sha256: sealed.sha256.clone(),
        };
        match self.subject {
            Subject::Snapshot(_) => {
                // From here to the end the file has no manifest: an older one must not vouch for the new file.
                if atomic::remove_file(&manifest_target)? {
                    atomic::sync_folder(&self.folder)?;
                }
                sealed.publish()?;
                manifest_sealed.publish()?;
            }
            Subject::Delta(_) => {
                // Both places are looked at before either is taken.
                let (file, manifest) = (sealed.find_place()?, manifest_sealed.find_place()?);
                file.publish_new()?;
                manifest.publish_new()?;
            }
        }
        Ok(exported)
    }

    fn count(&mut self, rows: &Rows, row: usize) -> Result<(), RowProblem> {
        if rows.cell(row, self.places.account).text() != Some(self.subject.account()) {
            return Err(RowProblem::ForeignAccount);
        }
        self.totals.add(&self.places.booking(rows, row)?);
        Ok(())
    }
}

impl Subject {
    fn account(&self) -> &str {
        match self {
            Subject::Snapshot(header) => &header.account,
            Subject::Delta(handoff) => &handoff.account,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Subject::Snapshot(_) => Kind::Snapshot,
            Subject::Delta(_) => Kind::Delta,
        }
    }

    /// Folder and name.
    fn place(&self, dir: &Path, layout: FinanceLayout, format: TableFormat) -> (PathBuf, String) {
        let folder = match layout.folders {
            FinanceFolders::Flat => dir.to_owned(),
            FinanceFolders::Monthly => dir.join(cells::shanghai_seconds(self.as_of()).format("%Y-%m").to_string()),
        };
        (folder, format!("{}.{}", self.file_stem(layout.names), format.extension()))
    }

    fn file_stem(&self, names: FinanceNames) -> String {
        let mut name = format!("{}_", self.account());
        match self {
            Subject::Snapshot(header) => {
                name.push_str(snapshot_word(names));
                cells::push_compact_shanghai(&mut name, header.as_of);
                name.push_str(&format!("_{}", header.delivery_id));
            }
            Subject::Delta(handoff) => {
                name.push_str(match names {
                    FinanceNames::Ascii => "finance_delta_",
                    FinanceNames::Chinese => "财务增量_",
                });
                name.push_str(&format!("{:06}_", handoff.handoff_number));
                cells::push_compact_shanghai(&mut name, handoff.as_of);
            }
        }
        name
    }

    fn delivery_id(&self) -> i64 {
        match self {
            Subject::Snapshot(header) => header.delivery_id,
            Subject::Delta(handoff) => handoff.last_delivery_id,
        }
    }

    fn as_of(&self) -> DateTime<Utc> {
        match self {
            Subject::Snapshot(header) => header.as_of,
            Subject::Delta(handoff) => handoff.as_of,
        }
    }

    fn as_of_text(&self) -> String {
        let mut text = String::new();
        cells::push_utc(&mut text, self.as_of());
        text
    }

    fn handoff_range(&self) -> Option<HandoffRange> {
        match self {
            Subject::Snapshot(_) => None,
            Subject::Delta(handoff) => Some(HandoffRange::of(handoff)),
        }
    }

    /// Whether the rows are as many, and come to as much, as was said of them before.
    fn is_reconciled(&self, totals: &ControlTotals) -> bool {
        match self {
            Subject::Snapshot(_) => true,
            Subject::Delta(handoff) => {
                i64::try_from(totals.rows()) == Ok(handoff.entries)
                    && fen(handoff.amount).map(Money::Amount) == Some(totals.money())
            }
        }
    }
}

/// The part of a snapshot's name between account and time.
fn snapshot_word(names: FinanceNames) -> &'static str {
    match names {
        FinanceNames::Ascii => "finance_",
        FinanceNames::Chinese => "财务快照_",
    }
}

/// The headings of a file's columns for clerks, a word before its code; `None`: it is not a finance file.
pub(super) fn headings(dataset: &str, contract: &Contract) -> Option<Vec<String>> {
    let kind = match dataset {
        "finance_snapshot" => Kind::Snapshot,
        "finance_delta" => Kind::Delta,
        "finance_month" => return Some(month::HEADINGS.map(str::to_owned).to_vec()),
        _ => return None,
    };
    let columns = columns(kind, contract, CsvProfile::Excel);
    let of_one = columns.chunk_by(|one, next| one.name == next.name);
    Some(of_one.map(|same| same.iter().map(|column| column.heading.as_str()).collect::<Vec<_>>().join("、")).collect())
}

/// Shows no rows.
impl fmt::Debug for FinanceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FinanceFile")
            .field("path", &self.path)
            .field("rows", &self.totals.rows())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
