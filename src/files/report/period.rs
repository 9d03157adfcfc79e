//! Which days a page is about.

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate};

use crate::rows::ReportAccount;

/// How far a page goes back from the last delivery, and how far ahead, rounded to whole months: half a year to compare
/// with, and all that is usually booked.
const DAYS_BACK: u64 = 180;
const DAYS_AHEAD: u64 = 90;

/// The first and the last day: as asked for, otherwise around the last delivery (not around today, so that data of a rehearsal
/// or a stopped platform can still be seen). Cut to the days that have data, unless there is none at all.
pub fn report_period(
    accounts: &[ReportAccount],
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    generated_at: DateTime<FixedOffset>,
) -> (NaiveDate, NaiveDate) {
    let day = |account: &ReportAccount| account.as_of.with_timezone(generated_at.offset()).date_naive();
    let delivered = accounts.iter().map(day).max().unwrap_or(generated_at.date_naive());
    let first = from.or_else(|| delivered.checked_sub_days(Days::new(DAYS_BACK))?.with_day(1)).unwrap_or(delivered);
    let ahead = || delivered.checked_add_days(Days::new(DAYS_AHEAD)).and_then(month_end);
    let last = to.or_else(ahead).unwrap_or(delivered);
    let begins = accounts.iter().flat_map(|account| [Some(account.first_night), account.check_dates.map(|(on, _)| on)]);
    let ends = accounts.iter().flat_map(|account| [Some(day(account)), account.check_dates.map(|(_, on)| on)]);
    match (begins.flatten().min(), ends.flatten().max()) {
        (Some(begin), Some(end)) if begin <= last && end >= first => (first.max(begin), last.min(end)),
        _ => (first, last),
    }
}

fn month_end(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Delivered first on one night, last on another (late in the evening of the day before in UTC), for these dates.
    fn account(first_night: &str, last_night: &str, check_dates: Option<(&str, &str)>) -> ReportAccount {
        let evening = date(last_night).pred_opt().unwrap().and_hms_opt(17, 0, 0).unwrap();
        ReportAccount {
            account: "a".to_owned(),
            first_night: date(first_night),
            as_of: Utc.from_utc_datetime(&evening),
            check_dates: check_dates.map(|(first, last)| (date(first), date(last))),
        }
    }

    fn period(accounts: &[ReportAccount], from: Option<&str>, to: Option<&str>) -> [String; 2] {
        let now = FixedOffset::east_opt(8 * 3600).unwrap().with_ymd_and_hms(2026, 7, 15, 1, 0, 0).unwrap();
        let (first, last) = report_period(accounts, from.map(date), to.map(date), now);
        [first.to_string(), last.to_string()]
    }

    #[test]
    fn without_data_it_is_around_today_in_whole_months() {
        assert_eq!(period(&[], None, None), ["2026-01-01", "2026-10-31"]);
        assert_eq!(period(&[], Some("2026-03-05"), Some("2026-03-09")), ["2026-03-05", "2026-03-09"]);
    }

    #[test]
    fn it_is_around_the_last_delivery_where_data_reaches_that_far() {
        let long = account("2020-01-01", "2026-05-10", Some(("2020-01-02", "2028-01-01")));
        let short = account("2026-01-01", "2026-03-01", None);
        assert_eq!(period(&[short, long], None, None), ["2025-11-01", "2026-08-31"]);
    }

    #[test]
    fn it_begins_and_ends_with_the_data() {
        let known = account("2026-05-02", "2026-05-10", Some(("2026-05-04", "2026-06-03")));
        assert_eq!(period(&[known], None, None), ["2026-05-02", "2026-06-03"]);
        // A first load may bring check dates that are over; and the last night may be later than any of them.
        let known = account("2026-05-02", "2026-05-10", Some(("2026-04-30", "2026-05-09")));
        assert_eq!(period(std::slice::from_ref(&known), None, None), ["2026-04-30", "2026-05-10"]);
        assert_eq!(
            period(std::slice::from_ref(&known), Some("2026-01-01"), Some("2026-05-05")),
            ["2026-04-30", "2026-05-05"]
        );
        assert_eq!(period(&[known], Some("2026-05-05"), Some("2027-01-01")), ["2026-05-05", "2026-05-10"]);
        assert_eq!(period(&[account("2026-05-02", "2026-05-10", None)], None, None), ["2026-05-02", "2026-05-10"]);
    }

    #[test]
    fn a_period_without_anything_stays_as_it_was_asked_for() {
        let known = || account("2026-05-02", "2026-05-10", Some(("2026-05-04", "2026-06-03")));
        assert_eq!(period(&[known()], Some("2025-01-01"), Some("2025-02-01")), ["2025-01-01", "2025-02-01"]);
        assert_eq!(period(&[known()], Some("2027-01-01"), Some("2027-02-01")), ["2027-01-01", "2027-02-01"]);
        assert_eq!(period(&[known()], Some("2026-06-03"), Some("2027-02-01")), ["2026-06-03", "2026-06-03"]);
        assert_eq!(period(&[known()], Some("2026-01-03"), Some("2026-05-02")), ["2026-05-02", "2026-05-02"]);
    }
}
