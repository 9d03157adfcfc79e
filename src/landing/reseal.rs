//! Sealing again after a change of the key: at any moment, each delivery is whole under one of the two keys.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::partial::PartialName;
use super::partial::give_to_owner;
use super::read::of_read;
use super::{FilePlace, LandedDelivery, Landing, LandingError, PARTIAL_SUFFIX, WRITE_BYTES, failed};
use crate::plain_files::sync_folder;
use crate::seal::{LandingKey, SealError, Sealing};

/// What was done with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reseal {
    Done,
    /// It was under this key already.
    Needless,
}

impl Landing {
    /// Brings a delivery of this folder under the folder's key, from under `previous`.
    ///
    /// The caller holds the account's lock: nobody else is writing here.
    pub fn reseal(&self, delivery: &LandedDelivery, previous: &LandingKey) -> Result<Reseal, LandingError> {
        let (_, found) = delivery.open_file()?;
        if found == self.key.id() {
            return Ok(Reseal::Needless);
        }
        if found != previous.id() {
            let known = vec![self.key.id(), previous.id()];
            return Err(delivery.refused(SealError::OtherKey { found, known }));
        }
        let partial = PartialName::new(self.dir.join(format!("{}{PARTIAL_SUFFIX}", delivery.name())));
        self.copy_sealed(delivery, previous, partial.path())?;
        self.publish(partial, delivery)?;
        Ok(Reseal::Done)
    }

    #[allow(clippy::disallowed_methods, reason = "under a name that the next run removes, until it is published")]
    fn copy_sealed(
        &self,
        delivery: &LandedDelivery,
        previous: &LandingKey,
        partial: &Path,
    ) -> Result<(), LandingError> {
        let unsealed = |source| LandingError::Seal { path: delivery.path.clone(), source };
        let mut body = delivery.open_with(previous)?;
        let name = delivery.name();
        let mut sealing =
            Sealing::begin(&self.key, FilePlace { account: &self.account, name: &name }).map_err(unsealed)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(partial)
            .map_err(failed("create", partial))?;
        give_to_owner(&self.dir, &file).map_err(failed("change the owner of", partial))?;
        let (mut content, mut sealed) = (vec![0; WRITE_BYTES], Vec::new());
        loop {
            let length = body.read(&mut content).map_err(|error| of_read(&delivery.path, error))?;
            if length == 0 {
                break;
            }
            sealing.push(&content[..length], &mut sealed).map_err(unsealed)?;
            if sealed.len() >= WRITE_BYTES {
                file.write_all(&sealed).map_err(failed("write", partial))?;
                sealed.clear();
            }
        }
        sealing.finish(&mut sealed).map_err(unsealed)?;
        file.write_all(&sealed).map_err(failed("write", partial))?;
        file.sync_all().map_err(failed("fsync", partial))
    }

    #[allow(clippy::disallowed_methods, reason = "fsync before, and of the folder after")]
    fn publish(&self, partial: PartialName, delivery: &LandedDelivery) -> Result<(), LandingError> {
        fs::rename(partial.path(), &delivery.path).map_err(failed("rename", partial.path()))?;
        partial.forget();
        sync_folder(&self.dir).map_err(failed("fsync", &self.dir))
    }
}
