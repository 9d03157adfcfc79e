//! The analysts' questions of `sql/examples`: each runs as a login of theirs, and gives the numbers of a story that is known.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryMessage;

use super::{NIGHTS, nights};
use crate::support::{Hospital, connect, create_login, record, server, url_of};

/// Name and text of every question.
fn questions() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/examples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&file).unwrap())
        })
        .collect()
}

/// By file, the rows that it gives: columns joined by `|`, null as `-`.
const ANSWERS: [(&str, &[&str]); 15] = [
    ("add_ons", &["A1|甲|8|1.0000", "A2|乙|7|0.8750"]),
    ("bookings_per_week_by_channel", &["2026-01-05|小程序|1|-", "2026-01-05|益往健康|6|3", "2026-02-02|小程序|1|-"]),
    (
        "cancellation_rate_by_package_and_month",
        &["2026-02-01|P2|体检E套餐|2|0|0.0000", "2026-02-01|RM16|体检E套餐|7|1|0.1429"],
    ),
    ("demographics", &["H1|40-49|女|6|6|false", "H2|40-49|男|-|-|true"]),
    ("fees_by_month", &["2026-02-01|H1|H1|6|17286.00|2881.00", "2026-02-01|H2|H2|2|5762.00|2881.00"]),
    (
        "forecast",
        &[
            "H1|28|3.0|1.0000",
            "H1|14|3.0|1.0000",
            "H1|7|3.0|1.0000",
            "H1|3|3.0|1.0000",
            "H1|1|3.0|1.0000",
            "H1|0|3.0|1.0000",
            "H2|28|0.5|0.5000",
            "H2|14|0.5|0.5000",
            "H2|7|1.0|1.0000",
            "H2|3|1.0|1.0000",
            "H2|1|1.0|1.0000",
            "H2|0|1.0|1.0000",
        ],
    ),
    ("known_at_a_past_moment", &["2026-02-10|6|5", "2026-02-11|0|1", "2026-02-14|1|2"]),
    ("lead_times", &["小程序|2|12|38|0", "益往健康|5|34|35|1"]),
    ("new_and_returning", &["2026-02-01|7|1"]),
    ("no_shows", &["H1|H1|2|周二|5|3|0.6000"]),
    (
        "peaks_against_capacity",
        &["2026-02-10|周二|-|H1|5|4|1.2500", "2026-02-14|周六|春节|H2|2|10|0.2000", "2026-03-02|周一|-|H1|0|10|0.0000"],
    ),
    // A record that is held comes again with every delivery.
    ("quality_by_rule", &["2026-01-05|sexCode|dictionary|true|2", "2026-02-02|sexCode|dictionary|true|2"]),
    ("rebooking", &["2026-02-01|1|1|1.0000|1.0"]),
    ("reschedules", &["rescheduled|改期|later|1|2.0"]),
    ("year_over_year", &["2|1|8|7.0000"]),
];

/// A reservation of somebody with a passport.
fn told(serial_number: &str, person: u8, hospital: &str, check_date: &str, status: u8, more: &str) -> String {
    let sex = if hospital == "H1" { 2 } else { 1 };
    let changes = format!(
        r#""cardType":2,"idcard":"P000{person}","sexCode":{sex},"birthdate":"1980-05-05","hospitalCode":"{hospital}",
            "hospitalName":"{hospital}","checkDate":"{check_date}","orderStatus":{status}{more}"#
    );
    record(serial_number, &changes)
}

/// A first load of three; five people at one hospital, of whom one cancels and books again and another moves; two at another.
fn story() -> [(i64, Vec<String>); 5] {
    let first = |serial_number: &str, person| told(serial_number, person, "H1", "2026-02-10", 1, "");
    let other = r#","hospitalPackageId":"P2","dataSources":"小程序""#;
    let night = |number: i64| NIGHTS[0] + number * 86_400_000;
    [
        (
            night(0),
            vec![told("L-1", 1, "H1", "2025-02-10", 1, ""), told("L-2", 2, "H1", "2025-02-10", 5, ""), first("L-3", 1)],
        ),
        (
            night(1),
            vec![
                first("A-1", 3),
                first("A-2", 4),
                told("A-3", 5, "H1", "2026-02-10", 1, r#","addCombinationId":"A1","addCombinationName":"甲""#),
                first("A-4", 6),
                first("A-5", 7),
                told("C-1", 8, "H2", "2026-02-12", 1, other),
            ],
        ),
        (
            night(2),
            vec![
                told("A-1", 3, "H1", "2026-02-10", 5, ""),
                told("C-1", 8, "H2", "2026-02-14", 2, other),
                record("BAD", r#""sexCode":9"#),
            ],
        ),
        (night(3), vec![first("A-6", 3)]),
        (night(27), vec![told("A-2", 4, "H1", "2026-02-11", 2, ""), told("C-2", 9, "H2", "2026-02-14", 1, other)]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_is_answered_in_numbers() {
    let hospital = Hospital::new().await;
    nights(&hospital, &story()).await;
    let more = "insert into warehouse.arrivals (account, serial_number, arrived_at, source)
            values ('demo', 'A-3', '2026-02-10 08:00+08', 'command'), ('demo', 'A-4', '2026-02-10 08:01+08', 'command');
        insert into etl.stale_check_dates values ('demo', '2026-02-10');
        insert into mart.capacity (account, hospital_code, day, places)
            values ('demo', 'H1', '2026-02-10', 4), ('demo', 'H2', '2026-02-14', 10), ('demo', 'H1', '2026-03-02', 10)";
    hospital.database.client.batch_execute(more).await.unwrap();
    hospital.database.client.batch_execute(include_str!("../../../deploy/calendar-2026.sql")).await.unwrap();
    hospital.run_well().await;
    create_login(server(), "tijian_test_questions", "tijian_analyst").await;
    let analyst = connect(&url_of(&hospital.database.owner_url, "tijian_test_questions")).await;
    analyst.batch_execute("set timezone to 'UTC'").await.unwrap();
    let mut answers = BTreeMap::new();
    for (question, text) in questions() {
        let rows = analyst.simple_query(&text).await.unwrap_or_else(|error| panic!("{question}: {error:?}"));
        let rows = rows.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| word(row.get(column))).collect::<Vec<_>>().join("|"))
            }
            _ => None,
        });
        answers.insert(question, rows.collect::<Vec<String>>());
    }
    assert_eq!(answers.len(), 15);
    for (question, rows) in ANSWERS {
        assert_eq!(answers.remove(question).unwrap(), rows, "{question}");
    }
    assert_eq!(answers, BTreeMap::new());
}

/// A boolean is `t` or `f` in this protocol.
fn word(value: Option<&str>) -> &str {
    match value {
        Some("t") => "true",
        Some("f") => "false",
        other => other.unwrap_or("-"),
    }
}

/// So that the question can be read without SQL, and found in either language.
#[test]
fn every_example_begins_with_its_question_in_both_languages_and_is_on_the_page() {
    for (question, text) in questions() {
        let [english, chinese]: [&str; 2] = text.lines().take(2).collect::<Vec<_>>().try_into().unwrap();
        assert!(english.starts_with("-- ") && english.is_ascii() && english.contains('?'), "{question}: {english}");
        assert!(chinese.starts_with("-- ") && chinese.contains('？'), "{question}: {chinese}");
        for page in [include_str!("../../../docs/analysts.md"), include_str!("../../../docs/analysts.zh-CN.md")] {
            assert!(page.contains(&format!("](../sql/examples/{question}.sql)")), "a page does not have {question}");
        }
    }
}
