//! The tasks that a run can have.

use crate::night::recover::OnLoss;
use crate::night::retry::Selection;

/// The purpose of a run.
#[derive(Debug, Clone, Copy)]
pub enum Task<'a> {
    /// Pull, load, acknowledge, export.
    Night,
    /// Quarantined records are tried again first.
    Retry(&'a Selection),
    /// Quarantined records are forgotten first.
    Discard(&'a Selection),
    /// Only what the landing folder knows and the database does not is done again: nothing is pulled.
    Recover(OnLoss),
}
