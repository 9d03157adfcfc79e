//! The end of a load: what the delivery owes, its counts, and the receipt of its COMMIT.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::reservation::{Severity, UnknownFields};
use crate::warehouse::journal::{PendingRange, append, append_again, pending};
use crate::warehouse::load::LoadedDelivery;
use crate::warehouse::load::begin::{DeliveryLoad, DeliveryOrigin, RetriedRecords};
use crate::warehouse::statement::{Parameters, Statement, commit, sql};
use crate::warehouse::{CommitReceipt, DeliveryEntry, JournalEntry, Load, LoadCounts, WarehouseError};
use crate::wording::message;

const FINISH_DELIVERY: Statement = sql!("load/finish_delivery", "finish the delivery");
const SUPERSEDE_ACKNOWLEDGEMENTS: Statement =
    sql!("load/supersede_acknowledgements", "supersede older acknowledgements");
const INSERT_BATCH_ACKNOWLEDGEMENTS: Statement =
    sql!("load/insert_batch_acknowledgements", "write batch acknowledgements");
const INSERT_RESERVATION_ACKNOWLEDGEMENTS: Statement =
    sql!("load/insert_reservation_acknowledgements", "write single acknowledgements");
const COUNT_REFUSED_RECORDS: Statement = sql!("load/count_refused_records", "count refused records");
const TOUCH_MONTHS: Statement = sql!("load/touch_months", "mark changed months");
const MARK_STALE_DATES: Statement = sql!("load/mark_stale_dates", "mark changed dates");
const INSERT_DELIVERY_PROBLEMS: Statement = sql!("load/insert_delivery_problems", "count broken rules");

impl<'session> DeliveryLoad<'session> {
    /// No record comes any more. `decoded` is how many records the decoder read: the load must have seen as many.
    pub async fn end(mut self, decoded: u64) -> Result<EndedLoad<'session>, WarehouseError> {
        self.load.end_of_records(decoded).await?;
        self.load.count_refused().await?;
        Ok(EndedLoad(self))
    }
}

/// A delivery whose records are all in the open transaction, and counted. Dropped without [`EndedLoad::commit`], it rolls back.
pub struct EndedLoad<'session>(DeliveryLoad<'session>);

impl EndedLoad<'_> {
    /// Counts of the delivery's records, by outcome.
    pub fn counts(&self) -> LoadCounts {
        self.0.load.counts()
    }

    /// Writes what the delivery owes (acknowledgements, volumes, exports) and its counts, and commits.
    pub async fn commit(self, unknown_fields: &UnknownFields) -> Result<(CommitReceipt, LoadCounts), WarehouseError> {
        self.0.commit(unknown_fields).await
    }
}

impl DeliveryLoad<'_> {
    async fn commit(self, unknown_fields: &UnknownFields) -> Result<(CommitReceipt, LoadCounts), WarehouseError> {
        let Load { transaction, account, delivery, .. } = &self.load;
        // Before this delivery supersedes any of it.
        let pending = match self.header.origin {
            DeliveryOrigin::Pull => pending(transaction, account, delivery.delivery_id - 1).await?,
            DeliveryOrigin::Retry(_) | DeliveryOrigin::Again(_) => Vec::new(),
        };
        self.write_outbox().await?;
        self.load.mark_touched_dates().await?;
        self.load.write_problems().await?;
        self.load.write_counts(&FINISH_DELIVERY, unknown_fields).await?;
        self.write_journal(pending).await?;
        let Load { transaction, account, delivery, .. } = self.load;
        commit(transaction, "commit the load").await?;
        Ok((CommitReceipt::new(&account, Some(delivery.delivery_id)), delivery.counts))
    }

    async fn write_outbox(&self) -> Result<(), WarehouseError> {
        // The platform delivers what it is not told of: the next pull acknowledges what a retry has loaded.
        if self.header.origin.is_retry() {
            return Ok(());
        }
        let Load { transaction, account, delivery, .. } = &self.load;
        SUPERSEDE_ACKNOWLEDGEMENTS.run(transaction, &[account, &delivery.delivery_id]).await?;
        if delivery.counts.received == 0 {
            return Ok(());
        }
        INSERT_BATCH_ACKNOWLEDGEMENTS
            .run(transaction, &[account, &delivery.delivery_id, &self.is_holding_rejected])
            .await?;
        INSERT_RESERVATION_ACKNOWLEDGEMENTS
            .run(transaction, &[account, &delivery.delivery_id, &None::<String>])
            .await?;
        Ok(())
    }

    async fn write_journal(&self, pending: Vec<PendingRange>) -> Result<(), WarehouseError> {
        let Load { transaction, account, .. } = &self.load;
        let entry = match &self.header.origin {
            DeliveryOrigin::Again(entry) => return append_again(transaction, account, entry).await,
            DeliveryOrigin::Pull => JournalEntry::Delivery(self.entry(pending)),
            DeliveryOrigin::Retry(RetriedRecords { records, operator }) => JournalEntry::Retry {
                delivery: self.entry(pending),
                records: records.clone(),
                operator: operator.clone(),
            },
        };
        append(transaction, account, &entry).await.map(drop)
    }

    /// The delivery's entry for the journal.
    fn entry(&self, pending: Vec<PendingRange>) -> DeliveryEntry {
        let DeliveryLoad { load, header, recorded_at, is_holding_rejected } = self;
        let counts = load.counts();
        DeliveryEntry {
            delivery_id: load.delivery.delivery_id,
            landing_file: header.landing_file.clone(),
            effective_at: header.effective_at,
            is_effective_time_delivered: header.is_effective_time_delivered,
            platform_at: header.platform_at,
            received_at: header.received_at,
            recorded_at: *recorded_at,
            body_bytes: header.body_bytes,
            is_holding: *is_holding_rejected,
            received: counts.received,
            accepted: counts.accepted,
            opened: counts.opened,
            pending,
        }
    }
}

impl Load<'_> {
    /// No record comes any more: all of them were seen, and are counted.
    pub(in crate::warehouse) async fn end_of_records(&mut self, decoded: u64) -> Result<(), WarehouseError> {
        let received = self.delivery.counts.received;
        if decoded != received {
            return Err(self.unreconciled(message!("sum-records", decoded, received)));
        }
        self.end_copy().await?;
        self.write_batches().await
    }

    /// Of the refused records: those that somebody has discarded before, since nobody has to look at them again; and those
    /// that no delivery before has brought.
    async fn count_refused(&mut self) -> Result<(), WarehouseError> {
        if self.delivery.counts.rejected > 0 {
            let delivery: Parameters<'_> = &[&self.account, &self.delivery.delivery_id];
            let found = COUNT_REFUSED_RECORDS.row(self.on()?, delivery).await?;
            self.delivery.counts.discarded = found.count("discarded")?;
            self.delivery.counts.refused_first = found.count("refused_first")?;
        }
        Ok(())
    }

    /// Marks what is derived from the dates that the delivery changed as stale: volumes by day, files by month.
    async fn mark_touched_dates(&self) -> Result<(), WarehouseError> {
        let dates: Vec<NaiveDate> = self.delivery.touched_dates.iter().copied().collect();
        let months: BTreeSet<NaiveDate> = dates.iter().map(|date| month_of(*date)).collect();
        let months: Vec<NaiveDate> = months.into_iter().collect();
        TOUCH_MONTHS.run(self.on()?, &[&self.account, &self.delivery.delivery_id, &months]).await?;
        MARK_STALE_DATES.run(self.on()?, &[&self.account, &dates]).await?;
        Ok(())
    }

    pub(in crate::warehouse) async fn write_problems(&self) -> Result<(), WarehouseError> {
        let problems = &self.delivery.problems;
        if problems.is_empty() {
            return Ok(());
        }
        let fields: Vec<&str> = problems.keys().map(|broken| broken.field).collect();
        let rules: Vec<&str> = problems.keys().map(|broken| broken.rule.as_str()).collect();
        let rejecting: Vec<bool> = problems.keys().map(|broken| broken.severity == Severity::Reject).collect();
        let records: Vec<i64> = problems.values().map(|records| *records as i64).collect();
        INSERT_DELIVERY_PROBLEMS
            .run(
                &self.own_tables()?,
                &[&self.account, &self.delivery.delivery_id, &fields, &rules, &rejecting, &records],
            )
            .await?;
        Ok(())
    }

    /// Writes the delivery's result with a statement that takes its number, its counts and the unknown fields.
    pub(in crate::warehouse) async fn write_counts(
        &self,
        statement: &Statement,
        unknown_fields: &UnknownFields,
    ) -> Result<(), WarehouseError> {
        let LoadedDelivery { delivery_id, counts, .. } = &self.delivery;
        let as_bigint = |count: u64| count as i64;
        let counted: Parameters<'_> = &[
            delivery_id,
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
        ];
        statement.run(self.on()?, counted).await.map(drop)
    }
}

fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}
