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

use crate::reservation::{Fingerprint, Reservation};

/// Version of the encoding, the fingerprint's first byte.
const VERSION: u8 = 1;

/// Keeps this digest apart from any other use of SHA-256.
const DOMAIN: &[u8] = b"tijian reservation fingerprint\0";

/// Longest text of a date (13 bytes) or of a decimal (31 bytes), rounded up.
const NUMBER_BYTES: usize = 48;

/// Digest of the reservation's content.
pub(super) fn fingerprint(reservation: &Reservation) -> Fingerprint {
    // Taken apart by name, so that a new field cannot be forgotten.
    let Reservation {
        request_id: _, // names the batch, not the reservation: another one does not make another content
        serial_number,
        erhc_no,
        name,
        card_type,
        idcard,
        birthdate,
        sex_code,
        is_pregnant,
        married,
        mobile,
        hospital_code,
        hospital_name,
        check_date,
        hospital_package_id,
        hospital_package_name,
        add_combination_id,
        add_combination_name,
        examination_fee,
        order_status,
        pay_type,
        data_sources,
        extra,
    } = reservation;
    let mut content = Content(Sha256::new_with_prefix(DOMAIN));
    content.text(Some(serial_number));
    content.text(erhc_no.as_deref());
    content.text(name.as_deref());
    content.text(card_type.as_deref());
    content.text(idcard.as_deref());
    content.number(birthdate.as_ref());
    content.text(sex_code.as_deref());
    content.text(is_pregnant.map(|is_pregnant| if is_pregnant { "true" } else { "false" }));
    content.text(married.as_deref());
    content.text(mobile.as_deref());
    content.text(Some(hospital_code));
    content.text(hospital_name.as_deref());
    content.number(Some(check_date));
    content.text(hospital_package_id.as_deref());
    content.text(hospital_package_name.as_deref());
    content.text(add_combination_id.as_deref());
    content.text(add_combination_name.as_deref());
    content.number(examination_fee.map(with_two_decimals).as_ref());
    content.text(Some(order_status));
    content.text(pay_type.as_deref());
    content.text(data_sources.as_deref());
    content.extra(extra.as_ref());
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
