//! Rows as the report page gets them: counts, never a person, a reservation or a key of one.

use chrono::{DateTime, NaiveDate, Utc};

/// Days before the check date at which a group of lead times begins; before the first one comes the day itself.
pub const LEAD_DAYS: [i32; 7] = [1, 2, 4, 8, 15, 31, 61];

/// Everything that the page is made of, as of one state of the warehouse. Counts are in the order of their days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportRows {
    /// `mart.privacy`: a cell with fewer people is not shown separately.
    pub min_cell: i64,
    pub accounts: Vec<ReportAccount>,
    /// Counts by status.
    pub statuses: Vec<DayCount>,
    /// Counts by status, one year before: these days are the earlier ones.
    pub statuses_before: Vec<DayCount>,
    /// How many people there are on a hospital's check date, this year and one year before, and how many of them have a reservation
    /// that is not cancelled (the amount): not told, but needed to judge the others.
    pub people: Vec<DayCount>,
    pub people_before: Vec<DayCount>,
    /// By event; the day is the one on which it happened. The amount is to how many people of the hospital anything happened in that
    /// month: not told, but needed to judge the event. Arrivals are none of them.
    pub events: Vec<DayCount>,
    /// By whether arrivals are reported, check dates that are over, without cancelled reservations; the amount is how many
    /// arrived.
    pub arrivals: Vec<DayCount>,
    /// As counted: not in a page before small groups are removed.
    pub cells: Vec<MonthCell>,
    pub nights: Vec<ReportNight>,
    pub broken_rules: Vec<RuleCount>,
    pub labels: Vec<CodeLabel>,
}

impl ReportRows {
    /// The number of figures.
    pub fn count(&self) -> u64 {
        let days = [&self.statuses, &self.statuses_before, &self.events, &self.arrivals];
        let counts: usize = days.iter().map(|rows| rows.len()).sum();
        (counts + self.cells.len() + self.nights.len() + self.broken_rules.len()) as u64
    }
}

/// An account, and how far its data reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportAccount {
    pub account: String,
    /// Beijing's day of its first delivery.
    pub first_night: NaiveDate,
    /// When the states of its last delivery took effect.
    pub as_of: DateTime<Utc>,
    /// The first and the last check date that it has, in the period or not.
    pub check_dates: Option<(NaiveDate, NaiveDate)>,
}

/// How many of one hospital fall on one day, by what became of them: nothing that tells one person from another.
#[derive(Debug, Clone, PartialEq)]
pub struct DayCount {
    pub account: String,
    pub hospital_code: String,
    pub hospital_name: Option<String>,
    pub code: String,
    pub day: NaiveDate,
    pub count: i64,
    /// A second sum; [`ReportRows`] says of what.
    pub amount: i64,
}

/// Reservations of one hospital in one month of check dates that have one key of a dimension in common.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthCell {
    pub dimension: String,
    pub account: String,
    pub hospital_code: String,
    /// The platform's code; `None` if it was not delivered.
    pub code: Option<String>,
    pub name: Option<String>,
    /// First day of the month.
    pub month: NaiveDate,
    /// Reservations, without cancelled ones.
    pub reservations: i64,
    pub cancelled: i64,
    /// A sum over `reservations`, depending on the cell: fees in fen, days of lead time, or nothing.
    pub amount: i64,
    /// How many people these are, how many of them the amount is of, and how many have a reservation and no amount.
    pub people: i64,
    pub payers: i64,
    pub free: i64,
    /// As above, each person in one cell only of a hospital's month: several cells together have no fewer than the sum.
    pub own_people: i64,
    pub own_payers: i64,
    pub own_free: i64,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportNight {
    pub account: String,
    pub delivery_id: i64,
    pub day: NaiveDate,
    pub received: i64,
    pub accepted: i64,
    pub rejected: i64,
    pub unchanged: i64,
    pub opened: i64,
    pub warned: i64,
}

/// A rule that an account's deliveries of one day broke.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleCount {
    pub account: String,
    pub day: NaiveDate,
    /// Empty: the record as a whole.
    pub field: String,
    pub rule: String,
    pub is_rejecting: bool,
    pub records: i64,
}

/// The Chinese and English names of a code.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeLabel {
    pub column_name: String,
    pub code: String,
    pub zh: String,
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_the_report_counts() {
        let day = NaiveDate::MIN;
        let day_count = DayCount {
            account: String::new(),
            hospital_code: String::new(),
            hospital_name: None,
            code: String::new(),
            day,
            count: 1,
            amount: 1,
        };
        let night = ReportNight {
            account: String::new(),
            delivery_id: 1,
            day,
            received: 1,
            accepted: 1,
            rejected: 0,
            unchanged: 0,
            opened: 1,
            warned: 0,
        };
        let broken_rule = RuleCount {
            account: String::new(),
            day,
            field: String::new(),
            rule: String::new(),
            is_rejecting: true,
            records: 1,
        };
        let cell = MonthCell {
            dimension: String::new(),
            account: String::new(),
            hospital_code: String::new(),
            code: None,
            name: None,
            month: day,
            reservations: 1,
            cancelled: 0,
            amount: 0,
            people: 1,
            payers: 1,
            free: 0,
            own_people: 1,
            own_payers: 1,
            own_free: 0,
        };
        let days = |count| vec![day_count.clone(); count];
        let rows = ReportRows {
            statuses: days(1),
            statuses_before: days(2),
            events: days(4),
            arrivals: days(8),
            cells: vec![cell; 16],
            nights: vec![night; 32],
            broken_rules: vec![broken_rule; 64],
            ..ReportRows::default()
        };
        assert_eq!(rows.count(), 127);
    }
}
