//! Brings the schema up to date: forward only, checksummed, inside the binary.

use crate::warehouse::{Warehouse, WarehouseError};

mod embedded {
    refinery::embed_migrations!("sql/migrations");
}

/// refinery's own bookkeeping, kept with the ledger instead of in `public`.
const MIGRATION_TABLE: &str = "etl.schema_migrations";

/// Two processes that start together migrate one after the other. The number is arbitrary, but ours for good.
const MIGRATION_LOCK: i64 = 0x7469_6a69_616e_0001;

impl Warehouse {
    /// Applies what is missing. Returns the names of the migrations that were applied now.
    ///
    /// Refuses a database whose schema a newer `tijian` has made.
    pub async fn migrate(&self) -> Result<Vec<String>, WarehouseError> {
        let mut client = self.client().await?;
        if self.schema_is_current(&client).await? {
            return Ok(Vec::new());
        }
        client
            .execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK])
            .await
            .map_err(WarehouseError::query("wait for another migration"))?;
        let outcome = async {
            client
                .batch_execute("create schema if not exists etl")
                .await
                .map_err(WarehouseError::query("create the schema etl"))?;
            embedded::migrations::runner()
                .set_migration_table_name(MIGRATION_TABLE)
                .run_async(&mut **client)
                .await
                .map_err(WarehouseError::Migrate)
        }
        .await;
        // A failed unlock means a lost connection, which has released the lock itself.
        let _ = client.execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK]).await;
        let report = outcome?;
        Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
    }

    /// One query on the usual night. Errors where the database is ahead of this binary.
    async fn schema_is_current(&self, client: &deadpool_postgres::Client) -> Result<bool, WarehouseError> {
        let exists: bool = client
            .query_one("select to_regclass($1) is not null", &[&MIGRATION_TABLE])
            .await
            .map_err(WarehouseError::query("look for the schema's version"))?
            .get(0);
        if !exists {
            return Ok(false);
        }
        let rows = client
            .query("select version::bigint, checksum from etl.schema_migrations order by version", &[])
            .await
            .map_err(WarehouseError::query("read the schema's version"))?;
        let known = embedded::migrations::runner().get_migrations().clone();
        let newest_known = known.iter().map(|migration| i64::from(migration.version())).max().unwrap_or(0);
        let newest_applied = rows.iter().map(|row| row.get::<_, i64>(0)).max().unwrap_or(0);
        if newest_applied > newest_known {
            return Err(WarehouseError::Schema(format!(
                "the database's schema is at version {newest_applied}, this tijian knows up to {newest_known}: \
                 install the newer tijian that migrated it"
            )));
        }
        let applied = |migration: &refinery::Migration| {
            rows.iter().any(|row| {
                row.get::<_, i64>(0) == i64::from(migration.version())
                    && row.get::<_, String>(1) == migration.checksum().to_string()
            })
        };
        Ok(known.iter().all(applied))
    }
}
