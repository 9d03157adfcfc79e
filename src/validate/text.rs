//! Rules of a text field: required, type, length, characters, dictionary; and codes and numbers in another form that can only
//! mean one text ([`form`]).

use super::findings::Findings;
use super::form;
use super::record::{Fields, Scalar};
use crate::reservation::{Field, Rule, Severity};

/// Checks a text field. Integers are taken as their digits: the platform's own sample writes codes as numbers.
pub(super) fn check(field: Field, fields: &mut Fields<'_>, findings: &mut Findings<'_>) {
    let mut digits = None;
    let text = match fields.get(field) {
        Scalar::Null => "",
        Scalar::Broken => {
            findings.report(Some(field), Rule::Syntax, "holds an escape that is no Unicode character");
            return;
        }
        scalar => match scalar.as_text() {
            Some(text) => text,
            None => {
                digits = form::digits(scalar).filter(|_| !is_key(field));
                let Some(digits) = &digits else {
                    let explanation = format!("is {}, a text or an integer is expected", scalar.type_name());
                    findings.report(Some(field), Rule::Type, explanation);
                    return;
                };
                digits
            }
        },
    };
    // A key or a code of blanks only says as little as an empty one.
    if findings.is_required(field) && text.trim_start().is_empty() {
        findings.report_missing(field);
    }
    if text.is_empty() {
        return;
    }
    let is_known = is_code(field, text, findings);
    let code = if is_known || is_key(field) { None } else { Some(form::code(text)) };
    let code = code.filter(|code| is_code(field, code, findings));
    let text = code.unwrap_or(text);
    check_length(field, text, findings);
    check_characters(field, text, findings);
    if !is_known && code.is_none() {
        report_unknown(field, findings);
    }
    if let Some(meant) = code.map(str::to_owned).or(digits) {
        findings.report_form(field);
        fields.set_text(field, meant);
    }
}

/// Keys that are sent back to the platform unchanged: never read in another form.
fn is_key(field: Field) -> bool {
    matches!(field, Field::RequestId | Field::SerialNumber)
}

/// Whether the text is what the field may hold, by its dictionary.
fn is_code(field: Field, text: &str, findings: &Findings<'_>) -> bool {
    match &findings.field_contract(field).dictionary {
        Some(dictionary) => dictionary.labels.contains_key(text),
        // A code, too, though the interface has no dictionary of them.
        None => field != Field::PayType || form::is_digits(text),
    }
}

/// Rule `max_characters`. Characters are Unicode scalar values.
fn check_length(field: Field, text: &str, findings: &mut Findings<'_>) {
    let Some(allowed) = findings.field_contract(field).max_characters else { return };
    // A text has at most as many characters as bytes, so most need no counting.
    if text.len() > allowed {
        let characters = text.chars().count();
        if characters > allowed {
            let explanation = format!("has {characters} characters, at most {allowed} are allowed");
            // The two keys are in the platform's own columns, and some lengths no index or file can hold: no contract lets
            // these in.
            if is_key(field) || characters > field.characters_max() {
                findings.report_as(Severity::Reject, Some(field), Rule::MaxCharacters, explanation);
            } else {
                findings.report(Some(field), Rule::MaxCharacters, explanation);
            }
        }
    }
}

/// Rules `nul_character` and `control_character` (C0, DEL, C1).
fn check_characters(field: Field, text: &str, findings: &mut Findings<'_>) {
    // 0xC2 leads U+0080 to U+00BF, so C1 among others. Few texts pass this first, branch-free look.
    let is_suspect = text.bytes().fold(false, |found, byte| found | matches!(byte, 0..=0x1f | 0x7f | 0xc2));
    if !is_suspect {
        return;
    }
    if text.contains('\0') {
        findings.report(Some(field), Rule::NulCharacter, "holds U+0000, which the database cannot store");
    }
    let controls = text.chars().filter(|character| character.is_control() && *character != '\0').count();
    if controls > 0 {
        findings.report(Some(field), Rule::ControlCharacter, format!("holds {controls} control characters"));
    }
}

/// Checks the rule `dictionary`.
pub(super) fn check_dictionary(field: Field, code: &str, findings: &mut Findings<'_>) {
    if !is_code(field, code, findings) {
        report_unknown(field, findings);
    }
}

/// The dictionary, if there is one, says itself what an unknown code does.
fn report_unknown(field: Field, findings: &mut Findings<'_>) {
    let Some(dictionary) = &findings.field_contract(field).dictionary else { return };
    let explanation = format!("is not a code of the dictionary {}", dictionary.name);
    findings.report_as(dictionary.on_unknown, Some(field), Rule::Dictionary, explanation);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{all_problems, contract, contract_with, problems, record_with, rejected};
    use super::super::validate;
    use super::*;

    #[test]
    fn over_long_keys_are_rejected_whatever_the_contract_says() {
        let record = record_with("serialNumber", json!("S".repeat(51)));
        let rejection = rejected(&record, &contract_with(Severity::Warn));
        assert_eq!(rejection.problems[0].rule, Rule::MaxCharacters);
    }

    #[test]
    fn what_no_index_and_no_cell_can_hold_is_rejected_whatever_the_contract_says() {
        for (field, limit) in [("hospitalCode", 150), ("dataSources", 150), ("addCombinationName", 16_000)] {
            let of = |characters| record_with(field, json!("𠮷".repeat(characters)));
            let lenient = contract_with(Severity::Warn);
            let severity = |record: &str| all_problems(validate(record.as_bytes(), &lenient))[0].severity;
            assert_eq!((severity(&of(limit)), severity(&of(limit + 1))), (Severity::Warn, Severity::Reject), "{field}");
        }
    }

    #[test]
    fn over_long_name_is_rejected_with_its_limit() {
        let found = problems(&record_with("name", json!("长".repeat(21))), &contract());
        assert_eq!(found, [("name", "max_characters", "has 21 characters, at most 20 are allowed".to_owned())]);
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert_eq!(problems(&record_with("name", json!("😀".repeat(20))), &contract()), []);
    }

    #[test]
    fn blanks_do_not_fill_a_required_field() {
        for blank in [json!(""), json!(null), json!(" \u{3000}")] {
            let found = problems(&record_with("hospitalCode", blank), &contract());
            assert_eq!(found[0].1, "required");
            assert_eq!(found.len(), 1);
        }
        assert_eq!(problems(&record_with("name", json!("")), &contract()), []);
    }

    #[test]
    fn only_texts_and_integers_are_text() {
        for value in [json!(1.5), json!(true), json!({}), json!([])] {
            let found = problems(&record_with("payType", value), &contract());
            assert_eq!((found[0].0, found[0].1), ("payType", "type"));
        }
        for value in [json!(0), json!("0")] {
            assert_eq!(problems(&record_with("payType", value), &contract()), []);
        }
    }

    #[test]
    fn every_control_character_is_found() {
        for character in (1..0x20).chain(0x7f..0xa0).filter_map(char::from_u32) {
            let found = problems(&record_with("name", json!(format!("张{character}三"))), &contract());
            assert_eq!((found[0].0, found[0].1), ("name", "control_character"), "{character:?}");
        }
        let found = problems(&record_with("name", json!("\n\n\u{7f}\u{7f}\u{80}\u{80}")), &contract());
        assert_eq!(found, [("name", "control_character", "holds 6 control characters".to_owned())]);
        for character in [' ', '\u{a0}', '\u{bf}', '¢', '—', '\u{feff}'] {
            assert_eq!(problems(&record_with("name", json!(format!("张{character}三"))), &contract()), []);
        }
    }

    #[test]
    fn nul_has_its_own_rule() {
        let found = problems(&record_with("name", json!("\0\t")), &contract());
        assert_eq!(found.iter().map(|problem| problem.1).collect::<Vec<_>>(), ["nul_character", "control_character"]);
    }

    #[test]
    fn an_empty_code_is_not_looked_up() {
        assert_eq!(problems(&record_with("married", json!("")), &contract()), []);
        let found = problems(&record_with("married", json!(9)), &contract());
        assert_eq!(found, [("married", "dictionary", "is not a code of the dictionary married".to_owned())]);
    }

    #[test]
    fn half_a_surrogate_pair_is_a_syntax_problem_of_its_field() {
        let record = record_with("name", json!("MARK")).replace("MARK", "\\ud83d");
        assert_eq!(problems(&record, &contract())[0].1, "syntax");
    }
}
