//! Distinguishes re-deliveries of several states of one reservation from real changes.
//!
//! Until it is acknowledged, the platform delivers a reservation's changes again, all of them in order. A, B after an
//! unconfirmed A, B is the same two states and opens nothing, though A differs from the current B; A alone is a return
//! to A. Of such a reservation, the longest run from its beginning that repeats the history's end is known already. How long that
//! is, may not be clear before the delivery ends, and it does not matter how the delivery was cut into chunks.
//!
//! No state waits for that, since there may be as many as the platform likes: what may repeat the history is taken to repeat it.
//! That is nearly always right. Where it was not, what was planned is undone, and the delivery is read a second time, with the
//! answer known.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::reservation::{HistoryPlan, PlannedState, Text};
use crate::transform::repetition::Repetition;
use crate::transform::{KnownContents, plan_history};

/// Plans one delivery of one account, chunk by chunk.
pub struct HistoryPlanner {
    effective_at: DateTime<Utc>,
    /// Reservations all of whose states in this delivery may be known ones so far.
    undecided: HashMap<Text, Repetition>,
    /// Reservations whose re-delivered states are past in this delivery.
    decided: HashSet<Text>,
    /// Of reservations that a first reading has misjudged: states to come that repeat the history.
    counted: HashMap<Text, usize>,
    /// The same, for a second reading.
    misjudged: HashMap<Text, usize>,
}

/// States were taken for known ones that are not: undo what was planned so far, and plan the delivery again with
/// [`HistoryPlanner::again`].
#[derive(Debug)]
pub struct ReadAgain(HashMap<Text, usize>);

impl HistoryPlanner {
    /// `effective_at`: when the delivery's states take effect.
    pub fn new(effective_at: DateTime<Utc>) -> HistoryPlanner {
        HistoryPlanner {
            effective_at,
            undecided: HashMap::new(),
            decided: HashSet::new(),
            counted: HashMap::new(),
            misjudged: HashMap::new(),
        }
    }

    /// For the second reading of a delivery.
    pub fn again(effective_at: DateTime<Utc>, ReadAgain(counted): ReadAgain) -> HistoryPlanner {
        HistoryPlanner { counted, ..HistoryPlanner::new(effective_at) }
    }

    /// Plans a chunk as [`plan_history`] does, but for states that repeat known ones. It holds for sure if [`Self::finish`] says so.
    pub fn plan<S: PlannedState>(&mut self, incoming: Vec<S>, known: &KnownContents) -> HistoryPlan<S> {
        if known.unconfirmed.is_empty() && self.undecided.is_empty() && self.counted.is_empty() {
            return plan_history(incoming, &known.current, self.effective_at);
        }
        let (repeated, others): (Vec<S>, Vec<S>) = incoming.into_iter().partition(|state| self.repeats(state, known));
        let mut plan = plan_history(others, &known.current, self.effective_at);
        plan.unchanged.extend(repeated.into_iter().map(S::unchanged));
        plan
    }

    /// Ends the delivery.
    pub fn finish(mut self) -> Result<(), ReadAgain> {
        for (serial_number, repetition) in self.undecided {
            if repetition.repeated() < repetition.states() {
                self.misjudged.insert(serial_number, repetition.repeated());
            }
        }
        if self.misjudged.is_empty() { Ok(()) } else { Err(ReadAgain(self.misjudged)) }
    }

    /// Whether the next state of a reservation repeats the history, as far as anybody can tell now.
    fn repeats(&mut self, state: &impl PlannedState, known: &KnownContents) -> bool {
        let serial_number = state.serial_number();
        if let Some(rest) = self.counted.get_mut(serial_number) {
            let repeats = *rest > 0;
            *rest = rest.saturating_sub(1);
            return repeats;
        }
        if self.decided.contains(serial_number) {
            return false;
        }
        let begun = || {
            let unconfirmed = known.unconfirmed.get(serial_number.as_str())?;
            known.current.contains_key(serial_number.as_str()).then(|| Repetition::of_end(unconfirmed.clone()))
        };
        let Some(mut repetition) = self.undecided.remove(serial_number).or_else(begun) else { return false };
        repetition.take(*state.content());
        if !repetition.is_clear() {
            self.undecided.insert(serial_number.clone(), repetition);
            return true;
        }
        let (states, repeated) = (repetition.states(), repetition.repeated());
        self.decided.insert(serial_number.clone());
        // Those before this one were taken for known ones.
        if repeated + 1 < states {
            self.misjudged.insert(serial_number.clone(), repeated);
        }
        repeated == states
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::reservation::{CurrentVersion, IncomingState};
    use crate::transform::PersonKey;
    use crate::transform::fixture::reservation;

    fn state(content: char) -> IncomingState {
        let mut reservation = reservation();
        reservation.name = Some(content.to_string().into());
        IncomingState::new(reservation, &PersonKey::derive(&[7; 32]), &BTreeSet::new())
    }

    /// What a delivery opens on top of a history, the last `unconfirmed` versions of which are not confirmed.
    fn opened(history: &str, unconfirmed: usize, delivery: &str, chunk: usize) -> String {
        let effective_at = DateTime::from_timestamp(1, 0).unwrap();
        match opened_by(HistoryPlanner::new(effective_at), history, unconfirmed, delivery, chunk) {
            Ok(opened) => opened,
            Err(again) => {
                let planner = HistoryPlanner::again(effective_at, again);
                opened_by(planner, history, unconfirmed, delivery, chunk).expect("the answer is known")
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
        let apply = &mut |plan: HistoryPlan<IncomingState>, current: &mut CurrentVersion| {
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
        planner.finish()?;
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
            }
        }
    }

    #[test]
    fn a_delivery_is_read_again_only_where_states_were_taken_for_known_ones_and_are_not() {
        let effective_at = DateTime::from_timestamp(1, 0).unwrap();
        for (delivery, is_read_again) in [
            ("ABCA", false),
            ("ABCAB", false),
            ("CA", false),
            ("CAD", false),
            ("A", false),
            ("AD", false),
            ("D", false),
            ("DA", false),
            ("AABBCCAA", false),
            ("AB", true),
            ("ABD", true),
            ("ABC", true),
            ("AAD", false),
            ("BD", true),
            ("BC", true),
        ] {
            for chunk in 1..=delivery.len() {
                let outcome = opened_by(HistoryPlanner::new(effective_at), "ABCA", 4, delivery, chunk);
                assert_eq!(outcome.is_err(), is_read_again, "{delivery}");
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
