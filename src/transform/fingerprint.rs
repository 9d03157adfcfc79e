//! The fingerprint: a canonical digest of a reservation's content, every delivered member but `requestId`.
//!
//! Two states are the same content exactly when their fingerprints of one version are equal. Layout of version 2:
//!
//! | bytes | hold |
//! |---|---|
//! | 1 | version of this encoding: 2 (1 had a place for every field; 0: the version's person was erased; 255: a replay has left out what may name who was erased) |
//! | 32 | SHA-256 over the domain prefix and the content as one compact JSON object, its names sorted at every depth |
//!
//! Members without a value are left out: null, and an empty text, which a serialiser may write for null. So nothing changes if
//! a platform begins to write all of its fields, or stops. Names are the platform's. A fee is a text with two decimals, a date
//! one of ISO 8601. Whether the interface knows a member makes no difference: a field that becomes known to the program keeps
//! its place.
//!
//! A change here needs the next version, and nothing else: if a stored fingerprint has another version, the stored content is
//! compared (`contents.rs`). Golden tests pin the layout. The digest has no key: anybody who sees it can test a guess, so it is
//! never shown outside the history.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::reservation::{Field, FieldRef, Fingerprint, Reservation};

/// Version of the encoding, the fingerprint's first byte.
pub(super) const VERSION: u8 = 2;

/// Keeps this digest apart from any other use of SHA-256.
const DOMAIN: &[u8] = b"tijian reservation fingerprint\0";

/// Sorted as JSON names are: by their bytes.
static FIELDS_BY_NAME: LazyLock<[Field; Field::COUNT]> = LazyLock::new(|| {
    let mut fields = Field::ALL;
    fields.sort_unstable_by_key(|field| field.name());
    fields
});

/// Digest of the reservation's content without the members of these names. What is stored leaves none out.
pub(super) fn fingerprint(reservation: &Reservation, ignored: &BTreeSet<String>) -> Fingerprint {
    let content = serde_json::to_vec(&Content { reservation, ignored }).expect("a JSON value is JSON");
    let mut fingerprint = [VERSION; 33];
    fingerprint[1..].copy_from_slice(&Sha256::new_with_prefix(DOMAIN).chain_update(content).finalize());
    fingerprint
}

/// 2881, 2881.0 and 2881.00 are the same fee. Further decimals, which the contract refuses, would stay.
fn with_two_decimals(fee: Decimal) -> Decimal {
    let mut fee = fee.normalize();
    fee.rescale(fee.scale().max(2));
    fee
}

/// The content that is digested.
struct Content<'a> {
    reservation: &'a Reservation,
    ignored: &'a BTreeSet<String>,
}

impl Serialize for Content<'_> {
    /// serde_json keeps its maps sorted unless `preserve_order` is on; a test would notice that.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        let says_something = |(name, value): &(&String, &Value)| {
            !value.is_null() && value.as_str() != Some("") && !self.ignored.contains(*name)
        };
        let mut unknown = self.reservation.extra.iter().flatten().filter(says_something).peekable();
        for field in *FIELDS_BY_NAME {
            while let Some((name, value)) = unknown.next_if(|(name, _)| name.as_str() < field.name()) {
                members.serialize_entry(name, value)?;
            }
            // It names the batch, not the reservation: another one does not make another content.
            if field == Field::RequestId || self.ignored.contains(field.name()) {
                continue;
            }
            let name = field.name();
            match self.reservation.value(field) {
                FieldRef::Text(Some(text)) if !text.is_empty() => members.serialize_entry(name, text)?,
                FieldRef::Date(Some(date)) => members.serialize_entry(name, &format_args!("{date}"))?,
                FieldRef::Boolean(Some(value)) => members.serialize_entry(name, &value)?,
                FieldRef::Decimal(Some(fee)) => {
                    members.serialize_entry(name, &format_args!("{}", with_two_decimals(fee)))?;
                }
                FieldRef::Text(_) | FieldRef::Date(None) | FieldRef::Boolean(None) | FieldRef::Decimal(None) => {}
            }
        }
        for (name, value) in unknown {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests;
