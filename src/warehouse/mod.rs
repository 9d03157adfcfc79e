//! PostgreSQL: the history, the ledger and the outbox. The only place where SQL is run; its texts are in `sql/`.
//!
//! [`Warehouse`] is the connection pool, [`AccountSession`] one connection that holds an account's lock, [`Load`] the
//! one transaction per delivery, [`CommitReceipt`] the proof that it committed.

mod arrivals;
mod checks;
mod comments;
mod dataset;
mod dictionary;
mod erase;
mod error;
mod export;
mod finance;
mod journal;
mod lake_decoding;
mod lake_ledger;
mod lake_rows;
mod ledger;
mod load;
mod mart;
mod migrations;
mod quarantine;
mod reconcile;
mod replay;
mod report;
mod roles;
mod rotation;
mod session;
mod statement;
mod vacuum;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::sync::Mutex;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use crate::guidance::chain;
use crate::wording::{Message, message};
use session::{COMFORT_SESSION, CONFIGURE_SESSION};

pub use checks::CheckResult;
pub use dataset::DatasetRows;
pub use erase::{OwnedReservation, Person, PersonCounts};
pub use error::WarehouseError;
pub use export::{ExportRecord, OwedMonth, OwedSnapshot};
pub use finance::{KnownDelivery, MonthEntry};
pub use journal::{
    DeliveryEntry, JournalEntry, JournalPosition, NumberedEntry, OwnVersion, Owners, PendingRange, READING,
    RecordPlace, TakenArrival,
};
pub use lake_decoding::{ClosedDecoding, Forgotten, JoinedDecoding, LakeColumns};
pub use lake_ledger::{ClaimedPublication, LakeClaim, LakeIds, LakePosition, LakeSession};
pub use lake_rows::LakeRows;
pub use ledger::AccountTotals;
pub use ledger::CommitReceipt;
pub use ledger::{AccountStatus, DayVolume, LakeStatus, QuarantineCount, StatusRun};
pub use ledger::{Backlog, Waiting};
pub use ledger::{LedgerClocks, Retention, RetentionLimits};
pub use ledger::{LoaderRights, Server, Vitals};
pub use ledger::{Owed, OwedCalls, OwedKind};
pub use ledger::{RunOutcome, RunSummary};
#[doc(hidden)] // for tests/fuzz, which reads the bytes back with a decoder of its own
pub use load::copy_versions;
pub use load::{DeliveryHeader, DeliveryLoad, DeliveryOrigin, RetriedRecords};
pub use load::{EndedLoad, Load, LoadCounts};
pub use migrations::SchemaState;
pub use quarantine::{NewestDelivery, OpenRecord, Retried};
pub use quarantine::{OpenRejection, Reason, RejectionFilter};
pub use reconcile::HistorySnapshot;
pub use replay::{
    CommittedDelivery, MonthDifference, Replay, ReplayDifference, ReplayRecord, RuleDifference, SwapRules,
    VersionDifference,
};
pub use roles::{Grants, MissingGroup, Reader, Readers};
pub use rotation::{KeyRotation, RenewPerson, RotationCounts, RotationKeys, WarehouseKey};
pub use session::AccountSession;
pub use session::ConnectionString;
pub use session::DatabaseName;
pub use session::NAMING_VARIABLES;
pub use session::ServerFault;
pub use session::UrlProblem;
pub use session::libpq_variables;
pub use session::{NightTroubles, Standbys};

/// Connections of one process beside the sessions that hold an account's lock, which leave the pool. An account's exports
/// and its marts' refresh take up to four, for as long as a statement lasts and never one while holding another: with many
/// accounts at once they wait their turn, and never for each other. More would not make two cores faster.
const POOL_CONNECTIONS_MAX: usize = 8;

/// A reachable PostgreSQL database.
#[derive(Clone)]
pub struct Warehouse {
    pool: Pool,
    database: DatabaseName,
    /// As named by [`session::target`].
    target: Arc<Message>,
    /// One account is locked at a time: for a moment, that takes a connection more than it keeps.
    locking: Arc<Mutex<()>>,
    /// A pooler once let a connection in that it did not serve: none more is tried while we have one.
    is_crowded: Arc<AtomicBool>,
}

impl Warehouse {
    /// Reads a connection URL, ignoring the environment, and connects.
    pub async fn connect(url: &str) -> Result<Warehouse, WarehouseError> {
        Warehouse::connect_to(&ConnectionString::read(url).map_err(WarehouseError::Url)?).await
    }

    /// Gets the first connection, so that an unreachable server is known at once: of several, from the first one that answers
    /// within its time. All that follows goes to that one: a lock holds on a single server.
    pub async fn connect_to(place: &ConnectionString) -> Result<Warehouse, WarehouseError> {
        let mut failed: Option<WarehouseError> = None;
        for server in place.servers() {
            if let Some(error) = &failed {
                tracing::warn!("{}: trying the next server", chain(error));
            }
            let patience = server.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
            for address in session::addresses(server, patience).await {
                match Warehouse::connect_to_address(place, address, patience).await {
                    Err(error) if error.is_of_one_server() => failed = Some(error),
                    connected => return connected,
                }
            }
        }
        Err(failed.expect("a connection string has a server, and that an address"))
    }

    async fn connect_to_address(
        place: &ConnectionString,
        mut server: Config,
        patience: Duration,
    ) -> Result<Warehouse, WarehouseError> {
        if server.get_application_name().is_none() {
            server.application_name("tijian");
        }
        // The pool times all of a login, tokio_postgres only the way there: its time is never over first.
        server.connect_timeout(patience.saturating_mul(2));
        let target = session::target(&server).into();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if server.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(server, NoTls, recycling)
        } else {
            let connector = session::connector(place.ca_file.as_ref()).map_err(WarehouseError::TlsSetup)?;
            Manager::from_config(server, connector, recycling)
        };
        let pool = Pool::builder(manager)
            .max_size(POOL_CONNECTIONS_MAX)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(patience))
            .post_create(CONFIGURE_SESSION.on_every_connection())
            .post_create(COMFORT_SESSION.on_every_connection_if_it_can_be())
            .build()
            .map_err(|error| WarehouseError::Schema(message!("schema-pool", reason = error.to_string())))?;
        let warehouse =
            Warehouse { pool, database: place.database(), target, locking: Arc::default(), is_crowded: Arc::default() };
        drop(warehouse.client().await?);
        Ok(warehouse)
    }
}

/// Long enough for a server that wakes up, short enough for a nightly job to say what is wrong.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
