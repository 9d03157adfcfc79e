//! What a contract file may say, and every problem of one that says something else.

use super::*;

/// The problems of the shipped contract after replacing `from` by `to`.
fn problems(changes: &[(&str, &str)]) -> Vec<String> {
    let text = changes.iter().fold(SHIPPED.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the contract");
        text.replacen(from, to, 1)
    });
    let errors = Contract::parse(Path::new("c.toml"), &text).unwrap_err();
    // Line numbers move with every change of the file; the pipeline's tests hold them.
    let without_line = |error: &super::super::DefinitionError| format!("{}: {}", error.key, error.problem);
    errors.0.iter().map(without_line).collect()
}

#[test]
fn the_shipped_contract_says_what_the_interface_document_says() {
    let contract = Contract::shipped();
    let lengths: Vec<_> = Field::ALL.into_iter().map(|field| contract.field(field).max_characters).collect();
    let document = [
        Some(32),
        Some(50),
        Some(64),
        Some(20),
        Some(3),
        Some(30),
        None,
        Some(1),
        None,
        Some(1),
        Some(15),
        Some(30),
        Some(50),
        None,
        Some(32),
        Some(100),
        Some(1000),
        Some(2000),
        None,
        Some(4),
        Some(20),
        Some(20),
    ];
    assert_eq!(lengths, document);
    for field in Field::ALL {
        assert_eq!(contract.field(field).required, field.is_essential(), "{field}");
    }
    let codes = |field| {
        let dictionary = contract.field(field).dictionary.as_ref()?;
        // The document has no list of the ways of payment: an unknown one is no mistake of the record.
        let expected = if field == Field::PayType { Severity::Warn } else { Severity::Reject };
        assert_eq!(dictionary.on_unknown, expected, "{field}");
        Some(dictionary.labels.keys().map(String::as_str).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(codes(Field::CardType).unwrap(), "1 2 3 4 5 6 7 8 99");
    assert_eq!(codes(Field::SexCode).unwrap(), "1 2");
    assert_eq!(codes(Field::IsPregnant).unwrap(), "false true");
    assert_eq!(codes(Field::Married).unwrap(), "1 2");
    assert_eq!(codes(Field::OrderStatus).unwrap(), "1 2 5");
    assert_eq!(codes(Field::PayType).unwrap(), "0 1");
    assert_eq!(codes(Field::DataSources), None);
    let warnings: Vec<_> = Rule::ALL.into_iter().filter(|rule| contract.severity(*rule) == Severity::Warn).collect();
    assert_eq!(
        warnings,
        [
            Rule::AddOnPairs,
            Rule::IdentityForm,
            Rule::IdentityLegacy,
            Rule::IdentityCheckDigit,
            Rule::IdentityBirthdate,
            Rule::IdentitySex,
            Rule::Form
        ]
    );
}

#[test]
fn a_contract_from_before_the_rule_of_forms_warns_of_them() {
    let parse = |line: &str| {
        let text = SHIPPED.lines().map(|own| if own.starts_with("form = ") { line } else { own });
        Contract::parse(Path::new("c.toml"), &text.collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(parse("").unwrap().severity(Rule::Form), Severity::Warn);
    assert_eq!(parse("form = \"warn\"").unwrap().severity(Rule::Form), Severity::Warn);
    assert_eq!(parse("form = \"reject\"").unwrap().severity(Rule::Form), Severity::Reject);
    // A program from before it refused them, and one that knew it did what the contract said.
    let parse_as_first = |line: &str| {
        let text = SHIPPED.replace("\nform = \"warn\"", &format!("\n{line}"));
        Contract::parse_as_first(Path::new("contract.toml"), &text).unwrap()
    };
    assert_eq!(parse_as_first("").severity(Rule::Form), Severity::Reject);
    assert_eq!(parse_as_first("form = \"warn\"").severity(Rule::Form), Severity::Warn);
    assert_eq!(
        parse_as_first("").severities[..Rule::Form as usize],
        parse("").unwrap().severities[..Rule::Form as usize]
    );
    let refused = parse("form = \"accept\"").unwrap_err();
    assert_eq!((refused.0.len(), refused.0[0].key.as_str()), (1, "rules.form"));
}

#[test]
fn every_problem_of_a_contract_is_told_at_once() {
    let found = problems(&[
        ("syntax = \"reject\"", "syntax = \"warn\""),
        ("fee_negative = \"reject\"", "fee_negativ = \"reject\""),
        ("[fields.erhcNo]", "[fields.ehrcNo]"),
        ("max_characters = 32\nrequired = true", "max_characters = 501\nrequired = false"),
        ("type = \"date\"", "type = \"text\"\nmax_characters = 10"),
        ("dictionary = \"sex\"", "dictionary = \"gender\""),
        ("label = { zh = \"姓名\", en = \"name\" }", "label = { zh = \"姓名\" }"),
    ]);
    let expected = [
        "rules.fee_negative: is missing: \"reject\" or \"warn\"",
        "rules.syntax: must be \"reject\": a record that breaks it cannot be stored faithfully",
        "rules.fee_negativ: unknown key; did you mean fee_negative?",
        "fields.erhcNo: is missing: every field of the interface has its table",
        "fields.requestId: must say required = true: the history cannot do without this field",
        "fields.requestId.max_characters: must be a whole number from 1 to 500, found 501",
        "fields.ehrcNo: unknown key; did you mean erhcNo?",
        "fields.name.label.en: is missing: the English name",
        "fields.birthdate.type: must be \"date\", like the warehouse's column, found \"text\"",
        "fields.birthdate.max_characters: is for text fields only",
        "fields.sexCode.dictionary: must be the name of one of [dictionaries], found \"gender\"",
    ];
    let mut sorted = found.clone();
    sorted.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn codes_stand_once_and_have_both_labels() {
    let found = problems(&[
        ("{ code = \"2\", zh = \"女\"", "{ code = \"1\", zh = \"女\""),
        ("{ code = \"2\", zh = \"已婚\", en = \"married\" }", "{ code = 2, zh = \"已婚\" }"),
    ]);
    assert_eq!(
        found,
        [
            "dictionaries.sex.codes: code \"1\" is listed twice",
            "dictionaries.marital_status.codes[2].code: must be text that is not empty, found 2",
            "dictionaries.marital_status.codes[2].en: is missing: the English name",
        ]
    );
}

#[test]
fn an_unknown_code_does_what_the_rule_says_unless_its_dictionary_says_otherwise() {
    let text = SHIPPED.replacen("dictionary = \"reject\"", "dictionary = \"warn\"", 1).replacen(
        "[dictionaries.sex]\non_unknown = \"reject\"",
        "[dictionaries.sex]",
        1,
    );
    let contract = Contract::parse(Path::new("c.toml"), &text).unwrap();
    let on_unknown = |field| contract.field(field).dictionary.as_ref().unwrap().on_unknown;
    assert_eq!(on_unknown(Field::SexCode), Severity::Warn);
    assert_eq!(on_unknown(Field::CardType), Severity::Reject);
}

#[test]
fn what_the_warehouse_cannot_hold_is_refused() {
    let code = format!("code = \"{}\"", "9".repeat(101));
    let found = problems(&[
        ("max_characters = 30\nrequired = true", "max_characters = 151\nrequired = true"),
        ("max_characters = 2000", "max_characters = 16001"),
        ("zh = \"姓名\"", "zh = \"姓\\u0000名\""),
        ("code = \"1\"", &code),
        ("[dictionaries.sex]", "[dictionaries.\"s\\u0000x\"]"),
    ]);
    for expected in [
        "fields.name.label.zh: must not hold a control character",
        "fields.hospitalCode.max_characters: must be a whole number from 1 to 150, found 151",
        "fields.addCombinationName.max_characters: must be a whole number from 1 to 16000, found 16001",
        "dictionaries.card_type.codes[1].code: must have at most 100 characters",
        "dictionaries.s\0x: must not hold a control character in its name",
    ] {
        assert!(found.iter().any(|problem| problem == expected), "{expected}: {found:?}");
    }
}
