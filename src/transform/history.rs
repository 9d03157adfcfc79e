//! The history plan: the rules of the slowly changing dimension (type 2), as one pure function.
//!
//! What makes a version, and what it is called (`orderStatus` 5 is cancelled, 2 is rescheduled):
//!
//! | state before | new state | change |
//! |---|---|---|
//! | none | cancelled | `cancelled` |
//! | none | any other | `booked` |
//! | any | the same content | none: unchanged |
//! | not cancelled | cancelled | `cancelled` |
//! | cancelled | not cancelled | `reinstated` |
//! | cancelled | cancelled, other content | `amended` |
//! | not cancelled | another `checkDate`, or `orderStatus` has become 2 | `rescheduled` |
//! | not cancelled | any other difference | `amended` |
//!
//! The platform hands over a queue of changes, not a snapshot: a reservation that is absent was acknowledged, not
//! deleted, and keeps its current version. Only the state before counts, so A → B → A makes three versions.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};

use crate::reservation::{
    Change, ClosedVersion, CurrentVersion, Fingerprint, HistoryPlan, ORDER_STATUS_CANCELLED, ORDER_STATUS_RESCHEDULED,
    OpenedVersion, PlannedState,
};

/// Digits of a second that PostgreSQL keeps.
const SECOND_DIGITS: u16 = 6;

/// PostgreSQL's resolution: the least by which one version can follow another.
const TICK: TimeDelta = TimeDelta::microseconds(1);

/// Plans one chunk of a delivery of one account.
///
/// `incoming` is in array order, which is time order. `current` holds the current versions of its reservations, those
/// that earlier chunks opened included (absent: never seen). Each state becomes either an opened version or an unchanged
/// state, in the same order.
///
/// A version starts at `effective_at`, or one microsecond after the version that it replaces, whichever is later; the
/// latter is counted as adjusted. Delivery order is truth, even when the platform's clock goes back.
///
/// If no later start or higher number exists (`i32::MAX`, the end of chrono's time), both stay the same: the database then
/// refuses the version, which fails the load but does not falsify the history.
pub fn plan_history<S: PlannedState>(
    incoming: Vec<S>,
    current: &HashMap<String, CurrentVersion>,
    effective_at: DateTime<Utc>,
) -> HistoryPlan<S> {
    let effective_at = effective_at.trunc_subsecs(SECOND_DIGITS);
    let mut plan = HistoryPlan::default();
    let mut newest: HashMap<&str, Newest<'_>> = HashMap::new();
    // Decided by reference and moved afterwards: no reservation is copied.
    let mut openings: Vec<Option<Opening>> = Vec::with_capacity(incoming.len());
    for state in &incoming {
        let serial_number = state.serial_number().as_str();
        let before =
            newest.get(serial_number).copied().or_else(|| current.get(serial_number).map(Newest::in_the_database));
        if before.is_some_and(|before| before.content == state.content()) {
            openings.push(None);
            continue;
        }
        let opening = Opening::of(state, before.as_ref(), effective_at);
        if let Some(before) = before {
            plan.adjusted += u64::from(effective_at <= before.valid_from);
            match before.opening {
                Some(index) => {
                    openings[index] =
                        openings[index].map(|ended| Opening { valid_to: Some(opening.valid_from), ..ended });
                }
                None => plan.closed.push(ClosedVersion {
                    serial_number: serial_number.to_owned(),
                    version: before.version,
                    valid_to: opening.valid_from,
                    check_date: before.check_date,
                }),
            }
        }
        newest.insert(serial_number, Newest::planned(state, &opening, openings.len()));
        openings.push(Some(opening));
    }
    for (state, opening) in incoming.into_iter().zip(openings) {
        match opening {
            Some(Opening { version, valid_from, valid_to, change }) => {
                plan.opened.push(OpenedVersion { version, valid_from, valid_to, change, state });
            }
            None => plan.unchanged.push(state.unchanged()),
        }
    }
    plan
}

/// An [`OpenedVersion`] that does not hold its state yet.
#[derive(Clone, Copy)]
struct Opening {
    version: i32,
    valid_from: DateTime<Utc>,
    valid_to: Option<DateTime<Utc>>,
    change: Change,
}

impl Opening {
    fn of(state: &impl PlannedState, before: Option<&Newest<'_>>, effective_at: DateTime<Utc>) -> Opening {
        let (version, valid_from) = match before {
            None => (1, effective_at),
            Some(before) if effective_at > before.valid_from => (before.version.saturating_add(1), effective_at),
            Some(before) => (
                before.version.saturating_add(1),
                before.valid_from.checked_add_signed(TICK).unwrap_or(before.valid_from),
            ),
        };
        Opening { version, valid_from, valid_to: None, change: classify(before, state) }
    }
}

/// The newest version of a reservation at this point of the plan.
#[derive(Clone, Copy)]
struct Newest<'a> {
    version: i32,
    valid_from: DateTime<Utc>,
    content: &'a Fingerprint,
    order_status: &'a str,
    check_date: NaiveDate,
    /// Its place among the plan's openings; `None`: it is in the database.
    opening: Option<usize>,
}

impl<'a> Newest<'a> {
    fn in_the_database(current: &'a CurrentVersion) -> Newest<'a> {
        Newest {
            version: current.version,
            valid_from: current.valid_from,
            content: &current.content,
            order_status: &current.order_status,
            check_date: current.check_date,
            opening: None,
        }
    }

    fn planned(state: &'a impl PlannedState, opening: &Opening, index: usize) -> Newest<'a> {
        Newest {
            version: opening.version,
            valid_from: opening.valid_from,
            content: state.content(),
            order_status: state.order_status(),
            check_date: state.check_date(),
            opening: Some(index),
        }
    }
}

/// The table at the top of this file, for states that differ.
fn classify(before: Option<&Newest<'_>>, state: &impl PlannedState) -> Change {
    let is_cancelled = state.is_cancelled();
    let Some(before) = before else {
        return if is_cancelled { Change::Cancelled } else { Change::Booked };
    };
    match (before.order_status == ORDER_STATUS_CANCELLED, is_cancelled) {
        (false, true) => Change::Cancelled,
        (true, false) => Change::Reinstated,
        (true, true) => Change::Amended,
        (false, false) => {
            let became_rescheduled =
                state.order_status() == ORDER_STATUS_RESCHEDULED && before.order_status != ORDER_STATUS_RESCHEDULED;
            if became_rescheduled || state.check_date() != before.check_date {
                Change::Rescheduled
            } else {
                Change::Amended
            }
        }
    }
}

#[cfg(test)]
mod tests;
