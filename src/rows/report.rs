//! Rows as the report page gets them: counts, never a person, a reservation or a key of one.

use chrono::{DateTime, NaiveDate, Utc};

/// Days before the check date at which a group of lead times begins; before the first one stands the day itself.
pub const LEAD_DAYS: [i32; 7] = [1, 2, 4, 8, 15, 31, 61];

/// Everything that the page shows, as of one state of the warehouse. Counts are in the order of their days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportRows {
    pub accounts: Vec<ReportAccount>,
    /// By status; the amount is the fees in fen.
    pub statuses: Vec<DayCount>,
    /// By package, without cancelled reservations; the amount is the fees in fen.
    pub packages: Vec<DayCount>,
    /// By booking channel, without cancelled reservations; the amount is the number of cancelled ones.
    pub channels: Vec<DayCount>,
    /// By add-on, without cancelled reservations.
    pub add_ons: Vec<DayCount>,
    /// By number of the group of [`LEAD_DAYS`], without cancelled reservations; the amount is the sum of the days.
    pub lead_times: Vec<DayCount>,
    /// By event; the day is the one on which it happened.
    pub events: Vec<DayCount>,
    pub nights: Vec<ReportNight>,
    pub broken_rules: Vec<RuleCount>,
    pub labels: Vec<CodeLabel>,
}

impl ReportRows {
    /// How many figures there are.
    pub fn count(&self) -> u64 {
        let dimensions =
            [&self.statuses, &self.packages, &self.channels, &self.add_ons, &self.lead_times, &self.events];
        let counts: usize = dimensions.iter().map(|rows| rows.len()).sum();
        (counts + self.nights.len() + self.broken_rules.len()) as u64
    }
}

/// An account, and how far its data reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportAccount {
    pub account: String,
    /// When the states of its last delivery took effect.
    pub as_of: DateTime<Utc>,
    /// The first and the last check date that it has, in the period or not.
    pub check_dates: Option<(NaiveDate, NaiveDate)>,
}

/// How many of one hospital fall on one day, by one more dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct DayCount {
    pub account: String,
    pub hospital_code: String,
    pub hospital_name: Option<String>,
    /// What the platform calls it; `None` where it was not delivered.
    pub code: Option<String>,
    pub name: Option<String>,
    pub day: NaiveDate,
    pub count: i64,
    /// What else adds up; [`ReportRows`] says of what.
    pub amount: i64,
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

/// The names of a code.
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
            code: None,
            name: None,
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
        let days = |count| vec![day_count.clone(); count];
        let rows = ReportRows {
            statuses: days(1),
            packages: days(2),
            channels: days(4),
            add_ons: days(8),
            lead_times: days(16),
            events: days(32),
            nights: vec![night; 64],
            broken_rules: vec![broken_rule; 128],
            ..ReportRows::default()
        };
        assert_eq!(rows.count(), 255);
    }
}
