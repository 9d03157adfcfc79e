//! Sealing of stored data: AES-256-GCM, with keys derived from the hospital's site key.
//!
//! Bytes in, bytes out; only random salts and nonces come from outside, and no caller may choose them. This module never
//! decides where sealed bytes are stored, and its errors name keys only by their id.
//!
//! # Keys
//!
//! HKDF-SHA-256 (RFC 5869): one extraction from the site key, one expansion per purpose. Sealed data carries the id of its key,
//! which says after a rotation which key opens it. `person_id` has a derivation of its own, older than this one (`transform`),
//! and unchanged.
//!
//! # A sealed file
//!
//! | bytes | what |
//! |---|---|
//! | 8 | magic: byte 255, `tijian`, byte 255. No UTF-8 text holds byte 255, so what is not sealed is told apart, also where one byte is wrong |
//! | 1 | version of the format |
//! | 8 | key id |
//! | 16 | salt: the file's own key and nonce prefix come from it by HKDF |
//! | up to 65,552 each | segments: 65,536 bytes of content in ciphertext, and 16 of authentication; the last one may be shorter |
//!
//! Segments follow STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance", 2015): the nonce holds the segment's number and whether it is the last. So segments can be
//! neither cut off, left out, reordered nor brought in from another file. STREAM leaves 7 bytes of the nonce for a
//! prefix, too few to be random under one key forever; therefore every file has a key of its own, as in `age`.
//!
//! Header, purpose, account and file name are authenticated with every segment: a file that is swapped with another does not
//! open.
//!
//! # A sealed record
//!
//! Version, key id, a random nonce of 12 bytes, ciphertext, 16 bytes of authentication. One key for all: random nonces
//! allow four thousand million records under it (NIST SP 800-38D, 8.3).

use crate::wording::{Message, Spoken, display_in_english, message};

mod key;
mod reader;
mod record;
mod stream;
#[cfg(test)]
mod tests;

pub use key::{KeyId, LandingKey, QuarantineKey};
pub use reader::{Opening, find_seal};
pub use record::{OpenedRecord, SealedRecord, open_record, seal_record};
pub use stream::{FilePlace, Sealing};

/// Why something cannot be sealed or opened. Never holds content or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    Damaged,
    OtherKey { found: KeyId, known: Vec<KeyId> },
    Format(u8),
    TooLong,
    Random(#[from] getrandom::Error),
}

impl Spoken for SealError {
    fn message(&self) -> Message {
        match self {
            SealError::Damaged => message!("TJ-3101"),
            SealError::OtherKey { found, known } => {
                let known: Vec<String> = known.iter().map(KeyId::to_string).collect();
                message!("TJ-3102", found = found.to_string(), count = known.len(), known)
            }
            SealError::Format(format) => message!("TJ-3103", format = u32::from(*format)),
            SealError::TooLong => message!("TJ-3104"),
            SealError::Random(_) => message!("TJ-3105"),
        }
    }
}

display_in_english!(SealError);

/// Appends a text so that no other texts give the same bytes.
fn append_text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
    bytes.extend_from_slice(text);
}
