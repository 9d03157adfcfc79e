//! Why landed deliveries cannot be replayed.

use chrono::NaiveDate;

use crate::guidance::{ExitCode, Guidance, Remedy};

/// Why landed files cannot be replayed, or not be swapped in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("this account has no delivery {0}; nothing was changed")]
    NoDelivery(i64),
    #[error(
        "a retry after delivery {0} has loaded records of before it, which a replay from there would lose; nothing was \
         changed"
    )]
    OlderLoadedSince(i64),
    #[error(
        "{missing} of {of} deliveries are not in the landing folder: the first is delivery {delivery_id}, {file}, received \
         {received_on}; {}; nothing was changed",
        complete_note(*.complete_from)
    )]
    Missing {
        missing: usize,
        of: usize,
        delivery_id: i64,
        file: String,
        received_on: NaiveDate,
        /// From this delivery on, all are there.
        complete_from: Option<i64>,
    },
    #[error(
        "the landed file {file} is not the delivery {delivery_id} that was committed: {what} {found}, the ledger says \
         {expected}; nothing was changed"
    )]
    Other { delivery_id: i64, file: String, what: &'static str, found: String, expected: String },
    #[error("{0} acknowledgements are pending: the history is not swapped meanwhile; nothing was changed")]
    Pending(i64),
}

fn complete_note(complete_from: Option<i64>) -> String {
    match complete_from {
        Some(delivery_id) => format!("from delivery {delivery_id} on, all are there"),
        None => "the last one is missing, too".to_owned(),
    }
}

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
