//! The one door to the server: every statement is a file of `sql/` with its purpose, and is prepared, kept, run and blamed here.

use std::time::Duration;

use bytes::Bytes;
use deadpool_postgres::{Client, ClientWrapper, Hook, HookError, Transaction};
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{CopyInSink, IsolationLevel, Portal, RowStream, SimpleQueryMessage};

use crate::warehouse::WarehouseError;

/// The statement in `sql/<file>.sql`. What it is for is worded to follow "cannot": a failure says it.
macro_rules! sql {
    ($file:literal, $purpose:expr) => {
        $crate::warehouse::statement::Statement {
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $file, ".sql")),
            purpose: $purpose,
        }
    };
}
pub(in crate::warehouse) use sql;

/// Longer than any server takes to answer on a new connection. A pooler that has none to the server lets its clients wait, for
/// two minutes by default.
const PATIENCE: Duration = Duration::from_secs(30);

/// Values for `$1`, `$2`, … of a statement.
pub(in crate::warehouse) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A text of `sql/`, and what it is for. Made by [`sql!`], and of each check by `checks.rs`.
#[derive(Debug, Clone, Copy)]
pub(in crate::warehouse) struct Statement {
    pub text: &'static str,
    pub purpose: &'static str,
}

/// What statements are run on: a connection, alone or in a transaction.
pub(in crate::warehouse) trait Connection: Sync {
    /// Prepared once per connection, and kept.
    fn prepared(
        &self,
        text: &str,
    ) -> impl Future<Output = Result<tokio_postgres::Statement, tokio_postgres::Error>> + Send;

    /// For what is asked of it.
    fn server(&self) -> &tokio_postgres::Client;
}

impl Connection for ClientWrapper {
    async fn prepared(&self, text: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.prepare_cached(text).await
    }

    fn server(&self) -> &tokio_postgres::Client {
        self
    }
}

impl Connection for Client {
    async fn prepared(&self, text: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.prepare_cached(text).await
    }

    fn server(&self) -> &tokio_postgres::Client {
        self
    }
}

impl Connection for Transaction<'_> {
    async fn prepared(&self, text: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.prepare_cached(text).await
    }

    fn server(&self) -> &tokio_postgres::Client {
        self.client()
    }
}

/// Only until every transaction is handed on as what it is.
impl Statement {
    /// Runs the statement and returns all rows.
    pub async fn rows(&self, on: &impl Connection, parameters: Parameters<'_>) -> Result<Vec<Row>, WarehouseError> {
        let rows = async { on.server().query(&on.prepared(self.text).await?, parameters).await };
        let rows = rows.await.map_err(self.blame())?;
        Ok(rows.into_iter().map(|row| Row { row, purpose: self.purpose }).collect())
    }

    /// The one row that it gives.
    pub async fn row(&self, on: &impl Connection, parameters: Parameters<'_>) -> Result<Row, WarehouseError> {
        let row = async { on.server().query_one(&on.prepared(self.text).await?, parameters).await };
        Ok(Row { row: row.await.map_err(self.blame())?, purpose: self.purpose })
    }

    /// The one row that it gives, or none.
    pub async fn row_if_any(
        &self,
        on: &impl Connection,
        parameters: Parameters<'_>,
    ) -> Result<Option<Row>, WarehouseError> {
        let row = async { on.server().query_opt(&on.prepared(self.text).await?, parameters).await };
        Ok(row.await.map_err(self.blame())?.map(|row| Row { row, purpose: self.purpose }))
    }

    /// How many rows it has changed.
    pub async fn run(&self, on: &impl Connection, parameters: Parameters<'_>) -> Result<u64, WarehouseError> {
        let changed = async { on.server().execute(&on.prepared(self.text).await?, parameters).await };
        changed.await.map_err(self.blame())
    }

    /// Runs a file of several statements. They take no parameters, and give nothing.
    pub async fn run_all(&self, on: &impl Connection) -> Result<(), WarehouseError> {
        on.server().batch_execute(self.text).await.map_err(self.blame())
    }

    /// Runs the statements that it gives in its column `statement`: what PostgreSQL lets nobody pass as a value.
    pub async fn run_given(&self, on: &impl Connection, parameters: Parameters<'_>) -> Result<(), WarehouseError> {
        let rows = self.rows(on, parameters).await?;
        let given = rows.iter().map(|row| row.get("statement")).collect::<Result<Vec<&str>, _>>()?;
        on.server().batch_execute(&given.join(";\n")).await.map_err(self.blame())
    }

    /// Rows as the network delivers them, never all in memory; each read with [`Statement::read`].
    pub async fn stream(&self, on: &impl Connection, parameters: Parameters<'_>) -> Result<RowStream, WarehouseError> {
        let parameters = parameters.iter().map(|parameter| *parameter as &dyn ToSql).collect::<Vec<_>>();
        let rows = async { on.server().query_raw(&on.prepared(self.text).await?, parameters).await };
        rows.await.map_err(self.blame())
    }

    /// Reads one row of its [`Statement::stream`].
    pub fn read(&self, row: Result<tokio_postgres::Row, tokio_postgres::Error>) -> Result<Row, WarehouseError> {
        Ok(Row { row: row.map_err(self.blame())?, purpose: self.purpose })
    }

    /// The columns that it gives, as the server has prepared them.
    pub async fn columns(&self, on: &impl Connection) -> Result<Columns, WarehouseError> {
        Ok(Columns(on.prepared(self.text).await.map_err(self.blame())?))
    }

    /// Its rows a number at a time, by [`Statement::next_rows`]: between them, the transaction may run other statements.
    pub async fn portal(&self, on: &Transaction<'_>, parameters: Parameters<'_>) -> Result<Portal, WarehouseError> {
        let portal = async { on.bind(&on.prepared(self.text).await?, parameters).await };
        portal.await.map_err(self.blame())
    }

    /// The next rows of a portal of this statement; none: there are no more.
    pub async fn next_rows(
        &self,
        on: &Transaction<'_>,
        portal: &Portal,
        rows: i32,
    ) -> Result<Vec<Row>, WarehouseError> {
        let rows = on.query_portal(portal, rows).await.map_err(self.blame())?;
        Ok(rows.into_iter().map(|row| Row { row, purpose: self.purpose }).collect())
    }

    /// Begins a COPY to the server.
    pub async fn begin_copy(&self, on: &impl Connection) -> Result<CopyInSink<Bytes>, WarehouseError> {
        let sink = async { on.server().copy_in(&on.prepared(self.text).await?).await };
        sink.await.map_err(self.blame())
    }

    /// For every new connection of a pool, before anybody has it.
    pub fn on_every_connection(self) -> Hook {
        Hook::async_fn(move |client, _| {
            Box::pin(async move {
                match tokio::time::timeout(PATIENCE, client.batch_execute(self.text)).await {
                    Ok(done) => done.map_err(HookError::Backend),
                    Err(_) => Err(HookError::message("nobody answers on it")),
                }
            })
        })
    }

    /// As [`Statement::on_every_connection`], where nothing rests on it: a connection on which it fails is as good. One that is
    /// lost by it is found out by who uses it.
    pub fn on_every_connection_if_it_can_be(self) -> Hook {
        Hook::async_fn(move |client, _| {
            Box::pin(async move {
                match tokio::time::timeout(PATIENCE, client.batch_execute(self.text)).await {
                    Ok(_) => Ok(()),
                    Err(_) => Err(HookError::message("nobody answers on it")),
                }
            })
        })
    }

    /// The one value that it gives, as text. Not prepared: somebody on the way to the server could lose that.
    pub async fn answer(&self, on: &impl Connection) -> Result<Option<String>, WarehouseError> {
        let messages = on.server().simple_query(self.text).await.map_err(self.blame())?;
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// The same statement as a part of something else, which a failure names then.
    pub const fn as_part_of(self, purpose: &'static str) -> Statement {
        Statement { purpose, ..self }
    }

    /// For `map_err`: a failure of this statement.
    pub fn blame(&self) -> impl Fn(tokio_postgres::Error) -> WarehouseError + Clone + use<> {
        WarehouseError::query(self.purpose)
    }
}

/// The columns that a statement returns.
pub(in crate::warehouse) struct Columns(tokio_postgres::Statement);

impl std::ops::Deref for Columns {
    type Target = [tokio_postgres::Column];

    fn deref(&self) -> &[tokio_postgres::Column] {
        self.0.columns()
    }
}

/// A row, whose columns are read by their names.
#[derive(Debug)]
pub(in crate::warehouse) struct Row {
    row: tokio_postgres::Row,
    purpose: &'static str,
}

impl Row {
    /// The value of a column. An error where there is none of that name or type, which the tests of the statement find.
    pub fn get<'row, T: FromSql<'row>>(&'row self, column: &str) -> Result<T, WarehouseError> {
        self.row.try_get(column).map_err(WarehouseError::query(self.purpose))
    }

    /// The value at a place, for who has the statement's columns before him.
    pub fn at<'row, T: FromSql<'row>>(&'row self, place: usize) -> Result<T, WarehouseError> {
        self.row.try_get(place).map_err(WarehouseError::query(self.purpose))
    }

    /// A count: what PostgreSQL counts is never below zero.
    pub fn count(&self, column: &str) -> Result<u64, WarehouseError> {
        self.get::<i64>(column).map(|count| u64::try_from(count).unwrap_or_default())
    }
}

/// Begins a transaction.
pub(in crate::warehouse) async fn begin<'client>(
    client: &'client mut ClientWrapper,
    purpose: &'static str,
) -> Result<Transaction<'client>, WarehouseError> {
    client.transaction().await.map_err(WarehouseError::query(purpose))
}

/// Begins a transaction in which every statement sees the same state of the database, and that changes nothing.
pub(in crate::warehouse) async fn begin_snapshot<'client>(
    client: &'client mut ClientWrapper,
    purpose: &'static str,
) -> Result<Transaction<'client>, WarehouseError> {
    let snapshot = client.build_transaction().read_only(true).isolation_level(IsolationLevel::RepeatableRead);
    snapshot.start().await.map_err(WarehouseError::query(purpose))
}

/// Rolls a transaction back, and waits for it. One that is dropped rolls back before the next statement.
pub(in crate::warehouse) async fn roll_back(
    transaction: Transaction<'_>,
    purpose: &'static str,
) -> Result<(), WarehouseError> {
    transaction.rollback().await.map_err(WarehouseError::query(purpose))
}

/// Commits a transaction: when this has returned, it is on the server's disk.
pub(in crate::warehouse) async fn commit(
    transaction: Transaction<'_>,
    purpose: &'static str,
) -> Result<(), WarehouseError> {
    transaction.commit().await.map_err(WarehouseError::query(purpose))
}
