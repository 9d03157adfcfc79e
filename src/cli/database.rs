//! The database that a command works on: `DATABASE_URL`, or the private server of the data folder.

use secrecy::ExposeSecret;

use crate::cli::GlobalArgs;
use crate::cli::error::CliError;
use crate::local_postgres::{Durability, FetchPolicy, LocalPostgres, LocalPostgresOptions};
use crate::settings::Settings;
use crate::warehouse::Warehouse;

/// Where fetched server programs are kept, in the data folder.
pub(super) const BINARIES: &str = "postgres-binaries";

/// A database address, and the private server behind it, if it is one. Dropped, it gives the server up.
pub(super) struct Database {
    url: String,
    /// Held for as long as the database is used.
    _server: Option<LocalPostgres>,
}

impl Database {
    /// Finds the database; starts the private server where `DATABASE_URL` names none.
    pub fn open(global: &GlobalArgs, settings: &Settings, fetch: FetchPolicy) -> Result<Database, CliError> {
        if let Some(url) = settings.database_url()? {
            return Ok(Database { url: url.expose_secret().to_owned(), _server: None });
        }
        let server = start_server(global, settings, fetch)?;
        Ok(Database { url: server.url(), _server: Some(server) })
    }

    /// Connects, and brings the schema up to date.
    pub async fn connect(&self) -> Result<Warehouse, CliError> {
        let warehouse = Warehouse::connect(&self.url).await?;
        let migrations = warehouse.migrate().await?;
        for migration in &migrations {
            tracing::info!(migration, "migrated");
        }
        if !migrations.is_empty() {
            grant_readers(&warehouse).await?;
        }
        Ok(warehouse)
    }

    /// Connects, and changes nothing.
    pub async fn connect_only(&self) -> Result<Warehouse, CliError> {
        Ok(Warehouse::connect(&self.url).await?)
    }
}

/// Opens the marts to their readers, and says which groups of readers somebody else has to make.
pub(super) async fn grant_readers(warehouse: &Warehouse) -> Result<(), CliError> {
    for role in warehouse.grant_readers().await? {
        tracing::warn!(
            role,
            "the role is not there, and this database user may not make it: \
             have an administrator create it (nologin), then run `tijian migrate`"
        );
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
