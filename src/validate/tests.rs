//! Claims about whole records: every rule at both severities, all problems at once, and what no input may cause.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{accepted, all_problems, contract, contract_with, problems, record, record_with, rejected};
use super::{Outcome, refuse_too_large, validate};
use crate::pipeline::Contract;
use crate::reservation::{Field, Rejection, Rule, Severity};

#[test]
fn the_documents_sample_is_accepted_whole() {
    let reservation = accepted(&record(), &contract());
    assert_eq!(problems(&record(), &contract()), []);
    assert_eq!(reservation.request_id, "d5dfbba53ff87920fc77c1bffea9ea25");
    assert_eq!(reservation.serial_number, "ZJ109-35");
    assert_eq!(reservation.name.as_deref(), Some("张三"));
    assert_eq!(reservation.card_type.as_deref(), Some("1"));
    assert_eq!(reservation.birthdate, NaiveDate::from_ymd_opt(1949, 12, 31));
    assert_eq!(reservation.sex_code.as_deref(), Some("2"));
    assert_eq!(reservation.is_pregnant, Some(false));
    assert_eq!(Some(reservation.check_date), NaiveDate::from_ymd_opt(2021, 4, 6));
    assert_eq!(reservation.examination_fee.unwrap().to_string(), "2881.00");
    assert_eq!(reservation.order_status, "1");
    assert_eq!(reservation.pay_type.as_deref(), Some("0"));
    assert_eq!(reservation.data_sources.as_deref(), Some("益往健康"));
    assert_eq!(reservation.extra, None);
}

#[test]
fn empty_texts_stay_empty_and_absent_ones_stay_none() {
    let bare =
        r#"{"requestId":"r","serialNumber":"s","hospitalCode":"h","checkDate":"2021-04-06","orderStatus":5,"name":""}"#;
    let reservation = accepted(bare, &contract());
    assert_eq!(reservation.name.as_deref(), Some(""));
    assert_eq!(reservation.mobile, None);
    assert_eq!(reservation.order_status, "5");
}

/// For every rule, a record that breaks it and no other.
fn breaking(rule: Rule) -> String {
    let with = record_with;
    match rule {
        Rule::Syntax => "[]".to_owned(),
        Rule::DuplicateField => record().replacen('{', r#"{"name":"x","#, 1),
        Rule::Required => with("hospitalCode", json!("")),
        Rule::Type => with("name", json!(true)),
        Rule::MaxCharacters => with("mobile", json!("1234567890123456")),
        Rule::NulCharacter => with("name", json!("\0")),
        Rule::ControlCharacter => with("name", json!("张\n三")),
        Rule::Dictionary => with("orderStatus", json!(3)),
        Rule::CalendarDate => with("checkDate", json!("2021-02-29")),
        Rule::FeeRange => with("examinationFee", json!("10000000000")),
        Rule::FeeNegative => with("examinationFee", json!(-1)),
        Rule::FeeDecimals => with("examinationFee", json!(0.001)),
        Rule::AddOnPairs => with("addCombinationId", json!("RM0102")),
        Rule::IdentityForm => with("idcard", json!("110105")),
        Rule::IdentityLegacy => with("idcard", json!("110105491231002")),
        Rule::IdentityCheckDigit => with("idcard", json!("110105194912310021")),
        Rule::IdentityBirthdate => with("idcard", json!("110105194912300024")),
        Rule::IdentitySex => with("idcard", json!("110105194912310011")),
        Rule::Form => with("checkDate", json!("2021/04/06")),
    }
}

#[test]
fn each_rule_rejects_or_warns_as_the_contract_says() {
    for rule in Rule::ALL {
        let record = breaking(rule);
        let rejection = rejected(&record, &contract());
        let broken: Vec<_> = rejection.problems.iter().map(|problem| problem.rule).collect();
        assert_eq!(broken, [rule]);
        assert_eq!(rejection.record, record.as_bytes());

        match validate(record.as_bytes(), &contract_with(Severity::Warn)) {
            Outcome::Accepted { warnings, .. } => {
                assert!(!rule.is_essential(), "{rule:?} cannot be stored faithfully");
                assert_eq!(warnings.iter().map(|problem| problem.rule).collect::<Vec<_>>(), [rule]);
                assert_eq!(warnings[0].severity, Severity::Warn);
            }
            Outcome::Rejected(rejection) => {
                assert!(rule.is_essential(), "{rule:?} should warn");
                assert_eq!(rejection.problems[0].severity, Severity::Reject);
            }
        }
    }
}

#[test]
fn a_value_that_is_only_warned_of_is_kept_as_delivered() {
    let lenient = contract_with(Severity::Warn);
    assert_eq!(accepted(&breaking(Rule::Dictionary), &lenient).order_status, "3");
    assert_eq!(accepted(&breaking(Rule::MaxCharacters), &lenient).mobile.as_deref(), Some("1234567890123456"));
    assert_eq!(accepted(&breaking(Rule::ControlCharacter), &lenient).name.as_deref(), Some("张\n三"));
    assert_eq!(accepted(&breaking(Rule::FeeNegative), &lenient).examination_fee.unwrap().to_string(), "-1.00");
}

#[test]
fn a_dictionary_decides_about_its_unknown_codes() {
    let mut mixed = contract();
    if let Some(dictionary) = &mut mixed.fields[Field::Married.index()].dictionary {
        dictionary.on_unknown = Severity::Warn;
    }
    assert_eq!(accepted(&record_with("married", json!(3)), &mixed).married.as_deref(), Some("3"));
    assert_eq!(rejected(&record_with("sexCode", json!(3)), &mixed).problems[0].field, Some("sexCode"));
}

#[test]
fn essential_fields_are_required_whatever_the_contract_says() {
    let mut lenient = contract_with(Severity::Warn);
    for field in &mut lenient.fields {
        field.required = false;
    }
    let missing: Vec<_> = rejected("{}", &lenient).problems.iter().map(|problem| problem.field).collect();
    let essential = Field::ALL.into_iter().filter(|field| field.is_essential()).map(|field| Some(field.name()));
    assert_eq!(missing, essential.collect::<Vec<_>>());
}

#[test]
fn a_contract_may_require_more() {
    let mut strict = contract();
    for field in &mut strict.fields {
        field.required = true;
    }
    assert_eq!(rejected("{}", &strict).problems.len(), Field::COUNT);
    assert_eq!(problems(&record(), &strict), []);
}

#[test]
fn every_problem_is_reported_at_once_warnings_included() {
    let mut mixed = contract();
    mixed.severities[Rule::ControlCharacter as usize] = Severity::Warn;
    let record = r#"{"requestId":"r","name":"x","name":"y","erhcNo":"\n","cardType":1,"idcard":"110105194902300021",
        "sexCode":3,"isPregnant":"?","married":true,"mobile":"1234567890123456\u0000","hospitalCode":" ",
        "checkDate":"soon","addCombinationId":"a,b","examinationFee":-12345678901.001,"added":{"a":1,"a":2}}"#;
    let rejection = rejected(record, &mixed);
    let found: Vec<_> =
        rejection.problems.iter().map(|found| (found.field.unwrap_or(""), found.rule.as_str())).collect();
    assert_eq!(
        found,
        [
            ("", "duplicate_field"),
            ("name", "duplicate_field"),
            ("serialNumber", "required"),
            ("hospitalCode", "required"),
            ("orderStatus", "required"),
            ("married", "type"),
            ("mobile", "max_characters"),
            ("mobile", "nul_character"),
            ("erhcNo", "control_character"),
            ("sexCode", "dictionary"),
            ("isPregnant", "dictionary"),
            ("checkDate", "calendar_date"),
            ("examinationFee", "fee_range"),
            ("examinationFee", "fee_negative"),
            ("examinationFee", "fee_decimals"),
            ("addCombinationId", "add_on_pairs"),
            ("idcard", "identity_check_digit"),
            ("idcard", "identity_birthdate"),
        ]
    );
    let warnings = rejection.problems.iter().filter(|problem| problem.severity == Severity::Warn);
    assert_eq!(warnings.map(|problem| problem.rule).collect::<Vec<_>>(), [Rule::ControlCharacter]);
}

#[test]
fn a_record_that_is_too_large_is_refused_with_what_its_beginning_says() {
    let beginning =
        |request: &str| format!(r#"{{"requestId":"{request}","serialNumber":"S-1","name":"张三","note":"xxx"#);
    let of = |request: &str, omitted| refuse_too_large(beginning(request).as_bytes(), omitted, b"xx\"}", &contract());
    let rejection = of("r1", 9_000_000);
    assert_eq!((rejection.request_id.as_deref(), rejection.serial_number.as_deref()), (Some("r1"), Some("S-1")));
    assert_eq!(rejection.record, beginning("r1").as_bytes());
    let [problem] = &rejection.problems[..] else { panic!("one problem: {:?}", rejection.problems) };
    assert_eq!((problem.field, problem.rule, problem.severity), (None, Rule::Syntax, Severity::Reject));
    let kept = beginning("r1").len();
    let expected =
        format!("has {} bytes, more than any record needs: only its first {kept} are kept", 9_000_000 + kept);
    assert_eq!(problem.explanation, expected);
    // The next night it is the same one.
    assert_eq!(of("another", 9_000_000).content_sha256, rejection.content_sha256);
}

/// What is known of a record of more than 8 MiB.
fn too_large(record: &str, contract: &Contract) -> Rejection {
    const KEPT: usize = 64 * 1024;
    let omitted = record.len() as u64 - KEPT as u64;
    let (beginning, end) = (&record.as_bytes()[..KEPT], &record.as_bytes()[record.len() - KEPT..]);
    refuse_too_large(beginning, omitted, end, contract)
}

#[test]
fn of_a_record_that_is_too_large_the_serial_number_is_found_behind_what_is_large() {
    let note = "x".repeat(300_000);
    let of = |members: &str| too_large(&format!(r#"{{"requestId":"r1","note":"{note}",{members}}}"#), &contract());
    let found = of(r#""serialNumber" : "S-1","name":"x""#);
    assert_eq!((found.request_id.as_deref(), found.serial_number.as_deref()), (Some("r1"), Some("S-1")));
    for unclear in [r#""serialNumber":7"#, r#""a":{"serialNumber":"S-1"},"serialNumber":"S-2""#, r#""name":"x""#] {
        assert_eq!(of(unclear).serial_number, None, "{unclear}");
    }
    // What the beginning says goes first.
    let both = format!(r#"{{"serialNumber":"S-1","note":"{note}","a":{{"serialNumber":"S-2"}}}}"#);
    assert_eq!(too_large(&both, &contract()).serial_number.as_deref(), Some("S-1"));
}

#[test]
fn records_that_are_too_large_are_the_same_by_all_that_is_known_of_them() {
    let of = |first: &str, request: &str, length: usize, last: &str| {
        let note = "x".repeat(length);
        let record = format!(r#"{{"name":"{first}","requestId":"{request}","note":"{note}","mobile":"{last}"}}"#);
        too_large(&record, &contract()).content_sha256
    };
    let one = of("a", "r1", 300_000, "1");
    assert_eq!(of("a", &"r".repeat(32), 300_000, "1"), one);
    for other in [of("b", "r1", 300_000, "1"), of("a", "r1", 300_001, "1"), of("a", "r1", 300_000, "2")] {
        assert_ne!(other, one);
    }
    // The batch, or what is ignored, may stand in either part.
    let ignoring = Contract { ignore: ["updateTime".to_owned()].into(), ..contract() };
    let behind = |time: &str, request: &str| {
        let note = "0123456789".repeat(30_000);
        let record =
            format!(r#"{{"updateTime":{time},"note":"{note}","updateTime":{time},"requestId":{request},"b":1}}"#);
        too_large(&record, &ignoring).content_sha256
    };
    assert_eq!(behind("1", "\"r1\""), behind(r#""2026-12-06 08:00:00""#, "12345"));
    // Where one part ends and the other begins, counts.
    let parts = |beginning: &str, end: &str| refuse_too_large(beginning.as_bytes(), 8, end.as_bytes(), &contract());
    assert_ne!(parts("ab", "c").content_sha256, parts("a", "bc").content_sha256);
    let pinned = too_large(&format!(r#"{{"note":"{}"}}"#, "x".repeat(300_000)), &contract()).content_sha256;
    assert_eq!(hex::encode(pinned), "2ba24b8c3b7eaba7cbfe8df5954578d4923cc5093413a6d0bf87f15968eb191b");
}

#[test]
fn what_is_no_object_is_a_syntax_problem() {
    for record in [
        &b""[..],
        b" ",
        b"null",
        b"[]",
        b"42",
        b"\"text\"",
        b"{",
        b"{}{}",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{\"name\":\"a\tb\"}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":NaN}",
        b"{\"\\ud800\":1}",
        b"\xef\xbb\xbf{}",
    ] {
        let problems = all_problems(validate(record, &contract()));
        assert_eq!(problems.iter().map(|problem| problem.rule).collect::<Vec<_>>(), [Rule::Syntax], "{record:?}");
    }
}

/// JSON of any shape, with the interface's names among the members' names.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9]{15}|[0-9]{17}[0-9X]|[0-9]{4}-[0-9]{2}-[0-9]{2}|-?[0-9]{0,12}[.][0-9]{0,4}".prop_map(Value::from),
        "[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?[T ]00:00(:00)?([.]0+)?(Z|[+-][0-9体]{2}:?[0-9]{2})?"
            .prop_map(Value::from),
        prop::sample::select(vec!["", "1", "2", "5", "true"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 22, |inner| {
        let name = prop_oneof![3 => prop::sample::select(&Field::ALL).prop_map(|field| field.name().to_owned()), 1 => any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..22).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Whatever the outcome, it holds together.
fn check_outcome(record: &[u8]) {
    for severity in [Severity::Reject, Severity::Warn] {
        match validate(record, &contract_with(severity)) {
            Outcome::Accepted { reservation, warnings } => {
                assert!(warnings.iter().all(|problem| problem.severity == Severity::Warn));
                assert!(!reservation.serial_number.is_empty());
            }
            Outcome::Rejected(rejection) => {
                assert!(rejection.problems.iter().any(|problem| problem.severity == Severity::Reject));
                assert_eq!(rejection.record, record);
            }
        }
    }
}

proptest! {
    /// Invariant: No input causes a panic.
    #[test]
    fn arbitrary_bytes_never_panic(record in prop::collection::vec(any::<u8>(), 0..400)) {
        check_outcome(&record);
    }

    #[test]
    fn arbitrary_json_never_panics(value in any_json()) {
        check_outcome(value.to_string().as_bytes());
    }

    #[test]
    fn a_sample_with_one_arbitrary_field_never_panics(field in prop::sample::select(&Field::ALL), value in any_json()) {
        check_outcome(record_with(field.name(), value).as_bytes());
    }

    #[test]
    fn a_damaged_sample_never_panics(at in 0_usize..800, byte in any::<u8>(), end in 0_usize..900) {
        let mut damaged = record().into_bytes();
        let at = at % damaged.len();
        damaged[at] = byte;
        check_outcome(&damaged);
        damaged.truncate(end);
        check_outcome(&damaged);
    }

    /// Invariant: No explanation contains a delivered value, and no `Debug` a secret.
    /// Held by: `reservation::Problem` is built from names and limits; secrets are wrapped.
    #[test]
    fn explanations_never_hold_a_delivered_value(
        marker in "Zq[0-9a-z]{8}",
        shape in prop::sample::select(vec!["V", r#""V""#, r#""V\u0000""#, r#""V\ud800""#, r#"["V"]"#, r#"{"V":1,"V":2}"#, r#""1V,V""#]),
        fields in prop::collection::btree_set(prop::sample::select(&Field::ALL), 1..=Field::COUNT),
        suffix in prop::sample::select(vec!["", ",\"V\":\"\\u0000\"", ",\"V\"", ",\"name\":\"V\t\""]),
    ) {
        let members: Vec<String> = fields.iter().map(|field| format!("\"{field}\":{shape}")).collect();
        let record = format!("{{{}{suffix}}}", members.join(",")).replace('V', &marker);
        let outcome = validate(record.as_bytes(), &contract());
        let shown = format!("{outcome:?}");
        prop_assert!(!shown.contains(&marker), "Debug shows the record");
        for problem in all_problems(outcome) {
            prop_assert!(!problem.explanation.contains(&marker), "{}", problem.explanation);
        }
    }
}

#[test]
fn every_explanation_is_about_one_rule() {
    // Two rules that said the same could not be told apart in a report.
    let explanations: BTreeSet<_> =
        Rule::ALL.map(|rule| rejected(&breaking(rule), &contract()).problems.remove(0).explanation).into();
    assert_eq!(explanations.len(), Rule::ALL.len());
}
