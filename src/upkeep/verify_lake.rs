//! Verification of what another engine has built from the lake: against the history in PostgreSQL, as of the deliveries that it was
//! built from. Nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use futures_util::stream::{BoxStream, once};
use futures_util::{StreamExt, TryStreamExt};

use crate::failure::{RebuildError, RunError};
use crate::lake::{Built, LakeStore, RowsWanted};
use crate::rows::{Cell, Rows};
use crate::upkeep::sorted_rows::{RowDifferences, compare_rows};
use crate::warehouse::{LakeRows, Warehouse};

/// How many of the groups that differ are named.
const GROUPS_NAMED: usize = 10;

const HISTORY: [&str; 25] = [
    "account",
    "serial_number",
    "version",
    "valid_from",
    "valid_to",
    "change",
    "person_id",
    "card_type",
    "age_years",
    "age_band",
    "sex_code",
    "is_pregnant",
    "married",
    "hospital_code",
    "hospital_name",
    "check_date",
    "hospital_package_id",
    "hospital_package_name",
    "add_combination_id",
    "add_combination_name",
    "examination_fee",
    "order_status",
    "pay_type",
    "data_sources",
    "delivery_id",
];

const DAILY_VOLUMES: [&str; 11] = [
    "account",
    "check_date",
    "hospital_code",
    "hospital_name",
    "hospital_package_id",
    "hospital_package_name",
    "data_sources",
    "order_status",
    "reservations",
    "people",
    "fee_total",
];

const JOURNAL_TOTALS: [&str; 6] = ["account", "check_month", "hospital_code", "pay_type", "entries", "amount"];

/// What sums of the history are made of.
const SUMMED: [&str; 6] = ["account", "check_date", "hospital_code", "pay_type", "version", "examination_fee"];

/// A part of what was built, against ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartVerified {
    /// What was compared: `history_totals`, `journal_totals`, `daily_volumes` or `history`.
    pub part: &'static str,
    pub found: RowDifferences,
    /// Some groups that differ: account, month, hospital and way of payment. None of single rows.
    pub groups: Vec<[String; 4]>,
}

/// What was found in one lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeVerified {
    pub publication: u64,
    /// Each account with the last delivery that it was built from.
    pub as_of: Vec<(String, i64)>,
    /// Accounts of which nothing is built.
    pub not_built: Vec<String>,
    pub parts: Vec<PartVerified>,
}

impl LakeVerified {
    pub fn is_clean(&self) -> bool {
        self.not_built.is_empty() && self.parts.iter().all(|part| part.found.is_none())
    }
}

/// Compares sums, and with `is_by_row` each row. `dir`: for copies of a bucket's objects.
pub async fn verify_lake(
    store: &LakeStore,
    warehouse: &Warehouse,
    accounts: &[String],
    is_by_row: bool,
    dir: &Path,
) -> Result<LakeVerified, RunError> {
    let nothing = || RebuildError::NothingBuilt { lake: store.address("") };
    let built = store.read_pointer().await?.and_then(|found| found.pointer.built).ok_or_else(nothing)?;
    let verification = Verification { store, warehouse, dir, accounts: accounts.iter().cloned().collect() };
    let (as_of, not_built) = verification.as_of(&built);
    let mut parts = vec![
        verification.history_totals(&built, &as_of).await?,
        verification.compare(LakeRows::JournalTotals, &built.journal_totals, &as_of).await?,
    ];
    if is_by_row {
        parts.push(verification.compare(LakeRows::DailyVolumes, &built.daily_volumes, &as_of).await?);
        parts.push(verification.compare(LakeRows::History, &built.history, &as_of).await?);
    }
    Ok(LakeVerified { publication: built.publication, as_of, not_built, parts })
}

struct Verification<'a> {
    store: &'a LakeStore,
    warehouse: &'a Warehouse,
    dir: &'a Path,
    accounts: BTreeSet<String>,
}

type RowStream = BoxStream<'static, Result<Rows, RunError>>;

impl Verification<'_> {
    /// The last delivery of each of these accounts that was read, and the accounts of which none was.
    fn as_of(&self, built: &Built) -> (Vec<(String, i64)>, Vec<String>) {
        let (known, unknown): (Vec<_>, Vec<_>) =
            self.accounts.iter().partition(|account| built.as_of.contains_key(*account));
        let as_of = known.into_iter().filter_map(|account| Some((account.clone(), *built.as_of.get(account)?)));
        (as_of.collect(), unknown.into_iter().cloned().collect())
    }

    /// Rows of these accounts, of files in the lake.
    fn rows(&self, files: Vec<String>, columns: &'static [&'static str]) -> RowStream {
        let wanted = RowsWanted { files, columns, accounts: Some(self.accounts.clone()), dir: self.dir.to_owned() };
        self.store.read_rows(wanted).map_err(RunError::from).boxed()
    }

    async fn built_rows(&self, folder: &str, columns: &'static [&'static str]) -> Result<RowStream, RunError> {
        let files = self.store.parquet_files(folder).await?;
        Ok(self.rows(files.into_iter().map(|file| file.path).collect(), columns))
    }

    async fn our_rows(&self, rows: LakeRows, as_of: &[(String, i64)]) -> Result<RowStream, RunError> {
        Ok(self.warehouse.lake_rows(rows, as_of).await?.map_err(RunError::from).boxed())
    }

    async fn compare(&self, rows: LakeRows, folder: &str, as_of: &[(String, i64)]) -> Result<PartVerified, RunError> {
        let (part, columns, key): (_, &'static [&'static str], &[usize]) = match rows {
            LakeRows::History => ("history", &HISTORY, &[0, 1, 2]),
            LakeRows::DailyVolumes => ("daily_volumes", &DAILY_VOLUMES, &[0, 1, 2, 4, 6, 7]),
            LakeRows::JournalTotals | LakeRows::HistoryTotals => ("journal_totals", &JOURNAL_TOTALS, &[0, 1, 2, 3]),
        };
        let (here, there) = (self.our_rows(rows, as_of).await?, self.built_rows(folder, columns).await?);
        let mut groups = Vec::new();
        let is_of_groups = rows == LakeRows::JournalTotals;
        let found = compare_rows(here, there, key, columns.len(), |rows, row| {
            if is_of_groups && groups.len() < GROUPS_NAMED {
                groups.push(group(rows, row));
            }
        });
        Ok(PartVerified { part, found: found.await?, groups })
    }

    /// Sums over what was built, one row after the other, against sums by PostgreSQL.
    async fn history_totals(&self, built: &Built, as_of: &[(String, i64)]) -> Result<PartVerified, RunError> {
        let mut totals: BTreeMap<Group, Totals> = BTreeMap::new();
        let mut batches = self.built_rows(&built.history, &SUMMED).await?;
        while let Some(rows) = batches.try_next().await? {
            for row in 0..rows.len() {
                let text = |column| rows.cell(row, column).text().unwrap_or_default().to_owned();
                let month = rows.cell(row, 1).date().unwrap_or_default();
                let month = month.with_day(1).unwrap_or(month);
                let totals = totals.entry((text(0), month, text(2), text(3))).or_default();
                totals.reservations += i64::from(rows.cell(row, 4).integer() == Some(1));
                totals.versions += 1;
                totals.fees += rows.cell(row, 5).fee().unwrap_or_default();
            }
        }
        let there = once(async move { Ok(rows_of(totals)) }).boxed();
        let here = self.our_rows(LakeRows::HistoryTotals, as_of).await?;
        let mut groups = Vec::new();
        let found = compare_rows(here, there, &[0, 1, 2, 3], 7, |rows, row| {
            if groups.len() < GROUPS_NAMED {
                groups.push(group(rows, row));
            }
        });
        Ok(PartVerified { part: "history_totals", found: found.await?, groups })
    }
}

/// Account, month, hospital, way of payment.
type Group = (String, NaiveDate, String, String);

#[derive(Debug, Default)]
struct Totals {
    reservations: i64,
    versions: i64,
    fees: i128,
}

fn rows_of(totals: BTreeMap<Group, Totals>) -> Rows {
    let mut rows = Rows::of(7);
    for ((account, month, hospital, pay_type), Totals { reservations, versions, fees }) in &totals {
        let cells = [Cell::Text(account), Cell::Date(*month), Cell::Text(hospital), Cell::Text(pay_type)];
        let sums = [Cell::Integer(*reservations), Cell::Integer(*versions), Cell::Fee(*fees)];
        cells.into_iter().chain(sums).for_each(|cell| rows.push(cell));
    }
    rows
}

/// The group of a row that begins with it.
fn group(rows: &Rows, row: usize) -> [String; 4] {
    let text = |column| rows.cell(row, column).text().unwrap_or_default().to_owned();
    let month = rows.cell(row, 1).date().map(|month| month.format("%Y-%m").to_string());
    [text(0), month.unwrap_or_default(), text(2), text(3)]
}
