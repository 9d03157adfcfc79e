//! Pages of the sizes that a hospital, a group of them, and an archive have: whole at every width and on paper.

use std::path::PathBuf;

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use super::{HISTORY, look, night, plain, report, rows, varied};
use crate::support::Hospital;

/// Pages of the sizes that a hospital, a group of them, and an archive have.
async fn page_of(size: &str) -> (Hospital, PathBuf) {
    let hospital = Hospital::new().await;
    let today = (Utc::now() + TimeDelta::hours(8)).date_naive();
    let mut options = Vec::new();
    match size {
        "one day" => night(&hospital, today, (0..40).map(|number| varied(number, 1, today)).collect()).await,
        "thirty hospitals" => {
            for back in [60, 30, 1, 0] {
                let day = today - TimeDelta::days(back);
                let of = |number: u64| varied(number, 30, day + TimeDelta::days(1 + (number % 45) as i64));
                let first = 10_000 * back as u64;
                night(&hospital, day, (first..first + 900).map(of).collect()).await;
            }
        }
        "three years" => {
            for quarter in (0..12).rev() {
                let day = today - TimeDelta::days(91 * quarter);
                let of = |number: u64| varied(number, 3, day + TimeDelta::days(1 + (number % 91) as i64));
                let first = 10_000 * quarter as u64;
                night(&hospital, day, (first..first + 500).map(of).collect()).await;
            }
            options = vec![
                "--from".to_owned(),
                (today - TimeDelta::days(1_001)).to_string(),
                "--to".to_owned(),
                (today + TimeDelta::days(92)).to_string(),
            ];
        }
        _ => panic!("no such size: {size}"),
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let page = report(&hospital, &options);
    (hospital, page)
}

/// What the browser says of a page of this size, on screens of three widths and on paper: nothing is wrong with any.
async fn assert_well_shown(size: &str) -> (Hospital, Value) {
    let (hospital, page) = page_of(size).await;
    let pdf = hospital.dir.path().join("report.pdf");
    let seen = look("sizes", &page, &[&pdf]);
    let none: [Value; 0] = [];
    for width in [400, 1024, 1440] {
        for language in ["zh", "en"] {
            let expected = serde_json::json!({ "scrolls": width, "cut_off": none, "overlaps": none, "alike": none, "broken": none });
            assert_eq!(seen[format!("{width} {language}")], expected, "{size}, {width} {language}");
        }
    }
    assert_eq!(seen["paper"], serde_json::json!({ "cut_off": none, "overlaps": none, "alike": none }), "{size}");
    assert_eq!(seen["without_heading"], serde_json::json!(none), "{size}");
    (hospital, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_day_is_whole_at_every_width_and_on_paper() {
    let (_hospital, seen) = assert_well_shown("one day").await;
    assert!((3..=5).contains(&seen["leaves"].as_u64().unwrap()), "{}", seen["leaves"]);
    assert!(!seen["shown"]["words"].as_str().unwrap().contains("NaN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_thirty_hospitals_tells_all_of_them_apart() {
    let (_hospital, seen) = assert_well_shown("thirty hospitals").await;
    assert_eq!(rows(&seen["shown"], "hospitals").len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_three_years_compares_only_the_years_that_are_known() {
    let (hospital, seen) = assert_well_shown("three years").await;
    let table = seen["shown"]["tables"]["volumes"].as_array().unwrap();
    let (heading, rows) = table.split_first().unwrap();
    let of = |name: &str| heading.as_array().unwrap().iter().position(|one| one == name).expect(name);
    let (before, growth) = (of("上年同期"), of("同比"));
    let (first_months, later) = rows[..rows.len() - 1].split_at(12);
    assert!(later.len() >= 20, "{table:?}");
    assert!(first_months.iter().all(|row| row[before] == "–" && row[growth] == "–"), "{first_months:?}");
    assert!(later.iter().all(|row| row[before] != "–" && row[growth] != "–"), "{later:?}");
    let counted = later.iter().map(|row| plain(&row[before]).parse::<i64>().unwrap()).sum::<i64>();
    let total = rows.last().unwrap();
    assert_eq!((plain(&total[before]), &total[growth]), (counted.to_string(), &Value::from("–")));
    let last = format!("select (max(check_date) - interval '1 year')::date::text from {HISTORY}");
    let last = hospital.database.lines(&last).await.remove(0);
    let sql = format!(
        "select count(*)::text from {HISTORY} where valid_to = 'infinity' and order_status <> '5' and check_date <= '{last}'"
    );
    assert_eq!([counted.to_string()], hospital.database.lines(&sql).await[..]);
}
