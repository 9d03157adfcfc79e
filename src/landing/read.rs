//! A landed delivery as it arrived: its seal opened while it is read.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::{FilePlace, LandedDelivery, LandingError, failed};
use crate::plain_files::open_plain;
use crate::seal::{KeyId, LandingKey, Opening, SealError, find_seal};

/// How many bytes are needed at most to recognise a seal.
const BEGINNING_BYTES: u64 = 64;

/// The body of a delivery. That it is whole is known at its end. An error about the seal is a [`LandingError`] inside of
/// an [`io::Error`].
pub struct LandedReader {
    body: Box<Opening<File>>,
    path: PathBuf,
}

impl LandedDelivery {
    /// Opens the delivery for reading.
    pub fn open(&self) -> Result<LandedReader, LandingError> {
        self.open_with(&self.key)
    }

    pub(super) fn open_with(&self, key: &LandingKey) -> Result<LandedReader, LandingError> {
        let (file, _) = self.open_file()?;
        let name = self.name();
        let body = Opening::begin(file, key, FilePlace { account: &self.account, name: &name })
            .map_err(|error| of_read(&self.path, error))?;
        Ok(LandedReader { body: Box::new(body), path: self.path.clone() })
    }

    /// The file at its beginning, and the key that it is sealed under.
    pub(super) fn open_file(&self) -> Result<(File, KeyId), LandingError> {
        let mut file = open_plain(&self.path).map_err(failed("open", &self.path))?;
        let mut beginning = Vec::new();
        file.by_ref().take(BEGINNING_BYTES).read_to_end(&mut beginning).map_err(failed("read", &self.path))?;
        file.rewind().map_err(failed("read", &self.path))?;
        let key_id = find_seal(&beginning).map_err(|source| self.refused(source))?;
        Ok((file, key_id))
    }

    pub(super) fn refused(&self, source: SealError) -> LandingError {
        LandingError::Open { path: self.path.clone(), source }
    }
}

impl Read for LandedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer).map_err(|error| match error.downcast::<SealError>() {
            Ok(source) => {
                io::Error::new(io::ErrorKind::InvalidData, LandingError::Open { path: self.path.clone(), source })
            }
            Err(error) => error,
        })
    }
}

/// A failure to read, or the seal's.
pub(super) fn of_read(path: &Path, error: io::Error) -> LandingError {
    let path = path.to_owned();
    match error.downcast::<SealError>() {
        Ok(source) => LandingError::Open { path, source },
        Err(error) => match error.downcast::<LandingError>() {
            Ok(error) => error,
            Err(source) => LandingError::File { operation: "read", path, source },
        },
    }
}
