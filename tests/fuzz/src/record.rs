//! One record against the shipped contract, and one that lets pass what a hospital may: what is accepted says what was delivered, and fits the warehouse's columns;
//! what is refused has a reason, and is kept to the byte.

use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use serde_json::value::RawValue;
use tijian::pipeline::Contract;
use tijian::pipeline::contract::SHIPPED;
use tijian::reservation::{Field, FieldKind, FieldRef, Problem, Rejection, Reservation, Rule, Severity};
use tijian::validate::{Outcome, validate};

use super::json::{Members, number, says_the_same};

/// The interface document as it stands.
pub static STRICT: LazyLock<Contract> = LazyLock::new(Contract::shipped);

/// The same where a hospital lets everything pass that it may.
pub static LENIENT: LazyLock<Contract> =
    LazyLock::new(|| Contract::parse(Path::new("lenient.toml"), &lenient()).expect("a contract"));

/// The text of [`LENIENT`].
pub fn lenient() -> String {
    let decided = ["max_characters", "control_character", "dictionary", "fee_negative", "on_unknown"];
    decided.iter().fold(SHIPPED.to_owned(), |text, rule| {
        let lenient = text.replace(&format!("{rule} = \"reject\""), &format!("{rule} = \"warn\""));
        assert_ne!(lenient, text, "{rule}");
        lenient
    })
}

/// A record that every rule lets pass. The value of one field is left to the fuzzer.
const SOUND: [(&str, &str); Field::COUNT] = [
    ("requestId", r#""d5dfbba53ff87920fc77c1bffea9ea25""#),
    ("serialNumber", r#""ZJ109-35""#),
    ("erhcNo", r#""50043697C1E58FAD""#),
    ("name", r#""张三""#),
    ("cardType", "1"),
    ("idcard", r#""11010519491231002X""#),
    ("birthdate", r#""1949-12-31""#),
    ("sexCode", "2"),
    ("isPregnant", "false"),
    ("married", "1"),
    ("mobile", r#""13900000000""#),
    ("hospitalCode", r#""100637""#),
    ("hospitalName", r#""体检中心""#),
    ("checkDate", r#""2026-04-06""#),
    ("hospitalPackageId", r#""RM16""#),
    ("hospitalPackageName", r#""体检套餐""#),
    ("addCombinationId", r#""A1,A2""#),
    ("addCombinationName", r#""甲,乙""#),
    ("examinationFee", "2881.00"),
    ("orderStatus", "1"),
    ("payType", "0"),
    ("dataSources", r#""益往健康""#),
];

pub fn check(data: &[u8]) {
    let [form, data @ ..] = data else { return };
    let contract = if form & 0x80 == 0 { &*STRICT } else { &*LENIENT };
    drop(match usize::from(form % 32) {
        // One field's value is the fuzzer's.
        at @ 0..Field::COUNT => {
            let mut record = b"{".to_vec();
            for (index, (name, value)) in SOUND.iter().enumerate() {
                let value = if index == at { data } else { value.as_bytes() };
                let comma: &[u8] = if index == 0 { b"" } else { b"," };
                record.extend([comma, b"\"", name.as_bytes(), b"\":", value].concat());
            }
            record.push(b'}');
            judge(&record, contract)
        }
        // A field that the interface does not name, or several members.
        22..=26 => {
            let members: Vec<String> = SOUND.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            judge(&[b"{", members.join(",").as_bytes(), br#","unknown":"#, data, b"}"].concat(), contract)
        }
        _ => judge(data, contract),
    });
}

/// Validates a record and compares the outcome with what was delivered. Returns the outcome.
pub fn judge(record: &[u8], contract: &Contract) -> Outcome {
    let outcome = validate(record, contract);
    match &outcome {
        Outcome::Accepted { reservation, warnings } => {
            assert!(warnings.iter().all(|problem| problem.severity == Severity::Warn));
            let members = Members::read(record).expect("what is accepted is a JSON object");
            compare(&members, reservation, warnings, contract);
            interfaces_form_says_the_same(reservation, warnings, contract);
        }
        Outcome::Rejected(rejection) => compare_rejection(record, rejection),
    }
    assert!(validate(record, contract) == outcome, "the same record, the same outcome");
    escaped_says_the_same(record, &outcome, contract);
    outcome
}

fn compare_rejection(record: &[u8], rejection: &Rejection) {
    assert_eq!(rejection.record, record, "a refused record is kept to the byte");
    assert!(rejection.problems.iter().any(|problem| problem.severity == Severity::Reject), "refused for a reason");
    for problem in &rejection.problems {
        let is_plain = !problem.explanation.is_empty() && !problem.explanation.contains(char::is_control);
        assert!(is_plain, "a reason is a line for people");
    }
    for key in [&rejection.request_id, &rejection.serial_number].into_iter().flatten() {
        assert!(!key.contains('\0') && key.chars().count() <= 50, "a key can be stored and sent back");
    }
}

/// Escapes are another way to write the same text: they change nothing. (A record with a text that nobody can read counts
/// byte for byte.)
fn escaped_says_the_same(record: &[u8], outcome: &Outcome, contract: &Contract) {
    let Ok(text) = std::str::from_utf8(record) else { return };
    let is_readable = Members::read(record).is_some() && serde_json::from_slice::<Value>(record).is_ok();
    if text.is_ascii() || !is_readable {
        return;
    }
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("a String takes everything");
            }
        }
    }
    match (outcome, validate(escaped.as_bytes(), contract)) {
        (Outcome::Accepted { .. }, other) => assert!(*outcome == other, "escapes change nothing"),
        (Outcome::Rejected(one), Outcome::Rejected(other)) => {
            assert_eq!(one.content_sha256, other.content_sha256, "escapes do not make another record");
            assert_eq!(one.serial_number, other.serial_number);
        }
        _ => panic!("escapes let a refused record pass"),
    }
}

/// Written as the interface has it, an accepted record is the same reservation, and nothing is said of its form. (Without
/// what the interface does not name: a float there may not survive its own printing.)
fn interfaces_form_says_the_same(reservation: &Reservation, warnings: &[Problem], contract: &Contract) {
    let reservation = Reservation { extra: None, ..reservation.clone() };
    let mut members = serde_json::Map::new();
    for field in Field::ALL {
        let value = match reservation.value(field) {
            FieldRef::Text(value) => value.map(Value::from),
            FieldRef::Date(value) => value.map(|date| date.to_string().into()),
            FieldRef::Boolean(value) => value.map(Value::from),
            FieldRef::Decimal(value) => value.map(|fee| fee.to_string().into()),
        };
        members.extend(value.map(|value| (field.name().to_owned(), value)));
    }
    match validate(Value::Object(members).to_string().as_bytes(), contract) {
        Outcome::Accepted { reservation: other, warnings: others } => {
            assert!(other == reservation, "the interface's form is the same reservation");
            let others_but_form = warnings.iter().filter(|problem| problem.rule != Rule::Form);
            assert!(others.iter().eq(others_but_form), "the interface's form is the same but for the form");
        }
        Outcome::Rejected(rejection) => panic!("the interface's form is refused: {:?}", rejection.problems),
    }
}

/// Whether the field was read, but not in the interface's form.
pub fn is_in_another_form(field: Field, warnings: &[Problem]) -> bool {
    warnings.iter().any(|problem| problem.rule == Rule::Form && problem.field == Some(field.name()))
}

/// Every field of an accepted record says what was delivered under its name, and nothing was left out.
pub fn compare(members: &Members, reservation: &Reservation, warnings: &[Problem], contract: &Contract) {
    let rejects = |rule| contract.severity(rule) == Severity::Reject;
    // A value in another form is another text, or there would be nothing to warn of.
    let compare_texts = |field: Field, kept: Option<&str>, delivered: Option<&str>| {
        assert_eq!(
            kept != delivered,
            is_in_another_form(field, warnings),
            "{field}: {delivered:?} is kept as {kept:?}"
        );
    };
    for field in Field::ALL {
        assert!(members.count(field.name()) <= 1, "one of two values would be lost");
        let delivered = members.get(field.name()).filter(|value| *value != "null");
        match field.kind() {
            FieldKind::Text => {
                let kept = text_of(reservation, field);
                let delivered = delivered.map(text_delivered);
                compare_texts(field, kept, delivered.as_deref());
                if is_in_another_form(field, warnings) {
                    assert!(!matches!(field, Field::RequestId | Field::SerialNumber), "a key is sent back as it came");
                    let (kept, delivered) = (kept.unwrap_or_default(), delivered.as_deref().unwrap_or_default().trim());
                    assert!(kept == delivered || number(kept) == number(delivered), "{field}");
                }
                let (own, text) = (contract.field(field), kept.unwrap_or_default());
                let characters = text.chars().count();
                let limit = own.max_characters.filter(|_| rejects(Rule::MaxCharacters));
                assert!(characters <= limit.unwrap_or_else(|| field.characters_max()), "{field}");
                assert!(!text.contains('\0'), "{field}");
                assert!(!rejects(Rule::ControlCharacter) || !text.contains(char::is_control), "{field}");
                assert!(!own.required || !text.is_empty(), "{field}");
                if let Some(dictionary) = own.dictionary.as_ref().filter(|_| !text.is_empty()) {
                    let is_lenient = dictionary.on_unknown == Severity::Warn;
                    assert!(is_lenient || dictionary.labels.contains_key(text), "{field}");
                }
            }
            FieldKind::Date => {
                let kept = if field == Field::CheckDate { Some(reservation.check_date) } else { reservation.birthdate };
                let kept = kept.map(|date| date.format("%Y-%m-%d").to_string());
                let delivered = delivered.map(text_delivered).filter(|text| !text.is_empty());
                compare_texts(field, kept.as_deref(), delivered.as_deref());
            }
            FieldKind::Boolean => {
                let kept = reservation.is_pregnant.map(|value| value.to_string());
                let delivered = delivered.map(|value| value.trim_matches('"').to_owned());
                compare_texts(field, kept.as_deref(), delivered.filter(|text| !text.is_empty()).as_deref());
            }
            FieldKind::Decimal => {
                let delivered = delivered.map(text_delivered).filter(|text| !text.is_empty());
                let kept = reservation.examination_fee.map(|fee| fee.to_string());
                assert_eq!(kept.as_deref().map(number), delivered.as_deref().map(number), "{field}");
                if let Some(kept) = kept {
                    let (whole, fraction) = kept.trim_start_matches('-').split_once('.').expect("two decimals");
                    assert!(whole.len() <= 10 && fraction.len() == 2, "{field}");
                    assert!(!rejects(Rule::FeeNegative) || !kept.starts_with('-'), "{field}");
                }
            }
        }
    }
    let unknown: Vec<_> = members.0.iter().filter(|(name, value)| is_unknown(name, value)).collect();
    let kept = reservation.extra.iter().flatten().count();
    assert_eq!(kept, unknown.len(), "unknown fields are kept, all of them");
    for (name, value) in unknown {
        let kept = reservation.extra.as_ref().and_then(|extra| extra.get(name)).expect("an unknown field is kept");
        assert!(says_the_same(value.get(), kept), "an unknown field says what was delivered: {value} is not {kept}");
        assert!(!name.contains('\0') && !holds_nul(kept), "jsonb has no U+0000");
    }
}

/// Whether it is no field of the interface, and not null, which is as good as absent.
pub fn is_unknown(name: &str, value: &RawValue) -> bool {
    Field::from_name(name).is_none() && value.get() != "null"
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(elements) => elements.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// What a text's or a number's JSON says as text.
fn text_delivered(value: &str) -> String {
    if value.starts_with('"') { serde_json::from_str(value).expect("a readable text") } else { value.to_owned() }
}

/// The text that was kept of a text field.
pub fn text_of(reservation: &Reservation, field: Field) -> Option<&str> {
    let Reservation {
        request_id,
        serial_number,
        erhc_no,
        name,
        card_type,
        idcard,
        sex_code,
        married,
        mobile,
        hospital_code,
        hospital_name,
        hospital_package_id,
        hospital_package_name,
        add_combination_id,
        add_combination_name,
        order_status,
        pay_type,
        data_sources,
        birthdate: _,
        is_pregnant: _,
        check_date: _,
        examination_fee: _,
        extra: _,
    } = reservation;
    match field {
        Field::RequestId => Some(request_id),
        Field::SerialNumber => Some(serial_number),
        Field::HospitalCode => Some(hospital_code),
        Field::OrderStatus => Some(order_status),
        Field::ErhcNo => erhc_no.as_deref(),
        Field::Name => name.as_deref(),
        Field::CardType => card_type.as_deref(),
        Field::Idcard => idcard.as_deref(),
        Field::SexCode => sex_code.as_deref(),
        Field::Married => married.as_deref(),
        Field::Mobile => mobile.as_deref(),
        Field::HospitalName => hospital_name.as_deref(),
        Field::HospitalPackageId => hospital_package_id.as_deref(),
        Field::HospitalPackageName => hospital_package_name.as_deref(),
        Field::AddCombinationId => add_combination_id.as_deref(),
        Field::AddCombinationName => add_combination_name.as_deref(),
        Field::PayType => pay_type.as_deref(),
        Field::DataSources => data_sources.as_deref(),
        Field::Birthdate | Field::IsPregnant | Field::CheckDate | Field::ExaminationFee => None,
    }
}
