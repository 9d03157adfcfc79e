//! Whether a server keeps what is committed: what a session cannot set for itself, and no promise survives without.

use crate::guidance::Remedy;
use crate::warehouse::statement::{Connection, Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SELECT_SERVER: Statement = sql!("session/select_server", "look at the server's settings");

/// What makes a server unfit: nothing is pulled, migrated or written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFault {
    Standby,
    ReadOnly,
    FsyncOff,
    FullPageWritesOff,
    /// Neither foreign keys nor triggers are looked at.
    ReplicationRole(String),
    Encoding(String),
    /// Not of the server, but of the way to it.
    Pooler,
}

impl std::fmt::Display for ServerFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ServerFault::Standby => formatter.write_str("this PostgreSQL server is a standby: it accepts no writes"),
            ServerFault::ReadOnly => {
                formatter.write_str("this PostgreSQL server is read-only (default_transaction_read_only is on)")
            }
            ServerFault::FsyncOff => formatter.write_str(
                "this PostgreSQL server runs with fsync off: a crash of its machine loses what the platform was told",
            ),
            ServerFault::FullPageWritesOff => formatter.write_str(
                "this PostgreSQL server runs with full_page_writes off: a crash of its machine can damage the history",
            ),
            ServerFault::ReplicationRole(role) => {
                write!(formatter, "session_replication_role is {role}: PostgreSQL would check no foreign keys")
            }
            ServerFault::Encoding(encoding) => {
                write!(formatter, "this database is encoded in {encoding}, and names in Chinese need UTF8")
            }
            ServerFault::Pooler => formatter.write_str(
                "the connection leads through a pooler (such as PgBouncer) in transaction or statement mode: the lock that keeps \
                 two runs apart does not hold there",
            ),
        }
    }
}

impl ServerFault {
    /// What the operator can do.
    pub fn remedy(&self) -> Remedy {
        match self {
            ServerFault::Standby => Remedy::UsePrimary,
            ServerFault::ReadOnly => Remedy::AllowWrites,
            ServerFault::FsyncOff => Remedy::TurnFsyncOn,
            ServerFault::FullPageWritesOff => Remedy::TurnFullPageWritesOn,
            ServerFault::ReplicationRole(_) => Remedy::RemoveReplicationRole,
            ServerFault::Encoding(_) => Remedy::UseUtf8,
            ServerFault::Pooler => Remedy::AvoidPooler,
        }
    }

    fn of(row: &Row) -> Result<Vec<ServerFault>, WarehouseError> {
        let (role, encoding): (String, String) = (row.get("replication_role")?, row.get("encoding")?);
        let faults = [
            (row.get("is_standby")?, ServerFault::Standby),
            (row.get("is_read_only")?, ServerFault::ReadOnly),
            (!row.get::<bool>("is_fsync_on")?, ServerFault::FsyncOff),
            (!row.get::<bool>("are_full_pages_written")?, ServerFault::FullPageWritesOff),
            (role != "origin", ServerFault::ReplicationRole(role)),
            (encoding != "UTF8", ServerFault::Encoding(encoding)),
        ];
        Ok(faults.into_iter().filter_map(|(is_so, fault)| is_so.then_some(fault)).collect())
    }
}

impl Warehouse {
    /// All that makes this server unfit.
    pub async fn server_faults(&self) -> Result<Vec<ServerFault>, WarehouseError> {
        server_faults(&self.client().await?).await
    }

    /// An error for a server that is unfit.
    pub async fn check_server(&self) -> Result<(), WarehouseError> {
        check_server(&self.client().await?).await
    }
}

async fn server_faults(on: &impl Connection) -> Result<Vec<ServerFault>, WarehouseError> {
    ServerFault::of(&SELECT_SERVER.row(on, &[]).await?)
}

/// An error for a server that is unfit: stands before whatever changes a database.
pub(in crate::warehouse) async fn check_server(on: &impl Connection) -> Result<(), WarehouseError> {
    match server_faults(on).await?.into_iter().next() {
        Some(fault) => Err(WarehouseError::Unfit(fault)),
        None => Ok(()),
    }
}
