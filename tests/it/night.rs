//! The nightly run, end to end: real HTTP, real PostgreSQL, and every job run twice.

use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};

use crate::support::{Hospital, TestDatabase, record};

#[tokio::test(flavor = "multi_thread")]
async fn first_night_loads_everything_and_the_second_run_changes_nothing() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 300, ..Default::default() }).await;
    let first = hospital.run_well().await;
    assert_eq!((first.counts.received, first.counts.accepted, first.counts.opened), (300, 300, 300));
    assert_eq!((first.acknowledged, first.pending, first.exit_code()), (1, 0, ExitCode::Good));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    let history = hospital.database.history().await;
    assert_eq!(history.len(), 300);

    let second = hospital.run_well().await;
    assert_eq!((second.counts.received, second.counts.opened, second.counts.closed), (0, 0, 0));
    assert!(second.exported.is_empty());
    assert_eq!(hospital.database.history().await, history);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_night_of_changes_becomes_versions() {
    let options = GeneratorOptions { reservations: 200, new_per_night: 10, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    hospital.run_well().await;
    for _ in 0..4 {
        hospital.simulator.advance_night();
        let report = hospital.run_well().await;
        assert!(report.counts.opened > 10, "changes and new reservations: {}", report.counts.opened);
        assert_eq!(report.counts.accepted, report.counts.opened + report.counts.unchanged);
        assert_eq!(hospital.run_well().await.counts.received, 0);
    }
    let changes =
        hospital.database.lines("select distinct change from warehouse.reservation_versions order by change").await;
    assert_eq!(changes, ["amended", "booked", "cancelled", "reinstated", "rescheduled"]);
    hospital.database.assert_sound().await;
}

/// Invariant: Values are stored as delivered; null is not the empty text.
/// Held by: typed columns, unknown fields in `extra`.
#[tokio::test(flavor = "multi_thread")]
async fn delivered_values_arrive_unchanged() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", r#""erhcNo":"","mobile":null,"campus":{"b":[1,"二"]}"#)]);
    let report = hospital.run_well().await;
    assert_eq!(report.counts.opened, 1);
    let row = hospital
        .database
        .lines(
            "select concat_ws('|', serial_number, '[' || erhc_no || ']', name, card_type, idcard, birthdate, sex_code,
                is_pregnant, married, coalesce(mobile, 'null'), hospital_code, hospital_name, check_date,
                hospital_package_id, hospital_package_name, add_combination_id, add_combination_name, examination_fee,
                order_status, pay_type, data_sources, extra, octet_length(person_id), version, change, valid_to)
            from warehouse.reservation_versions",
        )
        .await;
    assert_eq!(
        row,
        ["A-1|[]|张三|1|11010519491231002X|1949-12-31|2|f|1|null|100637|体检中心|2026-02-03|RM16|体检E套餐|A1,A2|\
          甲,乙|2881.00|1|0|益往健康|{\"campus\": {\"b\": [1, \"二\"]}}|32|1|booked|infinity"]
    );
    let unknown =
        "select concat_ws(' ', array_to_string(unknown_fields, ','), unknown_fields_more) from etl.deliveries";
    assert_eq!(hospital.database.lines(unknown).await, ["campus 0"]);
    hospital.database.assert_sound().await;
}

/// Invariant: A refused record is kept, not acknowledged, and does not hold up others.
/// Held by: quarantine in the load's transaction; single callbacks for the others.
#[tokio::test(flavor = "multi_thread")]
async fn one_bad_record_is_held_and_the_others_are_acknowledged_singly() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 50, ..Default::default() }).await;
    hospital.simulator.insert_records(vec![record("BAD-1", &format!(r#""name":"{}""#, "长".repeat(21)))]);
    let first = hospital.run_well().await;
    assert_eq!((first.counts.received, first.counts.accepted, first.counts.rejected), (51, 50, 1));
    assert_eq!((first.acknowledged, first.exit_code()), (50, ExitCode::Quarantined));
    assert_eq!(hospital.simulator.unacknowledged(), 1);
    assert!(hospital.confirmed().iter().all(|entry| entry.key.as_deref() != Some("BAD-1")));
    assert_eq!(
        hospital
            .database
            .lines("select concat_ws(' ', serial_number, attempts, reasons #>> '{0,rule}', reasons #>> '{0,field}') from etl.rejections")
            .await,
        ["BAD-1 1 max_characters name"]
    );

    // It comes again, and does not pile up.
    let second = hospital.run_well().await;
    assert_eq!((second.counts.received, second.counts.rejected, second.counts.opened), (1, 1, 0));
    assert_eq!(
        hospital.database.lines("select serial_number || ' ' || attempts from etl.rejections").await,
        ["BAD-1 2"]
    );

    // Corrected, it loads, is acknowledged, and its rejection is resolved.
    hospital.simulator.insert_records(vec![record("BAD-1", "")]);
    let third = hospital.run_well().await;
    assert_eq!((third.counts.received, third.counts.accepted, third.counts.rejected), (2, 1, 1));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(
        hospital.database.lines("select count(*)::text from etl.rejections where resolved_at is null").await,
        ["0"]
    );
    assert_eq!(hospital.run_well().await.counts.received, 0);
    hospital.database.assert_sound().await;
}

/// Invariant: A refused record is kept, not acknowledged, and does not hold up others.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_of_a_good_reservation_is_not_acknowledged() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-1", r#""checkDate":"2026-02-30""#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected, report.acknowledged), (1, 1, 0));
    assert_eq!(hospital.simulator.unacknowledged(), 2);
    // The other way round, the good state is the last word.
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-28""#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.opened, report.acknowledged), (1, 1));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_state_that_another_batch_makes_good_is_acknowledged_with_its_reservation() {
    let options = SimulatorOptions { requests_per_delivery: 2, ..Default::default() };
    let hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
    // Dealt out in turns: the refused states to the first batch, the good ones to the second, which is clean by itself.
    hospital.simulator.insert_records(vec![
        record("A-1", r#""checkDate":"2026-02-30""#),
        record("A-1", r#""checkDate":"2026-02-28""#),
        record("B-1", r#""orderStatus":9"#),
        record("C-1", ""),
    ]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected, report.acknowledged), (2, 2, 2));
    assert_eq!(hospital.database.outbox().await, ["reservation_ack done 2"]);
    // Only the reservation whose last word was refused comes again.
    let again = hospital.run_well().await;
    assert_eq!((again.counts.received, again.counts.rejected), (1, 1));
    let open = "select serial_number from etl.rejections where resolved_at is null";
    assert_eq!(hospital.database.lines(open).await, ["B-1"]);
    hospital.database.assert_sound().await;
}

/// Invariant: All states of a reservation are acknowledged together, even if a delivery spreads them over several
/// batches.
/// Held by: a batch that shares a reservation with another is acknowledged reservation by reservation
/// (`sql/load/insert_batch_acknowledgements.sql`).
#[tokio::test(flavor = "multi_thread")]
async fn states_of_one_reservation_in_two_batches_are_acknowledged_together_or_not_at_all() {
    for seed in 0..8 {
        let generator = GeneratorOptions { seed, ..Default::default() };
        let options = SimulatorOptions { generator, requests_per_delivery: 2, ..Default::default() };
        let mut hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
        hospital.hurry(1);
        hospital.simulator.insert_records(vec![
            record("A-1", ""),
            record("A-1", r#""checkDate":"2026-02-28""#),
            record("B-1", ""),
            record("C-1", ""),
        ]);
        // One callback is confirmed; no other one is, neither in this run nor at the beginning of the next.
        hospital.simulator.arm(Endpoint::Callback, Fault::Slow, 1);
        hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
        assert_eq!(hospital.run().await.exit_code(), ExitCode::Pending);
        let again = hospital.run().await;
        assert_eq!((again.counts.opened, again.exit_code()), (0, ExitCode::Pending), "seed {seed}");
        hospital.simulator.disarm();
        hospital.run_well().await;
        assert_eq!(
            hospital.database.versions().await,
            [
                "A-1 1 booked 2026-02-03 ended",
                "A-1 2 rescheduled 2026-02-28 current",
                "B-1 1 booked 2026-02-03 current",
                "C-1 1 booked 2026-02-03 current"
            ],
            "seed {seed}"
        );
        assert_eq!(hospital.simulator.unacknowledged(), 0, "seed {seed}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_records_are_acknowledged_when_the_contract_says_so() {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", r#""orderStatus":"9""#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.rejected, report.acknowledged, report.exit_code()), (1, 1, ExitCode::Quarantined));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.run_well().await.counts.received, 0);
    let open = "select count(*)::text from etl.rejections where resolved_at is null";
    assert_eq!(hospital.database.lines(open).await, ["1"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_refused_records_are_not_held_every_batch_of_a_delivery_is_acknowledged() {
    let options = SimulatorOptions { requests_per_delivery: 2, ..Default::default() };
    let mut hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    // Refused last, refused first, never refused: each with a state in either batch.
    let bad = r#""orderStatus":9"#;
    hospital.simulator.insert_records(vec![
        record("A-1", ""),
        record("A-1", bad),
        record("B-1", bad),
        record("B-1", ""),
        record("C-1", ""),
        record("C-1", r#""mobile":"1""#),
        record("D-1", bad),
    ]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected, report.pending), (4, 3, 0));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.run_well().await.counts.received, 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_batch_of_a_delivery_is_acknowledged_by_itself() {
    let hospital = Hospital::new().await;
    let of =
        |request: &str, serial: &str, changes: &str| record(serial, &format!(r#""requestId":"{request}"{changes}"#));
    hospital.simulator.insert_records(vec![
        of("clean", "A-1", ""),
        of("clean", "A-2", ""),
        of("mixed", "B-1", ""),
        of("mixed", "B-2", r#","sexCode":"7""#),
    ]);
    let report = hospital.run().await;
    assert_eq!((report.counts.accepted, report.counts.rejected), (3, 1));
    let owed = "select kind || ' ' || key from etl.outbox where state <> 'superseded' order by 1";
    let owed = hospital.database.lines(owed).await;
    assert!(owed.contains(&"reservation_ack B-1".to_owned()), "{owed:?}");
    assert!(!owed.iter().any(|row| row.contains("B-2") || row.contains("mixed")), "{owed:?}");
    assert_eq!(
        hospital
            .database
            .lines("select concat_ws(' ', request_id, accepted, rejected) from etl.batches order by 1")
            .await,
        ["clean 2 0", "mixed 1 1"]
    );
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_batch_callback_falls_back_to_single_ones() {
    let hospital = Hospital::new().await;
    // The simulator never issued this requestId and refuses it.
    let records = ["A-1", "A-2", "A-3"].map(|serial| record(serial, r#""requestId":"unknown""#));
    hospital.simulator.insert_records(records.to_vec());
    let report = hospital.run_well().await;
    assert_eq!((report.acknowledged, report.pending), (3, 0));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.database.outbox().await, ["batch_ack superseded 1", "reservation_ack done 3"]);
    hospital.database.assert_sound().await;
}

/// Invariant: Delivering something again opens nothing.
/// Held by: the fingerprint: canonical, versioned, without `requestId`; if it has another version, the stored content.
#[tokio::test(flavor = "multi_thread")]
async fn a_redelivery_opens_nothing_and_is_acknowledged_again() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", "")]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", "")]);
    let again = hospital.run_well().await;
    assert_eq!((again.counts.unchanged, again.counts.opened, again.acknowledged), (2, 0, 1));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.database.lines("select count(*)::text from etl.unchanged_records").await, ["0"]);
    hospital.database.assert_sound().await;
}

/// Invariant: Delivery order decides, whatever the clock says.
/// Held by: a version starts at least one microsecond after the one before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_back_keeps_the_order_of_delivery() {
    let hospital = Hospital::new().await;
    hospital.simulator.set_timestamp(Some(1_767_664_800_000));
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    hospital.simulator.set_timestamp(Some(1_767_664_700_000));
    hospital.simulator.insert_records(vec![record("A-1", r#""orderStatus":5"#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.opened, report.counts.closed, report.counts.adjusted), (1, 1, 1));
    let starts = "select (extract(epoch from valid_from) * 1000000)::bigint::text
        from warehouse.reservation_versions order by version";
    assert_eq!(hospital.database.lines(starts).await, ["1767664800000000", "1767664800000001"]);
    hospital.database.assert_sound().await;
}

/// Invariant: One run per account at a time.
/// Held by: a session-level advisory lock, on the connection that does the work.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_of_a_held_account_ends_at_once() {
    let hospital = Hospital::new().await;
    let held = hospital.database.warehouse.lock_account("demo").await.unwrap().expect("nobody else holds it");
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Locked);
    assert!(hospital.simulator.log().is_empty());
    held.release().await;
    assert_eq!(hospital.run_well().await.exit_code(), ExitCode::Good);
    assert!(hospital.simulator.log().iter().any(|entry| entry.endpoint == Endpoint::Order));
}

/// Invariant: One warehouse, one site key at a time.
/// Held by: a digest of the key in `etl.site_keys`.
#[tokio::test(flavor = "multi_thread")]
async fn another_site_key_is_refused_before_anything_is_pulled() {
    let mut hospital = Hospital::new().await;
    hospital.run_well().await;
    let calls = hospital.simulator.log().len();
    hospital.settings = hospital.settings.with(&[("TIJIAN_SITE_KEY", "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=")]);
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Definition);
    assert_eq!(hospital.simulator.log().len(), calls);
}

/// Invariant: Several states of one reservation that are delivered again together open nothing either.
/// Held by: `transform::HistoryPlanner`: the longest repetition of what the last, unconfirmed delivery brought.
#[tokio::test(flavor = "multi_thread")]
async fn several_states_that_come_again_every_night_open_nothing() {
    let hospital = Hospital::new().await;
    // The refused third state holds the first two back: the platform delivers all of them every night.
    hospital.simulator.insert_records(vec![
        record("A-1", ""),
        record("A-1", r#""checkDate":"2026-02-05""#),
        record("A-1", r#""checkDate":"2026-02-30""#),
    ]);
    let first = hospital.run_well().await;
    assert_eq!((first.counts.opened, first.counts.rejected, first.acknowledged), (2, 1, 0));
    let history = hospital.database.history().await;
    for _ in 0..3 {
        let again = hospital.run_well().await;
        assert_eq!((again.counts.opened, again.counts.unchanged, again.counts.rejected), (0, 2, 1));
        assert_eq!(hospital.database.history().await, history);
    }
    // A return to the first state is a change all the same.
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    let last = hospital.run_well().await;
    assert_eq!((last.counts.opened, last.counts.unchanged, last.counts.rejected), (1, 2, 1));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(
        hospital.database.versions().await,
        ["A-1 1 booked 2026-02-03 ended", "A-1 2 rescheduled 2026-02-05 ended", "A-1 3 rescheduled 2026-02-03 current"]
    );
    hospital.database.assert_sound().await;
}

/// Invariant: Several states of one reservation that are delivered again together open nothing either.
#[tokio::test(flavor = "multi_thread")]
async fn states_that_return_after_their_acknowledgement_are_versions_again() {
    let hospital = Hospital::new().await;
    let both = || vec![record("A-1", ""), record("A-1", r#""checkDate":"2026-02-05""#)];
    hospital.simulator.insert_records(both());
    assert_eq!(hospital.run_well().await.counts.opened, 2);
    hospital.simulator.insert_records(both());
    assert_eq!(hospital.run_well().await.counts.opened, 2);
    assert_eq!(hospital.database.versions().await.len(), 4);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aes_key_of_a_wrong_length_is_a_setting_to_mend() {
    let mut hospital = Hospital::new().await;
    hospital.settings = hospital.settings.with(&[("ZHELIBAN_AES_KEY", "too-short")]);
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Definition);
    let words = report.error.unwrap().chain();
    assert!(words.contains("9 bytes") && !words.contains("too-short"), "{words}");
    assert!(hospital.simulator.log().is_empty());
}
