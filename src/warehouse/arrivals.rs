//! Arrivals: the inbox that they come in through, what is taken of it, owed to the platform from then on, and what is
//! withdrawn.

use chrono::{DateTime, Utc};

use crate::reservation::{ArrivalSource, ArrivalVerdict, KnownReservation, NewArrival, OpenArrival, Withdrawal};
use crate::warehouse::journal::{append, append_again};
use crate::warehouse::load::record_at;
use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, TakenArrival, Warehouse, WarehouseError};

/// What arrivals that are taken owe: a call to the platform, and new volumes.
const OWE_ARRIVALS: [&str; 2] = [text!("arrivals/insert_owed_arrivals"), text!("arrivals/mark_stale_dates")];

impl Warehouse {
    /// Writes arrivals into the inbox, all or none, and returns their numbers in the same order. Needs no lock: a run that
    /// is under way takes them, or the next one does.
    pub async fn submit_arrivals(
        &self,
        account: &str,
        source: ArrivalSource,
        arrivals: &[NewArrival],
    ) -> Result<Vec<i64>, WarehouseError> {
        if arrivals.is_empty() {
            return Ok(Vec::new());
        }
        let serial_numbers: Vec<&str> = arrivals.iter().map(|arrival| arrival.serial_number.as_str()).collect();
        let times: Vec<Option<DateTime<Utc>>> = arrivals.iter().map(|arrival| arrival.arrived_at).collect();
        let rows = self
            .client()
            .await?
            .query(text!("arrivals/insert_submissions"), &[&account, &source.as_str(), &serial_numbers, &times])
            .await
            .map_err(WarehouseError::query("write arrivals into the inbox"))?;
        let mut inbox_ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        // Numbers were given in the order of the rows, in whatever order they are told.
        inbox_ids.sort_unstable();
        Ok(inbox_ids)
    }
}

impl AccountSession {
    /// The next `limit` rows of the inbox that are not decided, after `after_inbox_id`, oldest first.
    pub async fn open_arrivals(&self, after_inbox_id: i64, limit: i64) -> Result<Vec<OpenArrival>, WarehouseError> {
        let rows = self
            .client
            .query(text!("arrivals/select_open"), &[&self.account, &after_inbox_id, &limit])
            .await
            .map_err(WarehouseError::query("read the inbox of arrivals"))?;
        Ok(rows
            .iter()
            .map(|row| OpenArrival {
                inbox_id: row.get(0),
                serial_number: row.get(1),
                arrived_at: row.get(2),
                submitted_at: row.get(3),
                source: ArrivalSource::from_name(row.get(4)),
                reservation: match row.get::<_, Option<bool>>(5) {
                    None => KnownReservation::Unknown,
                    Some(true) => KnownReservation::Cancelled,
                    Some(false) => KnownReservation::Active,
                },
                is_taken: row.get(6),
            })
            .collect())
    }

    /// Writes down what was decided, in one transaction: arrivals that are taken, that they are owed to the platform, that
    /// the volumes of their check dates are to be made anew, and what became of each row of the inbox.
    pub async fn settle_arrivals(&mut self, decided: &[(OpenArrival, ArrivalVerdict)]) -> Result<(), WarehouseError> {
        let operation = "take arrivals";
        let taken =
            || decided.iter().filter(|(_, verdict)| *verdict == ArrivalVerdict::Taken).map(|(arrival, _)| arrival);
        let serial_numbers: Vec<&str> = taken().map(|arrival| arrival.serial_number.as_str()).collect();
        let times: Vec<DateTime<Utc>> = taken().map(|arrival| arrival.arrived_at).collect();
        let sources: Vec<&str> = taken().map(|arrival| arrival.source.as_str()).collect();
        let inbox_ids: Vec<i64> = decided.iter().map(|(arrival, _)| arrival.inbox_id).collect();
        let states: Vec<&str> = decided.iter().map(|(_, verdict)| verdict.state()).collect();
        let reasons: Vec<Option<&str>> =
            decided.iter().map(|(_, verdict)| verdict.reason().map(|reason| reason.as_str())).collect();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(operation))?;
        // A session may have been told otherwise: what the platform hears of on the strength of this COMMIT is on disk.
        transaction
            .batch_execute(text!("load/configure_transaction"))
            .await
            .map_err(WarehouseError::query(operation))?;
        if !serial_numbers.is_empty() {
            transaction
                .execute(text!("arrivals/insert_arrivals"), &[&self.account, &serial_numbers, &times, &sources])
                .await
                .map_err(WarehouseError::query(operation))?;
            for sql in OWE_ARRIVALS {
                transaction
                    .execute(sql, &[&self.account, &serial_numbers])
                    .await
                    .map_err(WarehouseError::query(operation))?;
            }
            let recorded_at =
                transaction.query_one("select now()", &[]).await.map_err(WarehouseError::query(operation))?;
            let arrivals = taken().map(|arrival| TakenArrival {
                serial_number: arrival.serial_number.clone(),
                arrived_at: arrival.arrived_at,
                source: arrival.source.as_str().to_owned(),
            });
            let entry = JournalEntry::ArrivalsTaken { arrivals: arrivals.collect(), recorded_at: recorded_at.get(0) };
            append(&*transaction, &self.account, &entry).await?;
        }
        transaction
            .execute(text!("arrivals/finish_inbox"), &[&inbox_ids, &states, &reasons])
            .await
            .map_err(WarehouseError::query(operation))?;
        transaction.commit().await.map_err(WarehouseError::query(operation))
    }

    /// Takes arrivals as before, or notes that the platform was told of them; the journal's entry says which.
    pub async fn arrive_again(&mut self, entry: &NumberedEntry) -> Result<(), WarehouseError> {
        let operation = "take arrivals again";
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(operation))?;
        match &entry.entry {
            JournalEntry::ArrivalsTaken { arrivals, recorded_at } => {
                record_at(&transaction, *recorded_at).await?;
                let serial_numbers: Vec<&str> = arrivals.iter().map(|taken| taken.serial_number.as_str()).collect();
                let times: Vec<DateTime<Utc>> = arrivals.iter().map(|taken| taken.arrived_at).collect();
                let sources: Vec<&str> = arrivals.iter().map(|taken| taken.source.as_str()).collect();
                transaction
                    .execute(text!("journal/insert_arrivals"), &[&self.account, &serial_numbers, &times, &sources])
                    .await
                    .map_err(WarehouseError::query(operation))?;
                for sql in OWE_ARRIVALS {
                    transaction
                        .execute(sql, &[&self.account, &serial_numbers])
                        .await
                        .map_err(WarehouseError::query(operation))?;
                }
            }
            JournalEntry::ArrivalsTold { serial_numbers } => {
                transaction
                    .execute(text!("journal/finish_arrivals"), &[&self.account, &serial_numbers])
                    .await
                    .map_err(WarehouseError::query(operation))?;
            }
            _ => return Err(WarehouseError::Journal("arrivals are expected")),
        }
        append_again(&*transaction, &self.account, entry).await?;
        transaction.commit().await.map_err(WarehouseError::query(operation))
    }

    /// Gives up what the platform did not confirm when it was told, where the reservation is cancelled since. Returns how
    /// many.
    pub async fn supersede_cancelled_arrivals(&self) -> Result<u64, WarehouseError> {
        self.client
            .execute(text!("arrivals/supersede_cancelled"), &[&self.account])
            .await
            .map_err(WarehouseError::query("give up arrivals of cancelled reservations"))
    }

    /// Takes arrivals back, in one transaction, unless the platform has confirmed them: they are not owed and do not count any
    /// more, and the volumes of their check dates are to be made anew. Returns what became of each, in their order. `operator`
    /// is who asked for it. `again`: the journal's entry, where this was done before.
    pub async fn withdraw_arrivals(
        &mut self,
        serial_numbers: &[String],
        operator: &str,
        again: Option<&NumberedEntry>,
    ) -> Result<Vec<Withdrawal>, WarehouseError> {
        let operation = "withdraw arrivals";
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(operation))?;
        let rows = transaction
            .query(text!("arrivals/select_withdrawable"), &[&self.account, &serial_numbers])
            .await
            .map_err(WarehouseError::query(operation))?;
        let withdrawals: Vec<Withdrawal> = rows.iter().map(|row| Withdrawal::of(row.get(0), row.get(1))).collect();
        let withdrawn: Vec<&str> = serial_numbers
            .iter()
            .zip(&withdrawals)
            .filter(|(_, withdrawal)| **withdrawal == Withdrawal::Withdrawn)
            .map(|(serial_number, _)| serial_number.as_str())
            .collect();
        transaction
            .execute(text!("arrivals/supersede_withdrawn"), &[&self.account, &withdrawn, &operator])
            .await
            .map_err(WarehouseError::query(operation))?;
        for sql in [
            text!("arrivals/mark_stale_dates"),
            text!("arrivals/delete_withdrawn"),
            text!("arrivals/finish_withdrawn_inbox"),
        ] {
            transaction.execute(sql, &[&self.account, &withdrawn]).await.map_err(WarehouseError::query(operation))?;
        }
        match again {
            Some(entry) => append_again(&*transaction, &self.account, entry).await?,
            None if withdrawn.is_empty() => {}
            None => {
                let serial_numbers = withdrawn.iter().map(|serial_number| (*serial_number).to_owned()).collect();
                let entry = JournalEntry::ArrivalsWithdrawn { serial_numbers, operator: operator.to_owned() };
                append(&*transaction, &self.account, &entry).await?;
            }
        }
        transaction.commit().await.map_err(WarehouseError::query(operation))?;
        Ok(withdrawals)
    }
}
