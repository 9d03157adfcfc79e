//! JSON taken apart one level at a time, each value as its own text.
//!
//! Values stay text until a rule knows what they should be, so no number ever passes through a binary float. Nothing
//! here recurses; callers that go down a level count levels against [`NESTING_MAX`].

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deepest nesting that is followed. The interface's records have one level; each further level is scanned once more,
/// so this also bounds the work per byte.
pub(super) const NESTING_MAX: usize = 64;

/// Calls `each` for every member of the object in `text`, in order, until the text ends or stops being JSON.
///
/// Duplicate names are passed on as they come. Errors of category `Data` mean that `text` is not an object.
pub(super) fn for_each_member<'a>(
    text: &'a str,
    each: impl FnMut(Cow<'a, str>, &'a RawValue),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(MemberVisitor { each })?;
    deserializer.end()
}

/// The elements of the array in `text`.
pub(super) fn elements(text: &str) -> Result<Vec<&RawValue>, serde_json::Error> {
    serde_json::from_str(text)
}

/// Decodes the JSON string `literal` (with its quotes); `None` for escapes that are no Unicode
/// character, such as half a surrogate pair. Borrows where there is no escape.
pub(super) fn unescape(literal: &str) -> Option<Cow<'_, str>> {
    if literal.bytes().fold(false, |found, byte| found | (byte == b'\\')) {
        return serde_json::from_str(literal).ok().map(Cow::Owned);
    }
    literal.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
}

struct MemberVisitor<F> {
    each: F,
}

impl<'a, F: FnMut(Cow<'a, str>, &'a RawValue)> Visitor<'a> for MemberVisitor<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key_seed(Name)? {
            (self.each)(name, members.next_value()?);
        }
        Ok(())
    }
}

/// A member's name, borrowed where it holds no escape (serde's own `Cow` is always owned).
struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Cow<'a, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name {
    type Value = Cow<'a, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member's name")
    }

    fn visit_borrowed_str<E>(self, name: &'a str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'a, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(String, String)>, serde_json::Error> {
        let mut found = Vec::new();
        for_each_member(text, |name, value| found.push((name.into_owned(), value.get().to_owned())))?;
        Ok(found)
    }

    #[test]
    fn members_come_in_order_with_their_own_text() {
        let text = r#" { "a" : 1.50 , "\u0062":"x\ty", "a": [ 1 ] } "#;
        let expected = [("a", "1.50"), ("b", r#""x\ty""#), ("a", "[ 1 ]")];
        assert_eq!(members(text).unwrap(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_not_an_object_is_a_data_error() {
        for text in ["null", "[]", "1", "\"{}\""] {
            let error = members(text).unwrap_err();
            assert_eq!(error.classify(), serde_json::error::Category::Data, "{text}");
            assert!(error.to_string().contains("expected an object"), "{error}");
        }
        assert!(members("{} {}").unwrap_err().is_syntax());
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text() {
        assert_eq!(unescape(r#""\ud83d\ude00""#).unwrap(), "😀");
        for literal in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83dx""#] {
            assert_eq!(unescape(literal), None);
        }
    }
}
