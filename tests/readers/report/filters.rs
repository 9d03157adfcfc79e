//! Every filter, sorting and file of the page: what they show is what SQL says.

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use super::{HISTORY, look, night, plain, report, varied};
use crate::support::{Hospital, record};

/// Two accounts of one warehouse, with names that a spreadsheet would take for a formula, or for two cells.
async fn two_accounts() -> Hospital {
    let hospital = Hospital::new().await;
    let today = (Utc::now() + TimeDelta::hours(8)).date_naive();
    let of = |number: u64| varied(number, 4, today + TimeDelta::days((number % 50) as i64 - 20));
    let named = |number: u64, name: &str| {
        let name = serde_json::to_string(name).unwrap();
        record(
            &format!("N-{number:03}"),
            &format!(
                r#""checkDate":"{today}","hospitalCode":"3301900","hospitalPackageId":"N{number}","hospitalPackageName":{name}"#
            ),
        )
    };
    let mut records: Vec<String> = (0..260).map(of).collect();
    records.extend((0..30).map(|number| named(number, "=1+1")));
    records.extend((30..60).map(|number| named(number, r#"套餐 "A", 乙"#)));
    night(&hospital, today, records).await;
    let other = hospital.dir.path().join("other.toml");
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&other, text.replace("account = \"demo\"", "account = \"other\"")).unwrap();
    hospital.simulator.insert_records((1_000..1_180).map(of).collect());
    hospital.command(&["run", other.to_str().unwrap()]).expect(0);
    hospital
}

/// What the page calls an account and a key of a dimension, as a condition.
fn condition(account: &str, by: &str) -> String {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let account = if account.is_empty() { "true".to_owned() } else { format!("account = {}", literal(account)) };
    let mut parts = by.splitn(3, '/');
    let by = match (parts.next().unwrap(), parts.next(), parts.next()) {
        ("status", Some(code), _) => format!("order_status = {}", literal(code)),
        ("channel", Some(code), _) => format!("data_sources = {}", literal(code)),
        ("package", Some(code), Some(name)) => {
            format!("hospital_package_id = {} and hospital_package_name = {}", literal(code), literal(name))
        }
        _ => "true".to_owned(),
    };
    format!("valid_to = 'infinity' and {account} and {by}")
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_sorting_and_files_show_the_figures_of_sql() {
    let hospital = two_accounts().await;
    let database = &hospital.database;
    database
        .lines("with lowered as (update mart.privacy set min_cell = 1 returning 1) select count(*)::text from lowered")
        .await;
    let seen = look("filters", &report(&hospital, &[]), &[]);

    // Every account, with every status, package and channel.
    let chosen = seen["chosen"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for one in chosen {
        let (account, by) = (text(&one["account"]), text(&one["by"]));
        let is_of = |dimension: &str| by.starts_with(dimension);
        let counted = if is_of("status/") { "true" } else { "order_status <> '5'" };
        let sql = format!(
            "select concat_ws('|', count(*) filter (where {counted}), count(*) filter (where order_status = '5'),
                coalesce(sum(examination_fee) filter (where order_status <> '5'), 0)::numeric(12, 2))
            from {HISTORY} where {}",
            condition(&account, &by)
        );
        let expected = database.lines(&sql).await.remove(0);
        let [count, cancelled, fee] = expected.split('|').collect::<Vec<_>>().try_into().unwrap();
        let what = format!("{account:?}, {by:?}");
        // The last row is the sum, where there are several.
        for section in ["volumes", "hospitals"] {
            let table = one["tables"][section].as_array().unwrap();
            let shown = if table.is_empty() { "0".to_owned() } else { plain(&table[table.len() - 1][1]) };
            assert_eq!(shown, count, "{what}: {section}");
        }
        if is_of("status/") {
            assert_eq!(one["figures"], serde_json::json!({}), "{what}");
            continue;
        }
        assert_eq!(plain(&one["figures"]["reservations"]), count, "{what}");
        assert_eq!(plain(&one["figures"]["fee_total"]), fee, "{what}");
        let volumes = one["tables"]["volumes"].as_array().unwrap();
        let shown = volumes.last().map_or("0".to_owned(), |row| plain(&row[2]));
        assert_eq!(shown, cancelled, "{what}");
    }
    for dimension in ["status/", "package/", "channel/"] {
        let of = chosen.iter().filter(|one| one["by"].as_str().unwrap().starts_with(dimension)).count();
        assert!(of >= 9, "{dimension}: {of} choices");
    }

    // Files: what is shown, and what SQL says of the first account.
    let files = seen["files"].as_object().unwrap();
    let is_empty = |section: &&str| !files.contains_key(*section);
    let without: Vec<&str> = ["bookings", "lead_times"].into_iter().filter(is_empty).collect();
    assert_eq!(
        (without, files.len()),
        (vec!["bookings", "lead_times"], 12),
        "the first load has neither: {:?}",
        files.keys()
    );
    for (section, file) in
        files.iter().flat_map(|(section, files)| files.as_array().unwrap().iter().map(move |file| (section, file)))
    {
        let [rows, shown] = [&file["rows"], &file["shown"]].map(|rows| rows.as_array().unwrap());
        assert_eq!(rows.len(), shown.len(), "{section}");
        for (row, shown) in rows.iter().zip(shown) {
            for (cell, shown) in row.as_array().unwrap().iter().zip(shown.as_array().unwrap()) {
                let [cell, shown] = [cell, shown].map(|cell| cell.as_str().unwrap());
                let number = |text: &str| text.trim_start_matches('¥').trim_end_matches(" 天").replace([',', '–'], "");
                let guarded = format!("'{shown}");
                assert!(
                    cell == shown || cell == guarded && shown.starts_with('=') || cell == number(shown),
                    "{section}: {cell:?} is not {shown:?}"
                );
            }
        }
        let name = file["name"].as_str().unwrap();
        assert!(name.ends_with(".csv") && name.matches("20").count() >= 2, "{name}");
    }
    let file = |section: &str| -> Vec<String> {
        let rows = files[section][0]["rows"].as_array().unwrap();
        let rows = rows[1..].iter().filter(|row| row[0] != "合计");
        let line = |row: &Value| {
            row.as_array().unwrap()[..5]
                .iter()
                .map(|cell| cell.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
                .join("|")
        };
        let mut lines: Vec<String> = rows.map(line).collect();
        lines.sort();
        lines
    };
    let standing = "filter (where order_status <> '5')";
    let cancelled = "count(*) filter (where order_status = '5')";
    // Hospitals of one name in two accounts are told apart.
    let by_hospital = format!(
        "select concat_ws('|', hospital_name || case when hospital_code <> '3301900' then ' (demo ' || hospital_code || ')' else '' end,
            count(*) {standing}, round(100.0 * {cancelled} / count(*), 1) || '%',
            sum(examination_fee) {standing}, round(avg(examination_fee) {standing}, 2)) collate \"C\"
        from {HISTORY} where {} group by hospital_code, hospital_name order by 1",
        condition("demo", "")
    );
    assert_eq!(file("hospitals"), database.lines(&by_hospital).await);
    let by_channel = format!(
        "select concat_ws('|', data_sources, count(*) {standing},
            round(100.0 * count(*) {standing} / sum(count(*) {standing}) over (), 1) || '%', {cancelled},
            round(100.0 * {cancelled} / count(*), 1) || '%') collate \"C\"
        from {HISTORY} where {} group by data_sources order by 1",
        condition("demo", "")
    );
    assert_eq!(file("channels"), database.lines(&by_channel).await);

    let columns = seen["sorted"]["columns"].as_u64().unwrap();
    assert!(columns >= 50, "{columns}");
    assert_eq!(seen["sorted"]["problems"], serde_json::json!([]));
}
