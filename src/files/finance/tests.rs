//! The finance files as their receivers see them, byte for byte.

mod workbook;

use std::fs;

use super::*;
use crate::files::samples::{ACCOUNT, Sample, contract, date, entry, finance_row, names_in, rows};
use crate::pipeline::{CsvProfile, TextEncoding};
use crate::rows::Cell;

fn header() -> SnapshotHeader {
    SnapshotHeader {
        account: ACCOUNT.to_owned(),
        delivery_id: 7,
        as_of: "2026-10-31T16:00:00.000001Z".parse().unwrap(),
    }
}

fn samples() -> [Sample; 3] {
    let other = finance_row()
        .with("serial_number", Cell::Text("S-2"))
        .with("version", Cell::Integer(1))
        .with("change", Cell::Text("cancelled"))
        .with("hospital_name", Cell::Text("=cmd|'/c calc'!A1"))
        .with("hospital_package_name", Cell::Text("a \"b\"; c"))
        .with("add_combination_id", Cell::Text(""))
        .with("add_combination_name", Cell::Empty)
        .with("examination_fee", Cell::Fee(10_010))
        .with("order_status", Cell::Text("5"));
    let free = finance_row().with("serial_number", Cell::Text("S-3"));
    [finance_row(), other, free.with("examination_fee", Cell::Empty).with("pay_type", Cell::Empty)]
}

fn csv(profile: CsvProfile) -> TableFormat {
    TableFormat::Csv { profile, encoding: TextEncoding::Utf8 }
}

fn create(dir: &Path, profile: CsvProfile) -> FinanceFile {
    create_as(dir, csv(profile))
}

fn create_as(dir: &Path, format: TableFormat) -> FinanceFile {
    FinanceFile::create(dir, format, Subject::Snapshot(header()), &contract(), &finance_row().columns()).unwrap()
}

fn export(dir: &Path, profile: CsvProfile, samples: &[Sample]) -> ExportedFile {
    let mut file = create(dir, profile);
    file.write(&rows(samples)).unwrap();
    file.finish().unwrap()
}

#[test]
fn excel_profile_is_this_text() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), CsvProfile::Excel, &samples());
    let expected = [
        "\u{FEFF}\"医院账户\",\"中serialNumber\",\"版本号\",\"最近变更\",\"最近变更代码\",\"首次收到时间\",\"首次收到日期\",\"最近变更时间\",\"最近变更日期\",\
         \"中hospitalCode\",\"中hospitalName\",\"中checkDate\",\"体检月份\",\"中hospitalPackageId\",\"中hospitalPackageName\",\
         \"中addCombinationId\",\"中addCombinationName\",\"中examinationFee\",\"预约状态\",\"预约状态代码\",\"中payType\",\"中payType代码\",\
         \"中dataSources\"\r\n",
        "\"hangzhou-third\",\"\t20261101000000000001\",\"2\",\"改期\",\"rescheduled\",\"2026-10-31 00:00:00\",\"2026-10-31\",\
         \"2026-11-01 00:00:00\",\"2026-11-01\",\"\t0571\",\"第三医院\",\"2026-11-09\",\"\t2026-11\",\"P1\",\"套餐\",\"\t101,102\",\"血常规,尿常规\",\
         \"2881.50\",\"改约\",\"2\",\"0\",\"0\",\"app\"\r\n",
        "\"hangzhou-third\",\"S-2\",\"1\",\"取消\",\"cancelled\",\"2026-10-31 00:00:00\",\"2026-10-31\",\"2026-11-01 00:00:00\",\"2026-11-01\",\
         \"\t0571\",\"'=cmd|'/c calc'!A1\",\"2026-11-09\",\"\t2026-11\",\"P1\",\"a \"\"b\"\"; c\",\"\",\"\",\"100.10\",\"已取消预约\",\
         \"5\",\"0\",\"0\",\"app\"\r\n",
        "\"hangzhou-third\",\"S-3\",\"2\",\"改期\",\"rescheduled\",\"2026-10-31 00:00:00\",\"2026-10-31\",\"2026-11-01 00:00:00\",\"2026-11-01\",\
         \"\t0571\",\"第三医院\",\"2026-11-09\",\"\t2026-11\",\"P1\",\"套餐\",\"\t101,102\",\"血常规,尿常规\",\"\",\"改约\",\"2\",\"\",\"\",\
         \"app\"\r\n",
    ];
    assert_eq!(fs::read_to_string(exported.path).unwrap(), expected.concat());
}

#[test]
fn machine_profile_is_this_text() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), CsvProfile::Machine, &samples());
    let expected = [
        "account,serial_number,version,change,booked_at,booked_date,changed_at,changed_date,hospital_code,hospital_name,check_date,check_month,\
         hospital_package_id,hospital_package_name,add_combination_id,add_combination_name,examination_fee,order_status,\
         pay_type,data_sources\r\n",
        "hangzhou-third,20261101000000000001,2,rescheduled,2026-10-30T16:00:00.000000Z,2026-10-31,2026-10-31T16:00:00.000001Z,2026-11-01,0571,\
         第三医院,2026-11-09,2026-11,P1,套餐,\"101,102\",\"血常规,尿常规\",2881.50,2,0,app\r\n",
        "hangzhou-third,S-2,1,cancelled,2026-10-30T16:00:00.000000Z,2026-10-31,2026-10-31T16:00:00.000001Z,2026-11-01,0571,\
         =cmd|'/c calc'!A1,2026-11-09,2026-11,P1,\"a \"\"b\"\"; c\",,,100.10,5,0,app\r\n",
        "hangzhou-third,S-3,2,rescheduled,2026-10-30T16:00:00.000000Z,2026-10-31,2026-10-31T16:00:00.000001Z,2026-11-01,0571,\
         第三医院,2026-11-09,2026-11,P1,套餐,\"101,102\",\"血常规,尿常规\",,2,,app\r\n",
    ];
    assert_eq!(fs::read_to_string(exported.path).unwrap(), expected.concat());
}

#[test]
fn gb18030_is_the_same_text_without_a_mark() {
    let dir = tempfile::tempdir().unwrap();
    let utf8 = fs::read(export(dir.path(), CsvProfile::Excel, &samples()).path).unwrap();
    let other = tempfile::tempdir().unwrap();
    let format = TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Gb18030 };
    let mut file = create_as(other.path(), format);
    file.write(&rows(&samples())).unwrap();
    let path = file.finish().unwrap().path;
    let bytes = fs::read(&path).unwrap();
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&bytes).unwrap();
    assert_eq!(format!("\u{FEFF}{text}").as_bytes(), utf8);
    let manifest = fs::read_to_string(manifest_path(&path)).unwrap();
    assert!(manifest.contains("\"encoding\": \"gb18030\""), "{manifest}");
}

#[test]
fn a_character_beside_the_browsers_gb18030_is_written_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let format = TableFormat::Csv { profile: CsvProfile::Machine, encoding: TextEncoding::Gb18030 };
    let mut file = create_as(dir.path(), format);
    file.write(&rows(&[finance_row().with("hospital_name", Cell::Text("体\u{E5E5}检"))])).unwrap();
    assert!(verify_file(&file.finish().unwrap().path).findings.iter().all(|finding| finding.problem.is_none()));
}

#[test]
fn name_says_account_time_in_shanghai_and_delivery() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), CsvProfile::Machine, &samples());
    let name = "hangzhou-third_finance_20261101T000000_7.csv";
    assert_eq!(exported.path, dir.path().join(name));
    assert_eq!(names_in(dir.path()), [name.to_owned(), format!("{name}.manifest.json")]);
}

#[test]
fn manifest_tells_totals_digest_and_columns() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), CsvProfile::Machine, &samples());
    let bytes = fs::read(&exported.path).unwrap();
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(manifest_path(&exported.path)).unwrap()).unwrap();
    let columns = "account serial_number version change booked_at booked_date changed_at changed_date hospital_code hospital_name check_date check_month \
                   hospital_package_id hospital_package_name add_combination_id add_combination_name examination_fee \
                   order_status pay_type data_sources";
    assert_eq!(
        manifest,
        serde_json::json!({
            "format_version": 2,
            "kind": "snapshot",
            "account": "hangzhou-third",
            "file": "hangzhou-third_finance_20261101T000000_7.csv",
            "format": "csv",
            "profile": "machine",
            "encoding": "utf-8",
            "delivery_id": 7,
            "as_of": "2026-10-31T16:00:00.000001Z",
            "rows": 3,
            "fee_total": "2981.60",
            "fee_total_active": "2881.50",
            "by_month": { "2026-11": { "rows": 3, "fee_total": "2981.60", "fee_total_active": "2881.50" } },
            "by_hospital": { "0571": { "rows": 3, "fee_total": "2981.60", "fee_total_active": "2881.50" } },
            "by_pay_type": {
                "": { "rows": 1, "fee_total": "0.00", "fee_total_active": "0.00" },
                "0": { "rows": 2, "fee_total": "2981.60", "fee_total_active": "2881.50" },
            },
            "bytes": bytes.len(),
            "sha256": sha256,
            "columns": columns.split_whitespace().collect::<Vec<_>>(),
        })
    );
    assert_eq!((exported.rows, exported.bytes, exported.sha256), (3, bytes.len() as u64, sha256));
}

/// Invariant: Money is exact.
#[test]
fn manifest_totals_are_the_sums_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (0..1_000)
        .map(|number| {
            let order_status = if number % 3 == 0 { "5" } else { "1" };
            let row = finance_row().with("examination_fee", Cell::Fee(999_999_999_990 + number % 10));
            row.with("order_status", Cell::Text(order_status))
        })
        .collect();
    let exported = export(dir.path(), CsvProfile::Machine, &rows);
    let (mut total, mut active) = (rust_decimal::Decimal::ZERO, rust_decimal::Decimal::ZERO);
    for record in csv::Reader::from_path(&exported.path).unwrap().records() {
        let record = record.unwrap();
        let fee: rust_decimal::Decimal = record[16].parse().unwrap();
        total += fee;
        active += if &record[17] == "5" { rust_decimal::Decimal::ZERO } else { fee };
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(manifest_path(&exported.path)).unwrap()).unwrap();
    assert_eq!(manifest["fee_total"], total.to_string());
    assert_eq!(manifest["fee_total_active"], active.to_string());
}

fn handoff() -> Handoff {
    Handoff {
        account: ACCOUNT.to_owned(),
        handoff_number: 42,
        first_delivery_id: 7,
        last_delivery_id: 9,
        as_of: "2026-10-31T16:00:00Z".parse().unwrap(),
        first_entry_number: 1001,
        entries: 2,
        amount: "-20.00".parse().unwrap(),
        balance: "5.10".parse().unwrap(),
    }
}

fn entries() -> [Sample; 2] {
    let posting = entry()
        .with("entry_number", Cell::Integer(1002))
        .with("entry_kind", Cell::Text("posting"))
        .with("check_date", date("2026-12-01"))
        .with("check_month", Cell::Text("2026-12"))
        .with("amount_before", Cell::Fee(0))
        .with("amount_after", Cell::Fee(10_000))
        .with("amount", Cell::Fee(10_000));
    [entry(), posting]
}

fn export_delta(dir: &Path, profile: CsvProfile, samples: &[Sample]) -> Result<ExportedFile, ExportError> {
    let subject = Subject::Delta(handoff());
    let mut file = FinanceFile::create(dir, csv(profile), subject, &contract(), &entry().columns()).unwrap();
    file.write(&rows(samples)).unwrap();
    file.finish()
}

#[test]
fn deltas_are_this_text_and_negative_amounts_stay_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export_delta(dir.path(), CsvProfile::Excel, &entries()).unwrap();
    assert_eq!(exported.path, dir.path().join("hangzhou-third_finance_delta_000042_20261101T000000.csv"));
    let expected = [
        "\u{FEFF}\"医院账户\",\"交接批次\",\"分录号\",\"分录类型\",\"分录类型代码\",\"业务事件\",\"业务事件代码\",\"事件时间\",\"事件日期\",\"记账日期\",\"记账月份\",\
         \"中serialNumber\",\"版本号\",\"中hospitalCode\",\"中hospitalName\",\"中checkDate\",\"体检月份\",\"中hospitalPackageId\",\
         \"中hospitalPackageName\",\"预约状态\",\"预约状态代码\",\"中payType\",\"中payType代码\",\"中dataSources\",\"变动前金额（元）\",\
         \"变动后金额（元）\",\"发生额（元）\"\r\n",
        "\"hangzhou-third\",\"42\",\"1001\",\"冲销\",\"reversal\",\"改期\",\"rescheduled\",\"2026-11-01 00:00:00\",\"2026-11-01\",\"2026-11-01\",\"\t2026-11\",\
         \"\t20261101000000000001\",\"2\",\"\t0571\",\"第三医院\",\"2026-11-09\",\"\t2026-11\",\"P1\",\"\",\"改约\",\"2\",\"\",\"\",\"'=app\",\
         \"120.00\",\"0.00\",\"-120.00\"\r\n",
        "\"hangzhou-third\",\"42\",\"1002\",\"入账\",\"posting\",\"改期\",\"rescheduled\",\"2026-11-01 00:00:00\",\"2026-11-01\",\"2026-11-01\",\"\t2026-11\",\
         \"\t20261101000000000001\",\"2\",\"\t0571\",\"第三医院\",\"2026-12-01\",\"\t2026-12\",\"P1\",\"\",\"改约\",\"2\",\"\",\"\",\"'=app\",\
         \"0.00\",\"100.00\",\"100.00\"\r\n",
    ];
    assert_eq!(fs::read_to_string(exported.path).unwrap(), expected.concat());
}

#[test]
fn entries_that_are_not_those_of_the_handoff_make_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let dearer = entries()[1].clone().with("amount", Cell::Fee(10_001));
    for samples in [vec![], vec![entry()], vec![entry(), dearer]] {
        let error = export_delta(dir.path(), CsvProfile::Machine, &samples).unwrap_err();
        assert!(matches!(error, ExportError::Unreconciled { .. }), "{error}");
        assert_eq!(names_in(dir.path()), [""; 0]);
    }
}

#[test]
fn rerun_writes_the_same_bytes() {
    let gb18030 = TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Gb18030 };
    for format in [csv(CsvProfile::Excel), csv(CsvProfile::Machine), gb18030, TableFormat::Xlsx] {
        let dir = tempfile::tempdir().unwrap();
        let mut file = create_as(dir.path(), format);
        file.write(&rows(&samples())).unwrap();
        let first = file.finish().unwrap();
        let read = || (fs::read(&first.path).unwrap(), fs::read(manifest_path(&first.path)).unwrap());
        let before = read();
        let mut file = create_as(dir.path(), format);
        for sample in samples() {
            file.write(&rows(&[sample])).unwrap();
        }
        assert_eq!(file.finish().unwrap(), first);
        assert_eq!(read(), before);
        assert_eq!(names_in(dir.path()).len(), 2);
    }
}

#[test]
fn file_without_rows_has_a_heading_and_a_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(dir.path(), CsvProfile::Machine, &[]);
    assert_eq!(exported.rows, 0);
    assert_eq!(fs::read_to_string(&exported.path).unwrap().lines().count(), 1);
    let manifest = fs::read_to_string(manifest_path(&exported.path)).unwrap();
    assert!(manifest.contains("\"fee_total\": \"0.00\""), "{manifest}");
}

#[test]
fn file_dropped_half_way_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create(dir.path(), CsvProfile::Excel);
    file.write(&rows(&vec![finance_row(); 1_000])).unwrap();
    assert_eq!(names_in(dir.path()).len(), 1, "the temporary file");
    drop(file);
    assert_eq!(names_in(dir.path()), [""; 0]);
}

#[test]
fn older_manifest_never_vouches_for_a_file_that_failed() {
    let dir = tempfile::tempdir().unwrap();
    let first = export(dir.path(), CsvProfile::Machine, &samples());
    // The file cannot be renamed into place: a folder has its name.
    fs::remove_file(&first.path).unwrap();
    fs::create_dir(&first.path).unwrap();
    let mut file = create(dir.path(), CsvProfile::Machine);
    file.write(&rows(&samples())).unwrap();
    let error = file.finish().unwrap_err();
    assert!(matches!(&error, ExportError::File { operation: "rename into place", path, .. } if *path == first.path));
    assert!(!manifest_path(&first.path).exists());
    assert_eq!(names_in(dir.path()).len(), 1, "no temporary file stays");
}

#[test]
fn rows_that_must_not_stand_here_are_refused_without_their_values() {
    let dir = tempfile::tempdir().unwrap();
    for (row, expected) in [
        (finance_row().with("account", Cell::Text("other")), RowProblem::ForeignAccount),
        (finance_row().with("examination_fee", Cell::Fee(1_234_567_890_123)), RowProblem::Fee),
    ] {
        let mut file = create(dir.path(), CsvProfile::Machine);
        let error = file.write(&rows(&[finance_row(), row])).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("row 2 of ") && !message.contains("12345"), "{message}");
        assert!(matches!(error, ExportError::Row { problem, .. } if problem == expected));
    }
}

#[test]
fn rows_of_other_columns_make_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let subject = || Subject::Snapshot(header());
    let create = |columns| {
        FinanceFile::create(dir.path(), csv(CsvProfile::Machine), subject(), &contract(), columns).unwrap_err()
    };
    for columns in [&entry().columns()[..], &finance_row().columns()[1..], &[]] {
        assert!(matches!(create(columns), ExportError::Row { problem: RowProblem::Columns, .. }));
    }
}

#[test]
fn unknown_codes_stand_for_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let row = finance_row().with("order_status", Cell::Text("9")).with("change", Cell::Text("new_kind"));
    let exported = export(dir.path(), CsvProfile::Excel, &[row]);
    let text = fs::read_to_string(exported.path).unwrap();
    assert!(text.contains("\"new_kind\",\"new_kind\","), "{text}");
    assert!(text.contains("\"9\",\"9\",\"0\""), "{text}");
}

#[test]
fn file_can_move_to_a_blocking_thread() {
    fn is_send<T: Send>() {}
    is_send::<FinanceFile>();
}
