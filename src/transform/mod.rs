//! Transform: accepted states against current versions → versions to open and to close.
//!
//! Pure: no I/O and no clock. The same inputs give the same history, always.

mod arrivals;
mod belongs;
mod content_id;
mod contents;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod history;
mod person;
mod redelivery;
mod repetition;
mod whole_history;

pub use arrivals::judge_arrivals;
pub use belongs::{fold_number, holds_number};
pub use content_id::ContentKey;
pub use contents::{KnownContents, content_of};
pub use history::plan_history;
pub use person::PersonKey;
pub use redelivery::{HistoryPlanner, ReadAgain};
pub use whole_history::{Contradiction, DeliveredState, MadeVersion, Outcome, Place, WholeHistory};

use std::collections::BTreeSet;

use crate::reservation::{IncomingState, Reservation};

impl IncomingState {
    /// Computes what the history compares and counts by. `ignored`: names of members that make no version.
    pub fn new(reservation: Reservation, person_key: &PersonKey, ignored: &BTreeSet<String>) -> IncomingState {
        let fingerprint = fingerprint::fingerprint(&reservation, &BTreeSet::new());
        let content = if ignored.is_empty() { fingerprint } else { fingerprint::fingerprint(&reservation, ignored) };
        let person_id = person_key.person_id(reservation.card_type.as_deref(), reservation.idcard.as_deref());
        IncomingState { reservation, fingerprint, content, person_id }
    }
}
