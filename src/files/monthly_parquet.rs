//! One month of one account's rows as a Parquet file: `<dir>/check_month=2026-11/<account>.parquet`.
//!
//! The folder's name is a Hive partition, so the month is a column for readers without standing in the file. Which
//! columns there are is the dataset's list: `history_columns.rs`, `volume_columns.rs`. Columns that name a person must
//! never be in a file unless they were asked for.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use chrono::{Datelike, NaiveDate};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::atomic::{self, AtomicFile};
use super::history_columns::history_columns;
use super::parquet_columns::Column;
use super::volume_columns::volume_columns;
use super::{ExportError, ExportedFile, RowProblem};
use crate::pipeline::Contract;
use crate::reservation::{DailyVolumeRow, HistoryRow};

/// Rows per row group. The encoder holds one row group in memory, so this bounds it; readers skip and share out work by
/// row group. Half as many save nothing more, twice as many take 2 MB more.
const ROW_GROUP_ROWS: usize = 32_768;

/// Rows per page: a page is held as it is until it is full, and only then compressed. The crate's 20,000 took 9 MB more for
/// a file that was 3 % smaller.
const PAGE_ROWS: usize = 4_096;

/// Rows that are collected before they are encoded. Divides [`ROW_GROUP_ROWS`], so that no batch is cut in two.
/// Four times as many take 4 MB more and are no faster.
const BATCH_ROWS: usize = 2_048;

/// Text that is collected before it is encoded: Arrow's 32-bit offsets end at 2 GiB, and PostgreSQL's texts at 1 GB.
const BATCH_TEXT_BYTES: usize = 64 * 1024 * 1024;

/// A row that belongs to one account and one month.
pub trait MonthlyRow {
    fn account(&self) -> &str;

    /// A day of the row's month.
    fn check_date(&self) -> NaiveDate;
}

/// A month's file being written. Dropping it leaves the older file, if any, as it was.
pub struct MonthlyParquet<R> {
    folder: PathBuf,
    path: PathBuf,
    account: String,
    check_month: NaiveDate,
    columns: Vec<Column<R>>,
    schema: SchemaRef,
    writer: ArrowWriter<Detachable>,
    rows: u64,
    collected_rows: usize,
    collected_text_bytes: usize,
}

impl MonthlyParquet<HistoryRow> {
    /// Starts a file of the history, for the month in which `check_month` lies (any day of it).
    pub fn of_history(
        dir: &Path,
        account: &str,
        check_month: NaiveDate,
        include_identity: bool,
        contract: &Contract,
    ) -> Result<MonthlyParquet<HistoryRow>, ExportError> {
        MonthlyParquet::create(dir, account, check_month, history_columns(contract, include_identity))
    }
}

impl MonthlyParquet<DailyVolumeRow> {
    /// Starts a file of the daily volumes, for the month in which `check_month` lies.
    pub fn of_daily_volumes(
        dir: &Path,
        account: &str,
        check_month: NaiveDate,
        contract: &Contract,
    ) -> Result<MonthlyParquet<DailyVolumeRow>, ExportError> {
        MonthlyParquet::create(dir, account, check_month, volume_columns(contract))
    }
}

impl<R: MonthlyRow> MonthlyParquet<R> {
    /// Creates folders as needed.
    fn create(
        dir: &Path,
        account: &str,
        check_month: NaiveDate,
        columns: Vec<Column<R>>,
    ) -> Result<MonthlyParquet<R>, ExportError> {
        let folder = dir.join(format!("check_month={:04}-{:02}", check_month.year(), check_month.month()));
        let name = format!("{account}.parquet");
        let path = folder.join(&name);
        atomic::prepare_folder(&folder, account)?;
        let file = AtomicFile::create(&folder, account, &name)?;

        let schema = Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()));
        let mut properties = WriterProperties::builder()
            // The crate's default level: others were not measured.
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_data_page_row_count_limit(PAGE_ROWS);
        for column in columns.iter().filter(|column| column.is_distinct) {
            properties =
                properties.set_column_dictionary_enabled(ColumnPath::from(column.field.name().as_str()), false);
        }
        let writer = ArrowWriter::try_new(Detachable(Some(file)), schema.clone(), Some(properties.build()))
            .map_err(|source| ExportError::parquet(&path, source))?;
        Ok(MonthlyParquet {
            folder,
            path,
            account: account.to_owned(),
            check_month,
            columns,
            schema,
            writer,
            rows: 0,
            collected_rows: 0,
            collected_text_bytes: 0,
        })
    }

    /// Appends rows. How they are split into calls makes no difference to the file.
    ///
    /// Every row belongs to the file's account and month, and has what the file's columns need. After an error the file
    /// is lost: drop it.
    pub fn write(&mut self, rows: &[R]) -> Result<(), ExportError> {
        for (row, position) in rows.iter().zip(self.rows + 1..) {
            self.check(row).map_err(|problem| ExportError::Row { path: self.path.clone(), row: position, problem })?;
        }
        let mut rest = rows;
        while !rest.is_empty() {
            let (fitting, later) = rest.split_at(self.count_fitting(rest));
            for column in &mut self.columns {
                column.append(fitting);
            }
            self.rows += fitting.len() as u64;
            if self.collected_rows >= BATCH_ROWS || self.collected_text_bytes >= BATCH_TEXT_BYTES {
                self.encode()?;
            }
            rest = later;
        }
        Ok(())
    }

    /// Completes the file and gives it its name.
    ///
    /// A month without rows has no file: an older one is removed, and the answer says `rows: 0`.
    pub fn finish(mut self) -> Result<ExportedFile, ExportError> {
        if self.rows == 0 {
            if atomic::remove_file(&self.path)? {
                atomic::sync_folder(&self.folder)?;
            }
            return Ok(ExportedFile { path: self.path, rows: 0, bytes: 0, sha256: String::new() });
        }
        self.encode()?;
        // Not `into_inner`: it would make a text of what the disk says.
        self.writer.finish().map_err(|source| ExportError::parquet(&self.path, source))?;
        let file = self.writer.inner_mut().0.take().expect("only this takes it, and consumes the writer");
        let sealed = file.seal()?;
        let exported =
            ExportedFile { path: self.path, rows: self.rows, bytes: sealed.bytes, sha256: sealed.sha256.clone() };
        sealed.publish()?;
        Ok(exported)
    }

    fn check(&self, row: &R) -> Result<(), RowProblem> {
        let month = |date: NaiveDate| (date.year(), date.month());
        if row.account() != self.account {
            Err(RowProblem::ForeignAccount)
        } else if month(row.check_date()) != month(self.check_month) {
            Err(RowProblem::ForeignMonth)
        } else {
            self.columns.iter().try_for_each(|column| column.check(row))
        }
    }

    /// How many of the rows (at least one) go into the batch being collected; counts them in.
    fn count_fitting(&mut self, rows: &[R]) -> usize {
        let mut count = 0;
        for row in rows {
            count += 1;
            self.collected_rows += 1;
            self.collected_text_bytes += self.columns.iter().map(|column| column.text_bytes(row)).sum::<usize>();
            if self.collected_rows >= BATCH_ROWS || self.collected_text_bytes >= BATCH_TEXT_BYTES {
                break;
            }
        }
        count
    }

    fn encode(&mut self) -> Result<(), ExportError> {
        self.collected_rows = 0;
        self.collected_text_bytes = 0;
        let arrays = self.columns.iter_mut().map(Column::finish).collect();
        RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(Into::into)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|source| ExportError::parquet(&self.path, source))
    }
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
impl<R> fmt::Debug for MonthlyParquet<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MonthlyParquet")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
