//! A delivery that is arriving: sealed piece by piece, and durable before it has its final name.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tokio::io::AsyncWriteExt;

use super::space::Room;
use super::{BODY_BYTES_MAX, LandedDelivery, Landing, LandingError, NAME_TIME, PARTIAL_SUFFIX, SUFFIX, WRITE_BYTES};
use super::{FilePlace, failed};
use crate::plain_files::sync_folder;
use crate::seal::{LandingKey, SealError, Sealing};

/// A delivery that is still arriving. Dropped without [`Partial::finish`], its file goes away.
pub struct Partial {
    file: tokio::fs::File,
    name: PartialName,
    target: PathBuf,
    account: String,
    key: LandingKey,
    sealing: Sealing,
    /// Sealed and not written yet.
    sealed: Vec<u8>,
    bytes: u64,
    room: Room,
    /// Bytes that may be written before the room is looked at again.
    looked_until: u64,
}

/// The name of a file that is not whole. It goes with this, unless the file has got another one.
pub(super) struct PartialName(Option<PathBuf>);

impl PartialName {
    pub(super) fn new(path: PathBuf) -> PartialName {
        PartialName(Some(path))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    /// Keeps the file: it has been renamed.
    pub(super) fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for PartialName {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Where that fails, the next run does it.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Gives a file that root writes to the folder's owner; otherwise the nights, which run as another user, could not read it.
pub(super) fn give_to_owner(dir: &Path, file: impl AsFd) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = std::fs::metadata(dir)?;
    let (user, group) = (rustix::fs::Uid::from_raw(owner.uid()), rustix::fs::Gid::from_raw(owner.gid()));
    Ok(rustix::fs::fchown(file, Some(user), Some(group))?)
}

impl Landing {
    /// Begins a delivery. `discriminator` tells deliveries of one millisecond apart.
    pub async fn begin(&self, received_at: DateTime<Utc>, discriminator: &str) -> Result<Partial, LandingError> {
        self.begin_file(&format!("{}-{discriminator}{SUFFIX}", received_at.format(NAME_TIME))).await
    }

    /// Begins a file of this name.
    #[allow(clippy::disallowed_methods, reason = "under a name that the next run removes, until `finish`")]
    pub(super) async fn begin_file(&self, name: &str) -> Result<Partial, LandingError> {
        let path = self.dir.join(format!("{name}{PARTIAL_SUFFIX}"));
        let target = self.dir.join(name);
        let sealing = Sealing::begin(&self.key, FilePlace { account: &self.account, name })
            .map_err(|source| LandingError::Seal { path: target.clone(), source })?;
        let file = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .await
            .map_err(failed("create", &path))?;
        give_to_owner(&self.dir, &file).map_err(failed("change the owner of", &path))?;
        let (account, key) = (self.account.clone(), self.key.clone());
        let (name, room) = (PartialName::new(path), self.room);
        let looked_until = room.look_every;
        Ok(Partial { file, name, target, account, key, sealing, sealed: Vec::new(), bytes: 0, room, looked_until })
    }
}

impl Partial {
    /// Appends a piece of the body. (Sealing it takes about as long as copying it, so it stays on this thread.)
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), LandingError> {
        self.bytes += piece.len() as u64;
        if self.bytes > BODY_BYTES_MAX {
            return Err(LandingError::TooLarge);
        }
        if self.bytes > self.looked_until {
            self.looked_until = self.bytes + self.room.look_every;
            self.room.check(&self.target)?;
        }
        self.sealing.push(piece, &mut self.sealed).map_err(|source| self.unsealed(source))?;
        if self.sealed.len() < WRITE_BYTES {
            return Ok(());
        }
        self.file.write_all(&self.sealed).await.map_err(|source| self.failed("write", source))?;
        self.sealed.clear();
        Ok(())
    }

    /// Bytes of the body so far, as received.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the delivery durable under its final name: file, rename, folder.
    #[allow(clippy::disallowed_methods, reason = "fsync before, and of the folder after")]
    pub async fn finish(self) -> Result<LandedDelivery, LandingError> {
        let Partial { mut file, name, target, account, key, sealing, mut sealed, .. } = self;
        let path = name.path();
        sealing.finish(&mut sealed).map_err(|source| LandingError::Seal { path: target.clone(), source })?;
        file.write_all(&sealed).await.map_err(failed("write", path))?;
        file.flush().await.map_err(failed("write", path))?;
        file.sync_all().await.map_err(failed("fsync", path))?;
        tokio::fs::rename(path, &target).await.map_err(failed("rename", path))?;
        name.forget();
        if let Some(dir) = target.parent() {
            sync_folder(dir).map_err(failed("fsync", dir))?;
        }
        Ok(LandedDelivery { path: target, account, key })
    }

    fn unsealed(&self, source: SealError) -> LandingError {
        LandingError::Seal { path: self.target.clone(), source }
    }

    fn failed(&self, operation: &'static str, source: io::Error) -> LandingError {
        LandingError::File { operation, path: self.name.path().to_owned(), source }
    }
}
