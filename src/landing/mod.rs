//! Delivery files: every answer is kept as received, sealed, before anything is loaded from it.
//!
//! A delivery is sealed on its way to a `.partial` file, fsynced, and renamed; so a file with its final name is whole.
//! Mode 0600, folders 0700. The seal is ours (`seal`), since the platform's own ciphertext is under a key that it shares
//! with the hospital, and ECB shows equal blocks. Nothing here looks into what it stores.

mod belonging;
mod journal;
mod partial;
mod read;
mod reseal;
mod space;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::seal::{FilePlace, LandingKey, SealError};
use crate::wording::{Message, Spoken, display_in_english, message, operation_on};

pub use belonging::{holds_deliveries, mark_landing, warehouse_of_landing};
pub use journal::{JournalFile, end_of_journal, holds_other_accounts, prune_journal};
pub use partial::Partial;
pub use read::LandedReader;
pub use reseal::Reseal;
use space::Room;
pub use space::free_bytes;

/// Suffix of a landed delivery.
const SUFFIX: &str = ".delivery";

/// Suffix of a delivery that is still arriving, or being sealed again. The next run removes what a killed run leaves.
const PARTIAL_SUFFIX: &str = ".partial";

/// The instant in a file's name: sorts by time, and is read back for retention.
const NAME_TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// Largest body taken: 25 times a delivery of one million reservations (830 MB), and still far from filling a disk.
const BODY_BYTES_MAX: u64 = 20 * 1024 * 1024 * 1024;

/// Sealed bytes that are written together: a system call for each segment would cost more than its sealing.
const WRITE_BYTES: usize = 256 * 1024;

/// A failed operation on the landing folder.
#[derive(Debug, thiserror::Error)]
pub enum LandingError {
    File {
        operation: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    TooLarge,
    NoRoom {
        dir: PathBuf,
        reserve_mib: u64,
    },
    Seal {
        path: PathBuf,
        #[source]
        source: SealError,
    },
    Open {
        path: PathBuf,
        #[source]
        source: SealError,
    },
}

impl Spoken for LandingError {
    fn message(&self) -> Message {
        match self {
            LandingError::File { operation, path, .. } => operation_on(operation, path).coded("TJ-3001"),
            LandingError::TooLarge => message!("TJ-3002", bytes = BODY_BYTES_MAX),
            LandingError::NoRoom { dir, reserve_mib } => message!("TJ-3003", dir, reserve_mib),
            LandingError::Seal { path, .. } => message!("TJ-3004", path),
            LandingError::Open { path, .. } => message!("TJ-3005", path),
        }
    }
}

display_in_english!(LandingError);

/// For `map_err`: a failed file operation, worded to follow "cannot".
fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LandingError {
    let path = path.to_owned();
    move |source| LandingError::File { operation, path, source }
}

impl LandingError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            LandingError::File { source, .. } => ExitCode::of_file(source).without_remedy(),
            LandingError::NoRoom { .. } => ExitCode::Temporary.with(Remedy::MakeRoomForDelivery),
            LandingError::TooLarge | LandingError::Seal { .. } => ExitCode::Failed.without_remedy(),
            LandingError::Open { source, .. } => match source {
                SealError::OtherKey { .. } => ExitCode::Failed.with(Remedy::SealFilesWithNewKey),
                SealError::Damaged => ExitCode::Failed.with(Remedy::PullDamagedAgain),
                SealError::Format(_) | SealError::TooLong | SealError::Random(_) => ExitCode::Failed.without_remedy(),
            },
        }
    }

    /// A file is sealed under another key than the one at hand.
    pub fn is_of_another_key(&self) -> bool {
        matches!(self, LandingError::Open { source: SealError::OtherKey { .. }, .. })
    }
}

/// One account's landing folder, and the key that seals what lands in it.
#[derive(Debug, Clone)]
pub struct Landing {
    dir: PathBuf,
    account: String,
    key: LandingKey,
    room: Room,
}

/// A delivery on disk, whole.
#[derive(Debug, Clone)]
pub struct LandedDelivery {
    pub path: PathBuf,
    account: String,
    key: LandingKey,
}

impl Landing {
    /// Opens `<dir>/<account>`, making it if need be, and removes what a killed run left half-written.
    ///
    /// The caller holds the account's lock: nobody else is writing here.
    pub fn open(dir: &Path, account: &str, key: LandingKey) -> Result<Landing, LandingError> {
        // The folders above may hold what others read, such as exports: only the account's own is closed to them.
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
        let dir = dir.join(account);
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(failed("create", &dir))?;
        Landing::clean(dir, account, key)
    }

    /// Like [`Landing::open`], but creates nothing: `None` if there is no such folder.
    pub fn find(dir: &Path, account: &str, key: LandingKey) -> Result<Option<Landing>, LandingError> {
        let dir = dir.join(account);
        if dir.is_dir() { Landing::clean(dir, account, key).map(Some) } else { Ok(None) }
    }

    fn clean(dir: PathBuf, account: &str, key: LandingKey) -> Result<Landing, LandingError> {
        for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
            let path = entry.map_err(failed("list", &dir))?.path();
            if path.to_string_lossy().ends_with(PARTIAL_SUFFIX) {
                fs::remove_file(&path).map_err(failed("remove", &path))?;
            }
        }
        Ok(Landing { dir, account: account.to_owned(), key, room: Room::default() })
    }

    /// Every delivery in the folder, oldest first.
    pub fn deliveries(&self) -> Result<Vec<LandedDelivery>, LandingError> {
        let mut files = self.files(SUFFIX)?;
        files.retain(|file| received_at(&file.path).is_some());
        Ok(files)
    }

    /// Everything in the folder that is sealed.
    pub fn sealed_files(&self) -> Result<Vec<LandedDelivery>, LandingError> {
        Ok([self.deliveries()?, self.files(journal::JOURNAL_SUFFIX)?].concat())
    }

    /// Files with names that end like this, in the order of their names.
    fn files(&self, suffix: &str) -> Result<Vec<LandedDelivery>, LandingError> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed("list", &self.dir))? {
            let path = entry.map_err(failed("list", &self.dir))?.path();
            if path.to_string_lossy().ends_with(suffix) {
                paths.push(path);
            }
        }
        paths.sort_unstable();
        let delivery = |path| LandedDelivery { path, account: self.account.clone(), key: self.key.clone() };
        Ok(paths.into_iter().map(delivery).collect())
    }

    /// Removes a landed file that held no delivery, such as a refusal.
    pub fn remove(&self, landed: &LandedDelivery) -> Result<(), LandingError> {
        fs::remove_file(&landed.path).map_err(|source| LandingError::File {
            operation: "remove",
            path: landed.path.clone(),
            source,
        })
    }
}

impl LandedDelivery {
    /// The file's name, unique in its account's folder.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// An account's deliveries that were received before `oldest`, but for those whose names are `kept`. Files of other names
/// are none. It takes no key, since nothing is opened.
///
/// The caller holds the account's lock: nobody else is writing here.
pub fn old_deliveries(
    dir: &Path,
    account: &str,
    oldest: DateTime<Utc>,
    kept: &HashSet<String>,
) -> Result<Vec<PathBuf>, LandingError> {
    let dir = dir.join(account);
    let mut old = Vec::new();
    if !dir.is_dir() {
        return Ok(old);
    }
    for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
        let path = entry.map_err(failed("list", &dir))?.path();
        let is_kept = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| kept.contains(name));
        if !is_kept && received_at(&path).is_some_and(|received_at| received_at < oldest) {
            old.push(path);
        }
    }
    Ok(old)
}

/// Removes what [`old_deliveries`] has found.
pub fn remove_deliveries(paths: &[PathBuf]) -> Result<(), LandingError> {
    paths.iter().try_for_each(|path| fs::remove_file(path).map_err(failed("remove", path)))
}

fn received_at(path: &Path) -> Option<DateTime<Utc>> {
    let name = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    let (time, _) = name.split_once('-')?;
    Some(NaiveDateTime::parse_from_str(time, NAME_TIME).ok()?.and_utc())
}
