//! Distinguishes re-deliveries of several states of one reservation from real changes.
//!
//! Until it is acknowledged, the platform delivers a reservation's changes again, all of them in order. A, B after an
//! unconfirmed A, B is the same two states and opens nothing, though A differs from the current B; A alone is a return
//! to A. So the states of such a reservation wait until it is clear how many of them repeat what the last delivery
//! brought: the longest run from its beginning that repeats the history's end. It is clear at the latest when the
//! delivery ends, and it does not matter how the delivery was cut into chunks.
//!
//! How many states may wait is limited. What waits beyond that is only counted, and the delivery is read a second time, with
//! the answer known.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::reservation::{CurrentVersion, Fingerprint, HistoryPlan, IncomingState, PlannedState, Text};
use crate::transform::repetition::Repetition;
use crate::transform::{KnownContents, plan_history};

/// States that may wait, of all reservations together: some ten megabytes.
const WAITING_STATES_MAX: usize = 10_000;

/// Plans one delivery of one account, chunk by chunk.
pub struct HistoryPlanner<S = IncomingState> {
    effective_at: DateTime<Utc>,
    undecided: HashMap<Text, Undecided<S>>,
    /// Reservations whose re-delivered states are past in this delivery.
    decided: HashSet<Text>,
    /// States in `undecided`.
    waiting: usize,
    waiting_max: usize,
    /// Of reservations that a first reading has counted: states to come that repeat the history.
    counted: HashMap<Text, usize>,
    /// The same, for a second reading.
    overflown: HashMap<Text, usize>,
}

/// More states had to wait than the limit allows: undo what was planned so far, and plan the delivery again with
/// [`HistoryPlanner::again`].
#[derive(Debug)]
pub struct ReadAgain(HashMap<Text, usize>);

/// A reservation whose first states in this delivery may be known ones.
struct Undecided<S> {
    current: CurrentVersion,
    repetition: Repetition,
    /// `None`: too many, so they are only counted.
    states: Option<Vec<S>>,
}

impl<S: PlannedState> HistoryPlanner<S> {
    /// `effective_at`: when the delivery's states take effect.
    pub fn new(effective_at: DateTime<Utc>) -> HistoryPlanner<S> {
        HistoryPlanner {
            effective_at,
            undecided: HashMap::new(),
            decided: HashSet::new(),
            waiting: 0,
            waiting_max: WAITING_STATES_MAX,
            counted: HashMap::new(),
            overflown: HashMap::new(),
        }
    }

    /// For who holds a single reservation at a time, and cannot read a delivery again: as many states wait as have to.
    pub fn without_limit(effective_at: DateTime<Utc>) -> HistoryPlanner<S> {
        HistoryPlanner { waiting_max: usize::MAX, ..HistoryPlanner::new(effective_at) }
    }

    /// For the second reading of a delivery.
    pub fn again(effective_at: DateTime<Utc>, ReadAgain(counted): ReadAgain) -> HistoryPlanner<S> {
        HistoryPlanner { counted, ..HistoryPlanner::new(effective_at) }
    }

    /// Plans a chunk as [`plan_history`] does, except for states that have to wait: they are in a later plan.
    ///
    pub fn plan(&mut self, incoming: Vec<S>, KnownContents { current, unconfirmed }: &KnownContents) -> HistoryPlan<S> {
        if unconfirmed.is_empty() && self.undecided.is_empty() && self.counted.is_empty() {
            return plan_history(incoming, current, self.effective_at);
        }
        let mut unchanged = Vec::new();
        let mut ready = Vec::with_capacity(incoming.len());
        for state in incoming {
            let serial_number = state.serial_number();
            if let Some(repeated) = self.counted.get_mut(serial_number) {
                match repeated.checked_sub(1) {
                    Some(rest) => {
                        *repeated = rest;
                        unchanged.push(state.unchanged());
                    }
                    None => ready.push(state),
                }
                continue;
            }
            let undecided = match self.undecided.remove(serial_number) {
                Some(undecided) => Some(undecided),
                None if self.decided.contains(serial_number) => None,
                None => {
                    let serial_number = serial_number.as_str();
                    current.get(serial_number).zip(unconfirmed.get(serial_number)).map(Undecided::new)
                }
            };
            match undecided {
                Some(undecided) => self.wait(undecided, state, &mut unchanged, &mut ready),
                None => ready.push(state),
            }
        }
        let mut plan = plan_history(ready, current, self.effective_at);
        plan.unchanged.append(&mut unchanged);
        plan
    }

    /// Plans what has waited until the delivery's end.
    pub fn finish(mut self) -> Result<HistoryPlan<S>, ReadAgain> {
        let mut unchanged = Vec::new();
        let mut ready = Vec::new();
        let mut current = HashMap::new();
        for (serial_number, undecided) in self.undecided {
            current.insert(serial_number.to_string(), undecided.current.clone());
            if let Err(repeated) = undecided.settle(&mut unchanged, &mut ready) {
                self.overflown.insert(serial_number, repeated);
            }
        }
        if !self.overflown.is_empty() {
            return Err(ReadAgain(self.overflown));
        }
        let mut plan = plan_history(ready, &current, self.effective_at);
        plan.unchanged.append(&mut unchanged);
        Ok(plan)
    }

    /// Takes a state that may have to wait.
    fn wait(&mut self, mut undecided: Undecided<S>, state: S, unchanged: &mut Vec<S::Unchanged>, ready: &mut Vec<S>) {
        let serial_number = state.serial_number().clone();
        undecided.repetition.take(*state.content());
        self.waiting -= undecided.waiting();
        if self.waiting + undecided.waiting() >= self.waiting_max {
            undecided.states = None;
        } else if let Some(states) = &mut undecided.states {
            states.push(state);
        }
        if !undecided.repetition.is_clear() {
            self.waiting += undecided.waiting();
            self.undecided.insert(serial_number, undecided);
            return;
        }
        if let Err(repeated) = undecided.settle(unchanged, ready) {
            self.overflown.insert(serial_number.clone(), repeated);
        }
        self.decided.insert(serial_number);
    }
}

impl<S: PlannedState> Undecided<S> {
    fn new((current, unconfirmed): (&CurrentVersion, &Vec<Fingerprint>)) -> Undecided<S> {
        let repetition = Repetition::of_end(unconfirmed.clone());
        Undecided { current: current.clone(), repetition, states: Some(Vec::new()) }
    }

    fn waiting(&self) -> usize {
        self.states.as_ref().map_or(0, Vec::len)
    }

    /// The states that repeat the history change nothing; the others are for the plan. `Err`: how many repeat, where they
    /// were only counted.
    fn settle(self, unchanged: &mut Vec<S::Unchanged>, ready: &mut Vec<S>) -> Result<(), usize> {
        let repeated = self.repetition.repeated();
        let mut states = self.states.ok_or(repeated)?.into_iter();
        unchanged.extend(states.by_ref().take(repeated).map(S::unchanged));
        ready.extend(states);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::transform::PersonKey;
    use crate::transform::fixture::reservation;

    fn state(content: char) -> IncomingState {
        let mut reservation = reservation();
        reservation.name = Some(content.to_string().into());
        IncomingState::new(reservation, &PersonKey::derive(&[7; 32]), &BTreeSet::new())
    }

    /// What a delivery opens on top of a history, the last `unconfirmed` versions of which are not confirmed.
    fn opened(history: &str, unconfirmed: usize, delivery: &str, chunk: usize) -> String {
        opened_where(history, unconfirmed, delivery, chunk, WAITING_STATES_MAX)
    }

    /// The same where only `waiting_max` states may wait.
    fn opened_where(history: &str, unconfirmed: usize, delivery: &str, chunk: usize, waiting_max: usize) -> String {
        let effective_at = DateTime::from_timestamp(1, 0).unwrap();
        let planner = HistoryPlanner { waiting_max, ..HistoryPlanner::new(effective_at) };
        match opened_by(planner, history, unconfirmed, delivery, chunk) {
            Ok(opened) => opened,
            Err(again) => {
                let planner = HistoryPlanner { waiting_max, ..HistoryPlanner::again(effective_at, again) };
                opened_by(planner, history, unconfirmed, delivery, chunk).expect("nothing has to wait")
            }
        }
    }

    fn opened_by(
        mut planner: HistoryPlanner,
        history: &str,
        unconfirmed: usize,
        delivery: &str,
        chunk: usize,
    ) -> Result<String, ReadAgain> {
        let versions: Vec<char> = history.chars().collect();
        let last = state(*versions.last().unwrap());
        let serial_number = last.reservation.serial_number.to_string();
        let mut current = CurrentVersion {
            version: versions.len() as i32,
            valid_from: DateTime::from_timestamp(0, 0).unwrap(),
            fingerprint: last.fingerprint,
            content: last.content,
            order_status: last.reservation.order_status,
            check_date: last.reservation.check_date,
        };
        let tail = versions[versions.len() - unconfirmed..].iter().map(|content| state(*content).content).collect();
        let unconfirmed = HashMap::from([(serial_number.clone(), tail)]);
        let states: Vec<IncomingState> = delivery.chars().map(state).collect();
        let mut opened = String::new();
        let mut count = 0;
        let mut apply = |plan: HistoryPlan, current: &mut CurrentVersion| {
            count += plan.opened.len() + plan.unchanged.len();
            for version in plan.opened {
                assert_eq!(version.version, current.version + 1);
                current.version = version.version;
                current.valid_from = version.valid_from;
                current.content = version.state.content;
                opened.push_str(version.state.reservation.name.as_deref().unwrap());
            }
        };
        for chunk in states.chunks(chunk) {
            let current_versions = HashMap::from([(serial_number.clone(), current.clone())]);
            let known = KnownContents { current: current_versions, unconfirmed: unconfirmed.clone() };
            let plan = planner.plan(chunk.to_vec(), &known);
            apply(plan, &mut current);
        }
        apply(planner.finish()?, &mut current);
        assert_eq!(count, delivery.len(), "every state is opened or unchanged");
        Ok(opened)
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
            ("ABA", 3, "AABBBAA", ""),
        ] {
            for chunk in 1..=delivery.len() {
                let opened = opened(history, unconfirmed, delivery, chunk);
                assert_eq!(opened, expected, "{delivery} after {history} in chunks of {chunk}");
                for waiting_max in 0..=delivery.len() {
                    let opened = opened_where(history, unconfirmed, delivery, chunk, waiting_max);
                    assert_eq!(opened, expected, "{delivery} after {history} where {waiting_max} wait");
                }
            }
        }
    }

    #[test]
    fn as_many_states_wait_as_may_and_one_more_is_read_again() {
        // None of these repeats the history to its end, so all of them wait for the delivery's.
        for delivery in ["A", "AB", "ABC", "AABBC"] {
            let opened_where = |waiting_max| {
                let planner =
                    HistoryPlanner { waiting_max, ..HistoryPlanner::new(DateTime::from_timestamp(1, 0).unwrap()) };
                opened_by(planner, "ABCD", 4, delivery, 2)
            };
            assert_eq!(opened_where(delivery.len()).unwrap(), delivery.replace("AA", "A").replace("BB", "B"));
            assert!(opened_where(delivery.len() - 1).is_err(), "{delivery}");
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
