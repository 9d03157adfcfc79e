//! One month of one account's rows as a Parquet file, under a name that no other content ever has:
//! `<dir>/_snapshots/<account>/check_month=2026-11/<account>.parquet.d000042-0123456789ab`. From there the
//! [data package](super::data_package) takes it up.
//!
//! The folder's name is a Hive partition, so the month is a column for readers without standing in the file. All other
//! columns are those of the rows.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use super::atomic::{self, AtomicFile};
use super::parquet_rows::ParquetRows;
use super::resource::{self, FieldDescriptor, MonthFile, MonthHeader, Origin, Resource};
use super::{ExportError, RowProblem};
use crate::rows::{RowColumn, Rows};

/// A month's file being written. Dropping it leaves nothing.
pub struct MonthlyParquet {
    path: PathBuf,
    header: MonthHeader,
    month_folder: String,
    fields: Vec<FieldDescriptor>,
    /// The columns with the rows' account and day.
    account_at: usize,
    check_date_at: usize,
    encoder: ParquetRows<Detachable>,
}

impl MonthlyParquet {
    /// Starts a file for the header's month. Creates folders as needed. Among the columns there are `account` and
    /// `check_date`.
    pub fn create(dir: &Path, header: MonthHeader, columns: &[RowColumn]) -> Result<MonthlyParquet, ExportError> {
        let account = &header.origin.account;
        let month_folder = format!("check_month={}", resource::month_name(header.check_month));
        let folder = resource::folder(dir, account).join(&month_folder);
        let name = resource::file_name(account);
        let path = folder.join(&name);
        atomic::prepare_folder(&folder, account)?;
        let file = AtomicFile::create(&folder, account, &name)?;
        let fields = columns.iter().map(FieldDescriptor::of).collect();

        let place = |name: &str| columns.iter().position(|column| column.name == name).unwrap_or(usize::MAX);
        let (account_at, check_date_at) = (place("account"), place("check_date"));
        let encoder = ParquetRows::create(Detachable(Some(file)), columns, &metadata(&header))
            .map_err(|source| ExportError::parquet(&path, source))?;
        Ok(MonthlyParquet { path, header, month_folder, fields, account_at, check_date_at, encoder })
    }

    /// Appends rows. How they are split into calls makes no difference to the file.
    ///
    /// Every row belongs to the file's account and month. After an error the file is lost: drop it.
    pub fn write(&mut self, rows: &Rows) -> Result<(), ExportError> {
        for (row, position) in (0..rows.len()).zip(self.encoder.rows() + 1..) {
            self.check(rows, row).map_err(|problem| ExportError::Row {
                path: self.path.clone(),
                row: position,
                problem,
            })?;
        }
        self.encoder.write(rows).map_err(|source| ExportError::parquet(&self.path, source))
    }

    /// Completes the file and gives it its name. A month without rows has no file.
    pub fn finish(mut self) -> Result<MonthFile, ExportError> {
        let rows = self.encoder.rows();
        if rows == 0 {
            return Ok(MonthFile { month_folder: self.month_folder, resource: None });
        }
        let detachable = self.encoder.finish().map_err(|source| ExportError::parquet(&self.path, source))?;
        let file = detachable.0.take().expect("only this takes it, and consumes the writer");
        let sealed = file.seal()?;
        let resource = Resource::of(&self.header, rows, sealed.bytes, &sealed.sha256, self.fields);
        sealed.named(resource.file_name()).publish()?;
        Ok(MonthFile { month_folder: self.month_folder, resource: Some(resource) })
    }

    fn check(&self, rows: &Rows, row: usize) -> Result<(), RowProblem> {
        let month = |date: NaiveDate| (date.year(), date.month());
        if rows.cell(row, self.account_at).text() != Some(&self.header.origin.account) {
            Err(RowProblem::ForeignAccount)
        } else if rows.cell(row, self.check_date_at).date().map(month) != Some(month(self.header.check_month)) {
            Err(RowProblem::ForeignMonth)
        } else {
            self.encoder.check(rows, row)
        }
    }
}

/// The file's description of itself, for readers who find it alone. Nothing from the clock: the same rows make the same file.
fn metadata(header: &MonthHeader) -> [(&'static str, String); 6] {
    let Origin { account, dataset, contract_sha256 } = &header.origin;
    [
        ("account", account.clone()),
        ("dataset", dataset.name().to_owned()),
        ("delivery_id", header.delivery_id.to_string()),
        ("as_of", resource::time(header.as_of)),
        ("contract_sha256", contract_sha256.clone()),
        ("tijian_version", resource::TIJIAN_VERSION.to_owned()),
    ]
}

/// The file under the encoder, until it is finished.
struct Detachable(Option<AtomicFile>);

impl Detachable {
    fn file(&mut self) -> io::Result<&mut AtomicFile> {
        self.0.as_mut().ok_or_else(|| io::Error::other("the file is finished"))
    }
}

impl Write for Detachable {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file()?.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

/// Shows no rows: they are personal data.
impl fmt::Debug for MonthlyParquet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MonthlyParquet")
            .field("path", &self.path)
            .field("rows", &self.encoder.rows())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
