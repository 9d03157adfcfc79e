//! The proof that what we report to the platform is committed.

/// Opens the door to the platform's callbacks and arrivals: each of these calls takes one.
///
/// Only this module's siblings can make one, and they do so in two places: after `COMMIT` returned, and when reading
/// the outbox outside of any load, where only committed rows can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitReceipt {
    account: String,
    delivery_id: Option<i64>,
}

impl CommitReceipt {
    pub(in crate::warehouse) fn new(account: &str, delivery_id: Option<i64>) -> CommitReceipt {
        CommitReceipt { account: account.to_owned(), delivery_id }
    }

    /// The account whose delivery or arrival is committed.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The committed delivery; `None`: it is an arrival that is committed.
    pub fn delivery_id(&self) -> Option<i64> {
        self.delivery_id
    }
}
