//! `content_id`: tells in a lake which states have the same content, and nothing of the content.
//!
//! A fingerprint alone would not do: whoever guesses a person's content could make its fingerprint and look whether it is there. So
//! it is keyed, under a key that is derived from the site key for this one purpose.

use std::fmt;

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretBox};

use super::person::authenticate;

/// The text that derives this key from the site key. Any other text would make every known content a new one.
const PURPOSE: &[u8] = b"tijian content_id v1";

/// The key of `content_id`. Wiped when dropped.
pub struct ContentKey(SecretBox<[u8; 32]>);

/// Shows nothing of the key.
impl fmt::Debug for ContentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ContentKey(..)")
    }
}

impl ContentKey {
    /// Derives the key: HMAC-SHA-256 of the purpose's name under the site key.
    pub fn derive(site_key: &[u8; 32]) -> ContentKey {
        ContentKey(SecretBox::init_with_mut(|key: &mut [u8; 32]| {
            let mut derived = authenticate(site_key, &[PURPOSE]);
            key.copy_from_slice(&derived);
            derived.zeroize();
        }))
    }

    /// Lower-case hexadecimal text of the keyed digest of a fingerprint, which comes as such a text, too; `None` where it is none.
    pub fn content_id(&self, fingerprint: &str) -> Option<String> {
        let fingerprint = hex::decode(fingerprint).ok()?;
        Some(hex::encode(authenticate(self.0.expose_secret(), &[&fingerprint])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden value, also computed with another implementation: a change here makes every known content a new one.
    #[test]
    fn the_derivation_is_pinned() {
        let id = ContentKey::derive(&[7; 32]).content_id("0102ff").unwrap();
        assert_eq!(id, "c491260fa19e65f1333c5edc056805b35f156df41d85e148f72b1468faeaf0bc");
    }

    #[test]
    fn another_content_or_key_makes_another_id_and_the_fingerprint_is_not_in_it() {
        let fingerprint = "ab".repeat(33);
        let key = ContentKey::derive(&[7; 32]);
        let id = key.content_id(&fingerprint).unwrap();
        assert_eq!(key.content_id(&fingerprint.to_uppercase()).unwrap(), id);
        assert_ne!(key.content_id(&"ab".repeat(32)).unwrap(), id);
        assert_ne!(ContentKey::derive(&[8; 32]).content_id(&fingerprint).unwrap(), id);
        assert!(!id.contains("abab"));
        assert_eq!(key.content_id("no digest"), None);
    }

    #[test]
    fn the_key_does_not_print() {
        assert_eq!(format!("{:?}", ContentKey::derive(&[7; 32])), "ContentKey(..)");
    }
}
