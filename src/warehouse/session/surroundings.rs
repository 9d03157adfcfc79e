//! What an operator's check-up asks about the server around the warehouse, and about nights that went wrong. Changes nothing.

use chrono::{DateTime, Utc};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// Who follows this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standbys {
    pub count: i64,
    /// Those that a COMMIT waits for. `None`: this login may not see that.
    pub synchronous: Option<i64>,
    /// A COMMIT is to wait for some.
    pub is_asked_for: bool,
}

/// What went wrong since the last good night, and with the platform's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NightTroubles {
    pub failed: i64,
    pub killed: i64,
    /// Of the last good night: why nothing past its days was removed.
    pub retention_note: Option<String>,
    /// How far the newest delivery's time lay behind its receipt, where it did not count for that.
    pub seconds_ahead: Option<i64>,
    /// Deliveries of that kind.
    pub future_times: i64,
}

impl Warehouse {
    /// Defaults that would have ended or weakened a night, like `statement_timeout = 1000ms`, and that every session sets
    /// otherwise.
    pub async fn overridden_defaults(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = self
            .client()
            .await?
            .query(text!("session/select_overridden_defaults"), &[])
            .await
            .map_err(WarehouseError::query("look at the session's defaults"))?;
        Ok(rows.iter().map(|row| format!("{} = {}", row.get::<_, &str>(0), row.get::<_, &str>(1))).collect())
    }

    /// The database's clock.
    pub async fn time(&self) -> Result<DateTime<Utc>, WarehouseError> {
        let row = self
            .client()
            .await?
            .query_one("select clock_timestamp()", &[])
            .await
            .map_err(WarehouseError::query("ask the database for the time"))?;
        Ok(row.get(0))
    }

    /// Who follows this server.
    pub async fn standbys(&self) -> Result<Standbys, WarehouseError> {
        let row = self
            .client()
            .await?
            .query_one(text!("session/select_standbys"), &[])
            .await
            .map_err(WarehouseError::query("look for standbys"))?;
        Ok(Standbys { count: row.get(0), synchronous: row.get(1), is_asked_for: row.get(2) })
    }

    /// Whether somebody on the way hands a session's connection on between its transactions. While one session is in a
    /// transaction, another one that asked before it is asked again who answers.
    pub async fn is_pooled_by_transaction(&self) -> Result<bool, WarehouseError> {
        let failed = WarehouseError::query("ask who answers");
        let (asking, holding) = (self.client().await?, self.client().await?);
        let before = backend(&asking).await?;
        holding.batch_execute("begin").await.map_err(failed.clone())?;
        let held = backend(&holding).await;
        let after = backend(&asking).await;
        holding.batch_execute("rollback").await.map_err(failed)?;
        let (held, after) = (held?, after?);
        Ok(before != after || held == before)
    }

    /// What went wrong with one account's nights since the last good one. The schema must be current.
    pub async fn night_troubles(&self, account: &str) -> Result<NightTroubles, WarehouseError> {
        let row = self
            .client()
            .await?
            .query_one(text!("ledger/select_night_troubles"), &[&account])
            .await
            .map_err(WarehouseError::query("read the ledger"))?;
        Ok(NightTroubles {
            failed: row.get(0),
            killed: row.get(1),
            retention_note: row.get(2),
            seconds_ahead: row.get(3),
            future_times: row.get(4),
        })
    }
}

/// The server process that answers; without a prepared statement, which would be lost on the way.
async fn backend(client: &Client) -> Result<Option<String>, WarehouseError> {
    let messages =
        client.simple_query("select pg_backend_pid()").await.map_err(WarehouseError::query("ask who answers"))?;
    Ok(messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
