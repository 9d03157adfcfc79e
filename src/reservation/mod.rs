//! The record that flows through the chain: as delivered, as accepted, as kept, as rejected.
//!
//! These are the words that every stage shares, so they live below all of them. Nothing here does I/O.

mod arrival;
mod field;
mod handoff;
mod reconciliation;
mod rule;
#[cfg(test)]
mod tests;
mod unknown_fields;
mod version;

use std::fmt;

pub use arrival::{
    ArrivalReason, ArrivalSource, ArrivalVerdict, KnownReservation, NewArrival, OpenArrival, Withdrawal,
};
pub use field::{Field, FieldKind, FieldRef, FieldValue, Reservation, Text};
pub use handoff::Handoff;
pub use reconciliation::{
    ComparedValue, FindingKind, HeldReservation, HeldState, ListPlace, ListedReservation, ReconcileFinding,
};
pub use rule::{BrokenRule, Problem, ProblemCounts, Rejection, Rule, Severity};
pub use unknown_fields::{UNKNOWN_FIELD_CHARACTERS, UNKNOWN_FIELDS_KEPT, UnknownFields};
pub use version::{
    Change, ClosedVersion, CurrentVersion, Fingerprint, HistoryPlan, IncomingState, OpenedVersion, PersonId,
    PlannedState, UnchangedState,
};

/// Shows the keys only: the rest is personal data.
impl fmt::Debug for Reservation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reservation")
            .field("serial_number", &self.serial_number)
            .field("order_status", &self.order_status)
            .field("check_date", &self.check_date)
            .finish_non_exhaustive()
    }
}

/// `orderStatus` 5, 已取消预约: the only thing that cancels a reservation.
pub const ORDER_STATUS_CANCELLED: &str = "5";

/// `orderStatus` 2, 改约.
pub const ORDER_STATUS_RESCHEDULED: &str = "2";
