//! Rule of a date field: a day of the calendar, written `yyyy-MM-dd`, or in another form that can only mean one
//! ([`date_form`]).

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use super::date_form;
use super::findings::Findings;
use super::record::{Fields, Scalar};
use crate::reservation::{Field, Rule};

/// Years that a birth or an appointment can lie in. PostgreSQL and Excel would take others, but here `0001-01-01` or
/// `9999-12-31` is a placeholder of some system, and would be counted as a real day.
const YEARS: RangeInclusive<i32> = 1900..=2199;

/// Checks a date field; `None` when it is empty or broken.
pub(super) fn check(field: Field, fields: &Fields<'_>, findings: &mut Findings<'_>) -> Option<NaiveDate> {
    match fields.get(field) {
        Scalar::Text(text) if !text.is_empty() => {
            let date = parse(text).or_else(|| in_another_form(field, fields, findings));
            if date.is_none() {
                let explanation = "is not a date of the calendar written yyyy-MM-dd, in the years 1900 to 2199";
                findings.report(Some(field), Rule::CalendarDate, explanation);
            }
            date
        }
        Scalar::Null | Scalar::Text(_) => {
            if findings.is_required(field) {
                findings.report_missing(field);
            }
            None
        }
        other => {
            let date = in_another_form(field, fields, findings);
            if date.is_none() {
                let explanation = format!("is {}, a date as text is expected", other.type_name());
                findings.report(Some(field), Rule::Type, explanation);
            }
            date
        }
    }
}

fn in_another_form(field: Field, fields: &Fields<'_>, findings: &mut Findings<'_>) -> Option<NaiveDate> {
    date_form::read(field, fields.get(field)).inspect(|_| findings.report_form(field))
}

fn parse(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    from_digits([y1, y2, y3, y4, m1, m2, d1, d2])
}

/// The day that the eight ASCII digits `yyyyMMdd` name, if there is one in the accepted years.
pub(super) fn from_digits(digits: [u8; 8]) -> Option<NaiveDate> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(|digit| u32::from(digit - b'0'));
    from_parts(y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2)
}

/// The day of that year, month and day of the month, if there is one in the accepted years.
pub(super) fn from_parts(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(is_accepted)
}

/// Whether the day is in the accepted years.
pub(super) fn is_accepted(day: &NaiveDate) -> bool {
    YEARS.contains(&day.year())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{contract, problems, record_with};
    use super::*;
    use serde_json::json;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for (text, is_date) in [
            ("2021-04-06", true),
            ("2024-02-29", true),
            ("2000-02-29", true),
            ("1900-01-01", true),
            ("2199-12-31", true),
            ("2023-02-29", false),
            ("1900-02-29", false),
            ("2021-04-31", false),
            ("2021-13-01", false),
            ("2021-00-10", false),
            ("0000-00-00", false),
            ("1899-12-31", false),
            ("2200-01-01", false),
            ("2021-4-6", false),
            ("2021/04/06", false),
            ("20210406", false),
            ("2021-04-06 00:00:00", false),
            ("2021-04-06T00:00:00Z", false),
            (" 2021-04-06", false),
            ("+021-04-06", false),
            ("２０２１-04-06", false),
        ] {
            assert_eq!(parse(text).is_some(), is_date, "{text}");
        }
    }

    #[test]
    fn an_empty_date_is_none_unless_required() {
        for empty in [json!(""), json!(null)] {
            assert_eq!(problems(&record_with("birthdate", empty.clone()), &contract()), []);
            assert_eq!(problems(&record_with("checkDate", empty), &contract())[0].1, "required");
        }
    }

    #[test]
    fn a_number_is_no_date_unless_it_is_one_in_another_form() {
        let found = problems(&record_with("checkDate", json!(20210431)), &contract());
        assert_eq!(found, [("checkDate", "type", "is an integer, a date as text is expected".to_owned())]);
    }
}
