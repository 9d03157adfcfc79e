//! Comparing the platform's own list with the history: the types that reading, comparing and writing share.

use chrono::NaiveDate;

use crate::reservation::{Field, Text};

/// The place of a row in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPlace {
    /// Counted from 1; CSV has one.
    pub sheet: u16,
    pub line: u32,
}

impl std::fmt::Display for ListPlace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.sheet {
            1 => write!(formatter, "{}", self.line),
            sheet => write!(formatter, "{sheet}:{}", self.line),
        }
    }
}

/// A reservation as the platform's list has it. `None`: not given, so not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedReservation {
    pub place: ListPlace,
    pub serial_number: String,
    /// The state's code.
    pub order_status: Option<String>,
    pub check_date: Option<NaiveDate>,
    /// The fee in fen, 1/100 yuan.
    pub fee_fen: Option<i64>,
}

/// A reservation as the warehouse has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldReservation {
    pub serial_number: Text,
    /// `None`: there is no version of it.
    pub current: Option<HeldState>,
    /// A record of it waits in quarantine.
    pub is_quarantined: bool,
}

/// The current version, as far as lists have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldState {
    pub order_status: Text,
    pub check_date: NaiveDate,
    /// The fee in fen, 1/100 yuan.
    pub fee_fen: Option<i64>,
}

/// The kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// In the list, not in the history.
    MissingHere,
    /// In the history, not in the list.
    MissingThere,
    Different,
    /// Missing or different, and a record of it waits in quarantine.
    InQuarantine,
    /// The list says different things of one reservation.
    Contradictory,
    /// A cell of the list is not what its column is for.
    Unreadable,
}

impl FindingKind {
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::MissingHere => "missing_here",
            FindingKind::MissingThere => "missing_there",
            FindingKind::Different => "different",
            FindingKind::InQuarantine => "in_quarantine",
            FindingKind::Contradictory => "contradictory",
            FindingKind::Unreadable => "unreadable",
        }
    }
}

/// A value that is compared. Nothing of a person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComparedValue {
    OrderStatus(String),
    CheckDate(NaiveDate),
    /// A fee in fen, 1/100 yuan.
    Fee(i64),
}

/// One line of what a comparison has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconcileFinding {
    pub kind: FindingKind,
    /// `None`: it cannot be read, or could be a person's.
    pub serial_number: Option<String>,
    pub field: Option<Field>,
    pub here: Option<ComparedValue>,
    pub there: Option<ComparedValue>,
    /// Its place in the list, if it is there.
    pub place: Option<ListPlace>,
}
