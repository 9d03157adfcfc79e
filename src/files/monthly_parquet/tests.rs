//! The files of the months, read back with another reader than the one that wrote it.

use std::fs::{self, File};

use arrow::array::AsArray;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::files::parquet_columns::{DESCRIPTION_EN, DESCRIPTION_ZH};
use crate::files::samples::{ACCOUNT, bare_history_row, contract, daily_volume_row, history_row, names_in};

const NOVEMBER: &str = "2026-11-01";
const IDENTITY_COLUMNS: [&str; 4] = ["erhc_no", "name", "idcard", "mobile"];

fn create(dir: &Path, include_identity: bool) -> MonthlyParquet<HistoryRow> {
    MonthlyParquet::of_history(dir, ACCOUNT, NOVEMBER.parse().unwrap(), include_identity, &contract()).unwrap()
}

fn export(dir: &Path, include_identity: bool, rows: &[HistoryRow]) -> ExportedFile {
    let mut file = create(dir, include_identity);
    file.write(rows).unwrap();
    file.finish().unwrap()
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
fn file_stands_in_the_folder_of_its_month() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), false, &[history_row()]);
    assert_eq!(exported.path, dir.path().join("check_month=2026-11/hangzhou-third.parquet"));
    let bytes = fs::read(&exported.path).unwrap();
    assert_eq!(exported.rows, 1);
    assert_eq!(exported.bytes, bytes.len() as u64);
    assert_eq!(exported.sha256, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)));
    assert_eq!(names_in(exported.path.parent().unwrap()), ["hangzhou-third.parquet"]);
}

#[test]
fn columns_stand_in_the_order_of_the_warehouse() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), true, &[history_row()]);
    let batch = read_back(&exported.path);
    let schema = batch.schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let expected = "account serial_number version valid_from valid_to is_current change person_id erhc_no name card_type \
                    idcard birthdate sex_code is_pregnant married mobile hospital_code hospital_name check_date \
                    hospital_package_id hospital_package_name add_combination_id add_combination_name examination_fee \
                    order_status pay_type data_sources delivery_id request_id recorded_at";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn columns_have_exact_types_and_descriptions_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), false, &[history_row(), bare_history_row()]);
    let schema = read_back(&exported.path).schema();
    let type_of = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
    let category = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    for name in
        ["card_type", "sex_code", "married", "order_status", "pay_type", "data_sources", "change", "hospital_code"]
    {
        assert_eq!(type_of(name), category, "{name}");
    }
    for name in ["valid_from", "valid_to", "recorded_at"] {
        assert_eq!(type_of(name), DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), "{name}");
    }
    assert_eq!(type_of("examination_fee"), DataType::Decimal128(12, 2));
    assert_eq!(type_of("check_date"), DataType::Date32);
    assert_eq!(type_of("is_current"), DataType::Boolean);
    assert_eq!(type_of("delivery_id"), DataType::Int64);
    for field in schema.fields() {
        for key in [DESCRIPTION_ZH, DESCRIPTION_EN] {
            assert!(field.metadata().get(key).is_some_and(|text| !text.is_empty()), "{} {key}", field.name());
        }
    }
    let field = schema.field_with_name("pay_type").unwrap();
    assert_eq!(field.metadata().get(DESCRIPTION_ZH).unwrap(), "中payType");
    assert!(!schema.field_with_name("valid_from").unwrap().is_nullable());
    assert!(schema.field_with_name("valid_to").unwrap().is_nullable());
}

#[test]
fn values_come_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), true, &[bare_history_row(), history_row()]);
    let batch = read_back(&exported.path);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&batch, "change"), [text("booked"), text("rescheduled")]);
    assert_eq!(texts(&batch, "idcard"), [None, text("110101199003070011")]);
    assert_eq!(texts(&batch, "hospital_code"), [text("0571"), text("0571")]);
    assert_eq!(texts(&batch, "pay_type"), [None, text("0")]);

    let column = |name: &str| batch.column_by_name(name).unwrap().clone();
    assert_eq!(column("version").as_primitive::<Int32Type>().values().as_ref(), [1, 2]);
    assert_eq!(column("delivery_id").as_primitive::<Int64Type>().values().as_ref(), [7, 7]);
    let fees: Vec<_> = column("examination_fee").as_primitive::<Decimal128Type>().iter().collect();
    assert_eq!(fees, [None, Some(288_100)]);
    let birthdates: Vec<_> = column("birthdate").as_primitive::<Date32Type>().iter().collect();
    assert_eq!(birthdates, [None, Some(7_370)]);
    let closed = "2026-10-31T16:00:00.000001Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    let valid_to: Vec<_> = column("valid_to").as_primitive::<TimestampMicrosecondType>().iter().collect();
    assert_eq!(valid_to, [Some(closed), None]);
    assert_eq!(column("is_current").as_boolean().iter().collect::<Vec<_>>(), [Some(false), Some(true)]);
    assert_eq!(column("is_pregnant").as_boolean().iter().collect::<Vec<_>>(), [None, Some(false)]);
}

#[test]
fn null_and_empty_text_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    let empty = HistoryRow { married: Some("".into()), add_combination_id: Some("".into()), ..history_row() };
    let exported = export(dir.path(), false, &[empty, bare_history_row()]);
    let batch = read_back(&exported.path);
    for name in ["married", "add_combination_id"] {
        assert_eq!(texts(&batch, name), [Some(String::new()), None], "{name}");
    }
}

/// Invariant: No export names a person unless the pipeline asks for it.
/// Held by: the query leaves the columns on the server.
#[test]
fn identity_is_absent_unless_asked_for_even_if_the_rows_have_it() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), false, &[history_row()]);
    let schema = read_back(&exported.path).schema();
    for name in IDENTITY_COLUMNS {
        assert!(schema.field_with_name(name).is_err(), "{name}");
    }
    let bytes = fs::read(&exported.path).unwrap();
    for value in ["110101199003070011", "测试甲", "13000000000"] {
        assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()));
    }
}

#[test]
fn row_without_identity_is_refused_by_a_file_with_identity() {
    let dir = tempfile::tempdir().unwrap();
    let error = create(dir.path(), true).write(&[HistoryRow { identity: None, ..history_row() }]).unwrap_err();
    assert!(matches!(error, ExportError::Row { row: 1, problem: RowProblem::IdentityMissing, .. }));
}

#[test]
fn rows_that_belong_elsewhere_or_lose_digits_are_refused_with_their_position() {
    let dir = tempfile::tempdir().unwrap();
    for (row, expected) in [
        (HistoryRow { account: "other".into(), ..history_row() }, RowProblem::ForeignAccount),
        (HistoryRow { check_date: "2026-12-01".parse().unwrap(), ..history_row() }, RowProblem::ForeignMonth),
        (HistoryRow { check_date: "2025-11-09".parse().unwrap(), ..history_row() }, RowProblem::ForeignMonth),
        (HistoryRow { examination_fee: "0.001".parse().ok(), ..history_row() }, RowProblem::Fee),
    ] {
        let mut file = create(dir.path(), false);
        file.write(&[history_row()]).unwrap();
        match file.write(&[history_row(), row]).unwrap_err() {
            ExportError::Row { row: 3, problem, .. } => assert_eq!(problem, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn file_dropped_half_way_leaves_the_older_one() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), false, &[history_row()]);
    let before = fs::read(&exported.path).unwrap();
    let mut file = create(dir.path(), false);
    file.write(&vec![history_row(); BATCH_ROWS + 1]).unwrap();
    drop(file);
    assert_eq!(fs::read(&exported.path).unwrap(), before);
    assert_eq!(names_in(exported.path.parent().unwrap()), ["hangzhou-third.parquet"]);
}

#[test]
fn month_without_rows_has_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = export(dir.path(), false, &[history_row()]).path;
    let exported = create(dir.path(), false).finish().unwrap();
    assert_eq!(exported, ExportedFile { path: path.clone(), rows: 0, bytes: 0, sha256: String::new() });
    assert_eq!(names_in(path.parent().unwrap()), [""; 0]);
    // And once more, with nothing to remove.
    assert_eq!(create(dir.path(), false).finish().unwrap(), exported);
}

#[test]
fn bytes_depend_on_the_rows_alone_not_on_how_they_are_handed_in() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rows: Vec<_> = (0..BATCH_ROWS as i32 * 2 + 5)
        .map(|version| HistoryRow { version, serial_number: format!("S{version}").into(), ..history_row() })
        .collect();
    let at_once = export(first.path(), true, &rows);
    let mut file = create(second.path(), true);
    for chunk in rows.chunks(777) {
        file.write(chunk).unwrap();
    }
    let in_pieces = file.finish().unwrap();
    assert_eq!(at_once.rows, rows.len() as u64);
    assert_eq!((at_once.sha256, at_once.bytes), (in_pieces.sha256, in_pieces.bytes));
}

#[test]
fn long_files_are_split_into_row_groups() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create(dir.path(), false);
    let rows = vec![bare_history_row(); 10_000];
    for _ in 0..7 {
        file.write(&rows).unwrap();
    }
    let exported = file.finish().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&exported.path).unwrap()).unwrap();
    let counts: Vec<_> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(counts, [32_768, 32_768, 4_464]);
}

#[test]
fn long_texts_are_encoded_before_the_batch_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create(dir.path(), false);
    let long = HistoryRow { add_combination_name: Some("长".repeat(BATCH_TEXT_BYTES / 3).into()), ..history_row() };
    file.write(&[history_row(), long, history_row()]).unwrap();
    assert_eq!(file.collected_rows, 1, "the long row closed its batch");
    assert_eq!(file.finish().unwrap().rows, 3);
}

#[test]
fn volumes_hold_sums_that_a_fee_cannot() {
    let dir = tempfile::tempdir().unwrap();
    let create =
        || MonthlyParquet::of_daily_volumes(dir.path(), ACCOUNT, NOVEMBER.parse().unwrap(), &contract()).unwrap();
    let mut file = create();
    file.write(&[daily_volume_row()]).unwrap();
    let batch = read_back(&file.finish().unwrap().path);
    let column = |name: &str| batch.column_by_name(name).unwrap().clone();
    assert_eq!(column("fee_total").data_type(), &DataType::Decimal128(18, 2));
    assert_eq!(column("fee_total").as_primitive::<Decimal128Type>().values().as_ref(), [1_999_999_999_998]);
    assert_eq!(column("reservations").as_primitive::<Int64Type>().values().as_ref(), [2]);
    assert_eq!(texts(&batch, "hospital_package_name"), [None]);
    for field in batch.schema().fields() {
        for key in [DESCRIPTION_ZH, DESCRIPTION_EN] {
            assert!(field.metadata().get(key).is_some_and(|text| !text.is_empty()), "{} {key}", field.name());
        }
    }
    let too_much = DailyVolumeRow { fee_total: "10000000000000000".parse().unwrap(), ..daily_volume_row() };
    let error = create().write(&[too_much]).unwrap_err();
    assert!(matches!(error, ExportError::Row { row: 1, problem: RowProblem::Fee, .. }));
}

#[test]
fn file_can_move_to_a_blocking_thread() {
    fn is_send<T: Send>() {}
    is_send::<MonthlyParquet<HistoryRow>>();
}
