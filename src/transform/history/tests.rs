//! What the history's tests share: states with short names, and a history in memory that plans are applied to.
//!
//! Invariant: Versions count 1, 2, 3; neither gap nor overlap; one is current.
//! Held by: `transform::plan_history`; primary key, partial unique index, and a check of the changed keys before the
//! commit (`sql/load/check_changed_keys.sql`).

mod limits;
mod random;
mod scenarios;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::*;
use crate::reservation::{IncomingState, Reservation};
use crate::transform::PersonKey;
use crate::transform::fixture::reservation;

/// Makes a state of the fixture.
type Difference = fn(&mut Reservation);

/// The states that the tests speak of, each beside what sets it apart.
const STATES: [(char, Difference); 9] = [
    ('A', |_| {}),
    ('B', |state| state.mobile = Some("13900000001".into())),
    ('N', |state| state.mobile = None),
    ('E', |state| state.mobile = Some("".into())),
    ('D', |state| state.check_date = OTHER_DATE),
    ('R', |state| state.order_status = "2".into()),
    ('S', |state| {
        state.order_status = "2".into();
        state.mobile = None;
    }),
    ('X', |state| state.order_status = "5".into()),
    ('Y', |state| {
        state.order_status = "5".into();
        state.check_date = OTHER_DATE;
    }),
];

const OTHER_DATE: NaiveDate = NaiveDate::from_ymd_opt(2021, 5, 1).unwrap();

fn in_state(serial_number: &str, name: char) -> Reservation {
    let (_, change) = STATES.into_iter().find(|(known, _)| *known == name).unwrap();
    let mut state = reservation();
    state.serial_number = serial_number.into();
    change(&mut state);
    state
}

/// Seconds of a day on which the tests play.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_617_667_200 + seconds, 0).unwrap()
}

/// The states of one answer.
#[derive(Debug, Clone)]
struct Delivery {
    effective_at: DateTime<Utc>,
    reservations: Vec<Reservation>,
}

impl Delivery {
    fn states(&self) -> Vec<IncomingState> {
        let key = PersonKey::derive(&[7; 32]);
        self.reservations.iter().cloned().map(|state| IncomingState::new(state, &key, &BTreeSet::new())).collect()
    }
}

/// A version as the warehouse keeps it.
#[derive(Debug, Clone, PartialEq)]
struct Version {
    version: i32,
    valid_from: DateTime<Utc>,
    valid_to: Option<DateTime<Utc>>,
    change: Change,
    reservation: Reservation,
    fingerprint: Fingerprint,
}

/// How many states a delivery opened and so on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    opened: usize,
    closed: usize,
    unchanged: usize,
    adjusted: u64,
}

/// All versions by serial number, in the order in which they were opened.
#[derive(Debug, Clone, Default, PartialEq)]
struct History(BTreeMap<String, Vec<Version>>);

impl History {
    /// Plans and applies a delivery in chunks of these sizes, which repeat; whatever is left is the last chunk.
    fn deliver(&mut self, delivery: &Delivery, chunk_sizes: &[usize]) -> Counts {
        let mut counts = Counts::default();
        let mut left = delivery.states();
        let mut sizes = chunk_sizes.iter().copied().cycle();
        while !left.is_empty() {
            let size = sizes.next().unwrap_or(left.len()).clamp(1, left.len());
            let rest = left.split_off(size);
            let plan = plan_history(left, &self.current(), delivery.effective_at);
            assert_eq!(size, plan.opened.len() + plan.unchanged.len());
            counts.opened += plan.opened.len();
            counts.closed += plan.closed.len();
            counts.unchanged += plan.unchanged.len();
            counts.adjusted += plan.adjusted;
            self.apply(plan);
            left = rest;
        }
        counts
    }

    fn current(&self) -> HashMap<String, CurrentVersion> {
        let current = |(serial_number, versions): (&String, &Vec<Version>)| {
            let newest = versions.iter().find(|version| version.valid_to.is_none())?;
            let current = CurrentVersion {
                version: newest.version,
                valid_from: newest.valid_from,
                fingerprint: newest.fingerprint,
                content: newest.fingerprint,
                order_status: newest.reservation.order_status.clone(),
                check_date: newest.reservation.check_date,
            };
            Some((serial_number.clone(), current))
        };
        self.0.iter().filter_map(current).collect()
    }

    fn apply(&mut self, plan: HistoryPlan) {
        for closed in plan.closed {
            let versions = self.0.get_mut(&closed.serial_number).unwrap();
            let ended = versions.iter_mut().find(|version| version.version == closed.version).unwrap();
            assert_eq!(ended.valid_to, None, "only a current version can end");
            assert_eq!(ended.reservation.check_date, closed.check_date);
            ended.valid_to = Some(closed.valid_to);
        }
        for OpenedVersion { version, valid_from, valid_to, change, state } in plan.opened {
            let IncomingState { reservation, fingerprint, .. } = state;
            let versions = self.0.entry(reservation.serial_number.to_string()).or_default();
            versions.push(Version { version, valid_from, valid_to, change, reservation, fingerprint });
        }
    }
}
