//! A new site key: what is sealed and what is keyed in the database, in one transaction. Nobody runs meanwhile.

use deadpool_postgres::{ClientWrapper, Object, Transaction};
use tokio_postgres::types::ToSql;

use crate::reservation::PersonId;
use crate::seal::{KeyId, QuarantineKey, SealError, open_record, seal_record};
use crate::warehouse::roles::login;
use crate::warehouse::session::SITE_KEY_LOCK;
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// Records, and persons, that are in memory at a time.
const CHUNK_ROWS: i64 = 5_000;

const OPERATION: &str = "bring the warehouse under the new site key";

/// What the warehouse has to know of both keys. (The keys themselves it has not to know.)
pub struct RotationKeys<'a> {
    pub previous_id: [u8; 32],
    pub current_id: [u8; 32],
    pub previous: &'a QuarantineKey,
    pub current: &'a QuarantineKey,
    pub renew: &'a RenewPerson<'a>,
}

/// The `person_id` of a card type and an id number, under both keys: the previous one and the current one.
pub type RenewPerson<'a> = dyn Fn(Option<&str>, &str) -> Option<(PersonId, PersonId)> + Send + Sync + 'a;

/// Under which key the warehouse is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarehouseKey {
    /// The one that is to be replaced.
    Previous,
    /// The new one: there is nothing to do any more.
    Current,
    /// None yet: the first run brings it.
    None,
}

/// What was brought under the new key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct RotationCounts {
    /// Quarantined records sealed anew.
    pub records: u64,
    /// Persons with a new `person_id`.
    pub persons: u64,
    /// Versions of theirs.
    pub versions: u64,
    /// History files that are owed anew.
    pub files_owed: u64,
}

/// Every account's lock at once, and the connection that holds it.
pub struct KeyRotation {
    client: ClientWrapper,
}

impl Warehouse {
    /// Keeps every run away for as long as the answer lives. `None`: a run or an export is under way. For the schema's
    /// owner only: history and keys change, which the loader may not.
    pub async fn lock_site_key(&self) -> Result<Option<KeyRotation>, WarehouseError> {
        let client = self.client().await?;
        let login = login(&client).await?;
        if !login.may_change_schema {
            return Err(WarehouseError::OwnerOnly { login: login.name, what: "replace the site key" });
        }
        let is_locked: bool = client
            .query_one("select pg_try_advisory_lock($1)", &[&SITE_KEY_LOCK])
            .await
            .map_err(WarehouseError::query("lock the site key"))?
            .get(0);
        Ok(is_locked.then(|| KeyRotation { client: Object::take(client) }))
    }
}

impl KeyRotation {
    /// Every account that the ledger knows.
    pub async fn accounts(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = self
            .client
            .query(text!("rotation/select_accounts"), &[])
            .await
            .map_err(WarehouseError::query("list the accounts"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Under which of the two keys the warehouse is. Any third one is an error.
    pub async fn warehouse_key(&self, keys: &RotationKeys<'_>) -> Result<WarehouseKey, WarehouseError> {
        let current = self
            .client
            .query_opt("select key_id from etl.site_keys where retired_at is null", &[])
            .await
            .map_err(WarehouseError::query("compare the site keys"))?;
        match current.as_ref().map(|row| row.get::<_, &[u8]>(0)) {
            None => Ok(WarehouseKey::None),
            Some(id) if id == keys.current_id => Ok(WarehouseKey::Current),
            Some(id) if id == keys.previous_id => Ok(WarehouseKey::Previous),
            Some(_) => Err(WarehouseError::PreviousSiteKey),
        }
    }

    /// Brings everything from under the previous key under the current one, in one transaction.
    ///
    /// The caller has asked [`KeyRotation::warehouse_key`].
    pub async fn rotate(&mut self, keys: &RotationKeys<'_>) -> Result<RotationCounts, WarehouseError> {
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(OPERATION))?;
        let rotation = Rotation { transaction };
        let records = rotation.reseal_records(keys).await?;
        let persons = rotation.renew_persons(keys.renew).await?;
        let versions = rotation.execute(text!("rotation/update_person_ids"), &[]).await?;
        let files_owed = rotation.execute(text!("rotation/disown_history_exports"), &[]).await?;
        rotation.execute(text!("replay/empty_shadow"), &[&None::<&str>]).await?;
        let previous_id = &&keys.previous_id[..];
        if rotation.execute(text!("rotation/retire_site_key"), &[previous_id]).await? != 1 {
            return Err(WarehouseError::PreviousSiteKey);
        }
        let current_id = &&keys.current_id[..];
        rotation.execute(text!("rotation/insert_site_key"), &[current_id]).await?;
        rotation.execute(text!("rotation/update_replaced_person_ids"), &[]).await?;
        rotation.transaction.commit().await.map_err(WarehouseError::query(OPERATION))?;
        Ok(RotationCounts { records, persons, versions, files_owed })
    }

    /// Lets runs in again. Dropping it closes its connection instead, which has the same effect.
    pub async fn release(self) {
        // A failure here is a lost connection: the server has released the lock already.
        let _ = self.client.execute("select pg_advisory_unlock_all()", &[]).await;
    }
}

/// The open transaction.
struct Rotation<'a> {
    transaction: Transaction<'a>,
}

impl Rotation<'_> {
    async fn reseal_records(&self, keys: &RotationKeys<'_>) -> Result<u64, WarehouseError> {
        let select = text!("rotation/select_sealed_records");
        let mut resealed = 0;
        let mut after = 0_i64;
        loop {
            let rows = self
                .transaction
                .query(select, &[&after, &CHUNK_ROWS])
                .await
                .map_err(WarehouseError::query(OPERATION))?;
            let Some(last) = rows.last() else { return Ok(resealed) };
            after = last.get(0);
            let (mut ids, mut digests, mut records) = (Vec::new(), Vec::new(), Vec::new());
            for row in &rows {
                let (rejection_id, account): (i64, &str) = (row.get(0), row.get(1));
                let opened = open_record(keys.previous, account, row.get(2), row.get(3))
                    .map_err(|source| of_record(rejection_id, source, keys.current.id()))?;
                let sealed = seal_record(keys.current, account, &opened.content_sha256, &opened.record)
                    .map_err(WarehouseError::Seal)?;
                ids.push(rejection_id);
                digests.push(sealed.keyed_digest.to_vec());
                records.push(sealed.sealed);
            }
            let update = text!("quarantine/update_sealed_records");
            resealed += self.execute(update, &[&ids, &digests, &records]).await?;
        }
    }

    /// Notes what every `person_id` becomes. One that is not the previous key's is a bug, and nothing is changed.
    async fn renew_persons(&self, renew: &RenewPerson<'_>) -> Result<u64, WarehouseError> {
        self.execute(text!("rotation/create_new_person_ids"), &[]).await?;
        let select = text!("rotation/select_persons");
        let persons = self.transaction.bind(select, &[]).await.map_err(WarehouseError::query(OPERATION))?;
        let mut renewed = 0;
        loop {
            let rows = self
                .transaction
                .query_portal(&persons, CHUNK_ROWS as i32)
                .await
                .map_err(WarehouseError::query(OPERATION))?;
            if rows.is_empty() {
                return Ok(renewed);
            }
            let (mut old, mut new) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
            for row in &rows {
                let stored: &[u8] = row.get(0);
                match renew(row.get(1), row.get(2)) {
                    Some((previous, current)) if previous == stored => {
                        old.push(stored.to_vec());
                        new.push(current.to_vec());
                    }
                    _ => return Err(WarehouseError::PersonIds),
                }
            }
            let insert = text!("rotation/insert_new_person_ids");
            renewed += self.execute(insert, &[&old, &new]).await?;
        }
    }

    async fn execute(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, WarehouseError> {
        self.transaction.execute(sql, parameters).await.map_err(WarehouseError::query(OPERATION))
    }
}

/// A record under neither key is told with both.
fn of_record(rejection_id: i64, source: SealError, current: KeyId) -> WarehouseError {
    let source = match source {
        SealError::OtherKey { found, known } => {
            SealError::OtherKey { found, known: known.into_iter().chain([current]).collect() }
        }
        source => source,
    };
    WarehouseError::Open { rejection_id, source }
}
