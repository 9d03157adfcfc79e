//! The platform's own list, exported from its back office: rows of text become reservations, or problems that name a place
//! and no values. Names of other columns are not kept, nor anything below them: they may be a person's.

mod cells;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::reservation::{Field, ListPlace, ListedReservation};
use crate::rows::CodeLabel;
use crate::wording::{Message, Spoken, display_in_english, message};

pub use cells::may_name_a_person;

/// The columns that are compared.
pub const LIST_FIELDS: [Field; 4] = [Field::SerialNumber, Field::OrderStatus, Field::CheckDate, Field::ExaminationFee];

/// Rows before the heading that a sheet may have: a title, a period, who exported it.
const HEADING_ROWS_MAX: usize = 10;

/// How the columns are called, beside the platform's spelling and ours.
const HEADINGS: [(Field, &[&str]); 4] = [
    (Field::SerialNumber, &["平台预约id", "预约id", "预约编号", "预约号"]),
    (Field::OrderStatus, &["预约状态", "状态"]),
    (Field::CheckDate, &["体检日期", "预约体检日期"]),
    (Field::ExaminationFee, &["体检费用", "费用", "金额"]),
];

/// Words for states that people use, beside those of the contract's dictionary.
const STATES: [(&str, &str); 10] = [
    ("已预约", "1"),
    ("已预约未传输", "1"),
    ("改约", "2"),
    ("已改约", "2"),
    ("改期", "2"),
    ("已改期", "2"),
    ("已取消预约", "5"),
    ("已取消", "5"),
    ("取消预约", "5"),
    ("取消", "5"),
];

/// A heading that somebody has named for a field.
pub type NamedHeading = (Field, String);

/// Why nothing of a list can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListProblem {
    NoHeading,
    TwoColumns(usize, usize, Field),
    NoSuchColumn(Field),
}

impl Spoken for ListProblem {
    fn message(&self) -> Message {
        match self {
            ListProblem::NoHeading => message!("TJ-5221", rows = HEADING_ROWS_MAX),
            ListProblem::TwoColumns(first, second, field) => {
                message!("TJ-5222", first = first + 1, second = second + 1, field = field.column_name())
            }
            ListProblem::NoSuchColumn(field) => message!("TJ-5223", field = field.column_name()),
        }
    }
}

display_in_english!(ListProblem);

/// A cell that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCell {
    pub place: ListPlace,
    pub field: Field,
    /// The row's serial number, if it can be read.
    pub serial_number: Option<String>,
}

/// Reads the rows of a list, sheet by sheet.
pub struct ListReader {
    named: Vec<NamedHeading>,
    /// Words, folded, and their codes.
    states: Vec<(String, String)>,
    sheet: u16,
    rows_before_heading: usize,
    /// The columns of the current sheet.
    columns: Option<Columns>,
    /// The fields found in any sheet.
    pub found_fields: Vec<Field>,
    /// Columns that were not read, of the first heading.
    pub ignored_columns: usize,
}

impl ListReader {
    /// `labels`: what the contract calls the states; `named`: headings that go before those that are known.
    pub fn new(named: Vec<NamedHeading>, labels: &[CodeLabel]) -> ListReader {
        let own = STATES.iter().map(|(word, code)| (cells::folded(word), (*code).to_owned()));
        let of_labels = labels.iter().flat_map(|label| {
            [&label.code, &label.zh, &label.en].map(|word| (cells::folded(word), label.code.clone()))
        });
        let codes = STATES.iter().map(|(_, code)| ((*code).to_owned(), (*code).to_owned()));
        let states = of_labels.chain(codes).chain(own).collect();
        let named = named.into_iter().map(|(field, heading)| (field, cells::folded_heading(&heading))).collect();
        ListReader {
            named,
            states,
            sheet: 0,
            rows_before_heading: 0,
            columns: None,
            found_fields: Vec::new(),
            ignored_columns: 0,
        }
    }

    /// Reads the next row. `None`: the heading, a row before it, an empty one, or one that says nothing of a reservation.
    /// Cells that cannot be used go to `bad_cells`; the others of their row are used.
    pub fn read(
        &mut self,
        place: ListPlace,
        row: &[String],
        bad_cells: &mut Vec<BadCell>,
    ) -> Result<Option<ListedReservation>, ListProblem> {
        if place.sheet != self.sheet {
            (self.sheet, self.rows_before_heading, self.columns) = (place.sheet, 0, None);
        }
        if let Some(columns) = &self.columns {
            return Ok(self.reservation(columns, place, row, bad_cells));
        }
        let is_empty = row.iter().all(|cell| cells::plain(cell).is_empty());
        if !is_empty && self.rows_before_heading < HEADING_ROWS_MAX {
            self.rows_before_heading += 1;
            self.columns = self.heading(row)?;
        }
        Ok(None)
    }

    /// Ends the list; an error if no sheet had a heading.
    pub fn finish(&self) -> Result<(), ListProblem> {
        if self.found_fields.is_empty() { Err(ListProblem::NoHeading) } else { Ok(()) }
    }

    /// The columns, if the row is a heading.
    fn heading(&mut self, row: &[String]) -> Result<Option<Columns>, ListProblem> {
        let headings: Vec<String> = row.iter().map(|cell| cells::folded_heading(cell)).collect();
        let mut columns = Columns::default();
        for field in LIST_FIELDS {
            let named = self.named.iter().find(|(named, _)| *named == field).map(|(_, heading)| heading.as_str());
            let is_called = |heading: &str| {
                !heading.is_empty() && named.map_or_else(|| is_known(field, heading), |named| named == heading)
            };
            let mut found = (0..headings.len()).filter(|at| is_called(&headings[*at]));
            let (first, second) = (found.next(), found.next());
            match (first, second) {
                (None, _) if field == Field::SerialNumber => return Ok(None),
                (None, _) if named.is_some() => return Err(ListProblem::NoSuchColumn(field)),
                (Some(first), Some(second)) => return Err(ListProblem::TwoColumns(first, second, field)),
                (first, _) => columns.0[place_of(field)] = first,
            }
        }
        let fields = LIST_FIELDS.into_iter().filter(|field| columns.of(*field).is_some());
        if self.found_fields.is_empty() {
            let filled = headings.iter().filter(|heading| !heading.is_empty()).count();
            self.ignored_columns = filled - fields.clone().count();
        }
        for field in fields {
            if !self.found_fields.contains(&field) {
                self.found_fields.push(field);
            }
        }
        Ok(Some(columns))
    }

    fn reservation(
        &self,
        columns: &Columns,
        place: ListPlace,
        row: &[String],
        bad_cells: &mut Vec<BadCell>,
    ) -> Option<ListedReservation> {
        let cell = |field| {
            let text = columns.of(field).and_then(|at| row.get(at)).map_or("", |cell| cells::plain(cell));
            Some(text).filter(|text| !text.is_empty())
        };
        let serial_number = cell(Field::SerialNumber).map(cells::serial_number);
        if serial_number.is_none() && LIST_FIELDS.into_iter().all(|field| cell(field).is_none()) {
            return None;
        }
        let serial_number = serial_number.flatten();
        let mut bad = |field| bad_cells.push(BadCell { place, field, serial_number: serial_number.clone() });
        let Some(read_number) = serial_number.clone() else {
            bad(Field::SerialNumber);
            return None;
        };
        let order_status = cell(Field::OrderStatus).map(|text| self.state(text));
        let check_date = cell(Field::CheckDate).map(cells::date);
        let fee_fen = cell(Field::ExaminationFee).map(cells::fen);
        for (field, is_bad) in [
            (Field::OrderStatus, order_status == Some(None)),
            (Field::CheckDate, check_date == Some(None)),
            (Field::ExaminationFee, fee_fen == Some(None)),
        ] {
            if is_bad {
                bad(field);
            }
        }
        Some(ListedReservation {
            place,
            serial_number: read_number,
            order_status: order_status.flatten(),
            check_date: check_date.flatten(),
            fee_fen: fee_fen.flatten(),
        })
    }

    /// The code for a word.
    fn state(&self, text: &str) -> Option<String> {
        let word = cells::folded(text);
        self.states.iter().find(|(known, _)| *known == word).map(|(_, code)| code.clone())
    }
}

/// The places of the columns of [`LIST_FIELDS`], in their order.
#[derive(Default)]
struct Columns([Option<usize>; LIST_FIELDS.len()]);

impl Columns {
    fn of(&self, field: Field) -> Option<usize> {
        self.0[place_of(field)]
    }
}

fn place_of(field: Field) -> usize {
    LIST_FIELDS.iter().position(|known| *known == field).unwrap_or_default()
}

fn is_known(field: Field, heading: &str) -> bool {
    let own = [field.name(), field.column_name()].map(cells::folded_heading);
    own.iter().any(|known| known == heading)
        || HEADINGS.iter().any(|(known, names)| *known == field && names.contains(&heading))
}

/// A day as lists write it.
pub fn list_date(text: &str) -> Option<NaiveDate> {
    cells::date(cells::plain(text))
}
