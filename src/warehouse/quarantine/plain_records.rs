//! Records that a version before the seals left in plain text: sealed by the first program that has the site key.

use tokio_postgres::error::SqlState;

use crate::seal::{QuarantineKey, seal_record};
use crate::warehouse::quarantine::digest;
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

/// Records per transaction: a few megabytes, and a lock that nobody waits for.
const CHUNK_RECORDS: i64 = 1_000;

/// Two programs that upgrade together seal one after the other. The number is arbitrary, but ours for good.
pub(in crate::warehouse) const SEALING_LOCK: i64 = 0x7469_6a69_616e_0002;

const OPERATION: &str = "seal the records that are in plain text";

/// What was done about plain records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainRecords {
    /// There was none.
    None,
    /// All are sealed; the table's file holds none any more.
    Sealed(u64),
    /// All are sealed; dead rows may still hold them, since this user does not own the table.
    SealedInPlace(u64),
}

impl Warehouse {
    /// How many records of the quarantine are in plain text.
    pub async fn count_plain_records(&self) -> Result<u64, WarehouseError> {
        let count = "select count(*) from etl.rejections where record is not null";
        let row = self.client().await?.query_one(count, &[]).await.map_err(WarehouseError::query(OPERATION))?;
        Ok(row.get::<_, i64>(0) as u64)
    }

    /// Seals what is left in plain text, in chunks; stopped anywhere, the next call goes on from there.
    ///
    /// `site_key_id` must be that of the warehouse's key, and is compared in every chunk's transaction.
    pub async fn seal_plain_records(
        &self,
        site_key_id: &[u8],
        key: &QuarantineKey,
    ) -> Result<PlainRecords, WarehouseError> {
        let plain = self.count_plain_records().await?;
        if plain == 0 {
            return Ok(PlainRecords::None);
        }
        while self.seal_chunk(site_key_id, key).await? {}
        let client = self.client().await?;
        let rewrite = text!("quarantine/rewrite_without_plain_records");
        match client.batch_execute(rewrite).await {
            Ok(()) => Ok(PlainRecords::Sealed(plain)),
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                client
                    .execute(text!("quarantine/forget_plain_records"), &[])
                    .await
                    .map_err(WarehouseError::query(OPERATION))?;
                Ok(PlainRecords::SealedInPlace(plain))
            }
            Err(error) => Err(WarehouseError::query(OPERATION)(error)),
        }
    }

    /// `false`: there was nothing left to seal.
    async fn seal_chunk(&self, site_key_id: &[u8], key: &QuarantineKey) -> Result<bool, WarehouseError> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(WarehouseError::query(OPERATION))?;
        transaction
            .execute("select pg_advisory_xact_lock($1)", &[&SEALING_LOCK])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        let is_current: bool = transaction
            .query_one(
                "select exists (select from etl.site_keys where key_id = $1 and retired_at is null)",
                &[&site_key_id],
            )
            .await
            .map_err(WarehouseError::query(OPERATION))?
            .get(0);
        if !is_current {
            return Err(WarehouseError::SiteKey);
        }
        let rows = transaction
            .query(text!("quarantine/select_plain_records"), &[&CHUNK_RECORDS])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        if rows.is_empty() {
            return Ok(false);
        }
        let (mut ids, mut digests, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let content_sha256 = digest(row.get(2))?;
            let sealed = seal_record(key, row.get(1), &content_sha256, row.get(3)).map_err(WarehouseError::Seal)?;
            ids.push(row.get::<_, i64>(0));
            digests.push(sealed.keyed_digest.to_vec());
            records.push(sealed.sealed);
        }
        transaction
            .execute(text!("quarantine/update_sealed_records"), &[&ids, &digests, &records])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        transaction.commit().await.map_err(WarehouseError::query(OPERATION))?;
        Ok(true)
    }
}
