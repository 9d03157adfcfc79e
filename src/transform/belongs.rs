//! Whether a refused record is about a person: asked when that person's identity is to be erased.

use serde_json::Value;

/// A document number without what only its writing has: blanks and hyphens go, full-width characters become their ASCII
/// ones, letters upper case.
pub fn fold_number(text: &str) -> String {
    text.chars().filter(|character| !is_filling(*character)).map(narrow).collect()
}

fn is_filling(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '-' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{feff}' | '\u{ff0d}')
}

fn narrow(character: char) -> char {
    let narrow = match u32::from(character) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(character),
        _ => character,
    };
    narrow.to_ascii_uppercase()
}

/// Whether the id number occurs anywhere in the record, in any field and spelling. A refused record may be wrong in any of its
/// fields, so the place of the number and the card type beside it do not matter. The number is not empty.
pub fn holds_number(record: &[u8], number: &str) -> bool {
    let number = fold_number(number);
    // As delivered, even if it is not JSON, or if a field is there twice and a reader keeps one; and behind escapes.
    text_holds(&String::from_utf8_lossy(record), &number)
        || serde_json::from_slice(record).is_ok_and(|value| value_holds(&value, &number))
}

fn value_holds(value: &Value, number: &str) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(digits) => text_holds(&digits.to_string(), number),
        Value::String(text) => text_holds(text, number),
        Value::Array(values) => values.iter().any(|value| value_holds(value, number)),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| text_holds(name, number) || value_holds(value, number))
        }
    }
}

fn text_holds(text: &str, number: &str) -> bool {
    fold_number(text).contains(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "33011120000101000x";

    #[test]
    fn the_number_is_found_wherever_a_refused_record_has_it() {
        for record in [
            r#"{"idcard":"33011120000101000X"}"#,
            r#"{"idcard":" 33011120000101000x "}"#,
            r#"{"name":"a 33011120000101000X b"}"#,
            r#"{"family":[{"of":"33011120000101000x"}]}"#,
            r#"{"33011120000101000X":1}"#,
            r#"{"idcard":"3301112000010100\u0030\u0058"}"#,
            r#"{"idcard":"33011120000101000X""#,
            r#"{"idcard":"330111 20000101-000X"}"#,
            r#"{"idcard":"３３０１１１２００００１０１０００ｘ"}"#,
            // Refused for the very reason that a field occurs twice: the reader keeps the last one only.
            r#"{"idcard":"33011120000101000X","idcard":"1"}"#,
            r#"{"extra":{"a":"33011120000101000x","a":1}}"#,
        ] {
            assert!(holds_number(record.as_bytes(), NUMBER), "{record}");
        }
        assert!(holds_number(br#"{"idcard":330111200001010}"#, "330111200001010"));
        assert!(holds_number(b"\xff33011120000101000X", NUMBER));
    }

    #[test]
    fn another_number_is_not() {
        for record in [r#"{"idcard":"330111200001010001"}"#, "", "{}", r#"{"idcard":"33011120000101000","x":"X"}"#] {
            assert!(!holds_number(record.as_bytes(), NUMBER), "{record}");
        }
    }
}
