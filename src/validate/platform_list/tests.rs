//! Lists as back offices and people write them.

use proptest::prelude::*;

use super::*;

fn read(rows: &[&[&str]], named: &[(Field, &str)]) -> Result<(Vec<ListedReservation>, Vec<BadCell>), ListProblem> {
    let named = named.iter().map(|(field, heading)| (*field, (*heading).to_owned())).collect();
    let label = CodeLabel {
        column_name: "order_status".into(),
        code: "7".into(),
        zh: "已到检".into(),
        en: "arrived here".into(),
    };
    let mut reader = ListReader::new(named, &[label]);
    let (mut listed, mut bad_cells) = (Vec::new(), Vec::new());
    for (line, row) in (1..).zip(rows) {
        let row: Vec<String> = row.iter().map(|cell| (*cell).to_owned()).collect();
        listed.extend(reader.read(ListPlace { sheet: 1, line }, &row, &mut bad_cells)?);
    }
    reader.finish()?;
    Ok((listed, bad_cells))
}

/// Number, state, day and fen of the only row.
fn one(heading: &[&str], row: &[&str]) -> (String, Option<String>, Option<String>, Option<i64>) {
    let (mut listed, bad_cells) = read(&[heading, row], &[]).unwrap();
    assert_eq!(bad_cells, [], "{row:?}");
    let row = listed.remove(0);
    (row.serial_number, row.order_status, row.check_date.map(|date| date.to_string()), row.fee_fen)
}

#[test]
fn headings_are_known_in_both_languages_and_in_any_order() {
    let expected = ("A-1".to_owned(), Some("5".to_owned()), Some("2026-12-06".to_owned()), Some(123_400));
    for heading in [
        ["平台预约ID", "预约状态", "体检日期", "体检费用（元）"],
        ["预约ID", "状态", "预约体检日期", "费用"],
        ["*预约编号", "预约状态：", " 体检 日期", "金额(元)"],
        ["\u{feff}预约号", "orderStatus", "checkDate", "examinationFee"],
        ["SerialNumber", "ORDER_STATUS", "check_date", "examination_fee"],
    ] {
        assert_eq!(one(&heading, &["A-1", "5", "2026-12-06", "1234"]), expected);
        let turned = [heading[3], "姓名", heading[2], heading[1], heading[0]];
        assert_eq!(one(&turned, &["1,234.00", "张三", "2026/12/6", "已取消", "A-1"]), expected);
    }
}

#[test]
fn cells_are_read_as_spreadsheets_leave_them() {
    for written in ["A-1", "=\"A-1\"", "'A-1", "\tA-1", " A-1\u{a0}", "\u{3000}A-1\u{200b}"] {
        assert_eq!(one(&["预约号"], &[written]).0, "A-1", "{written}");
    }
    for written in [
        "2026-12-06",
        "2026/12/6",
        "2026.12.6",
        "2026年12月6日",
        "20261206",
        "46362",
        "46362.5",
        "2026-12-06 00:00:00",
        "2026/12/6 8:00",
        "2026-12-06T00:00:00Z",
        "2026-12-06 08:00-09:00",
        "'2026-12-06",
    ] {
        assert_eq!(one(&["预约号", "体检日期"], &["A-1", written]).2.as_deref(), Some("2026-12-06"), "{written}");
    }
    for written in ["1234", "1234.00", "1,234.00", "¥1,234", "￥ 1234.0", "1,234.00元", "=\"1234\"", "1.234E3"] {
        assert_eq!(one(&["预约号", "费用"], &["A-1", written]).3, Some(123_400), "{written}");
    }
    for (written, code) in
        [("1", "1"), ("已预约", "1"), ("改约", "2"), ("取消", "5"), ("7", "7"), ("已到检", "7"), ("Arrived here", "7")]
    {
        assert_eq!(one(&["预约号", "状态"], &["A-1", written]).1.as_deref(), Some(code), "{written}");
    }
    assert_eq!(list_date(" '2026年12月6日").map(|date| date.to_string()).as_deref(), Some("2026-12-06"));
    assert_eq!(list_date("tomorrow"), None);
    // Not given is not compared.
    assert_eq!(one(&["预约号", "状态", "体检日期", "费用"], &["A-1", "", " "]), ("A-1".to_owned(), None, None, None));
}

#[test]
fn a_cell_that_cannot_be_read_is_told_by_its_place_and_the_others_are_used() {
    let heading: &[&str] = &["预约号", "状态", "体检日期", "费用"];
    for (row, field) in [
        (["A-1", "9", "2026-12-06", "1"], Field::OrderStatus),
        (["A-1", "1", "2026-02-30", "1"], Field::CheckDate),
        (["A-1", "1", "12345", "1"], Field::CheckDate),
        (["A-1", "1", "2026-12-06 张三", "1"], Field::CheckDate),
        (["A-1", "1", "6.12.2026", "1"], Field::CheckDate),
        (["A-1", "1", "2026-12-06-1", "1"], Field::CheckDate),
        (["A-1", "1", "202-612-06", "1"], Field::CheckDate),
        (["A-1", "1", "2026-012-6", "1"], Field::CheckDate),
        (["A-1", "1", "2026--06", "1"], Field::CheckDate),
        (["A-1", "1", "046362", "1"], Field::CheckDate),
        (["A-1", "1", "2026-12", "1"], Field::CheckDate),
        (["A-1", "1", "2026-12-06", "12,34"], Field::ExaminationFee),
        (["A-1", "1", "2026-12-06", "1234,567"], Field::ExaminationFee),
        (["A-1", "1", "2026-12-06", ",567"], Field::ExaminationFee),
        (["A-1", "1", "2026-12-06", "1.001"], Field::ExaminationFee),
        (["A-1", "1", "2026-12-06", "a lot"], Field::ExaminationFee),
    ] {
        let (listed, bad_cells) = read(&[heading, &row], &[]).unwrap();
        let place = ListPlace { sheet: 1, line: 2 };
        assert_eq!(bad_cells, [BadCell { place, field, serial_number: Some("A-1".to_owned()) }], "{row:?}");
        let given = [listed[0].order_status.is_some(), listed[0].check_date.is_some(), listed[0].fee_fen.is_some()];
        assert_eq!(given.into_iter().filter(|given| *given).count(), 2, "{row:?}");
    }
    for number in ["1.23457E+14", "1E+17", "1.2345678901234567E+17", "A\u{fffd}1", "", &"A".repeat(501)] {
        let (listed, bad_cells) = read(&[heading, &[number, "1"]], &[]).unwrap();
        assert_eq!((listed.len(), bad_cells.len()), (0, 1), "{number}");
        assert_eq!((bad_cells[0].field, &bad_cells[0].serial_number), (Field::SerialNumber, &None));
    }
    // Letters that look like an exponent are letters.
    for number in ["12E5", "12E+5", "XE+17", "1.XE+17", "1E+X"] {
        assert_eq!(one(&["预约号"], &[number]).0, number);
    }
    // Empty rows, and notes below the list, say nothing of a reservation.
    assert_eq!(read(&[heading, &["", "", "", "", "制表人：张三"], &[], &[""]], &[]).unwrap(), (vec![], vec![]));
}

#[test]
fn a_heading_is_required_and_may_have_a_title_above() {
    let (listed, _) = read(&[&["预约列表"], &["导出时间", "2026-12-06"], &["预约号"], &["A-1"]], &[]).unwrap();
    assert_eq!(listed.len(), 1);
    for rows in [&[&["A-1", "张三"][..], &["A-2", "李四"]][..], &[], &[&["姓名", "状态"]]] {
        let problem = read(rows, &[]).unwrap_err();
        assert_eq!(problem, ListProblem::NoHeading);
        assert!(!problem.to_string().contains('张'));
    }
    let late: Vec<&[&str]> = std::iter::repeat_n(&["x"][..], 10).chain([&["预约号"][..]]).collect();
    assert_eq!(read(&late, &[]).unwrap_err(), ListProblem::NoHeading);

    let two: &[&[&str]] = &[&["预约号", "状态", "预约状态"], &["A-1", "1", "5"]];
    assert_eq!(read(two, &[]).unwrap_err(), ListProblem::TwoColumns(1, 2, Field::OrderStatus));
    let (listed, _) = read(two, &[(Field::OrderStatus, "预约状态")]).unwrap();
    assert_eq!(listed[0].order_status.as_deref(), Some("5"));
    let named = read(&[&["Nr.", "预约号"], &["A-1", "7"]], &[(Field::SerialNumber, "nr.")]).unwrap();
    assert_eq!(named.0[0].serial_number, "A-1");
    let absent = read(two, &[(Field::OrderStatus, "预约状态"), (Field::CheckDate, "日子")]);
    assert_eq!(absent.unwrap_err(), ListProblem::NoSuchColumn(Field::CheckDate));
}

#[test]
fn every_sheet_has_its_own_heading_and_other_columns_are_counted() {
    let mut reader = ListReader::new(vec![], &[]);
    let mut numbers = Vec::new();
    for (sheet, line, row) in [
        (1, 1, ["预约列表", "", ""]),
        (1, 2, ["姓名", "预约号", "电话"]),
        (1, 3, ["张三", "A-1", "139"]),
        (2, 1, ["状态", "", "预约号"]),
        (2, 2, ["1", "", "A-2"]),
        (2, 3, ["5", "", "A-3"]),
        (3, 1, ["A-4", "A-5", "A-6"]),
    ] {
        let row = row.map(str::to_owned);
        let found = reader.read(ListPlace { sheet, line }, &row, &mut vec![]).unwrap();
        numbers.extend(found.map(|row| (row.serial_number, row.order_status)));
    }
    let status = |code: &str| Some(code.to_owned());
    assert_eq!(numbers, [("A-1".into(), None), ("A-2".into(), status("1")), ("A-3".into(), status("5"))]);
    assert_eq!(reader.ignored_columns, 2, "of the first heading");
    assert_eq!(reader.found_fields, [Field::SerialNumber, Field::OrderStatus], "each once");
    reader.finish().unwrap();
}

#[test]
fn what_could_be_a_person_is_known() {
    assert!(may_name_a_person("张三") && may_name_a_person("11010519491231002X"));
    assert!(!may_name_a_person("ZJ109-000001") && !may_name_a_person("110105194912310021"));
}

#[test]
fn a_blank_heading_is_no_column() {
    assert_eq!(read(&[&["\u{3000}"]], &[(Field::SerialNumber, "\u{3000}")]).unwrap_err(), ListProblem::NoHeading);
}

proptest! {
    #[test]
    fn arbitrary_cells_never_panic(cell in "\\PC{0,20}|[0-9E.,+年月日/ -]{0,20}") {
        let heading: &[&str] = &["预约号", "状态", "体检日期", "费用"];
        let _ = read(&[&[&cell]], &[(Field::SerialNumber, &cell)]);
        if let Ok((listed, bad_cells)) = read(&[heading, &[cell.as_str(); 4]], &[]) {
            prop_assert!(listed.len() <= 1 && bad_cells.len() <= 3);
        }
        let _ = (list_date(&cell), may_name_a_person(&cell));
    }
}
