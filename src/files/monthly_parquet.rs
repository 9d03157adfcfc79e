//! One month of one account's rows as a Parquet file, under a name that no other content ever has:
//! `<dir>/_snapshots/<account>/check_month=2026-11/<account>.parquet.d000042-0123456789ab`. From there the
//! [data package](super::data_package) takes it up.
//!
//! The folder's name is a Hive partition, so the month is a column for readers without standing in the file. All other
//! columns are those of the rows.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use chrono::{Datelike, NaiveDate};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::arrow_column::ArrowColumn;
use super::atomic::{self, AtomicFile};
use super::resource::{self, FieldDescriptor, MonthFile, MonthHeader, Origin, Resource};
use super::{ExportError, RowProblem};
use crate::rows::{RowColumn, Rows};

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

/// A month's file being written. Dropping it leaves nothing.
pub struct MonthlyParquet {
    path: PathBuf,
    header: MonthHeader,
    month_folder: String,
    fields: Vec<FieldDescriptor>,
    /// The columns with the rows' account and day.
    account_at: usize,
    check_date_at: usize,
    columns: Vec<ArrowColumn>,
    schema: SchemaRef,
    writer: ArrowWriter<Detachable>,
    rows: u64,
    collected_rows: usize,
    collected_text_bytes: usize,
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
        let columns: Vec<_> =
            columns.iter().enumerate().map(|(place, column)| ArrowColumn::new(place, column)).collect();
        let schema = Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()));
        let mut properties = WriterProperties::builder()
            // The crate's default level: others were not measured.
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_key_value_metadata(Some(metadata(&header)));
        for column in columns.iter().filter(|column| column.is_distinct) {
            properties =
                properties.set_column_dictionary_enabled(ColumnPath::from(column.field.name().as_str()), false);
        }
        let writer = ArrowWriter::try_new(Detachable(Some(file)), schema.clone(), Some(properties.build()))
            .map_err(|source| ExportError::parquet(&path, source))?;
        Ok(MonthlyParquet {
            path,
            header,
            month_folder,
            fields,
            account_at,
            check_date_at,
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
    /// Every row belongs to the file's account and month. After an error the file is lost: drop it.
    pub fn write(&mut self, rows: &Rows) -> Result<(), ExportError> {
        for (row, position) in (0..rows.len()).zip(self.rows + 1..) {
            self.check(rows, row).map_err(|problem| ExportError::Row {
                path: self.path.clone(),
                row: position,
                problem,
            })?;
        }
        let mut written = 0;
        while written < rows.len() {
            let fitting = written..self.end_of_fitting(rows, written);
            written = fitting.end;
            self.rows += fitting.len() as u64;
            for column in &mut self.columns {
                column.append(rows, fitting.clone());
            }
            if self.is_batch_full() {
                self.encode()?;
            }
        }
        Ok(())
    }

    /// Completes the file and gives it its name. A month without rows has no file.
    pub fn finish(mut self) -> Result<MonthFile, ExportError> {
        if self.rows == 0 {
            return Ok(MonthFile { month_folder: self.month_folder, resource: None });
        }
        self.encode()?;
        // Not `into_inner`: it would make a text of what the disk says.
        self.writer.finish().map_err(|source| ExportError::parquet(&self.path, source))?;
        let file = self.writer.inner_mut().0.take().expect("only this takes it, and consumes the writer");
        let sealed = file.seal()?;
        let resource = Resource::of(&self.header, self.rows, sealed.bytes, &sealed.sha256, self.fields);
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
            self.columns.iter().try_for_each(|column| column.check(rows, row))
        }
    }

    /// Behind the last one of the rows (at least one) that go into the batch being collected; counts them in.
    fn end_of_fitting(&mut self, rows: &Rows, from: usize) -> usize {
        for row in from..rows.len() {
            self.collected_rows += 1;
            self.collected_text_bytes += rows.text_bytes(row);
            if self.is_batch_full() {
                return row + 1;
            }
        }
        rows.len()
    }

    fn is_batch_full(&self) -> bool {
        self.collected_rows >= BATCH_ROWS || self.collected_text_bytes >= BATCH_TEXT_BYTES
    }

    fn encode(&mut self) -> Result<(), ExportError> {
        self.collected_rows = 0;
        self.collected_text_bytes = 0;
        let arrays = self.columns.iter_mut().map(ArrowColumn::finish).collect();
        RecordBatch::try_new(self.schema.clone(), arrays)
            .map_err(Into::into)
            .and_then(|batch| self.writer.write(&batch))
            .map_err(|source| ExportError::parquet(&self.path, source))
    }
}

/// The file's description of itself, for readers who find it alone. Nothing from the clock: the same rows make the same file.
fn metadata(header: &MonthHeader) -> Vec<KeyValue> {
    let Origin { account, dataset, contract_sha256 } = &header.origin;
    let entries = [
        ("account", account.clone()),
        ("dataset", dataset.name().to_owned()),
        ("delivery_id", header.delivery_id.to_string()),
        ("as_of", resource::time(header.as_of)),
        ("contract_sha256", contract_sha256.clone()),
        ("tijian_version", resource::TIJIAN_VERSION.to_owned()),
    ];
    entries.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect()
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
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
