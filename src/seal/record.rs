//! Sealing and opening of one quarantined record.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};

use super::key::{KeyId, QuarantineKey};
use super::{SealError, append_text};

/// The format that is written.
const VERSION: u8 = 1;

const NONCE_BYTES: usize = 12;

const HEADER_BYTES: usize = 1 + KeyId::BYTES + NONCE_BYTES;

const DIGEST_BYTES: usize = 32;

const PURPOSE: &[u8] = b"quarantined record";

/// A record as the quarantine keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedRecord {
    /// The record's content digest under the key: by it, the same content is found again.
    pub keyed_digest: [u8; DIGEST_BYTES],
    pub sealed: Vec<u8>,
}

/// A record in clear. Holds personal data: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedRecord {
    /// The digest before it was keyed.
    pub content_sha256: [u8; DIGEST_BYTES],
    /// The record as delivered, byte for byte.
    pub record: Vec<u8>,
}

/// Seals an account's record. Account and digest are authenticated with it: it opens in no other row.
pub fn seal_record(
    key: &QuarantineKey,
    account: &str,
    content_sha256: &[u8; DIGEST_BYTES],
    record: &[u8],
) -> Result<SealedRecord, SealError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce)?;
    seal_with_nonce(key, account, content_sha256, record, nonce)
}

/// For tests that pin the format; a nonce must never seal two records.
pub(super) fn seal_with_nonce(
    key: &QuarantineKey,
    account: &str,
    content_sha256: &[u8; DIGEST_BYTES],
    record: &[u8],
    nonce: [u8; NONCE_BYTES],
) -> Result<SealedRecord, SealError> {
    let keyed_digest = key.keyed_digest(content_sha256);
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.push(VERSION);
    header.extend_from_slice(key.id().bytes());
    header.extend_from_slice(&nonce);
    // The digest is sealed, too: after a rotation it has a new key.
    let mut body = [content_sha256, record].concat();
    let context = context(&header, account, &keyed_digest);
    cipher(key).encrypt_in_place(&Nonce::from(nonce), &context, &mut body).map_err(|_| SealError::TooLong)?;
    header.append(&mut body);
    Ok(SealedRecord { keyed_digest, sealed: header })
}

/// Opens a record of the row that says `account` and `keyed_digest`.
pub fn open_record(
    key: &QuarantineKey,
    account: &str,
    keyed_digest: &[u8],
    sealed: &[u8],
) -> Result<OpenedRecord, SealError> {
    match sealed.first() {
        None => return Err(SealError::Damaged),
        Some(&VERSION) => {}
        Some(other) => return Err(SealError::Format(*other)),
    }
    let (header, body) = sealed.split_at_checked(HEADER_BYTES).ok_or(SealError::Damaged)?;
    let (id, nonce) = header[1..].split_first_chunk().ok_or(SealError::Damaged)?;
    let found = KeyId::from_bytes(*id);
    if found != key.id() {
        return Err(SealError::OtherKey { found, known: vec![key.id()] });
    }
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError::Damaged)?;
    let mut body = body.to_vec();
    cipher(key)
        .decrypt_in_place(&Nonce::from(nonce), &context(header, account, keyed_digest), &mut body)
        .map_err(|_| SealError::Damaged)?;
    let content_sha256 = *body.first_chunk().ok_or(SealError::Damaged)?;
    Ok(OpenedRecord { content_sha256, record: body.split_off(DIGEST_BYTES) })
}

fn cipher(key: &QuarantineKey) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

fn context(header: &[u8], account: &str, keyed_digest: &[u8]) -> Vec<u8> {
    let mut context = header.to_vec();
    for text in [PURPOSE, account.as_bytes(), keyed_digest] {
        append_text(&mut context, text);
    }
    context
}
