//! A replay: landed deliveries loaded again, beside the live history, in one transaction. Its comparison with the live
//! history, and the swap, stand in `replay_difference.rs` and `replay_swap.rs`.

mod difference;
mod swap;

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;

use crate::reservation::UnknownFields;
use crate::seal::QuarantineKey;
use crate::warehouse::load::statements::SHADOW;
use crate::warehouse::roles::login;
use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, Load, WarehouseError};

pub use difference::{MonthDifference, ReplayDifference, ReplayRecord, RuleDifference, VersionDifference};
pub use swap::{SwapObstacles, SwapRules};

/// Words for what fails here, after "cannot".
const OPERATION: &str = "replay the deliveries";

/// What the ledger knows of a delivery that was committed.
#[derive(Debug, Clone)]
pub struct CommittedDelivery {
    pub delivery_id: i64,
    pub effective_at: DateTime<Utc>,
    /// It is what the envelope said, and not the time of receipt.
    pub is_effective_time_delivered: bool,
    pub received_at: DateTime<Utc>,
    /// Name of the landing file.
    pub landing_file: String,
    pub body_bytes: u64,
    /// Records that it held.
    pub received: u64,
    /// It landed before landed files were sealed: it may be in plain text.
    pub is_before_seals: bool,
    /// A retry after it has loaded records that came before it.
    pub is_older_loaded_since: bool,
}

/// An erasure of a person's identity, and the last delivery before it.
#[derive(Debug, Clone, Copy)]
struct Erasure {
    erasure_id: i64,
    last_delivery_id: i64,
}

/// The open transaction of a replay. Dropped without a commit, it rolls back, and an older shadow is as it was.
pub struct Replay<'session> {
    pub(in crate::warehouse) load: Load<'session>,
    /// Not repeated yet, the next one last.
    erasures: Vec<Erasure>,
    pub(in crate::warehouse) first_delivery_id: i64,
    pub(in crate::warehouse) last_delivery_id: i64,
}

impl AccountSession {
    /// Every committed delivery of the account that has a file (retries have none), in the order in which they were committed.
    pub async fn committed_deliveries(&self) -> Result<Vec<CommittedDelivery>, WarehouseError> {
        let rows = self
            .client
            .query(text!("replay/select_deliveries"), &[&self.account])
            .await
            .map_err(WarehouseError::query("list the deliveries"))?;
        let delivery = |row: &tokio_postgres::Row| CommittedDelivery {
            delivery_id: row.get(0),
            effective_at: row.get(1),
            received_at: row.get(2),
            landing_file: row.get(3),
            body_bytes: row.get::<_, i64>(4) as u64,
            received: row.get::<_, i64>(5) as u64,
            is_before_seals: row.get(6),
            is_older_loaded_since: row.get(7),
            is_effective_time_delivered: row.get(8),
        };
        Ok(rows.iter().map(delivery).collect())
    }

    /// An error for who does not own the schema: the shadow, the history and what a swap replaces are not the loader's.
    pub async fn check_owner(&self, what: &'static str) -> Result<(), WarehouseError> {
        let login = login(&self.client).await?;
        if login.may_change_schema { Ok(()) } else { Err(WarehouseError::OwnerOnly { login: login.name, what }) }
    }

    /// Opens the transaction. The shadow of the account is empty, or, with `from`, holds the live history of before that
    /// delivery. `quarantine_key` seals refused records.
    pub async fn begin_replay(
        &mut self,
        from: Option<i64>,
        quarantine_key: &QuarantineKey,
    ) -> Result<Replay<'_>, WarehouseError> {
        let account = self.account.clone();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(OPERATION))?;
        transaction
            .batch_execute(text!("session/configure_transaction"))
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        let load = Load::new(transaction, &SHADOW, account, quarantine_key, from.is_none());
        let first_delivery_id = from.unwrap_or(0);
        let mut replay = Replay { load, erasures: Vec::new(), first_delivery_id, last_delivery_id: 0 };
        replay.execute(text!("replay/empty_shadow"), &[&Some(&replay.load.account)]).await?;
        if from.is_some() {
            let insert = text!("replay/insert_earlier_versions");
            replay.execute(insert, &[&replay.load.account, &first_delivery_id]).await?;
        }
        let rows = replay.query(text!("replay/select_erasures"), &[&replay.load.account]).await?;
        let erasure = |row: &tokio_postgres::Row| Erasure { erasure_id: row.get(0), last_delivery_id: row.get(1) };
        replay.erasures = rows.iter().rev().map(erasure).collect();
        Ok(replay)
    }
}

impl<'session> Replay<'session> {
    /// Begins a delivery; what stood between it and the one before comes first.
    pub async fn begin_delivery(&mut self, delivery: &CommittedDelivery) -> Result<(), WarehouseError> {
        self.repeat_erasures(delivery.delivery_id).await?;
        let note = text!("replay/note_unconfirmed_reservations");
        self.execute(note, &[&self.load.account, &delivery.delivery_id]).await?;
        self.load.begin_replayed(delivery);
        self.last_delivery_id = delivery.delivery_id;
        self.execute("savepoint delivery", &[]).await?;
        Ok(())
    }

    /// For the chunks of the delivery that has begun.
    pub fn load(&mut self) -> &mut Load<'session> {
        &mut self.load
    }

    /// Takes back what was loaded of the delivery that has begun.
    pub async fn undo_delivery(&mut self, delivery: &CommittedDelivery) -> Result<(), WarehouseError> {
        self.load.end_copy().await?;
        self.execute("rollback to savepoint delivery", &[]).await?;
        self.load.begin_replayed(delivery);
        Ok(())
    }

    /// Ends the delivery: writes its counts. `decoded` is how many records the decoder read.
    pub async fn end_delivery(&mut self, decoded: u64, unknown_fields: &UnknownFields) -> Result<(), WarehouseError> {
        self.load.end_replayed(decoded).await?;
        let counts = self.load.counts();
        let as_bigint = |count: u64| count as i64;
        self.execute(
            text!("replay/insert_delivery"),
            &[
                &self.load.delivery_id,
                &self.load.account,
                &as_bigint(counts.received),
                &as_bigint(counts.accepted),
                &as_bigint(counts.rejected),
                &as_bigint(counts.unchanged),
                &as_bigint(counts.opened),
                &as_bigint(counts.closed),
                &as_bigint(counts.adjusted),
                &as_bigint(counts.warned),
                &unknown_fields.names(),
                &as_bigint(unknown_fields.more()),
            ],
        )
        .await?;
        self.execute("release savepoint delivery", &[]).await?;
        Ok(())
    }

    /// Repeats the erasures that came before this delivery.
    pub(in crate::warehouse) async fn repeat_erasures(&mut self, next_delivery_id: i64) -> Result<(), WarehouseError> {
        while let Some(erasure) = self.erasures.pop_if(|erasure| erasure.last_delivery_id < next_delivery_id) {
            let erase = text!("replay/erase_versions");
            self.execute(erase, &[&self.load.account, &erasure.erasure_id]).await?;
        }
        Ok(())
    }

    pub(in crate::warehouse) async fn execute(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, WarehouseError> {
        self.load.execute(OPERATION, sql, parameters).await
    }

    pub(in crate::warehouse) async fn query(
        &self,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, WarehouseError> {
        self.load.query(OPERATION, sql, parameters).await
    }

    /// Keeps the shadow, and the swap, if there was one.
    pub async fn commit(self) -> Result<(), WarehouseError> {
        self.load.transaction.commit().await.map_err(WarehouseError::query("commit the replay"))
    }
}

impl Load<'_> {
    /// Turns to the next delivery of a replay.
    fn begin_replayed(&mut self, delivery: &CommittedDelivery) {
        self.delivery_id = delivery.delivery_id;
        self.received_at = delivery.received_at;
        self.has_unconfirmed = true;
        self.counts = Default::default();
        self.batches.clear();
        self.problems.clear();
        self.touched_dates.clear();
    }

    /// As [`Load::commit`] does, without what only the live history owes.
    async fn end_replayed(&mut self, decoded: u64) -> Result<(), WarehouseError> {
        self.end_of_records(decoded).await?;
        self.write_problems().await
    }
}
