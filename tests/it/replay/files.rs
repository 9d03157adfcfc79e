//! The files that a replay takes: those of committed deliveries, sealed, whole, and no others.
//!
//! Invariant: A replay reads everything that was committed, unchanged, brings no erased person back, and changes
//! nothing before it is swapped in.
//! Held by: the ledger's list; the seal, bytes, records and time of each file; erasures repeated in their place; one
//! transaction.

use std::path::PathBuf;

use tijian::failure::{ReplayError, RunError};
use tijian::guidance::{ExitCode, Remedy};
use tijian::landing::{LandedDelivery, Landing};
use tijian::seal::LandingKey;
use tijian::upkeep::{ReplayExtent, ReplayGoal};

use super::{assert_identical, compare, try_replay};
use crate::support::{Hospital, TestDatabase, eventful_hospital, record, tell_night};

/// Three nights, each with a change.
async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    for date in 1..=3 {
        hospital.simulator.insert_records(vec![record("A-1", &format!(r#""checkDate":"2026-03-0{date}""#))]);
        hospital.run_well().await;
    }
    hospital
}

fn landed(hospital: &Hospital) -> Vec<LandedDelivery> {
    let key = LandingKey::derive(&[7; 32]);
    Landing::open(&hospital.pipeline.landing.dir, "demo", key).unwrap().deliveries().unwrap()
}

fn paths(hospital: &Hospital) -> Vec<PathBuf> {
    landed(hospital).into_iter().map(|delivery| delivery.path).collect()
}

/// Refused with these words, without a change; with the file of before, all is well.
async fn assert_refused(hospital: &Hospital, words: &[&str]) {
    let shadow = "select to_jsonb(replayed)::text from etl.replays as replayed";
    let before = hospital.database.lines(shadow).await;
    for extent in [ReplayGoal::Compare, ReplayGoal::Swap] {
        let error = try_replay(hospital, extent).await.unwrap_err();
        assert_eq!(error.guidance().exit_code, ExitCode::Failed);
        let chain = error.chain();
        assert!(words.iter().all(|word| chain.contains(word)), "{words:?}: {chain}");
    }
    assert_eq!(hospital.database.lines(shadow).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_named_and_nothing_is_changed() {
    let hospital = hospital().await;
    compare(&hospital).await;
    let paths = paths(&hospital);
    let kept: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    std::fs::remove_file(&paths[1]).unwrap();
    std::fs::remove_file(&paths[2]).unwrap();
    let name = paths[1].file_name().unwrap().to_str().unwrap();
    assert_refused(&hospital, &["2 of 3 deliveries", "delivery 2", name]).await;
    let error = try_replay(&hospital, ReplayGoal::Compare).await.unwrap_err();
    assert!(matches!(error, RunError::Replay(ReplayError::Missing { .. })), "{error}");
    assert_eq!(error.guidance().remedy, Some(Remedy::RestoreOldDeliveries));
    for (path, bytes) in paths.iter().zip(&kept) {
        std::fs::write(path, bytes).unwrap();
    }
    assert_identical(&hospital).await;
    // A folder that is not there has none of them.
    std::fs::remove_dir_all(&hospital.pipeline.landing.dir).unwrap();
    assert_refused(&hospital, &["3 of 3 deliveries", "delivery 1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_a_cut_and_a_foreign_file_are_refused() {
    let hospital = hospital().await;
    let paths = paths(&hospital);
    let whole = std::fs::read(&paths[1]).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    let name = paths[1].file_name().unwrap().to_str().unwrap();
    for bytes in [changed, whole[..whole.len() - 7].to_vec(), std::fs::read(&paths[0]).unwrap(), Vec::new()] {
        std::fs::write(&paths[1], bytes).unwrap();
        assert_refused(&hospital, &[name, "changed or truncated"]).await;
    }
    std::fs::write(&paths[1], whole).unwrap();
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_delivery_under_the_right_seal_is_told_by_the_ledger() {
    let hospital = hospital().await;
    for (column, change, what) in [
        ("body_bytes", "body_bytes + 1", "its bytes"),
        ("effective_at", "effective_at + interval '1 second'", "its time"),
    ] {
        let update = format!("update etl.deliveries set {column} = {change} where delivery_id = 2");
        hospital.database.client.batch_execute(&update).await.unwrap();
        assert_refused(&hospital, &["delivery 2", what, "the ledger says"]).await;
        let undo = update.replace('+', "-");
        hospital.database.client.batch_execute(&undo).await.unwrap();
    }
    let records = "update etl.deliveries set received = received + 1, rejected = rejected + 1 where delivery_id = 2";
    hospital.database.client.batch_execute(records).await.unwrap();
    assert_refused(&hospital, &["delivery 2", "its records"]).await;
    hospital.database.client.batch_execute(&records.replace('+', "-")).await.unwrap();
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_landed_and_was_never_committed_is_not_replayed() {
    let hospital = hospital().await;
    hospital.simulator.insert_records(vec![record("B-1", "")]);
    hospital.run_until("landed", 1).await;
    assert_eq!(landed(&hospital).len(), 4);
    assert_identical(&hospital).await;
    hospital.run_well().await;
    assert_eq!(landed(&hospital).len(), 5);
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_old_files_are_gone_a_replay_begins_with_the_live_history_of_then() {
    let mut hospital = eventful_hospital(TestDatabase::create().await, 3).await;
    for night in 0..5 {
        tell_night(&hospital, night);
        hospital.run_well().await;
    }
    for path in &paths(&hospital)[..2] {
        std::fs::remove_file(path).unwrap();
    }
    assert_refused(&hospital, &["2 of 5 deliveries", "delivery 1", "from delivery 3 on, all are present"]).await;
    let from = |goal, from| ReplayExtent { goal, from: Some(from) };
    let gone = try_replay(&hospital, from(ReplayGoal::Compare, 99)).await.unwrap_err();
    assert!(gone.chain().contains("no delivery 99"), "{}", gone.chain());
    let identical = try_replay(&hospital, from(ReplayGoal::Compare, 3)).await.unwrap();
    assert!(identical.is_identical && identical.deliveries == 3, "{identical:#?}");

    // What is older stays as it is, by another contract, too.
    let older = "select concat_ws(' ', serial_number, version, valid_from, fingerprint, recorded_at)
        from warehouse.reservation_versions where delivery_id < 3 order by 1";
    let open =
        "select rejection_id::text from etl.rejections where last_delivery_id < 3 and resolved_at is null order by 1";
    let before = (hospital.database.lines(older).await, hospital.database.lines(open).await);
    hospital.redefine_contract(|text| {
        text.replace(
            "[fields.name]\ntype = \"text\"\nmax_characters = 20",
            "[fields.name]\ntype = \"text\"\nmax_characters = 2",
        )
    });
    let swapped = try_replay(&hospital, from(ReplayGoal::Swap, 3)).await.unwrap();
    assert!(swapped.is_swapped && swapped.difference.newly_refused > 0, "{swapped:#?}");
    assert_eq!((hospital.database.lines(older).await, hospital.database.lines(open).await), before);
    hospital.database.assert_sound().await;
    hospital.run_well().await;
    hospital.database.assert_sound().await;
}
