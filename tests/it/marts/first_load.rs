//! What the first load is, however many deliveries it takes: the backlog, which the marts count apart.

use std::fmt::Write as _;

use super::story::{asked, hospital, sorted};
use crate::support::{Dice, Hospital, record};

#[tokio::test(flavor = "multi_thread")]
async fn the_backlog_is_what_came_with_the_run_of_the_first_load() {
    let hospital = hospital().await;
    let backlog = "select serial_number from mart.reservations_current where is_backlog";
    assert_eq!(asked(&hospital, backlog).await, ["B-1", "B-2", "B-3", "B-4", "B-5"]);
    // A run that pulls twice.
    let second = "update etl.deliveries set run_id = (select min(run_id) from etl.deliveries where opened > 0)
        where delivery_id = (select delivery_id from warehouse.reservation_versions where serial_number = 'N-1' and version = 1)";
    assert_eq!(hospital.database.client.execute(second, &[]).await.unwrap(), 1);
    assert_eq!(asked(&hospital, backlog).await, ["B-1", "B-2", "B-3", "B-4", "B-5", "N-1", "N-2"]);
    // A journal that was applied to an empty warehouse: one run, deliveries of many nights.
    let restored = "update etl.deliveries set received_at = effective_at where opened > 0";
    hospital.database.client.batch_execute(restored).await.unwrap();
    assert_eq!(asked(&hospital, backlog).await, ["B-1", "B-2", "B-3", "B-4", "B-5"]);
    // An account that has loaded nothing yet has none.
    let other = "select count(*)::text from warehouse.backlog_deliveries where account <> 'demo'";
    assert_eq!(hospital.database.lines(other).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_in_several_deliveries_is_backlog_as_a_whole() {
    let some = |name: &str, count: usize| -> Vec<String> {
        (0..count).map(|at| record(&format!("{name}-{at}"), r#""checkDate":"2026-03-01""#)).collect()
    };
    let mut hospital = Hospital::new().await;
    let night = |night: i64| Some(1_767_636_000_000 + night * 86_400_000);
    let long = format!(r#""checkDate":"2026-03-01","name":"{}""#, "长".repeat(25));
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    // A platform that gives 120 records at a time, and a run that is stopped before it has told it of any.
    hospital.simulator.set_timestamp(night(0));
    hospital.simulator.insert_records([some("first", 119), vec![record("refused-0", &long)]].concat());
    assert!(hospital.run_until("committed", 1).await.error.is_some());
    hospital.simulator.set_timestamp(night(1));
    hospital.run_well().await;
    // What was refused of it is loaded in between, and the next part comes with the retry's pull.
    hospital.redefine_contract(|text| text.replace("max_characters = 20", "max_characters = 60"));
    hospital.simulator.insert_records(some("second", 120));
    let retry = hospital.retry_with(&|_| Ok(())).await;
    assert_eq!((retry.settled.counts.opened, retry.counts.opened), (1, 120));
    for (at, records) in [(2, some("rest", 60)), (3, some("night", 59)), (4, some("busy", 60))] {
        hospital.simulator.set_timestamp(night(at));
        hospital.simulator.insert_records(records);
        hospital.run_well().await;
    }
    let told = "select concat_ws('|', split_part(serial_number, '-', 1), is_backlog, count(*))
        from mart.reservations_current group by split_part(serial_number, '-', 1), is_backlog";
    let expected = ["busy|f|60", "first|t|119", "night|f|59", "refused|t|1", "rest|t|60", "second|t|120"];
    assert_eq!(asked(&hospital, told).await, expected);
    let pace = "select concat_ws('|', is_backlog, lead_days, sum(reservations)) from mart.booking_pace
        group by is_backlog, lead_days";
    assert_eq!(asked(&hospital, pace).await, ["f|50|60", "f|51|59", "t|300"]);
    let first_day = "select min(check_date - days_before)::text from mart.pickup";
    assert_eq!(asked(&hospital, first_day).await, ["2026-01-08"], "the day on which it was whole");
    hospital.database.assert_sound().await;
}

/// A delivery: its run, the hours after the one before it, whether it is a retry, and how many records it had and opened.
type Delivered = (u64, u64, bool, u64, u64);

/// Which of these deliveries are of the first load.
fn first_load(deliveries: &[Delivered]) -> Vec<usize> {
    let Some(first) = deliveries.iter().position(|delivery| delivery.4 > 0) else { return Vec::new() };
    let (mut hours, mut is_over, mut found) = (0, false, vec![first]);
    for (at, (run, later, is_retry, received, _)) in deliveries.iter().enumerate().skip(first + 1) {
        hours += later;
        is_over |= !is_retry && (deliveries[first].3 < 100 || received * 2 < deliveries[first].3 || hours >= 7 * 24);
        if !is_over || (*run == deliveries[first].0 && hours < 12) {
            found.push(at);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_load_ends_where_a_night_is_a_night_whatever_came_before() {
    let hospital = Hospital::new().await;
    let mut dice = Dice::new(11);
    let stories: Vec<Vec<Delivered>> = (0..400)
        .map(|_| {
            let mut run = 0;
            (0..dice.below(12))
                .map(|_| {
                    run += dice.pick(&[0, 1, 1]);
                    let received = dice.pick(&[0, 1, 49, 50, 51, 99, 100, 101, 200, 400]);
                    let opened = dice.pick(&[0, received / 2, received]);
                    (run, dice.pick(&[1, 11, 12, 13, 24, 70]), dice.below(5) == 0, received, opened)
                })
                .collect()
        })
        .collect();
    let mut insert = String::new();
    for (story, deliveries) in stories.iter().enumerate() {
        let mut hours = 0;
        for (at, (run, later, is_retry, received, opened)) in deliveries.iter().enumerate() {
            hours += later;
            let _ = writeln!(
                insert,
                "insert into etl.runs (run_id, account, program_version) overriding system value
                    values ({story} * 100 + {run} + 1000, 'story {story}', '') on conflict do nothing;
                insert into etl.deliveries (run_id, account, is_retry, effective_at, effective_source, received_at,
                    landing_file, body_bytes, received, accepted, unchanged, opened)
                values ({story} * 100 + {run} + 1000, 'story {story}', {is_retry}, now(), 'receipt',
                    timestamptz '2026-01-01Z' + interval '1 hour' * {hours}, '{at}', 0, {received}, {received},
                    {received} - {opened}, {opened});"
            );
        }
    }
    hospital.database.client.batch_execute(&insert).await.unwrap();
    let expected = stories.iter().enumerate().flat_map(|(story, deliveries)| {
        first_load(deliveries).into_iter().map(move |at| format!("story {story} {at}"))
    });
    let told = "select concat_ws(' ', delivery.account, delivery.landing_file) from warehouse.backlog_deliveries
        join etl.deliveries as delivery using (delivery_id)";
    assert_eq!(asked(&hospital, told).await, sorted(expected));
}
