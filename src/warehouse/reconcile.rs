//! Reads the current states at one moment, to compare the platform's own list with. Changes nothing.

use chrono::{DateTime, Utc};
use deadpool_postgres::{ClientWrapper, Object};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};

use crate::reservation::{Field, HeldReservation, HeldState};
use crate::rows::CodeLabel;
use crate::warehouse::dataset::BATCH_ROWS;
use crate::warehouse::mart::code_labels;
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const READ: &str = "read the history for a comparison";
const START_SNAPSHOT: Statement = sql!("reconcile/start_snapshot", READ);
const SELECT_LAST_DELIVERY: Statement = sql!("reconcile/select_last_delivery", READ);
const SELECT_RESERVATIONS: Statement = sql!("reconcile/select_reservations", READ);

/// An account's history as it is at one moment.
pub struct HistorySnapshot {
    /// When the states of the last delivery took effect.
    pub as_of: DateTime<Utc>,
    client: ClientWrapper,
    account: String,
}

impl Warehouse {
    /// The names of the states in the account's contract.
    pub async fn order_status_labels(&self, account: &str) -> Result<Vec<CodeLabel>, WarehouseError> {
        let labels = code_labels(&self.client().await?, Some(&[account.to_owned()]), READ).await?;
        // Events have names, too, and some of them the same.
        let column_name = Field::OrderStatus.column_name();
        Ok(labels.into_iter().filter(|label| label.column_name == column_name).collect())
    }

    /// `None`: the account has no delivery.
    pub async fn history_snapshot(&self, account: &str) -> Result<Option<HistorySnapshot>, WarehouseError> {
        // Out of the pool: its transaction ends with the connection.
        let client = Object::take(self.client().await?);
        START_SNAPSHOT.run_all(&client).await?;
        let Some(row) = SELECT_LAST_DELIVERY.row_if_any(&client, &[&account]).await? else { return Ok(None) };
        Ok(Some(HistorySnapshot { as_of: row.get("effective_at")?, client, account: account.to_owned() }))
    }
}

impl HistorySnapshot {
    /// Every reservation once, some at a time, as the network delivers them.
    pub async fn reservations(
        self,
    ) -> Result<BoxStream<'static, Result<Vec<HeldReservation>, WarehouseError>>, WarehouseError> {
        let HistorySnapshot { client, account, .. } = self;
        let rows = SELECT_RESERVATIONS.stream(&client, &[&account]).await?;
        let read = move |row| {
            let _until_the_end = &client;
            reservation(&SELECT_RESERVATIONS.read(row)?)
        };
        Ok(rows.map(read).try_chunks(BATCH_ROWS).map_err(|cut_short| cut_short.1).boxed())
    }
}

fn reservation(row: &Row) -> Result<HeldReservation, WarehouseError> {
    let text = |column| row.get::<Option<&str>>(column).map(|text| text.map(Into::into));
    let current = match text("order_status")? {
        Some(order_status) => {
            Some(HeldState { order_status, check_date: row.get("check_date")?, fee_fen: row.get("fee_fen")? })
        }
        None => None,
    };
    Ok(HeldReservation {
        serial_number: row.get::<&str>("serial_number")?.into(),
        current,
        is_quarantined: row.get("is_quarantined")?,
    })
}
