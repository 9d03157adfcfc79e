//! `tijian quarantine retry` and `discard`: what passes now comes into the history as if it had passed then, in the order of
//! delivery, once; what somebody gives up does not come again.

use tijian::failure::Stopped;
use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault};

use crate::support::{Ended, Hospital, assert_discreet, assert_snapshot, end_after_input, marked_record, record};

/// Two nights.
const NIGHTS: [i64; 2] = [1_767_636_000_000, 1_767_722_400_000];

/// Refused until the contract is loosened.
fn long_named(serial_number: &str, last: &str) -> String {
    record(serial_number, &format!(r#""name":"{}{last}""#, "长".repeat(25)))
}

/// Refused by any contract.
fn undated(serial_number: &str) -> String {
    record(serial_number, r#""checkDate":"2026-02-30""#)
}

async fn hospital(records: Vec<String>) -> Hospital {
    let hospital = Hospital::new().await;
    hospital.simulator.set_timestamp(Some(NIGHTS[0]));
    hospital.simulator.insert_records(records);
    hospital
}

/// Changes the contract: longer names, and longer serial numbers than the interface has.
fn loosen(hospital: &mut Hospital) {
    let contract = include_str!("../../pipelines/contracts/reservation.toml")
        .replace(
            "[fields.name]\ntype = \"text\"\nmax_characters = 20",
            "[fields.name]\ntype = \"text\"\nmax_characters = 60",
        )
        .replace("max_characters = 50\nrequired = true", "max_characters = 100\nrequired = true");
    let file = hospital.dir.path().join("loosened.toml");
    std::fs::write(&file, contract).unwrap();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/contracts/reservation.toml");
    hospital.redefine(|text| text.replace(shipped, &file.display().to_string()));
}

fn quarantine(hospital: &Hospital, arguments: &[&str]) -> Ended {
    let mut command = hospital.tijian();
    command.arg("quarantine").args(arguments).arg(&hospital.pipeline_file);
    end_after_input(command, "")
}

/// `tried loaded refused superseded left_out acknowledged pending` of a retry.
fn retry(hospital: &Hospital, options: &[&str], code: i32) -> [i64; 7] {
    let ended = quarantine(hospital, &[&["retry", "--output", "json"], options].concat()).expect(code);
    let document = ended.json();
    let entry = &document["retries"][0];
    ["tried", "loaded", "refused", "superseded", "left_out", "acknowledged", "pending"]
        .map(|name| entry[name].as_i64().unwrap_or_else(|| panic!("{name}: {document}")))
}

/// `serial_number resolution` of the quarantine; what is open has no resolution.
async fn resolutions(hospital: &Hospital) -> Vec<String> {
    hospital
        .database
        .lines(
            "select concat_ws(' ', serial_number, coalesce(resolution, case when resolved_at is null then 'open' end))
            from etl.rejections order by serial_number, last_delivery_id, last_position",
        )
        .await
}

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

/// The newest open record of a reservation.
fn id_of(hospital: &Hospital, serial_number: &str) -> String {
    let list = hospital.command(&["quarantine", "list", "--output", "json"]).expect(0).json();
    let open = list["rejections"].as_array().unwrap();
    let found = open.iter().rev().find(|rejection| rejection["serial_number"] == serial_number);
    found.unwrap_or_else(|| panic!("{list}"))["rejection_id"].to_string()
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
async fn a_held_account_is_neither_retried_nor_discarded() {
    let mut hospital = hospital(vec![long_named("A-1", "x")]).await;
    hospital.night(&[]).expect(3);
    loosen(&mut hospital);
    let lock = hospital.database.warehouse.lock_account("demo").await.unwrap().expect("nobody else holds it");
    quarantine(&hospital, &["retry"]).expect(5);
    quarantine(&hospital, &["discard", "--field", "name", "--yes"]).expect(5);
    lock.release().await;
    assert_eq!(resolutions(&hospital).await, ["A-1 open"]);
    assert_eq!(retry(&hospital, &[], 0)[1], 1);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_record_is_gone_acknowledged_and_on_record() {
    let mut hospital = hospital(vec![marked_record("BAD-1", r#""checkDate":"2026-02-30""#), undated("BAD-2")]).await;
    hospital.hurry(1);
    hospital.night(&[]).expect(3);
    let id = id_of(&hospital, "BAD-1");

    // Not by a slip of the hand.
    let unsure = quarantine(&hospital, &["discard", &id]).expect(2);
    assert!(
        unsure.stderr.contains("delete one record for good") && unsure.stderr.contains("--yes"),
        "{}",
        unsure.stderr
    );
    let all = quarantine(&hospital, &["discard", "--yes"]).expect(2);
    assert!(all.stderr.contains("say which records"), "{}", all.stderr);
    let unknown = quarantine(&hospital, &["discard", &id, "999", "--yes"]).expect(2);
    assert!(unknown.stderr.contains("record 999 is not in quarantine"), "{}", unknown.stderr);
    assert_eq!(resolutions(&hospital).await, ["BAD-1 open", "BAD-2 open"]);

    // The platform is away: the next pull delivers the record again, which stays discarded, and is acknowledged.
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1);
    let ended = quarantine(&hospital, &["discard", &id, "--yes"]).expect(4);
    assert_snapshot("quarantine-discard", &ended.stdout, &[]);
    assert_discreet(&format!("{}{}", ended.stdout, ended.stderr), "discard");
    let row = "select concat_ws(' ', serial_number, resolution, resolved_by <> '', sealed_record is null)
        from etl.rejections where resolved_at is not null";
    assert_eq!(hospital.database.lines(row).await, ["BAD-1 discarded t t"]);
    quarantine(&hospital, &["discard", &id, "--yes"]).expect(2);
    hospital.command(&["quarantine", "show", &id]).expect(2);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.received, report.counts.rejected, report.acknowledged), (2, 2, 1));
    assert_eq!(report.refused, 1, "only the other one is to be looked at");
    assert_eq!(resolutions(&hospital).await, ["BAD-1 discarded", "BAD-2 open"]);

    // By its reason; a retry has nothing to do with either.
    quarantine(&hospital, &["discard", "--reason", "calendar_date", "--yes"]).expect(0);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(retry(&hospital, &[], 0), [0; 7]);
    assert_eq!(hospital.run_well().await.counts.received, 0);
    assert!(hospital.database.versions().await.is_empty());
    hospital.database.assert_sound().await;
}

/// Records that are no readable JSON, each in another way.
fn unreadable() -> Vec<String> {
    let name = r#""name":"张三""#;
    [r#""name":"\u5f20\ud83d""#, r#""name":NaN"#, "\"name\":\"a\u{1}b\"", r#""name":"张三" "mobile2":"1""#]
        .iter()
        .enumerate()
        .map(|(place, broken)| {
            // The batch first, so that it is known in spite of the fault.
            let record = record(&format!("U-{place}"), "").replace(r#""requestId":"$request","#, "");
            record.replacen('{', r#"{"requestId":"$request","#, 1).replace(name, broken)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_record_is_one_row_however_often_it_comes() {
    let hospital = hospital(unreadable()).await;
    let mut batches = std::collections::BTreeSet::new();
    for night in 1..=5 {
        hospital.simulator.advance_night();
        let report = hospital.run_well().await;
        assert_eq!((report.counts.received, report.counts.rejected), (4, 4), "night {night}");
        batches.extend(hospital.database.lines("select request_id from etl.rejections").await);
    }
    assert_eq!(batches.len(), 5, "the platform gives a new requestId every night: {batches:?}");
    let query = "select concat_ws(' ', serial_number, attempts, resolution) from etl.rejections order by serial_number";
    assert_eq!(hospital.database.lines(query).await, ["U-0 5", "U-1 5", "U-2 5", "U-3 5"]);

    // The test's platform cannot read the records' names either, and refuses their callbacks.
    quarantine(&hospital, &["discard", "--rule", "syntax", "--yes"]).expect(4);
    hospital.simulator.advance_night();
    let report = hospital.run_well().await;
    assert_eq!((report.counts.discarded, report.refused), (4, 0), "what is discarded stays so when it comes again");
    let query = "select concat_ws(' ', count(*), min(resolution), max(resolution)) from etl.rejections";
    assert_eq!(hospital.database.lines(query).await, ["4 discarded discarded"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_stops_before_the_commit_where_more_is_refused_than_reject_max() {
    let mut hospital = hospital(vec![record("OLD", ""), undated("HELD-1"), undated("HELD-2")]).await;
    hospital.run_well().await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"hold\"\nreject_max = \"10%\""));
    // What is held comes every night, and does not count again.
    hospital.simulator.insert_records(vec![record("NEW-1", "")]);
    assert_eq!(hospital.run_well().await.exit_code(), ExitCode::Quarantined);
    let before = (hospital.database.history().await, hospital.database.outbox().await);
    let calls = hospital.calls(Endpoint::Callback);

    // One of ten passes the threshold; two of eleven do not.
    hospital.simulator.insert_records((0..9).map(|n| record(&format!("DAY-{n}"), "")).collect());
    hospital.simulator.insert_records(vec![undated("BAD-1"), undated("BAD-2")]);
    let report = hospital.run().await;
    assert_eq!((report.exit_code(), report.pulls, report.acknowledged), (ExitCode::Failed, 0, 0));
    let error = report.error.as_ref().unwrap().chain();
    assert!(
        error.contains("2 of 11 records are refused for the first time") && error.contains("checkDate calendar_date"),
        "{error}"
    );
    assert!(error.contains("10%"), "{error}");
    assert_eq!((hospital.database.history().await, hospital.database.outbox().await), before);
    assert_eq!(hospital.calls(Endpoint::Callback), calls, "the platform was told nothing");
    let refused = "select serial_number from etl.rejections where serial_number like 'BAD%'";
    assert_eq!(hospital.database.lines(refused).await, Vec::<String>::new());

    hospital.redefine(|text| text.replace("\"10%\"", "\"19%\""));
    let report = hospital.run_well().await;
    assert_eq!((report.counts.opened, report.exit_code()), (9, ExitCode::Quarantined));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_is_refused_by_itself() {
    let large = |bytes: usize| {
        let record = record("LARGE", "").replacen('{', r#"{"serialNumber":"LARGE","#, 1);
        let record = record.replacen(r#","serialNumber":"LARGE""#, "", 1);
        record.replacen('}', &format!(r#","note":"{}"}}"#, "x".repeat(bytes)), 1)
    };
    let hospital = hospital(vec![record("S-1", ""), large(9 * 1024 * 1024), record("S-2", "")]).await;
    for night in 1..=2 {
        hospital.simulator.advance_night();
        let report = hospital.run_well().await;
        assert_eq!((report.counts.accepted, report.counts.rejected), (if night == 1 { 2 } else { 0 }, 1), "{night}");
        assert_eq!(report.exit_code(), ExitCode::Quarantined);
    }
    let listed = hospital.command(&["quarantine", "list"]).expect(0).stdout;
    assert!(listed.contains("LARGE") && listed.contains("bytes, more than any record needs"), "{listed}");
    let kept =
        "select concat_ws(' ', serial_number, attempts, octet_length(sealed_record) < 70000) from etl.rejections";
    assert_eq!(hospital.database.lines(kept).await, ["LARGE 2 t"]);
    assert_eq!(retry(&hospital, &[], 3)[..3], [1, 0, 1]);
    assert_snapshot("quarantine-retry-zh", &quarantine(&hospital, &["retry", "--lang", "zh"]).expect(3).stdout, &[]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pipeline_ignores_makes_no_other_refused_record() {
    for is_broken in [false, true] {
        // No date, and no JSON either.
        let state = |time: &str| {
            let record = record("S-1", &format!(r#""updateTime":{time},"checkDate":"2026-02-30""#));
            // The batch first, so that it is known in spite of the fault.
            let record = record.replace(r#""requestId":"$request","#, "");
            let record = record.replacen('{', r#"{"requestId":"$request","#, 1);
            if is_broken { record.replace("\"张三\"", "NaN") } else { record }
        };
        let mut hospital = hospital(["OLD-1", "OLD-2", "OLD-3"].map(|name| record(name, "")).to_vec()).await;
        // Acknowledged, so that the platform gives each state once.
        let own = "on_reject = \"ack\"\nignore = [\"updateTime\"]\nreject_max = \"30%\"";
        hospital.redefine(|text| text.replace("on_reject = \"hold\"", own));
        let rows = "select concat_ws(' ', serial_number, attempts, resolution) from etl.rejections";
        for (night, time) in (1..).zip(["1", "2", r#""2026-12-06 08:00:00""#, "null"]) {
            hospital.simulator.insert_records(vec![state(time)]);
            let report = hospital.run_well().await;
            assert_eq!(
                report.counts.rejected, 1,
                "{is_broken}, night {night}: new in the first one only, or reject_max would stop it"
            );
            assert_eq!(hospital.database.lines(rows).await, [format!("S-1 {night}")], "{is_broken}");
        }
        let id = hospital.database.lines("select rejection_id::text from etl.rejections").await.concat();
        let discarded = quarantine(&hospital, &["discard", &id, "--yes", "--lang", "zh"]).expect(0).stdout;
        assert!(discarded.contains("放弃") && discarded.contains("正常"), "{discarded}");
        hospital.simulator.insert_records(vec![state("5")]);
        assert_eq!(hospital.run_well().await.counts.discarded, 1, "what is discarded stays so");
        assert_eq!(hospital.database.lines(rows).await, ["S-1 5 discarded"]);
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_too_large_holds_back_its_reservation_wherever_its_serial_number_stands() {
    let large = |mark: &str, last: &str| {
        let note = "x".repeat(9 * 1024 * 1024);
        let record = record("S-1", &format!(r#""requestId":"$request","mobile":"{mark}""#));
        // All of it behind the large member.
        record.replacen('{', &format!(r#"{{"note":"{note}{last}","#), 1)
    };
    let hospital =
        hospital(vec![record("S-1", ""), large("1", ""), large("2", ""), large("2", "y"), record("S-2", "")]).await;
    for night in 1..=2 {
        hospital.simulator.advance_night();
        hospital.run_well().await;
        let rows = "select concat_ws(' ', serial_number, attempts) from etl.rejections order by rejection_id";
        let expected = format!("S-1 {night}");
        assert_eq!(hospital.database.lines(rows).await, [&*expected; 3], "three states");
        let told = "select key from etl.outbox where kind = 'reservation_ack' order by 1";
        assert_eq!(
            hospital.database.lines(told).await,
            ["S-2"],
            "the platform is not told that a state of S-1 is known"
        );
    }
    hospital.database.assert_sound().await;
}
