//! Files for others: the history as Parquet, the volumes likewise, the current state and its changes as CSV
//! or workbook with a manifest.
//!
//! Rows come in from outside, in batches, in the order of the file. A file is complete or does not exist. This module must
//! never run SQL, read the clock, or decide which rows belong in a file.
//!
//! Everything here blocks: call it outside the async runtime. One run at a time per account (the account's lock) is a
//! precondition, because each run removes the temporary files that a killed run has left.

mod arrow_column;
mod atomic;
mod belonging;
#[doc(hidden)] // for tests/fuzz: what is guarded, and what is read behind a guard
pub mod cells;
mod csv_sink;
mod data_package;
mod dictionary;
mod error;
mod fee;
mod figures_file;
mod finance;
mod findings_file;
mod monthly_parquet;
mod parquet_rows;
mod report;
mod resource;
#[cfg(test)]
mod samples;
mod sink;
mod xlsx_sink;

use std::path::PathBuf;

pub use belonging::{mark_exports, mark_exports_again, warehouse_of_exports};
pub use data_package::{DataPackage, NewMonth, PackageHeader, PublishedPackage};
pub use dictionary::write_dictionary;
pub use error::{ExportError, RowProblem};
pub use figures_file::{update_figures, write_figures};
pub use finance::{
    ClosedMonth, FileVerification, FinanceComparison, FinanceFile, Finding, Kind, MANIFEST_ENDING, Manifest,
    OldSnapshot, SnapshotHeader, Subject, compare_month, manifest_path, month_by_name, old_snapshots, remove_snapshots,
    verify_file, write_month,
};
pub use findings_file::FindingsFile;
pub use monthly_parquet::MonthlyParquet;
pub use parquet_rows::ParquetRows;
pub use report::{ReportHeader, report_period, write_report};
pub use resource::{MonthFile, MonthHeader, MonthlyDataset, Origin};

/// A file that is complete under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    pub path: PathBuf,
    /// Rows in the file, without the heading.
    pub rows: u64,
    pub bytes: u64,
    /// Lower-case hexadecimal. Empty when there is no file: a history month without rows.
    pub sha256: String,
}
