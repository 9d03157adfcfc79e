//! Which cells a page may show by themselves: none with a few people in it, not even by subtraction.
//!
//! A hospital's month is divided by a dimension into cells. Those with fewer people than `mart.privacy` asks for are added
//! up in one, the rest. Whoever knows the sum of the month could subtract from it what is shown; so the rest also takes the
//! smallest of the others, until enough people are in it. Where the whole month has too few, the rest is the month, and
//! its amount is left out, and how many of it were cancelled; where nothing else is left, so is the cell.
//!
//! Of a hospital's day with too few people nothing tells what became of them, only how many come. The month says how many were
//! cancelled; so the smallest of its other days is told no better. Nor is the smallest other month of a hospital with a month of too
//! few: what was booked, less what stands, or the cancellations by their own days, say how many were cancelled in all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use crate::rows::{DayCount, MonthCell};

/// Code and name.
pub type CellKey<'a> = (Option<&'a str>, Option<&'a str>);

/// What a page may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCell<'a> {
    pub account: &'a str,
    pub hospital_code: &'a str,
    pub month: NaiveDate,
    /// `None`: the rest.
    pub key: Option<CellKey<'a>>,
    pub reservations: i64,
    /// `None`, as the amount, where too few people have a part in it.
    pub cancelled: Option<i64>,
    pub amount: Option<i64>,
}

/// One or more cells, added up.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    reservations: i64,
    cancelled: i64,
    amount: i64,
    payers: i64,
    free: i64,
    own_people: i64,
    own_payers: i64,
    own_free: i64,
}

impl Sum {
    fn add(&mut self, cell: &MonthCell) {
        self.reservations += cell.reservations;
        self.cancelled += cell.cancelled;
        self.amount += cell.amount;
        self.payers += cell.payers;
        self.free += cell.free;
        self.own_people += cell.own_people;
        self.own_payers += cell.own_payers;
        self.own_free += cell.own_free;
    }

    fn is_enough(&self, min_cell: i64) -> bool {
        // Of people who are counted in other cells nobody knows here whether they are different ones.
        let known = |all: i64, own: i64| if all > 0 { own.max(1) } else { 0 };
        let [payers, free] = [known(self.payers, self.own_payers), known(self.free, self.own_free)];
        are_enough(self.own_people, payers, free, min_cell)
    }
}

/// Enough people; and those who pay are enough as well, or nobody: of one who pays among many, the sum is the fee. Where nobody
/// does, those who come are enough, or nobody.
const fn are_enough(people: i64, payers: i64, free: i64, min_cell: i64) -> bool {
    let told = if payers > 0 { payers } else { free };
    people >= min_cell && (told == 0 || told >= min_cell)
}

pub fn key_of(cell: &MonthCell) -> CellKey<'_> {
    (cell.code.as_deref(), cell.name.as_deref())
}

/// What may be shown of these cells, all of one dimension. Keys that are not told one by one go to the rest, too.
pub fn shown_cells<'a>(
    cells: impl IntoIterator<Item = &'a MonthCell>,
    min_cell: i64,
    is_told: impl Fn(CellKey<'a>) -> bool,
) -> Vec<ShownCell<'a>> {
    let mut months: BTreeMap<(&str, &str, NaiveDate), Vec<&MonthCell>> = BTreeMap::new();
    for cell in cells {
        months.entry((&cell.account, &cell.hospital_code, cell.month)).or_default().push(cell);
    }
    let mut shown = Vec::new();
    for ((account, hospital_code, month), mut cells) in months {
        // The largest first: the smallest are the last.
        cells.sort_by_key(|cell| std::cmp::Reverse((cell.payers, cell.people)));
        let (mut told, few): (Vec<&MonthCell>, Vec<&MonthCell>) = cells
            .into_iter()
            .partition(|cell| is_told(key_of(cell)) && are_enough(cell.people, cell.payers, cell.free, min_cell));
        let mut rest = Sum::default();
        few.iter().for_each(|cell| rest.add(cell));
        let has_rest = !few.is_empty();
        while has_rest && !rest.is_enough(min_cell) {
            let Some(smallest) = told.pop() else { break };
            rest.add(smallest);
        }
        let place = |key, sum: Sum, is_enough: bool| ShownCell {
            account,
            hospital_code,
            month,
            key,
            reservations: sum.reservations,
            cancelled: is_enough.then_some(sum.cancelled),
            amount: is_enough.then_some(sum.amount),
        };
        for cell in told {
            let mut sum = Sum::default();
            sum.add(cell);
            shown.push(place(Some(key_of(cell)), sum, true));
        }
        // Without a reservation that stands, the cell itself would say that its few people cancelled.
        if has_rest && (rest.reservations > 0 || rest.is_enough(min_cell)) {
            shown.push(place(None, rest, rest.is_enough(min_cell)));
        }
    }
    shown
}

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

/// The days of which may be told what became of their reservations; `people` counts those of each. Where few of them are left
/// that did not cancel, it would be told who of these came.
pub fn told_days(people: &[DayCount], min_cell: i64) -> BTreeSet<HospitalDay<'_>> {
    told(people.iter().map(|day| {
        let (all, standing) = (day.count, day.amount);
        let is_enough = all >= min_cell && (standing == 0 || standing >= min_cell);
        (month_of(day), day_of(day), all, is_enough)
    }))
}

/// The months of which is not told how many were cancelled, by the hospitals' totals.
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
    use super::*;

    fn month(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, 1).unwrap()
    }

    /// As many reservations as payers, each of 100 fen, and cancelled ones of the others.
    fn cell(code: &str, people: i64, payers: i64) -> MonthCell {
        MonthCell {
            dimension: "package".to_owned(),
            account: "a".to_owned(),
            hospital_code: "H1".to_owned(),
            code: Some(code.to_owned()),
            name: None,
            month: month(1),
            reservations: payers,
            cancelled: people - payers,
            amount: payers * 100,
            people,
            payers,
            free: 0,
            own_people: people,
            own_payers: payers,
            own_free: 0,
        }
    }

    /// `key reservations cancelled amount`, of a smallest cell of 5.
    fn shown(cells: &[MonthCell]) -> Vec<String> {
        shown_with(cells, 5, |_| true)
    }

    fn shown_with(cells: &[MonthCell], min_cell: i64, is_told: impl Fn(CellKey<'_>) -> bool) -> Vec<String> {
        let line = |cell: ShownCell<'_>| {
            let key = cell.key.map_or("rest", |(code, _)| code.unwrap_or("none"));
            let [cancelled, amount] = [cell.cancelled, cell.amount]
                .map(|number| number.map_or("–".to_owned(), |number| number.to_string()));
            format!("{key} {} {cancelled} {amount}", cell.reservations)
        };
        shown_cells(cells, min_cell, is_told).into_iter().map(line).collect()
    }

    #[test]
    fn cells_with_enough_people_are_shown_as_they_are() {
        assert_eq!(shown(&[cell("A", 5, 5), cell("B", 9, 7)]), ["B 7 2 700", "A 5 0 500"]);
        assert_eq!(shown(&[]), [""; 0]);
    }

    #[test]
    fn small_cells_are_added_up() {
        let cells = [cell("A", 4, 4), cell("B", 1, 1), cell("C", 20, 20)];
        assert_eq!(shown(&cells), ["C 20 0 2000", "rest 5 0 500"]);
        assert_eq!(shown_with(&cells, 1, |_| true), ["C 20 0 2000", "A 4 0 400", "B 1 0 100"]);
    }

    /// Otherwise the month's sum, less what is shown, would be the small cell.
    #[test]
    fn the_rest_takes_the_smallest_of_the_others_until_it_is_enough() {
        assert_eq!(shown(&[cell("A", 4, 4), cell("B", 6, 6), cell("C", 7, 7)]), ["C 7 0 700", "rest 10 0 1000"]);
        assert_eq!(shown(&[cell("A", 2, 2), cell("B", 6, 6)]), ["rest 8 0 800"]);
    }

    #[test]
    fn a_month_with_too_few_people_has_counts_only() {
        assert_eq!(shown(&[cell("A", 1, 1), cell("B", 3, 3)]), ["rest 4 – –"]);
        assert_eq!(shown(&[cell("A", 4, 4)]), ["rest 4 – –"]);
    }

    /// Six people, of whom five cancelled: the fee is one person's.
    #[test]
    fn people_who_cancelled_hide_nobody_s_fee() {
        assert_eq!(shown(&[cell("A", 6, 1), cell("B", 8, 8)]), ["rest 9 5 900"]);
        assert_eq!(shown(&[cell("A", 6, 0), cell("B", 8, 8)]), ["B 8 0 800", "A 0 6 0"]);
        assert_eq!(shown(&[cell("A", 6, 0), cell("B", 2, 2)]), ["rest 2 – –"]);
        assert_eq!(shown(&[cell("A", 4, 0), cell("B", 2, 0)]), ["rest 0 6 0"]);
    }

    #[test]
    fn one_who_pays_among_many_hides_in_the_rest() {
        let free = |code: &str, payers: i64, free: i64| MonthCell {
            reservations: payers + free,
            free,
            own_free: free,
            cancelled: 0,
            ..cell(code, payers + free, payers)
        };
        assert_eq!(shown(&[free("A", 1, 19), cell("B", 8, 8)]), ["rest 28 0 900"]);
        assert_eq!(shown(&[free("A", 19, 1), cell("B", 8, 8)]), ["A 20 0 1900", "B 8 0 800"]);
        assert_eq!(shown(&[free("A", 0, 20), cell("C", 8, 8)]), ["C 8 0 800", "A 20 0 0"]);
        // Nobody pays, and one comes.
        let one = MonthCell { cancelled: 5, people: 6, own_people: 6, ..free("A", 0, 1) };
        assert_eq!(shown(&[one.clone(), cell("B", 8, 8)]), ["rest 9 5 800"]);
        assert_eq!(shown(&[MonthCell { own_free: 0, ..one }, free("B", 0, 4)]), ["rest 5 – –"]);
        // Those who come for nothing in one cell do not hide who pays in another.
        assert_eq!(shown(&[free("A", 0, 4), cell("B", 1, 1)]), ["rest 5 – –"]);
    }

    /// One person with a reservation in each of five cells is one person.
    #[test]
    fn a_person_in_several_cells_is_one_person() {
        let again = |code: &str| MonthCell { own_people: 0, own_payers: 0, ..cell(code, 1, 1) };
        let cells = [cell("A", 1, 1), again("B"), again("C"), again("D"), again("E")];
        assert_eq!(shown(&cells), ["rest 5 – –"]);
        // Nobody of the rest is known to be in it alone: whoever is there may be counted elsewhere.
        let cancelled = |code: &str| cell(code, 3, 0);
        assert_eq!(shown(&[cancelled("A"), cancelled("B"), again("C")]), ["rest 1 – –"]);
    }

    /// Few people, and none of their reservations stands: the cell would say that they cancelled.
    #[test]
    fn a_month_in_which_few_people_cancelled_has_no_cell() {
        assert_eq!(shown(&[cell("A", 4, 0)]), [""; 0]);
        assert_eq!(shown(&[cell("A", 2, 0), cell("B", 2, 0)]), [""; 0]);
        assert_eq!(shown(&[cell("A", 3, 0), cell("B", 1, 1)]), ["rest 1 – –"]);
    }

    #[test]
    fn keys_that_are_not_told_are_in_the_rest() {
        let cells = [cell("A", 9, 9), cell("B", 8, 8), cell("C", 7, 7)];
        let is_told = |key: CellKey<'_>| key.0 != Some("B");
        assert_eq!(shown_with(&cells, 5, is_told), ["A 9 0 900", "C 7 0 700", "rest 8 0 800"]);
    }

    #[test]
    fn every_hospital_month_and_account_is_looked_at_by_itself() {
        let other = |cell: MonthCell| {
            [
                MonthCell { month: month(2), ..cell.clone() },
                MonthCell { hospital_code: "H2".to_owned(), ..cell.clone() },
                MonthCell { account: "b".to_owned(), ..cell },
            ]
        };
        let cells = [vec![cell("A", 3, 3)], other(cell("A", 3, 3)).to_vec()].concat();
        assert_eq!(shown(&cells), ["rest 3 – –"; 4]);
    }

    /// A hospital's month, of so many people who all pay.
    fn total(hospital_code: &str, on: u32, people: i64) -> MonthCell {
        MonthCell { hospital_code: hospital_code.to_owned(), month: month(on), ..cell("", people, people) }
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
    fn people(hospital_code: &str, day: &str, count: i64) -> DayCount {
        DayCount {
            account: "a".to_owned(),
            hospital_code: hospital_code.to_owned(),
            hospital_name: None,
            code: "people".to_owned(),
            day: day.parse().unwrap(),
            count,
            amount: count,
        }
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
