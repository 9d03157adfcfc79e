//! Counts and cells that the tests of the report begin with.

use chrono::NaiveDate;

use crate::rows::{DayCount, MonthCell};

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, day).unwrap()
}

pub(super) fn count(hospital_code: &str, code: &str, on: u32, count: i64, amount: i64) -> DayCount {
    DayCount {
        account: "a".to_owned(),
        hospital_code: hospital_code.to_owned(),
        hospital_name: Some(format!("医院{hospital_code}")),
        code: code.to_owned(),
        day: day(on),
        count,
        amount,
    }
}

/// As many people as reservations, in February 2026.
pub(super) fn cell(dimension: &str, hospital_code: &str, code: &str, people: i64, amount: i64) -> MonthCell {
    MonthCell {
        dimension: dimension.to_owned(),
        account: "a".to_owned(),
        hospital_code: hospital_code.to_owned(),
        code: Some(code.to_owned()),
        name: None,
        month: day(1),
        reservations: people,
        cancelled: 0,
        amount,
        people,
        payers: people,
        free: 0,
        own_people: people,
        own_payers: people,
        own_free: 0,
    }
}
