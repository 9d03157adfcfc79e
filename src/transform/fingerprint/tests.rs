//! The encoding, pinned; and what is the same content and what is not.
//!
//! Invariant: Delivering something again opens nothing.

use chrono::NaiveDate;
use serde_json::{Map, json};

use super::*;
use crate::reservation::{FieldKind, FieldValue};
use crate::transform::fixture::reservation;

/// Only what the history cannot do without.
fn sparse() -> Reservation {
    Reservation {
        erhc_no: None,
        name: None,
        card_type: None,
        idcard: None,
        birthdate: None,
        sex_code: None,
        is_pregnant: None,
        married: None,
        mobile: None,
        hospital_name: None,
        hospital_package_id: None,
        hospital_package_name: None,
        add_combination_id: None,
        add_combination_name: None,
        examination_fee: None,
        pay_type: None,
        data_sources: None,
        ..reservation()
    }
}

fn of(change: impl FnOnce(&mut Reservation)) -> Fingerprint {
    of_all_but(&[], change)
}

fn of_all_but(ignored: &[&str], change: impl FnOnce(&mut Reservation)) -> Fingerprint {
    let mut changed = reservation();
    change(&mut changed);
    fingerprint(&changed, &ignored.iter().map(ToString::to_string).collect())
}

fn whole(reservation: &Reservation) -> String {
    hex::encode(fingerprint(reservation, &BTreeSet::new()))
}

/// The fixture with its optional fields as given: `None` takes the value away.
fn with(field: Field, value: Option<FieldValue>) -> Reservation {
    let base = reservation();
    let value_of = |own: Field| match base.value(own) {
        _ if own == field => value.clone(),
        FieldRef::Text(text) => text.map(|text| FieldValue::Text(text.into())),
        FieldRef::Date(date) => date.map(FieldValue::Date),
        FieldRef::Boolean(value) => value.map(FieldValue::Boolean),
        FieldRef::Decimal(fee) => fee.map(FieldValue::Decimal),
    };
    Reservation::of(value_of, None).unwrap()
}

/// Golden values, also computed with another implementation: with a change here, every content that comes is compared with
/// the stored one at first.
#[test]
fn the_encoding_is_pinned() {
    let with_extra = Reservation {
        erhc_no: Some("".into()),
        is_pregnant: Some(true),
        examination_fee: Some("0.5".parse().unwrap()),
        extra: json!({"后缀": "é\n", "b": [1, null, {"z": 1.5, "a": true}], "a": {}}).as_object().cloned(),
        ..reservation()
    };
    assert_eq!(whole(&reservation()), "023c5564f60d895005889fa96f66d02be9e3f175b312f9483981cd0afc9d0cca31");
    assert_eq!(whole(&sparse()), "02c170cfa4b7fb6f5a7298ab248166b7fe036cb422c8b0d8da8aa7bdfbb79ae69c");
    assert_eq!(whole(&with_extra), "028e9e90624ecc4d11b679974e54cbcb7937e9c9dfffe14fc7bd0b6a96c3ccf0e9");
}

#[test]
fn every_field_but_request_id_counts() {
    let base = of(|_| {});
    assert_eq!(of(|reservation| reservation.request_id = "other".into()), base);
    let changes: [fn(&mut Reservation); 22] = [
        |reservation| reservation.serial_number.push('x'),
        |reservation| reservation.erhc_no = None,
        |reservation| reservation.name = None,
        |reservation| reservation.card_type = None,
        |reservation| reservation.idcard = None,
        |reservation| reservation.birthdate = None,
        |reservation| reservation.sex_code = None,
        |reservation| reservation.is_pregnant = Some(true),
        |reservation| reservation.married = None,
        |reservation| reservation.mobile = None,
        |reservation| reservation.hospital_code.push('x'),
        |reservation| reservation.hospital_name = None,
        |reservation| reservation.check_date = NaiveDate::MIN,
        |reservation| reservation.hospital_package_id = None,
        |reservation| reservation.hospital_package_name = None,
        |reservation| reservation.add_combination_id = None,
        |reservation| reservation.add_combination_name = None,
        |reservation| reservation.examination_fee = "2881.01".parse().ok(),
        |reservation| reservation.order_status = "2".into(),
        |reservation| reservation.pay_type = None,
        |reservation| reservation.data_sources = None,
        |reservation| reservation.extra = json!({"new": false}).as_object().cloned(),
    ];
    let mut all: Vec<Fingerprint> = changes.into_iter().map(of).collect();
    all.push(base);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 23);
}

#[test]
fn null_and_empty_are_the_same_content_in_every_optional_text_field() {
    let optional = Field::ALL.into_iter().filter(|field| field.kind() == FieldKind::Text && !field.is_essential());
    let mut fields = 0;
    for field in optional {
        let text = |text: &str| whole(&with(field, Some(FieldValue::Text(text.into()))));
        assert_eq!(whole(&with(field, None)), text(""), "{field}");
        assert_ne!(text(""), text(" "), "{field}");
        fields += 1;
    }
    assert_eq!(fields, 14);
    // Beside other fields, and unknown ones.
    let extra = |text: &str| of(|reservation| reservation.extra = serde_json::from_str(text).unwrap());
    assert_eq!(extra(r#"{"new":null}"#), of(|_| {}));
    assert_eq!(extra(r#"{"new":"","old":1}"#), extra(r#"{"old":1,"other":null}"#));
    // Only as a whole: what is inside of a member is its own affair.
    assert_ne!(extra(r#"{"new":{"a":null}}"#), extra(r#"{"new":{}}"#));
    assert_ne!(extra(r#"{"new":[""]}"#), extra(r#"{"new":[null]}"#));
    assert_ne!(extra(r#"{"new":{}}"#), of(|_| {}));
}

#[test]
fn an_ignored_member_does_not_count_and_the_others_do() {
    for field in Field::ALL {
        let other = match field.kind() {
            FieldKind::Text => FieldValue::Text("x".into()),
            FieldKind::Date => FieldValue::Date(NaiveDate::MAX),
            FieldKind::Boolean => FieldValue::Boolean(true),
            FieldKind::Decimal => FieldValue::Decimal(Decimal::ONE),
        };
        let changed = with(field, Some(other));
        let is_same = |ignored: &str| {
            let ignored = [ignored.to_owned()].into();
            fingerprint(&changed, &ignored) == fingerprint(&reservation(), &ignored)
        };
        assert!(is_same(field.name()), "{field}");
        assert_eq!(is_same("updateTime"), field == Field::RequestId, "{field}");
    }
    let at = |time: i32| {
        of_all_but(&["updateTime"], |reservation| {
            reservation.extra = json!({"updateTime": time, "z": 1}).as_object().cloned();
        })
    };
    assert_eq!(at(1), at(2));
    assert_eq!(at(1), of(|reservation| reservation.extra = json!({"z": 1}).as_object().cloned()));
    // By the platform's name, in full.
    assert_ne!(of_all_but(&["card_type"], |reservation| reservation.card_type = None), of(|_| {}));
}

/// A field that the interface gets was delivered before it was known.
#[test]
fn a_field_and_an_unknown_member_of_its_name_are_the_same_content() {
    for field in Field::ALL.into_iter().filter(|field| !field.is_essential()) {
        let value = match reservation().value(field) {
            FieldRef::Text(text) => json!(text),
            FieldRef::Date(date) => json!(date.unwrap().to_string()),
            FieldRef::Boolean(value) => json!(value),
            // Money that the program did not know is in no figure.
            FieldRef::Decimal(_) => continue,
        };
        let mut unknown = with(field, None);
        unknown.extra = Some(Map::from_iter([(field.name().to_owned(), value)]));
        assert_eq!(whole(&unknown), whole(&reservation()), "{field}");
    }
}

#[test]
fn text_does_not_move_from_field_to_field() {
    let pair = |first: Option<&str>, second: Option<&str>| {
        of(|reservation| {
            reservation.erhc_no = first.map(Into::into);
            reservation.name = second.map(Into::into);
        })
    };
    assert_ne!(pair(Some("ab"), Some("c")), pair(Some("a"), Some("bc")));
    assert_ne!(pair(Some("a"), None), pair(None, Some("a")));
    assert_ne!(pair(Some("a\",\"name\":\"b"), None), pair(Some("a"), Some("b")));
}

#[test]
fn the_same_fee_is_the_same_content_however_it_is_written() {
    let fee = |text: &str| of(|reservation| reservation.examination_fee = Some(text.parse().unwrap()));
    for same in ["2881", "2881.0", "2881.000000"] {
        assert_eq!(fee(same), fee("2881.00"), "{same}");
    }
    assert_eq!(fee("-0.00"), fee("0"));
    for other in ["2881.01", "2881.001", "28.81", "-2881"] {
        assert_ne!(fee(other), fee("2881.00"), "{other}");
    }
}

#[test]
fn the_order_of_extra_members_does_not_count_but_that_of_elements_does() {
    let extra = |text: &str| of(|reservation| reservation.extra = serde_json::from_str(text).unwrap());
    assert_eq!(
        extra(r#"{"a":{"x":1,"y":[{"p":1,"q":2}]},"b":2}"#),
        extra(r#"{"b":2,"a":{"y":[{"q":2,"p":1}],"x":1}}"#)
    );
    assert_ne!(extra(r#"{"a":[1,2]}"#), extra(r#"{"a":[2,1]}"#));
    assert_eq!(extra(r#"{"zz":1,"A":2,"mobil":3}"#), extra(r#"{"mobil":3,"A":2,"zz":1}"#));
    assert_eq!(extra("{}"), of(|_| {}));
}

#[test]
fn the_widest_values_have_a_fingerprint() {
    let widest = |reservation: &mut Reservation| {
        reservation.birthdate = Some(NaiveDate::MAX);
        reservation.check_date = NaiveDate::MIN;
        reservation.examination_fee = Some(Decimal::MIN);
    };
    let smallest = |reservation: &mut Reservation| {
        widest(reservation);
        reservation.examination_fee = Some(Decimal::new(-1, 28));
    };
    assert_ne!(of(widest), of(smallest));
}
