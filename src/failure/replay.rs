//! Why landed deliveries cannot be replayed.

use chrono::NaiveDate;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::wording::{Message, Spoken, display_in_english, message};

/// Why landed files cannot be replayed, or not be swapped in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    NoDelivery(i64),
    OlderLoadedSince(i64),
    Missing {
        missing: usize,
        of: usize,
        delivery_id: i64,
        file: String,
        received_on: NaiveDate,
        /// From this delivery on, all files are present.
        complete_from: Option<i64>,
    },
    Other {
        delivery_id: i64,
        file: String,
        what: &'static str,
        found: String,
        expected: String,
    },
    Pending(i64),
}

impl Spoken for ReplayError {
    fn message(&self) -> Message {
        match self {
            ReplayError::NoDelivery(delivery_id) => message!("TJ-6201", delivery_id),
            ReplayError::OlderLoadedSince(delivery_id) => message!("TJ-6202", delivery_id),
            ReplayError::Missing { missing, of, delivery_id, file, received_on, complete_from } => message!(
                "TJ-6203",
                missing,
                of,
                delivery_id,
                file,
                received_on = received_on.to_string(),
                complete_from = *complete_from,
            ),
            ReplayError::Other { delivery_id, file, what, found, expected } => {
                message!("TJ-6204", delivery_id, file, what = Message::of("counted", what, Vec::new()), found, expected)
            }
            ReplayError::Pending(count) => message!("TJ-6205", count),
        }
    }
}

display_in_english!(ReplayError);

impl ReplayError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        ExitCode::Failed.with(match self {
            ReplayError::Missing { .. } => Remedy::RestoreOldDeliveries,
            ReplayError::NoDelivery(_) => Remedy::FindDelivery,
            ReplayError::OlderLoadedSince(_) => Remedy::ReplayFromEarlier,
            ReplayError::Other { .. } => Remedy::RestoreLandedFile,
            ReplayError::Pending(_) => Remedy::AcknowledgeFirst,
        })
    }
}
