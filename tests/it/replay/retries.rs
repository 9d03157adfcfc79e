//! What a retry has loaded out of the quarantine: a replay judges it where it was delivered, and a swap moves it there.
//!
//! Invariant: A replay of the landed deliveries gives the same history, row for row.

use tijian::failure::Stopped;
use tijian::guidance::ExitCode;
use tijian::night::Step;
use tijian::simulator::{Endpoint, Fault};
use tijian::upkeep::{ReplayExtent, ReplayGoal};

use super::{assert_identical, compare, swap, try_replay};
use crate::support::{Hospital, end_after_input, record};

/// Refused until the contract is loosened.
pub(super) fn long_named(serial_number: &str, changes: &str) -> String {
    record(serial_number, &format!(r#""name":"{}"{changes}"#, "长".repeat(25)))
}

pub(super) fn loosen(hospital: &mut Hospital) {
    hospital.redefine_contract(|text| {
        text.replace(
            "[fields.name]\ntype = \"text\"\nmax_characters = 20",
            "[fields.name]\ntype = \"text\"\nmax_characters = 60",
        )
    });
}

pub(super) fn quarantine(hospital: &Hospital, arguments: &[&str], code: i32) {
    let mut command = hospital.tijian();
    command.arg("quarantine").args(arguments).arg(&hospital.pipeline_file);
    end_after_input(command, "").expect(code);
}

/// A good state and a refused one, another refused one, the retry that loads both, and a night after it.
async fn retried_hospital() -> Hospital {
    let mut hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![
        record("A-1", ""),
        long_named("A-1", r#","checkDate":"2026-03-05""#),
        long_named("B-1", r#","examinationFee":7.50"#),
        record("C-1", r#""checkDate":"2026-02-30""#),
    ]);
    hospital.run_well().await;
    loosen(&mut hospital);
    quarantine(&hospital, &["retry"], 3);
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-04-05""#)]);
    hospital.run_well().await;
    hospital
}

/// `delivery_id is_retry received accepted rejected opened`.
const LEDGER: &str = "select concat_ws(' ', delivery_id, is_retry, received, accepted, rejected, opened)
    from etl.deliveries order by delivery_id";

/// The contents of the history, and when they counted, whichever delivery is said to have brought them.
const CONTENTS: &str = "select concat_ws(' ', serial_number, version, valid_from, valid_to, fingerprint)
    from warehouse.reservation_versions order by 1";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_retry_has_loaded_is_moved_by_a_swap_to_the_delivery_that_it_came_in() {
    let hospital = retried_hospital().await;
    hospital.database.assert_sound().await;
    assert_eq!(hospital.database.lines(LEDGER).await, ["1 f 4 1 3 1", "2 t 2 2 0 2", "3 f 4 3 1 0", "4 f 2 1 1 1"]);
    let contents = hospital.database.lines(CONTENTS).await;
    let handoffs = "select to_jsonb(handoff)::text from finance.handoffs as handoff order by 1";
    let entries = "select to_jsonb(entry)::text from finance.entries as entry order by 1";
    let outbox = "select to_jsonb(owed)::text from etl.outbox as owed order by 1";
    let kept = async || {
        let database = &hospital.database;
        (database.lines(handoffs).await, database.lines(entries).await, database.lines(outbox).await)
    };
    let arrive = ["arrive", hospital.pipeline_file.to_str().unwrap(), "--serial-number", "B-1"];
    hospital.command(&arrive).expect(0);
    let before = kept().await;

    for _ in 0..2 {
        let report = compare(&hospital).await;
        let difference = &report.difference;
        let different: Vec<(String, Vec<&str>)> = (difference.differing_versions.iter())
            .map(|version| {
                let name = format!("{} {} {}", version.serial_number, version.version, version.kind);
                (name, version.columns.iter().map(String::as_str).collect())
            })
            .collect();
        let columns = vec!["delivery_id", "recorded_at"];
        assert_eq!(
            different,
            [("A-1 2 different".to_owned(), columns.clone()), ("B-1 1 different".to_owned(), columns)]
        );
        assert_eq!((difference.newly_accepted, difference.newly_refused), (0, 0), "{report:#?}");
        assert_eq!((report.deliveries, report.versions, difference.deliveries_refused_otherwise), (3, 4, 1));
    }
    let report = swap(&hospital).await;
    assert!(report.is_swapped);
    assert_eq!(hospital.database.lines(LEDGER).await, ["1 f 4 3 1 3", "2 t 0 0 0 0", "3 f 4 3 1 0", "4 f 2 1 1 1"]);
    assert_eq!(hospital.database.lines(CONTENTS).await, contents);
    assert_eq!(kept().await, before, "neither finance nor the platform is told anything");
    assert_eq!(hospital.database.lines("select count(*)::text from finance.corrections").await, ["0"]);
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;

    // A night after it goes on as ever: only the held record comes again.
    let night = hospital.run_well().await;
    assert_eq!((night.counts.received, night.counts.opened, night.pending), (1, 0, 0));
    let arrived = "select sum(arrived)::text from warehouse.daily_volumes";
    assert_eq!(hospital.database.lines(arrived).await, ["1"]);
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_contract_refuses_again_is_in_quarantine_again_and_what_came_again_opens_nothing() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(1);
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-1", r#""mobile":"1""#), long_named("A-1", "")]);
    hospital.run_well().await;
    hospital.run_well().await;
    loosen(&mut hospital);
    // All three states come again, in a night that knows of the retry.
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1000);
    quarantine(&hospital, &["retry"], 4);
    let night = hospital.run().await;
    assert_eq!((night.counts.received, night.counts.opened), (3, 0));
    hospital.simulator.disarm();
    hospital.run_well().await;
    let known =
        "select concat_ws(' ', serial_number, since_version, confirmed_by is null) from etl.unconfirmed_reservations";
    assert_eq!(hospital.database.lines(known).await, ["A-1 1 f"], "remembered over the retry until it was confirmed");
    assert_eq!(hospital.database.lines(CONTENTS).await.len(), 3);
    assert!(swap(&hospital).await.is_swapped);
    assert_eq!(hospital.database.lines(CONTENTS).await.len(), 3);
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;

    // The contract of before refuses it again.
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/contracts/reservation.toml");
    hospital.redefine(|text| text.replace("contract.toml", shipped));
    let report = swap(&hospital).await;
    assert!(report.is_swapped, "{report:#?}");
    let resolutions = "select concat_ws(' ', serial_number, resolution, resolved_at is null, replay_id is null)
        from etl.rejections order by 1";
    assert_eq!(hospital.database.lines(resolutions).await, ["A-1 t f"]);
    assert_eq!(hospital.database.lines(CONTENTS).await.len(), 2);
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;
    hospital.run_well().await;
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_between_a_retry_and_its_handoff_hands_every_fee_over_once() {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.simulator.insert_records(vec![record("A-1", ""), long_named("B-1", r#","examinationFee":7.50"#)]);
    hospital.run_well().await;
    loosen(&mut hospital);
    let retry = hospital.retry_with(&|step| if step == Step::Committed { Err(Stopped) } else { Ok(()) }).await;
    assert_eq!(retry.settled.counts.opened, 1);
    let handed_over = "select max(last_delivery_id)::text from finance.handoffs";
    assert_eq!(hospital.database.lines(handed_over).await, ["1"]);

    assert!(swap(&hospital).await.is_swapped);
    hospital.database.assert_sound().await;
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("C-1", r#""examinationFee":1.00"#)]);
    hospital.run_well().await;
    let entries = "select concat_ws(' ', serial_number, entry_kind, amount) from finance.entries order by entry_number";
    assert_eq!(hospital.database.lines(entries).await, ["A-1 posting 2881.00", "B-1 posting 7.50", "C-1 posting 1.00"]);
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_does_not_begin_between_a_record_and_the_retry_that_has_loaded_it() {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.simulator.insert_records(vec![long_named("B-1", "")]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    loosen(&mut hospital);
    quarantine(&hospital, &["retry"], 0);
    for goal in [ReplayGoal::Compare, ReplayGoal::Swap] {
        for (from, words) in [(2, "a retry after delivery 2"), (3, "no delivery 3")] {
            let error = try_replay(&hospital, ReplayExtent { goal, from: Some(from) }).await.unwrap_err();
            assert_eq!(error.guidance().exit_code, ExitCode::Failed);
            assert!(error.chain().contains(words), "{}", error.chain());
        }
    }
    let from_first = ReplayExtent { goal: ReplayGoal::Swap, from: Some(1) };
    assert!(try_replay(&hospital, from_first).await.unwrap().is_swapped);
    hospital.database.assert_sound().await;
    // The retry counts for nothing since.
    let from_second = ReplayExtent { goal: ReplayGoal::Compare, from: Some(2) };
    assert!(try_replay(&hospital, from_second).await.unwrap().is_identical);
    assert_identical(&hospital).await;
}
