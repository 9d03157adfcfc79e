//! `tijian report`: the page's figures against SQL over the history itself, and what must never stand in the page.

use std::path::Path;

use serde_json::Value;
use tijian::simulator::GeneratorOptions;

use crate::support::{Hospital, TestDatabase, assert_discreet, marked_record};

/// Everything that the simulator's nights are about.
const PERIOD: [&str; 4] = ["--from", "2026-01-01", "--to", "2026-03-31"];

/// Five nights with everything that the page tells of: changes, refused records, packages, add-ons.
async fn hospital() -> Hospital {
    let generator =
        GeneratorOptions { reservations: 600, new_per_night: 30, changes: 0.4, defects: 0.03, ..Default::default() };
    let hospital = Hospital::with_reservations(generator).await;
    // Its package is what the page may show; nothing else of it is.
    hospital.simulator.insert_records(vec![marked_record("MARKED-1", r#""hospitalPackageName":"体检E套餐""#)]);
    for _ in 0..5 {
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    hospital
}

fn report(hospital: &Hospital, options: &[&str]) -> String {
    let file = hospital.dir.path().join("report.html");
    let arguments = [&["report", "--out", file.to_str().unwrap()], options].concat();
    let ended = hospital.command(&arguments).expect(0);
    assert_eq!(ended.stdout, format!("{}\n", file.display()));
    std::fs::read_to_string(file).unwrap()
}

fn data(page: &str) -> Value {
    let (_, rest) = page.split_once(r#"<script type="application/json" id="data">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// A dimension of the page as `hospital|key|day|count|amount` lines, days without anything left out.
fn lines(data: &Value, dimension: &str) -> Vec<String> {
    let first: chrono::NaiveDate = data["period"][0].as_str().unwrap().parse().unwrap();
    let mut lines = Vec::new();
    for series in data[dimension]["series"].as_array().unwrap() {
        let hospital = &data["hospitals"][series[0].as_u64().unwrap() as usize][1];
        let key = &data[dimension]["keys"][series[1].as_u64().unwrap() as usize]["code"];
        for (at, count) in series[3].as_array().unwrap().iter().enumerate() {
            let amount = series.get(4).map_or(0, |amounts| amounts[at].as_i64().unwrap());
            let day = first + chrono::TimeDelta::days(series[2].as_i64().unwrap() + at as i64);
            if (count.as_i64(), amount) != (Some(0), 0) {
                let texts = [hospital, key].map(|text| text.as_str().unwrap_or_default());
                lines.push(format!("{}|{}|{day}|{count}|{amount}", texts[0], texts[1]));
            }
        }
    }
    lines.sort();
    lines
}

/// Hospital, key, day, count and amount of current versions.
async fn current(database: &TestDatabase, key: &str, where_: &str, count: &str, amount: &str) -> Vec<String> {
    let sql = format!(
        "select concat_ws('|', hospital_code, coalesce({key}, ''), check_date, {count}, {amount}) collate \"C\"
        from warehouse.reservation_versions as versions
        where valid_to = 'infinity' and {where_}
        group by hospital_code, {key}, check_date
        order by 1"
    );
    database.lines(&sql).await
}

/// Invariant: The report page's figures are those of the history, of one state, and of nobody.
/// Held by: one read-only transaction over the marts; rows without a person's column.
#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_the_page_are_those_of_the_history() {
    let hospital = hospital().await;
    let data = data(&report(&hospital, &PERIOD));
    let database = &hospital.database;
    let fees = "(coalesce(sum(examination_fee), 0) * 100)::bigint";
    let standing = "order_status <> '5'";

    assert_eq!(lines(&data, "statuses"), current(database, "order_status", "true", "count(*)", fees).await);
    assert_eq!(lines(&data, "packages"), current(database, "hospital_package_id", standing, "count(*)", fees).await);
    let [stand, cancelled] =
        ["order_status <> '5'", "order_status = '5'"].map(|which| format!("count(*) filter (where {which})"));
    assert_eq!(lines(&data, "channels"), current(database, "data_sources", "true", &stand, &cancelled).await);
    let add_ons = database
        .lines(
            "select concat_ws('|', hospital_code, add_on, check_date, count(*), 0) collate \"C\"
            from warehouse.reservation_versions, unnest(string_to_array(add_combination_id, ',')) as add_on
            where valid_to = 'infinity' and order_status <> '5'
            group by hospital_code, add_on, check_date
            order by 1",
        )
        .await;
    assert_eq!(lines(&data, "add_ons"), add_ons);
    let lead_times = database
        .lines(
            "select concat_ws('|', hospital_code, lead_group, check_date, count(*), sum(days)) collate \"C\"
            from (
                select hospital_code, check_date, days,
                    case when days < 1 then 0 when days < 2 then 1 when days < 4 then 2 when days < 8 then 3
                        when days < 15 then 4 when days < 31 then 5 when days < 61 then 6 else 7 end as lead_group
                from (
                    select current.hospital_code, current.check_date, current.check_date - (
                        select min((booked.valid_from at time zone 'Asia/Shanghai')::date)
                        from warehouse.reservation_versions as booked
                        where booked.account = current.account and booked.serial_number = current.serial_number
                    ) as days
                    from warehouse.reservation_versions as current
                    where valid_to = 'infinity' and order_status <> '5'
                        -- Of what the first load brought nobody knows when it was booked.
                        and serial_number not in (
                            select first.serial_number from warehouse.reservation_versions as first
                            where first.version = 1 and first.delivery_id = (
                                select min(delivery_id) from warehouse.reservation_versions
                            )
                        )
                ) as lead_times
            ) as grouped
            group by hospital_code, lead_group, check_date
            order by 1",
        )
        .await;
    assert_eq!(lines(&data, "lead_times"), lead_times);
    let events = database
        .lines(
            "select concat_ws('|', hospital_code, change, day, count(*), 0) collate \"C\"
            from (
                select hospital_code, change, (valid_from at time zone 'Asia/Shanghai')::date as day
                from warehouse.reservation_versions
            ) as events
            group by hospital_code, change, day
            order by 1",
        )
        .await;
    assert_eq!(lines(&data, "events"), events);
    for dimension in ["statuses", "packages", "channels", "add_ons", "lead_times", "events"] {
        assert!(lines(&data, dimension).len() > 10, "{dimension}");
    }

    let nights = data["nights"].as_array().unwrap().iter();
    let nights: Vec<String> = nights.map(|night| format!("{}|{}|{}", night[2], night[3], night[4])).collect();
    let deliveries = "select concat_ws('|', received, accepted, rejected) from etl.deliveries order by delivery_id";
    assert_eq!(nights, database.lines(deliveries).await);
    let broken: i64 = data["broken_rules"].as_array().unwrap().iter().map(|rule| rule[5].as_i64().unwrap()).sum();
    let problems = database.lines("select sum(records)::text from etl.delivery_problems").await;
    assert_eq!([broken.to_string()], problems[..]);
    assert!(broken > 5, "{broken}");
    database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_period_holds_its_own_days_only() {
    let hospital = hospital().await;
    let data = data(&report(&hospital, &["--from", "2026-01-08", "--to", "2026-01-20"]));
    for dimension in ["statuses", "packages", "channels", "add_ons", "lead_times", "events"] {
        for line in lines(&data, dimension) {
            let day = line.split('|').nth(2).unwrap();
            assert!(("2026-01-08"..="2026-01-20").contains(&day), "{dimension} {line}");
        }
    }
    let expected = "select count(*)::text from warehouse.reservation_versions
        where valid_to = 'infinity' and check_date between '2026-01-08' and '2026-01-20'";
    let counts = lines(&data, "statuses")
        .iter()
        .map(|line| line.split('|').nth(3).unwrap().parse::<i64>().unwrap())
        .sum::<i64>();
    assert_eq!([counts.to_string()], hospital.database.lines(expected).await[..]);
}

/// Invariant: The report page's figures are those of the history, of one state, and of nobody.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_stands_in_the_page() {
    let hospital = hospital().await;
    let data = data(&report(&hospital, &PERIOD)).to_string();
    assert_discreet(&data, "the page's data");
    let people = hospital
        .database
        .lines(
            "select distinct value
            from warehouse.reservation_versions
            cross join lateral (
                values (serial_number), (name), (idcard), (mobile), (erhc_no), (encode(person_id, 'hex'))
            ) as personal (value)
            where value is not null",
        )
        .await;
    assert!(people.len() > 2_000, "{}", people.len());
    let found: Vec<&String> = people.iter().filter(|value| data.contains(value.as_str())).collect();
    assert!(found.is_empty(), "{found:?}");
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
    hospital.simulator.insert_records(vec![crate::support::record("OTHER-1", "")]);
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
    // Half a year back and 90 days ahead.
    let [first, last] = [0, 1].map(|at| data["period"][at].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap());
    let today: chrono::NaiveDate = data["today"].as_str().unwrap().parse().unwrap();
    assert_eq!(((today - first).num_days(), (last - today).num_days()), (180, 90));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_period_stands_around_the_last_delivery() {
    let hospital = Hospital::new().await;
    // Midnight of 7 January 2026 in Hangzhou: in UTC it is still the day before.
    hospital.simulator.set_timestamp(Some(1_767_715_200_000));
    hospital.run_well().await;
    assert_eq!(data(&report(&hospital, &[]))["period"], serde_json::json!(["2025-07-11", "2026-04-07"]));
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
    fails(&dir.join("absent/report.html"), &[], 1, "absent/report.html");
    fails(&dir.join("absent/report.html"), &[], 1, "because: No such file");
    fails(dir, &[], 1, "because: Is a directory");
    fails(Path::new("/"), &[], 2, "is not a file name");
    fails(&page, &["--account", "nobody"], 2, "no delivery of account nobody");
    fails(&page, &["--from", "2026-03-01", "--to", "2026-02-01"], 2, "ends before it begins");
    fails(&page, &["--from", "2020-01-01", "--to", "2026-02-01"], 2, "at most 1098 fit");
    fails(&page, &["--from", "2026-02-30"], 2, "invalid value '2026-02-30'");
    assert_eq!(hospital.files(), files);
}
