//! Workbooks, read back with another library than the one that wrote them.

use calamine::{Data, Reader, Xlsx, open_workbook};

use super::*;
use crate::files::atomic::prepare_folder;
use crate::files::samples::ACCOUNT;

const HEADINGS: [&str; 5] = ["编号", "次数", "日期", "时间", "金额"];

fn as_of() -> DateTime<Utc> {
    "2026-10-31T16:00:00Z".parse().unwrap()
}

/// Writes a workbook with short sheets; its path.
fn write(dir: &Path, sheet_rows_max: u32, rows: &[[Cell<'_>; 5]]) -> PathBuf {
    let path = dir.join("a.xlsx");
    prepare_folder(dir, ACCOUNT).unwrap();
    let file = AtomicFile::create(dir, ACCOUNT, "a.xlsx").unwrap();
    let mut sink = XlsxSink::with_sheets_of(sheet_rows_max, file, &path, &HEADINGS, as_of()).unwrap();
    for row in rows {
        sink.write_row(row.iter().copied()).unwrap();
    }
    sink.finish(&cover(), &[]).unwrap().seal().unwrap().publish().unwrap();
    path
}

fn cover() -> Summary {
    let words = |item: &str, text: &str| vec![item.to_owned(), text.to_owned()];
    Summary { name: "说明", headings: words("项目", "内容"), rows: vec![(words("账号", ACCOUNT), Vec::new())] }
}

/// The sheets behind the cover.
fn sheets(path: &Path) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let sheets = workbook.worksheets().into_iter();
    sheets.skip(1).map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

/// A row with this text or this amount.
fn row(text: &str, fen: i128) -> [Cell<'_>; 5] {
    [
        Cell::Text(text),
        Cell::Integer(3),
        Cell::Date("2026-11-09".parse().unwrap()),
        Cell::Time("2026-10-31T16:00:05.999999Z".parse().unwrap()),
        Cell::Fee(fen),
    ]
}

#[test]
fn every_kind_of_cell_has_its_type() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), 10, &[row("0571", 288_150), [Cell::Empty; 5]]);
    let [(name, rows)] = &sheets(&path)[..] else { panic!("one sheet") };
    assert_eq!(name, "明细");
    assert_eq!(rows[0], HEADINGS.map(|heading| Data::String(heading.to_owned())));
    let [text, integer, date, time, money] = &rows[1][..] else { panic!("{rows:?}") };
    assert_eq!(text, &Data::String("0571".to_owned()));
    assert_eq!(integer, &Data::Float(3.0));
    let shown = |data: &Data| match data {
        Data::DateTime(time) => time.as_datetime().unwrap().to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(shown(date), "2026-11-09 00:00:00");
    assert_eq!(shown(time), "2026-11-01 00:00:05", "in Asia/Shanghai, to the second");
    assert_eq!(money, &Data::Float(2881.5));
}

#[test]
fn texts_are_never_formulas_numbers_or_changed() {
    let dir = tempfile::tempdir().unwrap();
    let texts =
        ["=1+1", "+1", "@SUM(A1)", "＝1", "20261101000000000001", "101,102", " 甲 ", "a\nb", "_x000D_", "'", "<&>\""];
    let rows: Vec<_> = texts.iter().map(|text| row(text, 0)).collect();
    let path = write(dir.path(), 100, &rows);
    let found: Vec<Data> = sheets(&path)[0].1[1..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(found, texts.map(|text| Data::String(text.to_owned())));
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    assert!(workbook.worksheet_formula("明细").unwrap().is_empty());
}

#[test]
fn amounts_are_exact_as_numbers_and_text_where_a_float_is_not() {
    for fen in [0, 1, -5, 10, 288_150, 999_999_999_999, 999_999_999_999_999, -999_999_999_999_999] {
        let number = yuan(fen).unwrap();
        assert_eq!(format!("{number:.2}"), fee::yuan(fen), "{fen}");
        // Also as the shortest text that is this number.
        assert_eq!(crate::rows::fen(number.to_string().parse().unwrap()), Some(fen));
    }
    let dir = tempfile::tempdir().unwrap();
    let large = 10i128.pow(15);
    let rows = &sheets(&write(dir.path(), 10, &[row("a", large), row("b", -large)]))[0].1;
    assert_eq!(rows[1][4], Data::String("10000000000000.00".to_owned()));
    assert_eq!(rows[2][4], Data::String("-10000000000000.00".to_owned()));
}

#[test]
fn dates_that_excel_does_not_know_are_texts() {
    let dir = tempfile::tempdir().unwrap();
    let mut old = row("a", 0);
    old[2] = Cell::Date("1900-02-28".parse().unwrap());
    let rows = &sheets(&write(dir.path(), 10, &[old]))[0].1;
    assert_eq!(rows[1][2], Data::String("1900-02-28".to_owned()));
}

#[test]
fn rows_that_a_sheet_cannot_hold_go_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..7).map(|number| format!("S{number}")).collect();
    let rows: Vec<_> = texts.iter().map(|text| row(text, 100)).collect();
    let sheets = sheets(&write(dir.path(), 3, &rows));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["明细", "明细 2", "明细 3"]);
    let counts: Vec<usize> = sheets.iter().map(|(_, rows)| rows.len()).collect();
    assert_eq!(counts, [1 + 3, 1 + 3, 1 + 1], "each with its heading");
    assert_eq!(sheets[2].1[1][0], Data::String("S6".to_owned()));
}

#[test]
fn a_text_too_long_for_a_cell_is_refused_by_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let file = AtomicFile::create(dir.path(), ACCOUNT, "a.xlsx").unwrap();
    let mut sink = XlsxSink::create(file, &dir.path().join("a.xlsx"), &HEADINGS, as_of()).unwrap();
    sink.write_row(row("a", 0).into_iter()).unwrap();
    let long = "长".repeat(32_768);
    let error = sink.write_row(row(&long, 0).into_iter()).unwrap_err();
    assert!(matches!(error, ExportError::Row { row: 2, problem: RowProblem::Text, .. }), "{error:?}");
}

#[test]
fn nothing_is_left_beside_the_file() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), 3, &[row("a", 0), row("b", 1)]);
    assert_eq!(crate::files::samples::names_in(dir.path()), ["a.xlsx"]);
}

#[test]
fn the_cover_comes_first_and_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), 3, &[row("a", 1)]);
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(workbook.sheet_names(), ["说明", "明细"]);
    let cover = workbook.worksheet_range("说明").unwrap();
    let texts: Vec<Vec<String>> = cover.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(texts, [vec!["项目", "内容"], vec!["账号", ACCOUNT]]);
}

#[test]
fn every_sheet_prints_landscape_as_wide_as_the_page_with_its_heading_on_each() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), 3, &[row("a", 1), row("b", 1), row("c", 1), row("d", 123_456_789)]);
    for number in 1..=3 {
        let sheet = part(&path, &format!("xl/worksheets/sheet{number}.xml"));
        for setting in [
            "orientation=\"landscape\"",
            "fitToHeight=\"0\"",
            "gridLines=\"1\"",
            "<oddFooter>&amp;L&amp;F  &amp;A&amp;R第 &amp;P 页，共 &amp;N 页</oddFooter>",
        ] {
            assert!(sheet.contains(setting), "{setting}: {sheet}");
        }
    }
    assert_eq!(part(&path, "xl/workbook.xml").matches("_xlnm.Print_Titles").count(), 3);
    let styles = part(&path, "xl/styles.xml");
    assert!(styles.contains("#,##0.00") || styles.contains("numFmtId=\"4\""));
}

#[test]
fn a_wide_sheet_goes_on_pages_side_by_side_until_its_type_can_be_read() {
    for (widths, expected) in [
        (vec![], 1),
        (vec![110, 40], 1),
        (vec![10; 19], 1),
        (vec![10; 20], 2),
        // Keys of 30, and 16 columns more on each page.
        (vec![10; 3 + 16 * 2], 2),
        (vec![10; 3 + 16 * 2 + 1], 3),
        (vec![10, 10, 10, 160, 1, 160], 3),
        (vec![10, 10, 10, 160, 160, 1], 3),
        // Nothing makes a page wide enough.
        (vec![70, 70, 70, 10], 1),
        (vec![10, 10, 10, 400, 10], 2),
    ] {
        assert_eq!(pages_across(&widths), expected, "{widths:?}");
    }
}

#[test]
fn pages_side_by_side_each_begin_with_the_first_columns() {
    let dir = tempfile::tempdir().unwrap();
    prepare_folder(dir.path(), ACCOUNT).unwrap();
    let headings: Vec<String> = (1..=30).map(|number| format!("第 {number} 列")).collect();
    let shown: Vec<&str> = headings.iter().map(String::as_str).collect();
    let path = dir.path().join("a.xlsx");
    let file = AtomicFile::create(dir.path(), ACCOUNT, "a.xlsx").unwrap();
    let mut sink = XlsxSink::create(file, &path, &shown, as_of()).unwrap();
    sink.write_row(headings.iter().map(|heading| Cell::Text(heading))).unwrap();
    let money = |name, columns: usize| Summary {
        name,
        headings: vec!["其中未取消的（元）".to_owned(); columns],
        rows: vec![(Vec::new(), vec![Cell::Fee(100); columns])],
    };
    let summaries = [money("一页", 9), money("两行", 14), money("两页", 18)];
    sink.finish(&cover(), &summaries).unwrap().seal().unwrap().publish().unwrap();
    let sheet = |number: usize| part(&path, &format!("xl/worksheets/sheet{number}.xml"));
    for (number, across, is_high) in [(1, None, false), (2, Some("2"), true), (3, None, false), (4, None, true)] {
        let sheet = sheet(number);
        let width = sheet.split_once("fitToWidth=\"").map(|(_, behind)| behind.split_once('"').unwrap().0);
        assert_eq!((width, sheet.contains("pageOrder=\"overThenDown\"")), (across, across.is_some()), "{number}");
        assert_eq!(sheet.contains("ht=\"33.75\""), is_high, "{number}: {sheet}");
    }
    assert!(sheet(5).contains("fitToWidth=\"2\"") && sheet(5).contains("ht=\"33.75\""), "{}", sheet(5));
    let names = part(&path, "xl/workbook.xml");
    assert!(names.contains("明细!$A:$C,明细!$1:$1") || names.contains("'明细'!$A:$C,'明细'!$1:$1"), "{names}");
}

fn part(path: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
    text
}

/// What a spreadsheet shows as `###` has no room in its column.
#[test]
fn a_column_has_room_for_every_value_as_it_is_shown() {
    for (cell, shown) in [
        (Cell::Empty, None),
        (Cell::Text("体检 0571"), Some("xxxx 0571")),
        (Cell::Boolean(false), Some("FALSE")),
        (Cell::Integer(0), Some("0")),
        (Cell::Integer(9), Some("9")),
        (Cell::Integer(10), Some("10")),
        (Cell::Integer(-1001), Some("-1001")),
        (Cell::Date("2026-11-09".parse().unwrap()), Some("2026-11-09")),
        (Cell::Time("2026-10-31T16:00:05.9Z".parse().unwrap()), Some("2026-11-01 00:00:05")),
        (Cell::Fee(5), Some("0.05")),
        (Cell::Fee(99_999), Some("999.99")),
        (Cell::Fee(100_000), Some("1,000.00")),
        (Cell::Fee(99_999_999), Some("999,999.99")),
        (Cell::Fee(-123_456_789), Some("-1,234,567.89")),
    ] {
        assert_eq!(cell_width(cell), shown.map_or(0, |shown| shown.len() + 1), "{shown:?}");
    }
    // Two lines of eight, and a filter button.
    assert_eq!((heading_width("变动前金额（元）"), heading_width("a")), (11, 4));

    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), 3, &[row(&"长".repeat(100), 123_456_789)]);
    let widths = |sheet: &str| -> Vec<f64> {
        let text = part(&path, sheet);
        let columns = text.split(" width=\"").skip(1);
        columns.map(|column| column.split_once('"').unwrap().0.parse::<f64>().unwrap().floor()).collect()
    };
    assert_eq!(widths("xl/worksheets/sheet2.xml"), [40.0, 5.0, 11.0, 20.0, 13.0], "and no wider than the page bears");
}

#[test]
fn the_whole_of_a_table_of_totals_is_bold() {
    let dir = tempfile::tempdir().unwrap();
    prepare_folder(dir.path(), ACCOUNT).unwrap();
    let file = AtomicFile::create(dir.path(), ACCOUNT, "a.xlsx").unwrap();
    let sink = XlsxSink::create(file, &dir.path().join("a.xlsx"), &HEADINGS, as_of()).unwrap();
    let line = |word: &str| (vec![word.to_owned()], vec![Cell::Fee(1)]);
    let headings = ["体检月份", "金额"].map(str::to_owned).to_vec();
    let totals = Summary { name: "按月", headings, rows: vec![line("2026-11"), line("合计")] };
    sink.finish(&cover(), &[totals]).unwrap().seal().unwrap().publish().unwrap();
    let mut archive = zip::ZipArchive::new(std::fs::File::open(dir.path().join("a.xlsx")).unwrap()).unwrap();
    let mut text = |name: &str| {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
        text
    };
    let styles = text("xl/styles.xml");
    // Format 0 is everybody's; fonts are numbered as they come, and the first bold one is the headings'.
    let formats: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
    let is_bold = |cell: &str| {
        let style: usize = cell.split("s=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        formats[style].contains("fontId=\"1\"")
    };
    let sheet = text("xl/worksheets/sheet3.xml");
    let found: Vec<bool> = sheet.split("<c ").skip(1).map(is_bold).collect();
    assert_eq!(found, [true, true, false, false, true, true], "heading, month, whole");
}
