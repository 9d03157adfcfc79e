//! A landed delivery as it arrived: its seal opened while it is read.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::{FilePlace, LandedDelivery, LandingError, failed};
use crate::plain_files::open_plain;
use crate::seal::{LandingKey, Opening, Seal, SealError, find_seal};

/// What a seal is recognized by, at the most.
const BEGINNING_BYTES: u64 = 64;

/// The body of a delivery. That it is whole is known at its end. An error about the seal is a [`LandingError`] inside of
/// an [`io::Error`].
pub struct LandedReader {
    body: Body,
    path: PathBuf,
}

enum Body {
    Sealed(Box<Opening<File>>),
    Plain(File),
}

impl LandedDelivery {
    /// Opens the delivery for reading.
    pub fn open(&self) -> Result<LandedReader, LandingError> {
        self.open_with(&self.key)
    }

    pub(super) fn open_with(&self, key: &LandingKey) -> Result<LandedReader, LandingError> {
        let (file, seal) = self.open_file()?;
        let body = match seal {
            Seal::Sealed(_) => {
                let name = self.name();
                let opening = Opening::begin(file, key, FilePlace { account: &self.account, name: &name })
                    .map_err(|error| of_read(&self.path, error))?;
                Body::Sealed(Box::new(opening))
            }
            Seal::Absent if self.may_be_plain => Body::Plain(file),
            Seal::Absent => return Err(self.refused(SealError::Damaged)),
        };
        Ok(LandedReader { body, path: self.path.clone() })
    }

    /// The file at its beginning, and its seal.
    pub(super) fn open_file(&self) -> Result<(File, Seal), LandingError> {
        let mut file = open_plain(&self.path).map_err(failed("open", &self.path))?;
        let mut beginning = Vec::new();
        file.by_ref().take(BEGINNING_BYTES).read_to_end(&mut beginning).map_err(failed("read", &self.path))?;
        file.rewind().map_err(failed("read", &self.path))?;
        let seal = find_seal(&beginning).map_err(|source| self.refused(source))?;
        Ok((file, seal))
    }

    pub(super) fn refused(&self, source: SealError) -> LandingError {
        LandingError::Open { path: self.path.clone(), source }
    }
}

impl Read for LandedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = match &mut self.body {
            Body::Sealed(opening) => opening.read(buffer),
            Body::Plain(file) => file.read(buffer),
        };
        outcome.map_err(|error| match error.downcast::<SealError>() {
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
