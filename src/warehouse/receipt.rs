//! The proof that a delivery is committed.

/// Opens the door to the platform's callbacks: acknowledging takes one.
///
/// Only this module's siblings can make one, and they do so in two places: after `COMMIT` returned, and when reading
/// the outbox outside of any load, where only committed rows can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitReceipt {
    account: String,
    delivery_id: i64,
}

impl CommitReceipt {
    pub(super) fn new(account: &str, delivery_id: i64) -> CommitReceipt {
        CommitReceipt { account: account.to_owned(), delivery_id }
    }

    /// The account whose delivery is committed.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The committed delivery.
    pub fn delivery_id(&self) -> i64 {
        self.delivery_id
    }
}
