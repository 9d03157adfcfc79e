//! What finance is handed: numbered handoffs of numbered journal entries, without any identity.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::reservation::Text;

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
    /// At least one.
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

/// One journal entry: how a version moves what is booked for a reservation, in one month, hospital and way of payment.
#[derive(Debug, Clone, PartialEq)]
pub struct FinanceEntry {
    pub account: Text,
    pub handoff_number: i32,
    pub entry_number: i64,
    /// `posting`, `adjustment` or `reversal`.
    pub entry_kind: Text,
    /// What made the version: `booked`, `rescheduled`, `amended`, `cancelled`, `reinstated`; or `corrected`, where a swap of
    /// the history changes what was handed over.
    pub event: Text,
    /// Start of the version; of a correction, the swap.
    pub event_at: DateTime<Utc>,
    pub serial_number: Text,
    pub version: i32,
    pub hospital_code: Text,
    pub hospital_name: Option<Text>,
    pub check_date: NaiveDate,
    pub hospital_package_id: Option<Text>,
    pub hospital_package_name: Option<Text>,
    pub order_status: Text,
    pub pay_type: Option<Text>,
    pub data_sources: Option<Text>,
    /// Yuan, booked before and after this entry, where the entry books.
    pub amount_before: Decimal,
    pub amount_after: Decimal,
    /// Yuan: after less before; never zero.
    pub amount: Decimal,
}
