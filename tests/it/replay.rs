//! The history rebuilt from the landed deliveries: identical where nothing was changed; and where the contract was, the
//! difference is shown, and swapped in with all that depends on it.

mod discarded;
mod erased;
mod files;
mod keys;
mod retries;
mod swap;
mod undone;

use tijian::failure::{RunError, Stopped};
use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault};
use tijian::upkeep::{ReplayExtent, ReplayGoal, ReplayPlace, ReplayReport, ReplayStep, replay};
use tijian::warehouse::Warehouse;

use crate::support::{Hospital, TestDatabase, end_after_input, eventful_hospital, marked_record, record, tell_night};

/// The warehouse as the schema's owner has it.
async fn owner(hospital: &Hospital) -> Warehouse {
    Warehouse::connect(&hospital.database.owner_url).await.unwrap()
}

async fn try_replay(hospital: &Hospital, extent: impl Into<ReplayExtent>) -> Result<ReplayReport, RunError> {
    replay_until(hospital, extent, "").await
}

/// Replays, and stops after the first step of this name.
async fn replay_until(
    hospital: &Hospital,
    extent: impl Into<ReplayExtent>,
    last: &str,
) -> Result<ReplayReport, RunError> {
    let site_key = hospital.settings.site_key().unwrap();
    let owner = owner(hospital).await;
    let place = ReplayPlace { warehouse: &owner, settings: &hospital.settings, site_key: &site_key };
    let on_step = move |step: ReplayStep| if step.name() == last { Err(Stopped) } else { Ok(()) };
    replay(&hospital.pipeline, place, extent.into(), &on_step).await
}

/// Replays and compares; it must go well.
async fn compare(hospital: &Hospital) -> ReplayReport {
    try_replay(hospital, ReplayGoal::Compare).await.unwrap_or_else(|error| panic!("{}", error.chain()))
}

/// Replays and swaps; it must go well.
async fn swap(hospital: &Hospital) -> ReplayReport {
    try_replay(hospital, ReplayGoal::Swap).await.unwrap_or_else(|error| panic!("{}", error.chain()))
}

/// The replay, twice, gives the live history row for row, and the ledger's counts.
async fn assert_identical(hospital: &Hospital) {
    let history = hospital.database.history().await;
    for _ in 0..2 {
        let report = compare(hospital).await;
        assert!(report.is_identical && report.differing == 0, "{report:#?}");
        assert_eq!(report.difference.rules, [], "{report:#?}");
        assert_eq!(report.versions as usize, history.len());
    }
    // Not by the program's own comparison only.
    for (live, shadow) in [
        (
            "select to_jsonb(live)::text from warehouse.reservation_versions as live order by 1",
            "select (to_jsonb(shadow) || jsonb_build_object('recorded_at', delivery.recorded_at))::text
            from replay.reservation_versions as shadow join etl.deliveries as delivery using (delivery_id) order by 1",
        ),
        (
            "select (to_jsonb(live) - array['run_id', 'effective_at', 'effective_source', 'received_at', 'landing_file',
                'body_bytes', 'recorded_at', 'is_retry', 'platform_at'])::text from etl.deliveries as live order by 1",
            "select to_jsonb(shadow)::text from replay.deliveries as shadow order by 1",
        ),
        (
            "select to_jsonb(live)::text from etl.batches as live order by 1",
            "select to_jsonb(shadow)::text from replay.batches as shadow order by 1",
        ),
        (
            "select to_jsonb(live)::text from etl.delivery_problems as live order by 1",
            "select to_jsonb(shadow)::text from replay.delivery_problems as shadow order by 1",
        ),
    ] {
        assert_eq!(hospital.database.lines(live).await, hospital.database.lines(shadow).await, "{shadow}");
    }
    assert_eq!(hospital.database.history().await, history);
    hospital.database.assert_sound().await;
}

/// Invariant: A replay of the landed deliveries gives the same history, row for row.
/// Held by: the same decoder, contract, planner and statements (one text for the live tables and the shadow); the
/// ledger has what a night read from outbox and clock; records of a retry are checked where they were delivered.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_change_of_the_contract_a_replay_is_identical_row_for_row() {
    let hospital = eventful_hospital(TestDatabase::create().await, 7).await;
    for night in 0..7 {
        tell_night(&hospital, night);
        if night == 2 {
            // Everything of this night comes again in the next one, whose callbacks fail first, too.
            hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1000);
        }
        if night == 4 {
            hospital.simulator.disarm();
        }
        hospital.run().await;
        if night % 3 == 0 {
            hospital.run().await;
        }
    }
    let told = "select count(*)::text from etl.unconfirmed_reservations where confirmed_by is not null";
    assert_ne!(hospital.database.lines(told).await, ["0"], "states came again");
    let adjusted = "select (sum(adjusted) > 0 and sum(rejected) > 0)::text from etl.deliveries";
    assert_eq!(hospital.database.lines(adjusted).await, ["true"], "the clock went back, records were refused");
    assert_identical(&hospital).await;
    // A night after a replay goes on as ever.
    tell_night(&hospital, 7);
    hospital.run_well().await;
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn states_that_came_again_are_told_from_those_that_returned_as_they_were_then() {
    let hospital = Hospital::new().await;
    let (a, b) = (|| record("A-1", ""), || record("A-1", r#""checkDate":"2026-02-05""#));
    // A, B, whose callback is lost; the same again, with C.
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1000);
    hospital.simulator.insert_records(vec![a(), b()]);
    hospital.run().await;
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-06""#)]);
    hospital.run().await;
    hospital.simulator.disarm();
    // Drained, and back to A, B: two versions more.
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![a(), b()]);
    hospital.run_well().await;
    assert_eq!(hospital.database.versions().await.len(), 5);
    // Held back by a third state that is refused, beside one that is unchanged and not held.
    hospital.simulator.insert_records(vec![b(), record("A-1", r#""checkDate":"2026-03-05""#), a()]);
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-30""#), record("B-1", "")]);
    hospital.simulator.insert_records(vec![record("B-1", ""), record("B-1", r#""orderStatus":5"#)]);
    for _ in 0..2 {
        hospital.run_well().await;
    }
    hospital.simulator.insert_records(vec![record("B-1", ""), record("B-1", r#""orderStatus":5"#), a()]);
    hospital.run_well().await;
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_the_owners_holds_the_account_and_changes_nothing_where_it_is_stopped() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    // The loader may not.
    let site_key = hospital.settings.site_key().unwrap();
    let loader =
        ReplayPlace { warehouse: &hospital.database.warehouse, settings: &hospital.settings, site_key: &site_key };
    let refused = replay(&hospital.pipeline, loader, ReplayGoal::Compare.into(), &|_| Ok(())).await.unwrap_err();
    assert!(refused.chain().contains("may not replay deliveries"), "{}", refused.chain());
    assert_eq!(refused.guidance().exit_code, ExitCode::Failed);

    // Nor anybody while a run is under way, and no run meanwhile.
    let held = hospital.database.warehouse.lock_account("demo").await.unwrap().expect("nobody else holds it");
    let locked = try_replay(&hospital, ReplayGoal::Compare).await.unwrap_err();
    assert_eq!(locked.guidance().exit_code, ExitCode::Locked);
    held.release().await;

    compare(&hospital).await;
    hospital.simulator.insert_records(vec![record("A-1", r#""orderStatus":5"#)]);
    hospital.run_well().await;
    let shadow = "select count(*)::text from replay.reservation_versions";
    // After the swap is another test's: here there is none.
    for last in ReplayStep::NAMES.iter().filter(|name| **name != ReplayStep::Swapped.name()) {
        let stopped = replay_until(&hospital, ReplayGoal::Compare, last).await.unwrap_err();
        assert_eq!(stopped.guidance().exit_code, ExitCode::Temporary);
        // The shadow of before, whole.
        assert_eq!(hospital.database.lines(shadow).await, ["1"]);
    }
    assert_identical(&hospital).await;
}

/// Invariant: A replay reads everything that was committed, unchanged, brings no erased person back, and changes
/// nothing before it is swapped in.
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_identity_does_not_come_back() {
    let hospital = Hospital::new().await;
    let number = "11010519491231002X";
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("M-2", r#""checkDate":"2026-03-04""#),
        record("OTHER", r#""idcard":"11010519491231010X""#),
        // Refused, and accepted by the contract that comes.
        marked_record("M-3", r#""dataSources":"123456789012345678901""#),
    ]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![marked_record("M-1", r#""orderStatus":5"#)]);
    hospital.run_well().await;
    let erase = |hospital: &Hospital| {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
        end_after_input(command, number).expect(0);
    };
    compare(&hospital).await;
    erase(&hospital);
    let shadow = "select count(*)::text from replay.reservation_versions";
    assert_eq!(hospital.database.lines(shadow).await, ["0"], "a shadow does not outlive an erasure");
    assert_identical(&hospital).await;
    // Delivered again, it is a new version; erased again, both are gone.
    hospital.simulator.insert_records(vec![marked_record("M-2", r#""checkDate":"2026-03-04""#)]);
    hospital.run_well().await;
    assert_eq!(hospital.database.lines("select max(version)::text from warehouse.reservation_versions").await, ["2"]);
    assert_identical(&hospital).await;
    erase(&hospital);
    assert_identical(&hospital).await;

    // Nor by a contract that accepts what was refused, nor by a swap.
    let mut hospital = hospital;
    hospital.redefine_contract(|text| {
        text.replace(
            "[fields.dataSources]\ntype = \"text\"\nmax_characters = 20",
            "[fields.dataSources]\ntype = \"text\"\nmax_characters = 30",
        )
    });
    let report = swap(&hospital).await;
    assert!(report.is_swapped && report.difference.deliveries_refused_otherwise > 0, "{report:#?}");
    for table in ["warehouse.reservation_versions", "replay.reservation_versions", "etl.rejections"] {
        let rows = hospital.database.lines(&format!("select t::text from {table} as t")).await.join("\n");
        for gone in ["标记姓名", "MARKED-CARD", number, "13912345678", "MARKED-EXTRA"] {
            assert!(!rows.contains(gone), "{gone} is in {table}");
        }
    }
    let came_back =
        "select serial_number from warehouse.reservation_versions where serial_number = 'M-3' and version = 1";
    assert_eq!(hospital.database.lines(came_back).await, ["M-3"], "the reservation counts, without its person");
    hospital.database.assert_sound().await;
}
