//! Rules of the identity number (居民身份证号码): form, check digit, and what it says of birth date and sex.
//!
//! Sources: GB 11643-1999 (18 characters) and GB 11643-1989 (15 digits, not issued since 1999).

use chrono::NaiveDate;

use super::date;
use super::findings::Findings;
use super::record::Fields;
use crate::reservation::{Field, Rule};

/// `cardType` 1, 身份证. Other documents have no form that could be checked.
const CARD_TYPE_IDENTITY: &str = "1";

/// `sexCode` 1, 男, and 2, 女.
const SEX_CODES: [&str; 2] = ["1", "2"];

/// GB 11643: weights of the first 17 digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// GB 11643: check characters by the weighted sum modulo 11.
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

/// Checks a filled identity number. `birthdate` is the record's, where it is given and sound.
pub(super) fn check(fields: &Fields<'_>, birthdate: Option<NaiveDate>, findings: &mut Findings<'_>) {
    if fields.get(Field::CardType).as_text() != Some(CARD_TYPE_IDENTITY) {
        return;
    }
    let Some(number) = fields.get(Field::Idcard).as_text().filter(|number| !number.is_empty()) else { return };
    let mut report = |rule, explanation| findings.report(Some(Field::Idcard), rule, explanation);

    let Some(identity) = Identity::read(number.as_bytes()) else {
        report(Rule::IdentityForm, "is neither 17 digits and a check character nor the 15 digits of before 1999");
        return;
    };
    match identity.has_right_check_character {
        None => report(Rule::IdentityLegacy, "is the 15-digit form, which has not been issued since 1999"),
        Some(false) => report(Rule::IdentityCheckDigit, "has a wrong check character"),
        Some(true) => {}
    }
    match date::from_digits(identity.birth_digits) {
        None => report(Rule::IdentityBirthdate, "holds a birth date that is not in the calendar"),
        Some(date) if birthdate.is_some_and(|birthdate| birthdate != date) => {
            report(Rule::IdentityBirthdate, "holds another birth date than birthdate");
        }
        Some(_) => {}
    }
    // An unknown sex code is the dictionary's matter.
    let sex_code = fields.get(Field::SexCode).as_text().filter(|code| SEX_CODES.contains(code));
    if sex_code.is_some_and(|code| code != identity.sex_code) {
        report(Rule::IdentitySex, "holds another sex than sexCode");
    }
}

/// Whether the text is a citizen's identity number with a right check character and a birth date that there is.
pub fn is_identity_number(text: &str) -> bool {
    Identity::read(text.as_bytes()).is_some_and(|identity| {
        identity.has_right_check_character == Some(true) && date::from_digits(identity.birth_digits).is_some()
    })
}

/// The parts of a well-formed identity number.
struct Identity {
    /// `None`: the legacy form has none.
    has_right_check_character: Option<bool>,
    /// `yyyyMMdd`.
    birth_digits: [u8; 8],
    /// One of [`SEX_CODES`].
    sex_code: &'static str,
}

impl Identity {
    /// Layout: area 6, birth date 8 (legacy: 6, without the century), sequence 3 (odd = male), check character 1.
    fn read(number: &[u8]) -> Option<Identity> {
        match *number {
            [ref digits @ .., last] if digits.len() == 17 && is_digits(digits) => {
                if !last.is_ascii_digit() && !last.eq_ignore_ascii_case(&b'x') {
                    return None;
                }
                Some(Identity {
                    has_right_check_character: Some(last.to_ascii_uppercase() == check_character(digits)),
                    birth_digits: digits[6..14].try_into().ok()?,
                    sex_code: sex_code(digits[16]),
                })
            }
            [_, _, _, _, _, _, y3, y4, m1, m2, d1, d2, _, _, sequence] if is_digits(number) => Some(Identity {
                has_right_check_character: None,
                birth_digits: [b'1', b'9', y3, y4, m1, m2, d1, d2],
                sex_code: sex_code(sequence),
            }),
            _ => None,
        }
    }
}

fn is_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn sex_code(sequence: u8) -> &'static str {
    if sequence % 2 == 1 { SEX_CODES[0] } else { SEX_CODES[1] }
}

/// The check character of 17 ASCII digits.
fn check_character(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECK_CHARACTERS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{contract, problems, record_with_all};
    use super::*;
    use serde_json::{Value, json};

    /// The identity rules that a record with this number, birth date and sex breaks.
    fn broken(idcard: &str, birthdate: &str, sex_code: Value) -> Vec<&'static str> {
        let record = record_with_all(&[
            ("cardType", json!("1")),
            ("idcard", json!(idcard)),
            ("birthdate", json!(birthdate)),
            ("sexCode", sex_code),
        ]);
        problems(&record, &contract()).iter().map(|problem| problem.1).collect()
    }

    #[test]
    fn the_standards_examples_pass() {
        // Both examples are from GB 11643-1999.
        assert_eq!(broken("11010519491231002X", "1949-12-31", json!(2)), [""; 0]);
        assert_eq!(broken("11010519491231002x", "1949-12-31", json!("2")), [""; 0]);
        assert_eq!(broken("440524188001010014", "", json!(1)), ["identity_birthdate"], "born before 1900");
    }

    #[test]
    fn every_other_check_character_is_wrong() {
        for last in "0123456789".chars() {
            let number = format!("11010519491231002{last}");
            assert_eq!(broken(&number, "1949-12-31", json!(2)), ["identity_check_digit"]);
        }
    }

    #[test]
    fn all_that_differs_is_reported() {
        let expected = ["identity_check_digit", "identity_birthdate", "identity_sex"];
        assert_eq!(broken("110105194912310021", "1949-12-30", json!(1)), expected);
    }

    #[test]
    fn a_birth_date_inside_must_exist() {
        let digits = b"11010519490231002";
        let number = format!("11010519490231002{}", char::from(check_character(digits)));
        assert_eq!(broken(&number, "", json!(2)), ["identity_birthdate"]);
    }

    #[test]
    fn what_is_not_given_is_not_compared() {
        assert_eq!(broken("11010519491231002X", "", json!("")), [""; 0]);
        assert_eq!(broken("11010519491231002X", "", json!(null)), [""; 0]);
        assert_eq!(broken("11010519491231002X", "", json!("9")), ["dictionary"]);
    }

    #[test]
    fn the_legacy_form_is_compared_too() {
        assert_eq!(broken("110105491231002", "1949-12-31", json!(2)), ["identity_legacy"]);
        let expected = ["identity_legacy", "identity_birthdate", "identity_sex"];
        assert_eq!(broken("110105491231002", "1949-12-30", json!(1)), expected);
    }

    #[test]
    fn other_forms_are_named() {
        for number in [
            "1",
            "1101051949123100",
            "1101051949123100X2",
            "1101054912310021",
            "１１０１０５491231002",
            "11010519491231002Y",
            "A10105491231002",
            "11010549123100B",
            "ABCDEFGHIJKLMNO",
        ] {
            assert_eq!(broken(number, "1949-12-31", json!(2)), ["identity_form"], "{number}");
        }
    }

    #[test]
    fn other_documents_and_empty_numbers_are_not_checked() {
        for (card_type, idcard) in [(json!("2"), json!("E12345678")), (json!(1), json!("")), (json!(null), json!("x"))]
        {
            let record = record_with_all(&[("cardType", card_type), ("idcard", idcard)]);
            assert_eq!(problems(&record, &contract()), []);
        }
    }
}
