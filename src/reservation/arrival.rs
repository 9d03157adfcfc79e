//! Arrivals (到检): as written in the inbox, and what is decided about them.

use chrono::{DateTime, Utc};

use crate::wording::{Message, Spoken, message};

/// How an arrival came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivalSource {
    /// The hospital's own system wrote it into the inbox.
    Inbox,
    ListFile,
    Command,
}

impl ArrivalSource {
    /// The name that the warehouse stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            ArrivalSource::Inbox => "inbox",
            ArrivalSource::ListFile => "file",
            ArrivalSource::Command => "command",
        }
    }

    /// The source of that name; whoever is in the inbox without one is the hospital's system.
    pub fn from_name(name: &str) -> ArrivalSource {
        [ArrivalSource::ListFile, ArrivalSource::Command]
            .into_iter()
            .find(|source| source.as_str() == name)
            .unwrap_or(ArrivalSource::Inbox)
    }
}

/// An arrival that is to be written into the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArrival {
    pub serial_number: String,
    /// `None`: now.
    pub arrived_at: Option<DateTime<Utc>>,
}

/// The reservation of an arrival, as far as the warehouse knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownReservation {
    /// Not in the history: not delivered yet, refused by the contract, or mistyped.
    Unknown,
    Active,
    Cancelled,
}

/// A row of the inbox that is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenArrival {
    pub inbox_id: i64,
    pub serial_number: String,
    pub arrived_at: DateTime<Utc>,
    pub submitted_at: DateTime<Utc>,
    pub source: ArrivalSource,
    pub reservation: KnownReservation,
    /// An arrival of the same reservation was taken before.
    pub is_taken: bool,
}

/// Why an arrival is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalReason {
    AlreadyTaken,
    ArrivedInFuture,
    ArrivedLongAgo,
    CancelledReservation,
    UnknownReservation,
}

impl ArrivalReason {
    /// The name that the warehouse stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            ArrivalReason::AlreadyTaken => "already_taken",
            ArrivalReason::ArrivedInFuture => "arrived_in_future",
            ArrivalReason::ArrivedLongAgo => "arrived_long_ago",
            ArrivalReason::CancelledReservation => "cancelled_reservation",
            ArrivalReason::UnknownReservation => "unknown_reservation",
        }
    }
}

/// For people.
impl Spoken for ArrivalReason {
    fn message(&self) -> Message {
        match self {
            ArrivalReason::AlreadyTaken => message!("arrival-already-taken"),
            ArrivalReason::ArrivedInFuture => message!("arrival-in-future"),
            ArrivalReason::ArrivedLongAgo => message!("arrival-long-ago"),
            ArrivalReason::CancelledReservation => message!("arrival-cancelled"),
            ArrivalReason::UnknownReservation => message!("arrival-unknown"),
        }
    }
}

/// The decision about an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivalVerdict {
    /// It is kept, and owed to the platform.
    Taken,
    /// Nothing is to be done for it any more.
    Repeated,
    /// It stays in the inbox: its reservation may come with the next delivery.
    Waiting,
    Refused(ArrivalReason),
}

impl ArrivalVerdict {
    /// The state that the inbox stores.
    pub const fn state(self) -> &'static str {
        match self {
            ArrivalVerdict::Taken => "taken",
            ArrivalVerdict::Repeated => "repeated",
            ArrivalVerdict::Waiting => "open",
            ArrivalVerdict::Refused(_) => "refused",
        }
    }

    /// Why it is not taken; `None`: it is.
    pub const fn reason(self) -> Option<ArrivalReason> {
        match self {
            ArrivalVerdict::Taken => None,
            ArrivalVerdict::Repeated => Some(ArrivalReason::AlreadyTaken),
            ArrivalVerdict::Waiting => Some(ArrivalReason::UnknownReservation),
            ArrivalVerdict::Refused(reason) => Some(reason),
        }
    }
}

/// The outcome of withdrawing an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawal {
    /// It does not count any more, and is not owed.
    Withdrawn,
    /// It was withdrawn before.
    Repeated,
    /// The platform has confirmed it: it stays.
    Confirmed,
    /// No arrival was taken for this reservation.
    NotTaken,
}

impl Withdrawal {
    /// For an arrival that the outbox has in this state (`None`: not at all), and that counts or does not.
    pub fn of(outbox_state: Option<&str>, is_kept: bool) -> Withdrawal {
        match outbox_state {
            None => Withdrawal::NotTaken,
            Some("done") => Withdrawal::Confirmed,
            Some(_) if is_kept => Withdrawal::Withdrawn,
            Some(_) => Withdrawal::Repeated,
        }
    }

    /// It is withdrawn, now or before.
    pub const fn is_as_asked(self) -> bool {
        matches!(self, Withdrawal::Withdrawn | Withdrawal::Repeated)
    }
}

/// For people.
impl Spoken for Withdrawal {
    fn message(&self) -> Message {
        match self {
            Withdrawal::Withdrawn => message!("withdrawal-done"),
            Withdrawal::Repeated => message!("withdrawal-repeated"),
            Withdrawal::Confirmed => message!("withdrawal-confirmed"),
            Withdrawal::NotTaken => message!("withdrawal-not-taken"),
        }
    }
}
