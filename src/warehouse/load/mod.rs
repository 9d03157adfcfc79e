//! The load: one transaction per delivery, chunk by chunk. Its beginning is in `begin.rs`, its end in `commit.rs`.

mod begin;
mod commit;
mod copy;
mod lookup;
pub(in crate::warehouse) mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::Transaction;

use crate::reservation::{HistoryPlan, ProblemCounts, Rejection};
use crate::seal::QuarantineKey;
use crate::warehouse::WarehouseError;
use crate::warehouse::load::begin::LoadEntry;
use crate::warehouse::load::copy::{VersionsCopy, copy_unchanged};
use crate::warehouse::load::lookup::OpenedKeys;
use crate::warehouse::load::tables::{OwnTables, Tables};
use crate::warehouse::statement::{Statement, sql};

pub use begin::{DeliveryHeader, RetriedRecords};
#[doc(hidden)] // for tests/fuzz, which reads the bytes back with a decoder of its own
pub use copy::copy_versions;

pub(in crate::warehouse) use begin::record_at;

/// Batches that are counted in memory before their counts are written: some hundred kilobytes.
const BATCHES_MAX: usize = 10_000;

const CLOSE_VERSIONS: Statement = sql!("load/close_versions", "close versions");
const CHECK_CHANGED_KEYS: Statement = sql!("load/check_changed_keys", "check the changed histories");
const UPSERT_BATCHES: Statement = sql!("load/upsert_batches", "count batches");

/// One chunk of a delivery, planned.
#[derive(Debug, Default)]
pub struct ChunkLoad {
    pub plan: HistoryPlan,
    /// Each with its place in the delivery.
    pub rejections: Vec<(u64, Rejection)>,
    /// Reservations whose last state in the chunk was accepted, at least where there is anything to resolve.
    pub accepted_last: Vec<String>,
    /// Accepted records with at least one warning.
    pub warned: u64,
    pub problems: ProblemCounts,
}

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
    }
}

/// The open transaction of one delivery. Dropped without [`Load::commit`], it rolls back.
pub struct Load<'session> {
    pub(in crate::warehouse) transaction: Transaction<'session>,
    tables: Tables,
    pub(in crate::warehouse) account: String,
    pub(in crate::warehouse) delivery_id: i64,
    pub(in crate::warehouse) received_at: DateTime<Utc>,
    pub(in crate::warehouse) quarantine_key: QuarantineKey,
    pub(in crate::warehouse) is_holding_rejected: bool,
    pub(in crate::warehouse) has_open_rejections: bool,
    /// Whether the platform may deliver states of some reservations again.
    pub(in crate::warehouse) has_unconfirmed: bool,
    /// Quarantined records are tried again: the platform is not told of them.
    pub(in crate::warehouse) is_retry: bool,
    pub(in crate::warehouse) entry: LoadEntry,
    /// Only for an account whose history is empty before this load.
    pub(in crate::warehouse) opened_keys: Option<OpenedKeys>,
    /// Stays open from chunk to chunk, until something else has to be asked.
    copy: Option<VersionsCopy>,
    pub(in crate::warehouse) counts: LoadCounts,
    /// Accepted and rejected records by requestId, not written yet.
    pub(in crate::warehouse) batches: BTreeMap<String, (i64, i64)>,
    pub(in crate::warehouse) touched_dates: BTreeSet<NaiveDate>,
    pub(in crate::warehouse) problems: ProblemCounts,
}

impl<'session> Load<'session> {
    /// A load of no delivery yet. `is_first`: the history is empty.
    pub(in crate::warehouse) fn new(
        transaction: Transaction<'session>,
        tables: Tables,
        account: String,
        quarantine_key: &QuarantineKey,
        is_first: bool,
    ) -> Load<'session> {
        Load {
            transaction,
            tables,
            account,
            delivery_id: 0,
            received_at: DateTime::UNIX_EPOCH,
            quarantine_key: quarantine_key.clone(),
            is_holding_rejected: false,
            has_open_rejections: false,
            has_unconfirmed: false,
            is_retry: false,
            entry: LoadEntry::None,
            opened_keys: is_first.then(OpenedKeys::default),
            copy: None,
            counts: LoadCounts::default(),
            batches: BTreeMap::new(),
            touched_dates: BTreeSet::new(),
            problems: ProblemCounts::new(),
        }
    }
}

impl Load<'_> {
    /// The counts so far.
    pub fn counts(&self) -> LoadCounts {
        self.counts
    }

    /// Broken rules so far.
    pub fn problems(&self) -> &ProblemCounts {
        &self.problems
    }

    /// Whether the account has rejections that an accepted state would resolve.
    pub fn has_open_rejections(&self) -> bool {
        self.has_open_rejections
    }

    /// Rolls back, and waits for it.
    pub async fn undo(self) -> Result<(), WarehouseError> {
        // Or the rollback would wait for the COPY's end.
        drop(self.copy);
        self.transaction.rollback().await.map_err(WarehouseError::query("undo the load"))
    }

    /// Writes one planned chunk: closings, openings, unchanged, quarantine, batches.
    pub async fn apply(&mut self, chunk: ChunkLoad) -> Result<(), WarehouseError> {
        self.write_plan(&chunk.plan).await?;
        self.quarantine(&chunk).await?;
        self.count(chunk).await
    }

    /// Closings, openings, unchanged.
    pub(in crate::warehouse) async fn write_plan(&mut self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        self.close_versions(plan).await?;
        self.open_versions(plan).await?;
        self.check_changed_keys(plan).await?;
        self.remember_unchanged(plan).await
    }

    /// Batches and the delivery's counts.
    pub(in crate::warehouse) async fn count(&mut self, chunk: ChunkLoad) -> Result<(), WarehouseError> {
        self.count_batches(&chunk).await?;
        let plan = &chunk.plan;
        let accepted = (plan.opened.len() + plan.unchanged.len()) as u64;
        self.counts.received += accepted + chunk.rejections.len() as u64;
        self.counts.accepted += accepted;
        self.counts.rejected += chunk.rejections.len() as u64;
        self.counts.unchanged += plan.unchanged.len() as u64;
        self.counts.opened += plan.opened.len() as u64;
        self.counts.closed += plan.closed.len() as u64;
        self.counts.adjusted += plan.adjusted;
        self.counts.warned += chunk.warned;
        self.touched_dates.extend(plan.opened.iter().map(|opened| opened.state.reservation.check_date));
        self.touched_dates.extend(plan.closed.iter().map(|closed| closed.check_date));
        for (broken, records) in chunk.problems {
            *self.problems.entry(broken).or_default() += records;
        }
        Ok(())
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
            closed => closed.insert(VersionsCopy::begin(&self.transaction, self.tables).await?),
        };
        copy.write(&self.account, self.delivery_id, &plan.opened).await
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
        copy_unchanged(&self.own_tables()?, self.delivery_id, &plan.unchanged).await
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
            return Err(self.unreconciled("a version that was to end is no longer current"));
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
            return Err(self.unreconciled(&format!("{breaks} versions leave a gap or an overlap in the history")));
        }
        Ok(())
    }

    async fn count_batches(&mut self, chunk: &ChunkLoad) -> Result<(), WarehouseError> {
        let opened = chunk.plan.opened.iter().map(|opened| opened.state.reservation.request_id.as_str());
        let unchanged = chunk.plan.unchanged.iter().map(|unchanged| unchanged.request_id.as_str());
        for request_id in opened.chain(unchanged) {
            count_batch(&mut self.batches, request_id, (1, 0));
        }
        for request_id in chunk.rejections.iter().filter_map(|(_, rejection)| rejection.request_id.as_deref()) {
            count_batch(&mut self.batches, request_id, (0, 1));
        }
        if self.batches.len() > BATCHES_MAX { self.write_batches().await } else { Ok(()) }
    }

    pub(in crate::warehouse) async fn write_batches(&mut self) -> Result<(), WarehouseError> {
        if self.batches.is_empty() {
            return Ok(());
        }
        self.end_copy().await?;
        let (request_ids, counts): (Vec<String>, Vec<(i64, i64)>) =
            std::mem::take(&mut self.batches).into_iter().unzip();
        let (accepted, rejected): (Vec<i64>, Vec<i64>) = counts.into_iter().unzip();
        UPSERT_BATCHES.run(&self.own_tables()?, &[&self.delivery_id, &request_ids, &accepted, &rejected]).await?;
        Ok(())
    }

    /// For a statement that is said of the tables of this load.
    pub(in crate::warehouse) fn own_tables(&self) -> Result<OwnTables<'_>, WarehouseError> {
        if self.copy.is_some() {
            // The statement would wait for the COPY's end, and we for the statement.
            return Err(self.unreconciled("a statement came while a COPY was open"));
        }
        Ok(OwnTables { transaction: &self.transaction, tables: self.tables })
    }

    pub(in crate::warehouse) fn unreconciled(&self, what: &str) -> WarehouseError {
        WarehouseError::Reconcile { delivery_id: self.delivery_id, what: what.to_owned() }
    }
}

/// Adds accepted and rejected records to a batch. Most batches have many: their names are copied once.
fn count_batch(batches: &mut BTreeMap<String, (i64, i64)>, request_id: &str, (accepted, rejected): (i64, i64)) {
    match batches.get_mut(request_id) {
        Some(counts) => *counts = (counts.0 + accepted, counts.1 + rejected),
        None => drop(batches.insert(request_id.to_owned(), (accepted, rejected))),
    }
}
