//! What a workbook has beside its rows: a cover, and totals.

use calamine::Reader;

use super::*;

#[test]
fn workbook_has_rows_and_totals_and_no_profile() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = create_as(dir.path(), TableFormat::Xlsx);
    file.write(&rows(&samples())).unwrap();
    let path = file.finish().unwrap().path;
    assert!(path.ends_with("hangzhou-third_finance_20261101T000000_7.xlsx"), "{path:?}");
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(manifest_path(&path)).unwrap()).unwrap();
    assert_eq!(manifest["format"], "xlsx");
    assert!(manifest.get("profile").is_none() && manifest.get("encoding").is_none());
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    assert_eq!(workbook.sheet_names(), ["说明", "明细", "按月", "按机构", "按支付方式", "机构×支付方式"]);
    let mut texts = |name: &str| -> Vec<Vec<String>> {
        let range = workbook.worksheet_range(name).unwrap();
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    assert_eq!(texts("明细").len(), 1 + 3);
    assert_eq!(
        texts("按月"),
        [
            vec!["体检月份", "行数", "费用合计（元）", "其中未取消（元）"],
            vec!["2026-11", "3", "2981.6", "2881.5"],
            vec!["合计", "3", "2981.6", "2881.5"],
        ]
    );
    assert_eq!(texts("按机构")[1], ["0571", "第三医院", "3", "2981.6", "2881.5"]);
    assert_eq!(
        texts("按支付方式")[1..],
        [
            vec!["未注明", "", "1", "0", "0"],
            vec!["0", "0", "2", "2981.6", "2881.5"],
            vec!["合计", "", "3", "2981.6", "2881.5"],
        ]
    );
    assert_eq!(
        texts("机构×支付方式"),
        [
            ["中hospitalCode", "中hospitalName", "未注明（元）", "0（元）", "合计（元）"],
            ["0571", "第三医院", "0", "2881.5", "2881.5"],
            ["合计", "", "0", "2881.5", "2881.5"],
        ]
    );
    let cover = texts("说明");
    let says = |item: &str| cover.iter().find(|row| row[0] == item).map(|row| row[1].as_str());
    assert_eq!(says("医院账户"), Some(ACCOUNT));
    assert_eq!(says("截至时间（北京时间）"), Some("2026-11-01 00:00:00"));
    assert_eq!(
        (says("费用合计（元）"), says("其中未取消（元）"), says("行数")),
        (Some("2981.6"), Some("2881.5"), Some("3"))
    );
    assert!(says("冲销").unwrap().contains("冲销不等于退款"));
    assert_eq!(says("期初余额（元）"), None);
}

#[test]
fn the_cover_of_a_handoff_tells_its_number_its_entries_and_its_balances() {
    let dir = tempfile::tempdir().unwrap();
    let (subject, columns) = (Subject::Delta(handoff()), entry().columns());
    let mut file =
        FinanceFile::create(dir.path(), FinanceLayout::default(), TableFormat::Xlsx, subject, &contract(), &columns)
            .unwrap();
    file.write(&rows(&entries())).unwrap();
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(file.finish().unwrap().path).unwrap();
    let cover = workbook.worksheet_range("说明").unwrap();
    let says = |item: &str| cover.rows().find(|row| row[0] == item).unwrap()[1].to_string();
    assert_eq!(
        (says("交接批次"), says("分录号"), says("截至取数批次")),
        ("42".into(), "1001 – 1002".into(), "9".into())
    );
    let balances = ["期初余额（元）", "发生额合计（元）", "期末余额（元）"].map(says);
    assert_eq!(balances, ["25.1", "-20", "5.1"]);
}

#[test]
fn more_ways_of_payment_than_can_be_looked_at_have_no_cross_table() {
    let dir = tempfile::tempdir().unwrap();
    for (count, sheets) in [(20, 6), (21, 5)] {
        let codes: Vec<&'static str> = (0..count).map(|code| &*Box::leak(code.to_string().into_boxed_str())).collect();
        let samples: Vec<_> = codes.iter().map(|code| finance_row().with("pay_type", Cell::Text(code))).collect();
        let mut file = create_as(dir.path(), TableFormat::Xlsx);
        file.write(&rows(&samples)).unwrap();
        let workbook: calamine::Xlsx<_> = calamine::open_workbook(file.finish().unwrap().path).unwrap();
        assert_eq!(workbook.sheet_names().len(), sheets, "{count}");
    }
}
