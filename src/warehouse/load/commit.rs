//! The end of a load: what the delivery owes, its counts, and the receipt of its COMMIT.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use crate::reservation::{Severity, UnknownFields};
use crate::warehouse::journal::{PendingRange, append, append_again, pending};
use crate::warehouse::load::begin::{LoadEntry, RetriedRecords};
use crate::warehouse::statement::{Parameters, Statement, commit, sql};
use crate::warehouse::{CommitReceipt, JournalEntry, Load, LoadCounts, WarehouseError};

const FINISH_DELIVERY: Statement = sql!("load/finish_delivery", "finish the delivery");
const SUPERSEDE_ACKNOWLEDGEMENTS: Statement =
    sql!("load/supersede_acknowledgements", "supersede older acknowledgements");
const INSERT_BATCH_ACKNOWLEDGEMENTS: Statement =
    sql!("load/insert_batch_acknowledgements", "write batch acknowledgements");
const INSERT_RESERVATION_ACKNOWLEDGEMENTS: Statement =
    sql!("load/insert_reservation_acknowledgements", "write single acknowledgements");
const COUNT_DISCARDED_RECORDS: Statement = sql!("load/count_discarded_records", "count discarded records");
const TOUCH_MONTHS: Statement = sql!("load/touch_months", "mark changed months");
const MARK_STALE_DATES: Statement = sql!("load/mark_stale_dates", "mark changed dates");
const INSERT_DELIVERY_PROBLEMS: Statement = sql!("load/insert_delivery_problems", "count broken rules");

impl Load<'_> {
    /// Writes what the delivery owes (acknowledgements, volumes, exports) and its counts, and commits.
    ///
    /// `decoded` is how many records the decoder read: the load must have seen as many.
    pub async fn commit(
        mut self,
        decoded: u64,
        unknown_fields: &UnknownFields,
    ) -> Result<(CommitReceipt, LoadCounts), WarehouseError> {
        self.end_of_records(decoded).await?;
        let pending = match &self.entry {
            LoadEntry::Pull(_) => pending(&*self.transaction, &self.account, self.delivery_id - 1).await?,
            _ => Vec::new(),
        };
        self.write_outbox().await?;
        self.count_discarded().await?;
        self.mark_touched_dates().await?;
        self.write_problems().await?;
        let counts = self.counts;
        let as_bigint = |count: u64| count as i64;
        let finished: Parameters<'_> = &[
            &self.delivery_id,
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
        FINISH_DELIVERY.run(&self.transaction, finished).await?;
        self.write_journal(pending).await?;
        commit(self.transaction, "commit the load").await?;
        Ok((CommitReceipt::new(&self.account, Some(self.delivery_id)), counts))
    }

    /// No record comes any more: all of them were seen, and are counted.
    pub(in crate::warehouse) async fn end_of_records(&mut self, decoded: u64) -> Result<(), WarehouseError> {
        if decoded != self.counts.received {
            return Err(self.unreconciled(&format!("{decoded} records decoded, {} loaded", self.counts.received)));
        }
        self.end_copy().await?;
        self.write_batches().await
    }

    async fn write_journal(&mut self, pending: Vec<PendingRange>) -> Result<(), WarehouseError> {
        let entry = match std::mem::replace(&mut self.entry, LoadEntry::None) {
            LoadEntry::Pull(mut delivery) => {
                delivery.count(&self.counts);
                delivery.pending = pending;
                JournalEntry::Delivery(delivery)
            }
            LoadEntry::Retry(mut delivery, RetriedRecords { records, operator }) => {
                delivery.count(&self.counts);
                JournalEntry::Retry { delivery, records, operator }
            }
            LoadEntry::Again(entry) => return append_again(&*self.transaction, &self.account, &entry).await,
            LoadEntry::None => return Ok(()),
        };
        append(&*self.transaction, &self.account, &entry).await.map(drop)
    }

    async fn write_outbox(&self) -> Result<(), WarehouseError> {
        // The platform delivers what it is not told of: the next pull acknowledges what a retry has loaded.
        if self.is_retry {
            return Ok(());
        }
        SUPERSEDE_ACKNOWLEDGEMENTS.run(&self.transaction, &[&self.account, &self.delivery_id]).await?;
        if self.counts.received == 0 {
            return Ok(());
        }
        INSERT_BATCH_ACKNOWLEDGEMENTS
            .run(&self.transaction, &[&self.account, &self.delivery_id, &self.is_holding_rejected])
            .await?;
        INSERT_RESERVATION_ACKNOWLEDGEMENTS
            .run(&self.transaction, &[&self.account, &self.delivery_id, &None::<String>])
            .await?;
        Ok(())
    }

    /// Refused records that somebody has discarded before: nobody has to look at them again.
    async fn count_discarded(&mut self) -> Result<(), WarehouseError> {
        if self.counts.rejected > 0 {
            let found = COUNT_DISCARDED_RECORDS.row(&self.transaction, &[&self.account, &self.delivery_id]).await?;
            self.counts.discarded = found.count("discarded")?;
        }
        Ok(())
    }

    /// What is derived from the dates that the delivery changed is to be made anew: volumes by day, files by month.
    async fn mark_touched_dates(&self) -> Result<(), WarehouseError> {
        let dates: Vec<NaiveDate> = self.touched_dates.iter().copied().collect();
        let months: BTreeSet<NaiveDate> = dates.iter().map(|date| month_of(*date)).collect();
        let months: Vec<NaiveDate> = months.into_iter().collect();
        TOUCH_MONTHS.run(&self.transaction, &[&self.account, &self.delivery_id, &months]).await?;
        MARK_STALE_DATES.run(&self.transaction, &[&self.account, &dates]).await?;
        Ok(())
    }

    pub(in crate::warehouse) async fn write_problems(&self) -> Result<(), WarehouseError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let fields: Vec<&str> = self.problems.keys().map(|broken| broken.field).collect();
        let rules: Vec<&str> = self.problems.keys().map(|broken| broken.rule.as_str()).collect();
        let rejecting: Vec<bool> = self.problems.keys().map(|broken| broken.severity == Severity::Reject).collect();
        let records: Vec<i64> = self.problems.values().map(|records| *records as i64).collect();
        INSERT_DELIVERY_PROBLEMS
            .run(&self.own_tables()?, &[&self.delivery_id, &fields, &rules, &rejecting, &records])
            .await?;
        Ok(())
    }
}

fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}
