//! The marts: kept fresh after a load, date by date.

use chrono::NaiveDate;

use crate::pipeline::Contract;
use crate::reservation::Change;
use crate::rows::CodeLabel;
use crate::warehouse::session::begin_on_indexes;
use crate::warehouse::statement::{Connection, Row, Statement, commit, sql};
use crate::warehouse::{AccountSession, WarehouseError};

const REFRESH: &str = "refresh the marts";

const SELECT_CODE_LABELS: Statement = sql!("mart/select_code_labels", "read the names of codes");
const UPSERT_CODE_LABELS: Statement = sql!("mart/upsert_code_labels", REFRESH);
const TAKE_STALE_DATES: Statement = sql!("mart/take_stale_dates", REFRESH);
const SELECT_FIRST_AND_LAST_DATE: Statement = sql!("mart/select_first_and_last_date", REFRESH);
const CONFIGURE_ONE_PASS: Statement = sql!("mart/configure_one_pass", REFRESH);
const DELETE_VOLUMES: Statement = sql!("mart/delete_daily_volumes", REFRESH);
const INSERT_VOLUMES: Statement = sql!("mart/insert_daily_volumes", REFRESH);

/// The event that no version makes: `mart.reservation_events` takes it from `warehouse.arrivals`.
const ARRIVED: (&str, &str, &str) = ("arrived", "到检", "arrived");

impl AccountSession {
    /// Recomputes the volumes of the check dates that loads have changed since, in one transaction, and takes over the
    /// contract's names of codes. Returns the number of dates. Over a connection of its own, so that exports which do
    /// not read the marts are made in the meantime; a second refresh at the same time would wait for the rows of the stale dates.
    pub async fn refresh_marts(&self, contract: &Contract) -> Result<u64, WarehouseError> {
        let labels = CodeLabels::of(contract);
        let mut client = self.companion().await?;
        let transaction = begin_on_indexes(&mut client, REFRESH).await?;
        UPSERT_CODE_LABELS
            .run(&transaction, &[&self.account, &labels.column_names, &labels.codes, &labels.zh, &labels.en])
            .await?;
        let stale = TAKE_STALE_DATES.rows(&transaction, &[&self.account]).await?;
        let dates = stale.iter().map(|row| row.get("check_date")).collect::<Result<Vec<NaiveDate>, _>>()?;
        if !dates.is_empty() {
            let known = SELECT_FIRST_AND_LAST_DATE.row(&transaction, &[&self.account]).await?;
            if are_most(&dates, known.get("first_date")?, known.get("last_date")?) {
                CONFIGURE_ONE_PASS.run_all(&transaction).await?;
            }
            DELETE_VOLUMES.run(&transaction, &[&self.account, &dates]).await?;
            INSERT_VOLUMES.run(&transaction, &[&self.account, &dates]).await?;
        }
        commit(transaction, REFRESH).await?;
        Ok(dates.len() as u64)
    }
}

/// The names of these accounts' (`None`: of all accounts') codes, read for this purpose.
pub(super) async fn code_labels(
    on: &impl Connection,
    accounts: Option<&[String]>,
    purpose: &'static str,
) -> Result<Vec<CodeLabel>, WarehouseError> {
    let rows = SELECT_CODE_LABELS.as_part_of(purpose).rows(on, &[&accounts]).await?;
    let label = |row: &Row| {
        Ok(CodeLabel {
            column_name: row.get("column_name")?,
            code: row.get("code")?,
            zh: row.get("label_zh")?,
            en: row.get("label_en")?,
        })
    };
    rows.iter().map(label).collect()
}

/// Whether at least half of the days between the account's first and last check date are among `dates`: the first load
/// of an account, and any load into a young history.
fn are_most(dates: &[NaiveDate], known_first: Option<NaiveDate>, known_last: Option<NaiveDate>) -> bool {
    let first = dates.iter().copied().chain(known_first).min();
    let last = dates.iter().copied().chain(known_last).max();
    let days = first.zip(last).map_or(0, |(first, last)| (last - first).num_days() + 1);
    2 * dates.len() as i64 >= days
}

/// Rows of `mart.code_labels`, column by column.
#[derive(Default)]
struct CodeLabels<'a> {
    column_names: Vec<&'a str>,
    codes: Vec<&'a str>,
    zh: Vec<&'a str>,
    en: Vec<&'a str>,
}

impl<'a> CodeLabels<'a> {
    /// The contract's dictionaries by the column that they are for, and the words of our own columns.
    fn of(contract: &'a Contract) -> CodeLabels<'a> {
        let mut labels = CodeLabels::default();
        for field in &contract.fields {
            for (code, label) in field.dictionary.iter().flat_map(|dictionary| &dictionary.labels) {
                labels.push(field.field.column_name(), code, &label.zh, &label.en);
            }
        }
        for change in Change::ALL {
            for column_name in ["change", "event"] {
                labels.push(column_name, change.as_str(), change.label_zh(), change.label_en());
            }
        }
        labels.push("event", ARRIVED.0, ARRIVED.1, ARRIVED.2);
        labels
    }

    fn push(&mut self, column_name: &'a str, code: &'a str, zh: &'a str, en: &'a str) {
        self.column_names.push(column_name);
        self.codes.push(code);
        self.zh.push(zh);
        self.en.push(en);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_most_where_half_of_the_days_are_among_them() {
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let dates = [day("2026-01-01"), day("2026-01-03"), day("2026-01-04")];
        assert!(are_most(&dates, None, None));
        assert!(are_most(&dates, Some(day("2026-01-01")), Some(day("2026-01-06"))));
        assert!(!are_most(&dates, Some(day("2026-01-01")), Some(day("2026-01-07"))));
        assert!(!are_most(&dates, Some(day("2020-01-01")), Some(day("2026-01-04"))));
    }
}
