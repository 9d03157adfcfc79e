//! What the page keeps to itself: nothing in it tells of few people, not even by subtraction.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Hospital, record};

use super::{PERIOD, RESERVATIONS, by_month, cells, data, hospital, lines, report};

/// Invariant: No cell of the report page reveals the fees of few people.
#[tokio::test(flavor = "multi_thread")]
async fn no_cell_of_a_few_people_with_a_fee_is_in_the_page() {
    let hospital = hospital().await;
    let database = &hospital.database;
    let data = data(&report(&hospital, &PERIOD));
    // Counts by day have no amount, but for arrivals, where it is a count.
    for dimension in ["statuses", "statuses_before", "events"] {
        assert!(data[dimension]["series"].as_array().unwrap().iter().all(|series| series.get(4).is_none()));
    }
    for (dimension, key) in [("totals", "total"), ("packages", "package"), ("channels", "channel")] {
        let keys = data[dimension]["keys"].as_array().unwrap();
        for cell in data[dimension]["cells"].as_array().unwrap() {
            let line = &cells(
                &serde_json::json!({
                    "period": data["period"],
                    "hospitals": data["hospitals"],
                    dimension: { "keys": keys, "cells": [cell] },
                }),
                dimension,
            )[0];
            let parts: Vec<&str> = line.split('|').collect();
            // Of whom the fees are: of the cell's people, or of everybody who is in no cell of that hospital and month.
            let who = match parts[1] {
                "rest" => {
                    let told_here = cells(&data, dimension);
                    let told_here = told_here.iter().map(|line| line.split('|').collect::<Vec<_>>());
                    let told: Vec<String> = told_here
                        .filter(|other| other[0] == parts[0] && other[2] == parts[2] && other[1] != "rest")
                        .map(|other| format!("'{}'", other[1]))
                        .chain(["'nothing'".to_owned()])
                        .collect();
                    format!("{key} not in ({})", told.join(", "))
                }
                code => format!("{key} = '{code}'"),
            };
            let people = database
                .lines(&format!(
                    "select count(distinct person) filter (where fee > 0) || '|' || sum(fee)::text from ({RESERVATIONS}) as reservations
                    where hospital_code = '{}' and month = '{}' and not is_cancelled and {who}",
                    parts[0], parts[2]
                ))
                .await;
            let (people, fees) = people[0].split_once('|').unwrap_or(("0", "0"));
            if parts[5] != "null" {
                let enough = people == "0" || people.parse::<i64>().unwrap() >= 5;
                assert!(parts[5] == fees && enough, "{dimension} {line}: {people}");
            }
        }
    }
    // There were such cells.
    let small = format!(
        "select count(*)::text from (
            select 1 from ({RESERVATIONS}) as reservations group by hospital_code, month, package having count(distinct person) < 5
        ) as small"
    );
    assert_ne!(database.lines(&small).await, ["0"]);
    // Who asks for more people gets fewer cells; nobody is enough for a million.
    database
        .lines(
            "with raised as (update mart.privacy set min_cell = 1000000 returning 1) select count(*)::text from raised",
        )
        .await;
    let hidden = super::data(&report(&hospital, &PERIOD));
    assert_eq!(hidden["packages"]["keys"], serde_json::json!([{ "is_rest": true }]));
    assert!(hidden["totals"]["cells"].as_array().unwrap().iter().all(|cell| cell[5].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn arrivals_that_nobody_reports_are_unknown() {
    let hospital = Hospital::new().await;
    let lowered =
        "with lowered as (update mart.privacy set min_cell = 1 returning 1) select count(*)::text from lowered";
    hospital.database.lines(lowered).await;
    let day = |date: &str| format!(r#""checkDate":"{date}""#);
    let records = [("A-1", "2026-02-03"), ("A-2", "2026-02-03"), ("B-1", "2026-02-04")];
    let records = records.map(|(serial, date)| record(serial, &day(date)));
    hospital.simulator.insert_records(records.to_vec());
    hospital.run_well().await;
    let shown = |hospital: &Hospital| {
        let lines = lines(&data(&report(hospital, &[])), "arrivals");
        lines.iter().map(|line| line.split_once('|').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&hospital), ["unreported|2026-02-03|2|0", "unreported|2026-02-04|1|0"]);
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["arrive", &pipeline, "--serial-number", "A-1", "--arrived-at", "2026-02-03 08:00:00"]).expect(0);
    hospital.simulator.insert_records(vec![record("A-3", &day("2026-02-05"))]);
    hospital.run_well().await;
    let now = shown(&hospital);
    assert_eq!(now, ["reported|2026-02-03|2|1", "unreported|2026-02-04|1|0", "unreported|2026-02-05|1|0"]);
    hospital.database.lines(&lowered.replace("= 1", "= 3")).await;
    let now = shown(&hospital);
    assert_eq!(
        now,
        ["untold|2026-02-03|2|0", "untold|2026-02-04|1|0", "untold|2026-02-05|1|0"],
        "of few, not who came"
    );
}

/// Invariant: No day of the report page reveals what became of few people's reservations.
#[tokio::test(flavor = "multi_thread")]
async fn no_day_of_a_few_people_tells_what_became_of_their_reservations() {
    let hospital = hospital().await;
    let data = data(&report(&hospital, &PERIOD));
    let database = &hospital.database;
    // Who has a reservation at a hospital on a day, and whether it is cancelled.
    let people = database
        .lines(
            "select concat_ws('|', hospital_code, check_date, coalesce(encode(person_id, 'hex'), serial_number),
                bool_or(order_status = '5'))
            from warehouse.reservation_versions where valid_to = 'infinity'
            group by hospital_code, check_date, coalesce(encode(person_id, 'hex'), serial_number)",
        )
        .await;
    let mut days: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for line in &people {
        let parts: Vec<&str> = line.split('|').collect();
        days.entry((parts[0].to_owned(), parts[1].to_owned())).or_default().insert(parts[2].to_owned());
    }
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for dimension in ["statuses", "arrivals"] {
        for line in lines(&data, dimension).iter().filter(|line| !line.contains("|untold|")) {
            let parts: Vec<&str> = line.split('|').collect();
            told.insert((parts[0].to_owned(), parts[2].to_owned()));
        }
    }
    // A day that is told has enough people by itself.
    assert!(told.len() > 10 && told.iter().all(|day| days[day].len() >= 5), "{told:?}");
    // What the month tells less what its days do is about enough people, too; of a month of few nothing is told.
    let mut left: BTreeMap<String, (BTreeSet<&String>, usize)> = BTreeMap::new();
    for (day, people) in days.iter().filter(|(day, _)| !told.contains(*day)) {
        let month = left.entry(format!("{}|{}", day.0, &day.1[..7])).or_default();
        month.0.extend(people);
        month.1 += 1;
    }
    let totals = by_month(cells(&data, "totals").iter());
    let mut joined = 0;
    for (month, (people, days)) in &left {
        let (_, cancelled, _) = totals[month];
        assert!(people.len() >= 5 || cancelled.is_none(), "{month}: {} people", people.len());
        joined += usize::from(*days > 1 && cancelled.is_some());
    }
    assert!(joined > 0, "there are such days: {left:?}");
}

/// Invariant: The report page does not reveal few people's cancellations, not even by subtraction.
#[tokio::test(flavor = "multi_thread")]
async fn what_happened_to_few_people_cannot_be_told_from_the_page() {
    let hospital = Hospital::new().await;
    let person = |place: &str, number: u32, changes: &str| {
        let document = format!(r#""cardType":3,"idcard":"{place}{number:07}","hospitalCode":"{place}"{changes}"#);
        record(&format!("{place}-{number}"), &document)
    };
    let on = |date: &str| format!(r#","checkDate":"{date}""#);
    let mut records = vec![person("200001", 0, &on("2026-02-03")), person("200001", 1, &on("2026-02-04"))];
    // Many people in February and more in March, few in April.
    for (first, last, date) in [(0, 7, "2026-02-03"), (10, 20, "2026-03-03"), (30, 32, "2026-04-03")] {
        records.extend((first..last).map(|number| person("200010", number, &on(date))));
    }
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    // One of each month cancels, and so does one of the hospital that has no more than two people.
    let cancelled =
        |place: &str, number: u32, date: &str| person(place, number, &format!(r#","orderStatus":5{}"#, on(date)));
    hospital.simulator.insert_records(vec![
        cancelled("200001", 0, "2026-02-03"),
        cancelled("200010", 0, "2026-02-03"),
        cancelled("200010", 10, "2026-03-03"),
        cancelled("200010", 30, "2026-04-03"),
    ]);
    hospital.run_well().await;
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital
        .command(&["arrive", &pipeline, "--serial-number", "200001-1", "--arrived-at", "2026-02-04 08:00:00"])
        .expect(0);
    hospital
        .command(&["arrive", &pipeline, "--serial-number", "200010-1", "--arrived-at", "2026-02-03 08:00:00"])
        .expect(0);
    let database = &hospital.database;
    let events =
        database.lines("select event || ' ' || count(*) from mart.reservation_events group by event order by 1").await;
    assert_eq!(events, ["arrived 2", "booked 21", "cancelled 4"]);

    let shown = data(&report(&hospital, &[]));
    // Of the two of one hospital nothing is told, and of nobody the day on which he came.
    let kinds: BTreeSet<String> =
        lines(&shown, "events").iter().map(|line| line.split('|').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert!(kinds.iter().eq(["200010 backlog", "200010 cancelled"]), "{kinds:?}");
    // All cancellations of the other less those of March are those of ten people in February and April.
    for dimension in ["totals", "packages", "channels"] {
        let mut cancelled: Vec<String> = cells(&shown, dimension)
            .iter()
            .map(|line| line.split('|').collect::<Vec<_>>())
            .map(|parts| format!("{} {} {} {}", parts[0], parts[2], parts[3], parts[4]))
            .collect();
        cancelled.sort();
        let expected =
            ["200001 2026-02 1 null", "200010 2026-02 6 null", "200010 2026-03 9 1", "200010 2026-04 1 null"];
        assert_eq!(cancelled, expected, "{dimension}");
    }
    let days: Vec<String> = lines(&shown, "statuses").into_iter().filter(|line| line.contains("|5|")).collect();
    assert_eq!(days, ["200010|5|2026-03-03|1|0"]);
    for dimension in ["lead_times", "backlog", "age_sex"] {
        assert!(cells(&shown, dimension).iter().all(|line| line.split('|').nth(4) == Some("null")), "{dimension}");
    }

    // Who asks for one person is told everything, but for arrivals.
    let lowered =
        "with lowered as (update mart.privacy set min_cell = 1 returning 1) select count(*)::text from lowered";
    database.lines(lowered).await;
    let shown = data(&report(&hospital, &[]));
    let count = |code: &str| lines(&shown, "events").iter().filter(|line| line.contains(code)).count();
    assert_eq!((count("|cancelled|"), count("|arrived|")), (2, 0));
    assert!(cells(&shown, "totals").iter().all(|line| !line.split('|').nth(4).unwrap().contains("null")));
    database.assert_sound().await;
}
