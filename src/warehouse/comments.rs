//! Writes `sql/comments.toml`, which explains every schema, table and column, into the database's comments, which BI tools show.

use std::collections::BTreeMap;

use deadpool_postgres::ClientWrapper;
use sha2::{Digest, Sha256};
use tokio_postgres::types::Json;

use crate::warehouse::WarehouseError;
use crate::warehouse::statement::{Statement, begin, commit, sql};

const COMMENTS: &str = include_str!("../../sql/comments.toml");

const DESCRIBE: &str = "describe the schema";

const LIMIT_WAITING: Statement = sql!("comments/limit_waiting", DESCRIBE);
const SELECT_STATEMENTS: Statement = sql!("comments/select_statements", DESCRIBE);

/// Comments, by kind and name.
type Comments = BTreeMap<String, BTreeMap<String, String>>;

/// The mark in the migrations' table that says that the comments are those of this program.
pub(super) fn comments_mark() -> String {
    let digest = hex::encode(Sha256::digest(COMMENTS));
    format!("已执行的迁移 | Migrations that were applied; comments: {digest}")
}

/// Gives the schema its comments, all or none. For its owner only. Idempotent.
pub(super) async fn describe_schema(client: &mut ClientWrapper) -> Result<(), WarehouseError> {
    let comments: Comments = toml::from_str(COMMENTS).expect("every test reads it");
    let transaction = begin(client, DESCRIBE).await?;
    LIMIT_WAITING.run_all(&transaction).await?;
    SELECT_STATEMENTS.run_given(&transaction, &[&Json(&comments), &comments_mark()]).await?;
    commit(transaction, DESCRIBE).await
}
