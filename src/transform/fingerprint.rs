//! The fingerprint: a canonical digest of a reservation's content, every delivered field but `requestId`.
//!
//! Two states are the same content exactly when their fingerprints are equal. The encoding keeps apart what differs:
//! each field is a tag (absent or present) and, when present, its length and bytes; so null is not empty, and no text
//! can pass for the end of a field. Its first byte is the version of this encoding: a change here needs a new version,
//! or every reservation would open one. Golden tests pin it.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::reservation::{Field, Fingerprint, Reservation};

/// Version of the encoding, the fingerprint's first byte.
const VERSION: u8 = 1;

/// Keeps this digest apart from any other use of SHA-256.
const DOMAIN: &[u8] = b"tijian reservation fingerprint\0";

/// Digest of the reservation's content.
pub(super) fn fingerprint(reservation: &Reservation) -> Fingerprint {
    let mut canonical = Canonical { bytes: Vec::with_capacity(512) };
    canonical.bytes.extend_from_slice(DOMAIN);
    for field in Field::ALL {
        canonical.field(field, reservation);
    }
    canonical.extra(reservation.extra.as_ref());
    let mut fingerprint = [VERSION; 33];
    fingerprint[1..].copy_from_slice(&Sha256::digest(&canonical.bytes));
    fingerprint
}

struct Canonical {
    bytes: Vec<u8>,
}

impl Canonical {
    fn field(&mut self, field: Field, reservation: &Reservation) {
        match field {
            // A batch number, not content: it differs in every delivery.
            Field::RequestId => {}
            Field::SerialNumber => self.text(Some(&reservation.serial_number)),
            Field::ErhcNo => self.text(reservation.erhc_no.as_deref()),
            Field::Name => self.text(reservation.name.as_deref()),
            Field::CardType => self.text(reservation.card_type.as_deref()),
            Field::Idcard => self.text(reservation.idcard.as_deref()),
            Field::Birthdate => self.date(reservation.birthdate),
            Field::SexCode => self.text(reservation.sex_code.as_deref()),
            Field::IsPregnant => self.present(reservation.is_pregnant.map(|is_pregnant| [u8::from(is_pregnant)])),
            Field::Married => self.text(reservation.married.as_deref()),
            Field::Mobile => self.text(reservation.mobile.as_deref()),
            Field::HospitalCode => self.text(Some(&reservation.hospital_code)),
            Field::HospitalName => self.text(reservation.hospital_name.as_deref()),
            Field::CheckDate => self.date(Some(reservation.check_date)),
            Field::HospitalPackageId => self.text(reservation.hospital_package_id.as_deref()),
            Field::HospitalPackageName => self.text(reservation.hospital_package_name.as_deref()),
            Field::AddCombinationId => self.text(reservation.add_combination_id.as_deref()),
            Field::AddCombinationName => self.text(reservation.add_combination_name.as_deref()),
            Field::ExaminationFee => self.fee(reservation.examination_fee),
            Field::OrderStatus => self.text(Some(&reservation.order_status)),
            Field::PayType => self.text(reservation.pay_type.as_deref()),
            Field::DataSources => self.text(reservation.data_sources.as_deref()),
        }
    }

    fn present(&mut self, value: Option<impl AsRef<[u8]>>) {
        match value {
            None => self.bytes.push(0),
            Some(value) => {
                let value = value.as_ref();
                self.bytes.push(1);
                self.bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
                self.bytes.extend_from_slice(value);
            }
        }
    }

    fn text(&mut self, value: Option<&str>) {
        self.present(value);
    }

    /// Days since 0001-01-01, which has one spelling.
    fn date(&mut self, value: Option<NaiveDate>) {
        self.present(value.map(|date| date.num_days_from_ce().to_be_bytes()));
    }

    /// The smallest form of the number: 2881, 2881.0 and 2881.00 are the same fee.
    fn fee(&mut self, value: Option<Decimal>) {
        self.present(value.map(|fee| fee.normalize().serialize()));
    }

    fn extra(&mut self, extra: Option<&serde_json::Map<String, Value>>) {
        match extra {
            None => self.bytes.push(0),
            Some(extra) => {
                self.bytes.push(1);
                self.object(extra);
            }
        }
    }

    /// Members sorted by name, whatever order they came in.
    fn object(&mut self, object: &serde_json::Map<String, Value>) {
        let mut members: Vec<_> = object.iter().collect();
        members.sort_by_key(|(name, _)| *name);
        self.bytes.extend_from_slice(&(members.len() as u64).to_be_bytes());
        for (name, value) in members {
            self.text(Some(name));
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.bytes.push(b'n'),
            Value::Bool(is_true) => self.bytes.extend_from_slice(&[b'b', u8::from(*is_true)]),
            Value::Number(number) => {
                self.bytes.push(b'd');
                self.text(Some(&number.to_string()));
            }
            Value::String(text) => {
                self.bytes.push(b's');
                self.text(Some(text));
            }
            Value::Array(elements) => {
                self.bytes.push(b'a');
                self.bytes.extend_from_slice(&(elements.len() as u64).to_be_bytes());
                for element in elements {
                    self.value(element);
                }
            }
            Value::Object(object) => {
                self.bytes.push(b'o');
                self.object(object);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Reservation {
        Reservation {
            request_id: "d5dfbba53ff87920fc77c1bffea9ea25".into(),
            serial_number: "ZJ109-35".into(),
            erhc_no: None,
            name: Some("张三".into()),
            card_type: Some("1".into()),
            idcard: Some("330111200001010000".into()),
            birthdate: NaiveDate::from_ymd_opt(2000, 1, 1),
            sex_code: Some("1".into()),
            is_pregnant: Some(false),
            married: Some("1".into()),
            mobile: Some("13900000000".into()),
            hospital_code: "100637".into(),
            hospital_name: Some("杭州市第三人民医院体检中心".into()),
            check_date: NaiveDate::from_ymd_opt(2021, 4, 6).unwrap(),
            hospital_package_id: Some("RM16".into()),
            hospital_package_name: Some("体检E套餐(男士)".into()),
            add_combination_id: Some("RM0102,RM0206".into()),
            add_combination_name: Some("临床检查项目,临床检验项目".into()),
            examination_fee: Some("2881.00".parse().unwrap()),
            order_status: "1".into(),
            pay_type: Some("0".into()),
            data_sources: Some("益往健康".into()),
            extra: None,
        }
    }

    fn of(change: impl FnOnce(&mut Reservation)) -> Fingerprint {
        let mut reservation = sample();
        change(&mut reservation);
        fingerprint(&reservation)
    }

    /// Golden values: a change here makes a new version of every reservation in every warehouse.
    #[test]
    fn the_encoding_is_pinned() {
        insta::assert_snapshot!(hex::encode(of(|_| {})));
        insta::assert_snapshot!(hex::encode(of(|reservation| {
            reservation.erhc_no = Some(String::new());
            reservation.examination_fee = None;
            reservation.extra = json!({"b": [1, null, {"z": 1.5, "a": true}], "a": "x"}).as_object().cloned();
        })));
    }

    #[test]
    fn only_request_id_does_not_count() {
        let base = of(|_| {});
        assert_eq!(of(|reservation| reservation.request_id = "other".into()), base);
        let changes: [fn(&mut Reservation); 22] = [
            |reservation| reservation.serial_number.push('x'),
            |reservation| reservation.erhc_no = Some("x".into()),
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
            |reservation| reservation.extra = json!({"x": null}).as_object().cloned(),
        ];
        let mut all: Vec<Fingerprint> = changes.into_iter().map(of).collect();
        all.push(base);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 23);
    }

    #[test]
    fn null_is_not_empty_and_fields_do_not_run_together() {
        assert_ne!(of(|reservation| reservation.name = None), of(|reservation| reservation.name = Some("".into())));
        let split = |name: &str, mobile: &str| {
            of(|reservation| {
                reservation.erhc_no = Some(name.into());
                reservation.name = Some(mobile.into());
            })
        };
        assert_ne!(split("ab", "c"), split("a", "bc"));
    }

    #[test]
    fn equal_fees_and_reordered_members_are_the_same_content() {
        let fee = |text: &str| of(|reservation| reservation.examination_fee = text.parse().ok());
        assert_eq!(fee("2881"), fee("2881.00"));
        assert_ne!(fee("2881"), fee("2881.01"));
        let extra = |text: &str| of(|reservation| reservation.extra = serde_json::from_str(text).unwrap());
        assert_eq!(extra(r#"{"a":{"x":1,"y":2},"b":2}"#), extra(r#"{"b":2,"a":{"y":2,"x":1}}"#));
        assert_ne!(extra(r#"{"a":[1,2]}"#), extra(r#"{"a":[2,1]}"#));
    }
}
