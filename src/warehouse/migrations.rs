//! Brings the schema up to date: forward only, checksummed, inside the binary; and what it says of itself.

use std::error::Error;

use crate::warehouse::comments::{comments_mark, describe_schema};
use crate::warehouse::roles::login;
use crate::warehouse::session::check_server;
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};
use crate::wording::message;

mod embedded {
    refinery::embed_migrations!("sql/migrations");
}

/// refinery's own bookkeeping, kept with the ledger instead of in `public`.
const MIGRATION_TABLE: &str = "etl.schema_migrations";

/// Two processes that start together migrate one after the other. The number is arbitrary, but must never change.
const MIGRATION_LOCK: i64 = 0x7469_6a69_616e_0001;

const FIND_TABLE: Statement = sql!("migrate/find_table", "look for the schema's version");
const SELECT_MIGRATIONS: Statement = sql!("migrate/select_migrations", "read the schema's version");
const LOCK_MIGRATIONS: Statement = sql!("migrate/lock_migrations", "wait for another migration");
const UNLOCK_MIGRATIONS: Statement = sql!("migrate/unlock_migrations", "let the next migration go on");
const CREATE_SCHEMA: Statement = sql!("migrate/create_schema", "create the schema etl");

/// The schema beside the one that this program needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    Current {
        version: i64,
    },
    /// A migration is missing, or is not the one that this program knows. The newest number there; none: 0.
    Behind {
        applied: i64,
        needed: i64,
    },
}

/// The schema that the database has.
struct Schema {
    state: SchemaState,
    /// What the migrations' table says of the comments.
    comments: Option<String>,
}

impl Warehouse {
    /// Whether the schema is the one that this program needs. Errors where a newer `tijian` has made it. Changes nothing.
    pub async fn schema_state(&self) -> Result<SchemaState, WarehouseError> {
        Ok(find_schema(&self.client().await?).await?.state)
    }

    /// Errors where the schema is not the one that this program needs: for who only works with what is there. Changes
    /// nothing.
    pub async fn require_current_schema(&self) -> Result<(), WarehouseError> {
        match self.schema_state().await? {
            SchemaState::Current { .. } => Ok(()),
            SchemaState::Behind { applied, needed } => Err(WarehouseError::SchemaNotCurrent { applied, needed }),
        }
    }

    /// Applies what is missing. Returns the names of the migrations that were applied now. Where nothing is missing,
    /// nothing is tried: any login that may read the migrations' history will do. Where only comments are those of another
    /// version, they are renewed if the login may, and a failure of that is a warning: nothing rests on them.
    ///
    /// Refuses a server that is unfit, a database whose schema a newer `tijian` has made, and a login that may not change
    /// the schema.
    pub async fn migrate(&self) -> Result<Vec<String>, WarehouseError> {
        let mut client = self.client().await?;
        let Schema { state, comments } = find_schema(&client).await?;
        if matches!(state, SchemaState::Current { .. }) && comments == Some(comments_mark()) {
            return Ok(Vec::new());
        }
        check_server(&client).await?;
        let login = login(&client).await?;
        if !login.may_change_schema {
            return match state {
                SchemaState::Current { .. } => Ok(Vec::new()),
                SchemaState::Behind { applied, needed } => {
                    Err(WarehouseError::SchemaBehind { applied, needed, login: login.name })
                }
            };
        }
        LOCK_MIGRATIONS.row(&client, &[&MIGRATION_LOCK]).await?;
        let outcome = async {
            CREATE_SCHEMA.run(&client, &[]).await?;
            let report = embedded::migrations::runner()
                .set_migration_table_name(MIGRATION_TABLE)
                .run_async(&mut **client)
                .await
                .map_err(WarehouseError::Migrate)?;
            // Neither a night nor the groups' rights wait for words: the next migration tries again.
            if let Err(error) = describe_schema(&mut client).await {
                let because = error.source().map(ToString::to_string);
                tracing::warn!(because, "the schema keeps its old comments: {error}");
            }
            Ok(report)
        }
        .await;
        // A failed unlock means a lost connection, which has released the lock itself.
        let _ = UNLOCK_MIGRATIONS.row(&client, &[&MIGRATION_LOCK]).await;
        let report = outcome?;
        Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
    }
}

fn newest_known() -> i64 {
    let known = embedded::migrations::runner();
    known.get_migrations().iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0)
}

/// Two short queries on the usual night. Errors where the database is ahead of this binary.
async fn find_schema(client: &deadpool_postgres::Client) -> Result<Schema, WarehouseError> {
    let exists: bool = FIND_TABLE.row(client, &[&MIGRATION_TABLE]).await?.get("is_there")?;
    let known = newest_known();
    if !exists {
        return Ok(Schema { state: SchemaState::Behind { applied: 0, needed: known }, comments: None });
    }
    let rows = SELECT_MIGRATIONS.rows(client, &[]).await?;
    let read = |row: &Row| Ok((row.get("version")?, row.get("checksum")?));
    let rows_read = rows.iter().map(read).collect::<Result<Vec<(i64, String)>, WarehouseError>>()?;
    let applied = rows_read.iter().map(|(version, _)| *version).max().unwrap_or(0);
    if applied > known {
        return Err(WarehouseError::Schema(message!("schema-ahead", applied, known)));
    }
    let is_applied = |migration: &refinery::Migration| {
        rows_read.contains(&(i64::from(migration.version()), migration.checksum().to_string()))
    };
    let is_current = embedded::migrations::runner().get_migrations().iter().all(is_applied);
    let state = if is_current {
        SchemaState::Current { version: known }
    } else {
        SchemaState::Behind { applied, needed: known }
    };
    let comments = rows.first().map(|row| row.get("comments")).transpose()?.flatten();
    Ok(Schema { state, comments })
}
