//! Whether all is well: every account's last run, and that something still moves.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::guidance::ExitCode;

/// Longest time from one step of a round to the next that is taken for work. A first delivery of ten million reservations
/// pulls, loads and exports in minutes each; a slow line may need an hour for one. A restart loses nothing but time.
const SILENCE_MAX: Duration = Duration::from_secs(2 * 60 * 60);

/// The state of a process that keeps running.
pub struct Health(Mutex<State>);

struct State {
    /// The next sign of life comes before that.
    due: Instant,
    codes: BTreeMap<String, ExitCode>,
}

impl Default for Health {
    fn default() -> Health {
        Health(Mutex::new(State { due: Instant::now() + SILENCE_MAX, codes: BTreeMap::new() }))
    }
}

impl Health {
    /// A sign of life, in the middle of work.
    pub fn beat(&self) {
        self.expect_silence(Duration::ZERO);
    }

    /// A sign of life, before a pause that may take this long.
    pub fn expect_silence(&self, pause: Duration) {
        self.state().due = Instant::now() + SILENCE_MAX + pause;
    }

    /// How an account's run has ended.
    pub fn observe(&self, account: &str, code: ExitCode) {
        self.state().codes.insert(account.to_owned(), code);
    }

    /// Something has happened within the time that it may take.
    pub fn is_alive(&self) -> bool {
        Instant::now() < self.state().due
    }

    /// The problems, one line each. An account whose first run is still under way has none.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.is_alive() {
            problems.push("no step was done for two hours".to_owned());
        }
        let state = self.state();
        let ill = state.codes.iter().filter(|(_, code)| !code.is_success());
        problems.extend(ill.map(|(account, code)| format!("account {account}: exit status {}", code.status())));
        problems
    }

    /// Nothing that holds the lock can panic half-way: what a poisoned one guards is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_well_when_its_last_run_loaded_everything_that_could_be() {
        let health = Health::default();
        assert!(health.problems().is_empty(), "nothing has run yet");
        for (code, is_well) in [
            (ExitCode::Good, true),
            (ExitCode::Quarantined, true),
            (ExitCode::Pending, true),
            (ExitCode::Locked, false),
            (ExitCode::Temporary, false),
            (ExitCode::Failed, false),
            (ExitCode::Definition, false),
        ] {
            health.observe("b", ExitCode::Good);
            health.observe("a", code);
            assert_eq!(health.problems().is_empty(), is_well, "{code:?}");
        }
        assert_eq!(health.problems(), ["account a: exit status 2"]);
    }

    #[test]
    fn silence_beyond_what_work_may_take_is_told() {
        let health = Health::default();
        health.state().due = Instant::now();
        assert!(!health.is_alive());
        assert_eq!(health.problems(), ["no step was done for two hours"]);
        health.expect_silence(Duration::from_secs(600));
        assert!(health.is_alive() && health.problems().is_empty());
    }
}
