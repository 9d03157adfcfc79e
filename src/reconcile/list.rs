//! The list in memory: rows of a fixed size, their numbers in one text, sorted to be found.

use chrono::NaiveDate;

use crate::reservation::{ComparedValue, Field, FindingKind, ListPlace, ListedReservation, ReconcileFinding};

/// The state of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Open,
    Compared,
    /// Other rows say something else of the same reservation: there is nothing to compare with.
    Contradictory,
}

/// One row. `None`: not given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where its number begins and ends in the text.
    start: usize,
    length: u16,
    /// Place among the list's states.
    order_status: Option<u16>,
    pub(super) check_date: Option<NaiveDate>,
    fee_fen: Option<i64>,
    pub(super) place: ListPlace,
    pub(super) verdict: Verdict,
    pub(super) is_quarantined: bool,
}

#[derive(Default)]
pub(super) struct List {
    pub(super) entries: Vec<Entry>,
    serial_numbers: String,
    /// Codes of states, each once: a contract has a handful.
    states: Vec<String>,
}

impl List {
    pub(super) fn push(&mut self, listed: &ListedReservation) {
        let start = self.serial_numbers.len();
        self.serial_numbers.push_str(&listed.serial_number);
        let entry = Entry {
            start,
            // At most 500 characters.
            length: u16::try_from(listed.serial_number.len()).unwrap_or(u16::MAX),
            order_status: listed.order_status.as_deref().map(|code| self.state(code)),
            check_date: listed.check_date,
            fee_fen: listed.fee_fen,
            place: listed.place,
            verdict: Verdict::Open,
            is_quarantined: false,
        };
        self.entries.push(entry);
    }

    fn state(&mut self, code: &str) -> u16 {
        let known = self.states.iter().position(|known| known == code);
        let at = known.unwrap_or_else(|| {
            self.states.push(code.to_owned());
            self.states.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    pub(super) fn serial_number(&self, entry: &Entry) -> &str {
        self.serial_numbers.get(entry.start..entry.start + usize::from(entry.length)).unwrap_or_default()
    }

    /// The row's values that are compared.
    pub(super) fn values(&self, entry: &Entry) -> impl Iterator<Item = (Field, ComparedValue)> + use<> {
        let order_status = entry.order_status.and_then(|at| self.states.get(usize::from(at))).cloned();
        let values = [
            order_status.map(|code| (Field::OrderStatus, ComparedValue::OrderStatus(code))),
            entry.check_date.map(|date| (Field::CheckDate, ComparedValue::CheckDate(date))),
            entry.fee_fen.map(|fen| (Field::ExaminationFee, ComparedValue::Fee(fen))),
        ];
        values.into_iter().flatten()
    }

    /// Sorts the rows and makes one of those that say the same of a reservation. How many reservations have rows that say
    /// different things: each of these rows is reported.
    pub(super) fn merge(&mut self, on_finding: &mut impl FnMut(ReconcileFinding)) -> u64 {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by(|one, other| {
            (self.serial_number(one), one.place).cmp(&(self.serial_number(other), other.place))
        });
        let (mut contradictory, mut kept, mut at) = (0, 0, 0);
        while at < entries.len() {
            let is_same = |row: &&Entry| self.serial_number(row) == self.serial_number(&entries[at]);
            let end = at + entries[at..].iter().take_while(is_same).count();
            let rows = &entries[at..end];
            let mut merged = rows[0];
            if let Some(field) = rows[1..].iter().find_map(|row| join(&mut merged, row)) {
                merged.verdict = Verdict::Contradictory;
                contradictory += 1;
                for row in rows {
                    on_finding(ReconcileFinding {
                        kind: FindingKind::Contradictory,
                        serial_number: Some(self.serial_number(row).to_owned()),
                        field: Some(field),
                        here: None,
                        there: self.values(row).find(|(given, _)| *given == field).map(|(_, value)| value),
                        place: Some(row.place),
                    });
                }
            }
            entries[kept] = merged;
            kept += 1;
            at = end;
        }
        entries.truncate(kept);
        self.entries = entries;
        contradictory
    }

    /// Finds the row of a reservation. The list must be merged.
    pub(super) fn find(&self, serial_number: &str) -> Option<usize> {
        self.entries.binary_search_by(|entry| self.serial_number(entry).cmp(serial_number)).ok()
    }
}

/// Takes over what `row` gives beyond `merged`. The first field in which they differ, if there is one.
fn join(merged: &mut Entry, row: &Entry) -> Option<Field> {
    fn differs<T: PartialEq + Copy>(merged: &mut Option<T>, given: Option<T>) -> bool {
        let known = *merged;
        *merged = known.or(given);
        given.is_some() && *merged != given
    }
    let differing = [
        (Field::OrderStatus, differs(&mut merged.order_status, row.order_status)),
        (Field::CheckDate, differs(&mut merged.check_date, row.check_date)),
        (Field::ExaminationFee, differs(&mut merged.fee_fen, row.fee_fen)),
    ];
    differing.into_iter().find(|(_, differs)| *differs).map(|(field, _)| field)
}
