//! `tijian report` as it is asked for: accounts and days, in which language, what it refuses; and a page every night.

use std::path::Path;

use chrono::Datelike;
use tijian::simulator::GeneratorOptions;

use super::{PERIOD, data, hospital, lines, report};
use crate::support::{Hospital, assert_discreet, marked_record, record};

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_period_holds_its_own_days_only() {
    let hospital = hospital().await;
    let data = data(&report(&hospital, &["--from", "2026-01-08", "--to", "2026-01-20"]));
    for dimension in ["statuses", "events", "arrivals"] {
        for line in lines(&data, dimension) {
            let day = line.split('|').nth(2).unwrap();
            assert!(("2026-01-08"..="2026-01-20").contains(&day), "{dimension} {line}");
        }
    }
    let expected = "select count(*)::text from warehouse.reservation_versions
        where valid_to = 'infinity' and order_status <> '5' and check_date between '2026-01-08' and '2026-01-20'";
    let counts = lines(&data, "statuses")
        .iter()
        .filter(|line| line.split('|').nth(1) != Some("5"))
        .map(|line| line.split('|').nth(3).unwrap().parse::<i64>().unwrap())
        .sum::<i64>();
    assert_eq!([counts.to_string()], hospital.database.lines(expected).await[..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_made_twice_differs_by_its_time_only() {
    let hospital = hospital().await;
    let timeless = |page: &str| {
        let time = data(page)["generated_at"].as_str().unwrap().to_owned();
        page.replace(&time, "")
    };
    let first = timeless(&report(&hospital, &PERIOD));
    assert_eq!(first, timeless(&report(&hospital, &PERIOD)));
    // The language it opens in is all that --lang decides.
    let english = timeless(&report(&hospital, &[&PERIOD[..], &["--lang", "en"]].concat()));
    assert_eq!(first.replace(r#""language":"zh""#, r#""language":"en""#), english);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_told_apart_and_can_be_chosen() {
    let hospital = hospital().await;
    let other = hospital.dir.path().join("other.toml");
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&other, text.replace("account = \"demo\"", "account = \"other\"")).unwrap();
    hospital.simulator.insert_records(vec![record("OTHER-1", "")]);
    hospital.command(&["run", other.to_str().unwrap()]);
    let accounts = |options: &[&str]| -> Vec<String> {
        let data = data(&report(&hospital, &[&PERIOD[..], options].concat()));
        let hospitals = data["hospitals"].as_array().unwrap();
        let mut accounts: Vec<String> = hospitals.iter().map(|one| one[0].as_str().unwrap().to_owned()).collect();
        accounts.dedup();
        assert_eq!(data["accounts"].as_array().unwrap().len(), accounts.len());
        accounts
    };
    assert_eq!(accounts(&[]), ["demo", "other"]);
    assert_eq!(accounts(&["--account", "other"]), ["other"]);
    assert_eq!(accounts(&["--account", "other", "--account", "demo"]), ["demo", "other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_warehouse_makes_a_page_that_says_so() {
    let hospital = Hospital::new().await;
    let data = data(&report(&hospital, &[]));
    assert_eq!(data["accounts"], serde_json::json!([]));
    assert_eq!(data["statuses"]["series"], serde_json::json!([]));
    // Half a year back and 90 days ahead, in whole months.
    let [first, last] = [0, 1].map(|at| data["period"][at].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap());
    let today: chrono::NaiveDate = data["today"].as_str().unwrap().parse().unwrap();
    assert!((180..=210).contains(&(today - first).num_days()) && (90..=120).contains(&(last - today).num_days()));
    assert_eq!((first.day(), (last + chrono::TimeDelta::days(1)).day()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_period_begins_and_ends_with_the_data() {
    let hospital = Hospital::new().await;
    // Midnight of 7 January 2026 in Hangzhou: in UTC it is still the day before.
    hospital.simulator.set_timestamp(Some(1_767_715_200_000));
    hospital.run_well().await;
    assert_eq!(data(&report(&hospital, &[]))["period"], serde_json::json!(["2026-01-07", "2026-01-07"]));
    // Of 3 February 2026.
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    assert_eq!(data(&report(&hospital, &[]))["period"], serde_json::json!(["2026-01-07", "2026-02-03"]));
    let asked = data(&report(&hospital, &["--from", "2024-01-01", "--to", "2026-01-31"]));
    assert_eq!(asked["period"], serde_json::json!(["2026-01-07", "2026-01-31"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_and_leaves_no_file() {
    let hospital = Hospital::new().await;
    let dir = hospital.dir.path();
    let files = hospital.files();
    let fails = |out: &Path, options: &[&str], code: i32, said: &str| {
        let ended = hospital.command(&[&["report", "--out", out.to_str().unwrap()], options].concat()).expect(code);
        assert!(ended.stdout.is_empty() && ended.stderr.contains(said), "{ended:?}");
    };
    let page = dir.join("report.html");
    fails(&dir.join("absent/report.html"), &[], 2, "absent for --out: create it");
    fails(dir, &[], 2, "is a folder: name a file in it");
    fails(Path::new("/"), &[], 2, "is a folder");
    fails(&page, &["--account", "nobody"], 2, "no delivery of account nobody");
    fails(&page, &["--from", "2026-03-01", "--to", "2026-02-01"], 2, "ends before it begins");
    fails(&page, &["--from", "2020-01-01", "--to", "2026-02-01"], 2, "at most 1098 fit");
    fails(&page, &["--from", "2026-02-30"], 2, "invalid value '2026-02-30'");
    assert_eq!(hospital.files(), files);
}

/// The page is made by every run, since what it says of a day changes when the day is over: also by one that was told nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_asks_for_it_gets_the_page_every_night() {
    let mut hospital = Hospital::with_reservations(GeneratorOptions { reservations: 0, ..Default::default() }).await;
    let folder = hospital.dir.path().join("pages");
    hospital.redefine(|text| {
        format!("{text}\n[[export]]\nkind = \"report\"\nformat = \"html\"\ndir = \"{}\"\n", folder.display())
    });
    let path = folder.join("demo_report.html");
    hospital.run_well().await;
    assert!(!path.exists(), "there is nothing to tell before a delivery changed something");

    hospital.simulator.insert_records(vec![marked_record("MARKED-1", "")]);
    hospital.run_well().await;
    let first = std::fs::read_to_string(&path).unwrap();
    assert_eq!(data(&first)["accounts"][0]["account"], "demo");
    assert_discreet("the page", &first);
    hospital.run_well().await;
    let recorded = "select part || ' ' || path from etl.exports where target like 'report %'";
    assert_eq!(hospital.database.lines(recorded).await, [format!("current {}", path.display())]);
    std::fs::remove_file(&path).unwrap();
    hospital.run_well().await;
    assert_eq!(data(&std::fs::read_to_string(&path).unwrap())["accounts"][0]["account"], "demo");
}
