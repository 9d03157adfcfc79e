//! The finance handoff: the current state of one account as CSV, and its manifest.
//!
//! The manifest is renamed into place last: a CSV file without one is not complete. Nothing of the clock is in either,
//! so that a repeated export writes the same bytes.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::atomic::{self, AtomicFile};
use super::finance_columns::{Column, columns};
use super::manifest::{FORMAT_VERSION, Manifest, manifest_path};
use super::{ExportError, ExportedFile, RowProblem, cells, fee};
use crate::pipeline::{Contract, CsvProfile};
use crate::reservation::{FinanceRow, ORDER_STATUS_CANCELLED};

/// Excel takes a file for UTF-8 only if it starts with this.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Bytes of CSV that are collected before they go to the file: few system calls, little memory.
const BUFFER_BYTES: usize = 64 * 1024;

/// What the file is about: names it, and stands in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinanceHeader {
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
    profile: CsvProfile,
    header: FinanceHeader,
    columns: Vec<Column>,
    writer: Writer<AtomicFile>,
    /// The cell being filled: one allocation for the whole file.
    cell: String,
    rows: u64,
    total_fen: i128,
    active_fen: i128,
}

impl FinanceFile {
    /// Starts `<account>_finance_<as_of in Asia/Shanghai>_<delivery_id>.csv` with its heading. Creates `dir` as needed.
    pub fn create(
        dir: &Path,
        profile: CsvProfile,
        header: FinanceHeader,
        contract: &Contract,
    ) -> Result<FinanceFile, ExportError> {
        let mut name = format!("{}_finance_", header.account);
        cells::push_compact_shanghai(&mut name, header.as_of);
        name.push_str(&format!("_{}.csv", header.delivery_id));
        let path = dir.join(&name);
        atomic::prepare_folder(dir, &header.account)?;
        let mut file = AtomicFile::create(dir, &header.account, &name)?;

        let quote_style = match profile {
            // Quoted, a cell is safe from the separators that a spreadsheet's locale adds: semicolon, tabulator.
            CsvProfile::Excel => {
                file.write_all(BYTE_ORDER_MARK).map_err(|source| ExportError::file("write", &path, source))?;
                QuoteStyle::Always
            }
            CsvProfile::Machine => QuoteStyle::Necessary,
        };
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(quote_style)
            .buffer_capacity(BUFFER_BYTES)
            .from_writer(file);
        let columns = columns(contract, profile);
        writer
            .write_record(columns.iter().map(|column| &column.heading))
            .map_err(|source| ExportError::csv(&path, source))?;
        Ok(FinanceFile {
            folder: dir.to_owned(),
            name,
            path,
            profile,
            header,
            columns,
            writer,
            cell: String::new(),
            rows: 0,
            total_fen: 0,
            active_fen: 0,
        })
    }

    /// Appends rows, each of the header's account. After an error the file is lost: drop it.
    pub fn write(&mut self, rows: &[FinanceRow]) -> Result<(), ExportError> {
        for row in rows {
            self.count(row).map_err(|problem| ExportError::Row {
                path: self.path.clone(),
                row: self.rows + 1,
                problem,
            })?;
            self.write_row(row).map_err(|source| ExportError::csv(&self.path, source))?;
            self.rows += 1;
        }
        Ok(())
    }

    /// Completes file and manifest and gives them their names, the manifest last.
    pub fn finish(self) -> Result<ExportedFile, ExportError> {
        let file =
            self.writer.into_inner().map_err(|error| ExportError::file("write", &self.path, error.into_error()))?;
        let sealed = file.seal()?;

        let (mut as_of, mut fee_total, mut fee_total_active) = (String::new(), String::new(), String::new());
        cells::push_utc(&mut as_of, self.header.as_of);
        fee::push_yuan(&mut fee_total, self.total_fen);
        fee::push_yuan(&mut fee_total_active, self.active_fen);
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            account: &self.header.account,
            file: &self.name,
            profile: match self.profile {
                CsvProfile::Excel => "excel",
                CsvProfile::Machine => "machine",
            },
            delivery_id: self.header.delivery_id,
            as_of: &as_of,
            rows: self.rows,
            fee_total: &fee_total,
            fee_total_active: &fee_total_active,
            bytes: sealed.bytes,
            sha256: &sealed.sha256,
            columns: self.columns.iter().map(|column| column.heading.as_str()).collect(),
        };
        let manifest_target = manifest_path(&self.path);
        let manifest_name = format!("{}.manifest.json", self.name);
        let mut manifest_file = AtomicFile::create(&self.folder, &self.header.account, &manifest_name)?;
        manifest_file
            .write_all(manifest.to_json().as_bytes())
            .map_err(|source| ExportError::file("write", &manifest_target, source))?;
        let manifest_sealed = manifest_file.seal()?;

        // From here to the end the file has no manifest: an older one must not vouch for the new file.
        if atomic::remove_file(&manifest_target)? {
            atomic::sync_folder(&self.folder)?;
        }
        let exported =
            ExportedFile { path: self.path, rows: self.rows, bytes: sealed.bytes, sha256: sealed.sha256.clone() };
        sealed.publish()?;
        manifest_sealed.publish()?;
        Ok(exported)
    }

    fn count(&mut self, row: &FinanceRow) -> Result<(), RowProblem> {
        if row.account != self.header.account {
            return Err(RowProblem::ForeignAccount);
        }
        if let Some(yuan) = row.examination_fee {
            let fen = fee::fen(yuan).ok_or(RowProblem::Fee)?;
            self.total_fen += fen;
            if row.order_status != ORDER_STATUS_CANCELLED {
                self.active_fen += fen;
            }
        }
        Ok(())
    }

    fn write_row(&mut self, row: &FinanceRow) -> csv::Result<()> {
        for column in &self.columns {
            column.fill(&mut self.cell, row, self.profile);
            self.writer.write_field(&self.cell)?;
        }
        self.writer.write_record(None::<&[u8]>)
    }
}

/// Shows no rows.
impl fmt::Debug for FinanceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FinanceFile")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
