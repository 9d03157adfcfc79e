//! The swap: a history by another contract takes the live one's place, and all that depends on it follows.
//!
//! Invariant: A swap changes no entry that finance has, and withdraws no acknowledgement.
//! Held by: entries that were handed over are stored; corrections go into the next handoff (`sql/checks/handoffs_hold_what_the_versions_give.sql`);
//! no swap while a callback is pending.

use serde_json::json;
use tijian::guidance::ExitCode;
use tijian::pipeline::contract::SHIPPED;
use tijian::simulator::{Endpoint, Fault};
use tijian::upkeep::{ReplayGoal, ReplayStep};
use tijian::warehouse::VersionDifference;

use super::{assert_identical, compare, replay_until, swap, try_replay};
use crate::support::{Hospital, assert_snapshot, end, record};

/// Twenty-one characters: refused until the contract allows them.
const LONG: &str = "很很很很很很很很很很很很很很很很很很很很长";

/// A reservation that will be refused, one that is, and one with two states that are; and ordinary ones.
async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    let long = |changes: &str| format!(r#""name":"{LONG}"{changes}"#);
    hospital.simulator.insert_records(vec![
        record("A-1", ""),
        record("PHONE", r#""mobile":"139000000001","checkDate":"2026-05-05","examinationFee":100.00"#),
        record("LONG-1", &long(r#","examinationFee":7.50"#)),
        record("LONG-2", &long("")),
        record("LONG-2", &long(r#","checkDate":"2026-04-04""#)),
    ]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected), (2, 3));
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-10","examinationFee":2000.00"#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected, report.pending), (1, 3, 0));
    hospital
}

/// Longer names, shorter phones.
fn amend(hospital: &mut Hospital) {
    hospital.redefine_contract(|text| {
        let field = |name: &str, max: u32| format!("[fields.{name}]\ntype = \"text\"\nmax_characters = {max}\n");
        text.replace(&field("name", 20), &field("name", 30)).replace(&field("mobile", 15), &field("mobile", 11))
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn another_contract_is_shown_as_a_difference_without_a_value() {
    let mut hospital = hospital().await;
    let history = hospital.database.history().await;
    amend(&mut hospital);
    for _ in 0..2 {
        let report = compare(&hospital).await;
        assert!(!report.is_identical && !report.is_swapped);
        let version = |serial_number: &str, version, kind: &str| VersionDifference {
            serial_number: serial_number.to_owned(),
            version,
            kind: kind.to_owned(),
            columns: Vec::new(),
        };
        assert_eq!(
            report.difference.differing_versions,
            [
                version("LONG-1", 1, "replay_only"),
                version("LONG-2", 1, "replay_only"),
                version("LONG-2", 2, "replay_only"),
                version("PHONE", 1, "live_only"),
            ]
        );
        assert_eq!((report.difference.newly_accepted, report.difference.newly_refused), (3, 1));
        assert_eq!(
            serde_json::to_value(&report.difference.months).unwrap(),
            json!([
                {"check_month": "2026-02-01", "live_only": 0, "replay_only": 2, "different": 0},
                {"check_month": "2026-04-01", "live_only": 0, "replay_only": 1, "different": 0},
                {"check_month": "2026-05-01", "live_only": 1, "replay_only": 0, "different": 0},
            ])
        );
        assert_eq!(
            serde_json::to_value(&report.difference.rules).unwrap(),
            json!([
                {"field": "mobile", "rule": "max_characters", "is_rejecting": true, "live": 0, "replay": 1},
                {"field": "name", "rule": "max_characters", "is_rejecting": true, "live": 6, "replay": 0},
            ])
        );
    }
    assert_eq!(hospital.database.history().await, history);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_brings_history_marts_quarantine_and_finance_along() {
    let mut hospital = hospital().await;
    let deltas = |hospital: &Hospital| -> Vec<(String, Vec<u8>)> {
        let files = hospital.files().into_iter().filter(|file| file.contains("_delta_"));
        files.map(|file| (file.clone(), std::fs::read(hospital.dir.path().join(&file)).unwrap())).collect()
    };
    let handed_over = deltas(&hospital);
    let callbacks = hospital.calls(Endpoint::Callback);
    amend(&mut hospital);
    assert!(swap(&hospital).await.is_swapped);
    hospital.database.assert_sound().await;
    assert_eq!(
        hospital.database.versions().await,
        [
            "A-1 1 booked 2026-02-03 ended",
            "A-1 2 rescheduled 2026-02-10 current",
            "LONG-1 1 booked 2026-02-03 current",
            "LONG-2 1 booked 2026-02-03 ended",
            "LONG-2 2 rescheduled 2026-04-04 current",
        ]
    );
    // The platform heard nothing. What it will deliver again stays open until then; what it never will is in quarantine now.
    assert_eq!(hospital.calls(Endpoint::Callback), callbacks);
    let open = "select serial_number || ' ' || (replay_id is not null) from etl.rejections where resolved_at is null order by 1";
    assert_eq!(hospital.database.lines(open).await, ["LONG-1 false", "LONG-2 false", "LONG-2 false", "PHONE true"]);

    // The next night: what was held back is known, and acknowledged; volumes, files and the journal follow.
    let report = hospital.run_well().await;
    assert_eq!((report.counts.received, report.counts.unchanged, report.counts.opened), (3, 3, 0));
    assert_eq!((report.pending, hospital.simulator.unacknowledged()), (0, 0));
    assert_eq!(hospital.database.lines(open).await, ["PHONE true"]);
    let stale = "select count(*)::text from etl.stale_check_dates";
    assert_eq!(hospital.database.lines(stale).await, ["0"]);
    for month in ["2026-02", "2026-04", "2026-05"] {
        let is_made =
            report.exported.iter().any(|path| path.to_str().unwrap().contains(&format!("check_month={month}")));
        assert!(is_made, "{month}: {:?}", report.exported);
    }
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;

    // A night that changes something hands over the difference; what was handed over before is as it was.
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-10","examinationFee":1.00"#)]);
    hospital.run_well().await;
    hospital.database.assert_sound().await;
    let entries = "select concat_ws(' ', serial_number, version, entry_kind, event, amount) from finance.entries
        where handoff_number = (select max(handoff_number) from finance.handoffs) order by entry_number";
    assert_eq!(
        hospital.database.lines(entries).await,
        [
            "LONG-1 1 posting corrected 7.50",
            "LONG-2 2 posting corrected 2881.00",
            "PHONE 1 reversal corrected -100.00",
            "A-1 3 adjustment amended -1999.00",
        ]
    );
    let after = deltas(&hospital);
    assert_eq!(&after[..handed_over.len()], handed_over);
    let newest = &after.last().unwrap().0;
    let text = std::fs::read_to_string(hospital.dir.path().join(newest)).unwrap();
    if newest.ends_with(".csv") {
        assert!(text.contains("更正"), "{text}");
    }
    for (file, _) in after.iter().filter(|(file, _)| file.ends_with(".csv")) {
        let path = hospital.dir.path().join(file);
        hospital.command(&["finance", "verify", path.to_str().unwrap()]).expect(0);
    }
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_stays_where_a_swap_has_put_its_reservation_into_quarantine() {
    let mut hospital = hospital().await;
    hospital.command(&["arrive", hospital.pipeline_file.to_str().unwrap(), "--serial-number", "PHONE"]).expect(0);
    let arrivals = "select concat_ws(' ', serial_number, state, kind) from warehouse.arrivals
        join etl.outbox on key = serial_number and kind = 'arrival'";
    let counted = "select coalesce(sum(arrived), 0)::text from warehouse.daily_volumes";
    hospital.run_well().await;
    let reported = hospital.database.lines(arrivals).await;
    assert_eq!(reported, ["PHONE done arrival"]);
    assert_eq!(hospital.database.lines(counted).await, ["1"]);

    amend(&mut hospital);
    assert!(swap(&hospital).await.is_swapped);
    hospital.run_well().await;
    // Confirmed is confirmed; without its reservation there is no day on which it would count.
    assert_eq!(hospital.database.lines(arrivals).await, reported);
    assert_eq!(hospital.database.lines(counted).await, ["0"]);
    assert_eq!(hospital.calls(Endpoint::Arrival), 1);
    hospital.database.assert_sound().await;

    // An arrival of after the swap has no such excuse.
    let forged = "update warehouse.arrivals set recorded_at = now() + interval '1 minute'";
    hospital.database.client.batch_execute(forged).await.unwrap();
    let ended = hospital.command(&["audit"]).expect(1);
    assert!(ended.stdout.contains("✘ arrivals are of reservations"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_waits_for_acknowledgements_and_swaps_go_one_after_the_other() {
    let mut hospital = hospital().await;
    let nothing = swap(&hospital).await;
    assert!(nothing.is_identical && !nothing.is_swapped, "without a difference there is nothing to swap");
    amend(&mut hospital);
    hospital.simulator.insert_records(vec![record("A-2", "")]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1000);
    hospital.run().await;
    let error = try_replay(&hospital, ReplayGoal::Swap).await.unwrap_err();
    assert_eq!(error.guidance().exit_code, ExitCode::Failed);
    assert!(error.chain().contains("pending: the history cannot be swapped until"), "{}", error.chain());
    hospital.simulator.disarm();
    hospital.run_well().await;

    // Stopped at its last step, nothing is changed; the next one swaps.
    let before = hospital.database.history().await;
    let stopped = replay_until(&hospital, ReplayGoal::Swap, ReplayStep::Swapped.name()).await.unwrap_err();
    assert_eq!(stopped.guidance().exit_code, ExitCode::Temporary);
    assert_eq!(hospital.database.history().await, before);
    hospital.database.assert_sound().await;
    assert!(swap(&hospital).await.is_swapped);
    let swapped = hospital.database.history().await;
    assert_ne!(swapped, before);

    // Again there is no difference; by another contract there is.
    assert!(compare(&hospital).await.is_identical);
    hospital.redefine_contract(|_| {
        SHIPPED.replace(
            "[fields.name]\ntype = \"text\"\nmax_characters = 20",
            "[fields.name]\ntype = \"text\"\nmax_characters = 25",
        )
    });
    // With PHONE accepted again.
    assert!(swap(&hospital).await.is_swapped);
    let resolved = "select (resolved_at is not null)::text from etl.rejections where serial_number = 'PHONE'";
    assert_eq!(hospital.database.lines(resolved).await, ["true"]);
    hospital.database.assert_sound().await;
    hospital.run_well().await;
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_shows_the_difference_and_swaps() {
    let mut hospital = hospital().await;
    let replay = |hospital: &Hospital, options: &[&str]| {
        let mut command = hospital.tijian();
        let file = hospital.pipeline_file.to_str().unwrap();
        command.env("DATABASE_URL", &hospital.database.owner_url).args(["replay", file]).args(options);
        end(command)
    };
    let identical = replay(&hospital, &[]).expect(0);
    assert_eq!(
        identical.stdout,
        "demo: 2 deliveries replayed, 3 versions\nidentical to the live history, row for row\n"
    );
    amend(&mut hospital);
    let different = replay(&hospital, &[]).expect(1);
    assert_eq!(
        different.stdout,
        "demo: 2 deliveries replayed, 5 versions
4 versions differ
  2026-02: 0 only live, 2 only in the replay, 0 different
  2026-04: 0 only live, 1 only in the replay, 0 different
  2026-05: 1 only live, 0 only in the replay, 0 different
  LONG-1 version 1: only in the replay
  LONG-2 version 1: only in the replay
  LONG-2 version 2: only in the replay
  PHONE version 1: only live
by today's contract, newly accepted records: 3; newly refused: 1
  mobile max_characters: 1 rejected, before 0
  name max_characters: 0 rejected, before 6
`tijian replay … --swap` replaces the live history with it: back up the database first, there is no other way back
"
    );
    assert!(!format!("{different:?}").contains(LONG));
    assert_snapshot("replay-zh", &replay(&hospital, &["--lang", "zh"]).expect(1).stdout, &[]);
    let swapped = replay(&hospital, &["--swap", "--output", "json"]).expect(0).json();
    let report = &swapped["replays"][0];
    assert_eq!(
        (&report["is_swapped"], &report["differing"], &report["newly_refused"]),
        (&json!(true), &json!(4), &json!(1))
    );
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ignored_since_makes_one_refused_record_of_several() {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    for time in [1, 2] {
        let time = format!(r#""updateTime":{time}"#);
        let refused = record("BAD", &format!(r#"{time},"checkDate":"2026-02-30""#));
        hospital.simulator.insert_records(vec![record("A-1", &time), refused]);
        hospital.run_well().await;
    }
    let rows = "select concat_ws(' ', serial_number, attempts, coalesce(resolution, 'open')) from etl.rejections
        order by rejection_id";
    assert_eq!(hospital.database.lines(rows).await, ["BAD 1 open", "BAD 1 open"]);
    hospital.redefine(|text| text.replace("on_reject = \"ack\"", "on_reject = \"ack\"\nignore = [\"updateTime\"]"));
    assert!(swap(&hospital).await.is_swapped, "one version instead of two");
    // Nothing was loaded of them: what is said to be would stand in the way of a replay from the middle on.
    assert_eq!(hospital.database.lines(rows).await, ["BAD 1 superseded", "BAD 1 superseded", "BAD 2 open"]);
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;
}
