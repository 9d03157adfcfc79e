//! The clerk's finance files in LibreOffice: dates are dates, fees are numbers, codes are text, no cell is a formula.

use std::path::PathBuf;

use crate::libreoffice::{Cell, Import, open};
use crate::support::{Hospital, record};

/// Texts that a spreadsheet would take for a formula, or make a number or a date of: as names and as codes.
const DANGEROUS: [&str; 13] = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    " =1",
    "0571",
    "101,102",
    "20261101000000000001",
    "2026-11-01",
    "1E5",
    "1/2",
    "'=1",
];

/// Kinds of columns, by the column's heading.
const DATES: [&str; 5] = ["预约体检日期", "首次收到日期", "最近变更日期", "事件日期", "记账日期"];
const TIMES: [&str; 3] = ["首次收到时间", "最近变更时间", "事件时间"];
const MONEY: [&str; 4] = ["体检费用（元）", "变动前金额（元）", "变动后金额（元）", "发生额（元）"];
const NUMBERS: [&str; 3] = ["版本号", "交接批次", "分录号"];

/// Headings of words beside codes.
const WORDS: [&str; 5] = ["最近变更", "预约状态", "分录类型", "业务事件", "支付方式"];

/// One night with these texts wherever a text may stand, into a folder for the clerk and one for programs.
async fn hospital(options: &str) -> Hospital {
    let mut hospital = Hospital::new().await;
    let clerk = hospital.dir.path().join("clerk");
    hospital.redefine(|text| {
        format!(
            "{text}\n[[export]]\nkind = \"finance\"\nsnapshot = \"nightly\"\ndir = \"{}\"\n{options}\n",
            clerk.display()
        )
    });
    let with = |(number, text): (usize, &&str)| {
        let text = serde_json::to_string(text).unwrap();
        record(
            &format!("{:020}", number + 1),
            &format!(
                r#""hospitalName":{text},"hospitalPackageName":{text},"hospitalPackageId":{text},"addCombinationId":{text},
                "addCombinationName":{text},"dataSources":{text},"hospitalCode":"00{number}","examinationFee":{number}.10"#
            ),
        )
    };
    let mut records: Vec<String> = DANGEROUS.iter().enumerate().map(with).collect();
    records.push(record("20261101000000000099", r#""examinationFee":9999999999.99,"addCombinationId":null"#));
    records.push(record("20261101000000000100", r#""examinationFee":null"#));
    hospital.simulator.insert_records(records);
    let report = hospital.run_well().await;
    assert_eq!(
        report.counts.rejected,
        0,
        "{:?}",
        hospital.database.lines("select reasons::text from etl.rejections").await
    );
    hospital
}

/// Snapshot and delta in a folder, without manifests.
fn files(hospital: &Hospital, dir: &str) -> Vec<PathBuf> {
    let files = hospital.files().into_iter().filter(|file| file.starts_with(dir) && !file.ends_with(".json"));
    let files: Vec<PathBuf> = files.map(|file| hospital.dir.path().join(file)).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    files
}

/// The heading and rows of a file for programs: what the clerk's must be the same as.
fn plain_rows(file: &std::path::Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(file).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Opens the clerk's files, and compares every cell with the file for programs. `is_exact`: codes stand there as they
/// are; otherwise one guard may stand in front.
async fn assert_as_meant(options: &str, import: Import, is_exact: bool) {
    let hospital = hospital(options).await;
    for (clerks, programs) in files(&hospital, "clerk").iter().zip(files(&hospital, "finance")) {
        let at = clerks.file_name().unwrap().to_string_lossy();
        let sheets = open(clerks, import);
        let is_rows = |sheet: &&(String, _)| !matches!(import, Import::Workbook) || sheet.0 == "明细";
        let (heading, rows) = sheets.iter().find(is_rows).unwrap().1.split_first().expect("a heading");
        let heading: Vec<String> = heading.iter().map(|cell| cell.clone().unwrap().text).collect();
        let expected = plain_rows(&programs);
        assert_eq!(rows.len(), expected.len() - 1, "{at}");
        // One record has no fee, and no place in a delta.
        assert!(rows.len() > DANGEROUS.len(), "{at}: {} rows", rows.len());

        // Words stand beside their codes, for people only.
        let is_shared = |heading: &&(usize, &String)| !WORDS.contains(&heading.1.as_str());
        let shared: Vec<(usize, &String)> = heading.iter().enumerate().collect();
        let shared: Vec<&(usize, &String)> = shared.iter().filter(is_shared).collect();
        assert_eq!(shared.len(), expected[0].len(), "{at}: {heading:?}");
        for (row, expected) in rows.iter().zip(&expected[1..]) {
            for ((column, heading), expected) in shared.iter().zip(expected) {
                let cell = row.get(*column).cloned().flatten();
                assert_cell(cell, heading, expected, is_exact, &at);
            }
            assert!(row.iter().flatten().all(|cell| cell.formula.is_none()), "{at}: {row:?}");
        }
    }
}

#[track_caller]
fn assert_cell(cell: Option<Cell>, heading: &str, expected: &str, is_exact: bool, at: &str) {
    let Some(cell) = cell else {
        assert_eq!(expected, "", "{at}, {heading}");
        return;
    };
    let what = format!("{at}, {heading}: {cell:?}, expected {expected:?}");
    if DATES.contains(&heading) {
        assert_eq!((cell.kind.as_str(), cell.value.as_str()), ("date", expected), "{what}");
    } else if TIMES.contains(&heading) {
        // The programs' file has UTC with microseconds.
        let expected: chrono::DateTime<chrono::Utc> = expected.parse().unwrap();
        let local = expected.naive_utc() + chrono::TimeDelta::hours(8);
        let text = local.format("%Y-%m-%d %H:%M:%S").to_string();
        // A time at midnight is written as its date.
        let value = text.replace(' ', "T").trim_end_matches("T00:00:00").to_owned();
        assert_eq!((cell.kind.as_str(), cell.value.as_str()), ("date", value.as_str()), "{what}");
        assert_eq!(cell.text, text, "{what}");
    } else if MONEY.contains(&heading) || NUMBERS.contains(&heading) {
        let number = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
        assert_eq!((cell.kind.as_str(), number(&cell.value)), ("float", number(expected)), "{what}");
    } else if expected.len() == 1 && expected.starts_with(|sign: char| sign.is_ascii_digit()) && !is_exact {
        // A code of one digit loses nothing as a number, and is looked for as one.
        assert_eq!(cell.value, expected, "{what}");
    } else {
        let is_guarded = cell.value.strip_prefix(['\t', '\'']) == Some(expected);
        assert!(cell.kind == "string" && (cell.value == expected || (is_guarded && !is_exact)), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_opens_with_dates_numbers_and_codes_as_what_they_are() {
    assert_as_meant("format = \"csv\"\nprofile = \"excel\"", Import::Utf8, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_one_in_gb18030() {
    let options = "format = \"csv\"\nprofile = \"excel\"\nencoding = \"gb18030\"";
    assert_as_meant(options, Import::Gb18030, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_opens_with_every_code_exactly_as_it_is() {
    assert_as_meant("format = \"xlsx\"", Import::Workbook, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbooks_totals_are_those_of_its_manifest() {
    let hospital = hospital("format = \"xlsx\"").await;
    for file in files(&hospital, "clerk") {
        let manifest = std::fs::read_to_string(format!("{}.manifest.json", file.display())).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let sheets = open(&file, Import::Workbook);
        let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["说明", "明细", "按月", "按机构", "按支付方式", "机构×支付方式"]);
        let columns: &[&str] =
            if manifest["kind"] == "delta" { &["rows", "amount"] } else { &["rows", "fee_total", "fee_total_active"] };
        let totals = |part: &serde_json::Value| -> Vec<String> {
            columns
                .iter()
                .map(|column| part[column].as_str().map_or_else(|| part[column].to_string(), str::to_owned))
                .collect()
        };
        for ((_, rows), part) in sheets[2..].iter().zip(["by_month", "by_hospital", "by_pay_type"]) {
            let parts = manifest[part].as_object().unwrap();
            let expected: Vec<Vec<String>> = parts.values().chain([&manifest]).map(totals).collect();
            assert_eq!(rows.len(), 1 + expected.len(), "{part}");
            for (row, expected) in rows[1..].iter().zip(expected) {
                let cells: Vec<&Cell> = row.iter().flatten().collect();
                let numbers: Vec<String> =
                    cells[cells.len() - columns.len()..].iter().map(|cell| cell.text.replace(',', "")).collect();
                assert_eq!(numbers, expected, "{part}: as they are shown");
                assert!(cells.iter().all(|cell| cell.formula.is_none()));
            }
        }
    }
}
