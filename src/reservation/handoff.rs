//! Numbered handoffs to finance, each with numbered journal entries.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// One handoff of an account: which deliveries and entries it holds, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handoff {
    pub account: String,
    /// Counted from 1 per account, without gaps.
    pub handoff_number: i32,
    pub first_delivery_id: i64,
    /// The newest delivery whose changes it holds.
    pub last_delivery_id: i64,
    /// When that delivery's states take effect.
    pub as_of: DateTime<Utc>,
    /// Entries are counted from 1 per account, without gaps, over all handoffs.
    pub first_entry_number: i64,
    /// Number of entries; at least one.
    pub entries: i64,
    /// Yuan: the sum of the entries.
    pub amount: Decimal,
    /// Yuan: the sum of all entries up to here, which is the fee of all active reservations as of that delivery.
    pub balance: Decimal,
}

impl Handoff {
    /// The number of its last entry.
    pub fn last_entry_number(&self) -> i64 {
        self.first_entry_number + self.entries - 1
    }

    /// The part's name in the ledger of exports.
    pub fn name(&self) -> String {
        format!("delta-{:06}", self.handoff_number)
    }
}
