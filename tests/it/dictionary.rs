//! `tijian docs`: the page says of every table and column what the database says, and shows nobody.

use tijian::simulator::GeneratorOptions;

use crate::support::{Hospital, assert_discreet, marked_record};

#[tokio::test(flavor = "multi_thread")]
async fn the_dictionary_says_what_the_database_says_and_holds_no_row() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 0, ..Default::default() }).await;
    hospital.simulator.insert_records(vec![marked_record("MARKED-1", "")]);
    hospital.run_well().await;
    let file = hospital.dir.path().join("dictionary.html");
    let make = || {
        let ended = hospital.command(&["docs", "--out", file.to_str().unwrap()]).expect(0);
        assert_eq!(ended.stdout, format!("{}\n", file.display()));
        std::fs::read_to_string(&file).unwrap()
    };
    let page = make();
    assert_discreet("the dictionary", &page);
    assert!(!page.contains("MARKED-1"));
    assert_eq!(make(), page, "the same warehouse makes the same page");

    // Asked in another way than the page is made.
    let columns = "select concat_ws('|', columns.table_schema || '.' || columns.table_name, columns.column_name,
            replace(replace(replace(replace(coalesce(col_description(
                format('%I.%I', columns.table_schema, columns.table_name)::regclass, columns.ordinal_position
            ), ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '\"', '&quot;'))
        from information_schema.columns as columns
        where columns.table_schema in ('mart', 'dashboard', 'finance', 'warehouse', 'etl')";
    let lines = hospital.database.lines(columns).await;
    assert!(lines.len() > 400, "{}", lines.len());
    for line in lines {
        let [relation, column, comment] = line.splitn(3, '|').collect::<Vec<_>>().try_into().unwrap();
        let (_, section) = page.split_once(&format!("<h3 id=\"{relation}\">")).unwrap_or_else(|| panic!("{relation}"));
        let section = section.split_once("</table>").unwrap().0;
        // The table of the migrations is not ours, and says nothing of itself.
        let (zh, en) = comment.split_once(" | ").unwrap_or((comment, comment));
        let row = section.lines().find(|row| row.starts_with(&format!("<tr><td><code>{column}</code></td>")));
        let row = row.unwrap_or_else(|| panic!("{relation}.{column}"));
        assert!(row.ends_with(&format!("<td>{zh}</td><td>{en}</td></tr>")), "{relation}.{column}");
    }
    // From the platform's field to its column, and to who reads it; and the codes of the contract.
    let field = page.lines().find(|row| row.starts_with("<tr><td><code>orderStatus</code>")).unwrap();
    assert!(
        field.contains("warehouse.reservation_versions.order_status") && field.contains("mart.reservations_current")
    );
    assert!(page.contains("<tr><td><code>order_status</code></td><td>5</td><td>已取消</td><td>cancelled</td></tr>"));
    for parquet in ["<h3><code>history</code></h3>", "<h3><code>daily_volumes</code></h3>"] {
        assert!(page.contains(parquet), "{parquet}");
    }

    // The files of finance: every column with what it is, and with its heading for clerks.
    for (file, row) in [
        ("finance_snapshot", ["booked_at", "首次收到时间", "首次收到时间（接口没有预约时间）"]),
        ("finance_delta", ["entry_kind", "分录类型、分录类型代码", ""]),
        ("finance_delta", ["posting_month", "记账月份", "记账月份，如 2026-11"]),
        ("finance_month", ["prepaid", "其中预收（元）", "期末余额中预收的部分（元）；到检未知时为空"]),
    ] {
        let (_, section) = page.split_once(&format!("<h3><code>{file}</code></h3>")).unwrap();
        let section = section.split_once("</table>").unwrap().0;
        for line in section.lines().filter(|line| line.starts_with("<tr><td>")) {
            assert!(!line.contains("<td></td>"), "{file}: {line}");
        }
        let found = section.lines().find(|line| line.starts_with(&format!("<tr><td><code>{}</code></td>", row[0])));
        assert!(row.iter().all(|text| found.unwrap().contains(text)), "{file}: {found:?}");
    }

    hospital.command(&["docs", "--out", hospital.dir.path().join("none/x.html").to_str().unwrap()]).expect(2);
    hospital.command(&["docs", "--out", "/"]).expect(2);
}
