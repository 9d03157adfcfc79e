//! What can go wrong between us and PostgreSQL.

use chrono::NaiveDate;
use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::SqlState;

use crate::guidance::Disposition;
use crate::seal::SealError;
use crate::warehouse::ServerFault;
use crate::warehouse::session::TlsFailure;
use crate::warehouse::session::UrlProblem;

/// A failed operation of the warehouse. Messages name the operation; the server's own words are in the cause.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    #[error("DATABASE_URL cannot be used as a PostgreSQL connection string")]
    Url(#[source] UrlProblem),
    #[error("cannot set TLS up for PostgreSQL")]
    TlsSetup(#[source] rustls::Error),
    #[error("cannot speak TLS with the PostgreSQL server: {failure}")]
    Tls {
        failure: TlsFailure,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error("cannot get a connection to PostgreSQL")]
    Connect(#[source] tokio_postgres::Error),
    #[error("cannot get a connection from the pool")]
    Pool(#[source] PoolError),
    #[error("cannot {operation}")]
    Query {
        operation: &'static str,
        #[source]
        source: QueryFailure,
    },
    #[error("cannot bring the database's schema up to date")]
    Migrate(#[source] refinery::Error),
    #[error("{0}")]
    Unfit(ServerFault),
    #[error("{0}")]
    Schema(String),
    #[error("{}, and the login {login} may not {}", schema_note(*.applied, *.needed), change_note(*.applied))]
    SchemaBehind { applied: i64, needed: i64, login: String },
    #[error("{}", schema_note(*.applied, *.needed))]
    SchemaNotCurrent { applied: i64, needed: i64 },
    #[error("TIJIAN_SITE_KEY is not the key that this warehouse was filled with")]
    SiteKey,
    #[error("TIJIAN_SITE_KEY is a key that was replaced on {retired_on}")]
    SiteKeyRetired { retired_on: NaiveDate },
    #[error("the key that this warehouse was filled with is neither TIJIAN_SITE_KEY nor TIJIAN_SITE_KEY_PREVIOUS")]
    PreviousSiteKey,
    #[error("the login {login} does not own the schema, so it may not {what}")]
    OwnerOnly { login: String, what: &'static str },
    #[error("a person_id of the history is not that of its document under the key of before; nothing was changed")]
    PersonIds,
    #[error("cannot seal a record for the quarantine")]
    Seal(#[source] SealError),
    #[error("cannot open the record of rejection {rejection_id}")]
    Open {
        rejection_id: i64,
        #[source]
        source: SealError,
    },
    #[error("cannot use the journal: {0}")]
    Journal(&'static str),
    #[error("the load of delivery {delivery_id} does not add up: {what}; nothing of it was committed")]
    Reconcile { delivery_id: i64, what: String },
}

fn schema_note(applied: i64, needed: i64) -> String {
    match applied {
        0 => "the database has no schema of tijian yet".to_owned(),
        _ => format!("the database's schema is at version {applied}, this tijian needs its own version {needed}"),
    }
}

fn change_note(applied: i64) -> &'static str {
    if applied == 0 { "make one" } else { "change it" }
}

/// PostgreSQL's failure without the row it was about: DETAIL and CONTEXT may quote personal data.
#[derive(Debug)]
pub struct QueryFailure {
    state: Option<SqlState>,
    message: String,
}

impl std::fmt::Display for QueryFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for QueryFailure {}

impl From<tokio_postgres::Error> for QueryFailure {
    fn from(error: tokio_postgres::Error) -> QueryFailure {
        let message = match error.as_db_error() {
            // The primary message of a data exception can quote the value, too: only its class is named then.
            Some(database) if database.code().code().starts_with("22") => {
                format!("PostgreSQL refused a value (SQLSTATE {})", database.code().code())
            }
            Some(database) => {
                let constraint = database.constraint().map(|name| format!(", constraint {name}")).unwrap_or_default();
                format!("{} (SQLSTATE {}{constraint})", database.message(), database.code().code())
            }
            None => error.to_string(),
        };
        QueryFailure { state: error.code().cloned(), message }
    }
}

impl QueryFailure {
    /// A prepared statement that is not there, or is there already: somebody else's connection answers.
    fn is_of_a_lost_statement(&self) -> bool {
        let states = [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT];
        self.state.as_ref().is_some_and(|state| states.contains(state))
    }
}

impl WarehouseError {
    /// For `map_err`: the pool's error without its wrapping, which says the same three times.
    pub(super) fn connect(error: PoolError) -> WarehouseError {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                match TlsFailure::find_in(&error) {
                    Some(failure) => WarehouseError::Tls { failure, source: error },
                    None => WarehouseError::Connect(error),
                }
            }
            error => WarehouseError::Pool(error),
        }
    }

    /// For `map_err`: a failed `operation`, worded to follow "cannot".
    pub(super) fn query(operation: &'static str) -> impl Fn(tokio_postgres::Error) -> WarehouseError + Clone {
        move |error| WarehouseError::Query { operation, source: error.into() }
    }

    /// What the operator can do, in one sentence.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            WarehouseError::Url(UrlProblem::RootCertificate(_)) => Some("name a PEM file of CA certificates"),
            WarehouseError::Tls { failure, .. } => Some(failure.hint()),
            WarehouseError::Url(_) => Some(
                "write DATABASE_URL like postgresql://user:password@host:5432/database, what is special in the password \
                 percent-encoded",
            ),
            WarehouseError::Connect(_) => Some("check DATABASE_URL and that the server accepts connections"),
            WarehouseError::Unfit(fault) => Some(fault.what_to_do()),
            WarehouseError::SchemaBehind { .. } => {
                Some("run `tijian migrate` once, with the DATABASE_URL of the login that owns the schema")
            }
            WarehouseError::SchemaNotCurrent { applied: 0, .. } => Some(
                "check that DATABASE_URL leads to the warehouse; a new one is made by `tijian migrate`, or by the first run",
            ),
            WarehouseError::SchemaNotCurrent { .. } => {
                Some("make a backup; then `tijian migrate`, or the next run, brings the schema up to date")
            }
            WarehouseError::Query { source, .. } if source.state == Some(SqlState::INSUFFICIENT_PRIVILEGE) => Some(
                "`tijian erase` is for the schema's owner; for all else, make this login a member of tijian_loader, and let \
                 the owner run `tijian migrate`, which sets the group's rights",
            ),
            WarehouseError::Query { source, .. } if source.is_of_a_lost_statement() => Some(
                "DATABASE_URL leads through a pooler in transaction mode: name the server itself, or let the pooler keep \
                 one connection per session",
            ),
            WarehouseError::SiteKey => {
                Some("set TIJIAN_SITE_KEY to the key of the first run; `tijian rotate-key` replaces a key")
            }
            WarehouseError::OwnerOnly { .. } => {
                Some("run it with the DATABASE_URL of the login that owns the schema, as `tijian migrate` is")
            }
            WarehouseError::PreviousSiteKey => Some("set TIJIAN_SITE_KEY_PREVIOUS to the key of the runs until now"),
            WarehouseError::Open { source: SealError::OtherKey { .. }, .. } => Some(
                "only the key of this id opens it: set TIJIAN_SITE_KEY_PREVIOUS to it, and run `tijian rotate-key`",
            ),
            WarehouseError::Open { .. } => Some("restore this row of etl.rejections from a backup, or delete it"),
            WarehouseError::SiteKeyRetired { .. } => Some("set TIJIAN_SITE_KEY to the key that took its place"),
            _ => None,
        }
    }

    /// Whether it is a setting that is wrong, as a definition can be.
    pub fn is_of_settings(&self) -> bool {
        matches!(
            self,
            WarehouseError::Url(_)
                | WarehouseError::SiteKey
                | WarehouseError::SiteKeyRetired { .. }
                | WarehouseError::PreviousSiteKey
        )
    }

    /// What to do about it.
    pub fn disposition(&self) -> Disposition {
        match self {
            WarehouseError::Url(_)
            | WarehouseError::TlsSetup(_)
            | WarehouseError::Tls { .. }
            | WarehouseError::Unfit(_)
            | WarehouseError::Schema(_)
            | WarehouseError::SchemaBehind { .. }
            | WarehouseError::SchemaNotCurrent { .. }
            | WarehouseError::SiteKey
            | WarehouseError::SiteKeyRetired { .. }
            | WarehouseError::PreviousSiteKey
            | WarehouseError::OwnerOnly { .. }
            | WarehouseError::Seal(_)
            | WarehouseError::Journal(_)
            | WarehouseError::Open { .. } => Disposition::Fix,
            WarehouseError::PersonIds => Disposition::Bug,
            WarehouseError::Connect(error) => of_connection(error.code()),
            WarehouseError::Pool(_) => Disposition::Retry,
            WarehouseError::Query { source, .. } => of_connection(source.state.as_ref()),
            WarehouseError::Migrate(error) => of_migration(error),
            WarehouseError::Reconcile { .. } => Disposition::Bug,
        }
    }
}

/// A migration that PostgreSQL broke off is as temporary as any statement; one that does not fit the schema is not.
fn of_migration(error: &refinery::Error) -> Disposition {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<tokio_postgres::Error>() {
            return of_connection(error.code());
        }
        cause = error.source();
    }
    Disposition::Fix
}

/// No SQLSTATE: the connection itself broke. Classes: 08 connection, 40 rollback (serialization, deadlock),
/// 53 resources (disk full, too many connections), 57 operator intervention (shutdown), 58 system (PostgreSQL, Appendix A).
fn of_connection(state: Option<&SqlState>) -> Disposition {
    match state.map(SqlState::code) {
        None => Disposition::Retry,
        // The server has ended a transaction that took too long for it (25P03, 25P04), as class 57 does with a statement.
        Some("25P03" | "25P04") => Disposition::Retry,
        Some(code) => match code.get(..2).unwrap_or_default() {
            "08" | "40" | "53" | "55" | "57" | "58" => Disposition::Retry,
            // A pooler's lost statement, authorization, missing database, missing right, missing object.
            "26" | "28" | "3D" | "42" => Disposition::Fix,
            _ => Disposition::Bug,
        },
    }
}
