//! The ends of numbers and of time, and the resolution of the database.

use super::*;

fn plan(names: &[char], current: Option<CurrentVersion>, effective_at: DateTime<Utc>) -> HistoryPlan {
    let reservations = names.iter().map(|name| in_state("r1", *name)).collect();
    let current = current.map(|current| ("r1".to_owned(), current)).into_iter().collect();
    plan_history(Delivery { effective_at, reservations }.states(), &current, effective_at)
}

fn current(version: i32, valid_from: DateTime<Utc>) -> CurrentVersion {
    let state = Delivery { effective_at: valid_from, reservations: vec![in_state("r1", 'A')] }.states().remove(0);
    CurrentVersion {
        version,
        valid_from,
        fingerprint: state.fingerprint,
        content: state.content,
        order_status: state.reservation.order_status,
        check_date: state.reservation.check_date,
    }
}

#[test]
fn the_effective_time_is_cut_to_microseconds() {
    let plan = plan(&['A'], None, at(10) + TimeDelta::nanoseconds(1_999));
    assert_eq!(plan.opened[0].valid_from, at(10) + TimeDelta::microseconds(1));
}

#[test]
fn a_time_that_differs_below_a_microsecond_does_not_lie_after() {
    let plan = plan(&['B'], Some(current(1, at(10))), at(10) + TimeDelta::nanoseconds(999));
    assert_eq!((plan.opened[0].valid_from, plan.adjusted), (at(10) + TICK, 1));
}

#[test]
fn times_before_1970_are_cut_downwards() {
    let epoch = DateTime::UNIX_EPOCH;
    let plan = plan(&['A'], None, epoch - TimeDelta::nanoseconds(1));
    assert_eq!(plan.opened[0].valid_from, epoch - TICK);
}

#[test]
fn the_last_version_number_stays_and_does_not_panic() {
    let plan = plan(&['B', 'A'], Some(current(i32::MAX, at(10))), at(20));
    assert_eq!(plan.opened.iter().map(|opened| opened.version).collect::<Vec<_>>(), [i32::MAX, i32::MAX]);
}

#[test]
fn the_end_of_time_stays_and_does_not_panic() {
    let last = DateTime::<Utc>::MAX_UTC.trunc_subsecs(SECOND_DIGITS);
    for effective_at in [DateTime::<Utc>::MAX_UTC, at(10)] {
        let plan = plan(&['B', 'A'], Some(current(1, last)), effective_at);
        assert_eq!(plan.opened.iter().map(|opened| opened.valid_from).collect::<Vec<_>>(), [last, last]);
        assert_eq!(plan.adjusted, 2);
    }
    assert_eq!(plan(&['A'], None, DateTime::<Utc>::MIN_UTC).opened[0].valid_from, DateTime::<Utc>::MIN_UTC);
}
