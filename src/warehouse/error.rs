//! What can go wrong between us and PostgreSQL.

use std::sync::Arc;

use chrono::NaiveDate;
use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::SqlState;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::seal::SealError;
use crate::warehouse::ServerFault;
use crate::warehouse::session::TlsFailure;
use crate::warehouse::session::UrlProblem;
use crate::warehouse::session::is_unserved;
use crate::wording::{Message, Spoken, display_in_english, message};

/// A failed operation of the warehouse. Messages name the operation; the server's own words are in the cause.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    Url(#[source] UrlProblem),
    Variables(#[source] UrlProblem),
    TlsSetup(#[source] rustls::Error),
    Tls {
        failure: TlsFailure,
        target: Arc<Message>,
        #[source]
        source: tokio_postgres::Error,
    },
    Connect {
        target: Arc<Message>,
        #[source]
        source: tokio_postgres::Error,
    },
    Full {
        target: Arc<Message>,
        /// Whether the caller had no connection yet.
        is_first: bool,
        /// `None`: it was waited for in vain.
        #[source]
        source: Option<tokio_postgres::Error>,
    },
    Silent {
        target: Arc<Message>,
    },
    Pool(#[source] PoolError),
    Query {
        operation: &'static str,
        #[source]
        source: QueryFailure,
    },
    Migrate(#[source] refinery::Error),
    Unfit(ServerFault),
    Schema(Message),
    SchemaBehind {
        applied: i64,
        needed: i64,
        login: String,
    },
    SchemaNotCurrent {
        applied: i64,
        needed: i64,
    },
    SiteKey,
    SiteKeyRetired {
        retired_on: NaiveDate,
    },
    PreviousSiteKey,
    OwnerOnly {
        login: String,
        what: &'static str,
    },
    PersonIds,
    Seal(#[source] SealError),
    Open {
        rejection_id: i64,
        #[source]
        source: SealError,
    },
    Journal(&'static str),
    Reconcile {
        delivery_id: i64,
        what: Message,
    },
}

impl Spoken for WarehouseError {
    fn message(&self) -> Message {
        match self {
            WarehouseError::Url(_) => message!("TJ-4001"),
            WarehouseError::Variables(_) => message!("TJ-4002"),
            WarehouseError::TlsSetup(_) => message!("TJ-4003"),
            WarehouseError::Tls { failure, target, .. } => message!("TJ-4004", failure, target = &**target),
            WarehouseError::Connect { target, .. } => message!("TJ-4005", target = &**target),
            WarehouseError::Full { target, is_first, .. } => {
                message!("TJ-4006", target = &**target, is_first = *is_first)
            }
            WarehouseError::Silent { target, .. } => message!("TJ-4007", target = &**target),
            WarehouseError::Pool(_) => message!("TJ-4008"),
            WarehouseError::Query { operation, .. } => Message::of("operation", operation, Vec::new()).coded("TJ-4009"),
            WarehouseError::Migrate(_) => message!("TJ-4010"),
            WarehouseError::Unfit(fault) => fault.message().coded("TJ-4011"),
            WarehouseError::Schema(problem) => problem.clone().coded("TJ-4012"),
            WarehouseError::SchemaBehind { applied, needed, login } => message!("TJ-4013", applied, needed, login),
            WarehouseError::SchemaNotCurrent { applied, needed } => message!("TJ-4014", applied, needed),
            WarehouseError::SiteKey => message!("TJ-4015"),
            WarehouseError::SiteKeyRetired { retired_on, .. } => {
                message!("TJ-4016", retired_on = retired_on.to_string())
            }
            WarehouseError::PreviousSiteKey => message!("TJ-4017"),
            WarehouseError::OwnerOnly { login, what, .. } => {
                message!("TJ-4018", login, what = Message::of("owner", what, Vec::new()))
            }
            WarehouseError::PersonIds => message!("TJ-4019"),
            WarehouseError::Seal(_) => message!("TJ-4020"),
            WarehouseError::Open { rejection_id, .. } => message!("TJ-4021", rejection_id),
            WarehouseError::Journal(problem) => {
                message!("TJ-4022", problem = Message::of("journal", problem, Vec::new()))
            }
            WarehouseError::Reconcile { delivery_id, what, .. } => message!("TJ-4023", delivery_id, what),
        }
    }
}

display_in_english!(WarehouseError);

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
    /// Whether somebody on the way says so (08P01), since no server has a reason to: tokio_postgres keeps to the protocol.
    pub(super) fn is_of_protocol(&self) -> bool {
        self.state.as_ref() == Some(&SqlState::PROTOCOL_VIOLATION)
    }

    /// Whether PgBouncer says that it has lost the server ("server conn crashed?").
    pub(super) fn is_of_lost_server(&self) -> bool {
        self.message.contains("crashed")
    }

    /// How it ends, and what to do.
    fn guidance(&self) -> Guidance {
        let state = self.state.as_ref();
        let is_of = |wanted: &SqlState| state == Some(wanted);
        let exit_code = of_state(state);
        if is_of(&SqlState::INSUFFICIENT_PRIVILEGE) {
            exit_code.with(Remedy::JoinLoaderGroup)
        } else if is_of(&SqlState::INVALID_SQL_STATEMENT_NAME) || is_of(&SqlState::DUPLICATE_PSTATEMENT) {
            // A prepared statement that is not there, or is there already: somebody else's connection answers.
            exit_code.with(Remedy::AvoidPooler)
        } else {
            exit_code.without_remedy()
        }
    }
}

impl WarehouseError {
    /// For `map_err`: where the database is cannot be read. What is a variable's is not blamed on the URL.
    pub fn place(has_url: bool) -> impl Fn(UrlProblem) -> WarehouseError {
        move |problem| match has_url && !problem.is_of_variables() {
            true => WarehouseError::Url(problem),
            false => WarehouseError::Variables(problem),
        }
    }

    /// For `map_err`: the pool's error without its wrapping, which says the same three times.
    pub(super) fn connect(error: PoolError, target: &Arc<Message>) -> WarehouseError {
        let (target, is_unserved) = (Arc::clone(target), is_unserved(&error));
        match error {
            PoolError::PostCreateHook(HookError::Message(_)) => {
                WarehouseError::Full { target, is_first: true, source: None }
            }
            PoolError::PostCreateHook(HookError::Backend(error)) if is_unserved => {
                WarehouseError::Full { target, is_first: true, source: Some(error) }
            }
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                match TlsFailure::find_in(&error) {
                    Some(failure) => WarehouseError::Tls { failure, target, source: error },
                    None if is_of_number(&error) => {
                        WarehouseError::Full { target, is_first: true, source: Some(error) }
                    }
                    None => WarehouseError::Connect { target, source: error },
                }
            }
            PoolError::Timeout(_) => WarehouseError::Silent { target },
            error => WarehouseError::Pool(error),
        }
    }

    /// For `map_err`: a failed `operation`, worded to follow "cannot".
    pub(super) fn query(operation: &'static str) -> impl Fn(tokio_postgres::Error) -> WarehouseError + Clone {
        move |error| WarehouseError::Query { operation, source: error.into() }
    }

    /// Whether another server of the same list may do: this one does not answer, takes nobody for now, or is not who it should
    /// be. Who answers and refuses, for good or because he is full, is the one that was meant, as with libpq.
    pub(super) fn is_of_one_server(&self) -> bool {
        match self {
            WarehouseError::Silent { .. } | WarehouseError::Tls { .. } => true,
            WarehouseError::Connect { .. } => self.guidance().exit_code == ExitCode::Temporary,
            _ => false,
        }
    }

    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            WarehouseError::Url(problem) | WarehouseError::Variables(problem) => {
                ExitCode::Definition.with(problem.remedy())
            }
            WarehouseError::TlsSetup(_) => ExitCode::Failed.without_remedy(),
            WarehouseError::Tls { failure, .. } => ExitCode::Failed.with(failure.remedy()),
            WarehouseError::Connect { source, .. } => of_connection(source),
            WarehouseError::Full { .. } => ExitCode::Temporary.with(Remedy::AllowConnections),
            WarehouseError::Silent { .. } => ExitCode::Temporary.with(Remedy::CheckDatabaseUrl),
            WarehouseError::Pool(_) => ExitCode::Temporary.without_remedy(),
            WarehouseError::Query { source, .. } => source.guidance(),
            WarehouseError::Migrate(error) => of_migration(error).without_remedy(),
            WarehouseError::Unfit(fault) => ExitCode::Failed.with(fault.remedy()),
            WarehouseError::SchemaBehind { .. } => ExitCode::Failed.with(Remedy::MigrateAsOwner),
            WarehouseError::SchemaNotCurrent { applied: 0, .. } => ExitCode::Failed.with(Remedy::FindOrMakeWarehouse),
            WarehouseError::SchemaNotCurrent { .. } => ExitCode::Failed.with(Remedy::BackUpAndMigrate),
            WarehouseError::SiteKey => ExitCode::Definition.with(Remedy::UseFirstSiteKey),
            WarehouseError::SiteKeyRetired { .. } => ExitCode::Definition.with(Remedy::UseNewSiteKey),
            WarehouseError::PreviousSiteKey => ExitCode::Definition.with(Remedy::SetPreviousSiteKey),
            WarehouseError::OwnerOnly { .. } => ExitCode::Failed.with(Remedy::UseOwner),
            WarehouseError::Open { source, .. } => ExitCode::Failed.with(match source {
                SealError::OtherKey { .. } => Remedy::SealRecordWithNewKey,
                SealError::Damaged | SealError::Format(_) | SealError::TooLong | SealError::Random(_) => {
                    Remedy::RestoreRejection
                }
            }),
            WarehouseError::Schema(_)
            | WarehouseError::PersonIds
            | WarehouseError::Seal(_)
            | WarehouseError::Journal(_)
            | WarehouseError::Reconcile { .. } => ExitCode::Failed.without_remedy(),
        }
    }
}

/// A migration that PostgreSQL broke off is as temporary as any statement; one that does not fit the schema is not.
fn of_migration(error: &refinery::Error) -> ExitCode {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<tokio_postgres::Error>() {
            return of_state(error.code());
        }
        cause = error.source();
    }
    ExitCode::Failed
}

/// A connection that could not be made. What `tokio_postgres` itself refuses has no SQLSTATE, and is no better later: above
/// all a password that the server asks for and nobody has given. It says so by its words only; a test holds them against a
/// real server.
fn of_connection(error: &tokio_postgres::Error) -> Guidance {
    match error.to_string().as_str() {
        "invalid configuration" => ExitCode::Definition.with(Remedy::GivePassword),
        "authentication error" => ExitCode::Failed.with(Remedy::UseKnownAuthentication),
        _ if error.as_db_error().is_some_and(|error| error.message().contains(UNSUPPORTED_PARAMETER)) => {
            ExitCode::Failed.with(Remedy::LeaveParameterOut)
        }
        _ if is_refused_for_good(error.as_db_error()) => ExitCode::Failed.with(Remedy::CheckDatabaseUrl),
        _ => of_state(error.code()).with(Remedy::CheckDatabaseUrl),
    }
}

/// Whether somebody on the way refuses permanently: PgBouncer has one SQLSTATE for all its messages, also for what the server says to
/// it. What is not known here, such as the words of a server in Chinese, may pass.
fn is_refused_for_good(error: Option<&tokio_postgres::error::DbError>) -> bool {
    error.is_some_and(|error| *error.code() == SqlState::PROTOCOL_VIOLATION && is_for_good(error.message()))
}

/// Words of PgBouncer and the server for errors that last: an unknown database or login, a refused one, or an unsupported
/// parameter.
fn is_for_good(message: &str) -> bool {
    let words = [
        "no such ",
        "does not exist",
        "does not allow",
        "authentication failed",
        "rejected",
        "rejects",
        "pg_hba.conf",
        "not permitted",
        "not allowed",
        "required",
        UNSUPPORTED_PARAMETER,
    ];
    words.iter().any(|words| message.contains(words))
}

/// How PgBouncer says that a connection asks for a setting that it does not pass on.
const UNSUPPORTED_PARAMETER: &str = "unsupported startup parameter";

/// Whether somebody is let in no more: the server says it by its SQLSTATE, PgBouncer by its own words or the server's.
pub(super) fn is_of_number(error: &tokio_postgres::Error) -> bool {
    let words = ["no more connections", "connections exceeded", "too many", "connection slots"];
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::TOO_MANY_CONNECTIONS
            || *error.code() == SqlState::PROTOCOL_VIOLATION
                && words.iter().any(|words| error.message().contains(words))
    })
}

/// No SQLSTATE: the connection itself broke. Classes: 08 connection, 40 rollback (serialization, deadlock),
/// 53 resources (disk full, too many connections), 57 operator intervention (shutdown), 58 system (PostgreSQL, Appendix A).
fn of_state(state: Option<&SqlState>) -> ExitCode {
    match state.map(SqlState::code) {
        None => ExitCode::Temporary,
        // The server has ended a transaction that took too long for it (25P03, 25P04), as class 57 does with a statement.
        Some("25P03" | "25P04") => ExitCode::Temporary,
        Some(code) => match code.get(..2).unwrap_or_default() {
            "08" | "40" | "53" | "55" | "57" | "58" => ExitCode::Temporary,
            // Above all a pooler's lost statement (26), authorization (28), a missing database (3D), right or object (42).
            _ => ExitCode::Failed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_pgbouncer_says_a_wait_a_limit_and_the_unknown_pass() {
        for (message, expected) in [
            ("query_wait_timeout", false),
            ("client_login_timeout (server down)", false),
            ("no more connections allowed (max_client_conn)", false),
            ("server login has been failing, try again later (server_login_retry)", false),
            ("pgbouncer cannot connect to server", false),
            ("server conn crashed?", false),
            ("the database system is starting up", false),
            ("the database system is shutting down", false),
            ("client connections exceeded (max_user_client_connections)", false),
            ("sorry, too many clients already", false),
            ("too many connections for role \"nightly\"", false),
            ("对不起, 已经有太多的客户", false),
            ("", false),
            ("no such database: absent", true),
            ("no such user: nobody", true),
            ("database \"absent\" does not exist", true),
            ("role \"nobody\" does not exist", true),
            ("database does not allow connections: tijian", true),
            ("\"trust\" authentication failed", true),
            ("password authentication failed", true),
            ("server login has been failing, cached error: password authentication failed (server_login_retry)", true),
            ("login rejected", true),
            ("pg_hba.conf rejects connection for host \"10.0.0.7\"", true),
            ("no pg_hba.conf entry for host \"10.0.0.7\"", true),
            ("role \"nightly\" is not permitted to log in", true),
            ("not allowed", true),
            ("SSL required", true),
            ("unsupported startup parameter: options", true),
        ] {
            assert_eq!(is_for_good(message), expected, "{message}");
        }
    }
}
