//! Keys per purpose, derived from the site key, and their ids. None of them prints; all are wiped.

use std::fmt;
use std::sync::Arc;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// The text that derives the seal's keys from the site key. Any other text would make everything sealed unreadable.
const EXTRACTION: &[u8] = b"tijian seal v1";
const KEY_ID: &[u8] = b"key id";
const LANDING: &[u8] = b"landing";
const QUARANTINE: &[u8] = b"quarantine record";
const QUARANTINE_DIGEST: &[u8] = b"quarantine digest";

/// Enough to tell a hospital's keys apart, and to be read out on the telephone.
const KEY_ID_BYTES: usize = 8;

/// Tells which site key something is sealed under. The key cannot be derived from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl KeyId {
    pub(super) const BYTES: usize = KEY_ID_BYTES;

    pub(super) const fn from_bytes(bytes: [u8; KEY_ID_BYTES]) -> KeyId {
        KeyId(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; KEY_ID_BYTES] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// 32 bytes for one purpose.
type Key = SecretBox<[u8; 32]>;

/// The key of landed deliveries.
#[derive(Clone)]
pub struct LandingKey {
    id: KeyId,
    key: Arc<Key>,
}

/// The keys of quarantined records: one seals them, one makes the digests by which they are found again.
#[derive(Clone)]
pub struct QuarantineKey {
    id: KeyId,
    key: Arc<Key>,
    digest_key: Arc<Key>,
}

impl LandingKey {
    /// Derives the key from the site key.
    pub fn derive(site_key: &[u8; 32]) -> LandingKey {
        let extracted = extract(site_key);
        LandingKey { id: key_id(&extracted), key: Arc::new(expand(&extracted, LANDING)) }
    }

    /// The id in every file that it seals.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn expose(&self) -> &[u8; 32] {
        self.key.expose_secret()
    }
}

impl QuarantineKey {
    /// Derives the keys from the site key.
    pub fn derive(site_key: &[u8; 32]) -> QuarantineKey {
        let extracted = extract(site_key);
        QuarantineKey {
            id: key_id(&extracted),
            key: Arc::new(expand(&extracted, QUARANTINE)),
            digest_key: Arc::new(expand(&extracted, QUARANTINE_DIGEST)),
        }
    }

    /// The id in every record that it seals.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// HMAC-SHA-256 of a content digest: the same content is found again, and who guesses a content cannot tell whether
    /// it is there.
    pub fn keyed_digest(&self, content_sha256: &[u8; 32]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.digest_key.expose_secret()).expect("HMAC takes keys of any length");
        mac.update(content_sha256);
        mac.finalize().into_bytes().into()
    }

    pub(super) fn expose(&self) -> &[u8; 32] {
        self.key.expose_secret()
    }
}

/// Show which key, and nothing of it.
impl fmt::Debug for LandingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LandingKey({})", self.id)
    }
}

impl fmt::Debug for QuarantineKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "QuarantineKey({})", self.id)
    }
}

fn extract(site_key: &[u8; 32]) -> Hkdf<Sha256> {
    Hkdf::new(Some(EXTRACTION), site_key)
}

fn expand(extracted: &Hkdf<Sha256>, purpose: &[u8]) -> Key {
    SecretBox::init_with_mut(|key: &mut [u8; 32]| fill(extracted, &[purpose], key))
}

fn key_id(extracted: &Hkdf<Sha256>) -> KeyId {
    let mut id = [0; KEY_ID_BYTES];
    fill(extracted, &[KEY_ID], &mut id);
    KeyId(id)
}

/// Expands into a place of a few dozen bytes.
pub(super) fn fill(extracted: &Hkdf<Sha256>, info: &[&[u8]], output: &mut [u8]) {
    extracted.expand_multi_info(info, output).expect("HKDF gives 8,160 bytes, and nobody here asks for a hundred");
}
