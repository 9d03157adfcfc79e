//! `person_id`: analysts count people by it and see nobody.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

use crate::reservation::PersonId;

type HmacSha256 = Hmac<Sha256>;

/// The key of `person_id`, derived from the site key for this one purpose.
pub struct PersonKey(SecretBox<[u8; 32]>);

/// Shows nothing of the key.
impl fmt::Debug for PersonKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonKey(..)")
    }
}

impl PersonKey {
    /// Derives the key: HMAC-SHA-256 of the purpose's name under the site key.
    pub fn derive(site_key: &[u8; 32]) -> PersonKey {
        PersonKey(SecretBox::new(Box::new(digest(site_key, &[b"tijian person_id v1"]))))
    }

    /// Tells whether two keys are the same without telling the key.
    pub fn key_id(&self) -> [u8; 32] {
        digest(self.0.expose_secret(), &[b"tijian key id"])
    }

    /// HMAC-SHA-256 over card type and id number; `None` where there is no id number.
    ///
    /// Spaces around the number do not count, nor does the case of its letters (the check character `x`). An absent
    /// card type is kept apart from every delivered one.
    pub fn person_id(&self, card_type: Option<&str>, idcard: Option<&str>) -> Option<PersonId> {
        let idcard = idcard?.trim().to_ascii_uppercase();
        if idcard.is_empty() {
            return None;
        }
        let card_type = match card_type {
            None => vec![0],
            Some(card_type) => [&[1], card_type.trim().as_bytes(), &[0]].concat(),
        };
        Some(digest(self.0.expose_secret(), &[&card_type, idcard.as_bytes()]))
    }
}

fn digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = HmacSha256::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_id_under_one_key() {
        let key = PersonKey::derive(&[7; 32]);
        let id = key.person_id(Some("1"), Some("33011120000101000X")).unwrap();
        assert_eq!(key.person_id(Some("1"), Some(" 33011120000101000x ")), Some(id));
        assert_ne!(key.person_id(Some("2"), Some("33011120000101000X")), Some(id));
        assert_ne!(key.person_id(None, Some("33011120000101000X")), Some(id));
        assert_ne!(PersonKey::derive(&[8; 32]).person_id(Some("1"), Some("33011120000101000X")), Some(id));
        assert_eq!(key.person_id(Some("1"), Some(" ")), None);
        assert_eq!(key.person_id(Some("1"), None), None);
    }

    /// Golden value: a change here makes every known person a new one.
    #[test]
    fn the_derivation_is_pinned() {
        let id = PersonKey::derive(&[7; 32]).person_id(Some("1"), Some("33011120000101000X")).unwrap();
        insta::assert_snapshot!(hex::encode(id));
    }
}
