//! Findings about a finance file, as messages. Pure.

use crate::wording::{Message, message};

/// One thing that must be true of a file, and what is wrong if it is not. Names places, rows and columns, and sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In the words of a text `claim-…`.
    pub claim: &'static str,
    pub problem: Option<Message>,
}

impl Finding {
    /// Makes the finding for a claim and its outcome.
    pub fn of(claim: &'static str, outcome: Result<(), Message>) -> Finding {
        Finding { claim, problem: outcome.err() }
    }

    /// The claim, for people.
    pub fn message(&self) -> Message {
        Message::of("claim", self.claim, Vec::new())
    }
}

/// Rows are counted from 1, without the heading.
pub(super) fn ends_before(row: u64) -> Message {
    message!("finance-file-ends", row)
}

pub(super) fn has_more(rows: u64) -> Message {
    message!("finance-file-has-more", rows)
}
