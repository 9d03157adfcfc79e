//! Values in the forms of other serialisers: not written as the interface has them, but readable in one way only.
//!
//! Asked where the interface's own form is not met, never before. Dates: [`super::date_form`].

use super::decimal::DecimalText;
use super::record::Scalar;

/// Beyond it, a JSON number that went through a binary float may be another one's neighbour.
const EXACT_MAX: i128 = (1 << 53) - 1;

/// The integer that a JSON number is, whatever it is written like: `1.0`, `1.38E10`.
pub(super) fn integer(number: &str) -> Option<i64> {
    let integer = DecimalText::parse(number)?.integer()?;
    i64::try_from(integer).ok().filter(|_| (-EXACT_MAX..=EXACT_MAX).contains(&integer))
}

/// The digits of a number that is an integer from zero up.
pub(super) fn digits(number: &Scalar<'_>) -> Option<String> {
    let Scalar::Number(number) = number else { return None };
    u64::try_from(integer(number)?).ok().map(|digits| digits.to_string())
}

/// The code in a text: without the blanks of a column of fixed width, without the zeros of a fraction (`1.0`).
pub(super) fn code(text: &str) -> &str {
    let code = text.trim_matches(' ');
    match code.split_once('.') {
        Some((digits, zeros)) if is_digits(digits) && is_zeros(zeros) => digits,
        _ => code,
    }
}

/// The boolean in words or digits.
pub(super) fn boolean(value: &Scalar<'_>) -> Option<bool> {
    let word = match value {
        Scalar::Text(text) => code(text).to_ascii_lowercase(),
        value => digits(value)?,
    };
    match word.as_str() {
        "true" | "1" | "y" | "yes" | "是" => Some(true),
        "false" | "0" | "n" | "no" | "否" => Some(false),
        _ => None,
    }
}

/// Whether the text has ASCII digits and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text has zeros and nothing else.
pub(super) fn is_zeros(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fixture::{accepted, contract, contract_with, problems, record, record_with, rejected};
    use super::*;
    use crate::reservation::{Field, FieldRef, Rule, Severity};

    /// The stored value of a field delivered as this JSON, and the rules that it breaks.
    fn kept(field: Field, json: &str) -> (Option<String>, Vec<&'static str>) {
        let record = record_with(field.name(), json!("MARK")).replace("\"MARK\"", json);
        let mut contract = contract();
        contract.severities[Rule::Form as usize] = Severity::Warn;
        let broken: Vec<_> = problems(&record, &contract).iter().map(|problem| problem.1).collect();
        if broken.iter().any(|rule| *rule != "form") {
            return (None, broken);
        }
        let kept = match accepted(&record, &contract).value(field) {
            FieldRef::Text(text) => text.map(str::to_owned),
            FieldRef::Boolean(value) => value.map(|value| value.to_string()),
            _ => panic!("{field}"),
        };
        (kept, broken)
    }

    fn read_as(value: &str) -> (Option<String>, Vec<&'static str>) {
        (Some(value.to_owned()), vec!["form"])
    }

    fn as_it_stands(value: &str) -> (Option<String>, Vec<&'static str>) {
        (Some(value.to_owned()), vec![])
    }

    fn refused_by(rule: &'static str) -> (Option<String>, Vec<&'static str>) {
        (None, vec![rule])
    }

    const CODES: [Field; 5] = [Field::CardType, Field::SexCode, Field::Married, Field::OrderStatus, Field::PayType];

    #[test]
    fn codes_are_read_with_blanks_and_fractions_of_zeros() {
        for field in CODES {
            for json in ["1.0", "1.00", "1e0", "10E-1", r#""1.0""#, r#""1.000""#, r#"" 1""#, r#""1   ""#, r#"" 1.0 ""#]
            {
                assert_eq!(kept(field, json), read_as("1"), "{field}: {json}");
            }
            for json in ["1", r#""1""#] {
                assert_eq!(kept(field, json), as_it_stands("1"), "{field}: {json}");
            }
        }
        assert_eq!(kept(Field::CardType, "99.0"), read_as("99"));
        assert_eq!(kept(Field::PayType, "0.0"), read_as("0"));
        assert_eq!(kept(Field::PayType, "-0.0"), read_as("0"));
        assert_eq!(kept(Field::PayType, r#"" 20.0""#), read_as("20"));
    }

    #[test]
    fn a_code_that_could_be_another_is_none() {
        for field in CODES.into_iter().filter(|field| *field != Field::PayType) {
            for json in [r#""１""#, r#""01""#, r#""1.5""#, r#""1.""#, r#"".0""#, r#""1.0.0""#, r#""1.0x""#, r#""一""#]
            {
                // Some are too long, too.
                assert!(kept(field, json).1.contains(&"dictionary"), "{field}: {json}");
            }
            for json in ["1.5", "1e-1", "-1.0", "true", "[1]"] {
                assert_eq!(kept(field, json), refused_by("type"), "{field}: {json}");
            }
        }
        // A code that is none stays one in its other form.
        assert_eq!(kept(Field::SexCode, "3.0"), (None, vec!["dictionary", "form"]));
        assert_eq!(kept(Field::SexCode, r#""3.0""#), (None, vec!["max_characters", "dictionary"]));
        // Where anything is a code, only digits are known to be meant.
        for json in [r#""支付宝""#, r#"" 支付宝""#, r#""1.5""#, r#""a.0""#, r#"" ""#, r#"".0""#] {
            let text: String = serde_json::from_str(json).unwrap();
            assert_eq!(kept(Field::PayType, json), as_it_stands(&text));
        }
    }

    #[test]
    fn a_dictionary_of_words_has_its_blanks_taken_too_and_its_own_words_first() {
        let mut own = contract_with(Severity::Warn);
        let dictionary = own.fields[Field::SexCode.index()].dictionary.clone().unwrap();
        let label = dictionary.labels["1"].clone();
        let holding = |codes: [&str; 3]| {
            let labels = codes.iter().map(|code| ((*code).to_owned(), label.clone())).collect();
            Some(crate::pipeline::contract::Dictionary { labels, ..dictionary.clone() })
        };
        own.fields[Field::PayType.index()].dictionary = holding(["A", "1", "1.0"]);
        own.fields[Field::SerialNumber.index()].dictionary = holding(["A", "1", "1.0"]);
        for (json, expected) in [(r#""A ""#, "A"), (r#""1.0""#, "1.0"), (r#""a""#, "a")] {
            let record = record_with("payType", json!("MARK")).replace("\"MARK\"", json);
            assert_eq!(accepted(&record, &own).pay_type.as_deref(), Some(expected), "{json}");
        }
        assert_eq!(accepted(&record_with("serialNumber", json!(" A")), &own).serial_number, " A");
    }

    #[test]
    fn numbers_of_any_text_but_the_keys_are_their_digits() {
        for field in [Field::Mobile, Field::HospitalCode, Field::HospitalPackageId, Field::ErhcNo, Field::Name] {
            assert_eq!(kept(field, "13800000000.0"), read_as("13800000000"), "{field}");
            assert_eq!(kept(field, "1.38E10"), read_as("13800000000"), "{field}");
            assert_eq!(kept(field, "13800000000.5"), refused_by("type"), "{field}");
        }
        for (json, is_exact) in [("9007199254740991.0", true), ("9007199254740992.0", false), ("1e300", false)] {
            let expected = if is_exact { read_as("9007199254740991") } else { refused_by("type") };
            assert_eq!(kept(Field::ErhcNo, json), expected, "{json}");
        }
        assert_eq!(kept(Field::Mobile, r#""13800000000.0""#), as_it_stands("13800000000.0"));
        assert_eq!(kept(Field::Mobile, r#"" 13800000000""#), as_it_stands(" 13800000000"));
        for key in [Field::RequestId, Field::SerialNumber] {
            assert_eq!(kept(key, "12.0"), refused_by("type"), "the platform is told {key} in its own words");
        }
        // What is read is judged like any other text.
        assert_eq!(kept(Field::Mobile, "1234567890123456.0"), (None, vec!["max_characters", "form"]));
    }

    #[test]
    fn integers_are_exact_or_none() {
        for (number, expected) in [
            ("12", Some(12)),
            ("-12.0", Some(-12)),
            ("0.0", Some(0)),
            ("1.2e1", Some(12)),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("-9007199254740991", Some(-9_007_199_254_740_991)),
            ("9007199254740992", None),
            ("-9007199254740992", None),
            ("9223372036854775808", None),
            ("0.5", None),
            ("x", None),
        ] {
            assert_eq!(integer(number), expected, "{number}");
        }
    }

    #[test]
    fn booleans_are_read_in_words_and_digits() {
        for (expected, forms) in [
            ("true", &["1", "1.0", r#""1""#, r#""1.0""#, r#""TRUE""#, r#""Y""#, r#""y""#, r#""Yes""#, r#""是""#][..]),
            ("true", &[r#""True""#, r#"" true ""#]),
            ("false", &["0", "0.0", "-0", r#""0""#, r#""FALSE""#, r#""N""#, r#""n""#, r#""NO""#, r#""否""#]),
            ("false", &[r#""False""#, r#""false ""#]),
        ] {
            for json in forms {
                assert_eq!(kept(Field::IsPregnant, json), read_as(expected), "{json}");
            }
        }
        for json in [r#""2""#, r#""t""#, r#""孕""#, r#"" ""#, r#""null""#, r#""-1""#, r#""01""#, r#""ｙ""#] {
            assert_eq!(kept(Field::IsPregnant, json), refused_by("dictionary"), "{json}");
        }
        for json in ["2", "-1", "0.5", "[]"] {
            assert_eq!(kept(Field::IsPregnant, json), refused_by("type"), "{json}");
        }
    }

    #[test]
    fn a_contract_decides_whether_another_form_is_refused() {
        for (name, value) in [("sexCode", json!("2.0")), ("isPregnant", json!(0)), ("checkDate", json!("20210406"))] {
            let delivered = record_with(name, value);
            let rejection = rejected(&delivered, &contract());
            assert_eq!(rejection.problems.len(), 1);
            assert_eq!((rejection.problems[0].field, rejection.problems[0].rule), (Some(name), Rule::Form));
            assert_eq!(rejection.problems[0].severity, Severity::Reject);
            assert_eq!(rejection.record, delivered.as_bytes());
        }
    }

    #[test]
    fn what_is_read_counts_for_the_rules_that_look_at_several_fields() {
        let lenient = contract_with(Severity::Warn);
        let broken = |changes: &[(&str, Value)]| -> Vec<_> {
            let record = super::super::fixture::record_with_all(changes);
            problems(&record, &lenient).into_iter().map(|(field, rule, _)| (field, rule)).collect()
        };
        assert_eq!(problems(&record(), &lenient), []);
        let number = ("idcard", json!("11010519491231002X"));
        let expected = [("idcard", "identity_sex"), ("cardType", "form"), ("sexCode", "form")];
        assert_eq!(broken(&[number.clone(), ("cardType", json!(1.0)), ("sexCode", json!("1.0"))]), expected);
        let expected = [("idcard", "identity_birthdate"), ("birthdate", "form")];
        assert_eq!(broken(&[number, ("birthdate", json!("1949/12/30"))]), expected);
    }
}
