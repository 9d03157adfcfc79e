//! Re-deliveries of several states of one reservation, told from real changes.
//!
//! Until it is acknowledged, the platform delivers a reservation's changes again, all of them in order. A, B after an
//! unconfirmed A, B is the same two states and opens nothing, though A differs from the current B; A alone is a return
//! to A. So the states of such a reservation wait until it is clear how many of them repeat what the last delivery
//! brought: the longest run from its beginning that repeats the history's end. It is clear at the latest when the
//! delivery ends, and it does not matter how the delivery was cut into chunks.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::reservation::{CurrentVersion, Fingerprint, HistoryPlan, IncomingState, UnchangedState};
use crate::transform::plan_history;

/// Plans one delivery of one account, chunk by chunk.
pub struct HistoryPlanner {
    effective_at: DateTime<Utc>,
    undecided: HashMap<String, Undecided>,
    /// Reservations whose re-delivered states are past in this delivery.
    decided: HashSet<String>,
}

/// A reservation whose first states in this delivery may be known ones.
struct Undecided {
    current: CurrentVersion,
    /// Contents of the history's end, oldest first; the last one is current.
    unconfirmed: Vec<Fingerprint>,
    /// Where in `unconfirmed` a repetition may have begun.
    starts: Vec<usize>,
    states: Vec<IncomingState>,
    /// Different contents in a row among `states`.
    runs: usize,
    /// How many of `states` repeat the history's end.
    repeated: usize,
}

impl HistoryPlanner {
    /// `effective_at`: when the delivery's states take effect.
    pub fn new(effective_at: DateTime<Utc>) -> HistoryPlanner {
        HistoryPlanner { effective_at, undecided: HashMap::new(), decided: HashSet::new() }
    }

    /// Plans a chunk as [`plan_history`] does, except for states that have to wait: they are in a later plan.
    ///
    /// `unconfirmed`: of reservations of which the last delivery brought several states and is not confirmed, the
    /// fingerprints of these versions, oldest first, the current one last. All others are absent.
    pub fn plan(
        &mut self,
        incoming: Vec<IncomingState>,
        current: &HashMap<String, CurrentVersion>,
        unconfirmed: &HashMap<String, Vec<Fingerprint>>,
    ) -> HistoryPlan {
        if unconfirmed.is_empty() && self.undecided.is_empty() {
            return plan_history(incoming, current, self.effective_at);
        }
        let mut unchanged = Vec::new();
        let mut ready = Vec::with_capacity(incoming.len());
        for state in incoming {
            let serial_number = state.reservation.serial_number.as_str();
            let undecided = match self.undecided.remove(serial_number) {
                Some(undecided) => Some(undecided),
                None if self.decided.contains(serial_number) => None,
                None => current.get(serial_number).zip(unconfirmed.get(serial_number)).map(Undecided::new),
            };
            let Some(mut undecided) = undecided else {
                ready.push(state);
                continue;
            };
            let serial_number = serial_number.to_owned();
            undecided.take(state);
            if undecided.is_clear() {
                undecided.settle(&mut unchanged, &mut ready);
                self.decided.insert(serial_number);
            } else {
                self.undecided.insert(serial_number, undecided);
            }
        }
        let mut plan = plan_history(ready, current, self.effective_at);
        plan.unchanged.append(&mut unchanged);
        plan
    }

    /// Plans what has waited until the delivery's end.
    pub fn finish(self) -> HistoryPlan {
        let mut unchanged = Vec::new();
        let mut ready = Vec::new();
        let mut current = HashMap::new();
        for (serial_number, undecided) in self.undecided {
            current.insert(serial_number, undecided.current.clone());
            undecided.settle(&mut unchanged, &mut ready);
        }
        let mut plan = plan_history(ready, &current, self.effective_at);
        plan.unchanged.append(&mut unchanged);
        plan
    }
}

impl Undecided {
    fn new((current, unconfirmed): (&CurrentVersion, &Vec<Fingerprint>)) -> Undecided {
        Undecided {
            current: current.clone(),
            unconfirmed: unconfirmed.clone(),
            starts: (0..unconfirmed.len()).collect(),
            states: Vec::new(),
            runs: 0,
            repeated: 0,
        }
    }

    fn take(&mut self, state: IncomingState) {
        let is_same_again = self.states.last().is_some_and(|last| last.fingerprint == state.fingerprint);
        if !is_same_again {
            let at = self.runs;
            self.starts.retain(|start| self.unconfirmed.get(start + at) == Some(&state.fingerprint));
            self.runs += 1;
        }
        self.states.push(state);
        if self.starts.iter().any(|start| start + self.runs == self.unconfirmed.len()) {
            self.repeated = self.states.len();
        }
    }

    /// Whether later states cannot change how many repeat: nothing repeats, or the repetition has come to its end.
    fn is_clear(&self) -> bool {
        self.starts.iter().all(|start| start + self.runs == self.unconfirmed.len())
    }

    /// The states that repeat the history change nothing; the others are for the plan.
    fn settle(self, unchanged: &mut Vec<UnchangedState>, ready: &mut Vec<IncomingState>) {
        let mut states = self.states.into_iter();
        unchanged.extend(states.by_ref().take(self.repeated).map(|state| UnchangedState {
            request_id: state.reservation.request_id,
            serial_number: state.reservation.serial_number,
        }));
        ready.extend(states);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::transform::PersonKey;
    use crate::transform::fixture::reservation;

    fn state(content: char) -> IncomingState {
        let mut reservation = reservation();
        reservation.name = Some(content.to_string().into());
        IncomingState::new(reservation, &PersonKey::derive(&[7; 32]))
    }

    /// What a delivery opens on top of a history, the last `unconfirmed` versions of which are not confirmed.
    fn opened(history: &str, unconfirmed: usize, delivery: &str, chunk: usize) -> String {
        let versions: Vec<char> = history.chars().collect();
        let last = state(*versions.last().unwrap());
        let serial_number = last.reservation.serial_number.to_string();
        let mut current = CurrentVersion {
            version: versions.len() as i32,
            valid_from: DateTime::from_timestamp(0, 0).unwrap(),
            fingerprint: last.fingerprint,
            order_status: last.reservation.order_status,
            check_date: last.reservation.check_date,
        };
        let tail = versions[versions.len() - unconfirmed..].iter().map(|content| state(*content).fingerprint).collect();
        let unconfirmed = HashMap::from([(serial_number.clone(), tail)]);
        let mut planner = HistoryPlanner::new(DateTime::from_timestamp(1, 0).unwrap());
        let states: Vec<IncomingState> = delivery.chars().map(state).collect();
        let mut opened = String::new();
        let mut count = 0;
        let mut apply = |plan: HistoryPlan, current: &mut CurrentVersion| {
            count += plan.opened.len() + plan.unchanged.len();
            for version in plan.opened {
                assert_eq!(version.version, current.version + 1);
                current.version = version.version;
                current.valid_from = version.valid_from;
                current.fingerprint = version.state.fingerprint;
                opened.push_str(version.state.reservation.name.as_deref().unwrap());
            }
        };
        for chunk in states.chunks(chunk) {
            let known = HashMap::from([(serial_number.clone(), current.clone())]);
            let plan = planner.plan(chunk.to_vec(), &known, &unconfirmed);
            apply(plan, &mut current);
        }
        apply(planner.finish(), &mut current);
        assert_eq!(count, delivery.len(), "every state is opened or unchanged");
        opened
    }

    #[test]
    fn repeated_states_open_nothing_and_new_ones_do() {
        for (history, unconfirmed, delivery, expected) in [
            ("AB", 2, "AB", ""),
            ("AB", 2, "ABC", "C"),
            ("AB", 2, "A", "A"),
            ("AB", 2, "AC", "AC"),
            ("AB", 2, "BA", "A"),
            ("AB", 2, "B", ""),
            ("ABC", 2, "BC", ""),
            ("ABC", 2, "ABC", "ABC"),
            ("ABAB", 4, "ABAB", ""),
            ("ABAB", 2, "ABAB", "AB"),
            ("AB", 2, "AABB", ""),
            ("AB", 2, "ABAB", "AB"),
            ("BAB", 3, "BAB", ""),
        ] {
            for chunk in 1..=delivery.len() {
                let opened = opened(history, unconfirmed, delivery, chunk);
                assert_eq!(opened, expected, "{delivery} after {history} in chunks of {chunk}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_repetition_opens_nothing_and_a_continuation_only_itself(
            history in "[ABC]{1,6}",
            continuation in "[ABC]{0,3}",
            chunk in 1_usize..4,
        ) {
            let mut versions: Vec<char> = history.chars().collect();
            versions.dedup();
            let history: String = versions.iter().collect();
            let mut delivery: Vec<char> = history.chars().chain(continuation.chars()).collect();
            delivery.dedup();
            let expected: String = delivery[versions.len()..].iter().collect();
            let delivery: String = delivery.into_iter().collect();
            prop_assert_eq!(opened(&history, versions.len(), &delivery, chunk), expected);
        }
    }
}
