//! The page as text: what it holds, what it must not, and whether its parts fit together.

use chrono::{NaiveDate, TimeZone, Utc};
use serde_json::Value;

use super::fixture::{cell, count, day};
use super::page::{CHARTS_LIBRARY, SCRIPT, TEXTS, html, inert};
use super::*;
use crate::rows::{CodeLabel, DayCount, MonthCell, ReportAccount, ReportNight, RuleCount};

mod withheld;

const PAGE: &str = include_str!("page.html");

fn header() -> ReportHeader {
    let beijing = FixedOffset::east_opt(8 * 3600).unwrap();
    ReportHeader {
        generated_at: beijing.with_ymd_and_hms(2026, 1, 31, 8, 5, 0).unwrap(),
        first: day(1),
        last: day(28),
        language: crate::wording::Language::Chinese,
    }
}

fn rows() -> ReportRows {
    ReportRows {
        min_cell: 5,
        accounts: vec![ReportAccount {
            account: "a".to_owned(),
            first_night: day(1),
            as_of: Utc.with_ymd_and_hms(2026, 1, 30, 18, 30, 0).unwrap(),
            check_dates: Some((day(3), day(6))),
        }],
        statuses: vec![count("H1", "1", 3, 5, 0), count("H2", "1", 4, 1, 0), count("H1", "1", 6, 2, 0)],
        people: ["H1", "H2"]
            .iter()
            .flat_map(|hospital| (1..=28).map(|on| count(hospital, "people", on, 9, 9)))
            .collect(),
        ..ReportRows::default()
    }
}

/// The text between a script's tags.
fn element<'a>(page: &'a str, opening: &str) -> &'a str {
    let (_, rest) = page.split_once(opening).unwrap();
    rest.split_once("</script>").unwrap().0
}

fn data(page: &str) -> Value {
    serde_json::from_str(element(page, r#"<script type="application/json" id="data">"#)).unwrap()
}

fn texts() -> serde_json::Map<String, Value> {
    serde_json::from_str(TEXTS).unwrap()
}

#[test]
fn series_have_a_number_a_day_from_their_first_to_their_last() {
    let page = html(&header(), &rows());
    let data = data(&page);
    assert_eq!(data["hospitals"], serde_json::json!([["a", "H1", "医院H1"], ["a", "H2", "医院H2"]]));
    let expected = serde_json::json!([[0, 0, 2, [5, 0, 0, 2]], [1, 0, 3, [1]]]);
    assert_eq!(data["statuses"]["series"], expected);
    assert_eq!(data["accounts"][0]["as_of"], "2026-01-31 02:30");
    assert_eq!(data["generated_at"], "2026-01-31 08:05");
}

#[test]
fn amounts_stand_beside_counts_where_there_are_any() {
    let arrivals = vec![count("H1", "reported", 3, 5, 4), count("H1", "reported", 5, 2, 0)];
    let data = data(&html(&header(), &ReportRows { arrivals, ..rows() }));
    assert_eq!(data["arrivals"]["series"], serde_json::json!([[0, 0, 2, [5, 0, 2], [4, 0, 0]]]));
}

#[test]
fn a_year_before_stands_on_the_days_of_this_one() {
    let before = |day: &str| DayCount { day: day.parse().unwrap(), ..count("H1", "1", 1, 3, 0) };
    let data_of = |days: &[&str], first: NaiveDate| {
        let statuses_before: Vec<DayCount> = days.iter().map(|day| before(day)).collect();
        let people_before = statuses_before.iter().map(|day| DayCount { count: 9, ..day.clone() }).collect();
        let rows = ReportRows { statuses_before, people_before, ..rows() };
        data(&html(&ReportHeader { first, ..header() }, &rows))["statuses_before"]["series"].clone()
    };
    assert_eq!(data_of(&["2025-02-03", "2025-02-05"], day(1)), serde_json::json!([[0, 0, 2, [3, 0, 3]]]));
    // What fell on 29 February is shown on the 28th, beside what was there.
    let first = NaiveDate::from_ymd_opt(2025, 2, 1).unwrap();
    assert_eq!(data_of(&["2024-02-28", "2024-02-29", "2024-03-01"], first), serde_json::json!([[0, 0, 27, [6, 3]]]));
}

#[test]
fn rarer_keys_are_added_up_and_nothing_is_lost() {
    let packages = (0..130).map(|n| cell("package", "H1", &format!("P{n}"), 1000 - n, n));
    let rows = ReportRows { cells: packages.collect(), ..rows() };
    let data = data(&html(&header(), &rows));
    let keys = data["packages"]["keys"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["code"], &keys[100]["is_rest"]), (101, &Value::from("P0"), &Value::from(true)));
    let sum = |place: usize| -> i64 {
        data["packages"]["cells"].as_array().unwrap().iter().map(|cell| cell[place].as_i64().unwrap()).sum()
    };
    assert_eq!(sum(3), rows.cells.iter().map(|row| row.reservations).sum::<i64>());
    assert_eq!(sum(5), rows.cells.iter().map(|row| row.amount).sum::<i64>());
}

/// Invariant: No cell of the report page reveals the fees of few people.
/// Held by: cells by month, added up until enough people are in each; counts by day without fees.
#[test]
fn what_a_few_people_make_by_themselves_is_not_in_the_page() {
    let cells = vec![
        MonthCell { name: Some("稀有套餐".to_owned()), ..cell("package", "H1", "RARE", 4, 777_700) },
        cell("package", "H1", "MIDDLE", 6, 60_000),
        cell("package", "H1", "LARGE", 60, 600_000),
        cell("package", "H2", "RARE", 4, 444_400),
        cell("total", "H1", "", 70, 1_437_700),
        cell("total", "H2", "", 4, 444_400),
        MonthCell { month: day(1) + chrono::Months::new(1), ..cell("age_sex", "H1", "30-39/1", 9, 0) },
    ];
    let page = html(&header(), &ReportRows { cells, ..rows() });
    let data = data(&page);
    let packages = serde_json::json!([[0, 0, 0, 60, 0, 600_000], [0, 1, 0, 10, 0, 837_700], [1, 1, 0, 4, null, null]]);
    assert_eq!(data["packages"]["cells"], packages);
    assert_eq!(data["packages"]["keys"], serde_json::json!([{ "code": "LARGE" }, { "is_rest": true }]));
    assert_eq!(data["totals"]["cells"], serde_json::json!([[0, 0, 0, 70, 0, 1_437_700], [1, 1, 0, 4, null, null]]));
    assert_eq!(data["age_sex"]["cells"], serde_json::json!([[0, 0, 1, 9, null, 0]]));
    for told in ["777700", "60000,", "444400", "RARE", "稀有套餐"] {
        assert!(!page.contains(told), "{told}");
    }
}

/// Invariant: No day of the report page reveals what became of few people's reservations.
/// Held by: days are checked by their number of people, together with the smallest other day of the month, since the
/// month's sum is shown.
#[test]
fn what_became_of_a_few_people_s_reservations_of_a_day_is_not_in_the_page() {
    let people = vec![
        count("H1", "people", 3, 4, 4),
        count("H1", "people", 4, 6, 5),
        count("H1", "people", 5, 9, 8),
        count("H2", "people", 3, 1, 0),
    ];
    let each = |hospital: &str, on: u32| {
        [("1", 3), ("2", 2), ("5", 1)].map(|(code, number)| count(hospital, code, on, number, 0))
    };
    let statuses = [each("H1", 3), each("H1", 4), each("H1", 5)].concat();
    let statuses = [statuses, vec![count("H2", "5", 3, 1, 0)]].concat();
    let arrivals = [("H1", 3), ("H1", 4), ("H1", 5), ("H2", 3)];
    let arrivals = arrivals.map(|(hospital, on)| count(hospital, "reported", on, 5, 4)).to_vec();
    let before = |days: &[DayCount]| -> Vec<DayCount> {
        days.iter().map(|day| DayCount { day: day.day - chrono::Months::new(12), ..day.clone() }).collect()
    };
    let (statuses_before, people_before) = (before(&statuses), before(&people));
    let data =
        data(&html(&header(), &ReportRows { people, people_before, statuses, statuses_before, arrivals, ..rows() }));
    // H1 has 9 people on the 5th. Of its 3rd and 4th, and of H2, is known how many are expected, and no more.
    let keys = serde_json::json!([{ "code": "untold" }, { "code": "1" }, { "code": "2" }, { "code": "5" }]);
    let series = serde_json::json!([[0, 0, 2, [5, 5]], [0, 1, 4, [3]], [0, 2, 4, [2]], [0, 3, 4, [1]]]);
    for dimension in ["statuses", "statuses_before"] {
        assert_eq!(data[dimension], serde_json::json!({ "keys": keys, "series": series }), "{dimension}");
    }
    let keys = serde_json::json!([{ "code": "untold" }, { "code": "reported" }]);
    let series = serde_json::json!([[0, 0, 2, [5, 5]], [0, 1, 4, [5], [4]], [1, 0, 2, [5]]]);
    assert_eq!(data["arrivals"], serde_json::json!({ "keys": keys, "series": series }));
}

/// Invariant: The page fetches nothing, and data in it is never executed.
#[test]
fn data_cannot_leave_its_element() {
    let evil = "</script><script>alert(1)</script><!--";
    let mut rows = rows();
    rows.statuses[0].hospital_name = Some(evil.to_owned());
    rows.statuses[0].code = evil.to_owned();
    let page = html(&header(), &rows);
    assert_eq!(page.matches("</script>").count(), 4);
    assert!(!page.contains("alert(1)</"));
    assert!(data(&page)["statuses"]["keys"].as_array().unwrap().iter().any(|key| key["code"] == evil));
    assert_eq!(inert("<a<"), "\\u003ca\\u003c");
}

/// Invariant: The page fetches nothing, and data in it is never executed.
/// Held by: scripts in the page, a policy that allows only these and no request; JSON without `<`.
#[test]
fn the_policy_allows_the_two_scripts_as_they_stand_and_nothing_else() {
    use base64::Engine;
    use sha2::{Digest, Sha256};

    let page = html(&header(), &rows());
    let (_, policy) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
    let (policy, _) = policy.split_once('"').unwrap();
    let mut scripts: Vec<&str> =
        page.split("<script>").skip(1).map(|rest| rest.split_once("</script>").unwrap().0).collect();
    assert_eq!(scripts.len(), 2);
    scripts.iter().for_each(|script| {
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    });
    assert_eq!(policy.matches("sha256-").count(), 2);
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("http") && !policy.contains("connect-src"), "{policy}");
    // Browsers hash what they parsed: a carriage return would be lost on the way, and these would end a script early.
    for script in scripts.drain(..) {
        assert!(!script.contains('\r') && !script.contains("<!--"));
    }
    for address in ["src=\"", "url(", "@import", "srcset"] {
        let ours = page.replace(CHARTS_LIBRARY, "");
        assert!(!ours.contains(address), "{address}");
    }
}

#[test]
fn the_chart_library_is_the_one_that_was_published() {
    use sha2::{Digest, Sha256};

    let digest = hex::encode(Sha256::digest(CHARTS_LIBRARY.as_bytes()));
    assert!(include_str!("vendor/README.md").contains(&format!("`{digest}`")), "{digest}: not in vendor/README.md");
}

#[test]
fn every_text_is_there_in_both_languages_with_the_same_gaps() {
    let gaps = |text: &str| {
        let mut gaps: Vec<String> =
            text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
        gaps.sort();
        gaps
    };
    for (key, both) in texts() {
        let [zh, en] = &both.as_array().unwrap()[..] else { panic!("{key}: not two texts") };
        let (zh, en) = (zh.as_str().unwrap(), en.as_str().unwrap());
        assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{key}");
        assert_eq!(gaps(zh), gaps(en), "{key}");
        let is_other_language = key == "other_language";
        let is_chinese = |text: &str| text.chars().any(|letter| ('一'..='龥').contains(&letter));
        assert!(is_other_language || !is_chinese(en), "{key}: {en}");
    }
}

#[test]
fn every_text_that_is_asked_for_exists_and_every_text_is_asked_for() {
    let texts = texts();
    let asked = |start: &'static str, end: char| {
        let parts =
            [PAGE, SCRIPT].map(|part| part.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap()));
        parts.into_iter().flatten().collect::<Vec<_>>()
    };
    let is_computed = |key: &&str| !key.ends_with('_');
    for key in [asked("text('", '\''), asked("data-text=\"", '"')].concat().into_iter().filter(is_computed) {
        assert!(texts.contains_key(key), "{key}: not in texts.json");
    }
    for key in texts.keys().filter(|key| !["preset_", "step_", "weekday_"].iter().any(|family| key.starts_with(family)))
    {
        let is_asked_for = SCRIPT.contains(&format!("'{key}'")) || PAGE.contains(&format!("\"{key}\""));
        assert!(is_asked_for, "{key}: nobody asks for it");
    }
}

#[test]
fn labels_nights_and_broken_rules_are_told_with_their_names() {
    let mut rows = rows();
    let label = |column: &str, zh: &str, en: &str| CodeLabel {
        column_name: column.to_owned(),
        code: "1".to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    rows.labels = vec![label("order_status", "已预约", "booked"), label("sex_code", "男", "male")];
    let account = || "a".to_owned();
    rows.nights = vec![ReportNight {
        account: account(),
        delivery_id: 7,
        day: day(2),
        received: 9,
        accepted: 8,
        rejected: 1,
        unchanged: 3,
        opened: 5,
        warned: 2,
    }];
    rows.broken_rules = vec![RuleCount {
        account: account(),
        day: day(2),
        field: "examinationFee".to_owned(),
        rule: "fee_negative".to_owned(),
        is_rejecting: true,
        records: 1,
    }];
    let data = data(&html(&header(), &rows));
    assert_eq!(data["statuses"]["keys"][0]["labels"], serde_json::json!(["已预约", "booked"]));
    assert_eq!(data["sexes"], serde_json::json!({ "1": ["男", "male"] }));
    assert_eq!(data["nights"], serde_json::json!([[0, 1, 9, 8, 1, 3, 5, 2]]));
    assert_eq!(data["broken_rules"], serde_json::json!([[0, 1, "examinationFee", "fee_negative", true, 1]]));
    assert_eq!(data["fields"]["examinationFee"][0], "体检费用（元）");
    assert_eq!(data["rules"], serde_json::json!({ "fee_negative": ["金额为负", "Negative amount"] }));
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let data = data(&html(&header(), &ReportRows::default()));
    assert_eq!(data["accounts"], serde_json::json!([]));
    assert_eq!(data["statuses"], serde_json::json!({ "keys": [{ "code": "5" }], "series": [] }));
}

#[test]
fn writing_replaces_the_page_and_says_what_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    std::fs::write(&path, "older").unwrap();
    let written = write_report(&path, &header(), &rows()).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    assert_eq!((written.bytes, written.rows), (page.len() as u64, 3));
    assert!(page.starts_with("<!doctype html>"));
    let missing = folder.path().join("absent/report.html");
    let error = write_report(&missing, &header(), &rows()).unwrap_err();
    assert!(error.to_string().contains("absent/report.html"), "{error}");
}

/// A year of ten hospitals, each with more packages and add-ons than most have: the bound that the module names.
#[test]
fn a_year_of_a_large_group_of_hospitals_stays_small() {
    let first = NaiveDate::from_ymd_opt(2025, 6, 1).unwrap();
    let hospitals = || (0..10).map(|hospital| format!("H{hospital}"));
    let every_day = |keys: i64, amount: i64| {
        let each = hospitals()
            .flat_map(move |hospital| (0..keys).map(move |key| (hospital.clone(), key)))
            .flat_map(move |(hospital, key)| (0..365).map(move |day| (hospital.clone(), key, day)));
        each.map(|(hospital, key, after)| DayCount {
            day: first + chrono::Days::new(after),
            ..count(&hospital, &format!("K{key}"), 1, 37 + key, amount)
        })
        .collect::<Vec<_>>()
    };
    let every_month = |dimension: &'static str, keys: i64| {
        let each = hospitals().flat_map(move |hospital| (0..keys).map(move |key| (hospital.clone(), key)));
        each.flat_map(move |(hospital, key)| {
            (0..12).map(move |after| MonthCell {
                month: first + chrono::Months::new(after),
                ..cell(dimension, &hospital, &format!("K{key}"), 700 + key, 1_234_500)
            })
        })
    };
    let cells = [("package", 30), ("channel", 6), ("add_on", 30), ("lead_time", 8), ("age_sex", 21), ("total", 1)];
    let rows = ReportRows {
        statuses: every_day(3, 0),
        statuses_before: every_day(3, 0),
        people: every_day(1, 0),
        people_before: every_day(1, 0),
        events: every_day(6, 700),
        arrivals: every_day(1, 30),
        cells: cells.into_iter().flat_map(|(dimension, keys)| every_month(dimension, keys)).collect(),
        ..rows()
    };
    let header = ReportHeader { first, last: first + chrono::Days::new(364), ..header() };
    let bytes = html(&header, &rows).len();
    assert!(bytes < 1_500_000, "{bytes}");
    assert!(bytes > 1_000_000, "{bytes}: is the group in it?");
}
