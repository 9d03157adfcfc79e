//! Whether a server keeps what is committed: what a session cannot set for itself, and no promise survives without.

use crate::guidance::Remedy;
use crate::warehouse::statement::{Connection, Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};
use crate::wording::{Message, Spoken, display_in_english, message};

const SELECT_SERVER: Statement = sql!("session/select_server", "look at the server's settings");

/// Why a server is refused: nothing is pulled, migrated or written there.
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

impl Spoken for ServerFault {
    fn message(&self) -> Message {
        match self {
            ServerFault::Standby => message!("server-standby"),
            ServerFault::ReadOnly => message!("server-read-only"),
            ServerFault::FsyncOff => message!("server-fsync-off"),
            ServerFault::FullPageWritesOff => message!("server-full-page-writes-off"),
            ServerFault::ReplicationRole(role) => message!("server-replication-role", role),
            ServerFault::Encoding(encoding) => message!("server-encoding", encoding),
            ServerFault::Pooler => message!("server-pooler"),
        }
    }
}

display_in_english!(ServerFault);

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

/// An error for a server that is unfit: called before anything that changes a database.
pub(in crate::warehouse) async fn check_server(on: &impl Connection) -> Result<(), WarehouseError> {
    match server_faults(on).await?.into_iter().next() {
        Some(fault) => Err(WarehouseError::Unfit(fault)),
        None => Ok(()),
    }
}
