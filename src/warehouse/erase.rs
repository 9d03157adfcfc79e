//! Erasing: one person's identity out of every version, every quarantined record and the inbox of arrivals, with an audit row
//! that names nobody. Counts stay true: versions, reservations and people remain as many as they were.

use futures_util::StreamExt;
use tokio_postgres::types::FromSql;

use crate::reservation::PersonId;
use crate::seal::{QuarantineKey, open_record};
use crate::warehouse::journal::{append, append_again, own_versions, record_places};
use crate::warehouse::lake_ledger::mark_stale_person;
use crate::warehouse::replay::EMPTY_SHADOW;
use crate::warehouse::statement::{Connection, Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, Warehouse, WarehouseError};

const SELECT_ACCOUNTS: Statement = sql!("erase/select_accounts", "list the accounts");
const SELECT_RECORDS: Statement = sql!("erase/select_records", "look through the quarantine");
const SELECT_UNKNOWN_INBOX: Statement = sql!("erase/select_unknown_inbox", "look through the inbox of arrivals");
const SELECT_SPELLINGS: Statement = sql!("erase/select_spellings", "look through the document numbers");
const SELECT_RESERVATIONS: Statement = sql!("erase/select_reservations", "look up the person's reservations");
const SELECT_LOOKALIKES: Statement =
    sql!("erase/select_lookalikes", "look for reservations that look like the person's");
const SELECT_UNKNOWN_RESERVATION: Statement = sql!("erase/select_unknown_reservation", "look up the reservations");
const COUNT_ERASABLE: Statement = sql!("erase/count_erasable", "count what the warehouse holds of the person");
const INSERT_ERASURE: Statement = sql!("erase/insert_erasure", "record the erasure");
const INSERT_ERASED_RESERVATIONS: Statement = sql!("erase/insert_erased_reservations", ERASE);
const DISOWN_EXPORTS: Statement = sql!("erase/disown_exports", ERASE);
const SELECT_VERSIONS: Statement = sql!("erase/select_versions", ERASE);
const ERASE_VERSIONS: Statement = sql!("erase/erase_versions", ERASE);
const ERASE_REJECTIONS: Statement = sql!("erase/erase_rejections", ERASE);
const DELETE_INBOX: Statement = sql!("erase/delete_inbox", ERASE);
pub(super) const INSERT_ACCESS: Statement = sql!("erase/insert_access", "put the access on record");

const ERASE: &str = "erase the person's identity";

/// Look-alikes that are listed: more than this is not one person, but a placeholder number or card.
const LOOKALIKES_MAX: i64 = 1000;

/// How much of a person an account holds, or held until now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PersonCounts {
    pub reservations: i64,
    pub versions: i64,
    pub rejections: i64,
    /// Rows of the inbox of arrivals.
    pub inbox_rows: i64,
}

impl PersonCounts {
    /// The account holds nothing of the person.
    pub fn is_nothing(self) -> bool {
        self == PersonCounts::default()
    }
}

/// A person as the warehouse can find one.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// One for each way of writing the number: their versions are the person's.
    pub person_ids: &'a [Vec<u8>],
    /// Reservations that are the person's in every version, whatever number it has.
    pub serial_numbers: &'a [String],
    /// Rejections in whose records the person was found.
    pub rejection_ids: &'a [i64],
    /// Rows of the inbox of arrivals that have the person's number in the place of a reservation's.
    pub inbox_ids: &'a [i64],
}

/// A reservation that was the person's in some version, and what its current version says.
#[derive(Clone)]
pub struct OwnedReservation {
    pub serial_number: String,
    pub card_type: Option<String>,
    pub idcard: Option<String>,
    /// Whether it is the person's now.
    pub is_own: bool,
    /// It has the name and the phone of another reservation of the person.
    pub is_alike: bool,
}

impl Warehouse {
    /// Every account that has a delivery, or arrivals in the inbox.
    pub async fn accounts(&self) -> Result<Vec<String>, WarehouseError> {
        let client = self.client().await?;
        SELECT_ACCOUNTS.rows(&client, &[]).await?.iter().map(|row| row.get("account")).collect()
    }
}

impl AccountSession {
    /// The numbers of the quarantined records that `is_meant` says yes to. One record at a time is in memory. One that
    /// does not open is an error: it might be the person's.
    ///
    /// The caller has had plain records sealed.
    pub async fn find_rejections(
        &self,
        key: &QuarantineKey,
        is_meant: impl Fn(&[u8]) -> bool + Send,
    ) -> Result<Vec<i64>, WarehouseError> {
        self.find(SELECT_RECORDS, move |row| {
            let rejection_id = row.get("rejection_id")?;
            let opened = open_record(key, &self.account, row.get("content_sha256")?, row.get("sealed_record")?)
                .map_err(|source| WarehouseError::Open { rejection_id, source })?;
            Ok(is_meant(&opened.record).then_some(rejection_id))
        })
        .await
    }

    /// The rows of the inbox of arrivals that belong to no reservation, and whose serial number `is_meant` says yes to: what
    /// was mistyped there may be a person's number. One row at a time is in memory.
    pub async fn find_inbox_rows(&self, is_meant: impl Fn(&str) -> bool + Send) -> Result<Vec<i64>, WarehouseError> {
        self.find(SELECT_UNKNOWN_INBOX, move |row| {
            if is_meant(row.get("serial_number")?) { row.get("inbox_id").map(Some) } else { Ok(None) }
        })
        .await
    }

    /// Document numbers that hold more than letters and digits, of which `is_meant` says yes to: those are the person's,
    /// too. One at a time is in memory.
    pub async fn find_spellings(
        &self,
        is_meant: impl Fn(Option<&str>, &str) -> bool + Send,
    ) -> Result<Vec<Vec<u8>>, WarehouseError> {
        self.find(SELECT_SPELLINGS, move |row| {
            let is_meant = is_meant(row.get("card_type")?, row.get("idcard")?);
            if is_meant { row.get("person_id").map(Some) } else { Ok(None) }
        })
        .await
    }

    /// Applies `find` to the rows of a statement about this account, with one row in memory at a time.
    async fn find<T: Send>(
        &self,
        rows: Statement,
        find: impl Fn(&Row) -> Result<Option<T>, WarehouseError> + Send,
    ) -> Result<Vec<T>, WarehouseError> {
        let mut stream = std::pin::pin!(rows.stream(&self.client, &[&self.account]).await?);
        let mut found = Vec::new();
        while let Some(row) = stream.next().await {
            found.extend(find(&rows.read(row)?)?);
        }
        Ok(found)
    }

    /// The reservations that were the person's in any version.
    pub async fn owned_reservations(&self, person_ids: &[Vec<u8>]) -> Result<Vec<OwnedReservation>, WarehouseError> {
        let rows = SELECT_RESERVATIONS.rows(&self.client, &[&self.account, &person_ids]).await?;
        let reservation = |row: &Row| {
            Ok(OwnedReservation {
                serial_number: row.get("serial_number")?,
                card_type: row.get("card_type")?,
                idcard: row.get("idcard")?,
                is_own: row.get("is_own")?,
                is_alike: row.get("is_alike")?,
            })
        };
        rows.iter().map(reservation).collect()
    }

    /// Reservations that are not the person's by number, and look as if they were; at most a thousand. `number` is in
    /// upper case, without blanks.
    pub async fn lookalikes(
        &self,
        person_ids: &[Vec<u8>],
        serial_numbers: &[String],
        number: &str,
    ) -> Result<Vec<String>, WarehouseError> {
        let rows = SELECT_LOOKALIKES
            .rows(&self.client, &[&self.account, &person_ids, &serial_numbers, &number, &LOOKALIKES_MAX])
            .await?;
        rows.iter().map(|row| row.get("serial_number")).collect()
    }

    /// Whether the account has these reservations; the first that it has not.
    pub async fn find_unknown(&self, serial_numbers: &[String]) -> Result<Option<String>, WarehouseError> {
        let row = SELECT_UNKNOWN_RESERVATION.row_if_any(&self.client, &[&self.account, &serial_numbers]).await?;
        row.map(|row| row.get("serial_number")).transpose()
    }

    /// How much [`AccountSession::erase_person`] would erase.
    pub async fn count_person(&self, person: Person<'_>) -> Result<PersonCounts, WarehouseError> {
        let Person { person_ids, serial_numbers, rejection_ids, inbox_ids } = person;
        let row = COUNT_ERASABLE
            .row(&self.client, &[&self.account, &person_ids, &serial_numbers, &rejection_ids, &inbox_ids])
            .await?;
        Ok(PersonCounts {
            reservations: row.get("reservations")?,
            versions: row.get("versions")?,
            rejections: row.get("rejections")?,
            inbox_rows: row.get("inbox_rows")?,
        })
    }

    /// Erases, in one transaction: all of it or nothing. `counts` is what [`AccountSession::count_person`] has said;
    /// `successor`, made at random, replaces the person's pseudonym from now on; `operator` is who asked for it.
    ///
    /// History files with versions of the person are owed again afterwards.
    pub async fn erase_person(
        &mut self,
        person: Person<'_>,
        counts: PersonCounts,
        successor: &PersonId,
        operator: &str,
        again: Option<&NumberedEntry>,
    ) -> Result<i64, WarehouseError> {
        let account = &self.account;
        let on = begin(&mut self.client, ERASE).await?;
        let PersonCounts { reservations, versions, rejections, .. } = counts;
        let erasure = INSERT_ERASURE.row(&on, &[account, &reservations, &versions, &rejections]).await?;
        let erasure_id: i64 = erasure.get("erasure_id")?;
        let Person { person_ids, serial_numbers, rejection_ids, inbox_ids } = person;
        match again {
            Some(entry) => append_again(&on, account, entry).await?,
            None => {
                let entry = JournalEntry::Erased {
                    own: own_versions(&on, account, person_ids).await?,
                    serial_numbers: serial_numbers.to_vec(),
                    records: record_places(&on, account, rejection_ids).await?,
                    counts,
                    operator: operator.to_owned(),
                };
                append(&on, account, &entry).await?;
            }
        }
        INSERT_ERASED_RESERVATIONS.run(&on, &[account, &erasure_id, &person_ids, &serial_numbers]).await?;
        DISOWN_EXPORTS.run(&on, &[account, &person_ids, &serial_numbers]).await?;
        mark_stale_person(&on, account, person_ids, serial_numbers).await?;
        let erased = SELECT_VERSIONS.rows(&on, &[account, &person_ids, &serial_numbers, &&successor[..]]).await?;
        erase_versions(&on, account, &erased).await?;
        ERASE_REJECTIONS.run(&on, &[account, &serial_numbers, &rejection_ids]).await?;
        DELETE_INBOX.run(&on, &[account, &serial_numbers, &rejection_ids, &inbox_ids]).await?;
        INSERT_ACCESS.run(&on, &[account, &"erase", &erasure_id, &operator]).await?;
        // What a replay has built holds the person, too.
        EMPTY_SHADOW.run(&on, &[&Some(account)]).await?;
        commit(on, ERASE).await?;
        Ok(erasure_id)
    }
}

/// Takes the person out of these versions, each named with what stands for the person and the content from here on.
pub(in crate::warehouse) async fn erase_versions(
    on: &impl Connection,
    account: &str,
    erased: &[Row],
) -> Result<(), WarehouseError> {
    if erased.is_empty() {
        return Ok(());
    }
    let serial_numbers: Vec<&str> = column(erased, "serial_number")?;
    let versions: Vec<i32> = column(erased, "version")?;
    let person_ids: Vec<Option<&[u8]>> = column(erased, "person_id")?;
    let fingerprints: Vec<&[u8]> = column(erased, "fingerprint")?;
    ERASE_VERSIONS.run(on, &[&account, &serial_numbers, &versions, &person_ids, &fingerprints]).await.map(drop)
}

/// One column of all these rows.
fn column<'rows, T: FromSql<'rows>>(rows: &'rows [Row], name: &str) -> Result<Vec<T>, WarehouseError> {
    rows.iter().map(|row| row.get(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reservation::Field;

    /// Invariant: An erased person is found nowhere, and all counts stay correct.
    #[test]
    fn every_field_that_names_a_person_is_taken_out() {
        for field in Field::ALL.into_iter().filter(|field| field.names_person()) {
            assert!(ERASE_VERSIONS.text.contains(&format!("    {} = null,", field.column_name())), "{field}");
        }
    }
}
