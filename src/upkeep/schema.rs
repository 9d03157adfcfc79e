//! The schema brought up to date, and the groups' rights with it.

use crate::failure::RunError;
use crate::night::refuse_absent_warehouse;
use crate::pipeline::Pipeline;
use crate::warehouse::{Grants, Warehouse, WarehouseError};

/// Migrates the schema if this login may. Creates no warehouse if folders of the pipelines belong to one.
pub async fn bring_up_to_date<'p>(
    pipelines: impl Iterator<Item = &'p Pipeline>,
    warehouse: &Warehouse,
) -> Result<(), RunError> {
    refuse_absent_warehouse(pipelines, warehouse).await?;
    let migrations = warehouse.migrate().await?;
    for migration in &migrations {
        tracing::info!(migration, "migrated");
    }
    if !migrations.is_empty() {
        set_grants(warehouse).await?;
    }
    Ok(())
}

/// Gives the groups their rights, and says what somebody else has to do for it.
pub async fn set_grants(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    match warehouse.set_grants().await? {
        Grants::NotOurs => tracing::warn!("this login does not own the schema: the groups' rights were not set"),
        Grants::Set { missing } if missing.is_empty() => {}
        Grants::Set { missing } => {
            let statements: Vec<&str> = missing.iter().map(|group| group.statement.as_str()).collect();
            tracing::warn!(
                administrator_runs = statements.join(" "),
                "groups are missing that this login may not make: let an administrator run this in psql, then \
                 `tijian migrate` again; all else works"
            );
        }
    }
    Ok(())
}
