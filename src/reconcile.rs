//! The platform's own list against the history: what is missing here, missing there, or different.
//!
//! Pure. The list is in memory, some fifty bytes a row; the history passes by, reservation by reservation, in any order. What
//! is found is handed out at once, and only counted here.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::reservation::{
    ComparedValue, Field, FindingKind, HeldReservation, HeldState, ListedReservation, ORDER_STATUS_CANCELLED,
    ReconcileFinding,
};
use crate::wording::{Message, Spoken, display_in_english, message};

mod list;

use list::{List, Verdict};

/// Most rows of a list: a hospital of a thousand people a day needs years for them. A million take 114 MB at the peak.
pub const LIST_ROWS_MAX: usize = 2_000_000;

/// A list that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct TooManyRows;

impl Spoken for TooManyRows {
    fn message(&self) -> Message {
        message!("TJ-6409", rows = LIST_ROWS_MAX)
    }
}

display_in_english!(TooManyRows);

/// Check dates, both ends included; `None`: open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckDates {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl CheckDates {
    fn contain(&self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

/// How many of each, by reservation; of what cannot be read, by cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct ReconcileCounts {
    /// Rows of the list that name a reservation.
    pub listed: u64,
    /// Reservations in both that agree, as far as the list says.
    pub agree: u64,
    pub missing_here: u64,
    pub missing_there: u64,
    pub different: u64,
    pub in_quarantine: u64,
    pub contradictory: u64,
    pub unreadable: u64,
    /// Cancelled here, and not in the list. No difference: lists leave them out.
    pub cancelled_not_listed: u64,
    /// Reservations in the list that both sides put outside the period.
    pub outside_period: u64,
}

impl ReconcileCounts {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.missing_here
            + self.missing_there
            + self.different
            + self.in_quarantine
            + self.contradictory
            + self.unreadable
            == 0
    }
}

/// A list, being filled.
#[derive(Default)]
pub struct ListBuilder {
    list: List,
    listed: u64,
    unreadable: u64,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
}

impl ListBuilder {
    pub fn push(&mut self, listed: &ListedReservation) -> Result<(), TooManyRows> {
        if self.list.entries.len() >= LIST_ROWS_MAX {
            return Err(TooManyRows);
        }
        self.list.push(listed);
        self.listed += 1;
        if let Some(date) = listed.check_date {
            self.first = Some(self.first.map_or(date, |first| first.min(date)));
            self.last = Some(self.last.map_or(date, |last| last.max(date)));
        }
        Ok(())
    }

    /// A cell of the list could not be read.
    pub fn count_unreadable(&mut self) {
        self.unreadable += 1;
    }

    /// The list is complete. Rows of the same reservation become one, or contradict each other. `asked`: the period; where
    /// it is open, it ends with the list's own check dates.
    pub fn build(mut self, asked: CheckDates, on_finding: &mut impl FnMut(ReconcileFinding)) -> Reconciliation {
        let contradictory = self.list.merge(on_finding);
        let period = CheckDates {
            from: asked.from.or(self.first.map(|first| asked.to.map_or(first, |to| first.min(to)))),
            to: asked.to.or(self.last.map(|last| asked.from.map_or(last, |from| last.max(from)))),
        };
        let counts = ReconcileCounts {
            listed: self.listed,
            unreadable: self.unreadable,
            contradictory,
            ..ReconcileCounts::default()
        };
        Reconciliation { list: self.list, period, counts }
    }
}

/// A list that the history is compared with.
pub struct Reconciliation {
    list: List,
    period: CheckDates,
    counts: ReconcileCounts,
}

impl Reconciliation {
    /// Within these check dates, the list is taken to be complete. Open at both ends: nothing says what it is complete for,
    /// and nothing is missed there.
    pub fn period(&self) -> CheckDates {
        self.period
    }

    /// Compares one reservation of the history, or of the quarantine. Each comes once.
    pub fn compare(&mut self, held: &HeldReservation, on_finding: &mut impl FnMut(ReconcileFinding)) {
        let at = self.list.find(&held.serial_number);
        match (at, &held.current) {
            (Some(at), Some(state)) => self.compare_states(at, held, state, on_finding),
            (Some(at), None) => self.list.entries[at].is_quarantined = held.is_quarantined,
            (None, Some(state)) => self.count_absent(held, state, on_finding),
            (None, None) => {}
        }
    }

    fn compare_states(
        &mut self,
        at: usize,
        held: &HeldReservation,
        state: &HeldState,
        on_finding: &mut impl FnMut(ReconcileFinding),
    ) {
        let period = self.period;
        let entry = &mut self.list.entries[at];
        if entry.verdict == Verdict::Contradictory {
            return;
        }
        entry.verdict = Verdict::Compared;
        let entry = *entry;
        if !entry.check_date.is_some_and(|date| period.contain(date)) && !period.contain(state.check_date) {
            self.counts.outside_period += 1;
            return;
        }
        let kind = if held.is_quarantined { FindingKind::InQuarantine } else { FindingKind::Different };
        let mut agrees = true;
        for (field, there) in self.list.values(&entry) {
            let here = held_value(state, field);
            if here.as_ref() != Some(&there) {
                agrees = false;
                on_finding(ReconcileFinding {
                    kind,
                    serial_number: Some(held.serial_number.to_string()),
                    field: Some(field),
                    here,
                    there: Some(there),
                    place: Some(entry.place),
                });
            }
        }
        *match (agrees, kind) {
            (true, _) => &mut self.counts.agree,
            (false, FindingKind::InQuarantine) => &mut self.counts.in_quarantine,
            (false, _) => &mut self.counts.different,
        } += 1;
    }

    fn count_absent(
        &mut self,
        held: &HeldReservation,
        state: &HeldState,
        on_finding: &mut impl FnMut(ReconcileFinding),
    ) {
        if self.period.is_open() || !self.period.contain(state.check_date) {
            return;
        }
        if state.order_status == ORDER_STATUS_CANCELLED {
            self.counts.cancelled_not_listed += 1;
            return;
        }
        self.counts.missing_there += 1;
        on_finding(ReconcileFinding {
            kind: FindingKind::MissingThere,
            serial_number: Some(held.serial_number.to_string()),
            field: Some(Field::CheckDate),
            here: Some(ComparedValue::CheckDate(state.check_date)),
            there: None,
            place: None,
        });
    }

    /// The history has passed: what of the list was not in it is missing here. `may_be_written`: whether a number that
    /// nobody knows here may be in a file.
    pub fn finish(
        mut self,
        may_be_written: impl Fn(&str) -> bool,
        on_finding: &mut impl FnMut(ReconcileFinding),
    ) -> ReconcileCounts {
        for entry in &self.list.entries {
            if entry.verdict != Verdict::Open {
                continue;
            }
            if entry.check_date.is_some_and(|date| !self.period.contain(date)) {
                self.counts.outside_period += 1;
                continue;
            }
            let kind = if entry.is_quarantined {
                self.counts.in_quarantine += 1;
                FindingKind::InQuarantine
            } else {
                self.counts.missing_here += 1;
                FindingKind::MissingHere
            };
            let serial_number = self.list.serial_number(entry);
            let status = self.list.values(entry).find(|(field, _)| *field == Field::OrderStatus);
            on_finding(ReconcileFinding {
                kind,
                serial_number: may_be_written(serial_number).then(|| serial_number.to_owned()),
                field: status.as_ref().map(|(field, _)| *field),
                here: None,
                there: status.map(|(_, value)| value),
                place: Some(entry.place),
            });
        }
        self.counts
    }
}

fn held_value(state: &HeldState, field: Field) -> Option<ComparedValue> {
    match field {
        Field::OrderStatus => Some(ComparedValue::OrderStatus(state.order_status.to_string())),
        Field::CheckDate => Some(ComparedValue::CheckDate(state.check_date)),
        _ => state.fee_fen.map(ComparedValue::Fee),
    }
}
