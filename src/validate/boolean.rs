//! Rule of a boolean field: `true` or `false`, as JSON or as the dictionary's text, or in another form that can only mean one
//! ([`form`]).

use super::findings::Findings;
use super::form;
use super::record::{Fields, Scalar};
use super::text;
use crate::reservation::{Field, Rule, Severity};

/// Checks a boolean field; `None` when it is empty or broken.
pub(super) fn check(field: Field, fields: &Fields<'_>, findings: &mut Findings<'_>) -> Option<bool> {
    let value = match fields.get(field) {
        Scalar::Boolean(value) => Some(*value),
        Scalar::Text(text) if !text.is_empty() => {
            let value = match &**text {
                "true" => Some(true),
                "false" => Some(false),
                _ => in_another_form(field, fields, findings),
            };
            if value.is_none() {
                // Always rejects: an unknown text has no place in a boolean column.
                findings.report_as(Severity::Reject, Some(field), Rule::Dictionary, "is neither true nor false");
            }
            value
        }
        Scalar::Null | Scalar::Text(_) => {
            if findings.is_required(field) {
                findings.report_missing(field);
            }
            None
        }
        other => {
            let value = in_another_form(field, fields, findings);
            if value.is_none() {
                findings.report(Some(field), Rule::Type, format!("is {}, a boolean is expected", other.type_name()));
            }
            value
        }
    };
    if let Some(value) = value {
        text::check_dictionary(field, if value { "true" } else { "false" }, findings);
    }
    value
}

fn in_another_form(field: Field, fields: &Fields<'_>, findings: &mut Findings<'_>) -> Option<bool> {
    form::boolean(fields.get(field)).inspect(|_| findings.report_form(field))
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
    fn a_value_that_the_dictionary_leaves_out_is_judged_by_it() {
        let mut narrow = contract();
        if let Some(dictionary) = &mut narrow.fields[Field::IsPregnant.index()].dictionary {
            dictionary.labels.retain(|code, _| code == "true");
        }
        assert_eq!(problems(&record_with("isPregnant", json!(true)), &narrow), []);
        for value in [json!(false), json!("false"), json!(0)] {
            let found = problems(&record_with("isPregnant", value), &narrow);
            assert!(found.iter().any(|(field, rule, _)| (*field, *rule) == ("isPregnant", "dictionary")), "{found:?}");
        }
    }

    #[test]
    fn unknown_texts_reject_even_where_the_dictionary_warns() {
        let mut lenient = contract();
        if let Some(dictionary) = &mut lenient.fields[Field::IsPregnant.index()].dictionary {
            dictionary.on_unknown = Severity::Warn;
        }
        let found = problems(&record_with("isPregnant", json!("maybe")), &lenient);
        assert_eq!(found, [("isPregnant", "dictionary", "is neither true nor false".to_owned())]);
    }

    #[test]
    fn numbers_are_no_booleans_but_0_and_1() {
        let found = problems(&record_with("isPregnant", json!(2)), &contract());
        assert_eq!(found, [("isPregnant", "type", "is an integer, a boolean is expected".to_owned())]);
    }
}
