//! Opening of a sealed file while it is read, in constant memory. No byte of a segment is handed out before the whole
//! segment is authentic; that nothing is missing is known at the end, so a reader must come to it before it believes.

use std::io::{self, Read};

use aead_stream::DecryptorBE32;
use aes_gcm::Aes256Gcm;

use super::SealError;
use super::key::{KeyId, LandingKey};
use super::stream::{FileCipher, FilePlace, HEADER_BYTES, MAGIC, SEGMENT_BYTES, TAG_BYTES, VERSION};

const SEALED_SEGMENT_BYTES: usize = SEGMENT_BYTES + TAG_BYTES;

/// The key that a file is sealed under, by its beginning: as many bytes as there are, up to 64. Without a whole seal it is a file
/// that was changed or cut off.
pub fn find_seal(beginning: &[u8]) -> Result<KeyId, SealError> {
    let rest = beginning.strip_prefix(&MAGIC).ok_or(SealError::Damaged)?;
    match rest.split_first().ok_or(SealError::Damaged)? {
        (&VERSION, rest) => {
            let id = rest.first_chunk::<{ KeyId::BYTES }>().ok_or(SealError::Damaged)?;
            Ok(KeyId::from_bytes(*id))
        }
        (other, _) => Err(SealError::Format(*other)),
    }
}

/// A sealed file, opened as it is read. Its errors are [`SealError`]s inside of [`io::Error`]s.
pub struct Opening<R> {
    source: R,
    /// `None` once the last segment was opened, or one could not be.
    decryptor: Option<DecryptorBE32<Aes256Gcm>>,
    /// Only then is the end an end.
    is_complete: bool,
    context: Vec<u8>,
    /// First the ciphertext of one segment, then its content.
    segment: Vec<u8>,
    /// How much of the content has been handed out.
    read: usize,
    /// The first byte of the next segment: by it, this one is known not to be the last.
    ahead: Option<u8>,
}

impl<R: Read> Opening<R> {
    /// Reads the header from the file's beginning.
    pub fn begin(mut source: R, key: &LandingKey, place: FilePlace<'_>) -> Result<Opening<R>, io::Error> {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        source.by_ref().take(HEADER_BYTES as u64).read_to_end(&mut header)?;
        let found = find_seal(&header).map_err(refused)?;
        if found != key.id() {
            return Err(refused(SealError::OtherKey { found, known: vec![key.id()] }));
        }
        let header = header.first_chunk().ok_or(SealError::Damaged).map_err(refused)?;
        let FileCipher { stream, context } = FileCipher::new(key, header, place);
        Ok(Opening {
            source,
            decryptor: Some(DecryptorBE32::from_stream_primitive(stream)),
            is_complete: false,
            context,
            segment: Vec::with_capacity(SEALED_SEGMENT_BYTES + 1),
            read: 0,
            ahead: None,
        })
    }

    /// Opens the next segment. `false`: there is none.
    fn open_next(&mut self) -> Result<bool, io::Error> {
        let Some(mut decryptor) = self.decryptor.take() else {
            // Whoever asks again after an error must not take it for the end.
            return if self.is_complete { Ok(false) } else { Err(refused(SealError::Damaged)) };
        };
        self.segment.clear();
        self.read = 0;
        self.segment.extend(self.ahead.take());
        let wanted = SEALED_SEGMENT_BYTES + 1 - self.segment.len();
        self.source.by_ref().take(wanted as u64).read_to_end(&mut self.segment)?;
        if self.segment.len() > SEALED_SEGMENT_BYTES {
            self.ahead = self.segment.pop();
            let opened = decryptor.decrypt_next_in_place(&self.context, &mut self.segment);
            self.authentic(opened)?;
            self.decryptor = Some(decryptor);
        } else {
            let opened = decryptor.decrypt_last_in_place(&self.context, &mut self.segment);
            self.authentic(opened)?;
            self.is_complete = true;
        }
        Ok(true)
    }

    /// Discards data that is not authentic.
    fn authentic(&mut self, opened: Result<(), aes_gcm::Error>) -> Result<(), io::Error> {
        opened.map_err(|_| {
            self.segment.clear();
            refused(SealError::Damaged)
        })
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        while self.read == self.segment.len() {
            if !self.open_next()? {
                return Ok(0);
            }
        }
        let content = &self.segment[self.read..];
        let length = content.len().min(buffer.len());
        buffer[..length].copy_from_slice(&content[..length]);
        self.read += length;
        Ok(length)
    }
}

fn refused(error: SealError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
