//! Erasing: one person's identity out of every version, every quarantined record and the inbox of arrivals, with an audit row
//! that names nobody. Counts stay true: versions, reservations and people remain as many as they were.

use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;

use crate::reservation::PersonId;
use crate::seal::{QuarantineKey, open_record};
use crate::warehouse::journal::{append, append_again, record_places};
use crate::warehouse::roles::login;
use crate::warehouse::statement::text;
use crate::warehouse::{AccountSession, JournalEntry, NumberedEntry, OwnVersion, Warehouse, WarehouseError};

/// Look-alikes that are listed: more is no person, but a number or a card that stands for none.
const LOOKALIKES_MAX: i64 = 1000;

/// How much of a person an account holds, or held until now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PersonCounts {
    pub reservations: i64,
    pub versions: i64,
    pub rejections: i64,
    /// Rows of the inbox of arrivals.
    pub inbox_rows: i64,
    /// Versions in a history that the swap of a replay has replaced, and that is still kept.
    pub replaced: i64,
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
    /// It is the person's now.
    pub is_own: bool,
    /// It has the name and the phone of another reservation of the person.
    pub is_alike: bool,
}

impl Warehouse {
    /// Every account that has a delivery, or arrivals in the inbox.
    pub async fn accounts(&self) -> Result<Vec<String>, WarehouseError> {
        let client = self.client().await?;
        let rows = client
            .query(text!("erase/select_accounts"), &[])
            .await
            .map_err(WarehouseError::query("list the accounts"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
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
        let operation = "look through the quarantine";
        let rows = self
            .client
            .query_raw(text!("erase/select_records"), [&self.account])
            .await
            .map_err(WarehouseError::query(operation))?;
        let mut found = Vec::new();
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(WarehouseError::query(operation))? {
            let rejection_id = row.get(0);
            let opened = open_record(key, &self.account, row.get(1), row.get(2))
                .map_err(|source| WarehouseError::Open { rejection_id, source })?;
            if is_meant(&opened.record) {
                found.push(rejection_id);
            }
        }
        Ok(found)
    }

    /// The rows of the inbox of arrivals that belong to no reservation, and whose serial number `is_meant` says yes to: what
    /// was mistyped there may be a person's number. One row at a time is in memory.
    pub async fn find_inbox_rows(&self, is_meant: impl Fn(&str) -> bool + Send) -> Result<Vec<i64>, WarehouseError> {
        let operation = "look through the inbox of arrivals";
        let rows = self
            .client
            .query_raw(text!("erase/select_unknown_inbox"), [&self.account])
            .await
            .map_err(WarehouseError::query(operation))?;
        let mut found = Vec::new();
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(WarehouseError::query(operation))? {
            if is_meant(row.get(1)) {
                found.push(row.get(0));
            }
        }
        Ok(found)
    }

    /// Document numbers that hold more than letters and digits, of which `is_meant` says yes to: those are the person's,
    /// too. One at a time is in memory.
    pub async fn find_spellings(
        &self,
        is_meant: impl Fn(Option<&str>, &str) -> bool + Send,
    ) -> Result<Vec<Vec<u8>>, WarehouseError> {
        let operation = "look through the document numbers";
        let rows = self
            .client
            .query_raw(text!("erase/select_spellings"), [&self.account])
            .await
            .map_err(WarehouseError::query(operation))?;
        let mut found = Vec::new();
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(WarehouseError::query(operation))? {
            if is_meant(row.get(1), row.get(2)) {
                found.push(row.get(0));
            }
        }
        Ok(found)
    }

    /// The reservations that were the person's in any version.
    pub async fn owned_reservations(&self, person_ids: &[Vec<u8>]) -> Result<Vec<OwnedReservation>, WarehouseError> {
        let rows = self
            .client
            .query(text!("erase/select_reservations"), &[&self.account, &person_ids])
            .await
            .map_err(WarehouseError::query("look up the person's reservations"))?;
        let reservation = |row: &tokio_postgres::Row| OwnedReservation {
            serial_number: row.get(0),
            card_type: row.get(1),
            idcard: row.get(2),
            is_own: row.get(3),
            is_alike: row.get(4),
        };
        Ok(rows.iter().map(reservation).collect())
    }

    /// Reservations that are not the person's by number, and look as if they were; at most a thousand. `number` is in
    /// upper case, without blanks.
    pub async fn lookalikes(
        &self,
        person_ids: &[Vec<u8>],
        serial_numbers: &[String],
        number: &str,
    ) -> Result<Vec<String>, WarehouseError> {
        let rows = self
            .client
            .query(
                text!("erase/select_lookalikes"),
                &[&self.account, &person_ids, &serial_numbers, &number, &LOOKALIKES_MAX],
            )
            .await
            .map_err(WarehouseError::query("look for reservations that look like the person's"))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Whether the account has these reservations; the first that it has not.
    pub async fn find_unknown(&self, serial_numbers: &[String]) -> Result<Option<String>, WarehouseError> {
        let row = self
            .client
            .query_opt(text!("erase/select_unknown_reservation"), &[&self.account, &serial_numbers])
            .await
            .map_err(WarehouseError::query("look up the reservations"))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// How much [`AccountSession::erase_person`] would erase.
    pub async fn count_person(&self, person: Person<'_>) -> Result<PersonCounts, WarehouseError> {
        let row = self
            .client
            .query_one(
                text!("erase/count_erasable"),
                &[&self.account, &person.person_ids, &person.serial_numbers, &person.rejection_ids, &person.inbox_ids],
            )
            .await
            .map_err(WarehouseError::query("count what the warehouse holds of the person"))?;
        let mut replaced = 0;
        // Whoever else counts may not look there, and may not erase either.
        if login(&self.client).await?.may_change_schema {
            replaced = self
                .client
                .query_one(
                    text!("erase/count_replaced_versions"),
                    &[&self.account, &person.person_ids, &person.serial_numbers],
                )
                .await
                .map_err(WarehouseError::query("count what a replaced history holds of the person"))?
                .get(0);
        }
        Ok(PersonCounts {
            reservations: row.get(0),
            versions: row.get(1),
            rejections: row.get(2),
            inbox_rows: row.get(3),
            replaced,
        })
    }

    /// Erases, in one transaction: all of it or nothing. `counts` is what [`AccountSession::count_person`] has said;
    /// `successor`, made at random, is in what stands for the person from here on; `operator` is who asked for it.
    ///
    /// History files with versions of the person are owed anew afterwards.
    pub async fn erase_person(
        &mut self,
        person: Person<'_>,
        counts: PersonCounts,
        successor: &PersonId,
        operator: &str,
        again: Option<&NumberedEntry>,
    ) -> Result<i64, WarehouseError> {
        let account = self.account.clone();
        let transaction =
            self.client.transaction().await.map_err(WarehouseError::query("erase the person's identity"))?;
        let erasure = Erasure { transaction, account };
        let erasure_id = erasure.insert(counts).await?;
        let Person { person_ids, serial_numbers, rejection_ids, inbox_ids } = person;
        let account = &erasure.account;
        match again {
            Some(entry) => append_again(&*erasure.transaction, account, entry).await?,
            None => {
                let entry = JournalEntry::Erased {
                    own: erasure.own_versions(person_ids).await?,
                    serial_numbers: serial_numbers.to_vec(),
                    records: record_places(&*erasure.transaction, account, rejection_ids).await?,
                    counts,
                    operator: operator.to_owned(),
                };
                append(&*erasure.transaction, account, &entry).await?;
            }
        }
        erasure
            .execute(text!("erase/insert_erased_reservations"), &[account, &erasure_id, &person_ids, &serial_numbers])
            .await?;
        erasure.execute(text!("erase/disown_exports"), &[account, &person_ids, &serial_numbers]).await?;
        erasure
            .execute(text!("erase/erase_versions"), &[account, &person_ids, &serial_numbers, &&successor[..]])
            .await?;
        erasure.execute(text!("erase/erase_rejections"), &[account, &serial_numbers, &rejection_ids]).await?;
        erasure.execute(text!("erase/delete_inbox"), &[account, &serial_numbers, &rejection_ids, &inbox_ids]).await?;
        erasure.execute(text!("erase/insert_access"), &[account, &"erase", &erasure_id, &operator]).await?;
        // What a replay has built, or its swap has replaced, holds the person, too.
        erasure
            .execute(text!("erase/erase_replaced_versions"), &[account, &person_ids, &serial_numbers, &&successor[..]])
            .await?;
        erasure.execute(text!("replay/empty_shadow"), &[&Some(account)]).await?;
        erasure.transaction.commit().await.map_err(WarehouseError::query("erase the person's identity"))?;
        Ok(erasure_id)
    }
}

/// The open transaction of an erasure.
struct Erasure<'a> {
    transaction: Transaction<'a>,
    account: String,
}

impl Erasure<'_> {
    /// The versions that are the person's, before they forget it.
    async fn own_versions(&self, person_ids: &[Vec<u8>]) -> Result<Vec<OwnVersion>, WarehouseError> {
        let rows = self
            .transaction
            .query(text!("journal/select_own_versions"), &[&self.account, &person_ids])
            .await
            .map_err(WarehouseError::query("look up the person's versions"))?;
        let own = |row: &tokio_postgres::Row| OwnVersion { serial_number: row.get(0), version: row.get(1) };
        Ok(rows.iter().map(own).collect())
    }

    async fn insert(&self, counts: PersonCounts) -> Result<i64, WarehouseError> {
        let row = self
            .transaction
            .query_one(
                text!("erase/insert_erasure"),
                &[&self.account, &counts.reservations, &counts.versions, &counts.rejections],
            )
            .await
            .map_err(WarehouseError::query("record the erasure"))?;
        Ok(row.get(0))
    }

    async fn execute(
        &self,
        sql: &str,
        parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<(), WarehouseError> {
        let outcome = self.transaction.execute(sql, parameters).await;
        outcome.map(|_| ()).map_err(WarehouseError::query("erase the person's identity"))
    }
}
