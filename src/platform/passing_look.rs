//! Searches values that are too long for memory, or nested too deeply, for reservations while they pass.
//!
//! Judges by bytes alone: texts inside of texts, and whatever else a wrapper may be made of, look alike here.

use crate::platform::base64_text::is_letter;
use crate::platform::members::MEMBER_BYTES_MAX;
use crate::reservation::Field;

/// What has been seen so far.
#[derive(Debug, Default)]
pub(super) struct PassingLook {
    /// Bytes of the name's pattern that have just passed.
    matched: usize,
    /// Letters of Base64 that have just passed without a gap.
    letters: usize,
    /// The member has passed by which every reservation is known.
    pub has_serial_number: bool,
    /// So much has passed that it would not be kept in memory, all of it letters: encrypted or packed, it may be anything.
    pub has_opaque: bool,
}

impl PassingLook {
    /// Looks at a whole value.
    pub fn at(value: &[u8]) -> PassingLook {
        let mut look = PassingLook::default();
        look.see(value);
        look
    }

    /// The next piece, wherever the value was cut.
    pub fn see(&mut self, piece: &[u8]) {
        let pattern = format!("\"{}\":", Field::SerialNumber.name().to_ascii_lowercase());
        let pattern = pattern.as_bytes();
        for byte in piece {
            // What only escapes a letter does not part it from the others.
            self.letters = if is_letter(*byte) || *byte == b'\\' { self.letters + 1 } else { 0 };
            self.has_opaque |= self.letters > MEMBER_BYTES_MAX;
            // As another serialiser writes it, and in a text in a text.
            if matches!(byte, b'_' | b'\\' | b' ' | b'\t' | b'\r' | b'\n') {
                continue;
            }
            self.matched = match byte.to_ascii_lowercase() {
                letter if letter == pattern[self.matched] => self.matched + 1,
                b'"' => 1,
                _ => 0,
            };
            if self.matched == pattern.len() {
                self.has_serial_number = true;
                self.matched = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_seen_however_it_is_written_and_cut() {
        for (text, expected) in [
            (r#"{"serialNumber":1}"#, true),
            (r#"{"a":"b","serial_number" : 1}"#, true),
            (r#"{"SerialNumber":1}"#, true),
            (r#"[{\"a\":1,\"serialNumber\":\"x\"}]"#, true),
            (r#"\\\"serialNumber\\\" :1"#, true),
            (r#""serialNumber""serialNumber":1"#, true),
            (r#"{"key":"serialNumber","value":1}"#, false),
            (r#"{"serialNumbers":1}"#, false),
            (r#"{"aserialNumber":1}"#, false),
            (r#"{"serial-Number":1}"#, false),
            ("serialNumber:1", false),
            ("", false),
        ] {
            for step in 1..=text.len().max(1) {
                let mut look = PassingLook::default();
                text.as_bytes().chunks(step).for_each(|piece| look.see(piece));
                assert_eq!(look.has_serial_number, expected, "{text}, in pieces of {step}");
                assert!(!look.has_opaque);
            }
        }
        let mut look = PassingLook::at(br#"{"serialNumber":1}"#);
        look.see(b" and more");
        assert!(look.has_serial_number, "what was seen is not forgotten");
    }

    #[test]
    fn letters_without_a_gap_are_opaque_where_there_are_too_many_to_be_kept() {
        let seen = |text: &str, step: usize| {
            let mut look = PassingLook::default();
            text.as_bytes().chunks(step).for_each(|piece| look.see(piece));
            (look.has_opaque, look.has_serial_number)
        };
        let letters = "aZ09+/-_".repeat(MEMBER_BYTES_MAX / 8);
        for step in [1000, MEMBER_BYTES_MAX, 2 * MEMBER_BYTES_MAX] {
            assert_eq!(seen(&format!("\"{letters}\""), step), (false, false), "{step}");
            assert_eq!(seen(&format!("\"{letters} {letters}\""), step), (false, false), "{step}");
            assert_eq!(seen(&format!("\"{letters}x\""), step), (true, false), "{step}");
            assert_eq!(seen(&format!("data:x;base64,{letters}\\n\" and words"), step), (true, false), "{step}");
        }
        assert_eq!(seen(&format!("\"{letters}x\",\"serialNumber\":1"), 1000), (true, true));
    }
}
