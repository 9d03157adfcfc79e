//! Fields that the contract does not know: kept as they are, for `extra jsonb`, and never judged by content.
//!
//! Only what jsonb cannot keep is a problem: U+0000, broken escapes, the same name twice in one object, nesting beyond
//! [`NESTING_MAX`].
//!
//! Null is as good as absent, as it is in the interface's own fields.
//!
//! Numbers: a JSON number where that says exactly what was delivered (2881.00 and 2881.0 say the same), otherwise its own
//! text as a JSON string. So 12345678901234567890123 becomes "12345678901234567890123" and no digit is lost.

use std::borrow::Cow;

use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::decimal::DecimalText;
use super::findings::Findings;
use super::json::{self, NESTING_MAX};
use crate::reservation::Rule;

/// Reads the members that the interface does not name; `None` when there is none that says anything.
pub(super) fn check(
    unknown: Vec<(Cow<'_, str>, &RawValue)>,
    findings: &mut Findings<'_>,
) -> Option<Map<String, Value>> {
    if unknown.is_empty() {
        return None;
    }
    let mut faults = Faults::default();
    let mut extra = Map::new();
    for (name, value) in unknown {
        insert(&mut extra, name, value, 1, &mut faults);
    }
    for (is_found, rule, explanation) in [
        (faults.broken, Rule::Syntax, "a field outside the contract holds an escape that is no Unicode character"),
        (faults.too_deep, Rule::Syntax, "a field outside the contract is nested too deeply"),
        (faults.repeated, Rule::DuplicateField, "a field outside the contract occurs more than once"),
        (faults.nul, Rule::NulCharacter, "a field outside the contract holds U+0000, which the database cannot store"),
    ] {
        if is_found {
            findings.report(None, rule, explanation);
        }
    }
    extra.retain(|_, value| !value.is_null());
    Some(extra).filter(|extra| !extra.is_empty())
}

/// What jsonb cannot keep, found anywhere in a value. Names are delivered values, so problems do not say where.
#[derive(Default)]
struct Faults {
    broken: bool,
    too_deep: bool,
    repeated: bool,
    nul: bool,
}

fn insert(object: &mut Map<String, Value>, name: Cow<'_, str>, value: &RawValue, depth: usize, faults: &mut Faults) {
    faults.nul |= name.contains('\0');
    let value = read(value.get(), depth, faults);
    faults.repeated |= object.insert(name.into_owned(), value).is_some();
}

/// Reads one value, `depth` levels below the record. After a fault the value is of no use.
fn read(text: &str, depth: usize, faults: &mut Faults) -> Value {
    match text.as_bytes().first() {
        Some(b'{' | b'[') if depth > NESTING_MAX => {
            faults.too_deep = true;
            Value::Null
        }
        Some(b'{') => {
            let mut object = Map::new();
            let read = json::for_each_member(text, |name, value| insert(&mut object, name, value, depth + 1, faults));
            // The record as a whole was JSON, so only the escapes inside a name can be wrong here.
            faults.broken |= read.is_err();
            Value::Object(object)
        }
        Some(b'[') => {
            let elements = json::elements(text);
            faults.broken |= elements.is_err();
            Value::Array(elements.into_iter().flatten().map(|element| read(element.get(), depth + 1, faults)).collect())
        }
        Some(b'"') => match json::unescape(text) {
            Some(text) => {
                faults.nul |= text.contains('\0');
                Value::String(text.into_owned())
            }
            None => {
                faults.broken = true;
                Value::Null
            }
        },
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') | None => Value::Null,
        Some(_) => read_number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

/// The number, if `serde_json` holds it exactly.
///
/// Where PostgreSQL would write it another way (jsonb has no -0, and no exponents: 1e16 is 10000000000000000), it is held as
/// PostgreSQL has it, so that both spellings are one content.
fn read_number(text: &str) -> Option<Number> {
    let number: Number = serde_json::from_str(text).ok()?;
    let kept = DecimalText::parse(&number.to_string())?;
    // A float prints at most 17 digits, so the significand of what is kept is always there to compare.
    (DecimalText::parse(text)? == kept).then(|| as_stored(number, &kept))
}

fn as_stored(number: Number, kept: &DecimalText) -> Number {
    let printed = number.to_string();
    match kept.significand {
        Some(0) if printed.starts_with('-') => Number::from(0),
        _ if printed.contains('e') => whole_number(kept).unwrap_or(number),
        _ => number,
    }
}

/// The number as an integer, if it is one and fits.
fn whole_number(number: &DecimalText) -> Option<Number> {
    let integer = number.integer()?;
    u64::try_from(integer).map(Number::from).or_else(|_| i64::try_from(integer).map(Number::from)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{accepted, contract, problems, record, record_with};
    use super::*;
    use serde_json::json;

    /// A record whose unknown member `added` holds this JSON.
    fn with_added(json: &str) -> String {
        record_with("added", json!("MARK")).replace("\"MARK\"", json)
    }

    fn broken(json: &str) -> Vec<(&'static str, &'static str)> {
        problems(&with_added(json), &contract()).iter().map(|problem| (problem.0, problem.1)).collect()
    }

    #[test]
    fn unknown_fields_are_kept_and_known_ones_alone_leave_none() {
        assert_eq!(accepted(&record(), &contract()).extra, None);
        let extra = accepted(&with_added(r#"{"a":[1,null,true,"\u4f53"],"b":{}}"#), &contract()).extra.unwrap();
        assert_eq!(Value::Object(extra), json!({"added": {"a": [1, null, true, "体"], "b": {}}}));
    }

    #[test]
    fn a_null_is_as_good_as_absent() {
        assert_eq!(accepted(&with_added("null"), &contract()).extra, None);
        let extra = |json: &str| accepted(&with_added(json), &contract()).extra.map(Value::Object);
        assert_eq!(extra(r#"null,"other":0"#), Some(json!({"other": 0})));
        // Inside of a field, it may say something.
        assert_eq!(extra(r#"{"a":null}"#), Some(json!({"added": {"a": null}})));
        assert_eq!(extra("[null]"), Some(json!({"added": [null]})));
        assert_eq!(extra("false"), Some(json!({"added": false})));
        assert_eq!(extra(r#""""#), Some(json!({"added": ""})));
        // Twice is twice, and a name that jsonb cannot keep is one.
        assert_eq!(broken(r#"1,"added":null"#), [("", "duplicate_field")]);
        assert_eq!(problems(&with_added("null").replace("added", "\\u0000"), &contract())[0].1, "nul_character");
    }

    #[test]
    fn numbers_keep_their_value() {
        for (delivered, kept) in [
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("2881.00", json!(2881.0)),
            ("0.1", json!(0.1)),
            ("1e3", json!(1000.0)),
            ("12345678901234567890123", json!("12345678901234567890123")),
            ("0.12345678901234567890", json!("0.12345678901234567890")),
            ("1e400", json!("1e400")),
            ("1e-400", json!("1e-400")),
            // As PostgreSQL writes them.
            ("-0", json!(0)),
            ("-0.0", json!(0)),
            ("0.0", json!(0.0)),
            ("1e16", json!(10_000_000_000_000_000_u64)),
            ("-10000000000000000.0", json!(-10_000_000_000_000_000_i64)),
            ("1844674401674401e1", json!(18_446_744_016_744_010_u64)),
            ("18446744073709552000.0", json!(18_446_744_073_709_552_000.0)),
            ("1e22", json!(1e22)),
            ("1e-7", json!(1e-7)),
        ] {
            assert_eq!(accepted(&with_added(delivered), &contract()).extra.unwrap()["added"], kept, "{delivered}");
        }
    }

    #[test]
    fn the_json_readers_own_marker_is_a_plain_name() {
        let json = r#"{"$serde_json::private::RawValue":"[1]"}"#;
        let extra = accepted(&with_added(json), &contract()).extra.unwrap();
        assert_eq!(extra["added"], json!({"$serde_json::private::RawValue": "[1]"}));
    }

    #[test]
    fn nul_is_found_in_names_and_values_at_any_depth() {
        for json in [r#""\u0000""#, r#"["a\u0000"]"#, r#"{"a":{"\u0000":1}}"#] {
            assert_eq!(broken(json), [("", "nul_character")], "{json}");
        }
        let record = with_added("1").replace("added", "\\u0000");
        assert_eq!(problems(&record, &contract())[0].1, "nul_character");
    }

    #[test]
    fn what_jsonb_would_lose_is_a_problem() {
        assert_eq!(broken(r#"{"a":1,"\u0061":2}"#), [("", "duplicate_field")]);
        assert_eq!(broken(r#""a","added":"a""#), [("", "duplicate_field")]);
        assert_eq!(broken(r#"["\ud800"]"#), [("", "syntax")]);
        assert_eq!(broken(r#"{"\ud800":1}"#), [("", "syntax")]);
        // What is sound behind it does not make up for it.
        for after in ["[1]", "{}", r#""a""#] {
            assert_eq!(broken(&format!(r#"["\ud800",{after}]"#)), [("", "syntax")]);
            assert_eq!(broken(&format!(r#"[{{"a":1,"a":2}},{after}]"#)), [("", "duplicate_field")]);
            assert_eq!(broken(&format!(r#"["\u0000",{after}]"#)), [("", "nul_character")]);
        }
    }

    #[test]
    fn nesting_is_limited() {
        for (open, inside, close) in [("[", "", "]"), ("{\"a\":", "1", "}")] {
            let nested = |depth| format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(broken(&nested(NESTING_MAX)), []);
            assert_eq!(broken(&nested(NESTING_MAX + 1)), [("", "syntax")]);
            assert_eq!(broken(&nested(1_000)), [("", "syntax")]);
        }
    }
}
