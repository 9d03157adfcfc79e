//! Names and limits that files, database and people rely on, and what no output may show.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde::Serialize;

use super::*;
use crate::wording::Spoken;

/// How the platform's spelling looks in snake_case.
fn in_snake_case(name: &str) -> String {
    let letters = name.chars().map(|letter| {
        if letter.is_ascii_uppercase() { format!("_{}", letter.to_ascii_lowercase()) } else { letter.to_string() }
    });
    letters.collect()
}

#[test]
fn a_field_keeps_the_platforms_name_in_snake_case() {
    for field in Field::ALL {
        assert_eq!(field.column_name(), in_snake_case(field.name()));
        assert_eq!(Field::from_name(field.name()), Some(field));
        assert_eq!(Field::ALL[field.index()], field);
        assert_eq!(field.to_string(), field.name());
    }
    assert_eq!(Field::from_name("serial_number"), None);
    assert_eq!(Field::from_name(""), None);
}

#[test]
fn dates_money_and_pregnancy_are_no_text() {
    let others = Field::ALL.into_iter().filter(|field| field.kind() != FieldKind::Text);
    assert_eq!(
        others.map(|field| (field.name(), field.kind())).collect::<Vec<_>>(),
        [
            ("birthdate", FieldKind::Date),
            ("isPregnant", FieldKind::Boolean),
            ("checkDate", FieldKind::Date),
            ("examinationFee", FieldKind::Decimal),
        ]
    );
}

#[test]
fn every_text_that_the_document_allows_fits_into_every_index_and_cell() {
    /// What PostgreSQL lets an entry of a B-tree hold, less some for an account, a date and the entry itself.
    const INDEX_BYTES_MAX: usize = 2704 - 200;
    /// Of UTF-16 units, of which a character may take two.
    const CELL_UNITS_MAX: usize = 32_767;
    for field in Field::ALL {
        match field.kind() {
            FieldKind::Text => assert!(field.characters_max() * 2 <= CELL_UNITS_MAX, "{field}"),
            _ => assert_eq!(field.characters_max(), 0, "{field}"),
        }
    }
    let keys = [
        &[Field::RequestId][..],
        &[Field::SerialNumber],
        &[Field::HospitalCode, Field::HospitalPackageId, Field::DataSources, Field::OrderStatus],
    ];
    for key in keys {
        let characters: usize = key.iter().map(|field| field.characters_max()).sum();
        assert!(characters * 4 <= INDEX_BYTES_MAX, "{key:?}");
    }
    for (field, allowed) in [
        (Field::RequestId, 32),
        (Field::SerialNumber, 50),
        (Field::HospitalCode, 30),
        (Field::OrderStatus, 4),
        (Field::AddCombinationName, 2000),
    ] {
        assert!(field.characters_max() >= allowed, "{field}");
    }
}

/// Each name once, as JSON has it.
fn assert_named_as_in_json<T: Serialize>(all: &[T], name: impl Fn(&T) -> &'static str) {
    for one in all {
        assert_eq!(serde_json::to_value(one).unwrap(), name(one));
    }
    assert_told_apart(all, name);
}

fn assert_told_apart<T, Text: Into<String>>(all: &[T], text: impl Fn(&T) -> Text) {
    let texts: BTreeSet<String> = all.iter().map(|one| text(one).into()).collect();
    assert_eq!(texts.len(), all.len(), "{texts:?}");
    assert!(texts.iter().all(|text| !text.is_empty()));
}

const REASONS: [ArrivalReason; 5] = [
    ArrivalReason::AlreadyTaken,
    ArrivalReason::ArrivedInFuture,
    ArrivalReason::ArrivedLongAgo,
    ArrivalReason::CancelledReservation,
    ArrivalReason::UnknownReservation,
];

const WITHDRAWALS: [Withdrawal; 4] =
    [Withdrawal::Withdrawn, Withdrawal::Repeated, Withdrawal::Confirmed, Withdrawal::NotTaken];

#[test]
fn database_and_files_have_the_names_that_json_has() {
    assert_named_as_in_json(&Rule::ALL, |rule| rule.as_str());
    assert_named_as_in_json(&Change::ALL, |change| change.as_str());
    assert_named_as_in_json(&REASONS, |reason| reason.as_str());
    for rule in Rule::ALL {
        assert_eq!(Rule::from_name(rule.as_str()), Some(rule));
    }
    assert_eq!(Rule::from_name("no such rule"), None);
}

#[test]
fn people_are_told_one_thing_from_the_other() {
    assert_told_apart(&REASONS, |reason| reason.message().to_string());
    assert_told_apart(&WITHDRAWALS, |withdrawal| withdrawal.message().to_string());
    assert_told_apart(&Change::ALL, |change| change.label_zh());
    for change in Change::ALL {
        assert_eq!(change.label_en(), change.as_str());
        assert!(!change.label_zh().is_ascii());
    }
    let kinds = [
        FindingKind::MissingHere,
        FindingKind::MissingThere,
        FindingKind::Different,
        FindingKind::InQuarantine,
        FindingKind::Contradictory,
        FindingKind::Unreadable,
    ];
    assert_told_apart(&kinds, |kind| kind.name());
    for kind in kinds {
        assert_eq!(in_snake_case(&format!("{kind:?}")).trim_start_matches('_'), kind.name());
    }
}

#[test]
fn the_place_in_a_list_names_the_sheet_only_where_there_are_several() {
    assert_eq!(ListPlace { sheet: 1, line: 12 }.to_string(), "12");
    assert_eq!(ListPlace { sheet: 3, line: 12 }.to_string(), "3:12");
}

#[test]
fn an_arrivals_source_is_found_by_its_name_and_is_otherwise_the_hospitals_system() {
    for (source, name) in
        [(ArrivalSource::Inbox, "inbox"), (ArrivalSource::ListFile, "file"), (ArrivalSource::Command, "command")]
    {
        assert_eq!(ArrivalSource::from_name(name), source);
        assert_eq!(source.as_str(), name);
    }
    assert_eq!(ArrivalSource::from_name("their_program"), ArrivalSource::Inbox);
}

#[test]
fn only_an_arrival_that_is_taken_has_no_reason() {
    for (verdict, state, reason) in [
        (ArrivalVerdict::Taken, "taken", None),
        (ArrivalVerdict::Repeated, "repeated", Some(ArrivalReason::AlreadyTaken)),
        (ArrivalVerdict::Waiting, "open", Some(ArrivalReason::UnknownReservation)),
        (
            ArrivalVerdict::Refused(ArrivalReason::CancelledReservation),
            "refused",
            Some(ArrivalReason::CancelledReservation),
        ),
    ] {
        assert_eq!((verdict.state(), verdict.reason()), (state, reason));
    }
}

#[test]
fn an_arrival_is_withdrawn_once_and_not_after_the_platform_confirmed_it() {
    for (outbox_state, is_kept, withdrawal, is_as_asked) in [
        (None, false, Withdrawal::NotTaken, false),
        (None, true, Withdrawal::NotTaken, false),
        (Some("done"), true, Withdrawal::Confirmed, false),
        (Some("done"), false, Withdrawal::Confirmed, false),
        (Some("pending"), true, Withdrawal::Withdrawn, true),
        (Some("superseded"), false, Withdrawal::Repeated, true),
    ] {
        let found = Withdrawal::of(outbox_state, is_kept);
        assert_eq!((found, found.is_as_asked()), (withdrawal, is_as_asked), "{outbox_state:?} {is_kept}");
    }
}

#[test]
fn entries_are_counted_on_from_one_handoff_to_the_next() {
    let handoff = Handoff {
        account: "demo".to_owned(),
        handoff_number: 42,
        first_delivery_id: 1,
        last_delivery_id: 2,
        as_of: DateTime::UNIX_EPOCH,
        first_entry_number: 5,
        entries: 3,
        amount: Decimal::ONE,
        balance: Decimal::TEN,
    };
    assert_eq!(handoff.last_entry_number(), 7);
    assert_eq!(handoff.name(), "delta-000042");
}

/// A reservation with this in every field that is a person's, or could be.
fn reservation_of(marker: &str) -> Reservation {
    let text = || Some(marker.into());
    Reservation {
        request_id: "r".into(),
        serial_number: "S-1".into(),
        erhc_no: text(),
        name: text(),
        card_type: text(),
        idcard: text(),
        birthdate: None,
        sex_code: text(),
        is_pregnant: None,
        married: text(),
        mobile: text(),
        hospital_code: "h".into(),
        hospital_name: text(),
        check_date: NaiveDate::from_ymd_opt(2026, 12, 6).unwrap(),
        hospital_package_id: text(),
        hospital_package_name: text(),
        add_combination_id: text(),
        add_combination_name: text(),
        examination_fee: None,
        order_status: "5".into(),
        pay_type: text(),
        data_sources: text(),
        extra: Some([(marker.to_owned(), marker.into())].into_iter().collect()),
    }
}

#[test]
fn what_is_shown_of_a_reservation_are_its_keys() {
    let reservation = reservation_of("Zhang");
    let expected = "Reservation { serial_number: \"S-1\", order_status: \"5\", check_date: 2026-12-06, .. }";
    assert_eq!(format!("{reservation:?}"), expected);
    let state = IncomingState { reservation, fingerprint: [1; 33], content: [1; 33], person_id: Some([2; 32]) };
    assert_eq!(format!("{state:?}"), expected);
    let rejection = Rejection {
        request_id: Some("Zhang".to_owned()),
        serial_number: Some("Zhang".to_owned()),
        content_sha256: [0; 32],
        record: b"Zhang".to_vec(),
        problems: vec![],
    };
    assert_eq!(format!("{rejection:?}"), "Rejection { problems: [], .. }");
}
