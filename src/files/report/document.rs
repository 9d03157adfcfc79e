//! The figures as the page's script reads them: lists of names, and series of numbers that point into them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{ReportHeader, ReportLanguage};
use crate::pipeline::Contract;
use crate::reservation::Field;
use crate::rows::{DayCount, LEAD_DAYS, ReportRows, RuleCount};

/// Packages, channels and add-ons that are told one by one; the rarer ones are added up. A page with a thousand packages
/// would neither be small nor be read.
pub const KEYS_MAX: usize = 100;

/// What stands in the page as JSON.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    generated_at: String,
    today: NaiveDate,
    /// The first and the last day.
    period: [NaiveDate; 2],
    language: &'static str,
    accounts: Vec<Account<'a>>,
    /// Account, code, name. Series name a hospital by its place in here.
    hospitals: Vec<(&'a str, &'a str, Option<&'a str>)>,
    /// The first day of each group of lead times.
    lead_days: Vec<i32>,
    statuses: Dimension<'a>,
    packages: Dimension<'a>,
    channels: Dimension<'a>,
    add_ons: Dimension<'a>,
    lead_times: Dimension<'a>,
    events: Dimension<'a>,
    /// Place of the account, day, received, accepted, rejected, unchanged, opened, warned.
    nights: Vec<[i64; 8]>,
    /// Place of the account, day, field, rule, whether it rejects, records.
    broken_rules: Vec<(usize, i64, &'a str, &'a str, bool, i64)>,
    /// Names of the fields in `broken_rules`, Chinese and English.
    fields: BTreeMap<&'a str, [String; 2]>,
}

#[derive(Debug, Serialize)]
struct Account<'a> {
    account: &'a str,
    as_of: String,
    check_dates: Option<(NaiveDate, NaiveDate)>,
}

/// One way of dividing reservations. Series name a key by its place in `keys`.
#[derive(Debug, Default, Serialize)]
struct Dimension<'a> {
    keys: Vec<Key<'a>>,
    series: Vec<Series>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
struct Key<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<[&'a str; 2]>,
    /// So many rarer keys are added up in this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rarer: Option<usize>,
}

/// Place of the hospital, place of the key, day of the first number, counts, amounts. Without amounts if all are zero.
#[derive(Debug, PartialEq, Serialize)]
struct Series(usize, usize, i64, Vec<i64>, #[serde(skip_serializing_if = "Vec::is_empty")] Vec<i64>);

type Hospitals<'a> = BTreeMap<(&'a str, &'a str), usize>;

impl<'a> Document<'a> {
    pub fn new(header: &ReportHeader, rows: &'a ReportRows, contract: &Contract) -> Document<'a> {
        let first = header.first;
        let names = hospital_names(rows);
        let hospitals: Hospitals<'a> = names.keys().copied().zip(0..).collect();
        let of = |rows: &'a [DayCount]| dimension(rows, &hospitals, first, rows.len());
        let frequent = |rows: &'a [DayCount]| dimension(rows, &hospitals, first, KEYS_MAX);
        let place = |account: &str| rows.accounts.iter().position(|known| known.account == account).unwrap_or_default();
        let day = |day: NaiveDate| (day - first).num_days();
        Document {
            generated_at: header.generated_at.format("%Y-%m-%d %H:%M").to_string(),
            today: header.generated_at.date_naive(),
            period: [first, header.last],
            language: match header.language {
                ReportLanguage::Chinese => "zh",
                ReportLanguage::English => "en",
            },
            accounts: rows
                .accounts
                .iter()
                .map(|known| Account {
                    account: &known.account,
                    as_of: known.as_of.with_timezone(header.generated_at.offset()).format("%Y-%m-%d %H:%M").to_string(),
                    check_dates: known.check_dates,
                })
                .collect(),
            hospitals: names.into_iter().map(|((account, code), name)| (account, code, name)).collect(),
            lead_days: [0].into_iter().chain(LEAD_DAYS).collect(),
            statuses: labelled(of(&rows.statuses), rows, "order_status"),
            packages: frequent(&rows.packages),
            channels: frequent(&rows.channels),
            add_ons: frequent(&rows.add_ons),
            lead_times: of(&rows.lead_times),
            events: labelled(of(&rows.events), rows, "event"),
            nights: rows
                .nights
                .iter()
                .map(|night| {
                    let [account, day] = [place(&night.account) as i64, day(night.day)];
                    let [received, accepted, rejected] = [night.received, night.accepted, night.rejected];
                    [account, day, received, accepted, rejected, night.unchanged, night.opened, night.warned]
                })
                .collect(),
            broken_rules: rows
                .broken_rules
                .iter()
                .map(|RuleCount { account, day: on, field, rule, is_rejecting, records }| {
                    (place(account), day(*on), field.as_str(), rule.as_str(), *is_rejecting, *records)
                })
                .collect(),
            fields: rows
                .broken_rules
                .iter()
                .filter_map(|broken| {
                    let label = &contract.field(Field::from_name(&broken.field)?).label;
                    Some((broken.field.as_str(), [label.zh.clone(), label.en.clone()]))
                })
                .collect(),
        }
    }
}

/// Every hospital that a figure is about, by account and code, with its last name: rows come in the order of their days.
fn hospital_names(rows: &ReportRows) -> BTreeMap<(&str, &str), Option<&str>> {
    let mut names: BTreeMap<(&str, &str), Option<&str>> = BTreeMap::new();
    for row in rows.events.iter().chain(&rows.statuses) {
        let name = names.entry((&row.account, &row.hospital_code)).or_default();
        *name = row.hospital_name.as_deref().or(*name);
    }
    names
}

/// The rows as series, the most frequent key first; keys beyond `keys_max` are added up in one more.
fn dimension<'a>(rows: &'a [DayCount], hospitals: &Hospitals<'a>, first: NaiveDate, keys_max: usize) -> Dimension<'a> {
    let mut totals: BTreeMap<(Option<&str>, Option<&str>), i64> = BTreeMap::new();
    for row in rows {
        *totals.entry((row.code.as_deref(), row.name.as_deref())).or_default() += row.count;
    }
    let mut ranked: Vec<_> = totals.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rarer = ranked.len().saturating_sub(keys_max);
    let places: BTreeMap<_, usize> =
        ranked.iter().map(|(key, _)| *key).zip((0..).map(|at: usize| at.min(keys_max))).collect();
    let mut days: BTreeMap<(usize, usize), BTreeMap<i64, (i64, i64)>> = BTreeMap::new();
    for row in rows {
        let key = places.get(&(row.code.as_deref(), row.name.as_deref()));
        let hospital = hospitals.get(&(row.account.as_str(), row.hospital_code.as_str()));
        if let (Some(hospital), Some(key)) = (hospital, key) {
            let series = days.entry((*hospital, *key)).or_default();
            let sums = series.entry((row.day - first).num_days()).or_default();
            *sums = (sums.0 + row.count, sums.1 + row.amount);
        }
    }
    let mut keys: Vec<Key> = ranked
        .iter()
        .take(keys_max)
        .map(|((code, name), _)| Key { code: *code, name: *name, ..Key::default() })
        .collect();
    if rarer > 0 {
        keys.push(Key { rarer: Some(rarer), ..Key::default() });
    }
    Dimension {
        keys,
        series: days.into_iter().filter_map(|((hospital, key), days)| series(hospital, key, &days)).collect(),
    }
}

/// A number a day, from the first day that has one to the last.
fn series(hospital: usize, key: usize, days: &BTreeMap<i64, (i64, i64)>) -> Option<Series> {
    let (start, end) = (*days.first_key_value()?.0, *days.last_key_value()?.0);
    let (counts, mut amounts): (Vec<i64>, Vec<i64>) =
        (start..=end).map(|day| days.get(&day).copied().unwrap_or_default()).unzip();
    if amounts.iter().all(|amount| *amount == 0) {
        amounts.clear();
    }
    Some(Series(hospital, key, start, counts, amounts))
}

/// The keys with the names that the contract's dictionary has for them.
fn labelled<'a>(mut dimension: Dimension<'a>, rows: &'a ReportRows, column_name: &str) -> Dimension<'a> {
    for key in &mut dimension.keys {
        let label =
            rows.labels.iter().find(|label| label.column_name == column_name && Some(label.code.as_str()) == key.code);
        key.labels = label.map(|label| [label.zh.as_str(), label.en.as_str()]);
    }
    dimension
}
