//! The history plan: the rules of the slowly changing dimension (type 2), as one pure function.
//!
//! | state before | new state | change |
//! |---|---|---|
//! | none | `orderStatus` 5 | `cancelled` |
//! | none | any other | `booked` |
//! | not cancelled | `orderStatus` 5 | `cancelled` |
//! | cancelled | not 5 | `reinstated` |
//! | any | another `checkDate`, or `orderStatus` has become 2 | `rescheduled` |
//! | any | any other difference | `amended` |
//! | any | the same content | none: unchanged |
//!
//! The platform hands over a queue of changes, not a snapshot: a reservation that is absent was acknowledged, not
//! deleted, and keeps its current version.

use std::collections::HashMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::reservation::{
    Change, ClosedVersion, CurrentVersion, HistoryPlan, IncomingState, ORDER_STATUS_CANCELLED,
    ORDER_STATUS_RESCHEDULED, OpenedVersion, UnchangedState,
};

/// PostgreSQL's resolution: the least by which one version can follow another.
const TICK: TimeDelta = TimeDelta::microseconds(1);

/// Plans one chunk of a delivery. `incoming` is in array order, which is time order; `current` holds the current
/// versions of its reservations (absent: never seen).
///
/// A state takes effect at `effective_at`, or one microsecond after the version that it replaces, whichever is later.
pub fn plan_history(
    incoming: Vec<IncomingState>,
    current: &HashMap<String, CurrentVersion>,
    effective_at: DateTime<Utc>,
) -> HistoryPlan {
    let effective_at = effective_at.duration_trunc(TICK).unwrap_or(effective_at);
    let mut plan = HistoryPlan::default();
    // Where in `plan.opened` the newest version of a reservation stands, if this chunk opened it.
    let mut newest: HashMap<String, usize> = HashMap::new();
    for state in incoming {
        let serial_number = &state.reservation.serial_number;
        let opened_at = newest.get(serial_number).copied();
        let before = match opened_at {
            Some(at) => Some(Before::of_opened(&plan.opened[at])),
            None => current.get(serial_number).map(Before::of_current),
        };
        if before.as_ref().is_some_and(|before| before.fingerprint == state.fingerprint) {
            let IncomingState { reservation, .. } = state;
            plan.unchanged
                .push(UnchangedState { request_id: reservation.request_id, serial_number: reservation.serial_number });
            continue;
        }
        let change = classify(before.as_ref(), &state);
        let version = before.as_ref().map_or(1, |before| before.version.saturating_add(1));
        let earliest = before.as_ref().map(|before| before.valid_from + TICK);
        let valid_from = earliest.map_or(effective_at, |earliest| effective_at.max(earliest));
        if valid_from != effective_at {
            plan.adjusted += 1;
        }
        match opened_at {
            Some(at) => plan.opened[at].valid_to = Some(valid_from),
            None => {
                if let Some(ended) = current.get(serial_number) {
                    plan.closed.push(ClosedVersion {
                        serial_number: serial_number.clone(),
                        version: ended.version,
                        valid_to: valid_from,
                        check_date: ended.check_date,
                    });
                }
            }
        }
        newest.insert(serial_number.clone(), plan.opened.len());
        plan.opened.push(OpenedVersion { version, valid_from, valid_to: None, change, state });
    }
    plan
}

/// What a new state is compared with.
struct Before<'a> {
    version: i32,
    valid_from: DateTime<Utc>,
    fingerprint: &'a [u8],
    order_status: &'a str,
    check_date: chrono::NaiveDate,
}

impl<'a> Before<'a> {
    fn of_current(current: &'a CurrentVersion) -> Before<'a> {
        Before {
            version: current.version,
            valid_from: current.valid_from,
            fingerprint: &current.fingerprint,
            order_status: &current.order_status,
            check_date: current.check_date,
        }
    }

    fn of_opened(opened: &'a OpenedVersion) -> Before<'a> {
        Before {
            version: opened.version,
            valid_from: opened.valid_from,
            fingerprint: &opened.state.fingerprint,
            order_status: &opened.state.reservation.order_status,
            check_date: opened.state.reservation.check_date,
        }
    }
}

fn classify(before: Option<&Before<'_>>, state: &IncomingState) -> Change {
    let is_cancelled = state.reservation.is_cancelled();
    let Some(before) = before else {
        return if is_cancelled { Change::Cancelled } else { Change::Booked };
    };
    let was_cancelled = before.order_status == ORDER_STATUS_CANCELLED;
    let became_rescheduled =
        state.reservation.order_status == ORDER_STATUS_RESCHEDULED && before.order_status != ORDER_STATUS_RESCHEDULED;
    if is_cancelled && !was_cancelled {
        Change::Cancelled
    } else if was_cancelled && !is_cancelled {
        Change::Reinstated
    } else if state.reservation.check_date != before.check_date || became_rescheduled {
        Change::Rescheduled
    } else {
        Change::Amended
    }
}
