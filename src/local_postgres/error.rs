//! What can go wrong around the private server, each with the way out.

use std::io;
use std::path::PathBuf;

use crate::guidance::{ExitCode, Guidance};

/// The private server could not be found, fetched, made, started or stopped.
///
/// All of these are for a person to fix, none is worth an automatic retry.
#[derive(Debug, thiserror::Error)]
pub enum LocalPostgresError {
    #[error("cannot {operation} {}", path.display())]
    Io { operation: &'static str, path: PathBuf, source: io::Error },

    #[error(
        "found no PostgreSQL server (version 13 to 18) on this machine: install one (Debian: apt-get install postgresql), \
         or name its folder in PG_BIN_DIR, or let --fetch-postgres get one, or give the address of a running one in DATABASE_URL"
    )]
    NoBinaries,

    #[error(
        "there is no private PostgreSQL server in {} yet: `tijian run` makes it; or check --data-dir and TIJIAN_DATA_DIR",
        dir.display()
    )]
    Absent { dir: PathBuf },

    #[error(
        "PG_BIN_DIR {} is not the folder of a PostgreSQL server (version 13 to 18) with postgres, initdb and pg_ctl",
        bin_dir.display()
    )]
    UnusableBinDir { bin_dir: PathBuf },

    /// `attempts`: each way with the last line that its installer said.
    #[error(
        "could not fetch a PostgreSQL server ({attempts}): install one by hand, or name its folder in PG_BIN_DIR, \
         or give the address of a running one in DATABASE_URL"
    )]
    FetchFailed { attempts: String },

    #[error(
        "{} was made by PostgreSQL {made_by}, and only {} is here: install PostgreSQL {made_by} or name its folder in PG_BIN_DIR",
        dir.display(), list(found)
    )]
    OtherVersion { dir: PathBuf, made_by: u32, found: Vec<u32> },

    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody to run it as: \
         add one (useradd --system postgres), or run tijian as an ordinary user"
    )]
    NoServerUser,

    #[error(
        "{} is out of reach for user {user}, who runs PostgreSQL: put it where that user may go (not into root's home), \
         or run tijian as an ordinary user",
        path.display()
    )]
    OutOfReach { path: PathBuf, user: String },

    #[error(
        "{} belongs to another user or is open to others: run tijian as its owner, or choose another data folder",
        path.display()
    )]
    NotOurs { path: PathBuf },

    #[error(
        "user id {uid} has no name on this machine, and PostgreSQL needs one: add it to /etc/passwd, or run as another user"
    )]
    NamelessUser { uid: u32 },

    #[error(
        "cannot listen on port {port} of this machine, perhaps because another program does: choose another --port"
    )]
    Port { port: u16, source: io::Error },

    #[error(
        "the private PostgreSQL server in {} is up already, without port {port}: end what uses it (a run, tijian db serve), or wait \
         until that has ended, and start again",
        dir.display()
    )]
    UpWithoutPort { dir: PathBuf, port: u16 },

    #[error("the private PostgreSQL server in {} could not be {operation}; the reason is at the end of {}", dir.display(), log.display())]
    ServerFailed { operation: &'static str, dir: PathBuf, log: PathBuf },
}

impl LocalPostgresError {
    /// How it ends. Each message holds its own way out.
    pub fn guidance(&self) -> Guidance {
        match self {
            LocalPostgresError::Io { .. }
            | LocalPostgresError::NoBinaries
            | LocalPostgresError::Absent { .. }
            | LocalPostgresError::UnusableBinDir { .. }
            | LocalPostgresError::FetchFailed { .. }
            | LocalPostgresError::OtherVersion { .. }
            | LocalPostgresError::NoServerUser
            | LocalPostgresError::OutOfReach { .. }
            | LocalPostgresError::NotOurs { .. }
            | LocalPostgresError::NamelessUser { .. }
            | LocalPostgresError::Port { .. }
            | LocalPostgresError::UpWithoutPort { .. }
            | LocalPostgresError::ServerFailed { .. } => ExitCode::Failed.without_remedy(),
        }
    }

    /// For `map_err`: wraps an I/O error with what was tried on which path.
    pub(super) fn io(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { operation, path, source }
    }
}

fn list(versions: &[u32]) -> String {
    versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}
