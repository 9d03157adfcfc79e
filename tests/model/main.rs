//! The protocol of pulling, committing and acknowledging as a model, looked at in every world that it can come to.
//!
//! `docs/protocol.md` says in words what these tests say. The model knows changes at any moment, crashes after every step,
//! lost answers and callbacks, backups restored and standbys promoted at any moment, refused records, and both readings of
//! both callbacks. It does not know arrivals, retries from quarantine, several batches in one delivery, or a landing folder
//! that has lost files.
//!
//! A test that asserts `holds` has looked at every world. One that asserts `breaks` shows that the model would have seen it.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a claim that is not true fails its test, and its story is shown"
)]

mod properties;
mod protocol;
mod rules;
mod steps;
mod world;

use stateright::{Checker, HasDiscoveries, Model};

use properties::{ALL_TAKEN_OVER, CLAIMS, DATABASE_BEHIND, IN_ORDER, KIND_NIGHT, NOTHING_LOST, OWN_SESSION};
use rules::{Marks, Recovery, Rules};
use steps::Protocol;

/// Of each check. CI has two cores, and the test runner has several checks under way.
const THREADS: usize = 2;

/// Every claim is true in every world with so many pulls. Returns how many worlds there are.
#[track_caller]
fn holds(rules: Rules, pulls: u8) -> usize {
    let checker = Protocol { rules, pulls }.checker().threads(THREADS).spawn_bfs().join();
    for claim in CLAIMS {
        if let Some(path) = checker.discovery(claim) {
            panic!("not true under {rules:?}: {claim}: {:?}", path.into_actions());
        }
    }
    for possibility in [ALL_TAKEN_OVER, DATABASE_BEHIND] {
        assert!(checker.discovery(possibility).is_some(), "never seen under {rules:?}: {possibility}");
    }
    let worlds = checker.unique_state_count();
    println!("{worlds} worlds, {} steps deep, {rules:?}", checker.max_depth());
    worlds
}

/// The claim is not true: there is a story that breaks it.
#[track_caller]
fn breaks(claim: &'static str, rules: Rules) {
    let found = HasDiscoveries::AnyOf([claim].into());
    let checker = Protocol { rules, pulls: 2 }.checker().threads(THREADS).finish_when(found).spawn_bfs().join();
    let path = checker.discovery(claim).unwrap_or_else(|| panic!("nothing breaks it under {rules:?}: {claim}"));
    println!("{rules:?}\n  {:?}", path.into_actions());
}

#[test]
fn while_nothing_changes_in_the_window_nothing_is_lost_under_any_reading() {
    for rules in [Rules::STRICT, Rules { single: Marks::Delivered, ..Rules::STRICTEST }] {
        holds(rules, 2);
        holds(Rules { singles_only: true, ..rules }, 2);
    }
    // Both callbacks read as unkindly as can be, and a third pull.
    assert!(holds(Rules::STRICTEST, 3) > 900_000);
}

#[test]
fn nothing_is_lost_where_callbacks_mark_what_was_delivered() {
    holds(Rules { singles_only: true, ..Rules::KIND }, 2);
    assert!(holds(Rules::KIND, 3) > 1_000_000);
}

#[test]
fn nothing_is_lost_by_a_second_copy_of_the_database() {
    holds(Rules { copies: 2, ..Rules::KIND }, 2);
    holds(Rules { copies: 2, ..Rules::STRICTEST }, 2);
}

#[test]
fn a_delivery_without_refused_records_has_no_window_where_batch_callbacks_mark_what_was_delivered() {
    let rules = Rules { changes_in_window: true, ..Rules::STRICT };
    holds(Rules { refused_records: false, ..rules }, 2);
    // Not even for a callback that acts when its run is long over.
    holds(Rules { refused_records: false, late_callbacks: true, ..rules }, 2);
    breaks(NOTHING_LOST, rules);
}

#[test]
fn no_client_is_safe_where_a_callback_marks_the_reservation_and_it_changes_in_the_window() {
    breaks(NOTHING_LOST, Rules { changes_in_window: true, ..Rules::STRICT });
    breaks(NOTHING_LOST, Rules { changes_in_window: true, refused_records: false, ..Rules::STRICTEST });
    let singles = Rules { changes_in_window: true, refused_records: false, singles_only: true, ..Rules::STRICT };
    breaks(NOTHING_LOST, singles);
}

#[test]
fn no_client_is_safe_where_a_single_callback_acts_when_nobody_waits_for_it_any_more() {
    breaks(NOTHING_LOST, Rules { late_callbacks: true, ..Rules::STRICT });
    // Read kindly, it marks what a later answer delivered, which did not reach the hospital's disk.
    breaks(NOTHING_LOST, Rules { late_callbacks: true, ..Rules::KIND });
}

#[test]
fn callbacks_of_an_earlier_run_sent_before_the_pull_lose_changes() {
    // Also where no backup is ever restored. (Read kindly, it takes an answer that did not reach the hospital's disk.)
    for kind in [Rules::KIND, Rules::STRICT, Rules::STRICTEST] {
        let rules = Rules { drains_first: true, copies: 0, ..kind };
        breaks(NOTHING_LOST, rules);
        breaks(OWN_SESSION, rules);
    }
}

#[test]
fn without_recovery_a_restored_backup_loses_what_was_acknowledged_since() {
    for kind in [Rules::KIND, Rules::STRICT, Rules::STRICTEST] {
        let rules = Rules { recovery: Recovery::Never, ..kind };
        breaks(NOTHING_LOST, rules);
        breaks(KIND_NIGHT, rules);
    }
}

#[test]
fn recovery_after_the_new_delivery_opens_versions_out_of_order() {
    breaks(IN_ORDER, Rules { recovery: Recovery::AfterLoad, ..Rules::KIND });
}

#[test]
fn callbacks_before_the_landing_folders_note_of_the_commit_lose_what_a_backup_lacks() {
    breaks(NOTHING_LOST, Rules { journals_late: true, ..Rules::KIND });
}

#[test]
fn where_everything_that_landed_is_loaded_the_note_of_the_commit_is_not_needed() {
    let rules = Rules { recovery: Recovery::OfAllThatLanded, ..Rules::KIND };
    holds(rules, 2);
    holds(Rules { journals_late: true, ..rules }, 2);
}

#[test]
fn a_run_that_acknowledges_without_its_session_loses_changes() {
    let rules = Rules { acknowledges_from_memory: true, ..Rules::STRICT };
    breaks(OWN_SESSION, rules);
    breaks(NOTHING_LOST, rules);
}
