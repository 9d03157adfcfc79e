//! The report page's figures against SQL over the history itself, and what must never stand in the page.

mod command;
mod withheld;

use std::collections::BTreeMap;

use serde_json::Value;
use tijian::simulator::GeneratorOptions;

use crate::support::{Hospital, TestDatabase, assert_discreet, marked_record, record};

/// Everything that the simulator's nights are about.
const PERIOD: [&str; 4] = ["--from", "2026-01-01", "--to", "2026-03-31"];

/// The place of a number of days in the page's groups of lead times.
const LEAD_GROUP: &str =
    "case when days < 1 then '0' when days < 2 then '1' when days < 4 then '2' when days < 8 then '3'
    when days < 15 then '4' when days < 31 then '5' when days < 61 then '6' else '7' end";

/// Five nights with everything that the page tells of: changes, refused records, packages, add-ons.
async fn hospital() -> Hospital {
    let generator =
        GeneratorOptions { reservations: 600, new_per_night: 30, changes: 0.4, defects: 0.03, ..Default::default() };
    let hospital = Hospital::with_reservations(generator).await;
    // Its package is what the page may show; nothing else of it is.
    hospital.simulator.insert_records(vec![marked_record("MARKED-1", r#""hospitalPackageName":"体检E套餐""#)]);
    // One who pays among twenty who do not.
    let free = |number: u32| {
        let fee = if number == 0 { "7001.00" } else { "0.00" };
        let document =
            format!(r#""hospitalPackageId":"FREE","examinationFee":{fee},"cardType":"3","cardNo":"F{number:07}""#);
        record(&format!("FREE-{number}"), &document)
    };
    hospital.simulator.insert_records((0..20).map(free).collect());
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

/// A daily dimension of the page as `hospital|key|day|count|amount` lines, days without anything left out.
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

/// A monthly dimension of the page as `hospital|key|month|count|cancelled|amount` lines; the rest's key is `rest`.
fn cells(data: &Value, dimension: &str) -> Vec<String> {
    let first: chrono::NaiveDate = data["period"][0].as_str().unwrap().parse().unwrap();
    let line = |cell: &Value| {
        let hospital = data["hospitals"][cell[0].as_u64().unwrap() as usize][1].as_str().unwrap();
        let key = &data[dimension]["keys"][cell[1].as_u64().unwrap() as usize];
        let key = if key["is_rest"] == true { "rest" } else { key["code"].as_str().unwrap_or_default() };
        let month = first.checked_add_months(chrono::Months::new(cell[2].as_u64().unwrap() as u32)).unwrap();
        format!("{hospital}|{key}|{}|{}|{}|{}", month.format("%Y-%m"), cell[3], cell[4], cell[5])
    };
    let mut lines: Vec<String> = data[dimension]["cells"].as_array().unwrap().iter().map(line).collect();
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

/// Current reservations, with what the page divides them by, counted from the history.
const RESERVATIONS: &str = "
    select
        hospital_code,
        to_char(check_date, 'YYYY-MM') as month,
        coalesce(encode(person_id, 'hex'), serial_number) as person,
        order_status = '5' as is_cancelled,
        (coalesce(examination_fee, 0) * 100)::bigint as fee,
        '' as total,
        coalesce(hospital_package_id, '') as package,
        coalesce(data_sources, '') as channel,
        case
            when age < 18 then '0-17' when age < 30 then '18-29' when age < 40 then '30-39' when age < 50 then '40-49'
            when age < 60 then '50-59' when age < 70 then '60-69' when age >= 70 then '70+' else ''
        end || '/' || coalesce(sex_code, '') as age_sex,
        first_delivery = (select min(delivery_id) from warehouse.reservation_versions) as is_backlog,
        greatest(check_date - booked_date, 0) as days
    from warehouse.reservation_versions as current
    cross join lateral (select extract(year from age(check_date, birthdate)) as age) as ages
    cross join lateral (
        select (valid_from at time zone 'Asia/Shanghai')::date as booked_date, delivery_id as first_delivery
        from warehouse.reservation_versions as first
        where first.account = current.account and first.serial_number = current.serial_number and first.version = 1
    ) as firsts
    where valid_to = 'infinity'";

/// `hospital|key|month|count|cancelled|amount` as [`cells`] has them, but of every cell, however small; and how many people
/// are in it, how many of them pay, and how many come for nothing.
async fn all_cells(database: &TestDatabase, key: &str, where_: &str, amount: &str) -> Vec<(String, [i64; 3])> {
    let sql = format!(
        "select concat_ws('|', hospital_code, {key}, month, count(*) filter (where not is_cancelled),
                count(*) filter (where is_cancelled), coalesce(sum({amount}) filter (where not is_cancelled), 0))
            || ' ' || count(distinct person)
            || ' ' || count(distinct person) filter (where not is_cancelled and {amount} > 0)
            || ' ' || count(distinct person) filter (where not is_cancelled)
                - count(distinct person) filter (where not is_cancelled and {amount} > 0)
        from ({RESERVATIONS}) as reservations
        where {where_}
        group by hospital_code, {key}, month"
    );
    let lines = database.lines(&sql).await;
    let split = |line: String| {
        let mut parts = line.rsplitn(4, ' ');
        let [free, payers, people] = [(); 3].map(|()| parts.next().unwrap().parse().unwrap());
        (parts.next().unwrap().to_owned(), [people, payers, free])
    };
    lines.into_iter().map(split).collect()
}

/// The sums of `hospital|month` over `hospital|key|month|count|cancelled|amount` lines; none where one is unknown.
fn by_month<'a>(lines: impl Iterator<Item = &'a String>) -> BTreeMap<String, (i64, Option<i64>, Option<i64>)> {
    let mut sums = BTreeMap::new();
    for line in lines {
        let parts: Vec<&str> = line.split('|').collect();
        let sum = sums.entry(format!("{}|{}", parts[0], parts[2])).or_insert((0, Some(0), Some(0)));
        let number = |at: usize| parts[at].parse::<i64>();
        *sum = (
            sum.0 + number(3).unwrap(),
            sum.1.zip(number(4).ok()).map(|(one, other)| one + other),
            sum.2.zip(number(5).ok()).map(|(one, other)| one + other),
        );
    }
    sums
}

/// Invariant: The report page's figures are the history's, from one snapshot, and about no single person.
/// Held by: one read-only transaction over the marts; rows without a person's column.
#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_the_page_are_those_of_the_history() {
    let hospital = hospital().await;
    let data = data(&report(&hospital, &PERIOD));
    let database = &hospital.database;
    // Days on which many come are told by status; of all days, how many stand.
    let statuses = current(database, "order_status", "true", "count(*)", "0").await;
    let shown = lines(&data, "statuses");
    let told = |line: &&String| !line.contains("|untold|");
    assert!(shown.iter().filter(told).all(|line| statuses.contains(line)), "{shown:#?}");
    assert!(shown.iter().filter(told).count() > 10 && !shown.iter().all(|line| told(&line)), "{shown:#?}");
    let standing = |lines: &[String]| {
        let mut days: BTreeMap<String, i64> = BTreeMap::new();
        for parts in lines.iter().map(|line| line.split('|').collect::<Vec<_>>()).filter(|parts| parts[1] != "5") {
            *days.entry(format!("{}|{}", parts[0], parts[2])).or_default() += parts[3].parse::<i64>().unwrap();
        }
        days
    };
    assert_eq!(standing(&shown), standing(&statuses));
    assert_eq!(data["sexes"], serde_json::json!({ "1": ["男", "male"], "2": ["女", "female"] }));

    for (dimension, key, where_, amount) in [
        ("totals", "total", "true", "fee"),
        ("packages", "package", "true", "fee"),
        ("channels", "channel", "true", "fee"),
        ("age_sex", "age_sex", "true", "0"),
        ("lead_times", LEAD_GROUP, "not is_backlog", "days"),
        ("backlog", "total", "is_backlog", "0"),
    ] {
        let all = all_cells(database, key, where_, amount).await;
        let shown = cells(&data, dimension);
        // Where it is not told, or not shown, how many were cancelled, the rest of the cell is what the history has.
        let without_cancelled = |line: &str| {
            let mut parts: Vec<&str> = line.split('|').collect();
            parts[4] = "null";
            parts.join("|")
        };
        // What is told by itself is what the history has, and has enough people.
        let told = |line: &&String| !line.contains("|rest|");
        let large: Vec<&String> = all
            .iter()
            .filter(|(_, [people, payers, free])| {
                let told = if *payers > 0 { payers } else { free };
                *people >= 5 && (*told == 0 || *told >= 5)
            })
            .map(|(line, _)| line)
            .collect();
        let is_of_history =
            |line: &String| large.iter().any(|large| *large == line || without_cancelled(large) == *line);
        assert!(shown.iter().filter(told).all(is_of_history), "{dimension}: {shown:#?}\n{large:#?}");
        assert!(shown.iter().filter(told).count() > 3, "{dimension}: {shown:#?}");
        // With the rest, nothing is lost.
        let (sums, expected) = (by_month(shown.iter()), by_month(all.iter().map(|(line, _)| line)));
        assert!(sums.keys().eq(expected.keys()), "{dimension}: {sums:?} {expected:?}");
        let tells_cancelled = ["totals", "packages", "channels"].contains(&dimension);
        assert_eq!(sums.values().any(|(_, cancelled, _)| cancelled.is_some()), tells_cancelled, "{dimension}");
        for (month, (count, cancelled, amount)) in &sums {
            let (all_count, all_cancelled, all_amount) = expected[month];
            assert_eq!(*count, all_count, "{dimension} {month}");
            assert!(cancelled.is_none_or(|cancelled| Some(cancelled) == all_cancelled), "{dimension} {month}");
            assert!(cancelled.is_none() || amount.is_some(), "{dimension} {month}");
            assert!(amount.is_none_or(|amount| Some(amount) == all_amount), "{dimension} {month}");
        }
    }
    let add_ons = database
        .lines(
            "select concat_ws('|', hospital_code, add_on, to_char(check_date, 'YYYY-MM'), count(*), 'null', 0) collate \"C\"
            from warehouse.reservation_versions, unnest(string_to_array(add_combination_id, ',')) as add_on
            where valid_to = 'infinity' and order_status <> '5'
            group by hospital_code, add_on, to_char(check_date, 'YYYY-MM')
            order by 1",
        )
        .await;
    let shown = cells(&data, "add_ons");
    assert!(shown.iter().all(|line| line.contains("|rest|") || add_ons.contains(line)), "{shown:#?}");
    let counts =
        |lines: &[String]| by_month(lines.iter()).into_iter().map(|(month, sum)| (month, sum.0)).collect::<Vec<_>>();
    assert_eq!(counts(&shown), counts(&add_ons));

    let events = database
        .lines(
            "select concat_ws('|', hospital_code, change, day, count(*), 0) collate \"C\"
            from (
                select
                    hospital_code,
                    to_char(valid_from at time zone 'Asia/Shanghai', 'YYYY-MM') as month,
                    case
                        when change = 'booked' and delivery_id = (select min(delivery_id) from warehouse.reservation_versions)
                            then 'backlog'
                        else change
                    end as change,
                    (valid_from at time zone 'Asia/Shanghai')::date as day
                from warehouse.reservation_versions
            ) as events
            -- Only what happened in a month of a hospital to enough people.
            inner join (
                select hospital_code, to_char(valid_from at time zone 'Asia/Shanghai', 'YYYY-MM') as month
                from warehouse.reservation_versions
                group by 1, 2
                having count(distinct coalesce(encode(person_id, 'hex'), serial_number)) >= 5
            ) as months using (hospital_code, month)
            group by hospital_code, change, day
            order by 1",
        )
        .await;
    assert_eq!(lines(&data, "events"), events);
    for dimension in ["statuses", "events"] {
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

/// Invariant: The report page's figures are the history's, from one snapshot, and about no single person.
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
