//! Rule of a boolean field: `true` or `false`, as JSON or as the dictionary's text.

use super::findings::Findings;
use super::record::{Fields, Scalar};
use super::text;
use crate::reservation::{Field, Rule, Severity};

/// Checks a boolean field; `None` when it is empty or broken.
pub(super) fn check(field: Field, fields: &Fields<'_>, findings: &mut Findings<'_>) -> Option<bool> {
    let value = match fields.get(field) {
        Scalar::Boolean(value) => *value,
        Scalar::Text(text) if text == "true" => true,
        Scalar::Text(text) if text == "false" => false,
        Scalar::Text(text) if !text.is_empty() => {
            // Always rejects: an unknown text has no place in a boolean column.
            findings.report_as(Severity::Reject, Some(field), Rule::Dictionary, "is neither true nor false");
            return None;
        }
        Scalar::Null | Scalar::Text(_) => {
            if findings.is_required(field) {
                findings.report_missing(field);
            }
            return None;
        }
        other => {
            findings.report(Some(field), Rule::Type, format!("is {}, a boolean is expected", other.type_name()));
            return None;
        }
    };
    text::check_dictionary(field, if value { "true" } else { "false" }, findings);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{accepted, contract, problems, record_with};
    use crate::reservation::{Field, Severity};
    use serde_json::json;

    #[test]
    fn both_spellings_of_a_boolean_are_read() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!("true"), Some(true)),
            (json!(false), Some(false)),
            (json!("false"), Some(false)),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(accepted(&record_with("isPregnant", value), &contract()).is_pregnant, expected);
        }
    }

    #[test]
    fn unknown_texts_reject_even_where_the_dictionary_warns() {
        let mut lenient = contract();
        if let Some(dictionary) = &mut lenient.fields[Field::IsPregnant.index()].dictionary {
            dictionary.on_unknown = Severity::Warn;
        }
        let found = problems(&record_with("isPregnant", json!("yes")), &lenient);
        assert_eq!(found, [("isPregnant", "dictionary", "is neither true nor false".to_owned())]);
    }

    #[test]
    fn numbers_are_no_booleans() {
        let found = problems(&record_with("isPregnant", json!(1)), &contract());
        assert_eq!(found, [("isPregnant", "type", "is an integer, a boolean is expected".to_owned())]);
    }
}
