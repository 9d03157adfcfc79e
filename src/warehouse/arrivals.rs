//! Arrivals: reads the inbox, takes arrivals and records the calls owed for them, and withdraws arrivals.

use chrono::{DateTime, Utc};

use crate::reservation::{ArrivalSource, ArrivalVerdict, KnownReservation, NewArrival, OpenArrival, Withdrawal};
use crate::warehouse::journal::{append, append_again};
use crate::warehouse::load::record_at;
use crate::warehouse::session::begin_on_indexes;
use crate::warehouse::statement::{Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, TakenArrival, Warehouse, WarehouseError};

const TAKE: &str = "take arrivals";
const TAKE_AGAIN: &str = "take arrivals again";
const WITHDRAW: &str = "withdraw arrivals";

const INSERT_SUBMISSIONS: Statement = sql!("arrivals/insert_submissions", "write arrivals into the inbox");
const SELECT_OPEN: Statement = sql!("arrivals/select_open", "read the inbox of arrivals");
const INSERT_ARRIVALS: Statement = sql!("arrivals/insert_arrivals", TAKE);
const INSERT_OWED: Statement = sql!("arrivals/insert_owed_arrivals", TAKE);
const MARK_STALE_DATES: Statement = sql!("arrivals/mark_stale_dates", TAKE);
const SELECT_TIME: Statement = sql!("arrivals/select_transaction_time", TAKE);
const FINISH_INBOX: Statement = sql!("arrivals/finish_inbox", TAKE);
const INSERT_ARRIVALS_AGAIN: Statement = sql!("journal/insert_arrivals", TAKE_AGAIN);
const FINISH_ARRIVALS: Statement = sql!("journal/finish_arrivals", TAKE_AGAIN);
const SUPERSEDE_CANCELLED: Statement =
    sql!("arrivals/supersede_cancelled", "give up arrivals of cancelled reservations");
const SELECT_WITHDRAWABLE: Statement = sql!("arrivals/select_withdrawable", WITHDRAW);
const SUPERSEDE_WITHDRAWN: Statement = sql!("arrivals/supersede_withdrawn", WITHDRAW);
const DELETE_WITHDRAWN: Statement = sql!("arrivals/delete_withdrawn", WITHDRAW);
const FINISH_WITHDRAWN_INBOX: Statement = sql!("arrivals/finish_withdrawn_inbox", WITHDRAW);

/// What taken arrivals owe: a call to the platform, and new volumes.
const OWE_ARRIVALS: [Statement; 2] = [INSERT_OWED, MARK_STALE_DATES];

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
        let client = self.client().await?;
        let rows = INSERT_SUBMISSIONS.rows(&client, &[&account, &source.as_str(), &serial_numbers, &times]).await?;
        let mut inbox_ids = rows.iter().map(|row| row.get("inbox_id")).collect::<Result<Vec<i64>, _>>()?;
        // Numbers were given in the order of the rows, whatever order they are reported in.
        inbox_ids.sort_unstable();
        Ok(inbox_ids)
    }
}

impl AccountSession {
    /// The next `limit` rows of the inbox that are not decided, after `after_inbox_id`, oldest first.
    pub async fn open_arrivals(&self, after_inbox_id: i64, limit: i64) -> Result<Vec<OpenArrival>, WarehouseError> {
        let rows = SELECT_OPEN.rows(&self.client, &[&self.account, &after_inbox_id, &limit]).await?;
        rows.iter().map(open_arrival).collect()
    }

    /// Stores the decisions in one transaction: the arrivals taken, the calls owed for them, the check dates whose volumes must
    /// be recomputed, and the outcome of each row of the inbox.
    pub async fn settle_arrivals(&mut self, decided: &[(OpenArrival, ArrivalVerdict)]) -> Result<(), WarehouseError> {
        let taken =
            || decided.iter().filter(|(_, verdict)| *verdict == ArrivalVerdict::Taken).map(|(arrival, _)| arrival);
        let serial_numbers: Vec<&str> = taken().map(|arrival| arrival.serial_number.as_str()).collect();
        let times: Vec<DateTime<Utc>> = taken().map(|arrival| arrival.arrived_at).collect();
        let sources: Vec<&str> = taken().map(|arrival| arrival.source.as_str()).collect();
        let inbox_ids: Vec<i64> = decided.iter().map(|(arrival, _)| arrival.inbox_id).collect();
        let states: Vec<&str> = decided.iter().map(|(_, verdict)| verdict.state()).collect();
        let reasons: Vec<Option<&str>> =
            decided.iter().map(|(_, verdict)| verdict.reason().map(|reason| reason.as_str())).collect();
        let transaction = begin_on_indexes(&mut self.client, TAKE).await?;
        if !serial_numbers.is_empty() {
            INSERT_ARRIVALS.run(&transaction, &[&self.account, &serial_numbers, &times, &sources]).await?;
            for owe in OWE_ARRIVALS {
                owe.run(&transaction, &[&self.account, &serial_numbers]).await?;
            }
            let recorded_at = SELECT_TIME.row(&transaction, &[]).await?.get("recorded_at")?;
            let arrivals = taken().map(|arrival| TakenArrival {
                serial_number: arrival.serial_number.clone(),
                arrived_at: arrival.arrived_at,
                source: arrival.source.as_str().to_owned(),
            });
            let entry = JournalEntry::ArrivalsTaken { arrivals: arrivals.collect(), recorded_at };
            append(&transaction, &self.account, &entry).await?;
        }
        FINISH_INBOX.run(&transaction, &[&inbox_ids, &states, &reasons]).await?;
        commit(transaction, TAKE).await
    }

    /// Takes arrivals as before, or notes that the platform was told of them; the journal's entry says which.
    pub async fn arrive_again(&mut self, entry: &NumberedEntry) -> Result<(), WarehouseError> {
        let transaction = begin(&mut self.client, TAKE_AGAIN).await?;
        match &entry.entry {
            JournalEntry::ArrivalsTaken { arrivals, recorded_at } => {
                record_at(&transaction, *recorded_at).await?;
                let serial_numbers: Vec<&str> = arrivals.iter().map(|taken| taken.serial_number.as_str()).collect();
                let times: Vec<DateTime<Utc>> = arrivals.iter().map(|taken| taken.arrived_at).collect();
                let sources: Vec<&str> = arrivals.iter().map(|taken| taken.source.as_str()).collect();
                INSERT_ARRIVALS_AGAIN.run(&transaction, &[&self.account, &serial_numbers, &times, &sources]).await?;
                for owe in OWE_ARRIVALS {
                    owe.as_part_of(TAKE_AGAIN).run(&transaction, &[&self.account, &serial_numbers]).await?;
                }
            }
            JournalEntry::ArrivalsTold { serial_numbers } => {
                FINISH_ARRIVALS.run(&transaction, &[&self.account, &serial_numbers]).await?;
            }
            _ => return Err(WarehouseError::Journal("arrivals are expected")),
        }
        append_again(&transaction, &self.account, entry).await?;
        commit(transaction, TAKE_AGAIN).await
    }

    /// Gives up what the platform did not confirm when it was told, where the reservation is cancelled since. Returns how
    /// many.
    pub async fn supersede_cancelled_arrivals(&self) -> Result<u64, WarehouseError> {
        SUPERSEDE_CANCELLED.run(&self.client, &[&self.account]).await
    }

    /// Takes arrivals back, in one transaction, unless the platform has confirmed them: they are not owed and do not count any
    /// more, and the volumes of their check dates are to be recomputed. Returns the outcome of each, in their order. `operator`
    /// is who asked for it. `again`: the journal's entry, where this was done before.
    pub async fn withdraw_arrivals(
        &mut self,
        serial_numbers: &[String],
        operator: &str,
        again: Option<&NumberedEntry>,
    ) -> Result<Vec<Withdrawal>, WarehouseError> {
        let transaction = begin(&mut self.client, WITHDRAW).await?;
        let rows = SELECT_WITHDRAWABLE.rows(&transaction, &[&self.account, &serial_numbers]).await?;
        let withdrawal = |row: &Row| Ok(Withdrawal::of(row.get("state")?, row.get("is_kept")?));
        let withdrawals = rows.iter().map(withdrawal).collect::<Result<Vec<_>, WarehouseError>>()?;
        let withdrawn: Vec<&str> = serial_numbers
            .iter()
            .zip(&withdrawals)
            .filter(|(_, withdrawal)| **withdrawal == Withdrawal::Withdrawn)
            .map(|(serial_number, _)| serial_number.as_str())
            .collect();
        SUPERSEDE_WITHDRAWN.run(&transaction, &[&self.account, &withdrawn, &operator]).await?;
        for take_back in [MARK_STALE_DATES.as_part_of(WITHDRAW), DELETE_WITHDRAWN, FINISH_WITHDRAWN_INBOX] {
            take_back.run(&transaction, &[&self.account, &withdrawn]).await?;
        }
        match again {
            Some(entry) => append_again(&transaction, &self.account, entry).await?,
            None if withdrawn.is_empty() => {}
            None => {
                let serial_numbers = withdrawn.iter().map(|serial_number| (*serial_number).to_owned()).collect();
                let entry = JournalEntry::ArrivalsWithdrawn { serial_numbers, operator: operator.to_owned() };
                append(&transaction, &self.account, &entry).await?;
            }
        }
        commit(transaction, WITHDRAW).await?;
        Ok(withdrawals)
    }
}

fn open_arrival(row: &Row) -> Result<OpenArrival, WarehouseError> {
    Ok(OpenArrival {
        inbox_id: row.get("inbox_id")?,
        serial_number: row.get("serial_number")?,
        arrived_at: row.get("arrived_at")?,
        submitted_at: row.get("submitted_at")?,
        source: ArrivalSource::from_name(row.get("source")?),
        reservation: match row.get("is_cancelled")? {
            None => KnownReservation::Unknown,
            Some(true) => KnownReservation::Cancelled,
            Some(false) => KnownReservation::Active,
        },
        is_taken: row.get("is_taken")?,
    })
}
