//! Decides for which of a hospital's days and months a page may show what became of its reservations: none with few people.
//!
//! For a hospital's day with too few people, the page only shows how many come, not what became of them. Since the month shows
//! how many were cancelled, the smallest of its other days shows no more either. The same holds for the smallest other month of
//! a hospital that has a month with too few people: bookings minus active reservations, or the cancellations by their own days,
//! would reveal the number of cancellations.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::cells::are_enough;
use crate::rows::{DayCount, MonthCell};

/// Account and hospital.
pub type Hospital<'a> = (&'a str, &'a str);

/// Account, hospital and day, or the first day of a month.
pub type HospitalDay<'a> = (&'a str, &'a str, NaiveDate);

pub fn day_of(row: &DayCount) -> HospitalDay<'_> {
    (&row.account, &row.hospital_code, row.day)
}

pub fn month_of(row: &DayCount) -> HospitalDay<'_> {
    (&row.account, &row.hospital_code, month_start(row.day))
}

fn month_start(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Those that may be told, of members of groups whose sums are known: with enough people, and, where others have not, without the
/// smallest of these. Each has a group, a name, a number of people, and whether they are enough.
fn told<G: Ord, N: Ord>(members: impl IntoIterator<Item = (G, N, i64, bool)>) -> BTreeSet<N> {
    let mut groups: BTreeMap<G, (BTreeSet<(i64, N)>, bool)> = BTreeMap::new();
    for (group, name, people, is_enough) in members {
        let (enough, has_few) = groups.entry(group).or_default();
        if is_enough {
            enough.insert((people, name));
        } else {
            *has_few = true;
        }
    }
    let of_group = |(enough, has_few): (BTreeSet<(i64, N)>, bool)| enough.into_iter().skip(usize::from(has_few));
    groups.into_values().flat_map(of_group).map(|(_, name)| name).collect()
}

/// The days for which the page may show what became of their reservations; `people` counts those of each. If few people have
/// not cancelled, their arrivals would be revealed.
pub fn told_days(people: &[DayCount], min_cell: i64) -> BTreeSet<HospitalDay<'_>> {
    told(people.iter().map(|day| {
        let (all, standing) = (day.count, day.amount);
        let is_enough = all >= min_cell && (standing == 0 || standing >= min_cell);
        (month_of(day), day_of(day), all, is_enough)
    }))
}

/// The months whose cancellations are not shown, from the hospitals' totals.
pub fn withheld_months<'a>(totals: &[&'a MonthCell], min_cell: i64) -> BTreeSet<HospitalDay<'a>> {
    let name = |cell: &'a MonthCell| (cell.account.as_str(), cell.hospital_code.as_str(), cell.month);
    let told = told(totals.iter().map(|cell| {
        let is_enough = are_enough(cell.people, cell.payers, cell.free, min_cell);
        (hospital_of(cell), name(cell), cell.people, is_enough)
    }));
    totals.iter().map(|cell| name(cell)).filter(|month| !told.contains(month)).collect()
}

/// The hospitals that have too few people in every month, by their totals.
pub fn few_hospitals<'a>(totals: &[&'a MonthCell], min_cell: i64) -> BTreeSet<Hospital<'a>> {
    let mut most: BTreeMap<Hospital<'a>, i64> = BTreeMap::new();
    for cell in totals {
        let people = most.entry(hospital_of(cell)).or_default();
        *people = cell.people.max(*people);
    }
    most.into_iter().filter(|(_, people)| *people < min_cell).map(|(hospital, _)| hospital).collect()
}

fn hospital_of(cell: &MonthCell) -> Hospital<'_> {
    (&cell.account, &cell.hospital_code)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cell, count};
    use super::*;

    /// A hospital's month, of so many people who all pay.
    fn total(hospital_code: &str, month: u32, people: i64) -> MonthCell {
        let month = NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
        MonthCell { month, ..cell("total", hospital_code, "", people, people * 100) }
    }

    fn withheld(totals: &[MonthCell]) -> Vec<String> {
        let withheld = withheld_months(&totals.iter().collect::<Vec<_>>(), 5);
        withheld.into_iter().map(|(account, hospital, month)| format!("{account} {hospital} {month}")).collect()
    }

    #[test]
    fn months_with_enough_people_say_how_many_were_cancelled() {
        assert_eq!(withheld(&[]), [""; 0]);
        assert_eq!(withheld(&[total("H1", 1, 5), total("H1", 2, 9)]), [""; 0]);
    }

    /// Otherwise the cancellations of all days, less those of the other months, would be those of one month.
    #[test]
    fn a_month_of_few_people_takes_the_smallest_other_month_of_its_hospital() {
        let totals = [
            total("H1", 1, 7),
            total("H1", 2, 4),
            total("H1", 3, 6),
            total("H1", 4, 6),
            total("H2", 1, 5),
            MonthCell { account: "b".to_owned(), ..total("H1", 1, 5) },
        ];
        assert_eq!(withheld(&totals), ["a H1 2026-02-01", "a H1 2026-03-01"]);
        assert_eq!(withheld(&totals[1..2]), ["a H1 2026-02-01"]);
        // One who pays among many: their amount is left out, and so is how many cancelled.
        let one_payer = MonthCell { payers: 1, free: 8, ..total("H1", 5, 9) };
        assert_eq!(withheld(&[one_payer, total("H1", 6, 20)]), ["a H1 2026-05-01", "a H1 2026-06-01"]);
    }

    #[test]
    fn a_hospital_is_a_small_one_if_every_month_is() {
        let totals = [total("H1", 1, 4), total("H1", 2, 5), total("H1", 3, 1), total("H2", 1, 4), total("H2", 2, 3)];
        let of = |totals: &[MonthCell]| {
            let few = few_hospitals(&totals.iter().collect::<Vec<_>>(), 5);
            few.into_iter().map(|(account, hospital)| format!("{account} {hospital}")).collect::<Vec<_>>()
        };
        assert_eq!(of(&totals), ["a H2"]);
        assert_eq!(of(&[]), [""; 0]);
        assert_eq!(of(&[MonthCell { account: "b".to_owned(), ..total("H1", 1, 4) }, total("H1", 1, 9)]), ["b H1"]);
    }

    /// All of them have a reservation that is not cancelled.
    fn people(hospital_code: &str, day: &str, people: i64) -> DayCount {
        DayCount { day: day.parse().unwrap(), ..count(hospital_code, "people", 1, people, people) }
    }

    fn days_told(days: &[DayCount]) -> Vec<String> {
        let told = told_days(days, 5);
        told.into_iter().map(|(account, hospital, day)| format!("{account} {hospital} {day}")).collect()
    }

    #[test]
    fn days_with_enough_people_are_told() {
        assert_eq!(days_told(&[]), [""; 0]);
        let days = [people("H1", "2026-01-05", 5), people("H1", "2026-01-06", 9)];
        assert_eq!(days_told(&days), ["a H1 2026-01-05", "a H1 2026-01-06"]);
    }

    /// Otherwise the month's cancelled ones, less those that are shown, would be those of one day.
    #[test]
    fn a_day_of_few_people_takes_the_smallest_other_day_of_its_month() {
        let days = [
            people("H1", "2026-01-05", 7),
            people("H1", "2026-01-06", 4),
            people("H1", "2026-01-07", 6),
            people("H1", "2026-01-08", 6),
            people("H1", "2026-01-09", 1),
            // Another month, another year, another hospital.
            people("H1", "2026-02-05", 5),
            people("H1", "2025-01-05", 5),
            people("H2", "2026-01-05", 5),
        ];
        let expected = ["a H1 2025-01-05", "a H1 2026-01-05", "a H1 2026-01-08", "a H1 2026-02-05", "a H2 2026-01-05"];
        assert_eq!(days_told(&days), expected);
        let other_account = DayCount { account: "b".to_owned(), ..people("H1", "2026-01-05", 5) };
        assert_eq!(days_told(&[people("H1", "2026-01-06", 4), other_account]), ["b H1 2026-01-05"]);
        assert_eq!(days_told(&[people("H1", "2026-01-06", 4), people("H1", "2026-01-07", 5)]), [""; 0]);
    }

    /// Six people of whom five cancelled: whether the sixth came is one person's.
    #[test]
    fn a_day_on_which_few_did_not_cancel_is_a_day_of_few() {
        let day = |on: &str, standing: i64| DayCount { amount: standing, ..people("H1", on, 9) };
        assert_eq!(days_told(&[day("2026-01-05", 1)]), [""; 0]);
        assert_eq!(days_told(&[day("2026-01-05", 4)]), [""; 0]);
        assert_eq!(days_told(&[day("2026-01-05", 5)]), ["a H1 2026-01-05"]);
        assert_eq!(days_told(&[day("2026-01-05", 0)]), ["a H1 2026-01-05"], "nobody is left of whom to tell");
        let others = [day("2026-01-05", 1), day("2026-01-06", 9), people("H1", "2026-01-07", 10)];
        assert_eq!(days_told(&others), ["a H1 2026-01-07"]);
    }
}
