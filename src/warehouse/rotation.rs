//! A new site key: seals and keys everything in the database again, in one transaction. No run may be active.

use deadpool_postgres::{ClientWrapper, Object, Transaction};

use crate::reservation::PersonId;
use crate::seal::{KeyId, QuarantineKey, SealError, open_record, seal_record};
use crate::warehouse::lake_ledger::mark_stale;
use crate::warehouse::replay::EMPTY_SHADOW;
use crate::warehouse::roles::login;
use crate::warehouse::session::{RELEASE_LOCKS, SITE_KEY_LOCK};
use crate::warehouse::statement::{Statement, begin, commit, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const LOCK_SITE_KEY: Statement = sql!("rotation/lock_site_key", "lock the site key");
const SELECT_ACCOUNTS: Statement = sql!("rotation/select_accounts", "list the accounts");
const SELECT_SITE_KEY: Statement = sql!("rotation/select_site_key", "compare the site keys");
const SELECT_SEALED_RECORDS: Statement = sql!("rotation/select_sealed_records", ROTATE);
const UPDATE_SEALED_RECORDS: Statement = sql!("quarantine/update_sealed_records", ROTATE);
const CREATE_NEW_PERSON_IDS: Statement = sql!("rotation/create_new_person_ids", ROTATE);
const SELECT_PERSONS: Statement = sql!("rotation/select_persons", ROTATE);
const INSERT_NEW_PERSON_IDS: Statement = sql!("rotation/insert_new_person_ids", ROTATE);
const UPDATE_PERSON_IDS: Statement = sql!("rotation/update_person_ids", ROTATE);
const DISOWN_HISTORY_EXPORTS: Statement = sql!("rotation/disown_history_exports", ROTATE);
const RETIRE_SITE_KEY: Statement = sql!("rotation/retire_site_key", ROTATE);
const INSERT_SITE_KEY: Statement = sql!("rotation/insert_site_key", ROTATE);

const ROTATE: &str = "bring the warehouse under the new site key";

/// Records, and persons, that are in memory at a time.
const CHUNK_ROWS: i32 = 5_000;

/// What the warehouse needs to know about both keys, without the keys themselves.
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
    /// The warehouse has no key yet: the first run sets it.
    None,
}

/// Counts of what has changed to the new key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct RotationCounts {
    /// Quarantined records sealed again.
    pub records: u64,
    /// People with a new `person_id`.
    pub persons: u64,
    /// Their versions.
    pub versions: u64,
    /// History files that are owed again.
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
        // The lock is the session's, and what is committed must stay.
        self.check_pooler().await?;
        self.check_server().await?;
        let client = self.client().await?;
        let login = login(&client).await?;
        if !login.may_change_schema {
            return Err(WarehouseError::OwnerOnly { login: login.name, what: "replace the site key" });
        }
        let is_locked: bool = LOCK_SITE_KEY.row(&client, &[&SITE_KEY_LOCK]).await?.get("is_locked")?;
        Ok(is_locked.then(|| KeyRotation { client: Object::take(client) }))
    }
}

impl KeyRotation {
    /// Every account that the ledger knows.
    pub async fn accounts(&self) -> Result<Vec<String>, WarehouseError> {
        SELECT_ACCOUNTS.rows(&self.client, &[]).await?.iter().map(|row| row.get("account")).collect()
    }

    /// Under which of the two keys the warehouse is. Any third one is an error.
    pub async fn warehouse_key(&self, keys: &RotationKeys<'_>) -> Result<WarehouseKey, WarehouseError> {
        let current = SELECT_SITE_KEY.row_if_any(&self.client, &[]).await?;
        match current.as_ref().map(|row| row.get::<&[u8]>("key_id")).transpose()? {
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
        let transaction = begin(&mut self.client, ROTATE).await?;
        let records = reseal_records(&transaction, keys).await?;
        let persons = renew_persons(&transaction, keys.renew).await?;
        let versions = UPDATE_PERSON_IDS.run(&transaction, &[]).await?;
        mark_stale(&transaction, None).await?;
        let files_owed = DISOWN_HISTORY_EXPORTS.run(&transaction, &[]).await?;
        EMPTY_SHADOW.run(&transaction, &[&None::<&str>]).await?;
        if RETIRE_SITE_KEY.run(&transaction, &[&&keys.previous_id[..]]).await? != 1 {
            return Err(WarehouseError::PreviousSiteKey);
        }
        INSERT_SITE_KEY.run(&transaction, &[&&keys.current_id[..]]).await?;
        commit(transaction, ROTATE).await?;
        Ok(RotationCounts { records, persons, versions, files_owed })
    }

    /// Lets runs in again. Dropping it closes its connection instead, which has the same effect.
    pub async fn release(self) {
        // A failure here is a lost connection: the server has released the lock already.
        let _ = RELEASE_LOCKS.run_all(&self.client).await;
    }
}

async fn reseal_records(transaction: &Transaction<'_>, keys: &RotationKeys<'_>) -> Result<u64, WarehouseError> {
    let mut resealed = 0;
    let mut after = 0_i64;
    loop {
        let rows = SELECT_SEALED_RECORDS.rows(transaction, &[&after, &i64::from(CHUNK_ROWS)]).await?;
        let Some(last) = rows.last() else { return Ok(resealed) };
        after = last.get("rejection_id")?;
        let (mut ids, mut digests, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let (rejection_id, account): (i64, &str) = (row.get("rejection_id")?, row.get("account")?);
            let opened = open_record(keys.previous, account, row.get("content_sha256")?, row.get("sealed_record")?)
                .map_err(|source| of_record(rejection_id, source, keys.current.id()))?;
            let sealed = seal_record(keys.current, account, &opened.content_sha256, &opened.record)
                .map_err(WarehouseError::Seal)?;
            ids.push(rejection_id);
            digests.push(sealed.keyed_digest.to_vec());
            records.push(sealed.sealed);
        }
        resealed += UPDATE_SEALED_RECORDS.run(transaction, &[&ids, &digests, &records]).await?;
    }
}

/// Notes what every `person_id` becomes. One that is not the previous key's is a bug, and nothing is changed.
async fn renew_persons(transaction: &Transaction<'_>, renew: &RenewPerson<'_>) -> Result<u64, WarehouseError> {
    CREATE_NEW_PERSON_IDS.run(transaction, &[]).await?;
    let persons = SELECT_PERSONS.portal(transaction, &[]).await?;
    let mut renewed = 0;
    loop {
        let rows = SELECT_PERSONS.next_rows(transaction, &persons, CHUNK_ROWS).await?;
        if rows.is_empty() {
            return Ok(renewed);
        }
        let (mut old, mut new) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in &rows {
            let stored: &[u8] = row.get("person_id")?;
            match renew(row.get("card_type")?, row.get("idcard")?) {
                Some((previous, current)) if previous == stored => {
                    old.push(stored.to_vec());
                    new.push(current.to_vec());
                }
                _ => return Err(WarehouseError::PersonIds),
            }
        }
        renewed += INSERT_NEW_PERSON_IDS.run(transaction, &[&old, &new]).await?;
    }
}

/// The error for a record under neither key names both.
fn of_record(rejection_id: i64, source: SealError, current: KeyId) -> WarehouseError {
    let source = match source {
        SealError::OtherKey { found, known } => {
            SealError::OtherKey { found, known: known.into_iter().chain([current]).collect() }
        }
        source => source,
    };
    WarehouseError::Open { rejection_id, source }
}
