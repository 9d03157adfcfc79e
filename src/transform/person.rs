//! `person_id`: analysts count people by it and see nobody.
//!
//! HMAC-SHA-256 under a key that is derived from the site key for this one purpose. The message is the card type and the
//! id number:
//!
//! | part | bytes |
//! |---|---|
//! | card type absent or blank | 0 |
//! | card type delivered | 1, its text without spaces around it, 0 |
//! | id number | its text without spaces around it, ASCII letters in upper case (the check character `x`) |
//!
//! An absent card type is kept apart from 1 (identity card): which document a bare number belongs to is not known.
//! Full-width digits are not folded and 15-digit numbers are not extended: the contract reports both, and guessing could
//! make one person of two. The texts hold no byte 0, since the contract refuses it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

use crate::reservation::PersonId;

/// The text that derives this key from the site key. Any other text would make every known person a new one.
const PURPOSE: &[u8] = b"tijian person_id v1";

/// The key of `person_id`. Wiped when dropped.
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
        PersonKey(SecretBox::init_with_mut(|key: &mut [u8; 32]| {
            let mut derived = authenticate(site_key, &[PURPOSE]);
            key.copy_from_slice(&derived);
            derived.zeroize();
        }))
    }

    /// Tells whether two keys are the same without telling the key.
    pub fn key_id(&self) -> [u8; 32] {
        authenticate(self.0.expose_secret(), &[b"tijian key id"])
    }

    /// The pseudonym of whoever holds this document; `None` where the id number is absent or blank.
    pub fn person_id(&self, card_type: Option<&str>, idcard: Option<&str>) -> Option<PersonId> {
        let idcard = idcard.map(str::trim).filter(|idcard| !idcard.is_empty())?.to_ascii_uppercase();
        let key = self.0.expose_secret();
        let id = match card_type.map(str::trim).filter(|card_type| !card_type.is_empty()) {
            None => authenticate(key, &[&[0], idcard.as_bytes()]),
            Some(card_type) => authenticate(key, &[&[1], card_type.as_bytes(), &[0], idcard.as_bytes()]),
        };
        Some(id)
    }
}

pub(super) fn authenticate(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in message {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "33011120000101000X";

    fn id(card_type: Option<&str>, idcard: Option<&str>) -> Option<PersonId> {
        PersonKey::derive(&[7; 32]).person_id(card_type, idcard)
    }

    /// Golden values, also computed with another implementation: a change here makes every known person a new one.
    #[test]
    fn the_derivation_is_pinned() {
        let golden = |card_type, idcard| hex::encode(id(card_type, Some(idcard)).unwrap());
        assert_eq!(golden(Some("1"), NUMBER), "24144a4fd8bae7d0c8fe766759d276fad4c61cb72d324c28f0a9b02150e8e40a");
        assert_eq!(golden(None, NUMBER), "09dff78d451a6fbf1b8e7e7898c4205384ec4bb7cab17255395febebb006eaf7");
        assert_eq!(golden(Some("2"), "E12345678"), "ec559aa427053daedf3c30b1edcf79197f57839e4fcf27f1dac85becfda0fdf1");
        let key_id = PersonKey::derive(&[7; 32]).key_id();
        assert_eq!(hex::encode(key_id), "8dfa193641f30e6265353384495248addacf0822c2b63b359737b20689ff4005");
    }

    #[test]
    fn spelling_does_not_make_another_person() {
        assert_eq!(id(Some("1"), Some(" 33011120000101000x\u{3000}")), id(Some("1"), Some(NUMBER)));
        assert_eq!(id(Some(" 1 "), Some(NUMBER)), id(Some("1"), Some(NUMBER)));
        assert_eq!(id(Some(""), Some(NUMBER)), id(None, Some(NUMBER)));
    }

    #[test]
    fn another_number_card_type_or_key_makes_another_person() {
        let ids = [
            id(Some("1"), Some(NUMBER)),
            id(Some("1"), Some("330111200001010018")),
            id(Some("2"), Some(NUMBER)),
            id(None, Some(NUMBER)),
            id(None, Some(&format!("1{NUMBER}"))),
            PersonKey::derive(&[8; 32]).person_id(Some("1"), Some(NUMBER)),
        ];
        for (index, one) in ids.iter().enumerate() {
            assert!(one.is_some());
            assert!(!ids[..index].contains(one), "{index}");
        }
    }

    #[test]
    fn without_an_id_number_there_is_no_person_id() {
        assert_eq!(id(Some("1"), None), None);
        assert_eq!(id(Some("1"), Some("")), None);
        assert_eq!(id(Some("1"), Some(" \u{3000}")), None);
    }

    #[test]
    fn the_key_does_not_print() {
        assert_eq!(format!("{:?}", PersonKey::derive(&[7; 32])), "PersonKey(..)");
    }
}
