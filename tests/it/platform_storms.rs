//! Faults of the platform in random sequences, at all calls, night after night, tokens that expire in between; and keys that
//! were changed. After a quiet run everything is as if nothing had been.
//!
//! More storms, with other seeds: `TIJIAN_STORMS=100 TIJIAN_STORM_SEED=7 cargo test --locked --test it platform_storms`.
//!
//! Invariant: All states of a reservation are acknowledged together, even if a delivery spreads them over several
//! batches.

use std::sync::Mutex;

use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault};

use crate::platform::assert_each_holds;
use crate::support::{
    CommitTime, Dice, FinalState, Hospital, TestDatabase, assert_discreet,
    assert_only_committed_states_were_acknowledged, eventful_hospital, marked_record, number_from_environment,
    tell_night,
};

/// Storms in CI, each of these nights; and hospitals at work at once.
const STORMS: usize = 8;
const NIGHTS: usize = 3;
const HOSPITALS_AT_ONCE: usize = 4;

/// Calls whose answers can be bent in a run: the platform has a fourth one, which runs do not make.
const ENDPOINTS: [Endpoint; 3] = [Endpoint::Token, Endpoint::Order, Endpoint::Callback];

/// Steps after which tokens may expire.
const STEPS: [&str; 5] = ["started", "drained", "committed", "confirmed", "never"];

/// How a run may end while the platform is in trouble: never as locked, never as if a definition were wrong.
const OUTCOMES: [ExitCode; 5] =
    [ExitCode::Good, ExitCode::Failed, ExitCode::Quarantined, ExitCode::Pending, ExitCode::Temporary];

/// Every fault. Without a timestamp, the time of receipt stands in: only that one moves a history, and it has its own tests.
fn faults() -> Vec<Fault> {
    let named = Fault::names().filter(|name| !["http-<status>", "timestamp-absent"].contains(name));
    let statuses = [401, 403, 404, 429, 500, 502, 503].map(Fault::Http);
    named.map(|name| name.parse().unwrap()).chain(statuses).collect()
}

async fn hospital(seed: u64) -> Hospital {
    let mut hospital = eventful_hospital(TestDatabase::create().await, seed).await;
    hospital.redefine(|text| text.replace("timeout_seconds = 2", "timeout_seconds = 1"));
    hospital
}

fn tell(hospital: &Hospital, night: usize) {
    tell_night(hospital, night);
    hospital.simulator.insert_records(vec![marked_record(&format!("M-{night}"), "")]);
}

/// One run while the platform is in trouble.
async fn sick_run(hospital: &Hospital, dice: &mut Dice, at: &str) {
    let faults = faults();
    let armed: Vec<(Endpoint, Fault, u32)> =
        (0..=dice.below(4)).map(|_| (dice.pick(&ENDPOINTS), dice.pick(&faults), 1 + dice.below(3) as u32)).collect();
    for (endpoint, fault, times) in &armed {
        hospital.simulator.arm(*endpoint, *fault, *times);
    }
    let expires_after = dice.pick(&STEPS);
    let has_expired = Mutex::new(false);
    let report = hospital
        .run_with(&|step| {
            if step.name() == expires_after && !std::mem::replace(&mut *has_expired.lock().unwrap(), true) {
                hospital.simulator.expire_tokens();
            }
            Ok(())
        })
        .await;
    let at = format!("{at}, {armed:?}, tokens expire after {expires_after}");
    let words = hospital.words(&report).await;
    assert!(OUTCOMES.contains(&report.exit_code()), "{at}: {words}");
    assert_discreet(&words, &at);
    hospital.simulator.disarm();
}

async fn storm(seed: u64) {
    let mut dice = Dice::new(seed);
    let (stormy, calm) = (hospital(seed).await, hospital(seed).await);
    for night in 0..NIGHTS {
        let at = format!("storm {seed}, night {night}");
        tell(&stormy, night);
        tell(&calm, night);
        for _ in 0..=dice.below(3) {
            sick_run(&stormy, &mut dice, &at).await;
        }
        assert_eq!(stormy.run_well().await.exit_code(), ExitCode::Quarantined, "{at}");
        calm.run_well().await;
        let owed = "select key from etl.outbox where state = 'pending'";
        assert_eq!(stormy.database.lines(owed).await, [] as [&str; 0], "{at}");
        assert_eq!(stormy.simulator.unacknowledged(), calm.simulator.unacknowledged(), "{at}");
        FinalState::of(&stormy).await.assert_is(&FinalState::of(&calm).await, &at);
        let left = stormy.files().into_iter().filter(|file| file.ends_with(".partial") || file.contains(".tijian-"));
        assert_eq!(left.collect::<Vec<_>>(), [] as [&str; 0], "{at}");
    }
    assert_only_committed_states_were_acknowledged(&stormy, CommitTime::Begun).await;
    stormy.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_run_after_any_sequence_of_faults_leaves_no_trace_of_them() {
    let storms = number_from_environment("TIJIAN_STORMS", STORMS);
    let seed = number_from_environment("TIJIAN_STORM_SEED", 1) as u64;
    let stories = (0..storms as u64).map(|number| storm(seed * 1_000_000 + number));
    assert_each_holds(stories, storms, HOSPITALS_AT_ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_changed_fails_the_run_and_the_right_one_heals_it() {
    for (variable, value, order_says) in [
        ("ZHELIBAN_AES_KEY", "another-aes-key!", "cannot read the platform's answer from /reservation/sync/token"),
        ("ZHELIBAN_SECRET", "another-secret", "refused /reservation/sync/token with its code 50003"),
        ("ZHELIBAN_API_KEY", "another-api-key", "refused /reservation/sync/token with its code 50003"),
    ] {
        let mut changed = hospital(1).await;
        tell(&changed, 0);
        let right = changed.settings.clone();
        let wrong = right.with(&[(variable, value)]);
        // Changed before the pull, and between the commit and the acknowledgement.
        changed.settings = wrong.clone();
        let first = changed.run().await;
        assert_eq!(first.exit_code(), ExitCode::Failed, "{variable}");
        assert!(first.error.unwrap().chain().contains(order_says), "{variable}");
        assert!(changed.database.versions().await.is_empty() && changed.confirmed().is_empty(), "{variable}");
        changed.settings = right.clone();
        changed.run_until("committed", 1).await;
        changed.settings = wrong;
        let second = changed.run().await;
        assert_eq!(second.exit_code(), ExitCode::Failed, "{variable}");
        assert!(second.pending > 0 && changed.confirmed().is_empty(), "{variable}");
        assert_discreet(&changed.words(&second).await, variable);

        changed.settings = right;
        assert_eq!(changed.run_well().await.pending, 0, "{variable}");
        let calm = hospital(1).await;
        tell(&calm, 0);
        calm.run_well().await;
        FinalState::of(&changed).await.assert_is(&FinalState::of(&calm).await, variable);
        assert_only_committed_states_were_acknowledged(&changed, CommitTime::Begun).await;
        changed.database.assert_sound().await;
    }
}
