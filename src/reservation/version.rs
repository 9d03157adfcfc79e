//! Versions: what the history holds, and what a chunk of accepted states does to it.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::reservation::{ORDER_STATUS_CANCELLED, Reservation, Text};

/// What made a version: how this state differs from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Booked,
    Rescheduled,
    Cancelled,
    Amended,
    Reinstated,
}

impl Change {
    /// Every change.
    pub const ALL: [Change; 5] =
        [Change::Booked, Change::Rescheduled, Change::Cancelled, Change::Amended, Change::Reinstated];

    /// The text in `warehouse.reservation_versions.change`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Booked => "booked",
            Change::Rescheduled => "rescheduled",
            Change::Cancelled => "cancelled",
            Change::Amended => "amended",
            Change::Reinstated => "reinstated",
        }
    }

    /// For people who read Chinese.
    pub const fn label_zh(self) -> &'static str {
        match self {
            Change::Booked => "新预约",
            Change::Rescheduled => "改期",
            Change::Cancelled => "取消",
            Change::Amended => "信息变更",
            Change::Reinstated => "恢复预约",
        }
    }

    /// For people who read English.
    pub const fn label_en(self) -> &'static str {
        self.as_str()
    }
}

/// Versioned canonical digest of a reservation's content (every delivered field but `requestId`).
///
/// First byte: version of the algorithm; the other 32: SHA-256. See `transform::fingerprint`.
pub type Fingerprint = [u8; 33];

/// Keyed HMAC-SHA-256 of card type and id number. See `transform::person`.
pub type PersonId = [u8; 32];

/// The current version of a reservation: enough to decide what a new state changes.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentVersion {
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    /// The fingerprint as stored.
    pub fingerprint: Fingerprint,
    /// What states are compared with: the fingerprint, or the content that `transform::KnownContents` has learnt instead.
    pub content: Fingerprint,
    pub order_status: Text,
    pub check_date: NaiveDate,
}

/// One accepted state on its way into the history.
#[derive(Clone, PartialEq)]
pub struct IncomingState {
    pub reservation: Reservation,
    /// Fingerprint of the whole content, for storing.
    pub fingerprint: Fingerprint,
    /// Fingerprint for comparing: without the members that the pipeline ignores.
    pub content: Fingerprint,
    /// `None` where no id number was delivered.
    pub person_id: Option<PersonId>,
}

/// What a plan looks at of a state. The rest is carried along.
pub trait PlannedState {
    /// What is left of a state that changes nothing.
    type Unchanged;

    fn serial_number(&self) -> &Text;
    /// What it is compared by.
    fn content(&self) -> &Fingerprint;
    fn order_status(&self) -> &str;
    fn check_date(&self) -> NaiveDate;
    fn unchanged(self) -> Self::Unchanged;

    fn is_cancelled(&self) -> bool {
        self.order_status() == ORDER_STATUS_CANCELLED
    }
}

impl PlannedState for IncomingState {
    type Unchanged = UnchangedState;

    fn serial_number(&self) -> &Text {
        &self.reservation.serial_number
    }

    fn content(&self) -> &Fingerprint {
        &self.content
    }

    fn order_status(&self) -> &str {
        &self.reservation.order_status
    }

    fn check_date(&self) -> NaiveDate {
        self.reservation.check_date
    }

    fn unchanged(self) -> UnchangedState {
        let Reservation { request_id, serial_number, .. } = self.reservation;
        UnchangedState { request_id, serial_number }
    }
}

/// Shows the reservation's keys only: fingerprint and `person_id` are made from personal data.
impl fmt::Debug for IncomingState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reservation.fmt(formatter)
    }
}

/// The changes that a chunk of accepted states makes to the history: `incoming = opened + unchanged`.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPlan<S: PlannedState = IncomingState> {
    pub opened: Vec<OpenedVersion<S>>,
    /// Current versions of the database that end. Versions opened and superseded in one chunk are in `opened` only.
    pub closed: Vec<ClosedVersion>,
    pub unchanged: Vec<S::Unchanged>,
    /// Opened versions whose start was moved to one microsecond after the version before.
    pub adjusted: u64,
}

impl<S: PlannedState> Default for HistoryPlan<S> {
    fn default() -> HistoryPlan<S> {
        HistoryPlan { opened: Vec::new(), closed: Vec::new(), unchanged: Vec::new(), adjusted: 0 }
    }
}

/// A version to add.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedVersion<S = IncomingState> {
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    /// `None`: current. Otherwise a later state of the same chunk has already replaced it.
    pub valid_to: Option<DateTime<Utc>>,
    pub change: Change,
    pub state: S,
}

/// A current version that ends.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedVersion {
    pub serial_number: String,
    pub version: i32,
    pub valid_to: DateTime<Utc>,
    /// Check date of the version that ends: the export of that month changes, too.
    pub check_date: NaiveDate,
}

/// An accepted state that changes nothing, and is owed an acknowledgement all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct UnchangedState {
    pub request_id: Text,
    pub serial_number: Text,
}
