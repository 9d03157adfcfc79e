//! The marts: kept fresh after a load, date by date, and opened to those who may read them.

use chrono::NaiveDate;

use crate::pipeline::Contract;
use crate::reservation::Change;
use crate::warehouse::{AccountSession, Warehouse, WarehouseError};

/// The event that no version makes: `mart.reservation_events` takes it from `warehouse.arrivals`.
const ARRIVED: (&str, &str, &str) = ("arrived", "到检", "arrived");

impl AccountSession {
    /// Makes the volumes of the check dates anew that loads have changed since, in one transaction, and takes over the
    /// contract's names of codes. Returns the number of dates.
    pub async fn refresh_marts(&mut self, contract: &Contract) -> Result<u64, WarehouseError> {
        let operation = "refresh the marts";
        let labels = CodeLabels::of(contract);
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(operation))?;
        transaction
            .batch_execute(include_str!("../../sql/load/01_configure_transaction.sql"))
            .await
            .map_err(WarehouseError::query(operation))?;
        transaction
            .execute(
                include_str!("../../sql/mart/01_upsert_code_labels.sql"),
                &[&self.account, &labels.column_names, &labels.codes, &labels.zh, &labels.en],
            )
            .await
            .map_err(WarehouseError::query(operation))?;
        let stale = transaction
            .query(include_str!("../../sql/mart/02_take_stale_dates.sql"), &[&self.account])
            .await
            .map_err(WarehouseError::query(operation))?;
        let dates: Vec<NaiveDate> = stale.iter().map(|row| row.get(0)).collect();
        if !dates.is_empty() {
            for sql in [
                include_str!("../../sql/mart/03_delete_daily_volumes.sql"),
                include_str!("../../sql/mart/04_insert_daily_volumes.sql"),
            ] {
                transaction.execute(sql, &[&self.account, &dates]).await.map_err(WarehouseError::query(operation))?;
            }
        }
        transaction.commit().await.map_err(WarehouseError::query(operation))?;
        Ok(dates.len() as u64)
    }
}

impl Warehouse {
    /// Grants the groups of readers their schemas, and makes those groups that are missing, as far as the database's
    /// user may. Returns the groups that are still missing.
    pub async fn grant_readers(&self) -> Result<Vec<String>, WarehouseError> {
        let operation = "grant the groups of readers their schemas";
        let client = self.client().await?;
        client
            .batch_execute(include_str!("../../sql/mart/05_grant_readers.sql"))
            .await
            .map_err(WarehouseError::query(operation))?;
        let missing = client
            .query(include_str!("../../sql/mart/06_select_missing_readers.sql"), &[])
            .await
            .map_err(WarehouseError::query(operation))?;
        Ok(missing.iter().map(|row| row.get(0)).collect())
    }
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
