//! Recover: what the landing folder knows and the database does not, since a backup was restored or a standby promoted, is
//! done again, entry by entry, as it was done then: the same deliveries under their numbers and times, by the contract of
//! then; the same decisions; the same handoffs. The platform is not called.
//!
//! Each entry is applied in a transaction that also notes it, so a recovery that is stopped anywhere goes on from there.

use crate::failure::RecoverError;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use chrono::NaiveDate;

use crate::failure::RunError;
use crate::landing::{LandedDelivery, Landing, end_of_journal, holds_other_accounts};
use crate::night::journal::{self, Journal, Standing};
use crate::night::load::{Known, LoadKeys, Loading, load};
use crate::night::retry;
use crate::night::step::{OnStep, Step};
use crate::pipeline::{Contract, ResultPath};
use crate::platform::cipher::Cipher;
use crate::reservation::PersonId;
use crate::warehouse::{
    AccountSession, DeliveryEntry, DeliveryHeader, DeliveryOrigin, JournalEntry, NumberedEntry, Owners, PendingRange,
    Person, PersonCounts, READING, RecordPlace,
};

/// What to do if the landing folder lacks something that has to be loaded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnLoss {
    /// Stop before anything is changed, and say what is gone.
    Stop,
    /// Go on without it, on somebody's word.
    Accept,
}

/// Counts of what was repeated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Recovered {
    pub entries: u64,
    /// Deliveries among them, retries included.
    pub deliveries: u64,
    /// Entries that could not be applied, and were given up on somebody's word.
    pub lost: u64,
}

/// Everything that a recovery needs.
pub(super) struct Recovery<'a> {
    pub landing: &'a Landing,
    /// The landing folder of all accounts.
    pub landing_dir: &'a Path,
    pub cipher: &'a Cipher,
    pub result_path: &'a ResultPath,
    pub keys: &'a LoadKeys,
    /// Today's contract, for deliveries loaded before the journal had one.
    pub contract: &'a Contract,
    /// Accounts that this program has been asked to work on.
    pub accounts: &'a [String],
    pub run_id: i64,
    pub on_loss: OnLoss,
    pub on_step: &'a OnStep<'a>,
}

impl Recovery<'_> {
    /// Brings the database to where the landing folder is. The journal is open afterwards.
    pub async fn recover(&self, session: &mut AccountSession) -> Result<(Journal, Recovered), RunError> {
        let Standing { journal, known, unknown } = match Journal::look(self.landing, session).await {
            Err(RunError::Recover(RecoverError::Parted { .. } | RecoverError::Unreadable)) if self.accepts_loss() => {
                self.landing.part_with_journal()?;
                Journal::look(self.landing, session).await?
            }
            standing => standing?,
        };
        let others = self.other_accounts(session, unknown.is_empty()).await?;
        if !others.is_empty() && !self.accepts_loss() {
            return Err(RecoverError::OtherAccounts(others).into());
        }
        if unknown.is_empty() {
            journal.copy(session).await?;
            return Ok((journal, Recovered::default()));
        }
        let mut entries = Vec::new();
        for file in &unknown {
            entries.extend(journal::read(file)?.into_iter().filter(|entry| entry.entry_number > known));
        }
        entries.dedup_by_key(|entry| entry.entry_number);
        let files = self.files(&entries, known)?;
        let mut recovered = Recovered::default();
        let mut contract = match session.journalled_contract().await? {
            Some(JournalEntry::Contract { text, ignore, reading }) => self.contract_of(&text, &ignore, reading)?,
            // What is ignored today was not then.
            _ => Contract { ignore: BTreeSet::new(), ..self.contract.clone() },
        };
        // What was discarded or erased must be refused again, or it would come back; a gap may hide that it was.
        let is_undecided = |(expected, entry): (i64, &NumberedEntry)| {
            entry.entry_number == expected
                && !matches!(entry.entry, JournalEntry::Discarded { .. } | JournalEntry::Erased { .. })
        };
        let may_accept_others = self.accepts_loss() && (known + 1..).zip(&entries).all(is_undecided);
        for entry in entries {
            match Box::pin(self.apply(session, &entry, &files, &mut contract, may_accept_others)).await {
                Ok(()) => recovered.entries += 1,
                Err(RunError::Recover(error)) if self.accepts_loss() => {
                    tracing::warn!(entry = entry.entry_number, "given up: {error}");
                    // Its place is taken: what comes after it keeps its own, and a recovery that is stopped here goes on.
                    session.append_again(&entry).await?;
                    recovered.lost += 1;
                }
                Err(error) => return Err(error),
            }
            recovered.deliveries += u64::from(entry.delivery().is_some());
            (self.on_step)(Step::Recovered { entries: recovered.entries })?;
        }
        tracing::warn!(
            entries = recovered.entries,
            deliveries = recovered.deliveries,
            "the database was older than the landing folder: the missing entries were applied again"
        );
        Ok((journal, recovered))
    }

    /// Accounts that nobody has named here and whose folders know more than the database; where this one's does, those whose
    /// folders are elsewhere, too.
    async fn other_accounts(&self, session: &AccountSession, is_up_to_date: bool) -> Result<Vec<String>, RunError> {
        // On a usual night, no folder here is anybody's who is not named: the journals of hundreds are not looked up for each of them.
        if is_up_to_date && !holds_other_accounts(self.landing_dir, self.accounts)? {
            return Ok(Vec::new());
        }
        let mut ends = HashMap::new();
        for (account, _) in session.other_journals(self.accounts).await? {
            let end = end_of_journal(self.landing_dir, &account)?;
            ends.insert(account, end);
        }
        // Asked again after the folders: a run of theirs may be under way, and the database is always ahead.
        let mut others = session.other_journals(self.accounts).await?;
        others.retain(|(account, known)| {
            ends.get(account).is_some_and(|end| end > known || (*end == 0 && !is_up_to_date))
        });
        Ok(others.into_iter().map(|(account, _)| account).collect())
    }

    fn accepts_loss(&self) -> bool {
        self.on_loss == OnLoss::Accept
    }

    /// The landed file of every delivery that is to be loaded again. All of them, and all entries, or nothing is begun.
    fn files(&self, entries: &[NumberedEntry], known: i64) -> Result<HashMap<String, LandedDelivery>, RunError> {
        let landed = self.landing.deliveries()?.into_iter().map(|file| (file.name(), file));
        let files: HashMap<String, LandedDelivery> = landed.collect();
        if self.accepts_loss() {
            return Ok(files);
        }
        for (expected, entry) in (known + 1..).zip(entries) {
            if entry.entry_number != expected {
                return Err(RecoverError::EntriesMissing { first: expected, last: entry.entry_number - 1 }.into());
            }
        }
        let pulled = entries.iter().filter_map(|entry| match &entry.entry {
            JournalEntry::Delivery(delivery) => Some(delivery),
            _ => None,
        });
        let deliveries: Vec<&DeliveryEntry> = pulled.collect();
        let missing: Vec<(String, NaiveDate)> = deliveries
            .iter()
            .filter(|delivery| !files.contains_key(&delivery.landing_file))
            .map(|delivery| (delivery.landing_file.clone(), delivery.received_at.date_naive()))
            .collect();
        if missing.is_empty() {
            return Ok(files);
        }
        Err(RecoverError::FilesMissing { missing: missing.len(), of: deliveries.len(), files: missing }.into())
    }

    /// The contract of then, read as then; today's where that is not one for this program.
    fn contract_of(&self, text: &str, ignore: &BTreeSet<String>, reading: u32) -> Result<Contract, RecoverError> {
        if reading > READING {
            return Err(RecoverError::Unreadable);
        }
        // Without the rule `form`, the first programs refused what has other forms than the interface's.
        let parse = if reading == 0 { Contract::parse_as_first } else { Contract::parse };
        let contract = parse(Path::new("the journal's contract"), text).unwrap_or_else(|error| {
            tracing::warn!("using today's contract: {error}");
            self.contract.clone()
        });
        Ok(Contract { ignore: ignore.clone(), ..contract })
    }

    async fn apply(
        &self,
        session: &mut AccountSession,
        entry: &NumberedEntry,
        files: &HashMap<String, LandedDelivery>,
        contract: &mut Contract,
        may_accept_others: bool,
    ) -> Result<(), RunError> {
        let known = |delivery| Known {
            entry_number: entry.entry_number,
            delivery,
            may_open_others: self.accepts_loss(),
            may_accept_others,
        };
        match &entry.entry {
            JournalEntry::Contract { text, ignore, reading } => {
                *contract = self.contract_of(text, ignore, *reading)?;
                session.append_again(entry).await?;
            }
            JournalEntry::Delivery(delivery) => {
                // First: whatever becomes of it, a new delivery does not get its number.
                session.advance_delivery_number(delivery.delivery_id).await?;
                let Some(file) = files.get(&delivery.landing_file) else {
                    let files = vec![(delivery.landing_file.clone(), delivery.received_at.date_naive())];
                    return Err(RecoverError::FilesMissing { missing: 1, of: 1, files }.into());
                };
                self.claim(session, delivery).await?;
                settle_pending(session, delivery.delivery_id - 1, &delivery.pending).await?;
                let loading = Loading {
                    landed: file,
                    cipher: self.cipher,
                    result_path: self.result_path,
                    contract,
                    keys: self.keys,
                    is_holding: delivery.is_holding,
                    known: Some(known(delivery)),
                    // What was committed once is committed again.
                    reject_max: None,
                };
                let header = self.header(delivery, entry);
                Box::pin(load(session, loading, &header, self.on_step)).await?;
            }
            JournalEntry::Acknowledged { delivery_id, pending } => {
                settle_pending(session, *delivery_id, pending).await?;
                session.append_again(entry).await?;
                session.forget_unchanged_records().await?;
            }
            JournalEntry::Retry { delivery, records, operator } => {
                session.advance_delivery_number(delivery.delivery_id).await?;
                self.claim(session, delivery).await?;
                let ids = self.rejections(session, records, entry).await?;
                let known = (&self.header(delivery, entry), known(delivery));
                let retry = retry::retry_again(session, contract, self.keys, &ids, operator, known, self.on_step);
                Box::pin(retry).await?;
            }
            JournalEntry::Discarded { records, discarded_at, operator } => {
                let ids = self.rejections(session, records, entry).await?;
                session.discard_rejections(&ids, *discarded_at, operator, Some(entry)).await?;
            }
            JournalEntry::ArrivalsTaken { .. } | JournalEntry::ArrivalsTold { .. } => {
                session.arrive_again(entry).await?;
            }
            JournalEntry::ArrivalsWithdrawn { serial_numbers, operator } => {
                session.withdraw_arrivals(serial_numbers, operator, Some(entry)).await?;
            }
            JournalEntry::HandedOver { handoff_number, .. } => {
                if !session.record_handoff_again(entry).await? {
                    tracing::warn!(
                        handoff = handoff_number,
                        "nothing of this finance handoff is left: its number is not used again; tell the finance office, which has its file"
                    );
                }
            }
            JournalEntry::MonthClosed(month) => session.close_month_again(month, entry).await?,
            JournalEntry::Erased { own, serial_numbers, records, counts, operator } => {
                session.check_owner("erase a person again").await?;
                let Owners { person_ids, doubtful } = session.owners_of(own, !self.accepts_loss()).await?;
                // The person is in there: better too much than somebody who was erased.
                let serial_numbers = [&serial_numbers[..], &doubtful].concat();
                let rejection_ids = self.rejections(session, records, entry).await?;
                let person = Person {
                    person_ids: &person_ids,
                    serial_numbers: &serial_numbers,
                    rejection_ids: &rejection_ids,
                    inbox_ids: &[],
                };
                self.check_person(*counts, session.count_person(person).await?, entry)?;
                // Another one than then: who knew the person's number could tell it from the journal.
                session.erase_person(person, *counts, &random_successor()?, operator, Some(entry)).await?;
            }
            JournalEntry::Swapped { .. } => return Err(RecoverError::Swapped.into()),
        }
        Ok(())
    }

    fn header(&self, delivery: &DeliveryEntry, entry: &NumberedEntry) -> DeliveryHeader {
        DeliveryHeader {
            run_id: self.run_id,
            effective_at: delivery.effective_at,
            is_effective_time_delivered: delivery.is_effective_time_delivered,
            platform_at: delivery.platform_at,
            received_at: delivery.received_at,
            landing_file: delivery.landing_file.clone(),
            body_bytes: delivery.body_bytes,
            origin: DeliveryOrigin::Again(entry.clone()),
        }
    }

    /// The delivery's number is free.
    async fn claim(&self, session: &AccountSession, delivery: &DeliveryEntry) -> Result<(), RunError> {
        match session.delivery_owner(delivery.delivery_id).await? {
            None => Ok(()),
            Some(account) => Err(RecoverError::NumberTaken { delivery_id: delivery.delivery_id, account }.into()),
        }
    }

    /// The records of the quarantine that an entry means. All of them: one that is not found would stay.
    async fn rejections(
        &self,
        session: &AccountSession,
        records: &[RecordPlace],
        entry: &NumberedEntry,
    ) -> Result<Vec<i64>, RunError> {
        let ids = session.rejections_at(records).await?;
        self.compare("records of the quarantine", records.len() as u64, ids.len() as u64, entry)?;
        Ok(ids)
    }

    /// The person's versions are as many as then.
    fn check_person(&self, then: PersonCounts, now: PersonCounts, entry: &NumberedEntry) -> Result<(), RecoverError> {
        self.compare("reservations of an erased person", then.reservations as u64, now.reservations as u64, entry)?;
        self.compare("versions of an erased person", then.versions as u64, now.versions as u64, entry)
    }

    /// Another count than then: an error, or a warning where something may be lost.
    fn compare(
        &self,
        what: &'static str,
        expected: u64,
        found: u64,
        entry: &NumberedEntry,
    ) -> Result<(), RecoverError> {
        let error = RecoverError::OtherCounts { entry_number: entry.entry_number, what, expected, found };
        match self.on_loss {
            _ if found == expected => Ok(()),
            OnLoss::Stop => Err(error),
            OnLoss::Accept => {
                tracing::warn!(entry = entry.entry_number, expected, found, "other {what} than then");
                Ok(())
            }
        }
    }
}

/// The pseudonym of an erased person.
fn random_successor() -> Result<PersonId, RecoverError> {
    let mut successor = PersonId::default();
    getrandom::fill(&mut successor).map_err(|_| RecoverError::Random)?;
    Ok(successor)
}

/// Brings the outbox to where it was: of the acknowledgements up to this delivery, these were pending, and all others
/// confirmed.
async fn settle_pending(session: &AccountSession, up_to: i64, pending: &[PendingRange]) -> Result<(), RunError> {
    let confirmed = session.confirmed_acknowledgements(up_to, pending).await?;
    Ok(session.finish_acknowledgements(&confirmed).await?)
}
