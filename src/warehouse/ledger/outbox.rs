//! Calls that are owed to the platform: written in the same transaction as the data they report, sent after the commit, and
//! settled when the platform has confirmed them.

use chrono::{DateTime, Utc};

use crate::warehouse::journal::append;
use crate::warehouse::statement::{Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, CommitReceipt, JournalEntry, WarehouseError};

const STRIKE_OFF: &str = "strike off what the platform has confirmed";
const SPLIT: &str = "replace a batch acknowledgement by single ones";

const SELECT_PENDING: Statement = sql!("ledger/select_pending_acknowledgements", "read the outbox");
const FINISH_CALLS: Statement = sql!("ledger/finish_acknowledgements", STRIKE_OFF);
const FAIL_ACKNOWLEDGEMENTS: Statement = sql!("ledger/fail_acknowledgements", "note failed acknowledgements");
const INSERT_SINGLE: Statement = sql!("load/insert_reservation_acknowledgements", SPLIT);
const SUPERSEDE_BATCH: Statement = sql!("ledger/supersede_acknowledgement", SPLIT);
const FORGET_UNCHANGED: Statement = sql!("ledger/forget_unchanged_records", "forget acknowledged records");

/// Which part of the outbox is meant. Acknowledgements and arrivals go to different calls of the platform, and one that is
/// out of order must not hold the other up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwedCalls<'a> {
    /// Those of one delivery, whose commit this proves. There is no way to ask for those of an earlier run.
    Acknowledgements(&'a CommitReceipt),
    Arrivals,
}

impl OwedCalls<'_> {
    const fn kinds(self) -> &'static [&'static str] {
        match self {
            OwedCalls::Acknowledgements(_) => &["batch_ack", "reservation_ack"],
            OwedCalls::Arrivals => &["arrival"],
        }
    }

    fn delivery_id(self) -> Option<i64> {
        match self {
            OwedCalls::Acknowledgements(receipt) => receipt.delivery_id(),
            OwedCalls::Arrivals => None,
        }
    }
}

/// The kind of an owed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwedKind {
    /// By requestId: the whole batch.
    Batch,
    /// By serialNumber: one reservation.
    Reservation,
    /// By serialNumber: the arrival of one reservation.
    Arrival { arrived_at: DateTime<Utc> },
}

/// One call that is owed.
#[derive(Debug, Clone)]
pub struct Owed {
    pub outbox_id: i64,
    pub kind: OwedKind,
    /// requestId or serialNumber.
    pub key: String,
    /// Proof that the data it reports is committed: its outbox row is visible outside the transaction that wrote it.
    pub receipt: CommitReceipt,
}

impl AccountSession {
    /// The next `limit` pending calls after `after_outbox_id`, oldest first.
    pub async fn pending_calls(
        &self,
        calls: OwedCalls<'_>,
        after_outbox_id: i64,
        limit: i64,
    ) -> Result<Vec<Owed>, WarehouseError> {
        let rows = SELECT_PENDING
            .rows(&self.client, &[&self.account, &after_outbox_id, &limit, &calls.kinds(), &calls.delivery_id()])
            .await?;
        let owed = |row: &Row| {
            Ok(Owed {
                outbox_id: row.get("outbox_id")?,
                kind: match row.get("kind")? {
                    "batch_ack" => OwedKind::Batch,
                    "arrival" => OwedKind::Arrival { arrived_at: row.get("arrived_at")? },
                    _ => OwedKind::Reservation,
                },
                key: row.get("key")?,
                receipt: CommitReceipt::new(&self.account, row.get("delivery_id")?),
            })
        };
        rows.iter().map(owed).collect()
    }

    /// Settles what the platform has confirmed: acknowledgements, or arrivals, which are reported once, also after the
    /// database was taken back.
    pub async fn finish_calls(&mut self, calls: &[Owed]) -> Result<(), WarehouseError> {
        let outbox_ids: Vec<i64> = calls.iter().map(|owed| owed.outbox_id).collect();
        let is_arrival = |owed: &&Owed| matches!(owed.kind, OwedKind::Arrival { .. });
        let serial_numbers: Vec<String> = calls.iter().filter(is_arrival).map(|owed| owed.key.clone()).collect();
        if serial_numbers.is_empty() {
            return self.finish_acknowledgements(&outbox_ids).await;
        }
        let transaction = begin(&mut self.client, STRIKE_OFF).await?;
        FINISH_CALLS.run(&transaction, &[&outbox_ids]).await?;
        append(&transaction, &self.account, &JournalEntry::ArrivalsTold { serial_numbers }).await?;
        commit(transaction, STRIKE_OFF).await
    }

    /// Strikes off acknowledgements that the platform has confirmed.
    pub async fn finish_acknowledgements(&self, outbox_ids: &[i64]) -> Result<(), WarehouseError> {
        FINISH_CALLS.run(&self.client, &[&outbox_ids]).await.map(drop)
    }

    /// Notes failed tries, each with an error that holds no personal data. They stay pending.
    pub async fn fail_acknowledgements(&self, failed: &[(i64, String)]) -> Result<(), WarehouseError> {
        let (outbox_ids, errors): (Vec<i64>, Vec<&str>) =
            failed.iter().map(|(outbox_id, error)| (*outbox_id, error.as_str())).unzip();
        FAIL_ACKNOWLEDGEMENTS.run(&self.client, &[&outbox_ids, &errors]).await.map(drop)
    }

    /// Replaces a batch callback that the platform refused by single ones, in one transaction.
    pub async fn split_batch(&mut self, owed: &Owed, error: &str) -> Result<(), WarehouseError> {
        let transaction = begin(&mut self.client, SPLIT).await?;
        INSERT_SINGLE.run(&transaction, &[&self.account, &owed.receipt.delivery_id(), &Some(&owed.key)]).await?;
        SUPERSEDE_BATCH.run(&transaction, &[&owed.outbox_id, &error]).await?;
        commit(transaction, SPLIT).await
    }

    /// Forgets the unchanged records of deliveries that owe nothing any more.
    pub async fn forget_unchanged_records(&self) -> Result<(), WarehouseError> {
        FORGET_UNCHANGED.run(&self.client, &[&self.account]).await.map(drop)
    }
}
