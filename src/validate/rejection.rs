//! What is stored of a record that the contract refuses.
//!
//! Holds personal data (the record itself): for the quarantine table, never for a log line.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use memchr::{memchr2, memmem};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::findings::Findings;
use super::json::{self, NESTING_MAX};
use super::record::{Fields, Scalar};
use crate::reservation::{Field, Rejection};

/// Longest `requestId` and `serialNumber` of the interface document; longer ones are no identifiers.
const REQUEST_ID_CHARACTERS_MAX: usize = 32;
const SERIAL_NUMBER_CHARACTERS_MAX: usize = 50;

/// Keeps the forms of digest apart: no record's canonical text is another record's bytes.
const CANONICAL_DOMAIN: &[u8] = b"rejected record, canonical, 1\0";
const BYTES_DOMAIN: &[u8] = b"rejected record, bytes, 1\0";
const PARTS_DOMAIN: &[u8] = b"rejected record, beginning and end, 1\0";

/// How much counts of either part of a record that is too large. Less than is known of it: what is left out of a part moves
/// its other edge.
const PART_BYTES: usize = 60 * 1024;

/// Rejects a record that is a JSON object.
pub(super) fn reject(record: &[u8], fields: &Fields<'_>, findings: Findings<'_>) -> Rejection {
    Rejection {
        request_id: identifier(Field::RequestId, REQUEST_ID_CHARACTERS_MAX, fields),
        serial_number: identifier(Field::SerialNumber, SERIAL_NUMBER_CHARACTERS_MAX, fields),
        content_sha256: content_sha256(record, findings.ignored()),
        record: record.to_vec(),
        problems: findings.into_problems(),
    }
}

/// Rejects a record that is not a JSON object. `fields` are those before the fault; only a quoted identifier
/// is sure to be whole there.
pub(super) fn reject_unreadable(record: &[u8], fields: &Fields<'_>, findings: Findings<'_>) -> Rejection {
    let mut rejection = reject(record, fields, findings);
    if !matches!(fields.get(Field::RequestId), Scalar::Text(_)) {
        rejection.request_id = None;
    }
    if !matches!(fields.get(Field::SerialNumber), Scalar::Text(_)) {
        rejection.serial_number = None;
    }
    // A callback for another state of the reservation would confirm this one, too: better held back by a guess.
    rejection.serial_number = rejection.serial_number.or_else(|| serial_number_past_fault(record));
    rejection
}

/// Rejects a record of `bytes` bytes of which only the beginning and the end are known. A callback would confirm it by its
/// serial number, wherever that is in the record.
pub(super) fn reject_too_large(
    beginning: &[u8],
    bytes: u64,
    end: &[u8],
    fields: &Fields<'_>,
    findings: Findings<'_>,
) -> Rejection {
    let content_sha256 = content_of_parts(beginning, bytes, end, findings.ignored());
    let rejection = reject_unreadable(beginning, fields, findings);
    let serial_number = rejection.serial_number.or_else(|| serial_number_past_fault(end));
    Rejection { serial_number, content_sha256, ..rejection }
}

/// The serial number that the record names behind its fault: quoted, without escapes, and the same wherever it does.
fn serial_number_past_fault(record: &[u8]) -> Option<String> {
    let quoted_name = format!("\"{}\"", Field::SerialNumber.name());
    let text = String::from_utf8_lossy(record);
    let mut named = text.split(&quoted_name).skip(1).map(|rest| {
        let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        value.split_once('"').map(|(value, _)| value)
    });
    let first = named.next()??;
    let is_usable = !first.trim().is_empty()
        && !first.contains(['\\', '\0', '\u{fffd}'])
        && first.chars().count() <= SERIAL_NUMBER_CHARACTERS_MAX;
    (is_usable && named.all(|other| other == Some(first))).then(|| first.to_owned())
}

/// The identifier, if it occurs once and can be stored and sent back.
fn identifier(field: Field, characters_max: usize, fields: &Fields<'_>) -> Option<String> {
    let text = fields.get(field).as_text().filter(|_| !fields.is_repeated(field))?;
    let is_usable = !text.trim().is_empty() && !text.contains('\0') && text.chars().count() <= characters_max;
    is_usable.then(|| text.to_owned())
}

/// SHA-256 over the record without its `requestId`, which is another one every night, and without what the pipeline ignores.
/// Order of members, white space and escapes do not matter; the text of numbers does. A record that is no readable object
/// counts byte for byte.
fn content_sha256(record: &[u8], ignored: &BTreeSet<String>) -> [u8; 32] {
    let left_out = left_out(ignored);
    if let Some(canonical) = canonical_record(record, &left_out) {
        return Sha256::new().chain_update(CANONICAL_DOMAIN).chain_update(canonical).finalize().into();
    }
    Sha256::new_with_prefix(BYTES_DOMAIN).chain_update(without_values(record, &left_out)).finalize().into()
}

/// The same over what is known of a record that is too large, and its length.
fn content_of_parts(beginning: &[u8], bytes: u64, end: &[u8], ignored: &BTreeSet<String>) -> [u8; 32] {
    let left_out = left_out(ignored);
    let parts = [beginning, end].map(|part| without_values(part, &left_out));
    let cut = beginning.len() + end.len() - parts[0].len() - parts[1].len();
    let [beginning, end] = &parts;
    let beginning = &beginning[..beginning.len().min(PART_BYTES)];
    let end = &end[end.len().saturating_sub(PART_BYTES)..];
    Sha256::new_with_prefix(PARTS_DOMAIN)
        .chain_update(bytes.saturating_sub(cut as u64).to_be_bytes())
        .chain_update((beginning.len() as u64).to_be_bytes())
        .chain_update(beginning)
        .chain_update(end)
        .finalize()
        .into()
}

fn left_out(ignored: &BTreeSet<String>) -> Vec<&str> {
    ignored.iter().map(String::as_str).chain([Field::RequestId.name()]).collect()
}

/// The bytes of a record that is no readable JSON, without the values of these names.
fn without_values(record: &[u8], names: &[&str]) -> Vec<u8> {
    let mut content = Vec::with_capacity(record.len());
    let mut counted_to = 0;
    for value in values_as_written(record, names) {
        content.extend_from_slice(&record[counted_to..value.start]);
        counted_to = value.end;
    }
    content.extend_from_slice(&record[counted_to..]);
    content
}

/// Where the values of these names are in a record that is no readable JSON: up to the closing quote, or to whatever ends a
/// value without quotes.
fn values_as_written(record: &[u8], names: &[&str]) -> Vec<Range<usize>> {
    let mut named: Vec<Range<usize>> = names.iter().flat_map(|name| values_of(record, name)).collect();
    named.sort_unstable_by_key(|value| value.start);
    let mut values: Vec<Range<usize>> = Vec::new();
    // A value may hold what looks like another name.
    for value in named {
        if values.last().is_none_or(|last| last.end <= value.start) {
            values.push(value);
        }
    }
    values
}

fn values_of(record: &[u8], name: &str) -> Vec<Range<usize>> {
    let quoted_name = format!("\"{name}\"");
    let named = memmem::find_iter(record, &quoted_name).filter_map(|name| {
        let colon = skip_blank(record, name + quoted_name.len());
        let start = (record.get(colon) == Some(&b':')).then(|| skip_blank(record, colon + 1))?;
        let rest = &record[start..];
        let length = match rest.split_first()? {
            (b'"', text) => 1 + closing_quote(text)? + 1,
            _ => rest.iter().position(|byte| b",}]\r\n".contains(byte)).unwrap_or(rest.len()),
        };
        Some(start..start + length)
    });
    named.collect()
}

fn skip_blank(record: &[u8], from: usize) -> usize {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    from + record[from..].iter().take_while(|byte| is_blank(byte)).count()
}

/// How many bytes precede the quote that ends a text.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

fn canonical_record(record: &[u8], left_out: &[&str]) -> Option<Vec<u8>> {
    let mut canonical = Vec::with_capacity(record.len());
    write_object(std::str::from_utf8(record).ok()?, left_out, 0, &mut canonical)?;
    Some(canonical)
}

/// Writes a value like compact JSON, with sorted names and a comma after every member and element. `None` where the
/// value is nested too deeply or a text is not readable.
fn write_value(text: &str, depth: usize, canonical: &mut Vec<u8>) -> Option<()> {
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth > NESTING_MAX => return None,
        Some(b'{') => write_object(text, &[], depth, canonical)?,
        Some(b'[') => {
            canonical.push(b'[');
            for element in json::elements(text).ok()? {
                write_value(element.get(), depth + 1, canonical)?;
                canonical.push(b',');
            }
            canonical.push(b']');
        }
        Some(b'"') => write_text(&json::unescape(text)?, canonical)?,
        _ => canonical.extend_from_slice(text.as_bytes()),
    }
    Some(())
}

/// Members of one name keep their order; the others are sorted by name.
fn write_object(text: &str, left_out: &[&str], depth: usize, canonical: &mut Vec<u8>) -> Option<()> {
    let mut members: Vec<(Cow<'_, str>, &RawValue)> = Vec::new();
    json::for_each_member(text, |name, value| members.push((name, value))).ok()?;
    members.retain(|(name, _)| !left_out.contains(&&**name));
    members.sort_by(|(left, _), (right, _)| left.cmp(right));
    canonical.push(b'{');
    for (name, value) in members {
        write_text(&name, canonical)?;
        canonical.push(b':');
        write_value(value.get(), depth + 1, canonical)?;
        canonical.push(b',');
    }
    canonical.push(b'}');
    Some(())
}

fn write_text(text: &str, canonical: &mut Vec<u8>) -> Option<()> {
    serde_json::to_writer(canonical, text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{contract, rejected};
    use super::*;

    #[test]
    fn a_serial_number_behind_the_fault_is_found() {
        let found = |record: &str| serial_number_past_fault(record.as_bytes());
        assert_eq!(found("{\"name\":\"a\nb\", \"serialNumber\" : \"A-1\"}").as_deref(), Some("A-1"));
        let twice = r#"{"name":x,"serialNumber":"A-1","serialNumber":"A-1"}"#;
        assert_eq!(found(twice).as_deref(), Some("A-1"));
        for record in [
            r#"{"name":x,"serialNumber":"A-1","serialNumber":"A-2"}"#,
            r#"{"name":x,"serialNumber":7}"#,
            r#"{"name":x,"serialNumber":" "}"#,
            r#"{"name":x,"serialNumber":"A\u0041"}"#,
            r#"{"name":x,"serialNumber":"A-1"#,
            r#"{"name":x}"#,
        ] {
            assert_eq!(found(record), None, "{record}");
        }
        assert_eq!(serial_number_past_fault(b"{\"name\":\"\xff\",\"serialNumber\":\"A-1\"}").as_deref(), Some("A-1"));
    }

    fn digest(record: &str) -> [u8; 32] {
        content_sha256(record.as_bytes(), &BTreeSet::new())
    }

    #[test]
    fn what_is_ignored_is_no_content_readable_or_not() {
        let ignored = BTreeSet::from(["updateTime", "seenAt"].map(str::to_owned));
        let digest = |record: &str| content_sha256(record.as_bytes(), &ignored);
        for broken in ["", r#""b":NaN,"#] {
            let one = |time: &str, seen: &str, name: &str| {
                digest(&format!(
                    r#"{{{broken}"updateTime":{time},"requestId":"r{seen}","seenAt" : {seen},"name":"{name}"}}"#
                ))
            };
            assert_eq!(one("1", "2", "x"), one(r#""2026-12-06 08:00:00""#, "null", "x"), "{broken}");
            assert_ne!(one("1", "2", "x"), one("1", "2", "y"), "{broken}");
        }
        // In any order; a value may look like the name of another one.
        let broken = |text: &str| digest(&format!(r#"{{"a":NaN,{text}}}"#));
        let inside = r#""updateTime":"\"seenAt\":1","b":1"#;
        assert_eq!(broken(inside), broken(r#""updateTime":"y","b":1"#));
        assert_eq!(broken(r#""updateTime":1,"b":1,"seenAt":2"#), broken(r#""updateTime":3,"b":1,"seenAt":4"#));
        // Only as a member of the record, and only by its whole name.
        for (left, right) in [
            (r#"{"a":{"updateTime":1}}"#, r#"{"a":{"updateTime":2}}"#),
            (r#"{"updateTimes":1}"#, r#"{"updateTimes":2}"#),
            (r#"{"updateTime":1}"#, r#"{"b":1}"#),
        ] {
            assert_ne!(digest(left), digest(right), "{left}");
        }
        // What is absent is no content either, unless nothing else can be read.
        assert_eq!(digest(r#"{"updateTime":1,"b":1}"#), digest(r#"{"b":1}"#));
    }

    #[test]
    fn order_white_space_escapes_and_request_do_not_change_the_content() {
        let one = digest(r#"{"requestId":"r1","name":"体","extra":{"b":[1,2],"a":null}}"#);
        let other =
            digest(r#" { "extra" : { "a" : null , "b" : [ 1 , 2 ] } , "n\u0061me" : "\u4f53", "requestId" : 7 } "#);
        assert_eq!(one, other);
    }

    #[test]
    fn values_and_structure_change_the_content() {
        let records = [
            r#"{"name":"x"}"#,
            r#"{"name":"y"}"#,
            r#"{"name":""}"#,
            r#"{"name":null}"#,
            r#"{}"#,
            r#"{"name":1}"#,
            r#"{"name":"1"}"#,
            r#"{"name":1.0}"#,
            r#"{"name":[1,2]}"#,
            r#"{"name":[2,1]}"#,
            r#"{"name":[[1],2]}"#,
            r#"{"name":{"requestId":1}}"#,
            r#"{"name":"x","name":"y"}"#,
            r#"{"name":"y","name":"x"}"#,
            "null",
            "",
        ];
        let digests: std::collections::BTreeSet<_> = records.iter().map(|record| digest(record)).collect();
        assert_eq!(digests.len(), records.len());
    }

    #[test]
    fn what_is_nested_too_deeply_to_be_followed_counts_byte_for_byte() {
        for (open, close) in [("[", "]"), ("{\"b\":", "}")] {
            let nested =
                |depth, blank| digest(&format!("{{\"a\":{}{blank}1{}}}", open.repeat(depth), close.repeat(depth)));
            assert_eq!(nested(NESTING_MAX, ""), nested(NESTING_MAX, " "), "{open}");
            for depth in [NESTING_MAX + 1, 1_000] {
                assert_ne!(nested(depth, ""), nested(depth, " "), "{open}");
            }
        }
    }

    #[test]
    fn of_a_record_that_cannot_be_read_the_request_does_not_count_either() {
        let one = |request: &str| format!(r#"{{"name":"\ud83d","requestId" : {request},"mobile":"1"}}"#);
        for request in
            [r#""r1""#, r#""r2-longer""#, r#""a\"b""#, r#""\\""#, "12", "NaN", "null", "\"\u{1}\"", r#""\ud83d""#]
        {
            assert_eq!(digest(&one(request)), digest(&one("")), "{request}");
        }
        let broken = |text: &str| digest(&format!(r#"{{"a":NaN,{text}}}"#));
        // It may come last, or twice.
        assert_eq!(broken(r#""b":1,"requestId":7"#), broken(r#""b":1,"requestId":8"#));
        assert_eq!(broken(r#""requestId":"x","b":1,"requestId":"y""#), broken(r#""requestId":1,"b":1,"requestId":2"#));
        // All else counts, and what only looks like it.
        for (left, right) in [
            (r#""requestId":"r","b":1"#, r#""requestId":"r","b":2"#),
            (r#""requestId":"r" "#, r#""requestId":"r""#),
            (r#""requestIds":"r""#, r#""requestIds":"s""#),
            (r#""requestId","r""#, r#""requestId","s""#),
            (r#""requestId":"r"#, r#""requestId":"s"#),
            (r#""requestId":"a,"#, r#""requestId":"b,"#),
        ] {
            assert_ne!(broken(left), broken(right), "{left}");
        }
        let inside = r#""requestId":"\"requestId\":\"x""#;
        assert_eq!(broken(inside), broken(r#""requestId":"y""#));
        for cut in ["{\"requestId\"", "{\"requestId\":", "{\"requestId\": ", "{\"requestId\":\"", "{\"requestId\":\"\\"]
        {
            assert_ne!(digest(cut), digest("{"), "{cut}");
        }
    }

    #[test]
    fn the_digest_is_pinned() {
        // A stored rejection must be found again by the next release.
        let digests = [digest(r#"{"requestId":"r","serialNumber":"S-1","name":"张三"}"#), digest("{")];
        assert_eq!(
            digests.map(hex::encode),
            [
                "ea72da532ea2b1eb43bfdf27bee59c35bc5b6b485dcc9b721bba0b057aef0caf",
                "7563cd9db59f9dfcaf2592ce8e1e1516ced2d25c978ecd1720b314ddb0f52d42",
            ]
        );
    }

    #[test]
    fn identifiers_are_kept_where_they_can_be_used() {
        for (members, request_id, serial_number) in [
            (r#""requestId":"r","serialNumber":"s""#, Some("r"), Some("s")),
            (r#""requestId":12,"serialNumber":34"#, Some("12"), Some("34")),
            (r#""requestId":"","serialNumber":" ""#, None, None),
            (r#""requestId":"a\u0000","serialNumber":"\ud800""#, None, None),
            (r#""requestId":1.5,"serialNumber":["s"]"#, None, None),
            (r#""requestId":"a","requestId":"b","serialNumber":"s""#, None, Some("s")),
            (r#""requestId":"123456789012345678901234567890123","serialNumber":null"#, None, None),
            // Not JSON from here on: what is quoted before the fault is whole, a number may be cut off.
            (r#""requestId":"r","serialNumber":"s","name":"#, Some("r"), Some("s")),
            (r#""requestId":12,"serialNumber":"s" x"#, None, Some("s")),
            (r#""serialNumber":34,"requestId":"r","name":oops"#, Some("r"), None),
            // The reservation is known even behind it.
            (r#""name":oops,"serialNumber":"s""#, None, Some("s")),
        ] {
            let rejection = rejected(&format!("{{{members}}}"), &contract());
            assert_eq!(rejection.request_id.as_deref(), request_id, "{members}");
            assert_eq!(rejection.serial_number.as_deref(), serial_number, "{members}");
        }
    }
}
