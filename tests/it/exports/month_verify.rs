//! `tijian finance verify` of a closed month: against the ledger alone, sheet by sheet.

use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::{Format, Workbook};
use tijian::upkeep::verify_finance;
use tijian::wording::Language;

use super::month::{close, hospital};
use crate::support::Hospital;

const ROWS: &str = "the warehouse has the same rows, cell by cell";
const COVER: &str = "the warehouse has the same cover";
const SUMS: &str = "the warehouse has the same sums by hospital and way of payment";
const HANDOFFS: &str = "the warehouse has the same handoffs";
const SHEETS: &str = "the workbook has no other sheets";

type Sheets = Vec<(String, Vec<Vec<Data>>)>;

/// Of April, which has an opening balance and two handoffs.
async fn closed() -> (Hospital, PathBuf, PathBuf) {
    let hospital = hospital().await;
    close(&hospital, "2026-04").expect(0);
    let file = |extension| hospital.dir.path().join(format!("finance/months/demo_finance_month_2026-04.{extension}"));
    let (workbook, csv) = (file("xlsx"), file("csv"));
    (hospital, workbook, csv)
}

/// Claims that do not hold, and why.
async fn problems(hospital: &Hospital, file: &Path) -> Vec<(&'static str, String)> {
    let findings = verify_finance(file, Some(&hospital.database.warehouse)).await.unwrap();
    for finding in &findings {
        assert_ne!(finding.message().text(Language::Chinese), finding.claim, "said in Chinese");
        assert_eq!(finding.message().to_string(), finding.claim);
    }
    findings.into_iter().filter_map(|finding| Some((finding.claim, finding.problem?.to_string()))).collect()
}

/// Writes the workbook as another program does after somebody has changed it.
fn save_again(from: &Path, to: &Path, change: impl FnOnce(&mut Sheets)) {
    let mut read: Xlsx<_> = open_workbook(from).unwrap();
    let mut sheets: Sheets = Vec::new();
    for name in read.sheet_names() {
        let range = read.worksheet_range(&name).unwrap();
        sheets.push((name, range.rows().map(<[Data]>::to_vec).collect()));
    }
    change(&mut sheets);
    let mut workbook = Workbook::new();
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(&name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    Data::Empty => {}
                    Data::String(text) => drop(sheet.write(row, column, text).unwrap()),
                    Data::Float(number) => drop(sheet.write(row, column, number).unwrap()),
                    Data::DateTime(at) => drop(sheet.write_with_format(row, column, at.as_f64(), &time).unwrap()),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    workbook.save(to).unwrap();
}

/// Every cell of every sheet that holds a sum of money.
fn amounts(sheets: &Sheets) -> Vec<(usize, usize, usize)> {
    let mut places = Vec::new();
    for (sheet, (_, rows)) in sheets.iter().enumerate() {
        for (row, cells) in rows.iter().enumerate() {
            let is_amount =
                |column: usize| rows[0][column].to_string().ends_with("（元）") || (sheet == 0 && column == 1);
            let numbers =
                cells.iter().enumerate().filter(|(column, cell)| matches!(cell, Data::Float(_)) && is_amount(*column));
            places.extend(numbers.map(|(column, _)| (sheet, row, column)));
        }
    }
    places
}

fn sheets_of(path: &Path) -> Sheets {
    let mut kept = Vec::new();
    save_again(path, &path.with_extension("copy.xlsx"), |sheets| kept.clone_from(sheets));
    kept
}

/// Invariant: A finance file that was changed is detected, even if its manifest was forged.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_month_is_good_as_it_is_and_one_fen_in_any_sheet_is_found() {
    let (hospital, workbook, csv) = closed().await;
    for file in [&workbook, &csv] {
        assert_eq!(problems(&hospital, file).await, [], "{}", file.display());
    }
    // In any folder, as a browser's second copy, saved again by another program, signed, with a blank row.
    let copy = hospital.dir.path().join("demo_finance_month_2026-04 (1).xlsx");
    save_again(&workbook, &copy, |sheets| {
        for signed in sheets[0].1.iter_mut().filter(|row| row[1].to_string().starts_with("签字")) {
            signed[1] = Data::String("签字：某某 日期：5 月 6 日".to_owned());
        }
        sheets[2].1.insert(1, Vec::new());
    });
    assert_eq!(problems(&hospital, &copy).await, []);

    let sheets = sheets_of(&workbook);
    let places = amounts(&sheets);
    assert_eq!(sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["说明", "明细", "月结", "交接批次"]);
    for (sheet, claim) in [COVER, ROWS, SUMS, HANDOFFS].into_iter().enumerate() {
        let of_sheet: Vec<_> = places.iter().filter(|place| place.0 == sheet).collect();
        assert!(of_sheet.len() > 3, "{claim}: {of_sheet:?}");
        for (_, row, column) in of_sheet {
            save_again(&workbook, &copy, |sheets| {
                let Data::Float(amount) = &mut sheets[sheet].1[*row][*column] else { panic!("no amount") };
                *amount = ((*amount * 100.0).round() + 1.0) / 100.0;
            });
            let found = problems(&hospital, &copy).await;
            assert_eq!(found.iter().map(|(claim, _)| *claim).collect::<Vec<_>>(), [claim], "{row}, {column}");
            let heading = match sheet {
                0 => "内容".to_owned(),
                _ => sheets[sheet].1[0][*column].to_string(),
            };
            assert!(found[0].1.contains(&format!("differs from the warehouse in {heading} (")), "{found:?}");
        }
    }

    // What a clerk finds the row by.
    let text = std::fs::read_to_string(&csv).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split("\",\"").collect()).collect();
    for (row, cells) in lines.iter().enumerate().skip(1) {
        let plain = |at: usize| cells[at].trim_start_matches(['\t', '\'']);
        let keys = [2, 5, 6].map(|at| (lines[0][at], plain(at))).into_iter().filter(|(_, value)| !value.is_empty());
        let keys = keys.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join("、");
        for column in (7..cells.len()).filter(|column| !cells[*column].trim_matches('"').is_empty()) {
            let amount = cells[column].trim_end_matches('"');
            let (kept, fen) = amount.split_at(amount.len() - 1);
            let fen = if fen == "9" { "8" } else { "9" };
            let mut edited = lines.clone();
            let other = format!("{kept}{fen}{}", &cells[column][amount.len()..]);
            edited[row][column] = &other;
            let edited: Vec<String> = edited.iter().map(|cells| cells.join("\",\"")).collect();
            std::fs::write(&csv, edited.join("\r\n") + "\r\n").unwrap();
            let findings = verify_finance(&csv, Some(&hospital.database.warehouse)).await.unwrap();
            let said: Vec<String> =
                findings.into_iter().filter_map(|finding| Some(finding.problem?.text(Language::Chinese))).collect();
            let heading = lines[0][column].trim_matches('"');
            assert_eq!(said, [format!("第 {row} 行的“{heading}”与数据仓库不一致（{keys}）")]);
        }
    }
    let ended = hospital.command(&["finance", "verify", "--lang", "zh", csv.to_str().unwrap()]).expect(1);
    assert!(ended.stdout.contains("✘ 数据仓库与文件逐格一致：第 "), "{}", ended.stdout);
    assert!(ended.stdout.contains("✔ 数据仓库中该月已结账"), "{}", ended.stdout);
}

/// Invariant: A finance file that was changed is detected, even if its manifest was forged.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_month_left_out_or_doubled_or_added_beside_is_found_in_every_sheet() {
    let (hospital, workbook, csv) = closed().await;
    let copy = hospital.dir.path().join("demo_finance_month_2026-04.xlsx");
    let sheets = sheets_of(&workbook);
    for (sheet, claim) in [COVER, ROWS, SUMS, HANDOFFS].into_iter().enumerate() {
        let is_blank = |row: &[Data]| row.iter().all(|cell| matches!(cell, Data::Empty));
        for row in (0..sheets[sheet].1.len()).filter(|row| !is_blank(&sheets[sheet].1[*row])) {
            for is_doubled in [false, true] {
                save_again(&workbook, &copy, |sheets| {
                    let rows = &mut sheets[sheet].1;
                    let own = rows.remove(row);
                    if is_doubled {
                        rows.splice(row..row, [own.clone(), own]);
                    }
                });
                let found = problems(&hospital, &copy).await;
                let claims: Vec<_> = found.iter().map(|(claim, _)| *claim).collect();
                assert_eq!(claims, [claim], "{row}, doubled: {is_doubled}, {found:?}");
            }
        }
        save_again(&workbook, &copy, |sheets| sheets[sheet].1[1].extend([Data::Empty, Data::String("x".to_owned())]));
        let found = problems(&hospital, &copy).await;
        assert!(found.len() == 1 && found[0].1.starts_with("row 1 differs from the warehouse in #"), "{found:?}");
        save_again(&workbook, &copy, |sheets| drop(sheets.remove(sheet)));
        assert_eq!(problems(&hospital, &copy).await[0].0, claim);
    }
    save_again(&workbook, &copy, |sheets| sheets.push(("Sheet1".to_owned(), vec![vec![Data::Float(1.0)]])));
    assert_eq!(problems(&hospital, &copy).await, [(SHEETS, "sheet 5 is not tijian's".to_owned())]);

    let text = std::fs::read_to_string(&csv).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for line in 0..lines.len() {
        for copies in [0, 2] {
            let mut edited = lines.clone();
            edited.splice(line..=line, std::iter::repeat_n(lines[line], copies));
            std::fs::write(&csv, edited.join("\r\n") + "\r\n").unwrap();
            let found = problems(&hospital, &csv).await;
            assert!(found.len() == 1 && found[0].0 == ROWS, "{line}: {found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_month_of_this_warehouse_is_told_apart() {
    let (hospital, workbook, csv) = closed().await;
    let at = |name: &str| hospital.dir.path().join(name);
    for (name, from, claim, told) in [
        ("demo_finance_month_2026-05.csv", &csv, "the warehouse has closed the month", "it is still open"),
        ("demo_finance_month_2026-03.csv", &csv, ROWS, "differs from the warehouse in 记账月份"),
        (
            "other_财务月结_2026-04.xlsx",
            &workbook,
            "the warehouse knows the account",
            "it has no data of account other",
        ),
        ("demo_财务月结_2026-04.xlsx", &csv, ROWS, "it is not an Excel workbook"),
        ("demo_财务月结_2026-04.csv", &workbook, ROWS, "does not start with the byte-order mark"),
        (
            "demo_财务月结_2026-04.pdf",
            &csv,
            "the format is known",
            "a month is a workbook (.xlsx) or a CSV file (.csv)",
        ),
        ("April.xlsx", &workbook, "its manifest can be read", "a closed month has none, and is recognised by its name"),
    ] {
        std::fs::copy(from, at(name)).unwrap();
        let found = problems(&hospital, &at(name)).await;
        assert!(found[0].0 == claim && found[0].1.contains(told), "{name}: {found:?}");
    }
    assert_eq!(problems(&hospital, &at("demo_财务月结_2026-04.txt.csv")).await[0].0, "the file is there");
    let ended = hospital.command(&["finance", "verify", "--offline", workbook.to_str().unwrap()]).expect(1);
    assert!(ended.stdout.contains("only the warehouse can tell, so leave out --offline"), "{}", ended.stdout);
}
