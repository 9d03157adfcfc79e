//! One connection that holds one account's lock for the length of a run.

use deadpool_postgres::{Client, ClientWrapper, Object};

use crate::warehouse::session::{check_server, is_pooled};
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{ServerFault, Warehouse, WarehouseError};

/// Held, shared, by everyone who holds an account; and alone by who replaces the site key, which is every account's. The
/// number is arbitrary, but must never change.
pub(in crate::warehouse) const SITE_KEY_LOCK: i64 = 0x7469_6a69_616e_0003;

const LOCK_ACCOUNT: Statement = sql!("session/lock_account", "lock the account");
const CHECK_LOCK: Statement = sql!("session/check_connection", "make sure of the account's lock");
pub(in crate::warehouse) const RELEASE_LOCKS: Statement = sql!("session/release_locks", "give the locks back");

/// The account's lock, and the connection that a delivery is loaded through: when the connection dies, the lock, the
/// transaction and the run die together. Exports are made side by side, and beside the marts' refresh, over connections
/// of their own; [`AccountSession::check_lock`] is called before they publish anything.
pub struct AccountSession {
    pub(in crate::warehouse) client: ClientWrapper,
    pub(in crate::warehouse) account: String,
    warehouse: Warehouse,
}

impl Warehouse {
    /// `None`: another run holds this account, or the site key is being replaced. The lock is a session-level advisory
    /// lock, so a pooler that hands a connection on between transactions is refused. Whoever locks is about to write: an unfit
    /// server is refused.
    pub async fn lock_account(&self, account: &str) -> Result<Option<AccountSession>, WarehouseError> {
        let locking = self.locking.lock().await;
        let client = self.client().await?;
        check_server(&client).await?;
        // There must be a second one: what follows the load goes over it.
        if is_pooled(&client, &mut self.client_beside(&client).await?).await? {
            return Err(WarehouseError::Unfit(ServerFault::Pooler));
        }
        // Out of the pool: a connection that holds a lock must not be handed to anybody else.
        let client = Object::take(client);
        drop(locking);
        let lock = LOCK_ACCOUNT.row(&client, &[&account, &SITE_KEY_LOCK]).await?;
        let session = AccountSession { client, account: account.to_owned(), warehouse: self.clone() };
        if lock.get("is_locked")? {
            return Ok(Some(session));
        }
        session.release().await;
        Ok(None)
    }
}

impl AccountSession {
    /// The account that is locked.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// A second connection, for work in parallel to this one.
    pub(in crate::warehouse) async fn companion(&self) -> Result<Client, WarehouseError> {
        self.warehouse.client().await
    }

    /// Asks the server whether this connection, and with it the lock, is still there.
    pub async fn check_lock(&self) -> Result<(), WarehouseError> {
        CHECK_LOCK.run_all(&self.client).await
    }

    /// Whether the connection, and with it the lock, is known to be gone. `false` proves nothing: see
    /// [`AccountSession::check_lock`].
    pub fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// Gives the lock back. Dropping the session closes its connection instead, which has the same effect.
    pub async fn release(self) {
        // A failure here is a lost connection: the server has released the lock already.
        let _ = RELEASE_LOCKS.run_all(&self.client).await;
    }
}
