//! `tijian quarantine retry`: what passes now comes into the history as if it had passed then, in the order of delivery, once.

use tijian::failure::Stopped;
use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault};

use super::{NIGHTS, hospital, id_of, long_named, loosen, quarantine, resolutions, retry, undated};
use crate::support::{Hospital, assert_discreet, assert_snapshot, end_after_input, marked_record, record};

/// `serial_number version name's end starts`, starts in microseconds after the first night.
async fn states(hospital: &Hospital) -> Vec<String> {
    let states = format!(
        "select concat_ws(' ', serial_number, version, right(name, 1),
            (extract(epoch from valid_from) * 1000000)::bigint - {}000)
        from warehouse.reservation_versions order by serial_number, version",
        NIGHTS[0]
    );
    hospital.database.lines(&states).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_after_a_change_of_the_contract_is_loaded_once_and_acknowledged_by_itself() {
    let name = format!(r#""name":"{}""#, "标记姓名".repeat(7));
    let mut hospital = hospital(vec![marked_record("BAD-1", &name), undated("BAD-2"), record("GOOD-1", "")]).await;
    hospital.night(&[]).expect(3);
    let history = hospital.database.history().await;
    assert_eq!(retry(&hospital, &[], 3), [2, 0, 2, 0, 0, 0, 0], "nothing passes before the contract is changed");
    assert_eq!(hospital.database.history().await, history);

    loosen(&mut hospital);
    let callbacks = hospital.confirmed().len();
    let ended = quarantine(&hospital, &["retry"]).expect(3);
    assert_snapshot("quarantine-retry", &ended.stdout, &[]);
    assert_discreet(&format!("{}{}", ended.stdout, ended.stderr), "retry");
    assert_eq!(hospital.database.versions().await[0], "BAD-1 1 booked 2026-02-03 current");
    assert_eq!(states(&hospital).await[0], "BAD-1 1 名 0", "as of the delivery that it came in");
    let keys: Vec<_> = hospital.confirmed()[callbacks..].iter().map(|call| call.key.clone()).collect();
    assert_eq!(keys, [Some("BAD-1".to_owned())]);
    assert_eq!(hospital.simulator.unacknowledged(), 1, "the other one is held");
    assert_eq!(resolutions(&hospital).await, ["BAD-1 loaded", "BAD-2 open"]);
    let finance = "select concat_ws(' ', handoff_number, entries, amount) from finance.handoffs order by 1";
    assert_eq!(hospital.database.lines(finance).await, ["1 1 2881.00", "2 1 2881.00"]);
    hospital.database.assert_sound().await;

    // Again: nothing more.
    let history = hospital.database.history().await;
    assert_eq!(retry(&hospital, &[], 3), [1, 0, 1, 0, 0, 0, 0]);
    assert_eq!(retry(&hospital, &["--field", "name"], 0), [0; 7]);
    // Nor in the night after: only the held one comes again.
    assert_eq!(hospital.night(&["--output", "json"]).expect(3).json()["runs"][0]["received"], 1);
    assert_eq!(hospital.database.history().await, history);
    let deliveries = "select string_agg(is_retry::text, ' ' order by delivery_id) from etl.deliveries";
    assert_eq!(hospital.database.lines(deliveries).await, ["false false true false false false false"]);
    hospital.database.assert_sound().await;
}

/// Invariant: A refused record that passes later is loaded in its place, once, and never over a newer state.
/// Held by: its place in its delivery (`etl.rejections.last_position`); one transaction as a delivery of its own; the
/// account's lock.
#[tokio::test(flavor = "multi_thread")]
async fn several_refused_states_become_versions_in_the_order_of_delivery() {
    let named: Vec<String> = "abcdefgh".chars().map(|last| long_named("A-1", &last.to_string())).collect();
    let mut records = vec![record("A-1", "")];
    records.extend(named);
    let mut hospital = hospital(records).await;
    hospital.night(&[]).expect(3);
    hospital.simulator.set_timestamp(Some(NIGHTS[1]));
    hospital.simulator.insert_records(vec![long_named("B-1", "x"), undated("B-1"), long_named("B-1", "y")]);
    hospital.night(&[]).expect(3);
    loosen(&mut hospital);
    // All of A-1 came again in the second night, and counts from there.
    assert_eq!(retry(&hospital, &[], 0), [11, 10, 0, 1, 0, 2, 0]);
    let day = (NIGHTS[1] - NIGHTS[0]) * 1000;
    let mut expected = vec!["A-1 1 三 0".to_owned()];
    let names = "abcdefgh".chars();
    expected.extend(names.zip(0..).map(|(name, nth)| format!("A-1 {} {name} {}", nth + 2, day + nth)));
    expected.extend([format!("B-1 1 x {day}"), format!("B-1 2 y {}", day + 1)]);
    assert_eq!(states(&hospital).await, expected);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert!(
        resolutions(&hospital).await.contains(&"B-1 superseded".to_owned()),
        "the refused state before a loaded one"
    );
    hospital.database.assert_sound().await;
}

/// Invariant: A refused record that passes later is loaded in its place, once, and never over a newer state.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_whose_acknowledgement_fails_comes_again_with_the_others_and_opens_nothing() {
    // Good states before the refused one, delivered once, or twice: then they are known as unchanged. The platform is out of
    // reach, or refuses.
    for (nights, fault) in [(1, Fault::Http(503)), (2, Fault::Http(503)), (2, Fault::PlainFailure)] {
        let states = vec![record("A-1", ""), record("A-1", r#""mobile":"1""#), long_named("A-1", "x")];
        let mut hospital = hospital(states).await;
        hospital.hurry(1);
        for _ in 0..nights {
            hospital.night(&[]).expect(3);
        }
        loosen(&mut hospital);
        hospital.simulator.arm(Endpoint::Callback, fault, 1000);
        assert_eq!(retry(&hospital, &[], 4), [1, 1, 0, 0, 0, 0, 1]);
        let history = hospital.database.history().await;
        assert_eq!(history.len(), 3);
        // Neither at once nor in the nights after, in which all three states are delivered again.
        for _ in 0..2 {
            let again = hospital.run().await;
            assert_eq!((again.counts.received, again.counts.opened, again.exit_code()), (3, 0, ExitCode::Pending));
            assert_eq!(hospital.database.history().await, history, "{nights} {fault:?}");
        }
        hospital.simulator.disarm();
        assert_eq!(hospital.run_well().await.counts.opened, 0);
        assert_eq!(hospital.simulator.unacknowledged(), 0);
        assert_eq!(hospital.database.history().await, history);
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_not_acknowledged_while_another_state_of_it_is_refused() {
    let mut hospital =
        hospital(vec![record("A-1", ""), long_named("A-1", "x"), undated("A-1"), long_named("B-1", "x")]).await;
    // The first state is known as unchanged in the second night.
    hospital.night(&[]).expect(3);
    hospital.night(&[]).expect(3);
    loosen(&mut hospital);
    assert_eq!(retry(&hospital, &[], 3), [3, 2, 1, 0, 0, 1, 0]);
    let history = hospital.database.history().await;
    assert_eq!(history.len(), 3);
    assert_eq!(resolutions(&hospital).await, ["A-1 loaded", "A-1 open", "B-1 loaded"]);
    // All three come again: two are known.
    let again = hospital.run_well().await;
    assert_eq!((again.counts.received, again.counts.opened, again.counts.unchanged), (3, 0, 2));
    assert_eq!(hospital.database.history().await, history);
    // What is given up holds nothing back any more.
    quarantine(&hospital, &["discard", &id_of(&hospital, "A-1"), "--yes"]).expect(0);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.run_well().await.counts.received, 0);
    hospital.database.assert_sound().await;
}

/// Invariant: A refused record that passes later is loaded in its place, once, and never over a newer state.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_older_than_what_the_history_has_taken_since_is_superseded_and_never_applied() {
    // A serial number that the first contract cannot read: nothing ties the refused state to the later one.
    let serial_number = "L".repeat(60);
    let mut hospital = hospital(vec![record(&serial_number, r#""orderStatus":5"#)]).await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.night(&[]).expect(3);
    loosen(&mut hospital);
    hospital.simulator.set_timestamp(Some(NIGHTS[1]));
    hospital.simulator.insert_records(vec![record(&serial_number, "")]);
    hospital.night(&[]).expect(0);
    let history = hospital.database.history().await;
    assert_eq!(resolutions(&hospital).await, ["open"]);

    assert_eq!(retry(&hospital, &[], 0), [1, 0, 0, 1, 0, 0, 0]);
    assert_eq!(retry(&hospital, &[], 0), [0; 7]);
    assert_eq!(hospital.database.history().await, history);
    assert_eq!(resolutions(&hospital).await, ["superseded"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn states_tried_one_by_one_keep_the_order_of_their_deliveries() {
    let mut hospital = hospital(vec![long_named("A-1", "x"), long_named("B-1", "x")]).await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.night(&[]).expect(3);
    let first = [id_of(&hospital, "A-1"), id_of(&hospital, "B-1")];
    hospital.simulator.set_timestamp(Some(NIGHTS[1]));
    hospital.simulator.insert_records(vec![long_named("A-1", "y"), long_named("B-1", "y")]);
    hospital.night(&[]).expect(3);
    loosen(&mut hospital);
    // The older state first, then the newer one, though a retry comes between: both are versions.
    let callbacks = hospital.calls(Endpoint::Callback);
    assert_eq!(retry(&hospital, &[&first[0]], 0), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(retry(&hospital, &[&id_of(&hospital, "A-1")], 0), [1, 1, 0, 0, 0, 0, 0]);
    // The newer state first: the older one is superseded with it.
    let newer = id_of(&hospital, "B-1");
    assert_ne!(newer, first[1]);
    let day = (NIGHTS[1] - NIGHTS[0]) * 1000;
    assert_eq!(retry(&hospital, &[&newer], 0)[1], 1);
    assert_eq!(states(&hospital).await, ["A-1 1 x 0".to_owned(), format!("A-1 2 y {day}"), format!("B-1 1 y {day}")]);
    assert_eq!(resolutions(&hospital).await, ["A-1 loaded", "A-1 loaded", "B-1 superseded", "B-1 loaded"]);
    assert_eq!(hospital.calls(Endpoint::Callback), callbacks, "their batches were acknowledged whole");
    hospital.database.assert_sound().await;
}

/// Invariant: A refused record that passes later is loaded in its place, once, and never over a newer state.
#[tokio::test(flavor = "multi_thread")]
async fn a_retry_stopped_after_any_step_is_completed_by_the_next_or_by_a_night() {
    let prepared = async || {
        let states = vec![record("A-1", ""), long_named("A-1", "x"), long_named("B-1", "y"), undated("C-1")];
        let mut hospital = hospital(states).await;
        hospital.night(&[]).expect(3);
        loosen(&mut hospital);
        hospital
    };
    let undisturbed = prepared().await;
    undisturbed.retry_with(&|_| Ok(())).await;
    let expected = (undisturbed.database.history().await, resolutions(&undisturbed).await);
    assert_eq!(expected.1, ["A-1 loaded", "B-1 loaded", "C-1 open"]);
    for (nth, step) in [
        "started",
        "drained",
        "chunk_loaded",
        "loaded",
        "committed",
        "confirmed",
        "acknowledged",
        "refreshed",
        "file_written",
        "exported",
    ]
    .into_iter()
    .enumerate()
    {
        let hospital = prepared().await;
        let stopped = hospital.retry_with(&|done| if done.name() == step { Err(Stopped) } else { Ok(()) }).await;
        assert_eq!(stopped.exit_code(), ExitCode::Temporary, "{step}");
        let is_committed = stopped.settled.delivery.is_some();
        assert_eq!(is_committed, hospital.database.history().await == expected.0, "{step}: all of it or nothing");
        // Once completed by a retry, once by a night, which has the rest delivered.
        let again =
            if is_committed && nth % 2 == 0 { hospital.run().await } else { hospital.retry_with(&|_| Ok(())).await };
        assert_eq!((again.pending, again.exit_code()), (0, ExitCode::Quarantined), "{step}");
        assert_eq!((hospital.database.history().await, resolutions(&hospital).await), expected, "{step}");
        assert_eq!(hospital.simulator.unacknowledged(), 1, "{step}: the refused one is held");
        let owed = hospital.command(&["export", hospital.pipeline_file.to_str().unwrap()]).expect(0).stdout;
        assert_eq!(owed, "", "{step}: files");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_does_not_come_back() {
    let mut hospital = hospital(vec![marked_record("M-1", ""), record("OTHER", "")]).await;
    // Else the platform would deliver the refused state again, which is a new one of the person.
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.night(&[]).expect(0);
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "11010519491231002X").expect(0);
    hospital.simulator.insert_records(vec![long_named("M-1", "x"), long_named("NEW", "y")]);
    hospital.night(&[]).expect(3);
    loosen(&mut hospital);
    assert_eq!(retry(&hospital, &[], 0), [2, 1, 0, 0, 1, 0, 0]);
    let named =
        "select count(*)::text from warehouse.reservation_versions where serial_number = 'M-1' and name is not null";
    assert_eq!(hospital.database.lines(named).await, ["0"]);
    assert!(resolutions(&hospital).await.contains(&"M-1 open".to_owned()));
    hospital.database.assert_sound().await;
}

/// Runs are counted from an earlier number after a restored backup, so another retry may be of the same run.
#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_a_restored_backup_is_not_taken_for_one_that_came_back() {
    let mut hospital = hospital(vec![long_named("BAD-1", "一"), long_named("BAD-2", "二")]).await;
    // Or the pull before a retry would bring the other one, too.
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.night(&[]).expect(3);
    let ids = ["BAD-1", "BAD-2"].map(|serial_number| id_of(&hospital, serial_number));
    let backup = hospital.database.back_up().await;
    hospital.night(&[]);
    loosen(&mut hospital);
    quarantine(&hospital, &["retry", &ids[0]]).expect(0);
    let retries = "select run_id::text from etl.deliveries where is_retry order by delivery_id";
    let run = hospital.database.lines(retries).await;
    hospital.database.restore(&backup).await;
    hospital.command(&["recover", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    let pin = format!("select setval(pg_get_serial_sequence('etl.runs', 'run_id'), {} - 1)", run[0]);
    hospital.database.client.batch_execute(&pin).await.unwrap();
    quarantine(&hospital, &["retry", &ids[1]]).expect(0);
    assert_eq!(hospital.database.lines("select serial_number from warehouse.reservation_versions").await.len(), 2);
    hospital.database.assert_sound().await;
}
