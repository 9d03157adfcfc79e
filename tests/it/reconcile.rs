//! `tijian reconcile`: every planted loss is found, in every form of a list, and nothing else; nothing is changed, and nothing of
//! a person is told.

use std::path::PathBuf;

use encoding_rs::GB18030;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::support::{Ended, Hospital, assert_snapshot, record};

/// The platform's list after a night whose callbacks were lost: one reservation the warehouse has never seen (with its
/// cancellation: two), one that is cancelled, one moved, one dearer, one in quarantine; and two that agree.
const LIST: [[&str; 6]; 10] = [
    ["姓名", "预约ID", "证件号码", "预约状态", "体检日期", "体检费用（元）"],
    ["张三", "A-1", "11010519491231002X", "已预约", "2026-02-03", "2881.00"],
    ["张三", "A-2", "11010519491231002X", "1", "2026/2/3", "2,881.00"],
    ["张三", "CANCELLED", "11010519491231002X", "已取消预约", "2026-02-03", "2881.00"],
    ["张三", "MOVED", "11010519491231002X", "改约", "2026-02-04", "2881.00"],
    ["张三", "DEARER", "11010519491231002X", "已预约", "2026-02-03", "3000.00"],
    ["张三", "REFUSED", "11010519491231002X", "已预约", "2026-02-03", "2881.00"],
    ["张三", "UNKNOWN", "11010519491231002X", "已预约", "2026-02-05", "2881.00"],
    ["张三", "GONE", "11010519491231002X", "已取消预约", "2026-02-05", "2881.00"],
    ["张三", "CHANGED", "11010519491231002X", "已预约", "2026-02-03", "2881.00"],
];

/// What is to be found of it: finding, number, field, here, there, line.
const FOUND: [[&str; 6]; 10] = [
    ["different", "CANCELLED", "order_status", "1", "5", "4"],
    ["different", "CHANGED", "examination_fee", "", "2881.00", "10"],
    ["different", "DEARER", "examination_fee", "2881.00", "3000.00", "6"],
    ["different", "MOVED", "check_date", "2026-02-03", "2026-02-04", "5"],
    ["different", "MOVED", "order_status", "1", "2", "5"],
    ["in_quarantine", "REFUSED", "order_status", "", "1", "7"],
    ["missing_here", "GONE", "order_status", "", "5", "9"],
    ["missing_here", "UNKNOWN", "order_status", "", "1", "8"],
    ["missing_there", "HERE", "check_date", "2026-02-03", "", ""],
    ["missing_there", "HERE-2", "check_date", "2026-02-05", "", ""],
];

/// A hospital with one night behind it.
async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    let changes = |serial_number: &str| match serial_number {
        "REFUSED" => r#""checkDate":"2026-02-30""#,
        "LEFT" => r#""orderStatus":5"#,
        "LATER" => r#""checkDate":"2026-02-06""#,
        "HERE-2" => r#""checkDate":"2026-02-05""#,
        "CHANGED" => r#""examinationFee":null"#,
        _ => "",
    };
    let serial_numbers =
        ["A-1", "A-2", "CANCELLED", "MOVED", "DEARER", "REFUSED", "CHANGED", "HERE", "HERE-2", "LEFT", "LATER"];
    let records = serial_numbers.map(|serial_number| record(serial_number, changes(serial_number)));
    hospital.simulator.insert_records(records.to_vec());
    hospital.run_well().await;
    hospital
}

fn csv(rows: &[[&str; 6]], delimiter: &str) -> String {
    let quoted = |row: &[&str; 6]| row.map(|cell| format!("\"{cell}\"")).join(delimiter) + "\r\n";
    rows.iter().map(quoted).collect()
}

/// Numbers and days as Excel keeps them, a title above, a second sheet behind.
fn workbook(hospital: &Hospital) -> PathBuf {
    let mut workbook = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet();
    for (line, row) in (0..).zip(LIST) {
        for (column, cell) in (0..).zip(row) {
            match (line, column) {
                (1.., 4) => {
                    let mut parts = cell.split(['-', '/']).map(|part| part.parse::<u16>().unwrap());
                    let mut part = || parts.next().unwrap();
                    let date = ExcelDateTime::from_ymd(part(), part() as u8, part() as u8).unwrap();
                    sheet.write_with_format(line, column, &date, &day).unwrap();
                }
                (1.., 5) => drop(sheet.write(line, column, cell.replace(',', "").parse::<f64>().unwrap()).unwrap()),
                _ => drop(sheet.write(line, column, cell).unwrap()),
            }
        }
    }
    workbook.add_worksheet().write(0, 0, "说明").unwrap();
    let path = hospital.dir.path().join("platform.xlsx");
    workbook.save(&path).unwrap();
    path
}

fn write(hospital: &Hospital, name: &str, content: &[u8]) -> PathBuf {
    let path = hospital.dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// `tijian reconcile` with the hospital's account, in its folder.
fn reconcile(hospital: &Hospital, list: &std::path::Path, options: &[&str]) -> Ended {
    let arguments = ["reconcile", list.to_str().unwrap(), hospital.pipeline_file.to_str().unwrap()];
    hospital.command(&[&arguments, options].concat())
}

/// The rows of a file of findings, sorted, without the account.
fn found(path: &std::path::Path) -> Vec<[String; 6]> {
    let bytes = std::fs::read(path).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(!text.contains("张三") && !text.contains("11010519491231002X"), "{text}");
    let mut reader = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap());
    let headings: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(headings, ["account", "serial_number", "finding", "field", "here", "there", "line"]);
    let mut rows: Vec<[String; 6]> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            assert_eq!(&row[0], "demo");
            [2, 1, 3, 4, 5, 6].map(|column| row[column].trim_start_matches('\t').to_owned())
        })
        .collect();
    rows.sort();
    rows
}

/// Every table of ours and how many rows it has, and every sequence's position.
async fn counts(hospital: &Hospital) -> Vec<String> {
    let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('etl', 'warehouse', 'mart', 'finance') order by 1";
    let mut counts = Vec::new();
    for table in hospital.database.lines(tables).await {
        let query = format!("select '{table} ' || count(*) from {table}");
        counts.extend(crate::support::lines(&hospital.database.client, &query).await);
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_loss_is_found_in_every_form_of_a_list_and_nothing_else() {
    let hospital = hospital().await;
    let before = counts(&hospital).await;
    let lists = [
        write(&hospital, "plain.csv", csv(&LIST, ",").as_bytes()),
        write(&hospital, "marked.csv", format!("\u{feff}{}", csv(&LIST, ";")).as_bytes()),
        write(&hospital, "chinese.txt", &GB18030.encode(&csv(&LIST, "\t")).0),
        workbook(&hospital),
    ];
    for list in &lists {
        let out = list.with_extension("found.csv");
        let ended = reconcile(&hospital, list, &["--out", out.to_str().unwrap()]).expect(3);
        let expected = FOUND.map(|row| row.map(str::to_owned));
        assert_eq!(found(&out), expected, "{}", list.display());
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o7777, 0o640);
        let dir = hospital.dir.path().to_str().unwrap();
        assert!(!format!("{ended:?}").contains("张三"), "{ended:?}");
        if list.ends_with("plain.csv") {
            let replacements = [(dir, "DIR"), (r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME")];
            assert_snapshot("reconcile", &ended.stdout, &replacements);
            let (zh, out) = (hospital.dir.path().join("zh.csv"), "--out");
            let ended = reconcile(&hospital, list, &["--lang", "zh", out, zh.to_str().unwrap()]).expect(3);
            assert_snapshot("reconcile-zh", &ended.stdout, &replacements);
        }
        // Again: what was found is not replaced.
        reconcile(&hospital, list, &["--out", out.to_str().unwrap()]).expect(2);
    }
    assert_eq!(counts(&hospital).await, before);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_agrees_ends_with_0_and_leaves_no_file() {
    let hospital = hospital().await;
    let list = write(&hospital, "list.csv", csv(&LIST[..3], ",").as_bytes());
    let files = hospital.files();
    // The list is said to cover a day of which it has all but those that it lacks.
    let period = ["--from", "2026-02-06", "--to", "20260206"];
    let json = reconcile(&hospital, &list, &[&period[..], &["--output", "json"]].concat()).expect(3).json();
    assert_eq!((json["missing_there"].as_u64(), json["outside_period"].as_u64()), (Some(1), Some(2)), "{json}");
    std::fs::remove_file(hospital.dir.path().join(json["file"].as_str().unwrap())).unwrap();

    // Without dates it is not complete for anything.
    let undated = write(&hospital, "list.csv", "单号,状态\nA-1,1\nLEFT,取消\n".as_bytes());
    let ended = reconcile(&hospital, &undated, &["--column", "serial_number=单号", "--output", "json"]).expect(0);
    let json = ended.json();
    assert_eq!((json["agree"].as_u64(), json["file"].as_str(), json["from"].as_str()), (Some(2), None, None), "{json}");
    assert_eq!(hospital.files(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_that_cannot_be_read_and_rows_that_contradict_each_other_are_found_without_their_words() {
    let hospital = hospital().await;
    let text = "serialNumber,orderStatus,checkDate,examinationFee\nA-1,1,张三,2881\nA-1,1,2026-02-03,2881\n\
        A-2,1,2026-02-03,2881\nA-2,5,,\n\n1.23E+17,1,,\n11010519491231002X,1,,\n张三,1,,\n";
    let list = write(&hospital, "list.csv", text.as_bytes());
    let out = hospital.dir.path().join("found.csv");
    let period = ["--from", "2027-01-01", "--out", out.to_str().unwrap()];
    reconcile(&hospital, &list, &period).expect(3);
    let expected = [
        ["contradictory", "A-2", "order_status", "", "1", "4"],
        ["contradictory", "A-2", "order_status", "", "5", "5"],
        ["missing_here", "", "order_status", "", "1", "8"],
        ["missing_here", "", "order_status", "", "1", "9"],
        ["unreadable", "", "serial_number", "", "", "7"],
        ["unreadable", "A-1", "check_date", "", "", "2"],
    ];
    assert_eq!(found(&out), expected.map(|row| row.map(str::to_owned)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_or_command_that_cannot_be_used_ends_with_2_and_names_nobody() {
    let hospital = hospital().await;
    let good = write(&hospital, "good.csv", csv(&LIST, ",").as_bytes());
    let headless = write(&hospital, "headless.csv", csv(&LIST[1..], ",").as_bytes());
    let ended = reconcile(&hospital, &headless, &[]).expect(2);
    assert!(ended.stderr.contains("is a heading with the reservation's number"), "{}", ended.stderr);
    assert!(!format!("{ended:?}").contains("张三"), "{ended:?}");
    for (name, content) in [
        ("empty.csv", &b""[..]),
        ("old.xls", b"\xd0\xcf\x11\xe0"),
        ("page.xls", b"<html>"),
        ("cut.xlsx", b"PK\x03\x04"),
    ] {
        let list = write(&hospital, name, content);
        reconcile(&hospital, &list, &[]).expect(2);
    }
    reconcile(&hospital, &good, &["--column", "check_date=日子"]).expect(2);
    reconcile(&hospital, &good, &["--column", "name=姓名"]).expect(2);
    reconcile(&hospital, &good, &["--from", "2026-02-05", "--to", "2026-02-04"]).expect(2);
    reconcile(&hospital, &good, &["--account", "demo"]).expect(2);
    reconcile(&hospital, std::path::Path::new("/dev/zero"), &[]).expect(2);
    reconcile(&hospital, &hospital.dir.path().join("absent.csv"), &[]).expect(2);
    let unknown = hospital.command(&["reconcile", good.to_str().unwrap(), "--account", "nobody"]).expect(2);
    assert!(unknown.stderr.contains("no delivery of account nobody"), "{}", unknown.stderr);
    hospital.command(&["reconcile", good.to_str().unwrap(), "--account", "demo", "--output", "json"]).expect(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_the_schema_is_refused_and_stays_empty() {
    let hospital = hospital().await;
    let empty = crate::support::TestDatabase::create_empty().await;
    let list = write(&hospital, "list.csv", csv(&LIST, ",").as_bytes());
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &empty.url).arg("reconcile").arg(&list).arg(&hospital.pipeline_file);
    let ended = crate::support::end(command).expect(1);
    assert!(ended.stderr.contains("tijian migrate"), "{}", ended.stderr);
    let made = "select nspname::text from pg_namespace where nspname in ('etl', 'warehouse')";
    assert_eq!(empty.lines(made).await, [""; 0]);
}

/// Peak memory of a list of many rows, by hand: `TIJIAN_LIST_ROWS=1000000`.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_compared() {
    let rows = crate::support::number_from_environment("TIJIAN_LIST_ROWS", 20_000) as u64;
    let hospital = hospital().await;
    let mut text = "预约号,状态,体检日期,费用,姓名\n".to_owned();
    for row in 0..rows {
        text.push_str(&format!("ZJ109-{row:09},已预约,2026-02-04,\"1,234.00\",张三\n"));
    }
    let list = write(&hospital, "long.csv", text.as_bytes());
    let ended = reconcile(&hospital, &list, &["--out", "found.csv", "--output", "json"]).expect(3);
    let json = ended.json();
    assert_eq!((json["listed"].as_u64(), json["missing_here"].as_u64()), (Some(rows), Some(rows)), "{json}");
    let found = std::fs::read_to_string(hospital.dir.path().join("found.csv")).unwrap();
    assert_eq!(found.lines().count() as u64, rows + 1);
}
