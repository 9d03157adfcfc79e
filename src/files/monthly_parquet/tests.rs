//! The files of the months, read back with another reader than the one that wrote it.

use std::fs::{self, File};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::files::arrow_column::{DESCRIPTION_EN, DESCRIPTION_ZH};
use crate::files::parquet_rows::{BATCH_ROWS, BATCH_TEXT_BYTES};
use crate::files::samples::{Sample, bare_history_row, date, history_row, month_header, names_in, rows};
use crate::rows::{Cell, Kind};

fn create(dir: &Path) -> MonthlyParquet {
    MonthlyParquet::create(dir, month_header(), &history_row().columns()).unwrap()
}

/// The file's path, and what a package will say of it.
fn finish(dir: &Path, file: MonthlyParquet) -> (PathBuf, Resource) {
    let file = file.finish().unwrap();
    let resource = file.resource.unwrap();
    (folder(dir).join(resource.file_name()), resource)
}

fn export(dir: &Path, samples: &[Sample]) -> (PathBuf, Resource) {
    let mut file = create(dir);
    file.write(&rows(samples)).unwrap();
    finish(dir, file)
}

fn folder(dir: &Path) -> PathBuf {
    dir.join("_snapshots/hangzhou-third/check_month=2026-11")
}

fn read_back(path: &Path) -> RecordBatch {
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert!(reader.next().is_none(), "small files come in one batch");
    batch
}

/// Text of a column, whether stored as categories or plain.
fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(column).unwrap();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    match column.as_dictionary_opt::<Int32Type>() {
        Some(codes) => codes.downcast_dict::<arrow::array::StringArray>().unwrap().into_iter().map(owned).collect(),
        None => column.as_string::<i32>().iter().map(owned).collect(),
    }
}

#[test]
fn file_stands_in_the_folder_of_its_month_under_a_name_that_says_what_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let (path, resource) = export(dir.path(), &[history_row()]);
    let bytes = fs::read(&path).unwrap();
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    let name = format!("hangzhou-third.parquet.d000042-{}", &sha256[..12]);
    assert_eq!(names_in(&folder(dir.path())), [&*name]);
    let said = serde_json::to_value(&resource).unwrap();
    for (key, expected) in [
        ("name", "history-2026-11".into()),
        ("type", "table".into()),
        ("path", format!("check_month=2026-11/{name}").into()),
        ("format", "parquet".into()),
        ("mediatype", "application/vnd.apache.parquet".into()),
        ("rows", 1.into()),
        ("bytes", bytes.len().into()),
        ("hash", format!("sha256:{sha256}").into()),
        ("check_month", "2026-11".into()),
        ("delivery_id", 42.into()),
        ("as_of", serde_json::Value::from("2026-10-31T16:00:00Z")),
    ] {
        assert_eq!(said[key], expected, "{key}");
    }
    // Other content has another name.
    export(dir.path(), &[bare_history_row()]);
    assert_eq!(names_in(&folder(dir.path())).len(), 2);
}

#[test]
fn file_says_what_it_is_of() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = export(dir.path(), &[history_row()]);
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let said = reader.metadata().file_metadata().key_value_metadata().unwrap().iter();
    let said: Vec<(&str, &str)> = said
        .filter(|entry| entry.key != "ARROW:schema")
        .map(|entry| (&*entry.key, entry.value.as_deref().unwrap()))
        .collect();
    let expected = [
        ("account", "hangzhou-third"),
        ("dataset", "history"),
        ("delivery_id", "42"),
        ("as_of", "2026-10-31T16:00:00Z"),
        ("contract_sha256", "c0ffee"),
        ("tijian_version", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(said, expected);
}

#[test]
fn columns_are_those_of_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let schema = read_back(&export(dir.path(), &[history_row()]).0).schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, history_row().columns().into_iter().map(|column| column.name).collect::<Vec<_>>());
}

#[test]
fn columns_have_exact_types_and_descriptions_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = export(dir.path(), &[history_row(), bare_history_row()]);
    let schema = read_back(&path).schema();
    let type_of = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
    let category = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    for name in ["order_status", "pay_type", "change", "hospital_code"] {
        assert_eq!(type_of(name), category, "{name}");
    }
    assert_eq!(type_of("serial_number"), DataType::Utf8);
    assert_eq!(type_of("version"), DataType::Int32);
    for name in ["valid_from", "valid_to"] {
        assert_eq!(type_of(name), DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), "{name}");
    }
    assert_eq!(type_of("examination_fee"), DataType::Decimal128(12, 2));
    assert_eq!(type_of("check_date"), DataType::Date32);
    assert_eq!(type_of("is_current"), DataType::Boolean);
    assert_eq!(type_of("delivery_id"), DataType::Int64);
    let field = schema.field_with_name("pay_type").unwrap();
    assert_eq!(field.metadata().get(DESCRIPTION_ZH).unwrap(), "中pay_type");
    assert_eq!(field.metadata().get(DESCRIPTION_EN).unwrap(), "en:pay_type");
    assert!(!schema.field_with_name("valid_from").unwrap().is_nullable());
    assert!(schema.field_with_name("valid_to").unwrap().is_nullable());
}

#[test]
fn values_come_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = export(dir.path(), &[bare_history_row(), history_row()]);
    let batch = read_back(&path);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&batch, "change"), [text("booked"), text("rescheduled")]);
    assert_eq!(texts(&batch, "hospital_code"), [text("0571"), text("0571")]);
    assert_eq!(texts(&batch, "pay_type"), [None, text("0")]);

    let column = |name: &str| batch.column_by_name(name).unwrap().clone();
    assert_eq!(column("version").as_primitive::<Int32Type>().values().as_ref(), [1, 2]);
    assert_eq!(column("delivery_id").as_primitive::<Int64Type>().values().as_ref(), [7, 7]);
    let fees: Vec<_> = column("examination_fee").as_primitive::<Decimal128Type>().iter().collect();
    assert_eq!(fees, [None, Some(288_100)]);
    let ages: Vec<_> = column("age_years").as_primitive::<Int32Type>().iter().collect();
    assert_eq!(ages, [None, Some(36)]);
    let check_dates: Vec<_> = column("check_date").as_primitive::<Date32Type>().iter().collect();
    assert_eq!(check_dates, [Some(20_766), Some(20_766)]);
    let closed = "2026-10-31T16:00:00.000001Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    let valid_to: Vec<_> = column("valid_to").as_primitive::<TimestampMicrosecondType>().iter().collect();
    assert_eq!(valid_to, [Some(closed), None]);
    assert_eq!(column("is_current").as_boolean().iter().collect::<Vec<_>>(), [Some(false), Some(true)]);
    assert_eq!(column("is_pregnant").as_boolean().iter().collect::<Vec<_>>(), [None, Some(false)]);
}

#[test]
fn null_and_empty_text_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    let empty = history_row().with("pay_type", Cell::Text("")).with("add_combination_name", Cell::Text(""));
    let (path, _) = export(dir.path(), &[empty, bare_history_row()]);
    let batch = read_back(&path);
    for name in ["pay_type", "add_combination_name"] {
        assert_eq!(texts(&batch, name), [Some(String::new()), None], "{name}");
    }
}

#[test]
fn what_must_be_there_is_there_or_there_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create(dir.path());
    file.write(&rows(&[history_row().with("serial_number", Cell::Empty)])).unwrap();
    assert!(matches!(file.finish().unwrap_err(), ExportError::Parquet { .. }));
    assert_eq!(names_in(&folder(dir.path())), [""; 0]);
}

#[test]
fn rows_that_belong_elsewhere_or_lose_digits_are_refused_with_their_position() {
    let dir = tempfile::tempdir().unwrap();
    for (row, expected) in [
        (history_row().with("account", Cell::Text("other")), RowProblem::ForeignAccount),
        (history_row().with("check_date", date("2026-12-01")), RowProblem::ForeignMonth),
        (history_row().with("check_date", date("2025-11-09")), RowProblem::ForeignMonth),
        (history_row().with("examination_fee", Cell::Fee(1_000_000_000_000)), RowProblem::Fee),
    ] {
        let mut file = create(dir.path());
        file.write(&rows(&[history_row()])).unwrap();
        match file.write(&rows(&[history_row(), row])).unwrap_err() {
            ExportError::Row { row: 3, problem, .. } => assert_eq!(problem, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn file_dropped_half_way_leaves_the_older_one() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = export(dir.path(), &[history_row()]);
    let before = fs::read(&path).unwrap();
    let mut file = create(dir.path());
    file.write(&rows(&vec![history_row(); BATCH_ROWS + 1])).unwrap();
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names_in(&folder(dir.path())).len(), 1);
}

#[test]
fn month_without_rows_has_no_file() {
    let dir = tempfile::tempdir().unwrap();
    assert!(create(dir.path()).finish().unwrap().resource.is_none());
    assert_eq!(names_in(&folder(dir.path())), [""; 0]);
}

#[test]
fn bytes_depend_on_the_rows_alone_not_on_how_they_are_handed_in() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let codes = ["booked", "amended", "cancelled"];
    let samples: Vec<_> = (0..BATCH_ROWS * 2 + 5)
        .map(|number| {
            let change = codes[number / 7 % codes.len()];
            history_row().with("version", Cell::Integer(number as i64)).with("change", Cell::Text(change))
        })
        .collect();
    let (_, at_once) = export(first.path(), &samples);
    let mut file = create(second.path());
    for some in samples.chunks(777) {
        file.write(&rows(some)).unwrap();
    }
    let (_, in_pieces) = finish(second.path(), file);
    assert_eq!(serde_json::to_value(&at_once).unwrap()["rows"], samples.len());
    assert_eq!(at_once, in_pieces);
}

#[test]
fn long_files_are_split_into_row_groups() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create(dir.path());
    let rows = rows(&vec![bare_history_row(); 10_000]);
    for _ in 0..7 {
        file.write(&rows).unwrap();
    }
    let (path, _) = finish(dir.path(), file);
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let counts: Vec<_> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(counts, [32_768, 32_768, 4_464]);
}

#[test]
fn long_texts_are_encoded_before_the_batch_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create(dir.path());
    let long = history_row().with("add_combination_name", Cell::Text("长".repeat(BATCH_TEXT_BYTES / 3).leak()));
    file.write(&rows(&[history_row(), long, history_row()])).unwrap();
    assert_eq!(file.encoder.collected_rows, 1, "the long row closed its batch");
    let (_, resource) = finish(dir.path(), file);
    assert_eq!(serde_json::to_value(&resource).unwrap()["rows"], 3);
}

#[test]
fn money_has_as_many_digits_as_its_statement_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut columns = history_row().columns();
    columns.iter_mut().find(|column| column.name == "examination_fee").unwrap().kind = Kind::Money { digits: 18 };
    let create = || MonthlyParquet::create(dir.path(), month_header(), &columns).unwrap();
    let of = |fen| rows(&[history_row().with("examination_fee", Cell::Fee(fen))]);
    let mut file = create();
    file.write(&of(1_999_999_999_998)).unwrap();
    let batch = read_back(&finish(dir.path(), file).0);
    let column = batch.column_by_name("examination_fee").unwrap();
    assert_eq!(column.data_type(), &DataType::Decimal128(18, 2));
    assert_eq!(column.as_primitive::<Decimal128Type>().values().as_ref(), [1_999_999_999_998]);
    let error = create().write(&of(1_000_000_000_000_000_000)).unwrap_err();
    assert!(matches!(error, ExportError::Row { row: 1, problem: RowProblem::Fee, .. }));
}

#[test]
fn file_can_move_to_a_blocking_thread() {
    fn is_send<T: Send>() {}
    is_send::<MonthlyParquet>();
}
