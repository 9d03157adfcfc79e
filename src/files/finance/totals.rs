//! Control totals: rows and money of a finance file, in total and by month, by hospital, by way of payment. Pure.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::manifest::{Amounts, Totals};
use crate::files::fee;
use crate::files::sink::Summary;
use crate::pipeline::Contract;
use crate::reservation::Field;
use crate::rows::Cell;

/// One row's contribution to the totals, and its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking<'row> {
    pub check_date: NaiveDate,
    pub hospital_code: &'row str,
    /// For people; empty where nobody asks, or there is none.
    pub hospital_name: &'row str,
    /// Empty where there is none.
    pub pay_type: &'row str,
    pub money: Money,
}

/// Money of one row, or of many: what a kind of file adds up. In fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    /// A snapshot's: of all reservations, and of those that are not cancelled.
    Fee { total: i128, active: i128 },
    /// The amount of a delta's entry, in fen.
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

    fn cells(self) -> Vec<Cell<'static>> {
        let rows = Cell::Integer(i64::try_from(self.rows).unwrap_or(i64::MAX));
        match self.money {
            Money::Fee { total, active } => vec![rows, Cell::Fee(total), Cell::Fee(active)],
            Money::Amount(amount) => vec![rows, Cell::Fee(amount)],
        }
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
pub(in crate::files) struct ControlTotals {
    nothing: Tally,
    whole: Tally,
    by_month: BTreeMap<(i32, u32), Tally>,
    by_hospital: BTreeMap<String, Tally>,
    /// Names of hospitals, from the last row of each.
    hospital_names: BTreeMap<String, String>,
    by_pay_type: BTreeMap<String, Tally>,
    /// Totals by hospital, then by way of payment.
    by_both: BTreeMap<String, BTreeMap<String, Tally>>,
}

impl ControlTotals {
    /// No rows yet. `zero` says what kind of money they will have.
    pub(in crate::files) fn new(zero: Money) -> ControlTotals {
        let nothing = Tally { rows: 0, money: zero };
        ControlTotals {
            nothing,
            whole: nothing,
            by_month: BTreeMap::new(),
            by_hospital: BTreeMap::new(),
            hospital_names: BTreeMap::new(),
            by_pay_type: BTreeMap::new(),
            by_both: BTreeMap::new(),
        }
    }

    pub(in crate::files) fn add(&mut self, booking: &Booking<'_>) {
        let nothing = self.nothing;
        self.whole.add(booking.money);
        let month = (booking.check_date.year(), booking.check_date.month());
        self.by_month.entry(month).or_insert(nothing).add(booking.money);
        add_to(&mut self.by_hospital, booking.hospital_code, nothing).add(booking.money);
        add_to(&mut self.by_pay_type, booking.pay_type, nothing).add(booking.money);
        if !booking.hospital_name.is_empty() {
            let name = add_to(&mut self.hospital_names, booking.hospital_code, String::new());
            if name != booking.hospital_name {
                booking.hospital_name.clone_into(name);
            }
        }
        let of_hospital = add_to(&mut self.by_both, booking.hospital_code, BTreeMap::new());
        add_to(of_hospital, booking.pay_type, nothing).add(booking.money);
    }

    pub(in crate::files) fn rows(&self) -> u64 {
        self.whole.rows
    }

    pub(in crate::files) fn money(&self) -> Money {
        self.whole.money
    }

    /// The totals of all rows.
    pub(in crate::files) fn whole(&self) -> Totals {
        self.whole.totals()
    }

    /// The totals by month of the check date, `2026-11`.
    pub(in crate::files) fn by_month(&self) -> BTreeMap<String, Totals> {
        let name = |(year, month): &(i32, u32)| format!("{year:04}-{month:02}");
        self.by_month.iter().map(|(month, tally)| (name(month), tally.totals())).collect()
    }

    pub(in crate::files) fn by_hospital(&self) -> BTreeMap<String, Totals> {
        by_text(&self.by_hospital)
    }

    pub(in crate::files) fn by_pay_type(&self) -> BTreeMap<String, Totals> {
        by_text(&self.by_pay_type)
    }
}

/// How many ways of payment get a column of their own.
const CROSS_COLUMNS_MAX: usize = 20;

/// The entry for a key. Nearly every row has a known key, which is then not copied.
fn add_to<'map, T>(map: &'map mut BTreeMap<String, T>, key: &str, nothing: T) -> &'map mut T {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), nothing);
    }
    map.get_mut(key).expect("it was put there")
}

/// The names for the totals' keys.
#[derive(Debug, Clone)]
pub(in crate::files) struct SummaryKeys {
    /// Code and name.
    hospital: [String; 2],
    pay_type: String,
    pay_type_names: BTreeMap<String, String>,
}

impl SummaryKeys {
    pub(in crate::files) fn of(contract: &Contract) -> SummaryKeys {
        let label = |field| contract.field(field).label.zh.clone();
        let dictionary = contract.field(Field::PayType).dictionary.iter();
        let names = dictionary.flat_map(|dictionary| &dictionary.labels);
        SummaryKeys {
            hospital: [label(Field::HospitalCode), label(Field::HospitalName)],
            pay_type: label(Field::PayType),
            pay_type_names: names.map(|(code, label)| (code.clone(), label.zh.clone())).collect(),
        }
    }
}

impl SummaryKeys {
    /// The name of a way of payment, or its code if nobody has named it.
    fn pay_type_name<'a>(&'a self, code: &'a str) -> &'a str {
        if code.is_empty() { "未注明" } else { self.pay_type_names.get(code).map_or(code, String::as_str) }
    }
}

impl ControlTotals {
    /// The totals as small tables, for people.
    pub(in crate::files) fn summaries(&self, keys: &SummaryKeys) -> Vec<Summary> {
        let months = self.by_month.iter().map(|((year, month), tally)| (vec![format!("{year:04}-{month:02}")], tally));
        let hospitals = self.by_hospital.iter().map(|(code, tally)| (self.hospital(code), tally));
        let payments = self
            .by_pay_type
            .iter()
            .map(|(code, tally)| (vec![keys.pay_type_name(code).to_owned(), code.clone()], tally));
        let mut summaries = vec![
            self.summary("按月", vec!["体检月份".to_owned()], months.collect()),
            self.summary("按机构", keys.hospital.to_vec(), hospitals.collect()),
            self.summary(
                "按支付方式",
                vec![keys.pay_type.clone(), format!("{}代码", keys.pay_type)],
                payments.collect(),
            ),
        ];
        // Too many to be looked at; and a sheet has an end.
        if self.by_pay_type.len() <= CROSS_COLUMNS_MAX {
            summaries.push(self.cross_table(keys));
        }
        summaries
    }

    /// Code and name.
    fn hospital(&self, code: &str) -> Vec<String> {
        vec![code.to_owned(), self.hospital_names.get(code).cloned().unwrap_or_default()]
    }

    /// Hospitals down, ways of payment across: what is booked of each, and of all. Empty: there are no rows.
    fn cross_table(&self, keys: &SummaryKeys) -> Summary {
        let booked = |tally: &Tally| match tally.money {
            Money::Fee { active, .. } => Cell::Fee(active),
            Money::Amount(amount) => Cell::Fee(amount),
        };
        let line = |tallies: &BTreeMap<String, Tally>, whole: &Tally| -> Vec<Cell<'static>> {
            let parts = self.by_pay_type.keys().map(|code| tallies.get(code).map_or(Cell::Empty, booked));
            parts.chain([booked(whole)]).collect()
        };
        let hospitals = self.by_both.iter().map(|(code, tallies)| {
            (self.hospital(code), line(tallies, self.by_hospital.get(code).unwrap_or(&self.nothing)))
        });
        let payments = self.by_pay_type.keys().map(|code| format!("{}（元）", keys.pay_type_name(code)));
        Summary {
            name: "机构×支付方式",
            headings: keys.hospital.iter().cloned().chain(payments).chain(["合计（元）".to_owned()]).collect(),
            rows: hospitals
                .chain([(vec!["合计".to_owned(), String::new()], line(&self.by_pay_type, &self.whole))])
                .collect(),
        }
    }

    fn summary(&self, name: &'static str, keys: Vec<String>, parts: Vec<(Vec<String>, &Tally)>) -> Summary {
        let mut whole = vec![String::new(); keys.len()];
        whole[0] = "合计".to_owned();
        let amounts: &[&str] = match self.nothing.money {
            Money::Fee { .. } => &["行数", "费用合计（元）", "其中未取消（元）"],
            Money::Amount(_) => &["行数", "发生额合计（元）"],
        };
        let rows = parts.into_iter().chain([(whole, &self.whole)]).map(|(words, tally)| (words, tally.cells()));
        let headings = keys.into_iter().chain(amounts.iter().map(|amount| (*amount).to_owned())).collect();
        Summary { name, headings, rows: rows.collect() }
    }
}

fn by_text(tallies: &BTreeMap<String, Tally>) -> BTreeMap<String, Totals> {
    tallies.iter().map(|(key, tally)| (key.clone(), tally.totals())).collect()
}
