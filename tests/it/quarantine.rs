//! The quarantine: what somebody gives up does not come again, and a night that refuses too much stops before its commit.

mod recurring;
mod retry;

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
    hospital.redefine_contract(|text| {
        text.replace(
            "[fields.name]\ntype = \"text\"\nmax_characters = 20",
            "[fields.name]\ntype = \"text\"\nmax_characters = 60",
        )
        .replace("max_characters = 50\nrequired = true", "max_characters = 100\nrequired = true")
    });
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

/// The newest open record of a reservation.
fn id_of(hospital: &Hospital, serial_number: &str) -> String {
    let list = hospital.command(&["quarantine", "list", "--output", "json"]).expect(0).json();
    let open = list["rejections"].as_array().unwrap();
    let found = open.iter().rev().find(|rejection| rejection["serial_number"] == serial_number);
    found.unwrap_or_else(|| panic!("{list}"))["rejection_id"].to_string()
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
