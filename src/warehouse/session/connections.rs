//! Counts the available connections, and checks that each stays with one session.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use deadpool_postgres::{Client, HookError, PoolError};
use tokio_postgres::error::SqlState;

use crate::warehouse::error::is_of_number;
use crate::warehouse::statement::{Statement, begin, roll_back, sql};
use crate::warehouse::{POOL_CONNECTIONS_MAX, ServerFault, Warehouse, WarehouseError};

const ASK_WHO: &str = "ask who answers";
const SELECT_BACKEND: Statement = sql!("session/select_backend", ASK_WHO);

/// Between two looks whether a connection has become free, at first and at most: each is an attempt that the server logs.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// For as long, a connection that was just given back may still count at the server.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is asked who answers: between two questions, somebody else's session may hide the change of hands once.
const ROUNDS: usize = 3;

impl Warehouse {
    /// A connection of the pool. Where the server has no more for us, one that we have will be given back: it is waited for.
    /// So nobody holds one while asking for another one, but by [`Warehouse::client_beside`].
    pub(in crate::warehouse) async fn client(&self) -> Result<Client, WarehouseError> {
        self.await_client(0).await
    }

    /// A connection for who holds one already. Only under [`Warehouse::locking`]: two that hold one each would wait for each
    /// other.
    pub(in crate::warehouse) async fn client_beside(&self, _held: &Client) -> Result<Client, WarehouseError> {
        self.await_client(1).await.map_err(|error| match error {
            WarehouseError::Full { target, source, .. } => WarehouseError::Full { target, is_first: false, source },
            // The first one was to be had the same way: what is refused now is the number.
            WarehouseError::Connect { target, source } if source.code() == Some(&SqlState::PROTOCOL_VIOLATION) => {
                WarehouseError::Full { target, is_first: false, source: Some(source) }
            }
            error => error,
        })
    }

    /// A connection for who holds so many of the pool: an error where there is none to be had soon, and nobody else of us has
    /// one to give back.
    async fn await_client(&self, held: usize) -> Result<Client, WarehouseError> {
        let (mut pause, begun) = (PAUSE_MIN, Instant::now());
        loop {
            let status = self.pool.status();
            // To try one more would take a pooler's patience each time.
            if !self.is_crowded.load(Ordering::Relaxed) || status.size <= held || status.available > 0 {
                let error = match self.pool.get().await {
                    Ok(client) => return Ok(client),
                    Err(error) => error,
                };
                if !self.is_full(&error) || self.pool.status().size <= held && begun.elapsed() >= PATIENCE {
                    return Err(WarehouseError::connect(error, &self.target));
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// How many of the wanted accounts can be worked on at once: each takes a connection, and all share at least one more. The
    /// connections opened here are used later, as far as the pool keeps them.
    pub async fn room_for_accounts(&self, wanted: usize) -> Result<usize, WarehouseError> {
        // An account's connection leaves the pool. Before that, it is one of its.
        self.pool.resize(POOL_CONNECTIONS_MAX.max(wanted + 1));
        let found = self.connections_up_to(wanted + 1).await;
        self.pool.resize(POOL_CONNECTIONS_MAX);
        Ok((found? - 1).max(1))
    }

    /// How many connections there are to be had at the same time, and at most so many; at least one.
    async fn connections_up_to(&self, most: usize) -> Result<usize, WarehouseError> {
        let mut held = vec![self.client().await?];
        while held.len() < most {
            match self.pool.get().await {
                Ok(client) => held.push(client),
                Err(error) if self.is_full(&error) => break,
                Err(error) => return Err(WarehouseError::connect(error, &self.target)),
            }
        }
        Ok(held.len())
    }

    /// Whether there is no connection more for this login, this database, or anybody.
    fn is_full(&self, error: &PoolError) -> bool {
        let is_unserved = is_unserved(error);
        self.is_crowded.fetch_or(is_unserved, Ordering::Relaxed);
        is_unserved
            || matches!(error, PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error))
                if is_of_number(error))
    }

    /// An error where somebody on the way hands a session's connection on between its transactions: called before whatever
    /// needs one session, as the account's lock does.
    pub async fn check_pooler(&self) -> Result<(), WarehouseError> {
        match self.is_pooled_by_transaction().await? {
            true => Err(WarehouseError::Unfit(ServerFault::Pooler)),
            false => Ok(()),
        }
    }

    /// Whether somebody on the way hands a session's connection on between its transactions.
    pub async fn is_pooled_by_transaction(&self) -> Result<bool, WarehouseError> {
        let _locking = self.locking.lock().await;
        let asking = self.client().await?;
        let mut holding = self.client_beside(&asking).await?;
        is_pooled(&asking, &mut holding).await
    }
}

/// Asks one session again and again who answers, also while another one is in a transaction. Not once does a pooler's answer
/// wait for that transaction: of a single connection to the server, it is known before.
pub(in crate::warehouse) async fn is_pooled(asking: &Client, holding: &mut Client) -> Result<bool, WarehouseError> {
    let own = SELECT_BACKEND.answer(asking).await?;
    for _ in 0..ROUNDS {
        // A pooler that takes its connections in turn shows here, if it has several.
        if SELECT_BACKEND.answer(asking).await? != own {
            return Ok(true);
        }
        // Statement by statement, there is no transaction: it is refused with its first statement, or its second.
        let transaction = match begin(holding, ASK_WHO).await {
            Err(error) if is_refused_on_the_way(&error) => return Ok(true),
            transaction => transaction?,
        };
        let held = match SELECT_BACKEND.answer(&transaction).await {
            Err(error) if is_refused_on_the_way(&error) => return Ok(true),
            held => held?,
        };
        let is_shared = held == own || SELECT_BACKEND.answer(asking).await? != own;
        roll_back(transaction, ASK_WHO).await?;
        if is_shared {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Also where a session that was answered before waits in vain: its connection to the server was not its own. It was where the
/// server has gone away under it.
fn is_refused_on_the_way(error: &WarehouseError) -> bool {
    matches!(error, WarehouseError::Query { source, .. } if source.is_of_protocol() && !source.is_of_lost_server())
}

/// Whether it was let in, and not served: a pooler waits for a connection to the server, or has waited long enough for one.
pub(in crate::warehouse) fn is_unserved(error: &PoolError) -> bool {
    match error {
        PoolError::PostCreateHook(HookError::Message(_)) => true,
        PoolError::PostCreateHook(HookError::Backend(error)) => error.code() == Some(&SqlState::PROTOCOL_VIOLATION),
        _ => false,
    }
}
