//! The marts: kept fresh after a load, date by date.

use chrono::NaiveDate;

use crate::pipeline::Contract;
use crate::reservation::Change;
use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, WarehouseError};

/// The event that no version makes: `mart.reservation_events` takes it from `warehouse.arrivals`.
const ARRIVED: (&str, &str, &str) = ("arrived", "到检", "arrived");

/// For the one statement that reads the account's whole history and all of its arrivals, which the load's settings would
/// keep on an index; and memory to sort some hundred thousand rows without a file.
const ONE_PASS_SETTINGS: &str =
    "set local enable_seqscan = on; set local enable_hashjoin = on; set local work_mem = '64MB'";

impl AccountSession {
    /// Makes the volumes of the check dates anew that loads have changed since, in one transaction, and takes over the
    /// contract's names of codes. Returns the number of dates. Over a connection of its own, so that exports which do
    /// not read the marts are made meanwhile; a second refresh at the same time would wait for the rows of the stale dates.
    pub async fn refresh_marts(&self, contract: &Contract) -> Result<u64, WarehouseError> {
        let operation = "refresh the marts";
        let labels = CodeLabels::of(contract);
        let mut client = self.companion().await?;
        let transaction = client.transaction().await.map_err(WarehouseError::query(operation))?;
        transaction
            .batch_execute(text!("load/configure_transaction"))
            .await
            .map_err(WarehouseError::query(operation))?;
        transaction
            .execute(
                text!("mart/upsert_code_labels"),
                &[&self.account, &labels.column_names, &labels.codes, &labels.zh, &labels.en],
            )
            .await
            .map_err(WarehouseError::query(operation))?;
        let stale = transaction
            .query(text!("mart/take_stale_dates"), &[&self.account])
            .await
            .map_err(WarehouseError::query(operation))?;
        let dates: Vec<NaiveDate> = stale.iter().map(|row| row.get(0)).collect();
        if !dates.is_empty() {
            let known = transaction
                .query_one(text!("mart/select_first_and_last_date"), &[&self.account])
                .await
                .map_err(WarehouseError::query(operation))?;
            let insert = if are_most(&dates, known.get(0), known.get(1)) {
                transaction.batch_execute(ONE_PASS_SETTINGS).await.map_err(WarehouseError::query(operation))?;
                text!("mart/insert_volumes_in_one_pass")
            } else {
                text!("mart/insert_daily_volumes")
            };
            for sql in [text!("mart/delete_daily_volumes"), insert] {
                transaction.execute(sql, &[&self.account, &dates]).await.map_err(WarehouseError::query(operation))?;
            }
        }
        transaction.commit().await.map_err(WarehouseError::query(operation))?;
        Ok(dates.len() as u64)
    }
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
