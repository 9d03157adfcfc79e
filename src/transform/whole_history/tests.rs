//! The whole history against the nights that made it, one after the other; and what it must refuse, and forget.

mod nights;

use super::*;
use Contradiction::{ForgottenPull, LaterPull, OtherPull, OtherTime};

/// A state of content `content` that came in this delivery.
fn state(delivery_id: i64, position: i64, content: u8, unconfirmed_pull: Option<i64>) -> DeliveredState {
    DeliveredState {
        place: Place { delivery_id, position },
        effective_at: DateTime::from_timestamp(delivery_id, 0).unwrap(),
        content: [content; 33],
        order_status: "1".into(),
        check_date: NaiveDate::from_ymd_opt(2026, 2, 3).unwrap(),
        unconfirmed_pull,
    }
}

/// Deliveries as `1: AB` or, where pull 1 is not confirmed, `2/1: ABC`. For each state the version that it made, or a dot.
fn versions(deliveries: &str) -> Result<String, Contradiction> {
    let (mut history, mut versions) = (WholeHistory::default(), String::new());
    let mut decided = |outcome: Outcome| {
        versions.push_str(&outcome.version.map_or(".".to_owned(), |made| made.version.to_string()));
    };
    for delivery in deliveries.split(", ") {
        let (ids, contents) = delivery.split_once(": ").unwrap();
        let (id, pull) = ids.split_once('/').map_or((ids, None), |(id, pull)| (id, Some(pull.parse().unwrap())));
        for (content, position) in contents.bytes().zip(1..) {
            history.take(state(id.parse().unwrap(), position, content, pull), &mut decided)?;
        }
    }
    history.end(&mut decided);
    Ok(versions)
}

#[test]
fn states_make_the_versions_that_the_nights_made_of_them() {
    for (deliveries, expected) in [
        ("1: A", "1"),
        ("1: AAB, 2: B, 3: A", "1.2.3"),
        ("1: AB, 2: AB", "1234"),
        ("1: AB, 2/1: AB", "12.."),
        ("1: AB, 2/1: ABC, 3/1: ABCD, 4: A", "12..3...45"),
        ("1: AB, 2/1: A", "123"),
        // Of pull 2, nothing was accepted: what was loaded from the quarantine since is all that it can repeat.
        ("1: AB, 3: CD, 4/2: CD", "1234.."),
        ("1: AB, 3: CD, 4/2: BCD", "1234567"),
        ("2: AB, 3/1: AB", "12.."),
        // The pull, and what was loaded from the quarantine since.
        ("1: ABC, 2: BC, 3: D, 4/2: BCD", "123456..."),
        // Equal states in a row count, too.
        ("1: A, 2: B, 3: BBB, 4/3: AB", "12....."),
        ("1: A, 2: B, 3: B, 4/3: AB", "12.34"),
    ] {
        assert_eq!(versions(deliveries).as_deref(), Ok(expected), "{deliveries}");
    }
}

#[test]
fn states_that_contradict_are_refused() {
    for (deliveries, contradiction) in [
        ("1/1: A", LaterPull),
        ("1: A, 2/3: A", LaterPull),
        ("1: A, 2/1: A, 2: B", OtherPull),
        ("1: A, 2: A, 2/1: B", OtherPull),
        ("1: A, 2: A, 3/1: B, 3/2: B", OtherPull),
    ] {
        assert_eq!(versions(deliveries), Err(contradiction), "{deliveries}");
    }
}

/// A state's position and what it made: version, begin and end.
type Made = (i64, Option<(i32, i64, Option<i64>)>);

/// What `(delivery, seconds, content, pull)` make.
fn times(states: &[(i64, i64, u8, Option<i64>)]) -> Result<Vec<Made>, Contradiction> {
    let (mut history, mut outcomes) = (WholeHistory::default(), Vec::new());
    let mut decided = |Outcome { place, version }: Outcome| {
        let seconds = |time: DateTime<Utc>| time.timestamp();
        let version = version.map(|made| (made.version, seconds(made.valid_from), made.valid_to.map(seconds)));
        outcomes.push((place.position, version));
    };
    for (&(delivery_id, second, content, pull), position) in states.iter().zip(1..) {
        let effective_at = DateTime::from_timestamp(second, 0).unwrap();
        history.take(DeliveredState { effective_at, ..state(delivery_id, position, content, pull) }, &mut decided)?;
    }
    history.end(&mut decided);
    Ok(outcomes)
}

#[test]
fn what_is_loaded_from_the_quarantine_counts_from_the_time_of_each_delivery_that_it_came_in() {
    assert_eq!(
        times(&[(1, 10, b'A', None), (4, 20, b'B', None), (4, 20, b'B', None), (4, 30, b'C', None)]),
        Ok(vec![(1, Some((1, 10, Some(20)))), (2, Some((2, 20, Some(30)))), (3, None), (4, Some((3, 30, None)))])
    );
    // They are one delivery all the same.
    let states =
        [(1, 10, b'A', None), (4, 20, b'B', None), (4, 30, b'C', None), (5, 40, b'B', Some(4)), (5, 40, b'C', Some(4))];
    assert_eq!(times(&states).unwrap()[3..], [(4, None), (5, None)]);
    let contradiction = times(&[(1, 10, b'A', None), (2, 20, b'B', Some(1)), (2, 21, b'C', Some(1))]);
    assert_eq!(contradiction, Err(OtherTime));
}

#[test]
fn an_end_is_given_out_once_it_is_known_and_nothing_overtakes_it() {
    let (mut history, outcomes) = (WholeHistory::default(), std::cell::RefCell::new(Vec::new()));
    let mut decided = |outcome: Outcome| outcomes.borrow_mut().push((outcome.place.delivery_id, outcome.version));
    for (delivery_id, content) in [(1, b'A'), (2, b'A'), (3, b'A')] {
        history.take(state(delivery_id, 1, content, None), &mut decided).unwrap();
        assert!(outcomes.borrow().is_empty());
    }
    history.take(state(4, 1, b'B', None), &mut decided).unwrap();
    history.take(state(5, 1, b'B', None), &mut decided).unwrap();
    let given_out: Vec<i64> = outcomes.borrow().iter().map(|(delivery_id, _)| *delivery_id).collect();
    assert_eq!(given_out, [1, 2, 3]);
    history.end(&mut decided);
    let ends: Vec<Option<i64>> = outcomes
        .borrow()
        .iter()
        .filter_map(|(_, version)| version.as_ref())
        .map(|made| made.valid_to.map(|time| time.timestamp()))
        .collect();
    assert_eq!(ends, [Some(4), None]);
    assert_eq!(outcomes.borrow().len(), 5);
}

/// Takes deliveries of one state each, of contents that alternate.
fn take_alternately(history: &mut WholeHistory, deliveries: std::ops::Range<i64>, pull: Option<i64>) {
    for delivery_id in deliveries {
        let content = if delivery_id % 2 == 0 { b'A' } else { b'B' };
        history.take(state(delivery_id, 1, content, pull), &mut |_| ()).unwrap();
    }
}

/// Invariant: Memory and disk do not grow with anything a platform sends (names, states of one reservation, an
/// endless body), and only regular files are read.
#[test]
fn of_many_versions_only_what_can_be_repeated_is_held() {
    let mut history = WholeHistory::default();
    take_alternately(&mut history, 1..VERSIONS_MAX + 500, None);
    assert_eq!(history.past.contents.len() as i64, VERSIONS_MAX);
    assert_eq!(history.past.deliveries.len(), DELIVERIES_MAX);
    assert!(history.unchanged.is_empty() && history.delivery.as_ref().unwrap().chunk.len() == 1);
    // Of the last hundred deliveries, and of no others.
    let now = VERSIONS_MAX + 500;
    let oldest = now - DELIVERIES_MAX as i64;
    let mut forgotten = WholeHistory::default();
    take_alternately(&mut forgotten, 1..now, None);
    assert_eq!(history.take(state(now, 1, b'A', Some(oldest)), &mut |_| ()), Ok(()));
    assert_eq!(forgotten.take(state(now, 1, b'A', Some(oldest - 1)), &mut |_| ()), Err(ForgottenPull));
}

#[test]
fn what_an_unconfirmed_pull_brought_is_held_until_it_is_confirmed() {
    let mut history = WholeHistory::default();
    let many = VERSIONS_MAX + 10;
    let deliver = |history: &mut WholeHistory, delivery_id: i64, pull: Option<i64>| {
        for position in 1..=many {
            let content = if position % 2 == 0 { b'A' } else { b'B' };
            history.take(state(delivery_id, position, content, pull), &mut |_| ()).unwrap();
        }
    };
    deliver(&mut history, 1, None);
    assert!(history.delivery.as_ref().unwrap().chunk.len() < CHUNK_STATES, "states are planned as they come");
    for delivery_id in 2..4 {
        deliver(&mut history, delivery_id, Some(1));
    }
    assert_eq!(history.unchanged.len() as i64, many, "of the second delivery; the third is not over");
    let mut held_after = |delivery_id, content, pull| {
        history.take(state(delivery_id, 1, content, pull), &mut |_| ()).unwrap();
        (history.past.version, history.past.contents.len() as i64)
    };
    assert_eq!(held_after(4, b'C', Some(1)), (many, many));
    assert_eq!(held_after(5, b'D', Some(1)), (many + 1, many + 1));
    assert_eq!(held_after(6, b'E', None), (many + 2, many + 2));
    assert_eq!(held_after(7, b'F', None), (many + 3, VERSIONS_MAX));
}
