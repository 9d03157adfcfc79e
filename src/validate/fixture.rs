//! A sound record and a contract to break, for the tests of the rules.

use serde_json::{Value, json};

use super::{Outcome, validate};
use crate::pipeline::Contract;
use crate::pipeline::contract::{Dictionary, FieldContract, Label};
use crate::reservation::{Field, Problem, Rejection, Reservation, Rule, Severity};

/// The interface document as a contract: every rule rejects.
pub(super) fn contract() -> Contract {
    contract_with(Severity::Reject)
}

/// The interface document as a contract, with one severity for everything.
pub(super) fn contract_with(severity: Severity) -> Contract {
    Contract {
        text: String::new(),
        ignore: Default::default(),
        fields: Field::ALL.map(|field| field_contract(field, severity)),
        severities: [severity; Rule::ALL.len()],
    }
}

fn field_contract(field: Field, on_unknown: Severity) -> FieldContract {
    let (max_characters, codes): (_, &[&str]) = match field {
        Field::RequestId | Field::HospitalPackageId => (Some(32), &[]),
        Field::SerialNumber | Field::HospitalName => (Some(50), &[]),
        Field::ErhcNo => (Some(64), &[]),
        Field::Name | Field::PayType | Field::DataSources => (Some(20), &[]),
        Field::CardType => (Some(3), &["1", "2", "3", "4", "5", "6", "7", "8", "99"]),
        Field::Idcard | Field::HospitalCode => (Some(30), &[]),
        Field::SexCode | Field::Married => (Some(1), &["1", "2"]),
        Field::IsPregnant => (None, &["true", "false"]),
        Field::Mobile => (Some(15), &[]),
        Field::HospitalPackageName => (Some(100), &[]),
        Field::AddCombinationId => (Some(1000), &[]),
        Field::AddCombinationName => (Some(2000), &[]),
        Field::OrderStatus => (Some(4), &["1", "2", "5"]),
        Field::Birthdate | Field::CheckDate | Field::ExaminationFee => (None, &[]),
    };
    let label = || Label { zh: field.name().to_owned(), en: field.name().to_owned() };
    let dictionary = (!codes.is_empty()).then(|| Dictionary {
        name: field.name().to_owned(),
        labels: codes.iter().map(|code| ((*code).to_owned(), label())).collect(),
        on_unknown,
    });
    FieldContract { field, required: field.is_essential(), max_characters, dictionary, label: label() }
}

/// The document's sample, with an identity number from the standard.
pub(super) fn record() -> String {
    record_with_all(&[])
}

/// The sample with one field set.
pub(super) fn record_with(name: &str, value: Value) -> String {
    record_with_all(&[(name, value)])
}

/// The sample with several fields set.
pub(super) fn record_with_all(changes: &[(&str, Value)]) -> String {
    let mut record = json!({
        "requestId": "d5dfbba53ff87920fc77c1bffea9ea25",
        "serialNumber": "ZJ109-35",
        "erhcNo": "50043697C1E58FAD22098794D872CDC796F7F2F4E933F8A1682BE7CA3994AFEF",
        "name": "张三",
        "cardType": 1,
        "idcard": "11010519491231002X",
        "birthdate": "1949-12-31",
        "sexCode": 2,
        "isPregnant": false,
        "married": 1,
        "mobile": "13900000000",
        "hospitalCode": "100637",
        "hospitalName": "杭州市第三人民医院体检中心",
        "checkDate": "2021-04-06",
        "hospitalPackageId": "RM16",
        "hospitalPackageName": "体检E套餐(男士)",
        "addCombinationId": "RM0102,RM0206,RM0406,RM0601",
        "addCombinationName": "临床检查项目,临床检验项目,辅助检查项目,其他",
        "examinationFee": 2881.00,
        "orderStatus": 1,
        "payType": 0,
        "dataSources": "益往健康",
    });
    for (name, value) in changes {
        record[*name] = value.clone();
    }
    // A birth date set alone would contradict the identity number.
    let sets = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    if (sets("birthdate") || sets("sexCode")) && !sets("idcard") {
        record["idcard"] = Value::Null;
    }
    record.to_string()
}

/// Field, rule and explanation of each problem, whatever the outcome.
pub(super) fn problems(record: &str, contract: &Contract) -> Vec<(&'static str, &'static str, String)> {
    let problems = all_problems(validate(record.as_bytes(), contract));
    problems.into_iter().map(|found| (found.field.unwrap_or(""), found.rule.as_str(), found.explanation)).collect()
}

/// The problems of either outcome.
pub(super) fn all_problems(outcome: Outcome) -> Vec<Problem> {
    match outcome {
        Outcome::Accepted { warnings, .. } => warnings,
        Outcome::Rejected(rejection) => rejection.problems,
    }
}

/// The reservation of a record that must be accepted.
pub(super) fn accepted(record: &str, contract: &Contract) -> Reservation {
    match validate(record.as_bytes(), contract) {
        Outcome::Accepted { reservation, .. } => reservation,
        Outcome::Rejected(rejection) => panic!("rejected: {:?}", rejection.problems),
    }
}

/// The rejection of a record that must be rejected.
pub(super) fn rejected(record: &str, contract: &Contract) -> Rejection {
    match validate(record.as_bytes(), contract) {
        Outcome::Rejected(rejection) => rejection,
        Outcome::Accepted { warnings, .. } => panic!("accepted, with {warnings:?}"),
    }
}
