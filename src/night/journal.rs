//! The journal's copy in the landing folder: written before anything goes out that depends on its entries.
//!
//! The folder keeps what happened in case the database is restored from a backup. Open this before writing into an account's
//! ledger: a folder that is ahead means that a backup was restored, and the missing entries must be applied before anything is
//! added.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::now;
use crate::failure::RecoverError;
use crate::failure::{RunError, chain};
use crate::landing::{JournalFile, Landing, end_of_journal};
use crate::pipeline::Pipeline;
use crate::seal::LandingKey;
use crate::settings::SiteKey;
use crate::warehouse::{AccountSession, NumberedEntry, Warehouse};

/// An account's journal, in its landing folder.
pub struct Journal {
    landing: Landing,
    /// The last entry that the folder has.
    copied: AtomicI64,
}

/// How the folder compares with the database.
pub(crate) struct Standing {
    pub journal: Journal,
    /// The last entry that the database has.
    pub known: i64,
    /// The folder's files with entries that the database does not know, in their order.
    pub unknown: Vec<JournalFile>,
}

impl Journal {
    /// Opens the journal of a pipeline's account.
    pub async fn of(pipeline: &Pipeline, site_key: &SiteKey, session: &AccountSession) -> Result<Journal, RunError> {
        let key = LandingKey::derive(site_key.expose());
        Journal::open(&Landing::open(&pipeline.landing.dir, &pipeline.account, key)?, session).await
    }

    /// Opens the journal, which must not be ahead of the database; what the database has and the folder lacks is copied.
    async fn open(landing: &Landing, session: &AccountSession) -> Result<Journal, RunError> {
        let Standing { journal, known, unknown } = Journal::look(landing, session).await?;
        if let (Some(first), Some(last)) = (unknown.first(), unknown.last()) {
            return Err(RecoverError::Behind { known, first: first.first.max(known + 1), last: last.last }.into());
        }
        journal.copy(session).await?;
        Ok(journal)
    }

    /// Holds the folder against the database: they are one history, or it is an error.
    pub(crate) async fn look(landing: &Landing, session: &AccountSession) -> Result<Standing, RunError> {
        let files = landing.journal_files()?;
        let known = session.journal_position(None).await?.entry_number;
        let copied = files.last().map_or(0, |file| file.last);
        // The last entry that both have.
        let common = known.min(copied);
        if let Some(file) = files.iter().find(|file| (file.first..=file.last).contains(&common)) {
            let here = session.journal_position(Some(common)).await?;
            match read(file) {
                Ok(entries) => {
                    let there = entries.into_iter().find(|entry| entry.entry_number == common);
                    if there.is_none_or(|there| there.digest != here.digest) {
                        return Err(RecoverError::Parted { entry_number: common }.into());
                    }
                }
                // A change of the site key is under way: what is not needed now is looked at when it is done.
                Err(RunError::Landing(error)) if error.is_of_another_key() => {
                    tracing::warn!("the journal is not compared: {}", chain(&error));
                }
                Err(error) => return Err(error),
            }
        }
        let unknown = files.into_iter().filter(|file| file.last > known).collect();
        let journal = Journal { landing: landing.clone(), copied: AtomicI64::new(copied) };
        Ok(Standing { journal, known, unknown })
    }

    /// Copies what was added to the database since. When this returns, it is on the disk.
    pub async fn copy(&self, session: &AccountSession) -> Result<(), RunError> {
        loop {
            let entries = session.journal_entries(self.copied.load(Ordering::Relaxed)).await?;
            let Some((first, last)) = entries.first().zip(entries.last()) else { return Ok(()) };
            let lines: Vec<String> = entries
                .iter()
                .map(serde_json::to_string)
                .collect::<Result<_, _>>()
                .map_err(|_| RecoverError::Unreadable)?;
            let (first, last) = (first.entry_number, last.entry_number);
            self.landing.write_journal(now(), first, last, lines.join("\n").as_bytes()).await?;
            self.copied.store(last, Ordering::Relaxed);
        }
    }
}

/// An error where an account's landing folder knows more than the database. Takes no lock: a run that ends in the meantime makes no
/// difference, since the database is always ahead then.
pub async fn check_not_behind(pipeline: &Pipeline, warehouse: &Warehouse) -> Result<(), RunError> {
    let last = end_of_journal(&pipeline.landing.dir, &pipeline.account)?;
    let known = warehouse.journal_position(&pipeline.account).await?.entry_number;
    if last > known { Err(RecoverError::Behind { known, first: known + 1, last }.into()) } else { Ok(()) }
}

/// The entries of a file.
pub(crate) fn read(file: &JournalFile) -> Result<Vec<NumberedEntry>, RunError> {
    let content = file.read()?;
    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|_| RecoverError::Unreadable.into())).collect()
}
