//! The load: deliveries into the tables of a history, chunk by chunk. One that was pulled or is retried has a transaction of its
//! own, which begins in `begin.rs` and ends in `commit.rs`; a replay loads all of them into its shadow in one.

mod begin;
mod commit;
mod contents;
mod copy;
mod lookup;
mod quarantine;
pub(in crate::warehouse) mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::Transaction;

use crate::reservation::{HistoryPlan, ProblemCounts};
use crate::seal::QuarantineKey;
use crate::warehouse::WarehouseError;
use crate::warehouse::load::copy::{VersionsCopy, copy_unchanged};
use crate::warehouse::load::lookup::OpenedKeys;
use crate::warehouse::load::tables::{OwnTables, Tables};
use crate::warehouse::statement::{Statement, sql};
use crate::wording::{Message, message};

pub use begin::{DeliveryHeader, DeliveryLoad, DeliveryOrigin, RetriedRecords};
pub use commit::EndedLoad;
#[doc(hidden)] // for tests/fuzz, which reads the bytes back with a decoder of its own
pub use copy::copy_versions;

pub(in crate::warehouse) use begin::record_at;

/// Batches that are counted in memory before their counts are written: some hundred kilobytes.
const BATCHES_MAX: usize = 10_000;

const CLOSE_VERSIONS: Statement = sql!("load/close_versions", "close versions");
const CHECK_CHANGED_KEYS: Statement = sql!("load/check_changed_keys", "check the changed histories");
const UPSERT_BATCHES: Statement = sql!("load/upsert_batches", "count batches");

/// Counts of a delivery, as in `etl.deliveries`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadCounts {
    pub received: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub unchanged: u64,
    pub opened: u64,
    pub closed: u64,
    pub adjusted: u64,
    pub warned: u64,
    /// Rejected ones that somebody has discarded before, each content once; not in the ledger's row.
    pub discarded: u64,
    /// Rejected ones that no delivery before has brought, each content once; not in the ledger's row.
    pub refused_first: u64,
}

impl AddAssign for LoadCounts {
    fn add_assign(&mut self, more: LoadCounts) {
        self.received += more.received;
        self.accepted += more.accepted;
        self.rejected += more.rejected;
        self.unchanged += more.unchanged;
        self.opened += more.opened;
        self.closed += more.closed;
        self.adjusted += more.adjusted;
        self.warned += more.warned;
        self.discarded += more.discarded;
        self.refused_first += more.refused_first;
    }
}

/// An open transaction that loads deliveries, one after the other, into the live history or into a shadow. Dropped without a
/// commit, it rolls back.
pub struct Load<'session> {
    transaction: Transaction<'session>,
    tables: Tables,
    pub(in crate::warehouse) account: String,
    pub(in crate::warehouse) quarantine_key: QuarantineKey,
    has_open_rejections: bool,
    has_unconfirmed: bool,
    /// Only for an account whose history was empty before this load.
    opened_keys: Option<OpenedKeys>,
    /// Stays open from chunk to chunk, until something else has to be asked.
    copy: Option<VersionsCopy>,
    pub(in crate::warehouse) delivery: LoadedDelivery,
}

/// The state of an account's tables before a load.
#[derive(Debug, Clone, Copy)]
pub(in crate::warehouse) struct Known {
    pub has_history: bool,
    pub has_open_rejections: bool,
    /// The platform may deliver states of some reservations again.
    pub has_unconfirmed: bool,
}

/// The delivery that is being loaded, and its result so far.
#[derive(Debug, Default)]
pub(in crate::warehouse) struct LoadedDelivery {
    pub delivery_id: i64,
    pub received_at: DateTime<Utc>,
    pub counts: LoadCounts,
    /// Accepted and rejected records by requestId, not written yet.
    batches: BTreeMap<String, (i64, i64)>,
    touched_dates: BTreeSet<NaiveDate>,
    problems: ProblemCounts,
}

impl LoadedDelivery {
    pub(in crate::warehouse) fn new(delivery_id: i64, received_at: DateTime<Utc>) -> LoadedDelivery {
        LoadedDelivery { delivery_id, received_at, ..LoadedDelivery::default() }
    }

    /// Adds accepted and rejected records to a batch. Most batches have many: their names are copied once.
    fn count_in_batch(&mut self, request_id: &str, (accepted, rejected): (i64, i64)) {
        match self.batches.get_mut(request_id) {
            Some(counts) => *counts = (counts.0 + accepted, counts.1 + rejected),
            None => drop(self.batches.insert(request_id.to_owned(), (accepted, rejected))),
        }
    }
}

impl<'session> Load<'session> {
    pub(in crate::warehouse) fn new(
        transaction: Transaction<'session>,
        tables: Tables,
        account: String,
        quarantine_key: &QuarantineKey,
        known: Known,
        delivery: LoadedDelivery,
    ) -> Load<'session> {
        let Known { has_history, has_open_rejections, has_unconfirmed } = known;
        Load {
            transaction,
            tables,
            account,
            quarantine_key: quarantine_key.clone(),
            has_open_rejections,
            has_unconfirmed,
            opened_keys: (!has_history).then(OpenedKeys::default),
            copy: None,
            delivery,
        }
    }

    /// The transaction, for committing.
    pub(in crate::warehouse) fn into_transaction(self) -> Transaction<'session> {
        self.transaction
    }
}

impl Load<'_> {
    /// The delivery's counts so far.
    pub fn counts(&self) -> LoadCounts {
        self.delivery.counts
    }

    /// Rules that its records broke so far.
    pub fn problems(&self) -> &ProblemCounts {
        &self.delivery.problems
    }

    /// Whether the account has rejections that an accepted state would resolve.
    pub fn has_open_rejections(&self) -> bool {
        self.has_open_rejections
    }

    /// Writes what a chunk of accepted states does to the history: closings, openings, unchanged.
    pub async fn write(&mut self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        self.close_versions(plan).await?;
        self.open_versions(plan).await?;
        self.check_changed_keys(plan).await?;
        self.remember_unchanged(plan).await?;
        let delivery = &mut self.delivery;
        let accepted = (plan.opened.len() + plan.unchanged.len()) as u64;
        delivery.counts.received += accepted;
        delivery.counts.accepted += accepted;
        delivery.counts.unchanged += plan.unchanged.len() as u64;
        delivery.counts.opened += plan.opened.len() as u64;
        delivery.counts.closed += plan.closed.len() as u64;
        delivery.counts.adjusted += plan.adjusted;
        delivery.touched_dates.extend(plan.opened.iter().map(|opened| opened.state.reservation.check_date));
        delivery.touched_dates.extend(plan.closed.iter().map(|closed| closed.check_date));
        let opened = plan.opened.iter().map(|opened| opened.state.reservation.request_id.as_str());
        let unchanged = plan.unchanged.iter().map(|unchanged| unchanged.request_id.as_str());
        for request_id in opened.chain(unchanged) {
            delivery.count_in_batch(request_id, (1, 0));
        }
        self.limit_batches().await
    }

    /// Counts broken rules, and the accepted records that broke one.
    pub fn note_problems(&mut self, warned: u64, problems: ProblemCounts) {
        self.delivery.counts.warned += warned;
        for (broken, records) in problems {
            *self.delivery.problems.entry(broken).or_default() += records;
        }
    }

    async fn open_versions(&mut self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        if plan.opened.is_empty() {
            return Ok(());
        }
        if let Some(keys) = &mut self.opened_keys {
            plan.opened.iter().for_each(|opened| keys.insert(&opened.state.reservation.serial_number));
        }
        let copy = match &mut self.copy {
            Some(copy) => copy,
            closed => {
                let tables = OwnTables { transaction: &self.transaction, tables: self.tables };
                closed.insert(VersionsCopy::begin(&tables).await?)
            }
        };
        copy.write(&self.account, self.delivery.delivery_id, &plan.opened).await
    }

    /// Finishes the open COPY, if there is one: to be called before anything else is asked.
    pub(in crate::warehouse) async fn end_copy(&mut self) -> Result<(), WarehouseError> {
        match self.copy.take() {
            Some(copy) => copy.finish().await,
            None => Ok(()),
        }
    }

    async fn remember_unchanged(&mut self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        if plan.unchanged.is_empty() {
            return Ok(());
        }
        self.end_copy().await?;
        copy_unchanged(&self.own_tables()?, &self.account, self.delivery.delivery_id, &plan.unchanged).await
    }

    async fn close_versions(&mut self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        if plan.closed.is_empty() {
            return Ok(());
        }
        self.end_copy().await?;
        let serial_numbers: Vec<&str> = plan.closed.iter().map(|closed| closed.serial_number.as_str()).collect();
        let versions: Vec<i32> = plan.closed.iter().map(|closed| closed.version).collect();
        let ends: Vec<DateTime<Utc>> = plan.closed.iter().map(|closed| closed.valid_to).collect();
        let closed =
            CLOSE_VERSIONS.run(&self.own_tables()?, &[&self.account, &serial_numbers, &versions, &ends]).await?;
        if closed != plan.closed.len() as u64 {
            return Err(self.unreconciled(message!("sum-ended-version")));
        }
        Ok(())
    }

    /// Only what changed can have broken: a new reservation's version 1 is guarded by the primary key alone.
    async fn check_changed_keys(&mut self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        let mut changed: Vec<(&str, i32)> = plan
            .opened
            .iter()
            .filter(|opened| opened.version > 1 || opened.valid_to.is_some())
            .map(|opened| (opened.state.reservation.serial_number.as_str(), opened.version))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.end_copy().await?;
        // Each reservation with its first new version.
        changed.sort_unstable();
        changed.dedup_by_key(|(serial_number, _)| *serial_number);
        let (serial_numbers, versions): (Vec<&str>, Vec<i32>) = changed.into_iter().unzip();
        let found = CHECK_CHANGED_KEYS.row(&self.own_tables()?, &[&self.account, &serial_numbers, &versions]).await?;
        let breaks = found.count("breaks")?;
        if breaks > 0 {
            return Err(self.unreconciled(message!("sum-breaks", breaks)));
        }
        Ok(())
    }

    async fn limit_batches(&mut self) -> Result<(), WarehouseError> {
        if self.delivery.batches.len() > BATCHES_MAX { self.write_batches().await } else { Ok(()) }
    }

    async fn write_batches(&mut self) -> Result<(), WarehouseError> {
        if self.delivery.batches.is_empty() {
            return Ok(());
        }
        self.end_copy().await?;
        let (request_ids, counts): (Vec<String>, Vec<(i64, i64)>) =
            std::mem::take(&mut self.delivery.batches).into_iter().unzip();
        let (accepted, rejected): (Vec<i64>, Vec<i64>) = counts.into_iter().unzip();
        UPSERT_BATCHES
            .run(&self.own_tables()?, &[&self.account, &self.delivery.delivery_id, &request_ids, &accepted, &rejected])
            .await?;
        Ok(())
    }

    /// For a statement. An error while a COPY is open: the statement would wait for the COPY's end, and we for the statement.
    pub(in crate::warehouse) fn on(&self) -> Result<&Transaction<'_>, WarehouseError> {
        match self.copy {
            Some(_) => Err(self.unreconciled(message!("sum-open-copy"))),
            None => Ok(&self.transaction),
        }
    }

    /// For a statement that is said of the tables of this load.
    pub(in crate::warehouse) fn own_tables(&self) -> Result<OwnTables<'_>, WarehouseError> {
        Ok(OwnTables { transaction: self.on()?, tables: self.tables })
    }

    pub(in crate::warehouse) fn unreconciled(&self, what: Message) -> WarehouseError {
        WarehouseError::Reconcile { delivery_id: self.delivery.delivery_id, what }
    }
}
