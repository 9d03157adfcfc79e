//! Control totals: rows and money of a finance file, in total and by month, by hospital, by way of payment. Pure.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::manifest::{Amounts, Totals};
use crate::export::fee;

/// What one row adds to the totals, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking<'row> {
    pub check_date: NaiveDate,
    pub hospital_code: &'row str,
    /// Empty where there is none.
    pub pay_type: &'row str,
    pub money: Money,
}

/// Money of one row, or of many: what a kind of file adds up. In fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    /// A snapshot's: of all reservations, and of those that are not cancelled.
    Fee { total: i128, active: i128 },
    /// A delta's.
    Amount(i128),
}

impl Money {
    fn add(&mut self, other: Money) {
        match (self, other) {
            (Money::Fee { total, active }, Money::Fee { total: more, active: more_active }) => {
                *total += more;
                *active += more_active;
            }
            (Money::Amount(amount), Money::Amount(more)) => *amount += more,
            // A file has rows of one type.
            (Money::Fee { .. }, Money::Amount(_)) | (Money::Amount(_), Money::Fee { .. }) => {}
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tally {
    rows: u64,
    money: Money,
}

impl Tally {
    fn add(&mut self, money: Money) {
        self.rows += 1;
        self.money.add(money);
    }

    fn totals(self) -> Totals {
        let amounts = match self.money {
            Money::Fee { total, active } => {
                Amounts { fee_total: Some(fee::yuan(total)), fee_total_active: Some(fee::yuan(active)), amount: None }
            }
            Money::Amount(amount) => Amounts { amount: Some(fee::yuan(amount)), ..Amounts::default() },
        };
        Totals { rows: self.rows, amounts }
    }
}

/// The totals of the rows so far.
#[derive(Debug, Clone)]
pub(in crate::export) struct ControlTotals {
    nothing: Tally,
    whole: Tally,
    by_month: BTreeMap<(i32, u32), Tally>,
    by_hospital: BTreeMap<String, Tally>,
    by_pay_type: BTreeMap<String, Tally>,
}

impl ControlTotals {
    /// No rows yet. `zero` says what kind of money they will have.
    pub(in crate::export) fn new(zero: Money) -> ControlTotals {
        let nothing = Tally { rows: 0, money: zero };
        ControlTotals {
            nothing,
            whole: nothing,
            by_month: BTreeMap::new(),
            by_hospital: BTreeMap::new(),
            by_pay_type: BTreeMap::new(),
        }
    }

    pub(in crate::export) fn add(&mut self, booking: &Booking<'_>) {
        let nothing = self.nothing;
        self.whole.add(booking.money);
        let month = (booking.check_date.year(), booking.check_date.month());
        self.by_month.entry(month).or_insert(nothing).add(booking.money);
        for (tallies, key) in
            [(&mut self.by_hospital, booking.hospital_code), (&mut self.by_pay_type, booking.pay_type)]
        {
            // Nearly every row has a known key, which then is not copied.
            match tallies.get_mut(key) {
                Some(tally) => tally.add(booking.money),
                None => tallies.entry(key.to_owned()).or_insert(nothing).add(booking.money),
            }
        }
    }

    pub(in crate::export) fn rows(&self) -> u64 {
        self.whole.rows
    }

    pub(in crate::export) fn money(&self) -> Money {
        self.whole.money
    }

    /// Of all rows.
    pub(in crate::export) fn whole(&self) -> Totals {
        self.whole.totals()
    }

    /// By month of the check date, `2026-11`.
    pub(in crate::export) fn by_month(&self) -> BTreeMap<String, Totals> {
        let name = |(year, month): &(i32, u32)| format!("{year:04}-{month:02}");
        self.by_month.iter().map(|(month, tally)| (name(month), tally.totals())).collect()
    }

    pub(in crate::export) fn by_hospital(&self) -> BTreeMap<String, Totals> {
        by_text(&self.by_hospital)
    }

    pub(in crate::export) fn by_pay_type(&self) -> BTreeMap<String, Totals> {
        by_text(&self.by_pay_type)
    }
}

fn by_text(tallies: &BTreeMap<String, Tally>) -> BTreeMap<String, Totals> {
    tallies.iter().map(|(key, tally)| (key.clone(), tally.totals())).collect()
}
