//! The database that a command works on: `DATABASE_URL` or libpq's variables, or the private server of the data folder, where it
//! is asked for.

use secrecy::ExposeSecret;

use crate::cli::error::{CliError, tell};
use crate::cli::language::language;
use crate::cli::{GlobalArgs, LogFormat, progress};
use crate::local_postgres::{Durability, FetchPolicy, LocalPostgres, LocalPostgresOptions};
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::upkeep::bring_up_to_date;
use crate::warehouse::{ConnectionString, DatabaseName, NAMING_VARIABLES, Warehouse, WarehouseError};
use crate::wording::{Message, message};

/// The folder for fetched server programs, in the data folder.
pub(super) const BINARIES: &str = "postgres-binaries";

/// A database address, and the private server behind it, if it is one. Dropped, it gives the server up.
pub(super) struct Database {
    /// May hold a password.
    place: ConnectionString,
    name: DatabaseName,
    /// Held for as long as the database is used.
    server: Option<LocalPostgres>,
}

/// Where the database is.
enum Place {
    Named(Box<ConnectionString>),
    PrivateServer,
}

impl Place {
    /// Exactly one of the two is said: forgotten is not the same as meant.
    fn find(global: &GlobalArgs, settings: &Settings) -> Result<Place, CliError> {
        let asked = match (global.private_server, settings.asks_for_private_server()?) {
            (true, _) => Some("--private-server"),
            (false, true) => Some("TIJIAN_PRIVATE_SERVER"),
            (false, false) => None,
        };
        let url = settings.database_url()?;
        // A name that is not UTF-8 is one, too: it is refused where it is read.
        let is_set = |name: &&str| !matches!(settings.libpq_variable(name), Ok(None));
        let naming = url.as_ref().map(|_| "DATABASE_URL").or_else(|| NAMING_VARIABLES.into_iter().find(is_set));
        match (naming, asked) {
            (Some(_), None) => Place::named(url.as_ref().map(ExposeSecret::expose_secret), settings),
            (None, Some(_)) => Ok(Place::PrivateServer),
            (Some(naming), Some(asked)) => Err(CliError::Usage(message!("TJ-1036", naming, asked))),
            (None, None) => Err(CliError::Usage(message!("TJ-1037"))),
        }
    }

    fn named(url: Option<&str>, settings: &Settings) -> Result<Place, CliError> {
        let place = ConnectionString::read_with_variables(url, settings);
        Ok(Place::Named(Box::new(place.map_err(WarehouseError::place(url.is_some()))?)))
    }
}

impl Database {
    /// Finds the database; a private server is made if need be.
    pub fn open(global: &GlobalArgs, settings: &Settings, fetch: FetchPolicy) -> Result<Database, CliError> {
        match Place::find(global, settings)? {
            Place::Named(_) if fetch == FetchPolicy::Fetch => Err(CliError::Usage(message!("TJ-1038"))),
            Place::Named(place) => Ok(Database::at(*place, None)),
            Place::PrivateServer => Database::served(start_server(global, settings, fetch, None)?),
        }
    }

    /// Finds a database that is there: no private server is made.
    pub fn find(global: &GlobalArgs, settings: &Settings) -> Result<Database, CliError> {
        match Place::find(global, settings)? {
            Place::Named(place) => Ok(Database::at(*place, None)),
            Place::PrivateServer => Database::served(find_server(global, settings)?),
        }
    }

    fn served(server: LocalPostgres) -> Result<Database, CliError> {
        Ok(Database::at(place_of(&server)?, Some(server)))
    }

    fn at(place: ConnectionString, server: Option<LocalPostgres>) -> Database {
        Database { name: place.database(), place, server }
    }

    /// Host, port and name: nothing secret.
    pub fn name(&self) -> &DatabaseName {
        &self.name
    }

    /// Whether it is the private server, which is up only while somebody uses it.
    pub fn is_private(&self) -> bool {
        self.server.is_some()
    }

    /// Connects, and brings the schema up to date. A login that may not change it will do where it is. No warehouse is made
    /// where folders of the pipelines remember one.
    pub async fn connect<'p>(&self, pipelines: impl Iterator<Item = &'p Pipeline>) -> Result<Warehouse, CliError> {
        let warehouse = self.connect_only().await?;
        // Before the first statement that is prepared, which such a pooler may lose.
        warehouse.check_pooler().await?;
        bring_up_to_date(pipelines, &warehouse).await?;
        Ok(warehouse)
    }

    /// Connects to a warehouse that is there, of this version's schema. Changes nothing.
    pub async fn connect_current(&self) -> Result<Warehouse, CliError> {
        let warehouse = self.connect_only().await?;
        warehouse.require_current_schema().await?;
        Ok(warehouse)
    }

    /// Connects, whatever is there. Changes nothing.
    pub async fn connect_only(&self) -> Result<Warehouse, CliError> {
        Ok(Warehouse::connect_to(&self.place).await?)
    }
}

/// Ignores what the variables say about other servers.
fn place_of(server: &LocalPostgres) -> Result<ConnectionString, WarehouseError> {
    ConnectionString::read(&server.url()).map_err(WarehouseError::Url)
}

/// A private server that is up, as its superuser.
pub(super) async fn connect_to(server: &LocalPostgres) -> Result<Warehouse, CliError> {
    Ok(Warehouse::connect_to(&place_of(server)?).await?)
}

/// The private server of the data folder, made if need be.
pub(super) fn start_server(
    global: &GlobalArgs,
    settings: &Settings,
    fetch: FetchPolicy,
    tcp_port: Option<u16>,
) -> Result<LocalPostgres, CliError> {
    let options = LocalPostgresOptions { tcp_port, ..server_options(global, settings, fetch) };
    Ok(LocalPostgres::start(&options)?)
}

/// The private server of the data folder, where it was made before.
pub(super) fn find_server(global: &GlobalArgs, settings: &Settings) -> Result<LocalPostgres, CliError> {
    Ok(LocalPostgres::find(&server_options(global, settings, FetchPolicy::Refuse))?)
}

/// Above the progress bar, if one is shown.
fn tell_person(message: &Message) {
    progress::suspended(|| tell(&message.text(language())));
}

fn server_options(global: &GlobalArgs, settings: &Settings, fetch: FetchPolicy) -> LocalPostgresOptions {
    let data_dir = settings.data_dir(global.data_dir.as_deref());
    LocalPostgresOptions {
        dir: data_dir.join("postgres"),
        binaries_dir: data_dir.join(BINARIES),
        bin_dir: settings.pg_bin_dir(),
        search_path: settings.path(),
        fetch,
        tell: match (global.quiet, global.log_format) {
            (true, _) => |_| (),
            (false, LogFormat::Text) => tell_person,
            (false, LogFormat::Json) => |message| tracing::info!("{message}"),
        },
        tcp_port: None,
        durability: Durability::Durable,
    }
}
