//! Random deliveries, cut into random chunks, against a model that replays the states of each reservation by itself.

use proptest::prelude::*;

use super::*;

/// How a version should look: number, start, end, change, content.
type Expected = (i32, DateTime<Utc>, Option<DateTime<Utc>>, &'static str, Reservation);

/// Replays one reservation's states from the first on, with the rules in plain words and without fingerprints.
fn replay(states: &[(DateTime<Utc>, &Reservation)]) -> Vec<Expected> {
    let mut versions: Vec<Expected> = Vec::new();
    for (time, state) in states {
        let Some((number, started, ended, _, before)) = versions.last_mut() else {
            let change = if state.order_status == "5" { "cancelled" } else { "booked" };
            versions.push((1, *time, None, change, (*state).clone()));
            continue;
        };
        // Null and empty say the same.
        let said = |state: &Reservation| state.mobile.clone().filter(|mobile| !mobile.is_empty());
        let (request_id, mobile) = (before.request_id.clone(), before.mobile.clone());
        let is_same = said(state) == said(before) && Reservation { request_id, mobile, ..(*state).clone() } == *before;
        if is_same {
            continue;
        }
        let change = match (before.order_status.as_str(), state.order_status.as_str()) {
            ("5", "5") => "amended",
            ("5", _) => "reinstated",
            (_, "5") => "cancelled",
            ("1", "2") => "rescheduled",
            _ if before.check_date != state.check_date => "rescheduled",
            _ => "amended",
        };
        let start = (*time).max(*started + TimeDelta::microseconds(1));
        *ended = Some(start);
        let number = *number + 1;
        versions.push((number, start, None, change, (*state).clone()));
    }
    versions
}

fn replay_all(deliveries: &[Delivery]) -> BTreeMap<String, Vec<Expected>> {
    let mut by_reservation: BTreeMap<String, Vec<(DateTime<Utc>, &Reservation)>> = BTreeMap::new();
    for delivery in deliveries {
        for reservation in &delivery.reservations {
            let states = by_reservation.entry(reservation.serial_number.to_string()).or_default();
            states.push((delivery.effective_at, reservation));
        }
    }
    by_reservation.into_iter().map(|(serial_number, states)| (serial_number, replay(&states))).collect()
}

fn as_expected(history: &History) -> BTreeMap<String, Vec<Expected>> {
    let plain = |version: &Version| {
        let Version { version, valid_from, valid_to, change, reservation, .. } = version.clone();
        (version, valid_from, valid_to, change.as_str(), reservation)
    };
    history.0.iter().map(|(key, versions)| (key.clone(), versions.iter().map(plain).collect())).collect()
}

fn check_invariants(history: &History) {
    for versions in history.0.values() {
        for (index, version) in versions.iter().enumerate() {
            assert_eq!(version.version as usize, index + 1, "versions count 1, 2, 3 without gaps");
            assert_eq!(
                version.valid_to,
                versions.get(index + 1).map(|next| next.valid_from),
                "intervals touch, and exactly the last one is open"
            );
            assert!(version.valid_to.is_none_or(|valid_to| version.valid_from < valid_to), "no interval is empty");
        }
    }
}

/// Few reservations, states and times, so that repeats, returns and clocks that go back are common.
fn delivery() -> impl Strategy<Value = Delivery> {
    let state = (0..3_u8, 0..STATES.len(), "[pq]").prop_map(|(key, index, request_id)| {
        let mut state = in_state(&format!("r{key}"), STATES[index].0);
        state.request_id = request_id.into();
        state
    });
    (0..4_i64, 0..3_i64, prop::collection::vec(state, 0..8)).prop_map(|(seconds, nanoseconds, reservations)| Delivery {
        effective_at: at(seconds) + TimeDelta::nanoseconds(nanoseconds * 1_000),
        reservations,
    })
}

fn deliveries() -> impl Strategy<Value = Vec<Delivery>> {
    prop::collection::vec(delivery(), 0..8)
}

proptest! {
    #[test]
    fn the_plan_makes_the_history_that_a_replay_makes(
        deliveries in deliveries(),
        chunk_sizes in prop::collection::vec(1..4_usize, 0..4),
    ) {
        let mut history = History::default();
        for delivery in &deliveries {
            history.deliver(delivery, &chunk_sizes);
            check_invariants(&history);
        }
        prop_assert_eq!(as_expected(&history), replay_all(&deliveries));
    }

    #[test]
    fn chunking_does_not_change_the_outcome(
        deliveries in deliveries(),
        chunk_sizes in prop::collection::vec(1..4_usize, 1..4),
    ) {
        let (mut whole, mut chunked) = (History::default(), History::default());
        for delivery in &deliveries {
            let whole_counts = whole.deliver(delivery, &[]);
            let chunked_counts = chunked.deliver(delivery, &chunk_sizes);
            prop_assert_eq!(&whole, &chunked);
            // What the chunks before opened is in the database for the next chunk: it is closed there.
            prop_assert_eq!(Counts { closed: 0, ..whole_counts }, Counts { closed: 0, ..chunked_counts });
        }
    }
    #[test]
    fn the_same_delivery_again_opens_nothing(
        deliveries in deliveries(),
        mut last in delivery(),
        later in 0..9_i64,
        chunk_sizes in prop::collection::vec(1..4_usize, 0..4),
    ) {
        let mut seen = std::collections::HashSet::new();
        last.reservations.retain(|reservation| seen.insert(reservation.serial_number.clone()));
        let mut history = History::default();
        for delivery in deliveries.iter().chain([&last]) {
            history.deliver(delivery, &chunk_sizes);
        }
        let before = history.clone();
        let again = Delivery { effective_at: at(later), ..last };
        let counts = history.deliver(&again, &chunk_sizes);
        prop_assert_eq!(counts, Counts { unchanged: again.reservations.len(), ..Counts::default() });
        prop_assert_eq!(history, before);
    }
}
