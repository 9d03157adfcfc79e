//! Which site key the warehouse was filled with. Only a digest of the key comes here, never the key itself.

use chrono::{DateTime, Utc};

use crate::warehouse::statement::{Connection, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, Warehouse, WarehouseError};

const COMPARE: &str = "compare the site key";

const SELECT_IS_SITE_KEY: Statement = sql!("session/select_is_site_key", COMPARE);
const SELECT_RETIRED_AT: Statement = sql!("session/select_site_key_retired_at", COMPARE);
const LOCK_FIRST_SITE_KEY: Statement = sql!("session/lock_first_site_key", COMPARE);
const INSERT_FIRST_SITE_KEY: Statement = sql!("session/insert_first_site_key", COMPARE);

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
        let transaction = begin(&mut self.client, COMPARE).await?;
        LOCK_FIRST_SITE_KEY.run_all(&transaction).await?;
        INSERT_FIRST_SITE_KEY.run(&transaction, &[&key_id]).await?;
        commit(transaction, COMPARE).await?;
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
async fn is_site_key(on: &impl Connection, key_id: &[u8]) -> Result<Option<bool>, WarehouseError> {
    SELECT_IS_SITE_KEY.row(on, &[&key_id]).await?.get("is_site_key")
}

/// Why the key is not the one: it was, or it never was.
async fn refuse(on: &impl Connection, key_id: &[u8]) -> Result<WarehouseError, WarehouseError> {
    let known = SELECT_RETIRED_AT.row_if_any(on, &[&key_id]).await?;
    let retired_at: Option<DateTime<Utc>> = known.map(|row| row.get("retired_at")).transpose()?.flatten();
    Ok(retired_at.map_or(WarehouseError::SiteKey, |at| WarehouseError::SiteKeyRetired { retired_on: at.date_naive() }))
}
