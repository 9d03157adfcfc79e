//! The fingerprint: a canonical digest of a reservation's content, every delivered field but `requestId`.
//!
//! Two states are the same content exactly when their fingerprints are equal. Layout of version 1:
//!
//! | bytes | hold |
//! |---|---|
//! | 1 | version of this encoding: 1 |
//! | 32 | SHA-256 over the domain prefix and the fields, in the order of the interface document, then `extra` |
//!
//! A field is the byte 0 when null. Otherwise it is the byte 1, its length (8 bytes, big-endian) and its text: so null
//! is not empty, and no text can pass for the end of a field. Dates are ISO 8601, booleans `true` and `false`, the fee
//! has two decimals. `extra` is the byte 0 when there is none, otherwise the byte 1 and compact JSON with its keys
//! sorted at every depth; it stands last, and JSON says itself where it ends.
//!
//! A change here needs a new version: it makes every reservation of every warehouse look changed. Golden tests pin it.
//! The digest has no key: whoever sees it can test a guess, so it is never shown outside of the history.

use std::fmt::Display;
use std::io::{self, Cursor, Write};

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::reservation::{Field, FieldRef, Fingerprint, Reservation};

/// Version of the encoding, the fingerprint's first byte.
const VERSION: u8 = 1;

/// Keeps this digest apart from any other use of SHA-256.
const DOMAIN: &[u8] = b"tijian reservation fingerprint\0";

/// Longest text of a date (13 bytes) or of a decimal (31 bytes), rounded up.
const NUMBER_BYTES: usize = 48;

/// Digest of the reservation's content.
pub(super) fn fingerprint(reservation: &Reservation) -> Fingerprint {
    let mut content = Content(Sha256::new_with_prefix(DOMAIN));
    for field in Field::ALL {
        // It names the batch, not the reservation: another one does not make another content.
        if field == Field::RequestId {
            continue;
        }
        match reservation.value(field) {
            FieldRef::Text(text) => content.text(text),
            FieldRef::Date(date) => content.number(date.as_ref()),
            FieldRef::Boolean(value) => content.text(value.map(|value| if value { "true" } else { "false" })),
            FieldRef::Decimal(fee) => content.number(fee.map(with_two_decimals).as_ref()),
        }
    }
    content.extra(reservation.extra.as_ref());
    content.finish()
}

/// 2881, 2881.0 and 2881.00 are the same fee. Further decimals, which the contract refuses, would stay.
fn with_two_decimals(fee: Decimal) -> Decimal {
    let mut fee = fee.normalize();
    fee.rescale(fee.scale().max(2));
    fee
}

/// What is digested so far. Fields go straight into the hasher.
struct Content(Sha256);

impl Content {
    fn text(&mut self, value: Option<&str>) {
        match value {
            None => self.0.update([0]),
            Some(text) => {
                let mut head = [1; 9];
                head[1..].copy_from_slice(&(text.len() as u64).to_be_bytes());
                self.0.update(head);
                self.0.update(text);
            }
        }
    }

    /// A date or a decimal, by way of the stack: its length goes before it.
    fn number(&mut self, value: Option<&impl Display>) {
        let Some(value) = value else { return self.text(None) };
        let mut buffer = Cursor::new([0; NUMBER_BYTES]);
        write!(buffer, "{value}").expect("a date or a decimal fits the buffer");
        let length = buffer.position() as usize;
        let text = str::from_utf8(&buffer.get_ref()[..length]).expect("what was written is text");
        self.text(Some(text));
    }

    /// serde_json keeps its maps sorted unless `preserve_order` is on; a test would notice that.
    fn extra(&mut self, extra: Option<&Map<String, Value>>) {
        match extra.filter(|extra| !extra.is_empty()) {
            None => self.0.update([0]),
            Some(extra) => {
                self.0.update([1]);
                serde_json::to_writer(self, extra).expect("a JSON value is JSON, and a hasher takes every byte");
            }
        }
    }

    fn finish(self) -> Fingerprint {
        let mut fingerprint = [VERSION; 33];
        fingerprint[1..].copy_from_slice(&self.0.finalize());
        fingerprint
    }
}

impl Write for Content {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
