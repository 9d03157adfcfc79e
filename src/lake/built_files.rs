//! What an engine has written into the lake, read back: Parquet files of another writer, as rows of ours.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use chrono::{DateTime, NaiveDate, TimeDelta};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use tokio::sync::mpsc;

use super::{LakeError, LakeStore, StoredObject};
use crate::rows::{Cell, Rows};

/// Rows that are read together.
const BATCH_ROWS: usize = 1024;

/// Bytes at a file's end that are read first: most footers are shorter.
const FOOTER_BYTES: u64 = 64 * 1024;

/// Decimals of a fee.
const FEE_SCALE: i8 = 2;

/// What to read of some files.
#[derive(Debug, Clone)]
pub struct RowsWanted {
    /// One after the other: their paths in the lake.
    pub files: Vec<String>,
    pub columns: &'static [&'static str],
    /// Only rows of these accounts, by the first column; `None`: all.
    pub accounts: Option<BTreeSet<String>>,
    /// Where copies of a bucket's objects are put while they are read.
    pub dir: PathBuf,
}

impl LakeStore {
    /// The Parquet files that an engine has put into a folder, in their order.
    pub async fn parquet_files(&self, folder: &str) -> Result<Vec<StoredObject>, LakeError> {
        let is_file = |object: &StoredObject| {
            let name = object.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            name.is_some_and(|name| name.starts_with("part-") && name.ends_with(".parquet") && !name.contains('/'))
        };
        let mut files: Vec<StoredObject> = self.list(folder).await?.into_iter().filter(is_file).collect();
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// How many rows the files say that they have.
    pub async fn count_rows(&self, files: &[StoredObject]) -> Result<u64, LakeError> {
        let mut rows = 0;
        for file in files {
            let failed = |source| LakeError::Parquet { place: self.address(&file.path), source };
            let mut wanted = FOOTER_BYTES.min(file.bytes);
            rows += loop {
                let end = self.get_range(&file.path, file.bytes - wanted..file.bytes).await?;
                let mut reader = ParquetMetaDataReader::new();
                match reader.try_parse_sized(&end, file.bytes) {
                    Err(ParquetError::NeedMoreData(more)) if wanted < file.bytes => {
                        wanted = (more as u64).clamp(wanted + 1, file.bytes);
                    }
                    Err(error) => return Err(failed(error)),
                    Ok(()) => {
                        let rows = reader.finish().map_err(failed)?.file_metadata().num_rows();
                        break u64::try_from(rows).unwrap_or_default();
                    }
                }
            };
        }
        Ok(rows)
    }

    /// The rows of files, some at a time.
    pub fn read_rows(&self, wanted: RowsWanted) -> BoxStream<'static, Result<Rows, LakeError>> {
        let (sender, receiver) = mpsc::channel(2);
        let store = self.clone();
        tokio::spawn(async move {
            for path in &wanted.files {
                let place = store.address(path);
                let read = match store.open_copy(path, &wanted.dir).await {
                    Err(error) => Err(error),
                    Ok(file) => {
                        let (wanted, sender) = (wanted.clone(), sender.clone());
                        let read = move || read_file(file, &wanted, |rows| sender.blocking_send(Ok(rows)).is_ok());
                        let read = tokio::task::spawn_blocking(read).await;
                        let read = read.unwrap_or_else(|error| Err(ParquetError::External(Box::new(error))));
                        read.map_err(|source| LakeError::Parquet { place, source })
                    }
                };
                match read {
                    Ok(true) => {}
                    // Nobody wants more.
                    Ok(false) => return,
                    Err(error) => return drop(sender.send(Err(error)).await),
                }
            }
        });
        unfold(receiver, |mut receiver| async { receiver.recv().await.map(|rows| (rows, receiver)) }).boxed()
    }
}

/// `Ok(false)`: nobody wants more.
fn read_file(file: File, wanted: &RowsWanted, mut give: impl FnMut(Rows) -> bool) -> Result<bool, ParquetError> {
    // Types as they are stored: whoever wrote the file may have noted others.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), wanted.columns.iter().copied());
    for batch in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
        let rows = rows_of(&batch?, wanted)?;
        if !rows.is_empty() && !give(rows) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn rows_of(batch: &RecordBatch, wanted: &RowsWanted) -> Result<Rows, ParquetError> {
    let column = |name: &&str| {
        let column = batch.column_by_name(name).ok_or_else(|| ParquetError::General(format!("no column {name}")))?;
        Column::of(column).ok_or_else(|| ParquetError::General(format!("column {name} has another type")))
    };
    let columns = wanted.columns.iter().map(column).collect::<Result<Vec<Column<'_>>, _>>()?;
    let is_wanted = |row: usize| match (&wanted.accounts, columns.first()) {
        (Some(accounts), Some(first)) => first.cell(row).text().is_some_and(|account| accounts.contains(account)),
        _ => true,
    };
    let mut rows = Rows::of(columns.len());
    for row in (0..batch.num_rows()).filter(|row| is_wanted(*row)) {
        columns.iter().for_each(|column| rows.push(column.cell(row)));
    }
    Ok(rows)
}

enum Column<'a> {
    Text(&'a StringArray),
    Boolean(&'a BooleanArray),
    Integer(&'a Int32Array),
    BigInteger(&'a Int64Array),
    Date(&'a Date32Array),
    Time(&'a TimestampMicrosecondArray),
    Fee(&'a Decimal128Array),
}

impl<'a> Column<'a> {
    /// `None`: of a type that we do not write either.
    fn of(array: &'a ArrayRef) -> Option<Column<'a>> {
        Some(match array.data_type() {
            DataType::Utf8 => Column::Text(array.as_string()),
            DataType::Boolean => Column::Boolean(array.as_boolean()),
            DataType::Int32 => Column::Integer(array.as_primitive::<Int32Type>()),
            DataType::Int64 => Column::BigInteger(array.as_primitive::<Int64Type>()),
            DataType::Date32 => Column::Date(array.as_primitive::<Date32Type>()),
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
                Column::Time(array.as_primitive::<TimestampMicrosecondType>())
            }
            DataType::Decimal128(_, FEE_SCALE) => Column::Fee(array.as_primitive::<Decimal128Type>()),
            _ => return None,
        })
    }

    fn cell(&self, row: usize) -> Cell<'a> {
        let is_null = match self {
            Column::Text(values) => values.is_null(row),
            Column::Boolean(values) => values.is_null(row),
            Column::Integer(values) => values.is_null(row),
            Column::BigInteger(values) => values.is_null(row),
            Column::Date(values) => values.is_null(row),
            Column::Time(values) => values.is_null(row),
            Column::Fee(values) => values.is_null(row),
        };
        if is_null {
            return Cell::Empty;
        }
        match self {
            Column::Text(values) => Cell::Text(values.value(row)),
            Column::Boolean(values) => Cell::Boolean(values.value(row)),
            Column::Integer(values) => Cell::Integer(values.value(row).into()),
            Column::BigInteger(values) => Cell::Integer(values.value(row)),
            // What cannot be a date or a time is not the one that was expected.
            Column::Date(values) => date(values.value(row)).map_or(Cell::Empty, Cell::Date),
            Column::Time(values) => DateTime::from_timestamp_micros(values.value(row)).map_or(Cell::Empty, Cell::Time),
            Column::Fee(values) => Cell::Fee(values.value(row)),
        }
    }
}

fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(TimeDelta::days(days.into()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::Utc;
    use futures_util::TryStreamExt;

    use super::*;
    use crate::pipeline::LakeUrl;
    use crate::rows::{Kind, RowColumn};
    use crate::warehouse_id::WarehouseId;

    const COLUMNS: [(&str, Kind); 7] = [
        ("account", Kind::Text),
        ("flag", Kind::Boolean),
        ("small", Kind::Integer),
        ("large", Kind::BigInteger),
        ("day", Kind::Date),
        ("at", Kind::Time),
        ("fee", Kind::Money { digits: 12 }),
    ];
    const NAMES: [&str; 7] = ["account", "flag", "small", "large", "day", "at", "fee"];

    fn cells(row: i64) -> [Cell<'static>; 7] {
        let account = ["a", "b", "中"][row as usize % 3];
        let at = DateTime::<Utc>::from_timestamp_micros(1_767_636_000_000_001 + row).unwrap();
        match row % 5 {
            0 => [Cell::Text(account), Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
            _ => [
                Cell::Text(account),
                Cell::Boolean(row % 2 == 0),
                Cell::Integer(row),
                Cell::Integer(i64::MAX - row),
                Cell::Date(date(row as i32 - 100).unwrap()),
                Cell::Time(at),
                Cell::Fee(i128::from(row) * 101),
            ],
        }
    }

    /// A lake with these rows in files of `built/x`, beside other objects.
    async fn lake(folder: &std::path::Path, files: &[std::ops::Range<i64>]) -> LakeStore {
        let id = WarehouseId::parse("0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap();
        let lake = LakeStore::open(&LakeUrl::Folder(folder.to_owned()), id, &std::iter::empty().collect()).unwrap();
        let column = |(name, kind): (&str, Kind)| RowColumn {
            name: name.to_owned(),
            kind,
            is_required: false,
            is_code: name == "account",
            is_distinct: false,
            descriptions: Default::default(),
        };
        for (number, file) in files.iter().enumerate() {
            let (sender, receiver) = mpsc::channel(1);
            let mut rows = Rows::of(COLUMNS.len());
            file.clone().flat_map(cells).for_each(|cell| rows.push(cell));
            sender.send(rows).await.unwrap();
            drop(sender);
            let path = format!("built/x/part-{number:05}.parquet");
            lake.put_rows(path, COLUMNS.map(column).to_vec(), receiver).await.unwrap();
        }
        for other in ["_SUCCESS", ".part-00000.parquet.crc", "_temporary/0/part-00007.parquet", "other.parquet"] {
            lake.put(&format!("built/x/{other}"), "no rows".into()).await.unwrap();
        }
        lake
    }

    async fn read(
        lake: &LakeStore,
        columns: &'static [&'static str],
        accounts: Option<&str>,
    ) -> Result<Vec<Vec<String>>, LakeError> {
        let files = lake.parquet_files("built/x").await?.into_iter().map(|file| file.path).collect();
        let accounts = accounts.map(|account| BTreeSet::from([account.to_owned()]));
        let dir = std::env::temp_dir();
        let batches: Vec<Rows> = lake.read_rows(RowsWanted { files, columns, accounts, dir }).try_collect().await?;
        let rows = batches.iter().flat_map(|batch| (0..batch.len()).map(move |row| (batch, row)));
        Ok(rows.map(|(batch, row)| (0..columns.len()).map(|column| shown(batch.cell(row, column))).collect()).collect())
    }

    fn shown(cell: Cell<'_>) -> String {
        let fee = cell.fee().map(|fee| format!("fee {fee}"));
        let number = cell.integer().map(|number| number.to_string());
        let time = cell.time().map(|time| time.to_rfc3339());
        let date = cell.date().map(|date| date.to_string());
        let flag = cell.boolean().map(|flag| flag.to_string());
        cell.text().map(str::to_owned).or(fee).or(number).or(time).or(date).or(flag).unwrap_or_default()
    }

    #[tokio::test]
    async fn values_of_every_type_come_back_in_the_order_of_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), &[0..1500, 1500..1501, 1501..4000]).await;
        let expected: Vec<Vec<String>> = (0..4000).map(|row| cells(row).map(shown).to_vec()).collect();
        assert!(read(&lake, &NAMES, None).await.unwrap() == expected);
        let files = lake.parquet_files("built/x").await.unwrap();
        assert_eq!(files.len(), 3);
        assert_eq!(lake.count_rows(&files).await.unwrap(), 4000);
        assert_eq!(lake.count_rows(&files[..1]).await.unwrap(), 1500);
        assert_eq!(lake.count_rows(&[]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn only_what_is_wanted_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), std::slice::from_ref(&(0..30))).await;
        let expected: Vec<Vec<String>> =
            (0..30).filter(|row| row % 3 == 2).map(|row| [0, 3].map(|at| shown(cells(row)[at])).to_vec()).collect();
        assert_eq!(read(&lake, &["account", "large"], Some("中")).await.unwrap(), expected);
        assert!(read(&lake, &["account"], Some("c")).await.unwrap().is_empty());
        let absent = read(&lake, &["account", "absent"], None).await;
        assert!(matches!(absent, Err(LakeError::Parquet { .. })), "{absent:?}");
    }

    #[tokio::test]
    async fn what_is_no_whole_parquet_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), std::slice::from_ref(&(0..30))).await;
        let whole = lake.get("built/x/part-00000.parquet").await.unwrap();
        for damaged in [whole.slice(..whole.len() / 2), Bytes::new()] {
            lake.put("built/x/part-00000.parquet", damaged).await.unwrap();
            let files = lake.parquet_files("built/x").await.unwrap();
            assert!(lake.count_rows(&files).await.is_err());
            assert!(matches!(read(&lake, &["account"], None).await, Err(LakeError::Parquet { .. })));
        }
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path(), &[]).await;
        let wanted = RowsWanted {
            files: vec!["built/x/part-00000.parquet".to_owned()],
            columns: &["account"],
            accounts: None,
            dir: folder.path().to_owned(),
        };
        let read: Result<Vec<Rows>, LakeError> = lake.read_rows(wanted).try_collect().await;
        assert!(matches!(read, Err(LakeError::File { .. })), "{read:?}");
    }
}
