//! Rows as Parquet, into whatever takes the bytes. Knows neither names nor what belongs together.

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::RowProblem;
use super::arrow_column::ArrowColumn;
use crate::rows::{RowColumn, Rows};

/// Rows per row group. The encoder holds one row group in memory, so this bounds it; readers skip and share out work by
/// row group. Half as many save nothing more, twice as many take 2 MB more.
const ROW_GROUP_ROWS: usize = 32_768;

/// Rows per page: a page is held as it is until it is full, and only then compressed. The crate's 20,000 took 9 MB more for
/// a file that was 3 % smaller.
const PAGE_ROWS: usize = 4_096;

/// Rows that are collected before they are encoded. Divides [`ROW_GROUP_ROWS`], so that no batch is cut in two.
/// Four times as many take 4 MB more and are no faster.
pub(super) const BATCH_ROWS: usize = 2_048;

/// Text that is collected before it is encoded: Arrow's 32-bit offsets end at 2 GiB, and PostgreSQL's texts at 1 GB.
pub(super) const BATCH_TEXT_BYTES: usize = 64 * 1024 * 1024;

/// A file being written. Dropping it leaves it unfinished.
pub struct ParquetRows<W: Write + Send> {
    columns: Vec<ArrowColumn>,
    schema: SchemaRef,
    writer: ArrowWriter<W>,
    rows: u64,
    pub(super) collected_rows: usize,
    collected_text_bytes: usize,
}

impl<W: Write + Send> ParquetRows<W> {
    /// Starts a file with these columns; `metadata`: what it says of itself.
    pub fn create(sink: W, columns: &[RowColumn], metadata: &[(&str, String)]) -> Result<ParquetRows<W>, ParquetError> {
        let columns: Vec<_> =
            columns.iter().enumerate().map(|(place, column)| ArrowColumn::new(place, column)).collect();
        let schema = Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()));
        let metadata = metadata.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone())).collect();
        let mut properties = WriterProperties::builder()
            // The crate's default level: others were not measured.
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_key_value_metadata(Some(metadata));
        for column in columns.iter().filter(|column| column.is_distinct) {
            properties =
                properties.set_column_dictionary_enabled(ColumnPath::from(column.field.name().as_str()), false);
        }
        let writer = ArrowWriter::try_new(sink, schema.clone(), Some(properties.build()))?;
        Ok(ParquetRows { columns, schema, writer, rows: 0, collected_rows: 0, collected_text_bytes: 0 })
    }

    /// Rows written until now.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the columns can take the row.
    pub(super) fn check(&self, rows: &Rows, row: usize) -> Result<(), RowProblem> {
        self.columns.iter().try_for_each(|column| column.check(rows, row))
    }

    /// Appends rows. How they are split into calls makes no difference to the file. After an error the file is lost.
    pub fn write(&mut self, rows: &Rows) -> Result<(), ParquetError> {
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

    /// Completes the file, and gives back what took its bytes.
    pub fn finish(&mut self) -> Result<&mut W, ParquetError> {
        self.encode()?;
        // Not `into_inner`: it would make a text of what the disk says.
        self.writer.finish()?;
        Ok(self.writer.inner_mut())
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

    fn encode(&mut self) -> Result<(), ParquetError> {
        self.collected_rows = 0;
        self.collected_text_bytes = 0;
        let arrays = self.columns.iter_mut().map(ArrowColumn::finish).collect();
        self.writer.write(&RecordBatch::try_new(self.schema.clone(), arrays)?)
    }
}
