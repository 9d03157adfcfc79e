//! Decides which cells a page may show separately: none with few people in it, and none from which such a cell could be
//! subtracted.
//!
//! A hospital's month is divided by a dimension into cells. Those with fewer people than `mart.privacy` asks for are added up
//! in one, the rest. Since the shown cells could be subtracted from the sum of the month, the rest also takes the smallest
//! other cells until it has enough people. If the whole month has too few, the rest is the month, without its amount and its
//! number of cancellations; if nothing remains, the cell is left out, too.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::rows::MonthCell;

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

/// Enough people, and either enough or none of them pay: if only one among many pays, the sum is that person's fee. If nobody
/// pays, either enough or none come.
pub const fn are_enough(people: i64, payers: i64, free: i64, min_cell: i64) -> bool {
    let told = if payers > 0 { payers } else { free };
    people >= min_cell && (told == 0 || told >= min_cell)
}

pub fn key_of(cell: &MonthCell) -> CellKey<'_> {
    (cell.code.as_deref(), cell.name.as_deref())
}

/// What may be shown of these cells, all of one dimension. Keys that are not listed one by one go to the rest, too.
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
        // Without a reservation that was not cancelled, the cell itself would say that its few people cancelled.
        if has_rest && (rest.reservations > 0 || rest.is_enough(min_cell)) {
            shown.push(place(None, rest, rest.is_enough(min_cell)));
        }
    }
    shown
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

    /// Few people, and all of their reservations are cancelled: the cell would say that they cancelled.
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
}
