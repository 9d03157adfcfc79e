//! The database that a command works on: `DATABASE_URL`, or the private server of the data folder.

use secrecy::{ExposeSecret, SecretString};

use crate::cli::GlobalArgs;
use crate::cli::error::CliError;
use crate::local_postgres::{Durability, FetchPolicy, LocalPostgres, LocalPostgresOptions};
use crate::settings::Settings;
use crate::warehouse::{Grants, Warehouse};

/// Where fetched server programs are kept, in the data folder.
pub(super) const BINARIES: &str = "postgres-binaries";

/// A database address, and the private server behind it, if it is one. Dropped, it gives the server up.
pub(super) struct Database {
    /// May hold a password.
    url: SecretString,
    /// Held for as long as the database is used.
    _server: Option<LocalPostgres>,
}

impl Database {
    /// Finds the database; starts the private server where `DATABASE_URL` names none.
    pub fn open(global: &GlobalArgs, settings: &Settings, fetch: FetchPolicy) -> Result<Database, CliError> {
        if let Some(url) = settings.database_url()? {
            return Ok(Database { url, _server: None });
        }
        let server = start_server(global, settings, fetch)?;
        Ok(Database { url: server.url().into(), _server: Some(server) })
    }

    /// Connects, and brings the schema up to date. A login that may not change it will do where it is.
    pub async fn connect(&self) -> Result<Warehouse, CliError> {
        let warehouse = Warehouse::connect(self.url.expose_secret()).await?;
        let migrations = warehouse.migrate().await?;
        for migration in &migrations {
            tracing::info!(migration, "migrated");
        }
        if !migrations.is_empty() {
            set_grants(&warehouse).await?;
        }
        Ok(warehouse)
    }

    /// Connects, and changes nothing.
    pub async fn connect_only(&self) -> Result<Warehouse, CliError> {
        Ok(Warehouse::connect(self.url.expose_secret()).await?)
    }
}

/// Gives the groups their rights, and says what somebody else has to do for it.
pub(super) async fn set_grants(warehouse: &Warehouse) -> Result<(), CliError> {
    match warehouse.set_grants().await? {
        Grants::NotOurs => tracing::warn!("this login does not own the schema: the groups' rights stay as they are"),
        Grants::Set { missing } if missing.is_empty() => {}
        Grants::Set { missing } => {
            let statements: Vec<&str> = missing.iter().map(|group| group.statement.as_str()).collect();
            tracing::warn!(
                administrator_runs = statements.join(" "),
                "groups are missing that this login may not make: let an administrator run this in psql, then \
                 `tijian migrate` again; all else works"
            );
        }
    }
    Ok(())
}

/// Starts or joins the private server of the data folder.
pub(super) fn start_server(
    global: &GlobalArgs,
    settings: &Settings,
    fetch: FetchPolicy,
) -> Result<LocalPostgres, CliError> {
    let data_dir = settings.data_dir(global.data_dir.as_deref());
    let options = LocalPostgresOptions {
        dir: data_dir.join("postgres"),
        binaries_dir: data_dir.join(BINARIES),
        bin_dir: settings.pg_bin_dir(),
        search_path: settings.path(),
        fetch,
        durability: Durability::Durable,
    };
    Ok(LocalPostgres::start(&options)?)
}
