//! Seal: what lies at rest, under AES-256-GCM and keys that are derived from the hospital's site key.
//!
//! Bytes in, bytes out; the only thing taken from outside are random salts and nonces, which no caller may choose. It
//! never decides where sealed bytes are kept, and its errors name keys by their id only.
//!
//! # Keys
//!
//! HKDF-SHA-256 (RFC 5869): one extraction from the site key, one expansion per purpose. What is sealed carries the id
//! of its key, so that after a rotation it is known which key opens it. `person_id` has a derivation of its own, older
//! than this one (`transform`), and unchanged.
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
//! prefix, too few to be random under one key for good; therefore every file has a key of its own, as in `age`.
//!
//! Header, purpose, account and file name are authenticated with every segment: a file that is put in another one's
//! place does not open there.
//!
//! # A sealed record
//!
//! Version, key id, a random nonce of 12 bytes, ciphertext, 16 bytes of authentication. One key for all: random nonces
//! allow four thousand million records under it (NIST SP 800-38D, 8.3).

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
    #[error("it was changed or cut off since it was sealed, or stands in another one's place")]
    Damaged,
    #[error("it is sealed under the key {found}; {}", at_hand(.known))]
    OtherKey { found: KeyId, known: Vec<KeyId> },
    #[error("it is sealed in format {0}, which this tijian does not know: a newer one sealed it, or it was changed")]
    Format(u8),
    #[error("it is longer than the format allows")]
    TooLong,
    #[error("the system gives no random numbers")]
    Random(#[from] getrandom::Error),
}

fn at_hand(known: &[KeyId]) -> String {
    let ids: Vec<String> = known.iter().map(KeyId::to_string).collect();
    match ids.len() {
        1 => format!("the key at hand is {}", ids.concat()),
        _ => format!("the keys at hand are {}", ids.join(" and ")),
    }
}

/// Appends a text so that no other texts give the same bytes.
fn append_text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
    bytes.extend_from_slice(text);
}
