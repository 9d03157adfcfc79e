//! The encoding, pinned; and what is the same content and what is not.
//!
//! Invariant: What is delivered again opens nothing.

use chrono::NaiveDate;
use serde_json::json;

use super::*;
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
    let mut changed = reservation();
    change(&mut changed);
    fingerprint(&changed)
}

/// Golden values, also computed with another implementation: a change here makes a new version of every reservation in
/// every warehouse.
#[test]
fn the_encoding_is_pinned() {
    let with_extra = Reservation {
        erhc_no: Some("".into()),
        is_pregnant: Some(true),
        examination_fee: Some("0.5".parse().unwrap()),
        extra: json!({"后缀": "é\n", "b": [1, null, {"z": 1.5, "a": true}], "a": {}}).as_object().cloned(),
        ..reservation()
    };
    assert_eq!(
        hex::encode(fingerprint(&reservation())),
        "013d37bc37e5f72b83b8ce2424fd973eeea1f8985c99a8c5b97f7e590166561b3f"
    );
    assert_eq!(
        hex::encode(fingerprint(&sparse())),
        "01c6df09e665413fa3ed0637aca9778ca75a0081f095bbd7494c8fbad2d4be9e1e"
    );
    assert_eq!(
        hex::encode(fingerprint(&with_extra)),
        "0117a589cc1ac4c07d56d9fe9f7059edccd97a61327009667948fcfc9da30d0280"
    );
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
        |reservation| reservation.extra = json!({"new": null}).as_object().cloned(),
    ];
    let mut all: Vec<Fingerprint> = changes.into_iter().map(of).collect();
    all.push(base);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 23);
}

#[test]
fn null_is_not_empty() {
    let name = |name: Option<&str>| of(|reservation| reservation.name = name.map(Into::into));
    assert_ne!(name(None), name(Some("")));
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
    assert_ne!(pair(Some("a\u{1}"), Some("")), pair(Some("a"), Some("\u{1}")));
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
    assert_ne!(extra(r#"{"a":null}"#), extra(r#"{"a":""}"#));
    assert_eq!(extra("{}"), of(|_| {}));
}

#[test]
fn the_widest_values_fit() {
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
