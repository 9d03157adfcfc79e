//! Reading a record: bytes as delivered → one scalar per field of the interface, and its other members.
//!
//! Judges nothing but the form of the JSON, and borrows from the record wherever it can.

use std::borrow::Cow;
use std::mem;

use serde_json::error::Category;
use serde_json::value::RawValue;

use super::findings::Findings;
use super::json;
use crate::reservation::{Field, Rule, Text};

/// A field's value as delivered.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Scalar<'a> {
    /// Absent or null.
    #[default]
    Null,
    Text(Cow<'a, str>),
    /// The number's own text.
    Number(&'a str),
    Boolean(bool),
    /// An object's or an array's own text.
    Nested(&'a str),
    /// A text with escapes that are no Unicode character.
    Broken,
}

impl<'a> Scalar<'a> {
    fn read(value: &'a RawValue) -> Scalar<'a> {
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'"') => json::unescape(text).map_or(Scalar::Broken, Scalar::Text),
            Some(b'n') | None => Scalar::Null,
            Some(b't') => Scalar::Boolean(true),
            Some(b'f') => Scalar::Boolean(false),
            Some(b'{' | b'[') => Scalar::Nested(text),
            Some(_) => Scalar::Number(text),
        }
    }

    /// The text of a text or of an integer: the platform writes codes both ways.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            Scalar::Number(digits) if is_integer(digits) => Some(digits),
            _ => None,
        }
    }

    /// The type's name, for explanations.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Text(_) => "a text",
            Scalar::Number(digits) if is_integer(digits) => "an integer",
            Scalar::Number(_) => "a number with a fraction or an exponent",
            Scalar::Boolean(_) => "a boolean",
            Scalar::Nested(_) => "an object or an array",
            Scalar::Broken => "a text with broken escapes",
        }
    }
}

/// Whether the text of a JSON number has neither fraction nor exponent.
fn is_integer(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// The fields of one record.
#[derive(Default)]
pub(super) struct Fields<'a> {
    scalars: [Scalar<'a>; Field::COUNT],
    /// One bit per field that is in the record.
    seen: u32,
    /// One bit per field that is in the record more than once. The first value counts.
    repeated: u32,
    unknown: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, field: Field) -> &Scalar<'a> {
        &self.scalars[field.index()]
    }

    pub(super) fn is_repeated(&self, field: Field) -> bool {
        self.repeated & bit(field) != 0
    }

    /// Moves out the text of a text or of an integer; `None` for anything else.
    pub(super) fn take_text(&mut self, field: Field) -> Option<Text> {
        match mem::take(&mut self.scalars[field.index()]) {
            Scalar::Text(text) => Some(text.into()),
            Scalar::Number(digits) if is_integer(digits) => Some(digits.into()),
            _ => None,
        }
    }

    /// Puts the text that is meant in place of another form of it.
    pub(super) fn set_text(&mut self, field: Field, text: String) {
        self.scalars[field.index()] = Scalar::Text(Cow::Owned(text));
    }

    /// Moves out the members that the interface does not name, in order.
    pub(super) fn take_unknown(&mut self) -> Vec<(Cow<'a, str>, &'a RawValue)> {
        mem::take(&mut self.unknown)
    }

    fn insert(&mut self, name: Cow<'a, str>, value: &'a RawValue) {
        let Some(field) = self.recognise(&name) else {
            self.unknown.push((name, value));
            return;
        };
        if self.seen & bit(field) != 0 {
            self.repeated |= bit(field);
            return;
        }
        self.seen |= bit(field);
        self.scalars[field.index()] = Scalar::read(value);
    }

    /// The field of that name. Guesses the one after the last in the document's order, which is how records come.
    fn recognise(&self, name: &str) -> Option<Field> {
        let after_last = (u32::BITS - self.seen.leading_zeros()) as usize;
        match Field::ALL.get(after_last) {
            Some(field) if field.name() == name => Some(*field),
            _ => Field::from_name(name),
        }
    }
}

const _: () = assert!(Field::COUNT <= u32::BITS as usize, "one bit per field");

const fn bit(field: Field) -> u32 {
    1 << field.index()
}

/// Why a record cannot be read as a JSON object.
#[derive(Debug)]
pub(super) enum Fault {
    NotUtf8 { valid_bytes: usize },
    NotAnObject,
    Json { line: usize, column: usize },
}

impl Fault {
    /// Positions at most, never content. (The JSON reader's own messages may quote values.)
    pub(super) fn explanation(&self) -> String {
        match self {
            Fault::NotUtf8 { valid_bytes } => format!("is not UTF-8 after {valid_bytes} bytes"),
            Fault::NotAnObject => "is not a JSON object".to_owned(),
            Fault::Json { line, column } => format!("is not valid JSON at line {line}, column {column}"),
        }
    }
}

/// Reads a record. After a fault, the fields are those before it.
pub(super) fn read(record: &[u8]) -> (Fields<'_>, Option<Fault>) {
    let (text, not_utf8) = match std::str::from_utf8(record) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid_bytes = error.valid_up_to();
            (std::str::from_utf8(&record[..valid_bytes]).unwrap_or_default(), Some(Fault::NotUtf8 { valid_bytes }))
        }
    };
    let mut fields = Fields::default();
    let not_json = match json::for_each_member(text, |name, value| fields.insert(name, value)) {
        Ok(()) => None,
        Err(error) if error.classify() == Category::Data => Some(Fault::NotAnObject),
        Err(error) => Some(Fault::Json { line: error.line(), column: error.column() }),
    };
    (fields, not_utf8.or(not_json))
}

/// Rule `duplicate_field` for the fields of the interface. Only one of two values could be kept.
pub(super) fn check_duplicates(fields: &Fields<'_>, findings: &mut Findings<'_>) {
    if fields.repeated != 0 {
        for field in Field::ALL.into_iter().filter(|field| fields.is_repeated(*field)) {
            findings.report(Some(field), Rule::DuplicateField, "occurs more than once in the record");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_whole(record: &str) -> Fields<'_> {
        let (fields, fault) = read(record.as_bytes());
        assert!(fault.is_none());
        fields
    }

    #[test]
    fn every_field_is_found_in_any_order() {
        for reverse in [false, true] {
            let mut members: Vec<String> = Field::ALL.map(|field| format!("\"{field}\":{}", field.index())).to_vec();
            if reverse {
                members.reverse();
            }
            let record = format!("{{{}}}", members.join(","));
            let mut fields = read_whole(&record);
            for field in Field::ALL {
                assert_eq!(fields.get(field).as_text(), Some(field.index().to_string().as_str()));
            }
            assert!(fields.take_unknown().is_empty());
        }
    }

    #[test]
    fn escaped_names_are_the_same_field() {
        let mut fields = read_whole(r#"{"\u006eame":"x","Name":"y"}"#);
        assert_eq!(fields.take_text(Field::Name).as_deref(), Some("x"));
        assert_eq!(fields.take_unknown()[0].0, "Name");
    }

    #[test]
    fn integers_keep_every_digit() {
        let digits = "123456789012345678901234567890";
        let record = format!("{{\"mobile\":{digits},\"name\":-0,\"married\":1.0,\"sexCode\":1e0}}");
        let mut fields = read_whole(&record);
        assert_eq!(fields.take_text(Field::Mobile).as_deref(), Some(digits));
        assert_eq!(fields.take_text(Field::Name).as_deref(), Some("-0"));
        assert_eq!(fields.get(Field::Married).as_text(), None);
        assert_eq!(fields.get(Field::SexCode).as_text(), None);
        assert_eq!((fields.take_text(Field::Married), fields.take_text(Field::SexCode)), (None, None));
    }

    #[test]
    fn what_a_value_is_has_a_name() {
        for (value, name) in [
            ("null", "null"),
            ("\"1\"", "a text"),
            ("-12", "an integer"),
            ("1.0", "a number with a fraction or an exponent"),
            ("1e2", "a number with a fraction or an exponent"),
            ("true", "a boolean"),
            ("{}", "an object or an array"),
            ("[1]", "an object or an array"),
            ("\"\\ud800\"", "a text with broken escapes"),
        ] {
            assert_eq!(read_whole(&format!("{{\"name\":{value}}}")).get(Field::Name).type_name(), name);
        }
    }

    #[test]
    fn a_fault_is_told_by_its_place_and_by_nothing_that_stands_there() {
        for (record, explanation) in [
            (&b"[1]"[..], "is not a JSON object"),
            (b"null", "is not a JSON object"),
            (b"{\"name\":\n oops}", "is not valid JSON at line 2, column 2"),
            (b"{\"name\":\"\xff\"}", "is not UTF-8 after 9 bytes"),
        ] {
            assert_eq!(read(record).1.unwrap().explanation(), explanation);
        }
    }

    #[test]
    fn plain_texts_are_borrowed() {
        let fields = read_whole(r#"{"name":"张三"}"#);
        assert!(matches!(fields.get(Field::Name), Scalar::Text(Cow::Borrowed("张三"))));
    }

    #[test]
    fn fields_before_a_fault_are_kept() {
        for record in
            [&b"{\"serialNumber\":\"S-1\",\"name\":\"\xff\"}"[..], b"{\"serialNumber\":\"S-1\",\"name\":\"a\tb\"}"]
        {
            let (mut fields, fault) = read(record);
            assert!(fault.is_some());
            assert_eq!(fields.take_text(Field::SerialNumber).as_deref(), Some("S-1"));
        }
    }
}
