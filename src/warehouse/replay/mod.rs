//! A replay: landed deliveries loaded again, beside the live history, in one transaction. Its comparison with the live
//! history is in `difference.rs`, the swap in `swap.rs`.

mod difference;
mod swap;

use chrono::{DateTime, Utc};

use crate::reservation::UnknownFields;
use crate::seal::QuarantineKey;
use crate::warehouse::erase::erase_versions;
use crate::warehouse::load::tables::Tables;
use crate::warehouse::load::{Known, LoadedDelivery};
use crate::warehouse::roles::login;
use crate::warehouse::session::begin_on_indexes;
use crate::warehouse::statement::{Row, Statement, commit, sql};
use crate::warehouse::{AccountSession, Load, WarehouseError};

pub use difference::{MonthDifference, ReplayDifference, ReplayRecord, RuleDifference, VersionDifference};
pub use swap::SwapRules;

const SELECT_DELIVERIES: Statement = sql!("replay/select_deliveries", "list the deliveries");
/// Of one account, or of all: before another one is built, and where it must not outlive something.
pub(in crate::warehouse) const EMPTY_SHADOW: Statement = sql!("replay/empty_shadow", "empty the shadow");
const INSERT_EARLIER_VERSIONS: Statement = sql!("replay/insert_earlier_versions", REPLAY);
const SELECT_ERASURES: Statement = sql!("replay/select_erasures", REPLAY);
const SELECT_ERASED_VERSIONS: Statement = sql!("replay/select_erased_versions", REPLAY);
const NOTE_UNCONFIRMED_RESERVATIONS: Statement = sql!("replay/note_unconfirmed_reservations", REPLAY);
const BEGIN_DELIVERY: Statement = sql!("replay/begin_delivery", REPLAY);
const UNDO_DELIVERY: Statement = sql!("replay/undo_delivery", REPLAY);
const INSERT_DELIVERY: Statement = sql!("replay/insert_delivery", REPLAY);
const END_DELIVERY: Statement = sql!("replay/end_delivery", REPLAY);

/// Words for what fails here, after "cannot".
const REPLAY: &str = "replay the deliveries";

/// A committed delivery, as the ledger has recorded it.
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
    /// Records that the delivery held.
    pub received: u64,
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
        let delivery = |row: &Row| {
            Ok(CommittedDelivery {
                delivery_id: row.get("delivery_id")?,
                effective_at: row.get("effective_at")?,
                is_effective_time_delivered: row.get("is_effective_time_delivered")?,
                received_at: row.get("received_at")?,
                landing_file: row.get("landing_file")?,
                body_bytes: row.count("body_bytes")?,
                received: row.count("received")?,
                is_older_loaded_since: row.get("is_older_loaded_since")?,
            })
        };
        SELECT_DELIVERIES.rows(&self.client, &[&self.account]).await?.iter().map(delivery).collect()
    }

    /// An error for who does not own the schema: the shadow and the history are not the loader's.
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
        let transaction = begin_on_indexes(&mut self.client, REPLAY).await?;
        EMPTY_SHADOW.run(&transaction, &[&Some(&account)]).await?;
        let first_delivery_id = from.unwrap_or(0);
        if from.is_some() {
            INSERT_EARLIER_VERSIONS.run(&transaction, &[&account, &first_delivery_id]).await?;
        }
        let erasure = |row: &Row| {
            Ok(Erasure { erasure_id: row.get("erasure_id")?, last_delivery_id: row.get("last_delivery_id")? })
        };
        let erasures = SELECT_ERASURES.rows(&transaction, &[&account]).await?;
        let erasures = erasures.iter().rev().map(erasure).collect::<Result<_, WarehouseError>>()?;
        let known = Known { has_history: from.is_some(), has_open_rejections: false, has_unconfirmed: true };
        let none_yet = LoadedDelivery::default();
        let load = Load::new(transaction, Tables::Shadow, account, quarantine_key, known, none_yet);
        Ok(Replay { load, erasures, first_delivery_id, last_delivery_id: 0 })
    }
}

impl<'session> Replay<'session> {
    /// Begins a delivery; what stood between it and the one before comes first.
    pub async fn begin_delivery(&mut self, delivery: &CommittedDelivery) -> Result<(), WarehouseError> {
        self.repeat_erasures(delivery.delivery_id).await?;
        let on = self.load.on()?;
        NOTE_UNCONFIRMED_RESERVATIONS.run(on, &[&self.load.account, &delivery.delivery_id]).await?;
        BEGIN_DELIVERY.run(on, &[]).await?;
        self.load.begin_replayed(delivery);
        self.last_delivery_id = delivery.delivery_id;
        Ok(())
    }

    /// For the chunks of the delivery that has begun.
    pub fn load(&mut self) -> &mut Load<'session> {
        &mut self.load
    }

    /// Takes back what was loaded of the delivery that has begun.
    pub async fn undo_delivery(&mut self, delivery: &CommittedDelivery) -> Result<(), WarehouseError> {
        self.load.end_copy().await?;
        UNDO_DELIVERY.run(self.load.on()?, &[]).await?;
        self.load.begin_replayed(delivery);
        Ok(())
    }

    /// Ends the delivery: writes its counts. `decoded` is how many records the decoder read.
    pub async fn end_delivery(&mut self, decoded: u64, unknown_fields: &UnknownFields) -> Result<(), WarehouseError> {
        self.load.end_replayed(decoded).await?;
        self.load.write_counts(&INSERT_DELIVERY, unknown_fields).await?;
        END_DELIVERY.run(self.load.on()?, &[]).await.map(drop)
    }

    /// Repeats the erasures that came before this delivery.
    pub(in crate::warehouse) async fn repeat_erasures(&mut self, next_delivery_id: i64) -> Result<(), WarehouseError> {
        while let Some(erasure) = self.erasures.pop_if(|erasure| erasure.last_delivery_id < next_delivery_id) {
            let on = self.load.on()?;
            let erased = SELECT_ERASED_VERSIONS.rows(on, &[&self.load.account, &erasure.erasure_id]).await?;
            erase_versions(&self.load.own_tables()?, &self.load.account, &erased).await?;
        }
        Ok(())
    }

    /// Keeps the shadow, and the swap, if there was one.
    pub async fn commit(self) -> Result<(), WarehouseError> {
        commit(self.load.into_transaction(), "commit the replay").await
    }
}

impl Load<'_> {
    /// Turns to the next delivery of a replay.
    fn begin_replayed(&mut self, delivery: &CommittedDelivery) {
        self.delivery = LoadedDelivery::new(delivery.delivery_id, delivery.received_at);
    }

    /// Like [`Load::commit`], without the calls and exports that only the live history owes.
    async fn end_replayed(&mut self, decoded: u64) -> Result<(), WarehouseError> {
        self.end_of_records(decoded).await?;
        self.write_problems().await
    }
}
