//! Delivery files: every answer is kept as received before anything is loaded from it.
//!
//! A delivery is written to a `.partial` file, fsynced, and renamed; so a file with its final name is whole. Mode 0600,
//! folders 0700: the ciphertext is under a key that the whole platform shares with the hospital, and ECB shows equal
//! blocks. Nothing here reads what it stores.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};
use tokio::io::AsyncWriteExt;

use crate::disposition::Disposition;

/// Suffix of a landed delivery.
const SUFFIX: &str = ".delivery";

/// Suffix of a delivery that is still arriving. What a killed run leaves is removed by the next.
const PARTIAL_SUFFIX: &str = ".partial";

/// The instant in a file's name: sorts by time, and is read back for retention.
const NAME_TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// Largest body taken: 25 times a delivery of one million reservations (830 MB), and still far from filling a disk.
const BODY_BYTES_MAX: u64 = 20 * 1024 * 1024 * 1024;

/// A failed operation on the landing folder.
#[derive(Debug, thiserror::Error)]
pub enum LandingError {
    #[error("cannot {operation} {}", path.display())]
    File {
        operation: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the delivery is larger than {BODY_BYTES_MAX} bytes: not taken")]
    TooLarge,
}

/// For `map_err`: a failed file operation, worded to follow "cannot".
fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LandingError {
    let path = path.to_owned();
    move |source| LandingError::File { operation, path, source }
}

impl LandingError {
    /// What to do about it: a full disk may have room later, a missing right will not come by itself.
    pub fn disposition(&self) -> Disposition {
        match self {
            LandingError::File { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::Interrupted => {
                    Disposition::Retry
                }
                _ => Disposition::Fix,
            },
            LandingError::TooLarge => Disposition::Fix,
        }
    }
}

/// One account's landing folder.
#[derive(Debug, Clone)]
pub struct Landing {
    dir: PathBuf,
}

/// A delivery on disk, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedDelivery {
    pub path: PathBuf,
    pub bytes: u64,
}

/// A delivery that is still arriving. Dropped without [`Partial::finish`], its file goes away with the next run.
pub struct Partial {
    file: tokio::fs::File,
    path: PathBuf,
    target: PathBuf,
    bytes: u64,
}

impl Landing {
    /// Opens `<dir>/<account>`, making it if need be, and removes what a killed run left half-written.
    ///
    /// The caller holds the account's lock: nobody else is writing here.
    pub fn open(dir: &Path, account: &str) -> Result<Landing, LandingError> {
        // The folders above may hold what others read, such as exports: only the account's own is closed to them.
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
        let dir = dir.join(account);
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(failed("create", &dir))?;
        for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
            let path = entry.map_err(failed("list", &dir))?.path();
            if path.to_string_lossy().ends_with(PARTIAL_SUFFIX) {
                fs::remove_file(&path).map_err(failed("remove", &path))?;
            }
        }
        Ok(Landing { dir })
    }

    /// Begins a delivery. `discriminator` tells deliveries of one millisecond apart.
    #[allow(clippy::disallowed_methods, reason = "under a name that the next run removes, until `finish`")]
    pub async fn begin(&self, received_at: DateTime<Utc>, discriminator: &str) -> Result<Partial, LandingError> {
        let name = format!("{}-{discriminator}{SUFFIX}", received_at.format(NAME_TIME));
        let path = self.dir.join(format!("{name}{PARTIAL_SUFFIX}"));
        let file = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .await
            .map_err(failed("create", &path))?;
        Ok(Partial { file, target: self.dir.join(name), path, bytes: 0 })
    }

    /// Removes a landed file that held no delivery, such as a refusal.
    pub fn remove(&self, landed: &LandedDelivery) -> Result<(), LandingError> {
        fs::remove_file(&landed.path).map_err(|source| LandingError::File {
            operation: "remove",
            path: landed.path.clone(),
            source,
        })
    }

    /// Removes deliveries that were received before `oldest`; returns how many. Files of other names stay.
    pub fn prune(&self, oldest: DateTime<Utc>) -> Result<u64, LandingError> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.dir).map_err(failed("list", &self.dir))? {
            let path = entry.map_err(failed("list", &self.dir))?.path();
            if received_at(&path).is_some_and(|received_at| received_at < oldest) {
                fs::remove_file(&path).map_err(failed("remove", &path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl LandedDelivery {
    /// Opens the delivery for reading.
    pub fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// The file's name, unique in its account's folder.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

impl Partial {
    /// Appends a piece of the body.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), LandingError> {
        self.bytes += piece.len() as u64;
        if self.bytes > BODY_BYTES_MAX {
            return Err(LandingError::TooLarge);
        }
        self.file.write_all(piece).await.map_err(|source| self.failed("write", source))
    }

    /// Makes the delivery durable under its final name: file, rename, folder.
    #[allow(clippy::disallowed_methods, reason = "fsync before, and of the folder after")]
    pub async fn finish(mut self) -> Result<LandedDelivery, LandingError> {
        self.file.flush().await.map_err(|source| self.failed("write", source))?;
        self.file.sync_all().await.map_err(|source| self.failed("fsync", source))?;
        tokio::fs::rename(&self.path, &self.target).await.map_err(|source| self.failed("rename", source))?;
        if let Some(dir) = self.target.parent() {
            let folder =
                tokio::fs::File::open(dir).await.map_err(|source| self.failed("open the folder of", source))?;
            folder.sync_all().await.map_err(|source| self.failed("fsync the folder of", source))?;
        }
        Ok(LandedDelivery { path: self.target, bytes: self.bytes })
    }

    fn failed(&self, operation: &'static str, source: io::Error) -> LandingError {
        LandingError::File { operation, path: self.path.clone(), source }
    }
}

fn received_at(path: &Path) -> Option<DateTime<Utc>> {
    let name = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    let (time, _) = name.split_once('-')?;
    Some(NaiveDateTime::parse_from_str(time, NAME_TIME).ok()?.and_utc())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_delivery_appears_whole_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let landing = Landing::open(dir.path(), "demo").unwrap();
        let mut partial = landing.begin(instant("2026-11-23T01:02:03.004Z"), "7-1").await.unwrap();
        partial.write(b"abc").await.unwrap();
        partial.write(b"def").await.unwrap();
        let landed = partial.finish().await.unwrap();
        assert_eq!(landed.name(), "20261123T010203.004Z-7-1.delivery");
        assert_eq!(fs::read(&landed.path).unwrap(), b"abcdef");
        assert_eq!(landed.bytes, 6);
        assert_eq!(fs::metadata(&landed.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.path().join("demo")).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn what_a_killed_run_left_is_removed_and_whole_deliveries_stay() {
        let dir = tempfile::tempdir().unwrap();
        let landing = Landing::open(dir.path(), "demo").unwrap();
        let whole = landing.begin(instant("2026-11-23T00:00:00Z"), "1").await.unwrap().finish().await.unwrap();
        let mut half = landing.begin(instant("2026-11-23T00:00:01Z"), "2").await.unwrap();
        half.write(b"x").await.unwrap();
        drop(half);
        Landing::open(dir.path(), "demo").unwrap();
        let left: Vec<_> = fs::read_dir(dir.path().join("demo")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [whole.path]);
    }

    #[tokio::test]
    async fn only_deliveries_past_their_days_are_pruned() {
        let dir = tempfile::tempdir().unwrap();
        let landing = Landing::open(dir.path(), "demo").unwrap();
        landing.begin(instant("2026-01-01T00:00:00Z"), "1").await.unwrap().finish().await.unwrap();
        let young = landing.begin(instant("2026-02-01T00:00:00Z"), "2").await.unwrap().finish().await.unwrap();
        fs::write(dir.path().join("demo/notes.txt"), "kept").unwrap();
        assert_eq!(landing.prune(instant("2026-01-15T00:00:00Z")).unwrap(), 1);
        assert!(young.path.exists() && dir.path().join("demo/notes.txt").exists());
    }
}
