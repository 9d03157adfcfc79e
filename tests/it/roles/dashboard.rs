//! What many people may look at: weeks and months, no figure of few people, and no total that tells one.

use std::collections::BTreeMap;

use crate::roles::{assert_denied, log_in, relations};
use crate::support::{Hospital, lines, record};

/// A reservation of a person, with a fee that names it.
fn reservation(number: usize, fee: usize, changes: &str) -> String {
    let person = format!(r#""idcard":"MADE-UP-{number:04}","examinationFee":{fee}.00"#);
    let both = if changes.is_empty() { person } else { format!("{person},{changes}") };
    record(&format!("S-{number:04}"), &both)
}

/// A hospital with crowds, and one person alone in a week, in a package, in a channel, in a hospital, in an age, and among the
/// cancelled ones.
async fn with_few_among_many() -> Hospital {
    let hospital = Hospital::new().await;
    let mut records = Vec::new();
    for number in 0..60 {
        let place = ["33010001", "33010002"][number % 2];
        let package = ["P1", "P2", "P3"][number % 3];
        records.push(reservation(
            number,
            100,
            &format!(
                r#""hospitalCode":"{place}","hospitalPackageId":"{package}","checkDate":"2026-02-{:02}""#,
                2 + number % 12
            ),
        ));
    }
    for (at, changes) in [
        r#""hospitalCode":"33010001","hospitalPackageId":"P9","checkDate":"2026-02-03""#,
        r#""hospitalCode":"33010009","hospitalPackageId":"P1","checkDate":"2026-02-04""#,
        r#""hospitalCode":"33010001","hospitalPackageId":"P1","checkDate":"2026-03-18""#,
        r#""hospitalCode":"33010002","hospitalPackageId":"P2","checkDate":"2026-02-05","dataSources":"77""#,
        r#""hospitalCode":"33010002","hospitalPackageId":"P2","checkDate":"2026-02-06","birthdate":"1900-01-01""#,
        r#""hospitalCode":"33010001","hospitalPackageId":"P1","checkDate":"2026-02-09","orderStatus":5"#,
    ]
    .into_iter()
    .enumerate()
    {
        records.push(reservation(900 + at, 7_001 + at, changes));
    }
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    hospital
}

/// Views of the dashboard with figures, each with how a reservation is found in its cells.
const CELLS: [(&str, &str, &str); 6] = [
    ("volumes_by_week", "date_trunc('week', check_date::timestamp)::date, hospital_code", "not is_cancelled"),
    (
        "volumes_by_month",
        "date_trunc('month', check_date::timestamp)::date, hospital_code, hospital_package_id",
        "not is_cancelled",
    ),
    ("channels_by_month", "date_trunc('month', check_date::timestamp)::date, data_sources", "not is_cancelled"),
    ("bookings_by_week", "date_trunc('week', booked_date::timestamp)::date, hospital_code, is_backlog", "true"),
    (
        "cancellations_by_month",
        "date_trunc('month', changed_at at time zone 'Asia/Shanghai')::date, hospital_code",
        "is_cancelled",
    ),
    (
        "demographics",
        "date_trunc('month', check_date::timestamp)::date, hospital_code, mart.age_band(age_years), sex_code",
        "not is_cancelled",
    ),
];

/// The columns of a view that say which cell a row is, and how many there are.
const KEYS: [&str; 10] = [
    "check_week",
    "check_month",
    "booked_week",
    "cancelled_month",
    "hospital_code",
    "hospital_package_id",
    "data_sources",
    "is_backlog",
    "age_band",
    "sex_code",
];

/// Invariant: What many people look at shows no figure of fewer people than the hospital has said, and no total that tells one.
/// Held by: views that hide small cells, and the smallest one beside them; a group that reads nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn cells_of_few_people_show_no_figure_and_the_others_show_the_right_one() {
    let hospital = with_few_among_many().await;
    let client = log_in(&hospital.database, Some("tijian_dashboard")).await;
    let owner = &hospital.database.client;
    for (view, cell, which) in CELLS {
        let columns = lines(
            &client,
            &format!(
                "select attname::text from pg_attribute where attrelid = 'dashboard.{view}'::regclass and attnum > 0
                order by attnum"
            ),
        )
        .await;
        let keys: Vec<_> = columns.iter().filter(|column| KEYS.contains(&column.as_str())).cloned().collect();
        let counted =
            columns.iter().find(|column| ["reservations", "cancellations"].contains(&column.as_str())).unwrap();
        let fee = if columns.contains(&"fee_total".to_owned()) { "fee_total" } else { "null" };
        let shown = lines(
            &client,
            &format!(
                "select concat_ws('|', {}) || ': ' || concat_ws(' ', is_suppressed, {counted}, people, {fee}::numeric)
                from dashboard.{view}",
                quoted(&keys)
            ),
        )
        .await;
        // By brute force, of everything that is known: reservations, people, fees.
        let sum = if fee == "null" { "null::numeric" } else { "sum(examination_fee)" };
        let known = lines(
            owner,
            &format!(
                "select concat_ws('|', {}) || ': ' || concat_ws(' ', count(*), count(distinct person_id), {sum})
                from (
                    select cell.*, examination_fee, person_id from mart.reservations_current
                    cross join lateral (select {cell}) as cell ({})
                    where {which}
                ) as cells group by {}",
                quoted(&keys),
                keys.join(", "),
                keys.join(", ")
            ),
        )
        .await;
        let known: BTreeMap<_, _> = known.iter().map(|line| line.split_once(": ").unwrap()).collect();
        assert_eq!(shown.len(), known.len(), "{view}: every cell is there, hidden or not");
        let mut hidden = 0;
        for line in &shown {
            let (key, figures) = line.split_once(": ").unwrap();
            let people: u32 = known[key].split(' ').nth(1).unwrap().parse().unwrap();
            match figures.split_once(' ') {
                Some(("f", figures)) => {
                    assert_eq!(figures, known[key], "{view} {key}");
                    assert!(people >= 5, "{view} {key}: {people}");
                }
                _ => {
                    assert_eq!(figures, "t", "{view} {key}: nothing but that it is hidden");
                    hidden += 1;
                }
            }
        }
        assert!(hidden > 0, "{view} hides somebody: {shown:#?}");
        // What is hidden is at least five people together, or there is nothing beside it to tell it from.
        let period = &keys[0];
        let left = lines(
            owner,
            &format!(
                "select concat_ws(' ', sums.{period}, sums.people)
                from (
                    select view.{period}, count(distinct known.person_id) as people, bool_or(not view.is_suppressed) as shows
                    from dashboard.{view} as view
                    left join (
                        select cell.*, person_id from mart.reservations_current
                        cross join lateral (select {cell}) as cell ({})
                        where {which}
                    ) as known on view.is_suppressed and {}
                    group by view.{period}
                ) as sums
                where sums.shows and sums.people between 1 and 4",
                keys.join(", "),
                keys.iter().map(|key| format!("known.{key} is not distinct from view.{key}")).collect::<Vec<_>>().join(" and ")
            ),
        )
        .await;
        assert_eq!(left, [""; 0], "{view}: what a total less what is shown would tell");
    }
    // The fees of those who are alone are in no cell, and in no difference of one view.
    let everything = lines(
        &client,
        "select row::text from dashboard.volumes_by_month as row
        union all select row::text from dashboard.volumes_by_week as row
        union all select row::text from dashboard.channels_by_month as row
        union all select row::text from dashboard.cancellations_by_month as row",
    )
    .await;
    for fee in 7_001..7_007 {
        assert!(everything.iter().all(|row| !row.contains(&fee.to_string())), "{fee}");
    }
}

fn quoted(keys: &[String]) -> String {
    keys.iter().map(|key| format!("coalesce({key}::text, '-')")).collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn arrivals_are_told_of_days_that_are_over_and_on_which_somebody_reported() {
    let hospital = Hospital::new().await;
    // Two weeks of 2020, of six people each: on the first Monday five have come, of the others nobody told.
    let mut records: Vec<_> = (0..6).map(|number| reservation(number, 100, r#""checkDate":"2020-02-03""#)).collect();
    records.extend((6..12).map(|number| reservation(number, 100, r#""checkDate":"2020-02-04""#)));
    records.extend((12..18).map(|number| reservation(number, 100, r#""checkDate":"2099-02-03""#)));
    records.extend((18..19).map(|number| reservation(number, 7_001, r#""checkDate":"2020-02-11""#)));
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    let arrivals = "insert into warehouse.arrivals (account, serial_number, arrived_at, source)
        select 'demo', 'S-000' || number, '2020-02-03 08:00+08', 'command' from generate_series(0, 4) as number";
    hospital.database.client.batch_execute(arrivals).await.unwrap();
    let client = log_in(&hospital.database, Some("tijian_dashboard")).await;
    let rates = "select concat_ws('|', check_week, arrivals_reported, is_suppressed, coalesce(booked, -1), coalesce(arrived, -1),
            coalesce(no_shows, -1), coalesce(arrival_rate, -1))
        from dashboard.arrival_rates_by_week order by check_week, arrivals_reported";
    assert_eq!(
        lines(&client, rates).await,
        ["2020-02-03|f|f|6|-1|-1|-1", "2020-02-03|t|f|6|5|1|0.8333", "2020-02-10|f|t|-1|-1|-1|-1"]
    );
    // The hospital decides how few are too few.
    hospital.database.client.batch_execute("update mart.privacy set min_cell = 7").await.unwrap();
    let hidden = "select count(*)::text from dashboard.arrival_rates_by_week where not is_suppressed";
    assert_eq!(lines(&client, hidden).await, ["0"]);
    assert_eq!(lines(&client, "select min_cell::text from dashboard.privacy").await, ["7"]);
    // Nobody has said it: nothing is shown.
    hospital.database.client.batch_execute("delete from mart.privacy").await.unwrap();
    assert_eq!(lines(&client, "select row::text from dashboard.volumes_by_week as row").await, [""; 0]);
}

/// Invariant: What many people look at shows no figure of fewer people than the hospital has said, and no total that tells one.
#[tokio::test(flavor = "multi_thread")]
async fn the_dashboards_group_reads_no_row_of_one_reservation() {
    let hospital = with_few_among_many().await;
    let client = log_in(&hospital.database, Some("tijian_dashboard")).await;
    for relation in relations(&hospital.database, "rpvmf").await {
        let read = client.batch_execute(&format!("select * from {relation} limit 1")).await;
        if relation.starts_with("dashboard.") {
            read.unwrap_or_else(|error| panic!("{relation}: {error}"));
        } else {
            assert_denied(read, &relation);
        }
    }
    let columns = "select attname::text from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'dashboard'::regnamespace and attnum > 0
            and (attname in ('serial_number', 'person_id', 'version', 'delivery_id') or attname ~ '_(at|date)$')";
    assert_eq!(lines(&hospital.database.client, columns).await, [""; 0], "neither a day nor a reservation");
    // A function of its own would run with the rights of who made the view.
    let leaky = "create function pg_temp.tell(fee numeric) returns boolean language plpgsql cost 0.0001 as
        $$ begin raise notice '%', fee; return true; end $$";
    client.batch_execute(leaky).await.unwrap();
    let told = client.query("select 1 from dashboard.volumes_by_month where pg_temp.tell(fee_total)", &[]).await;
    told.unwrap();
}
