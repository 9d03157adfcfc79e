//! Who may see what: the groups `tijian_loader`, `tijian_analyst`, `tijian_finance` and `tijian_frontdesk`, and what each is granted.
//!
//! The rights themselves stand in `sql/roles/`. Only the login that owns the schema can give them.

use tokio_postgres::Transaction;

use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// Words for what fails here, after "cannot".
const OPERATION: &str = "set the rights of the groups";

/// Who is logged in.
pub(super) struct Login {
    pub name: String,
    /// Owner of the schema, or a member of its owner; before the first migration, whoever may make one.
    pub may_change_schema: bool,
}

/// A group that the server does not have, and that this login may not make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGroup {
    pub name: String,
    /// What an administrator has to run.
    pub statement: String,
}

/// What became of the groups' rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Every group that is there has its rights and no others.
    Set { missing: Vec<MissingGroup> },
    /// This login does not own the schema: they were left as they are.
    NotOurs,
}

impl Warehouse {
    /// Makes the groups that are missing, as far as this login may, and gives every group exactly its rights. Nobody else
    /// has any.
    pub async fn set_grants(&self) -> Result<Grants, WarehouseError> {
        let mut client = self.client().await?;
        if !login(&client).await?.may_change_schema {
            return Ok(Grants::NotOurs);
        }
        let transaction = client.transaction().await.map_err(WarehouseError::query(OPERATION))?;
        // Two that write the rights of one table at once would trip over each other.
        run(&transaction, "select pg_advisory_xact_lock(hashtextextended('tijian grants', 0))").await?;
        run(&transaction, text!("roles/create_groups")).await?;
        let missing = transaction
            .query(text!("roles/select_missing_groups"), &[])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        let missing: Vec<MissingGroup> =
            missing.iter().map(|row| MissingGroup { name: row.get(0), statement: row.get(1) }).collect();
        run(&transaction, text!("roles/revoke_all")).await?;
        for (group, grants) in [
            ("tijian_loader", text!("roles/grant_loader")),
            ("tijian_analyst", text!("roles/grant_analyst")),
            ("tijian_finance", text!("roles/grant_finance")),
            ("tijian_frontdesk", text!("roles/grant_frontdesk")),
        ] {
            if missing.iter().all(|missing| missing.name != group) {
                run(&transaction, grants).await?;
            }
        }
        transaction.commit().await.map_err(WarehouseError::query(OPERATION))?;
        Ok(Grants::Set { missing })
    }
}

/// Who is logged in on this connection.
pub(super) async fn login(client: &tokio_postgres::Client) -> Result<Login, WarehouseError> {
    let row = client
        .query_one(text!("roles/select_login"), &[])
        .await
        .map_err(WarehouseError::query("ask who is logged in"))?;
    Ok(Login { name: row.get(0), may_change_schema: row.get(1) })
}

async fn run(transaction: &Transaction<'_>, statements: &str) -> Result<(), WarehouseError> {
    transaction.batch_execute(statements).await.map_err(WarehouseError::query(OPERATION))
}
