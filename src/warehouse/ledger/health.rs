//! The questions of `tijian doctor` to the database. Changes nothing, and locks no account.

use chrono::{DateTime, Utc};

use crate::warehouse::ledger::backlog::backlog;
use crate::warehouse::roles::login;
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{Backlog, Warehouse, WarehouseError};

const SELECT_VERSION: Statement = sql!("session/select_version", "ask for the server's version");
const SELECT_MISSING_RIGHTS: Statement = sql!("roles/select_missing_rights", "look at the rights of this login");
const SELECT_VITALS: Statement = sql!("ledger/select_vitals", "read the ledger");

/// The server's version and the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Like `15.14`.
    pub version: String,
    /// Like `15`.
    pub major_version: i32,
    pub login: String,
    /// The login owns the schema; before the first migration: it may make one.
    pub may_change_schema: bool,
}

/// The rights that the nights need, as far as this login has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderRights {
    /// How many rights the group of the nights has here; none: nobody has set them.
    pub granted: i64,
    /// Those that the login has not, like `etl.outbox: insert`.
    pub missing: Vec<String>,
}

/// One account's state, as far as somebody may have to do something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vitals {
    pub backlog: Backlog,
    /// The end of the last run that loaded a delivery and came to its end.
    pub loaded_at: Option<DateTime<Utc>>,
    /// How the last run ended, as in `etl.runs`. `None`: there was none, or it is running, or was killed.
    pub last_outcome: Option<String>,
    /// Size of the last delivery as received.
    pub body_bytes: Option<i64>,
}

impl Warehouse {
    /// The server, and who is logged in.
    pub async fn server(&self) -> Result<Server, WarehouseError> {
        let client = self.client().await?;
        let row = SELECT_VERSION.row(&client, &[]).await?;
        let login = login(&client).await?;
        Ok(Server {
            version: row.get("version")?,
            major_version: row.get("major_version")?,
            login: login.name,
            may_change_schema: login.may_change_schema,
        })
    }

    /// This login's rights beside those of the group of the nights.
    pub async fn loader_rights(&self) -> Result<LoaderRights, WarehouseError> {
        let row = SELECT_MISSING_RIGHTS.row(&self.client().await?, &[]).await?;
        Ok(LoaderRights { granted: row.get("granted")?, missing: row.get("missing")? })
    }

    /// One account's state. The schema must be current.
    pub async fn vitals(&self, account: &str) -> Result<Vitals, WarehouseError> {
        let client = self.client().await?;
        let row = SELECT_VITALS.row(&client, &[&account]).await?;
        Ok(Vitals {
            backlog: backlog(&client, account).await?,
            loaded_at: row.get("loaded_at")?,
            last_outcome: row.get("last_outcome")?,
            body_bytes: row.get("body_bytes")?,
        })
    }
}
