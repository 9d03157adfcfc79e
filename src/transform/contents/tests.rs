//! Which contents are looked up, and what comes of them.

use proptest::prelude::*;

use super::*;
use crate::transform::fixture::reservation;
use crate::transform::{HistoryPlanner, PersonKey};
use chrono::DateTime;

/// The reservation in a state of this name; what is in the mobile is ignored where it is asked for.
fn in_state(name: &str, mobile: &str) -> Reservation {
    Reservation { name: Some(name.into()), mobile: Some(mobile.into()), ..reservation() }
}

fn incoming(reservation: Reservation, ignored: &BTreeSet<String>) -> IncomingState {
    IncomingState::new(reservation, &PersonKey::derive(&[7; 32]), ignored)
}

fn mobile() -> BTreeSet<String> {
    ["mobile".to_owned()].into()
}

/// As stored by some version of the encoding, of which nothing more is known.
fn stored(reservation: &Reservation, version: u8) -> Fingerprint {
    let mut stored = fingerprint(reservation, &BTreeSet::new());
    if version != VERSION {
        stored = stored.map(|byte| !byte);
        stored[0] = version;
    }
    stored
}

/// Known with these versions, oldest first, of which the last `unconfirmed` may come again.
fn known(versions: &[Fingerprint], unconfirmed: usize) -> KnownContents {
    let reservation = reservation();
    let serial_number = reservation.serial_number.to_string();
    let fingerprint = *versions.last().unwrap();
    let current = CurrentVersion {
        version: versions.len() as i32,
        valid_from: DateTime::UNIX_EPOCH,
        fingerprint,
        content: fingerprint,
        order_status: reservation.order_status,
        check_date: reservation.check_date,
    };
    let tail = versions[versions.len() - unconfirmed..].to_vec();
    let unconfirmed = (unconfirmed > 0).then(|| (serial_number.clone(), tail)).into_iter().collect();
    KnownContents { current: [(serial_number, current)].into(), unconfirmed }
}

/// Since which version the contents are looked up.
fn looked_up(known: &mut KnownContents, states: &[IncomingState], ignored: &BTreeSet<String>) -> Option<i32> {
    let unclear = known.find_unclear(states, ignored);
    assert!(unclear.keys().all(|serial_number| *serial_number == reservation().serial_number));
    unclear.into_values().next()
}

#[test]
fn nothing_is_looked_up_where_fingerprints_say_it() {
    let none = BTreeSet::new();
    let (a, b) = (in_state("A", "1"), in_state("B", "1"));
    let (old, new) = (stored(&a, VERSION), stored(&b, VERSION));
    for state in [&a, &b] {
        let states = [incoming(state.clone(), &none)];
        assert_eq!(looked_up(&mut known(&[old, new], 0), &states, &none), None);
        assert_eq!(looked_up(&mut known(&[old, new], 2), &states, &none), None);
        assert_eq!(looked_up(&mut KnownContents::default(), &states, &none), None);
    }
    // The same content, whatever is ignored: and it is compared as today.
    let mut same = known(&[old], 0);
    assert_eq!(looked_up(&mut same, &[incoming(a.clone(), &mobile())], &mobile()), None);
    let current = &same.current[reservation().serial_number.as_str()];
    assert_eq!((current.fingerprint, current.content), (old, fingerprint(&a, &mobile())));
}

#[test]
fn an_erased_version_is_like_nothing() {
    let state = in_state("A", "1");
    let erased = stored(&state, ERASED);
    for ignored in [BTreeSet::new(), mobile()] {
        let states = [incoming(state.clone(), &ignored)];
        for unconfirmed in [0, 2] {
            let mut known = known(&[erased, erased], unconfirmed);
            assert_eq!(looked_up(&mut known, &states, &ignored), None);
            assert_eq!(known.current[reservation().serial_number.as_str()].content, erased);
        }
        // Beside others, too.
        assert_eq!(content_of(erased, &state, &ignored), erased);
        assert_eq!(content_of(stored(&state, 1), &state, &ignored), fingerprint(&state, &ignored));
    }
}

#[test]
fn another_version_of_the_encoding_is_looked_up_from_where_it_matters() {
    let none = BTreeSet::new();
    let [a, b, c] = ["A", "B", "C"].map(|name| in_state(name, "1"));
    let states = [incoming(c.clone(), &none)];
    for version in [1, VERSION + 1] {
        let old = stored(&c, version);
        assert_eq!(looked_up(&mut known(&[old], 0), &states, &none), Some(1));
        assert_eq!(looked_up(&mut known(&[stored(&a, 1), stored(&b, 1), old], 0), &states, &none), Some(3));
        assert_eq!(looked_up(&mut known(&[stored(&a, 1), stored(&b, 1), old], 2), &states, &none), Some(2));
    }
    // The newest is of today, one before it is not.
    let mixed = [stored(&a, VERSION), stored(&b, 1), stored(&c, VERSION)];
    assert_eq!(looked_up(&mut known(&mixed, 0), &states, &none), None);
    assert_eq!(looked_up(&mut known(&mixed, 2), &states, &none), Some(2));
    assert_eq!(looked_up(&mut known(&mixed, 3), &states, &none), Some(1));
}

#[test]
fn what_differs_is_looked_up_where_something_is_ignored() {
    let a = in_state("A", "1");
    let versions = [stored(&in_state("B", "1"), VERSION), stored(&a, VERSION)];
    let other = incoming(in_state("A", "2"), &mobile());
    assert_eq!(looked_up(&mut known(&versions, 0), std::slice::from_ref(&other), &mobile()), Some(2));
    // One state of several will do, wherever it is.
    let same = incoming(a.clone(), &mobile());
    assert_eq!(looked_up(&mut known(&versions, 0), &[same.clone(), other.clone()], &mobile()), Some(2));
    assert_eq!(looked_up(&mut known(&versions, 0), &[other, same.clone()], &mobile()), Some(2));
    // Where several may come again, all of them matter.
    assert_eq!(looked_up(&mut known(&versions, 2), &[same], &mobile()), Some(1));
}

#[test]
fn what_was_looked_up_is_what_states_are_compared_with() {
    let contents: Vec<Fingerprint> = [1, 2, 3].map(|content| [content; 33]).to_vec();
    let mut known = known(&[[9; 33]; 3], 3);
    let serial_number = reservation().serial_number.to_string();
    known.learn(HashMap::from([(serial_number.clone(), contents.clone()), ("other".to_owned(), vec![[7; 33]])]));
    assert_eq!(known.current[&serial_number].content, [3; 33]);
    assert_eq!(known.current[&serial_number].fingerprint, [9; 33]);
    assert_eq!(known.unconfirmed, HashMap::from([(serial_number, contents)]));
    assert_eq!(known.current.len(), 1);
}

/// Plans what comes after stored versions, whatever made their fingerprints; returns how many open.
fn opened(
    history: &[(Reservation, u8)],
    unconfirmed: usize,
    delivery: &[Reservation],
    ignored: &BTreeSet<String>,
) -> usize {
    let versions: Vec<Fingerprint> = history.iter().map(|(state, version)| stored(state, *version)).collect();
    let mut known = known(&versions, unconfirmed);
    let states: Vec<IncomingState> = delivery.iter().map(|state| incoming(state.clone(), ignored)).collect();
    let unclear = known.find_unclear(&states, ignored);
    let look_up = |(serial_number, since): (String, i32)| {
        let contents = history[since as usize - 1..].iter().zip(&versions[since as usize - 1..]);
        (serial_number, contents.map(|((state, _), stored)| content_of(*stored, state, ignored)).collect())
    };
    known.learn(unclear.into_iter().map(look_up).collect());
    let mut planner = HistoryPlanner::new(DateTime::UNIX_EPOCH);
    let plan = planner.plan(states, &known);
    planner.finish().unwrap();
    assert_eq!(plan.opened.len() + plan.unchanged.len(), delivery.len());
    plan.opened.len()
}

fn versions() -> impl Strategy<Value = Vec<(Reservation, u8)>> {
    let state = ("[AB]", prop::sample::select(vec!["", "1", "2"]), 1..=VERSION + 1);
    prop::collection::vec(state, 1..6).prop_map(|states| {
        let states = states.into_iter().map(|(name, mobile, version)| (in_state(&name, mobile), version));
        states.collect()
    })
}

proptest! {
    /// What is stored comes again, with other values in what is ignored and null for empty: nothing opens. A change behind
    /// it opens, and only that.
    #[test]
    fn what_is_known_opens_nothing_whichever_version_has_stored_it(
        history in versions(),
        is_ignoring in any::<bool>(),
        is_unconfirmed in any::<bool>(),
    ) {
        let ignored = if is_ignoring { mobile() } else { BTreeSet::new() };
        let again = |(state, _): &(Reservation, u8)| Reservation {
            mobile: if is_ignoring { Some("3".into()) } else { state.mobile.clone().filter(|mobile| !mobile.is_empty()) },
            ..state.clone()
        };
        let all: Vec<Reservation> = history.iter().map(again).collect();
        let (unconfirmed, known) = if is_unconfirmed { (history.len(), &all[..]) } else { (0, &all[all.len() - 1..]) };
        prop_assert_eq!(opened(&history, unconfirmed, known, &ignored), 0);
        let changed: Vec<Reservation> = known.iter().cloned().chain([in_state("C", "1")]).collect();
        prop_assert_eq!(opened(&history, unconfirmed, &changed, &ignored), 1);
    }
}
