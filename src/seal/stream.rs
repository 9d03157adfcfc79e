//! Sealing of a file, piece by piece, in constant memory.

use aead_stream::{EncryptorBE32, NewStream, StreamBE32};
use aes_gcm::Aes256Gcm;
use hkdf::Hkdf;
use secrecy::zeroize::Zeroizing;

use super::key::{KeyId, LandingKey, fill};
use super::{SealError, append_text};

pub(super) const MAGIC: [u8; 8] = *b"\xfftijian\xff";

/// The format that is written.
pub(super) const VERSION: u8 = 1;

pub(super) const SALT_BYTES: usize = 16;

pub(super) const HEADER_BYTES: usize = MAGIC.len() + 1 + KeyId::BYTES + SALT_BYTES;

/// Content of a segment: it stays in the processor's cache between the two passes of GCM, and its 16 bytes of
/// authentication do not matter.
pub(super) const SEGMENT_BYTES: usize = 64 * 1024;

/// Bytes that AES-GCM appends.
pub(super) const TAG_BYTES: usize = 16;

/// STREAM's nonce without the segment's number and the flag of the last one.
const PREFIX_BYTES: usize = 7;

const PURPOSE: &[u8] = b"landed delivery";

/// The place of a sealed file: it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct FilePlace<'a> {
    pub account: &'a str,
    /// The file's final name in its account's folder.
    pub name: &'a str,
}

/// A file's own cipher, and what is authenticated with every segment.
pub(super) struct FileCipher {
    pub stream: StreamBE32<Aes256Gcm>,
    pub context: Vec<u8>,
}

impl FileCipher {
    /// Reads a header that is known to have this key and this version.
    pub fn new(key: &LandingKey, header: &[u8; HEADER_BYTES], place: FilePlace<'_>) -> FileCipher {
        let salt = &header[HEADER_BYTES - SALT_BYTES..];
        let mut secret = Zeroizing::new([0; 32 + PREFIX_BYTES]);
        let extracted = Hkdf::from_prk(key.expose()).expect("32 bytes are as long as the digest");
        fill(&extracted, &[b"file", salt], &mut *secret);
        let (file_key, prefix) = secret.split_at(32);
        let file_key = file_key.try_into().expect("split at 32 bytes");
        let prefix = prefix.try_into().expect("what is left are 7 bytes");
        let mut context = header.to_vec();
        for text in [PURPOSE, place.account.as_bytes(), place.name.as_bytes()] {
            append_text(&mut context, text);
        }
        FileCipher { stream: StreamBE32::new(file_key, prefix), context }
    }
}

/// A file that is being sealed. What it has sealed is appended to the buffers that it is given, header first.
pub struct Sealing {
    /// Until it has been handed out.
    header: Option<[u8; HEADER_BYTES]>,
    encryptor: EncryptorBE32<Aes256Gcm>,
    context: Vec<u8>,
    /// Content that is not sealed yet: whether a full segment is the last one is known when more comes, or the end.
    segment: Vec<u8>,
}

impl Sealing {
    /// Begins a file with a salt of its own.
    pub fn begin(key: &LandingKey, place: FilePlace<'_>) -> Result<Sealing, SealError> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt)?;
        Ok(Sealing::with_salt(key, place, salt))
    }

    /// For tests that pin the format; two files of one salt would share their key.
    pub(super) fn with_salt(key: &LandingKey, place: FilePlace<'_>, salt: [u8; SALT_BYTES]) -> Sealing {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8] = VERSION;
        header[9..17].copy_from_slice(key.id().bytes());
        header[17..].copy_from_slice(&salt);
        let FileCipher { stream, context } = FileCipher::new(key, &header, place);
        let segment = Vec::with_capacity(SEGMENT_BYTES + TAG_BYTES);
        Sealing { header: Some(header), encryptor: EncryptorBE32::from_stream_primitive(stream), context, segment }
    }

    /// Takes more content in, and appends to `sealed` what is ready.
    pub fn push(&mut self, mut content: &[u8], sealed: &mut Vec<u8>) -> Result<(), SealError> {
        sealed.extend(self.header.take().into_iter().flatten());
        while !content.is_empty() {
            if self.segment.len() == SEGMENT_BYTES {
                self.encryptor
                    .encrypt_next_in_place(&self.context, &mut self.segment)
                    .map_err(|_| SealError::TooLong)?;
                sealed.extend_from_slice(&self.segment);
                self.segment.clear();
            }
            let (fitting, rest) = content.split_at(content.len().min(SEGMENT_BYTES - self.segment.len()));
            self.segment.extend_from_slice(fitting);
            content = rest;
        }
        Ok(())
    }

    /// Appends the last segment. Without it, the file does not open.
    pub fn finish(mut self, sealed: &mut Vec<u8>) -> Result<(), SealError> {
        sealed.extend(self.header.take().into_iter().flatten());
        self.encryptor.encrypt_last_in_place(&self.context, &mut self.segment).map_err(|_| SealError::TooLong)?;
        sealed.extend_from_slice(&self.segment);
        Ok(())
    }
}
