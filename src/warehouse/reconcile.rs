//! What the platform's own list is compared with: the current states of one moment. Reads only.

use chrono::{DateTime, Utc};
use deadpool_postgres::{ClientWrapper, Object};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use tokio_postgres::Row;

use crate::reservation::{CodeLabel, Field, HeldReservation, HeldState};
use crate::warehouse::report::code_label;
use crate::warehouse::statement::text;
use crate::warehouse::values::{optional_text, text};
use crate::warehouse::{Warehouse, WarehouseError};

/// An account's history as it is at one moment.
pub struct HistorySnapshot {
    /// When the states of the last delivery took effect.
    pub as_of: DateTime<Utc>,
    client: ClientWrapper,
    account: String,
}

impl Warehouse {
    /// What the account's contract calls the states.
    pub async fn order_status_labels(&self, account: &str) -> Result<Vec<CodeLabel>, WarehouseError> {
        let client = self.client().await?;
        let rows = client
            .query(text!("report/select_code_labels"), &[&Some(vec![account])])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        let labels: Vec<CodeLabel> =
            rows.iter().map(code_label).collect::<Result<_, _>>().map_err(WarehouseError::query(OPERATION))?;
        // Events have names, too, and some of them the same.
        let column_name = Field::OrderStatus.column_name();
        Ok(labels.into_iter().filter(|label| label.column_name == column_name).collect())
    }

    /// `None`: the account has no delivery.
    pub async fn history_snapshot(&self, account: &str) -> Result<Option<HistorySnapshot>, WarehouseError> {
        // Out of the pool: its transaction ends with the connection.
        let client = Object::take(self.client().await?);
        client.batch_execute(text!("reconcile/start_snapshot")).await.map_err(WarehouseError::query(OPERATION))?;
        let row = client
            .query_opt(text!("reconcile/select_last_delivery"), &[&account])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        Ok(row.map(|row| HistorySnapshot { as_of: row.get(0), client, account: account.to_owned() }))
    }
}

impl HistorySnapshot {
    /// Every reservation once, as the network delivers them.
    pub async fn reservations(
        self,
    ) -> Result<BoxStream<'static, Result<HeldReservation, WarehouseError>>, WarehouseError> {
        let HistorySnapshot { client, account, .. } = self;
        let rows = client
            .query_raw(text!("reconcile/select_reservations"), [&account])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        let read = move |row: Row| {
            let _until_the_end = &client;
            std::future::ready(reservation(&row))
        };
        Ok(Box::pin(rows.and_then(read).map_err(WarehouseError::query(OPERATION))))
    }
}

const OPERATION: &str = "read the history for a comparison";

fn reservation(row: &Row) -> Result<HeldReservation, tokio_postgres::Error> {
    let current = match optional_text(row, 1)? {
        Some(order_status) => Some(HeldState { order_status, check_date: row.try_get(2)?, fee_fen: row.try_get(3)? }),
        None => None,
    };
    Ok(HeldReservation { serial_number: text(row, 0)?, current, is_quarantined: row.try_get(4)? })
}
