//! Which site key the warehouse was filled with. The key itself never comes here: a digest stands for it.

use chrono::{DateTime, Utc};

use deadpool_postgres::ClientWrapper;

use crate::warehouse::{AccountSession, Warehouse, WarehouseError};

const OPERATION: &str = "compare the site key";

impl AccountSession {
    /// Ties the warehouse to one site key: under another one every person would be a stranger to the history, and
    /// nothing that is sealed would open.
    ///
    /// `key_id` is a digest from which the key cannot be derived.
    pub async fn check_site_key(&mut self, key_id: &[u8]) -> Result<(), WarehouseError> {
        if let Some(is_current) = is_site_key(&self.client, key_id).await? {
            return if is_current { Ok(()) } else { Err(refuse(&self.client, key_id).await?) };
        }
        // The warehouse's first run. Accounts that begin at once wait here for each other, and only one key gets in.
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(OPERATION))?;
        transaction
            .batch_execute("select pg_advisory_xact_lock(hashtextextended('tijian site key', 0))")
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        transaction
            .execute(
                "insert into etl.site_keys (key_id) select $1 where not exists (select from etl.site_keys)
                on conflict do nothing",
                &[&key_id],
            )
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        transaction.commit().await.map_err(WarehouseError::query(OPERATION))?;
        if is_site_key(&self.client, key_id).await? == Some(true) {
            Ok(())
        } else {
            Err(refuse(&self.client, key_id).await?)
        }
    }
}

impl Warehouse {
    /// Whether the warehouse was filled with this key; `false`: with none yet. Errors where it was with another one.
    /// Changes nothing.
    pub async fn compare_site_key(&self, key_id: &[u8]) -> Result<bool, WarehouseError> {
        let client = self.client().await?;
        match is_site_key(&client, key_id).await? {
            None => Ok(false),
            Some(true) => Ok(true),
            Some(false) => Err(refuse(&client, key_id).await?),
        }
    }
}

/// Whether it is the warehouse's key; `None`: there is no key yet.
async fn is_site_key(client: &ClientWrapper, key_id: &[u8]) -> Result<Option<bool>, WarehouseError> {
    let row = client
        .query_one("select bool_or(key_id = $1) from etl.site_keys where retired_at is null", &[&key_id])
        .await
        .map_err(WarehouseError::query(OPERATION))?;
    Ok(row.get(0))
}

/// Why the key is not the one: it was, or it never was.
async fn refuse(client: &ClientWrapper, key_id: &[u8]) -> Result<WarehouseError, WarehouseError> {
    let row = client
        .query_opt("select retired_at from etl.site_keys where key_id = $1", &[&key_id])
        .await
        .map_err(WarehouseError::query(OPERATION))?;
    let retired_at = row.and_then(|row| row.get::<_, Option<DateTime<Utc>>>(0));
    Ok(retired_at.map_or(WarehouseError::SiteKey, |at| WarehouseError::SiteKeyRetired { retired_on: at.date_naive() }))
}
