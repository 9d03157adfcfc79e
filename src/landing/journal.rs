//! The journal's files: what the database has committed and decided, stored beside the deliveries and sealed like them.
//!
//! A file's name says when it was written and which entries it holds, `<time>-<first>-<last>.journal`; only the warehouse knows
//! what entries mean.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::read::of_read;
use super::{LandedDelivery, Landing, LandingError, NAME_TIME, failed, received_at};

/// Suffix of a file of the journal.
pub(super) const JOURNAL_SUFFIX: &str = ".journal";

/// Suffix of a file that no longer belongs to the journal.
const PARTED_SUFFIX: &str = ".parted";

/// Digits of an entry's number, so that names sort.
const NUMBER_DIGITS: usize = 12;

/// A file of the journal.
#[derive(Debug, Clone)]
pub struct JournalFile {
    pub first: i64,
    pub last: i64,
    sealed: LandedDelivery,
}

/// Parses a name: when it was written, and the first and the last entry.
fn read_name(path: &Path) -> Option<(DateTime<Utc>, i64, i64)> {
    let mut parts = path.file_name()?.to_str()?.strip_suffix(JOURNAL_SUFFIX)?.split('-');
    let (time, first, last) = (parts.next()?, parts.next()?, parts.next()?);
    let written_at = NaiveDateTime::parse_from_str(time, NAME_TIME).ok()?.and_utc();
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    parts.next().is_none().then_some((written_at, first, last))
}

/// The last entry that an account's landing folder has; 0: none. Looks at names only, and may be asked without the lock.
pub fn end_of_journal(dir: &Path, account: &str) -> Result<i64, LandingError> {
    let dir = dir.join(account);
    if !dir.is_dir() {
        return Ok(0);
    }
    let mut end = 0;
    for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
        let path = entry.map_err(failed("list", &dir))?.path();
        end = read_name(&path).map_or(end, |(_, _, last)| end.max(last));
    }
    Ok(end)
}

/// Whether the landing folder holds a folder that is not one of these accounts'.
pub fn holds_other_accounts(dir: &Path, accounts: &[String]) -> Result<bool, LandingError> {
    let accounts: HashSet<&OsStr> = accounts.iter().map(OsStr::new).collect();
    for entry in fs::read_dir(dir).map_err(failed("list", dir))? {
        let entry = entry.map_err(failed("list", dir))?;
        if !accounts.contains(entry.file_name().as_os_str()) && entry.path().is_dir() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes files of an account's journal that were written before `oldest` and before the oldest delivery that is there, from the first
/// on, up to one that is not: a clock that was behind makes no gap. Never the newest.
///
/// The caller holds the account's lock: nobody else is writing here.
pub fn prune_journal(dir: &Path, account: &str, oldest: DateTime<Utc>) -> Result<(), LandingError> {
    let dir = dir.join(account);
    let (mut files, mut oldest) = (Vec::new(), oldest);
    for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
        let path = entry.map_err(failed("list", &dir))?.path();
        oldest = received_at(&path).map_or(oldest, |received_at| received_at.min(oldest));
        files.extend(read_name(&path).map(|(written_at, _, last)| (last, written_at, path)));
    }
    files.sort_unstable();
    files.pop();
    let mut old = files.iter().take_while(|(_, written_at, _)| *written_at < oldest);
    old.try_for_each(|(_, _, path)| fs::remove_file(path).map_err(failed("remove", path)))
}

impl JournalFile {
    /// Opens the file and returns its bytes.
    pub fn read(&self) -> Result<Vec<u8>, LandingError> {
        let mut content = Vec::new();
        self.sealed.open()?.read_to_end(&mut content).map_err(|error| of_read(&self.sealed.path, error))?;
        Ok(content)
    }
}

impl Landing {
    /// The files of the journal, in its order.
    pub fn journal_files(&self) -> Result<Vec<JournalFile>, LandingError> {
        let sealed = self.files(JOURNAL_SUFFIX)?;
        let file = |sealed: LandedDelivery| {
            let (_, first, last) = read_name(&sealed.path)?;
            Some(JournalFile { first, last, sealed })
        };
        let mut files: Vec<JournalFile> = sealed.into_iter().filter_map(file).collect();
        files.sort_unstable_by_key(|file| (file.first, file.last));
        Ok(files)
    }

    /// Adds a file with the entries from `first` to `last`, durable when this returns.
    pub async fn write_journal(
        &self,
        written_at: DateTime<Utc>,
        first: i64,
        last: i64,
        content: &[u8],
    ) -> Result<(), LandingError> {
        let time = written_at.format(NAME_TIME);
        let name = format!("{time}-{first:0NUMBER_DIGITS$}-{last:0NUMBER_DIGITS$}{JOURNAL_SUFFIX}");
        let mut partial = self.begin_file(&name).await?;
        partial.write(content).await?;
        partial.finish().await.map(drop)
    }

    /// Puts the journal's files aside: they are not this database's any more. They stay to be looked into.
    #[allow(clippy::disallowed_methods, reason = "the folder is synced when the journal begins again")]
    pub fn part_with_journal(&self) -> Result<(), LandingError> {
        for file in self.journal_files()? {
            let path = &file.sealed.path;
            let aside = path.with_file_name(format!("{}{PARTED_SUFFIX}", file.sealed.name()));
            fs::rename(path, &aside).map_err(failed("rename", path))?;
        }
        Ok(())
    }
}
