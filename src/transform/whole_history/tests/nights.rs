//! Random nights on a small platform and a small warehouse: states that are refused and loaded later, callbacks that fail, clocks
//! that go back. What the nights make of them chunk by chunk, the whole history makes of each reservation at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::reservation::IncomingState;
use crate::transform::fixture::reservation;
use crate::transform::{PersonKey, ReadAgain, plan_history};

/// A state on its way: of which reservation, with which content, and whether the contract refuses it.
#[derive(Debug, Clone)]
struct Coming {
    serial_number: String,
    content: (u8, u8, u8),
    is_refused: bool,
}

/// What happens in a night.
#[derive(Debug, Clone)]
struct Night {
    seconds: i64,
    coming: Vec<Coming>,
    /// Before the pull, what is refused is accepted at last, and loaded.
    is_retrying: bool,
    /// Reservations, by the bits of their numbers, for which the callback fails.
    failing: u8,
    chunk: usize,
}

/// A version as the warehouse keeps it, with the place of its state.
#[derive(Debug, Clone)]
struct Row {
    place: Place,
    made: MadeVersion,
    state: IncomingState,
}

#[derive(Default)]
struct Warehouse {
    delivery_id: i64,
    /// The last pull, and when it took effect.
    last_pull: i64,
    effective_at: DateTime<Utc>,
    versions: BTreeMap<String, Vec<Row>>,
    /// Accepted states by reservation and delivery.
    accepted: HashMap<(String, i64), i64>,
    /// Since which pull, and which version, the platform may deliver again.
    unconfirmed: HashMap<String, (i64, i32)>,
    /// Reservations of the last pull that it may deliver again with several states.
    owed: BTreeSet<String>,
    /// What is piped through the worker.
    states: BTreeMap<String, Vec<DeliveredState>>,
}

impl Warehouse {
    /// As `sql/load/note_unconfirmed_reservations.sql` does.
    fn note_unconfirmed(&mut self) {
        for serial_number in std::mem::take(&mut self.owed) {
            let rows = self.versions.get(&serial_number).into_iter().flatten();
            let taken = rows.filter(|row| row.place.delivery_id <= self.last_pull).map(|row| row.made.version).max();
            let brought = self.accepted.get(&(serial_number.clone(), self.last_pull)).copied().unwrap_or_default();
            let since = (i64::from(taken.unwrap_or_default()) - brought + 1).max(1);
            self.unconfirmed.entry(serial_number).or_insert((self.last_pull, since as i32));
        }
    }

    fn load(&mut self, accepted: Vec<(i64, IncomingState)>, effective_at: DateTime<Utc>, is_retry: bool, chunk: usize) {
        self.delivery_id += 1;
        let delivery_id = self.delivery_id;
        for (position, state) in &accepted {
            let serial_number = state.reservation.serial_number.to_string();
            let unconfirmed = self.unconfirmed.get(&serial_number).filter(|_| !is_retry);
            *self.accepted.entry((serial_number.clone(), delivery_id)).or_default() += 1;
            let delivered = DeliveredState {
                place: Place { delivery_id, position: *position },
                effective_at,
                content: state.content,
                order_status: state.reservation.order_status.clone(),
                check_date: state.reservation.check_date,
                unconfirmed_pull: unconfirmed.map(|(pull, _)| *pull),
            };
            self.states.entry(serial_number).or_default().push(delivered);
        }
        let states: Vec<IncomingState> = accepted.into_iter().map(|(_, state)| state).collect();
        if is_retry {
            let plan = plan_history(states, &self.current(), effective_at);
            return self.apply(plan);
        }
        (self.last_pull, self.effective_at) = (delivery_id, effective_at);
        let before = self.versions.clone();
        if let Err(again) = self.plan(HistoryPlanner::new(effective_at), &states, chunk) {
            self.versions = before;
            self.plan(HistoryPlanner::again(effective_at, again), &states, chunk).expect("the answer is known");
        }
    }

    fn plan(&mut self, mut planner: HistoryPlanner, states: &[IncomingState], chunk: usize) -> Result<(), ReadAgain> {
        for states in states.chunks(chunk) {
            let tail = |(serial_number, (_, since)): (&String, &(i64, i32))| {
                let rows = self.versions.get(serial_number).into_iter().flatten();
                let tail: Vec<Fingerprint> =
                    rows.filter(|row| row.made.version >= *since).map(|row| row.state.content).collect();
                (serial_number.clone(), tail)
            };
            let unconfirmed = self.unconfirmed.iter().map(tail).filter(|(_, tail)| !tail.is_empty()).collect();
            let plan = planner.plan(states.to_vec(), &KnownContents { current: self.current(), unconfirmed });
            self.apply(plan);
        }
        planner.finish()
    }

    fn current(&self) -> HashMap<String, CurrentVersion> {
        let current = |(serial_number, rows): (&String, &Vec<Row>)| {
            let Row { made, state, .. } = rows.last()?;
            let current = CurrentVersion {
                version: made.version,
                valid_from: made.valid_from,
                fingerprint: state.fingerprint,
                content: state.content,
                order_status: state.reservation.order_status.clone(),
                check_date: state.reservation.check_date,
            };
            Some((serial_number.clone(), current))
        };
        self.versions.iter().filter_map(current).collect()
    }

    fn apply(&mut self, plan: HistoryPlan) {
        for closed in plan.closed {
            let rows = self.versions.get_mut(&closed.serial_number).unwrap();
            rows.last_mut().unwrap().made.valid_to = Some(closed.valid_to);
        }
        for OpenedVersion { version, valid_from, valid_to, change, state } in plan.opened {
            let place =
                Place { delivery_id: self.delivery_id, position: state.reservation.request_id.parse().unwrap() };
            let made = MadeVersion { version, valid_from, valid_to, change };
            let rows = self.versions.entry(state.reservation.serial_number.to_string()).or_default();
            rows.push(Row { place, made, state });
        }
    }
}

/// The request id, which is no content, says where it came.
fn incoming(position: i64, Coming { serial_number, content: (mobile, status, date), .. }: &Coming) -> IncomingState {
    let mut state = reservation();
    state.request_id = position.to_string().into();
    state.serial_number = serial_number.as_str().into();
    state.mobile = Some(mobile.to_string().into());
    state.order_status = ["1", "2", "5"][usize::from(*status)].into();
    state.check_date = NaiveDate::from_ymd_opt(2026, 2, 3 + u32::from(*date)).unwrap();
    IncomingState::new(state, &PersonKey::derive(&[7; 32]), &BTreeSet::new())
}

/// The warehouse after these nights.
fn warehouse_after(nights: &[Night]) -> Warehouse {
    let mut warehouse = Warehouse::default();
    let mut queue: Vec<Coming> = Vec::new();
    let mut refused: Vec<(i64, Coming)> = Vec::new();
    for night in nights {
        let effective_at = DateTime::from_timestamp(1_770_000_000 + night.seconds, 0).unwrap();
        if night.is_retrying && !refused.is_empty() {
            queue.iter_mut().for_each(|coming| coming.is_refused = false);
            let accepted = refused.iter().map(|(at, coming)| (*at, incoming(*at, coming))).collect();
            let pulled_at = warehouse.effective_at;
            warehouse.load(accepted, pulled_at, true, 1);
        }
        queue.extend(night.coming.iter().cloned());
        let places = || (1_i64..).zip(&queue);
        refused = places().filter(|(_, coming)| coming.is_refused).map(|(at, coming)| (at, coming.clone())).collect();
        let accepted = places().filter(|(_, coming)| !coming.is_refused);
        let accepted = accepted.map(|(at, coming)| (at, incoming(at, coming))).collect();
        warehouse.note_unconfirmed();
        warehouse.load(accepted, effective_at, false, night.chunk);
        let names: BTreeSet<String> = queue.iter().map(|coming| coming.serial_number.clone()).collect();
        for name in names {
            let states = queue.iter().filter(|coming| coming.serial_number == name).count();
            let is_held = queue.iter().any(|coming| coming.serial_number == name && coming.is_refused);
            let number: u8 = name[1..].parse().unwrap();
            if !is_held && night.failing & (1 << number) == 0 {
                warehouse.unconfirmed.remove(&name);
                queue.retain(|coming| coming.serial_number != name);
            } else if is_held || states > 1 {
                warehouse.owed.insert(name);
            }
        }
    }
    warehouse
}

fn nights() -> impl Strategy<Value = Vec<Night>> {
    let content = (0..2_u8, 0..3_u8, 0..2_u8);
    let coming = (0..3_u8, content, prop::bool::weighted(0.1)).prop_map(|(number, content, is_refused)| Coming {
        serial_number: format!("r{number}"),
        content,
        is_refused,
    });
    let night = (0..4_i64, prop::collection::vec(coming, 0..6), prop::bool::weighted(0.3), 0..8_u8, 1..4_usize);
    let night = night.prop_map(|(seconds, coming, is_retrying, failing, chunk)| Night {
        seconds,
        coming,
        is_retrying,
        failing,
        chunk,
    });
    prop::collection::vec(night, 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn a_whole_history_is_the_one_that_the_nights_made(nights in nights()) {
        let warehouse = warehouse_after(&nights);
        for (serial_number, states) in warehouse.states {
            let (mut history, mut outcomes) = (WholeHistory::default(), Vec::new());
            let places: Vec<Place> = states.iter().map(|state| state.place).collect();
            for state in states {
                prop_assert_eq!(history.take(state, &mut |outcome| outcomes.push(outcome)), Ok(()));
            }
            history.end(&mut |outcome| outcomes.push(outcome));
            let rows = warehouse.versions.get(&serial_number).into_iter().flatten();
            let mut made: HashMap<(i64, i64), MadeVersion> =
                rows.map(|row| ((row.place.delivery_id, row.place.position), row.made.clone())).collect();
            let expected: Vec<Outcome> = places
                .into_iter()
                .map(|place| Outcome { place, version: made.remove(&(place.delivery_id, place.position)) })
                .collect();
            prop_assert!(made.is_empty());
            prop_assert_eq!(outcomes, expected);
        }
    }
}
