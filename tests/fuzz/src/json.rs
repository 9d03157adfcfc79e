//! JSON and decimals read the plain way, for the oracles: slow, short, and sharing nothing with the code under test but
//! serde_json.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The members of a JSON object in their order, repeated names included.
pub struct Members(pub Vec<(String, Box<RawValue>)>);

impl Members {
    /// `None`: the bytes are no JSON object.
    pub fn read(bytes: &[u8]) -> Option<Members> {
        serde_json::from_slice(bytes).ok()
    }

    /// The text of the first member of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.get())
    }

    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(own, _)| own == name).count()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// Whether the bytes are one JSON value. Escapes inside of texts may stand for half a character.
pub fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(bytes).is_ok()
}

/// Deepest nesting of brackets in JSON text.
pub fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut is_in_string, mut is_escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b'{' | b'[' if !is_in_string => depth += 1,
            b'}' | b']' if !is_in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The number that a decimal text says: sign, digits without zeros at either end, power of ten of the last digit.
/// `None`: it is none.
pub fn number(text: &str) -> Option<(bool, String, i128)> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let power = exponent.checked_sub(fraction.len() as i128)?;
    let kept = digits.trim_end_matches('0');
    let zeros = (digits.len() - kept.len()) as i128;
    match kept.trim_start_matches('0') {
        "" => Some((false, String::new(), 0)),
        significant => Some((is_negative, significant.to_owned(), power + zeros)),
    }
}

/// One of forty digits and more is as good as one of thirty.
fn exponent(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    const BEYOND: i128 = 1 << 100;
    let size = digits.parse::<i128>().map_or(BEYOND, |size| size.min(BEYOND));
    Some(if text.starts_with('-') { -size } else { size })
}

/// Whether a kept value says what the delivered text says. A number may be kept as the text of its digits.
pub fn says_the_same(delivered: &str, kept: &Value) -> bool {
    match (delivered.as_bytes().first(), kept) {
        (Some(b'{'), Value::Object(kept)) => match Members::read(delivered.as_bytes()) {
            Some(Members(members)) => {
                members.len() == kept.len()
                    && members
                        .iter()
                        .all(|(name, value)| kept.get(name).is_some_and(|kept| says_the_same(value.get(), kept)))
            }
            None => false,
        },
        (Some(b'['), Value::Array(kept)) => match serde_json::from_str::<Vec<&RawValue>>(delivered) {
            Ok(elements) => {
                elements.len() == kept.len()
                    && elements.iter().zip(kept).all(|(element, kept)| says_the_same(element.get(), kept))
            }
            Err(_) => false,
        },
        (Some(b'"'), Value::String(kept)) => serde_json::from_str::<String>(delivered).is_ok_and(|text| text == *kept),
        (Some(b't'), Value::Bool(true)) | (Some(b'f'), Value::Bool(false)) | (Some(b'n'), Value::Null) => true,
        (Some(b'-' | b'0'..=b'9'), Value::Number(kept)) => {
            number(delivered).is_some_and(|delivered| number(&kept.to_string()) == Some(delivered))
        }
        (Some(b'-' | b'0'..=b'9'), Value::String(kept)) => delivered == kept,
        _ => false,
    }
}
