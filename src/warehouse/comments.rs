//! What every schema, table and column is: `sql/comments.toml`, made the database's comments, since BI tools show these.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::types::Json;

use crate::warehouse::WarehouseError;
use crate::warehouse::statement::text;

const COMMENTS: &str = include_str!("../../sql/comments.toml");

const OPERATION: &str = "describe the schema";

/// By kind and name.
type Comments = BTreeMap<String, BTreeMap<String, String>>;

/// What the migrations' table has for a comment once the others are those of this program.
pub(super) fn comments_mark() -> String {
    let digest = hex::encode(Sha256::digest(COMMENTS));
    format!("已执行的迁移 | Migrations that were applied; comments: {digest}")
}

/// Gives the schema its comments, all or none. For its owner only. Idempotent.
pub(super) async fn describe_schema(client: &mut Client) -> Result<(), WarehouseError> {
    let comments: Comments = toml::from_str(COMMENTS).expect("every test reads it");
    let transaction = client.transaction().await.map_err(WarehouseError::query(OPERATION))?;
    let rows = transaction
        .query(text!("comments/select_statements"), &[&Json(&comments)])
        .await
        .map_err(WarehouseError::query(OPERATION))?;
    let mut statements: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    statements.push(format!("comment on table etl.schema_migrations is '{}'", comments_mark()));
    transaction.batch_execute(&statements.join(";\n")).await.map_err(WarehouseError::query(OPERATION))?;
    transaction.commit().await.map_err(WarehouseError::query(OPERATION))
}
