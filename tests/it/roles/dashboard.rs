//! What many people may look at: weeks and months, no figure of few people, and no total that tells one.

mod cells;

use cells::with_few_among_many;

use crate::roles::{assert_denied, log_in, relations};
use crate::support::{Hospital, lines, record};

/// A reservation of a person, with a fee that names it.
fn reservation(number: usize, fee: usize, changes: &str) -> String {
    let person = format!(r#""idcard":"MADE-UP-{number:04}","examinationFee":{fee}.00"#);
    let both = if changes.is_empty() { person } else { format!("{person},{changes}") };
    record(&format!("S-{number:04}"), &both)
}

/// Invariant: Dashboards show no figure of fewer people than the hospital allows, and no total that reveals one.
#[tokio::test(flavor = "multi_thread")]
async fn the_fee_of_one_who_pays_among_many_is_hidden() {
    let hospital = Hospital::new().await;
    let of = |package: &str| format!(r#""checkDate":"2020-02-03","hospitalPackageId":"{package}""#);
    // One of twenty pays; all of twenty; all but one of 22; nobody of twenty.
    let mut records: Vec<_> =
        (0..20).map(|number| reservation(number, if number == 0 { 7_001 } else { 0 }, &of("P1"))).collect();
    records.extend((20..40).map(|number| reservation(number, 100, &of("P2"))));
    records.extend((40..62).map(|number| reservation(number, if number == 40 { 0 } else { 100 }, &of("P3"))));
    records.extend((62..82).map(|number| reservation(number, 0, &of("P4"))));
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    let client = log_in(&hospital.database, Some("tijian_dashboard")).await;
    let packages = "select concat_ws(' ', hospital_package_id, reservations, people, is_fee_suppressed, fee_total)
        from dashboard.packages_by_month order by 1";
    // P1 would tell; P2 goes with it, since the month's total is in another view; so does P4, as small as P2. Of who pays nothing
    // P3 does not tell.
    assert_eq!(lines(&client, packages).await, ["P1 20 20 t", "P2 20 20 t", "P3 22 22 f 2100.00", "P4 20 20 t"]);
    let total =
        "select concat_ws(' ', reservations, people, is_fee_suppressed, fee_total) from dashboard.volumes_by_month";
    assert_eq!(lines(&client, total).await, ["82 82 f 11101.00"]);
    hospital.database.client.batch_execute("update mart.privacy set min_cell = 1").await.unwrap();
    assert_eq!(
        lines(&client, packages).await,
        ["P1 20 20 f 7001.00", "P2 20 20 f 2000.00", "P3 22 22 f 2100.00", "P4 20 20 f 0.00"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn arrivals_are_told_of_days_that_are_over_and_on_which_somebody_reported() {
    let hospital = Hospital::new().await;
    // February 2020: of a day of 18 people 12 have come, of another day nobody told. In March eight of ten have come: who has
    // not would be told. In April there is one person. 2099 is not over.
    let of = |numbers: std::ops::Range<usize>, date: &str| {
        numbers.map(|number| reservation(number, 100, &format!(r#""checkDate":"{date}""#))).collect::<Vec<_>>()
    };
    let mut records = of(0..18, "2020-02-03");
    records.extend(of(18..24, "2020-02-04"));
    records.extend(of(24..34, "2020-03-03"));
    records.extend(of(34..35, "2020-04-03"));
    records.extend(of(35..45, "2099-02-03"));
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    let arrivals = "insert into warehouse.arrivals (account, serial_number, arrived_at, source)
        select 'demo', 'S-00' || lpad(number::text, 2, '0'), '2020-02-03 08:00+08', 'command'
        from generate_series(0, 31) as number where number not between 12 and 23";
    hospital.database.client.batch_execute(arrivals).await.unwrap();
    let client = log_in(&hospital.database, Some("tijian_dashboard")).await;
    let rates = "select concat_ws('|', check_month, arrivals_reported, is_suppressed, is_arrival_suppressed,
            coalesce(booked, -1), coalesce(arrived, -1), coalesce(no_shows, -1), coalesce(arrival_rate, -1))
        from dashboard.arrival_rates_by_month order by check_month, arrivals_reported";
    assert_eq!(
        lines(&client, rates).await,
        [
            "2020-02-01|f|f|f|6|-1|-1|-1",
            "2020-02-01|t|f|f|18|12|6|0.6667",
            "2020-03-01|t|f|t|10|-1|-1|-1",
            "2020-04-01|f|t|t|-1|-1|-1|-1"
        ]
    );
    // The hospital decides how few are too few.
    hospital.database.client.batch_execute("update mart.privacy set min_cell = 19").await.unwrap();
    let hidden = "select count(*)::text from dashboard.arrival_rates_by_month where not is_suppressed";
    assert_eq!(lines(&client, hidden).await, ["0"]);
    assert_eq!(lines(&client, "select min_cell::text from dashboard.privacy").await, ["19"]);
    // Nobody has said it: nothing is shown.
    hospital.database.client.batch_execute("delete from mart.privacy").await.unwrap();
    assert_eq!(lines(&client, "select row::text from dashboard.volumes_by_month as row").await, [""; 0]);
}

/// Invariant: Dashboards show no figure of fewer people than the hospital allows, and no total that reveals one.
#[tokio::test(flavor = "multi_thread")]
async fn the_dashboards_group_reads_no_row_of_one_reservation() {
    let hospital = with_few_among_many(1).await;
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
    // No function of a reader's own is called before a view has hidden what it hides.
    let open = "select relname::text from pg_class
        where relnamespace = 'dashboard'::regnamespace and relkind = 'v'
            and not coalesce(reloptions @> array['security_barrier=true'], false)";
    assert_eq!(lines(&hospital.database.client, open).await, [""; 0], "every view is a barrier");
}
