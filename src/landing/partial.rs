//! A delivery that is arriving: sealed piece by piece, and durable before it has its final name.

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio::io::AsyncWriteExt;

use super::{BODY_BYTES_MAX, LandedDelivery, Landing, LandingError, NAME_TIME, PARTIAL_SUFFIX, SUFFIX, WRITE_BYTES};
use super::{FilePlace, failed};
use crate::seal::{LandingKey, SealError, Sealing};

/// A delivery that is still arriving. Dropped without [`Partial::finish`], its file goes away with the next run.
pub struct Partial {
    file: tokio::fs::File,
    path: PathBuf,
    target: PathBuf,
    account: String,
    key: LandingKey,
    sealing: Sealing,
    /// Sealed and not written yet.
    sealed: Vec<u8>,
    bytes: u64,
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
        let (account, key) = (self.account.clone(), self.key.clone());
        Ok(Partial { file, path, target, account, key, sealing, sealed: Vec::new(), bytes: 0 })
    }
}

impl Partial {
    /// Appends a piece of the body. (Sealing it takes about as long as copying it, so it stays on this thread.)
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), LandingError> {
        self.bytes += piece.len() as u64;
        if self.bytes > BODY_BYTES_MAX {
            return Err(LandingError::TooLarge);
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
        let Partial { mut file, path, target, account, key, sealing, mut sealed, .. } = self;
        sealing.finish(&mut sealed).map_err(|source| LandingError::Seal { path: target.clone(), source })?;
        file.write_all(&sealed).await.map_err(failed("write", &path))?;
        file.flush().await.map_err(failed("write", &path))?;
        file.sync_all().await.map_err(failed("fsync", &path))?;
        tokio::fs::rename(&path, &target).await.map_err(failed("rename", &path))?;
        if let Some(dir) = target.parent() {
            let folder = tokio::fs::File::open(dir).await.map_err(failed("open", dir))?;
            folder.sync_all().await.map_err(failed("fsync", dir))?;
        }
        Ok(LandedDelivery { path: target, account, key, may_be_plain: false })
    }

    fn unsealed(&self, source: SealError) -> LandingError {
        LandingError::Seal { path: self.target.clone(), source }
    }

    fn failed(&self, operation: &'static str, source: io::Error) -> LandingError {
        LandingError::File { operation, path: self.path.clone(), source }
    }
}
