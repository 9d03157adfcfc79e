//! The questions of `tijian doctor` about the server, and about nights that went wrong. Changes nothing.

use chrono::{DateTime, Utc};

use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SELECT_DEFAULTS: Statement = sql!("session/select_overridden_defaults", "look at the session's defaults");
const SELECT_TIME: Statement = sql!("session/select_time", "ask the database for the time");
const SELECT_STANDBYS: Statement = sql!("session/select_standbys", "look for standbys");
const SELECT_TROUBLES: Statement = sql!("ledger/select_night_troubles", "read the ledger");

/// The standbys of this server.
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
    /// Why the last good night removed no expired data.
    pub retention_note: Option<String>,
    /// How far the newest delivery's time lay behind its receipt, where it did not count for that.
    pub seconds_ahead: Option<i64>,
    /// Deliveries whose timestamps were in the future.
    pub future_times: i64,
}

impl Warehouse {
    /// Defaults that would have ended or weakened a night, like `statement_timeout = 1000ms`, and that every session sets
    /// otherwise.
    pub async fn overridden_defaults(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = SELECT_DEFAULTS.rows(&self.client().await?, &[]).await?;
        let given = |row: &Row| Ok(format!("{} = {}", row.get::<&str>("name")?, row.get::<&str>("given")?));
        rows.iter().map(given).collect()
    }

    /// Reads the database's clock.
    pub async fn time(&self) -> Result<DateTime<Utc>, WarehouseError> {
        SELECT_TIME.row(&self.client().await?, &[]).await?.get("database_at")
    }

    /// Counts the standbys of this server.
    pub async fn standbys(&self) -> Result<Standbys, WarehouseError> {
        let row = SELECT_STANDBYS.row(&self.client().await?, &[]).await?;
        Ok(Standbys {
            count: row.get("standbys")?,
            synchronous: row.get("synchronous")?,
            is_asked_for: row.get("is_asked_for")?,
        })
    }

    /// What went wrong with one account's nights since the last good one. The schema must be current.
    pub async fn night_troubles(&self, account: &str) -> Result<NightTroubles, WarehouseError> {
        let row = SELECT_TROUBLES.row(&self.client().await?, &[&account]).await?;
        Ok(NightTroubles {
            failed: row.get("failed")?,
            killed: row.get("killed")?,
            retention_note: row.get("retention_note")?,
            seconds_ahead: row.get("seconds_ahead")?,
            future_times: row.get("future_times")?,
        })
    }
}
