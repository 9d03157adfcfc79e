//! Transform: accepted states against current versions → versions to open and to close.
//!
//! Pure: no I/O and no clock. The same inputs give the same history, always.

mod arrivals;
mod belongs;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod history;
mod person;
mod redelivery;
mod repetition;

pub use arrivals::judge_arrivals;
pub use belongs::{fold_number, holds_number};
pub use history::plan_history;
pub use person::PersonKey;
pub use redelivery::{HistoryPlanner, ReadAgain};

use crate::reservation::{IncomingState, Reservation};

impl IncomingState {
    /// Computes what the history compares and counts by.
    pub fn new(reservation: Reservation, person_key: &PersonKey) -> IncomingState {
        let fingerprint = fingerprint::fingerprint(&reservation);
        let person_id = person_key.person_id(reservation.card_type.as_deref(), reservation.idcard.as_deref());
        IncomingState { reservation, fingerprint, person_id }
    }
}
