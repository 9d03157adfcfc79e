//! The load: one transaction per delivery, chunk by chunk, and the receipt of its COMMIT.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::reservation::{HistoryPlan, ProblemCounts, Rejection, Severity};
use crate::warehouse::{AccountSession, CommitReceipt, WarehouseError, copy};

/// What is known of a delivery before its records are.
#[derive(Debug, Clone)]
pub struct DeliveryHeader {
    pub run_id: i64,
    pub effective_at: DateTime<Utc>,
    /// `false`: the envelope had no timestamp, and the time of receipt stands in.
    pub is_effective_time_delivered: bool,
    pub received_at: DateTime<Utc>,
    /// Name of the landing file, unique per account.
    pub landing_file: String,
    pub body_bytes: u64,
}

/// One chunk of a delivery, planned.
#[derive(Debug, Default)]
pub struct ChunkLoad {
    pub plan: HistoryPlan,
    pub rejections: Vec<Rejection>,
    /// Reservations whose last state in the chunk was accepted, at least where there is anything to resolve.
    pub accepted_last: Vec<String>,
    /// Accepted records with at least one warning.
    pub warned: u64,
    pub problems: ProblemCounts,
    /// Names of fields that the contract does not know.
    pub unknown_fields: BTreeSet<String>,
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
}

/// The open transaction of one delivery. Dropped without [`Load::commit`], it rolls back.
pub struct Load<'session> {
    pub(super) transaction: Transaction<'session>,
    pub(super) account: String,
    pub(super) delivery_id: i64,
    pub(super) received_at: DateTime<Utc>,
    is_holding_rejected: bool,
    pub(super) has_open_rejections: bool,
    /// The last delivery, if part of it may come again.
    pub(super) unconfirmed_delivery: Option<i64>,
    counts: LoadCounts,
    touched_dates: BTreeSet<NaiveDate>,
    problems: ProblemCounts,
    unknown_fields: BTreeSet<String>,
}

impl AccountSession {
    /// Opens the delivery's transaction. `is_holding_rejected`: rejected records are not acknowledged.
    pub async fn begin_load(
        &mut self,
        header: &DeliveryHeader,
        is_holding_rejected: bool,
    ) -> Result<Load<'_>, WarehouseError> {
        let account = self.account.clone();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query("begin the load"))?;
        transaction
            .batch_execute(include_str!("../../sql/load/01_configure_transaction.sql"))
            .await
            .map_err(WarehouseError::query("configure the load"))?;
        let effective_source = if header.is_effective_time_delivered { "envelope" } else { "receipt" };
        let delivery_id: i64 = transaction
            .query_one(
                include_str!("../../sql/load/02_insert_delivery.sql"),
                &[
                    &header.run_id,
                    &account,
                    &header.effective_at,
                    &effective_source,
                    &header.received_at,
                    &header.landing_file,
                    &(header.body_bytes as i64),
                ],
            )
            .await
            .map_err(WarehouseError::query("claim the delivery"))?
            .get(0);
        let has_open_rejections = transaction
            .query_one(
                "select exists (select from etl.rejections where account = $1 and resolved_at is null)",
                &[&account],
            )
            .await
            .map_err(WarehouseError::query("look into the quarantine"))?
            .get(0);
        let unconfirmed_delivery = transaction
            .query_opt(include_str!("../../sql/load/03_select_unconfirmed_delivery.sql"), &[&account, &delivery_id])
            .await
            .map_err(WarehouseError::query("look up the last delivery"))?
            .map(|row| row.get(0));
        Ok(Load {
            transaction,
            account,
            delivery_id,
            received_at: header.received_at,
            is_holding_rejected,
            has_open_rejections,
            unconfirmed_delivery,
            counts: LoadCounts::default(),
            touched_dates: BTreeSet::new(),
            problems: ProblemCounts::new(),
            unknown_fields: BTreeSet::new(),
        })
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

    /// Names of fields so far that the contract does not know.
    pub fn unknown_fields(&self) -> &BTreeSet<String> {
        &self.unknown_fields
    }

    /// Whether the account has rejections that an accepted state would resolve.
    pub fn has_open_rejections(&self) -> bool {
        self.has_open_rejections
    }

    /// Writes one planned chunk: closings, openings, unchanged, quarantine, batches.
    pub async fn apply(&mut self, chunk: ChunkLoad) -> Result<(), WarehouseError> {
        self.close_versions(&chunk.plan).await?;
        copy::copy_versions(&self.transaction, &self.account, self.delivery_id, &chunk.plan.opened).await?;
        self.check_changed_keys(&chunk.plan).await?;
        copy::copy_unchanged(&self.transaction, self.delivery_id, &chunk.plan.unchanged).await?;
        self.quarantine(&chunk).await?;
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
        self.unknown_fields.extend(chunk.unknown_fields);
        Ok(())
    }

    async fn close_versions(&self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        if plan.closed.is_empty() {
            return Ok(());
        }
        let serial_numbers: Vec<&str> = plan.closed.iter().map(|closed| closed.serial_number.as_str()).collect();
        let versions: Vec<i32> = plan.closed.iter().map(|closed| closed.version).collect();
        let ends: Vec<DateTime<Utc>> = plan.closed.iter().map(|closed| closed.valid_to).collect();
        let closed = self
            .execute(
                "close versions",
                include_str!("../../sql/load/06_close_versions.sql"),
                &[&self.account, &serial_numbers, &versions, &ends],
            )
            .await?;
        if closed != plan.closed.len() as u64 {
            return Err(self.unreconciled("a version that was to end is no longer current"));
        }
        Ok(())
    }

    /// Only what changed can have broken: a new reservation's version 1 is guarded by the primary key alone.
    async fn check_changed_keys(&self, plan: &HistoryPlan) -> Result<(), WarehouseError> {
        let mut changed: Vec<&str> = plan
            .opened
            .iter()
            .filter(|opened| opened.version > 1 || opened.valid_to.is_some())
            .map(|opened| opened.state.reservation.serial_number.as_str())
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        changed.sort_unstable();
        changed.dedup();
        let rows = self
            .query(
                "check the changed histories",
                include_str!("../../sql/load/08_check_changed_keys.sql"),
                &[&self.account, &changed],
            )
            .await?;
        let breaks: i64 = rows.iter().map(|row| row.get::<_, i64>(0)).sum();
        if breaks > 0 {
            return Err(self.unreconciled(&format!("{breaks} versions leave a gap or an overlap in the history")));
        }
        Ok(())
    }

    async fn count_batches(&self, chunk: &ChunkLoad) -> Result<(), WarehouseError> {
        let mut batches: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for opened in &chunk.plan.opened {
            batches.entry(&opened.state.reservation.request_id).or_default().0 += 1;
        }
        for unchanged in &chunk.plan.unchanged {
            batches.entry(&unchanged.request_id).or_default().0 += 1;
        }
        for request_id in chunk.rejections.iter().filter_map(|rejection| rejection.request_id.as_deref()) {
            batches.entry(request_id).or_default().1 += 1;
        }
        if batches.is_empty() {
            return Ok(());
        }
        let request_ids: Vec<&str> = batches.keys().copied().collect();
        let (accepted, rejected): (Vec<i64>, Vec<i64>) = batches.into_values().unzip();
        self.execute(
            "count batches",
            include_str!("../../sql/load/12_upsert_batches.sql"),
            &[&self.delivery_id, &request_ids, &accepted, &rejected],
        )
        .await?;
        Ok(())
    }

    /// Writes what the delivery owes (acknowledgements, volumes, exports) and its counts, and commits.
    ///
    /// `decoded` is how many records the decoder read: the load must have seen as many.
    pub async fn commit(mut self, decoded: u64) -> Result<(CommitReceipt, LoadCounts), WarehouseError> {
        if decoded != self.counts.received {
            return Err(self.unreconciled(&format!("{decoded} records decoded, {} loaded", self.counts.received)));
        }
        self.write_outbox().await?;
        self.mark_touched_dates().await?;
        self.write_problems().await?;
        let unknown_fields: Vec<String> = std::mem::take(&mut self.unknown_fields).into_iter().collect();
        let counts = self.counts;
        let as_bigint = |count: u64| count as i64;
        self.execute(
            "finish the delivery",
            include_str!("../../sql/load/19_finish_delivery.sql"),
            &[
                &self.delivery_id,
                &as_bigint(counts.received),
                &as_bigint(counts.accepted),
                &as_bigint(counts.rejected),
                &as_bigint(counts.unchanged),
                &as_bigint(counts.opened),
                &as_bigint(counts.closed),
                &as_bigint(counts.adjusted),
                &as_bigint(counts.warned),
                &unknown_fields,
            ],
        )
        .await?;
        self.transaction.commit().await.map_err(WarehouseError::query("commit the load"))?;
        Ok((CommitReceipt::new(&self.account, self.delivery_id), counts))
    }

    async fn write_outbox(&self) -> Result<(), WarehouseError> {
        self.execute(
            "supersede older acknowledgements",
            include_str!("../../sql/load/13_supersede_acknowledgements.sql"),
            &[&self.account, &self.delivery_id],
        )
        .await?;
        if self.counts.accepted == 0 && (self.is_holding_rejected || self.counts.rejected == 0) {
            return Ok(());
        }
        self.execute(
            "write batch acknowledgements",
            include_str!("../../sql/load/14_insert_batch_acknowledgements.sql"),
            &[&self.account, &self.delivery_id, &self.is_holding_rejected],
        )
        .await?;
        if self.counts.rejected > 0 {
            self.execute(
                "write single acknowledgements",
                include_str!("../../sql/load/15_insert_reservation_acknowledgements.sql"),
                &[&self.account, &self.delivery_id, &None::<String>],
            )
            .await?;
        }
        Ok(())
    }

    /// What is derived from the dates that the delivery changed is to be made anew: volumes by day, files by month.
    async fn mark_touched_dates(&self) -> Result<(), WarehouseError> {
        let dates: Vec<NaiveDate> = self.touched_dates.iter().copied().collect();
        let months: BTreeSet<NaiveDate> = dates.iter().map(|date| month_of(*date)).collect();
        let months: Vec<NaiveDate> = months.into_iter().collect();
        let touch_months = include_str!("../../sql/load/16_touch_months.sql");
        self.execute("mark changed months", touch_months, &[&self.account, &self.delivery_id, &months]).await?;
        let mark_dates = include_str!("../../sql/load/17_mark_stale_dates.sql");
        self.execute("mark changed dates", mark_dates, &[&self.account, &dates]).await?;
        Ok(())
    }

    async fn write_problems(&self) -> Result<(), WarehouseError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let fields: Vec<&str> = self.problems.keys().map(|broken| broken.field).collect();
        let rules: Vec<&str> = self.problems.keys().map(|broken| broken.rule.as_str()).collect();
        let rejecting: Vec<bool> = self.problems.keys().map(|broken| broken.severity == Severity::Reject).collect();
        let records: Vec<i64> = self.problems.values().map(|records| *records as i64).collect();
        self.execute(
            "count broken rules",
            include_str!("../../sql/load/18_insert_delivery_problems.sql"),
            &[&self.delivery_id, &fields, &rules, &rejecting, &records],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn execute(
        &self,
        operation: &'static str,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, WarehouseError> {
        let statement = self.transaction.prepare_cached(sql).await.map_err(WarehouseError::query(operation))?;
        self.transaction.execute(&statement, parameters).await.map_err(WarehouseError::query(operation))
    }

    pub(super) async fn query(
        &self,
        operation: &'static str,
        sql: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, WarehouseError> {
        let statement = self.transaction.prepare_cached(sql).await.map_err(WarehouseError::query(operation))?;
        self.transaction.query(&statement, parameters).await.map_err(WarehouseError::query(operation))
    }

    pub(super) fn unreconciled(&self, what: &str) -> WarehouseError {
        WarehouseError::Reconcile { delivery_id: self.delivery_id, what: what.to_owned() }
    }
}

fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}
