//! The figures as the page's script reads them: lists of names, and numbers that point into them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use super::ReportHeader;
use super::cells::{CellKey, ShownCell, key_of, shown_cells};
use super::told::{Hospital, HospitalDay, day_of, few_hospitals, month_of, told_days, withheld_months};
use crate::pipeline::Contract;
use crate::reservation::{Field, Rule};
use crate::rows::{DayCount, LEAD_DAYS, MonthCell, ReportRows, RuleCount};
use crate::wording::{Language, Spoken};

/// Packages, channels and add-ons that are listed one by one; the rarer ones are added up. A page with a thousand packages
/// would neither be small nor be read.
pub const KEYS_MAX: usize = 100;

/// The only status that cancels (interface, orderStatus).
const CANCELLED: &str = "5";

/// The dimensions whose cells say how many were cancelled. By no other is that shown; and what a month keeps to itself in one of
/// them, the sum over another would tell.
const CANCELLED_BY: [&str; 3] = ["total", "package", "channel"];

/// The code for reservations that are counted without showing what became of them.
const UNTOLD: &str = "untold";

/// The page's data, as JSON.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    generated_at: String,
    today: NaiveDate,
    /// The first and the last day.
    period: [NaiveDate; 2],
    language: &'static str,
    min_cell: i64,
    accounts: Vec<Account<'a>>,
    /// Account, code, name. Figures name a hospital by its place in here.
    hospitals: Vec<(&'a str, &'a str, Option<&'a str>)>,
    /// The first day of each group of lead times.
    lead_days: Vec<i32>,
    /// Names of the sexes, Chinese and English, by their codes.
    sexes: BTreeMap<&'a str, [&'a str; 2]>,
    statuses: Daily<'a>,
    /// A year before, on the days of this one.
    statuses_before: Daily<'a>,
    events: Daily<'a>,
    arrivals: Daily<'a>,
    totals: Monthly<'a>,
    packages: Monthly<'a>,
    channels: Monthly<'a>,
    add_ons: Monthly<'a>,
    lead_times: Monthly<'a>,
    backlog: Monthly<'a>,
    age_sex: Monthly<'a>,
    /// Place of the account, day, received, accepted, rejected, unchanged, opened, warned.
    nights: Vec<[i64; 8]>,
    /// Place of the account, day, field, rule, whether it rejects, records.
    broken_rules: Vec<(usize, i64, &'a str, &'a str, bool, i64)>,
    /// Names of the fields in `broken_rules`, Chinese and English.
    fields: BTreeMap<&'a str, [String; 2]>,
    /// Names of the rules in `broken_rules`, Chinese and English.
    rules: BTreeMap<&'a str, [String; 2]>,
}

#[derive(Debug, Serialize)]
struct Account<'a> {
    account: &'a str,
    /// For people, and in milliseconds for the page's own sums.
    as_of: String,
    as_of_ms: i64,
    check_dates: Option<(NaiveDate, NaiveDate)>,
}

/// Counts by day, without an amount of money. Series name a key by its place in `keys`.
#[derive(Debug, Default, Serialize)]
struct Daily<'a> {
    keys: Vec<Key<'a>>,
    series: Vec<Series>,
}

/// Place of the hospital, place of the key, months after the period's first one, reservations, cancelled ones, amount.
type PlacedCell = (usize, usize, i64, i64, Option<i64>, Option<i64>);

/// Sums by month, none of them of a few people.
#[derive(Debug, Default, Serialize)]
struct Monthly<'a> {
    keys: Vec<Key<'a>>,
    cells: Vec<PlacedCell>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
struct Key<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<[&'a str; 2]>,
    /// Whether this is the rest, which is not listed one by one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_rest: bool,
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
        let place_of = |on: NaiveDate| (on - first).num_days();
        let named_daily =
            |Daily { keys, series }: Daily<'a>, column_name| Daily { keys: named(keys, rows, column_name), series };
        let told = told_days(&rows.people, rows.min_cell);
        let told_before = told_days(&rows.people_before, rows.min_cell);
        let cells_of =
            |dimension: &str| rows.cells.iter().filter(|cell| cell.dimension == dimension).collect::<Vec<_>>();
        let totals = cells_of("total");
        let withheld = withheld_months(&totals, rows.min_cell);
        let few = few_hospitals(&totals, rows.min_cell);
        let monthly = |dimension: &str| {
            let is_cancelled_told = |cell: &ShownCell<'a>| {
                let month = (cell.account, cell.hospital_code, cell.month);
                CANCELLED_BY.contains(&dimension) && !withheld.contains(&month)
            };
            monthly(&cells_of(dimension), rows.min_cell, &hospitals, first, is_cancelled_told)
        };
        let channels = monthly("channel");
        let place = |account: &str| rows.accounts.iter().position(|known| known.account == account).unwrap_or_default();
        let day = |day: NaiveDate| (day - first).num_days();
        Document {
            generated_at: header.generated_at.format("%Y-%m-%d %H:%M").to_string(),
            today: header.generated_at.date_naive(),
            period: [first, header.last],
            language: match header.language {
                Language::Chinese => "zh",
                Language::English => "en",
            },
            min_cell: rows.min_cell,
            accounts: rows
                .accounts
                .iter()
                .map(|known| Account {
                    account: &known.account,
                    as_of: known.as_of.with_timezone(header.generated_at.offset()).format("%Y-%m-%d %H:%M").to_string(),
                    as_of_ms: known.as_of.timestamp_millis(),
                    check_dates: known.check_dates,
                })
                .collect(),
            hospitals: names.into_iter().map(|((account, code), name)| (account, code, name)).collect(),
            lead_days: [0].into_iter().chain(LEAD_DAYS).collect(),
            sexes: rows
                .labels
                .iter()
                .filter(|label| label.column_name == "sex_code")
                .map(|label| (label.code.as_str(), [label.zh.as_str(), label.en.as_str()]))
                .collect(),
            statuses: named_daily(
                with_cancelled(daily(&rows.statuses, &hospitals, place_of, |row| status_of(row, &told, &withheld))),
                "order_status",
            ),
            statuses_before: a_year_later(&rows.statuses_before, &hospitals, first, |row| {
                status_of(row, &told_before, &withheld)
            }),
            events: named_daily(
                daily(&rows.events, &hospitals, place_of, |row| event_of(row, rows.min_cell, &few)),
                "event",
            ),
            arrivals: daily(&rows.arrivals, &hospitals, place_of, |row| arrival_of(row, &told)),
            totals: monthly("total"),
            packages: monthly("package"),
            channels: Monthly { keys: named(channels.keys, rows, "data_sources"), ..channels },
            add_ons: monthly("add_on"),
            lead_times: monthly("lead_time"),
            backlog: monthly("backlog"),
            age_sex: monthly("age_sex"),
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
            rules: rows
                .broken_rules
                .iter()
                .filter_map(|broken| {
                    let name = Rule::from_name(&broken.rule)?.message();
                    Some((broken.rule.as_str(), [Language::Chinese, Language::English].map(|place| name.text(place))))
                })
                .collect(),
        }
    }
}

/// Every hospital that a figure is about, by account and code, with its last name: rows come in the order of their days.
fn hospital_names(rows: &ReportRows) -> BTreeMap<(&str, &str), Option<&str>> {
    let mut names: BTreeMap<(&str, &str), Option<&str>> = BTreeMap::new();
    for row in rows.statuses_before.iter().chain(&rows.events).chain(&rows.statuses) {
        let name = names.entry((&row.account, &row.hospital_code)).or_default();
        *name = row.hospital_name.as_deref().or(*name);
    }
    names
}

/// Code and amount as they were counted.
fn as_it_is(row: &DayCount) -> Option<(&str, i64)> {
    Some((&row.code, row.amount))
}

/// What a row of reservations is counted as: of a day of few people only those that stand are, whatever else became of them. What a
/// month does not say of its cancelled ones, its days do not say either: they add up to it.
fn status_of<'a>(
    row: &'a DayCount,
    told: &BTreeSet<HospitalDay<'_>>,
    withheld: &BTreeSet<HospitalDay<'_>>,
) -> Option<(&'a str, i64)> {
    match (row.code.as_str(), told.contains(&day_of(row))) {
        (CANCELLED, is_told) if !is_told || withheld.contains(&month_of(row)) => None,
        (_, true) => as_it_is(row),
        (_, false) => Some((UNTOLD, 0)),
    }
}

/// Of a month in which something happened to few people nothing is told, nor of a hospital to which few come: one booking and one
/// cancellation would be one person's.
fn event_of<'a>(row: &'a DayCount, min_cell: i64, few: &BTreeSet<Hospital<'_>>) -> Option<(&'a str, i64)> {
    let hospital = (row.account.as_str(), row.hospital_code.as_str());
    (row.amount >= min_cell && !few.contains(&hospital)).then_some((&row.code, 0))
}

/// The arrivals of a row; [`UNTOLD`] for a day with few people.
fn arrival_of<'a>(row: &'a DayCount, told: &BTreeSet<HospitalDay<'_>>) -> Option<(&'a str, i64)> {
    if told.contains(&day_of(row)) { as_it_is(row) } else { Some((UNTOLD, 0)) }
}

/// The rows as series, the most frequent key first; `counted` says as what, with which amount, and of what not at all.
fn daily<'a>(
    rows: &'a [DayCount],
    hospitals: &Hospitals<'a>,
    place: impl Fn(NaiveDate) -> i64,
    counted: impl Fn(&'a DayCount) -> Option<(&'a str, i64)>,
) -> Daily<'a> {
    let ranked = ranked(rows.iter().filter_map(|row| Some((counted(row)?.0, row.count))));
    let places: BTreeMap<&str, usize> = ranked.iter().copied().zip(0..).collect();
    let mut days: BTreeMap<(usize, usize), BTreeMap<i64, (i64, i64)>> = BTreeMap::new();
    for row in rows {
        let hospital = hospitals.get(&(row.account.as_str(), row.hospital_code.as_str()));
        if let (Some(hospital), Some((code, amount))) = (hospital, counted(row)) {
            let key = places.get(code).copied().unwrap_or_default();
            let sums = days.entry((*hospital, key)).or_default().entry(place(row.day)).or_default();
            *sums = (sums.0 + row.count, sums.1 + amount);
        }
    }
    Daily {
        keys: ranked.into_iter().map(|code| Key { code: Some(code), ..Key::default() }).collect(),
        series: days.into_iter().filter_map(|((hospital, key), days)| series(hospital, key, &days)).collect(),
    }
}

/// Includes the key for cancelled reservations even if no day has any: months may have some, and the page uses it to find the
/// active ones.
fn with_cancelled(mut statuses: Daily<'_>) -> Daily<'_> {
    if !statuses.keys.iter().any(|key| key.code == Some(CANCELLED)) {
        statuses.keys.push(Key { code: Some(CANCELLED), ..Key::default() });
    }
    statuses
}

/// Keys by how often they come, the most frequent first.
fn ranked<K: Ord + Copy>(counts: impl Iterator<Item = (K, i64)>) -> Vec<K> {
    let mut totals: BTreeMap<K, i64> = BTreeMap::new();
    for (key, count) in counts {
        *totals.entry(key).or_default() += count;
    }
    let mut ranked: Vec<(K, i64)> = totals.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ranked.into_iter().map(|(key, _)| key).collect()
}

/// The rows on the same days of the next year; what fell on 29 February, on the 28th.
fn a_year_later<'a>(
    rows: &'a [DayCount],
    hospitals: &Hospitals<'a>,
    first: NaiveDate,
    counted: impl Fn(&'a DayCount) -> Option<(&'a str, i64)>,
) -> Daily<'a> {
    let place = |on: NaiveDate| (on.checked_add_months(Months::new(12)).unwrap_or(on) - first).num_days();
    daily(rows, hospitals, place, counted)
}

/// What the page may show of these cells, the most frequent key first and the rest last.
fn monthly<'a>(
    cells: &[&'a MonthCell],
    min_cell: i64,
    hospitals: &Hospitals<'a>,
    first: NaiveDate,
    is_cancelled_told: impl Fn(&ShownCell<'a>) -> bool,
) -> Monthly<'a> {
    let ranked = ranked(cells.iter().map(|cell| (key_of(cell), cell.reservations)));
    let told: BTreeSet<CellKey<'a>> = ranked.iter().take(KEYS_MAX).copied().collect();
    let shown = shown_cells(cells.iter().copied(), min_cell, |key| told.contains(&key));
    // Only keys that are shown somewhere: the name of a package that one person has is as good as its cell.
    let keys: BTreeSet<CellKey<'a>> = shown.iter().filter_map(|cell| cell.key).collect();
    let keys: Vec<CellKey<'a>> = ranked.into_iter().filter(|key| keys.contains(key)).collect();
    let places: BTreeMap<CellKey<'a>, usize> = keys.iter().copied().zip(0..).collect();
    let place = |cell: &ShownCell<'a>| {
        let hospital = *hospitals.get(&(cell.account, cell.hospital_code))?;
        let key = cell.key.map_or(Some(keys.len()), |key| places.get(&key).copied())?;
        let month = months_of(cell.month) - months_of(first);
        let cancelled = cell.cancelled.filter(|_| is_cancelled_told(cell));
        Some((hospital, key, month, cell.reservations, cancelled, cell.amount))
    };
    let cells = shown.iter().filter_map(place).collect();
    let has_rest = shown.iter().any(|cell| cell.key.is_none());
    let rest = has_rest.then_some(Key { is_rest: true, ..Key::default() });
    let keys = keys.iter().map(|(code, name)| Key { code: *code, name: *name, ..Key::default() });
    Monthly { keys: keys.chain(rest).collect(), cells }
}

/// Months since the year 0.
fn months_of(day: NaiveDate) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month0())
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
fn named<'a>(mut keys: Vec<Key<'a>>, rows: &'a ReportRows, column_name: &str) -> Vec<Key<'a>> {
    for key in &mut keys {
        let label =
            rows.labels.iter().find(|label| label.column_name == column_name && Some(label.code.as_str()) == key.code);
        key.labels = label.map(|label| [label.zh.as_str(), label.en.as_str()]);
    }
    keys
}
