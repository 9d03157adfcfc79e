//! The JSON text of one order record, in the field order and with the JSON types of the interface document's sample.
//!
//! Written by hand, so that a fee keeps its two decimals (`2881.00`) and defects can be anything. Pure.

use std::fmt::Write;

use chrono::Datelike;

use super::catalogue::{ACCOUNTS, ADD_ONS, DATA_SOURCES, Hospital, PACKAGES};
use super::dice::Dice;
use super::generator::{Defect, Generator, StateKey, Status};
use super::person::{Person, Sex};

/// Key part that keeps a booking's numbers apart from other things with the same seed.
const BOOKING: u64 = 3;

/// Appends the record of this state, stamped with `request_id`.
pub fn write_record(text: &mut String, generator: &Generator, key: StateKey, request_id: &str) {
    let seed = generator.options.seed;
    let standing = generator.standing(key);
    let person = Person::of(seed, key.reservation);
    let defect = standing.defect.map(|repair| repair.defect);
    let package = &PACKAGES[usize::from(standing.offer.package)];
    let add_ons = || ADD_ONS.iter().enumerate().filter(|(n, _)| standing.offer.add_ons & (1 << n) != 0);
    let add_on_ids: Vec<&str> = add_ons().map(|(_, add_on)| add_on.id).collect();
    let add_on_names: Vec<&str> = add_ons().map(|(_, add_on)| add_on.name).collect();
    let fee_fen = package.fee_fen + add_ons().map(|(_, add_on)| add_on.fee_fen).sum::<i64>();

    let mut booking = Dice::new([seed, BOOKING, u64::from(key.reservation), 0]);
    let hospital = throw_hospital(&mut booking, seed);
    let pay_type = u8::from(booking.chance(0.85));
    let data_sources = booking.pick(&DATA_SOURCES);

    let name = match defect {
        // At least 22 characters; the interface allows 20.
        Some(Defect::OverLongName) => person.name.repeat(11),
        Some(Defect::NulCharacter) => format!("{}\\u0000", person.name),
        _ => person.name,
    };
    let idcard = match defect {
        Some(Defect::WrongCheckDigit) => with_wrong_check_digit(&person.idcard),
        _ => person.idcard,
    };
    let check_date = match defect {
        Some(Defect::ImpossibleDate) => format!("{}-02-30", standing.check_date.year()),
        _ => standing.check_date.to_string(),
    };
    let fee = match defect {
        Some(Defect::NegativeFee) => format!("-{}", yuan(fee_fen)),
        Some(Defect::ThreeDecimals) => format!("{}5", yuan(fee_fen)),
        _ => yuan(fee_fen),
    };
    let order_status = match (defect, standing.status) {
        (Some(Defect::UnknownStatus), _) => 9,
        (_, Status::Booked) => 1,
        (_, Status::Rescheduled) => 2,
        (_, Status::Cancelled) => 5,
    };
    let hospital_code = match defect {
        Some(Defect::MissingHospital) => String::new(),
        _ => format!(r#""hospitalCode":"{}","#, hospital.code),
    };

    // No value needs escaping: they are our own constants, digits, and a serial number of checked letters.
    let written = write!(
        text,
        concat!(
            r#"{{"requestId":"{request_id}","serialNumber":"{serial_number}","erhcNo":"{erhc_no}","name":"{name}","#,
            r#""cardType":1,"idcard":"{idcard}","birthdate":"{birthdate}","sexCode":{sex_code},"#,
            r#""isPregnant":{is_pregnant},"married":{married},"mobile":"{mobile}",{hospital_code}"#,
            r#""hospitalName":"{hospital_name}","checkDate":"{check_date}","hospitalPackageId":"{package_id}","#,
            r#""hospitalPackageName":"{package_name}","addCombinationId":{add_on_ids},"#,
            r#""addCombinationName":{add_on_names},"examinationFee":{fee},"orderStatus":{order_status},"#,
            r#""payType":{pay_type},"dataSources":"{data_sources}"}}"#,
        ),
        request_id = request_id,
        serial_number = generator.serial_number(key.reservation),
        erhc_no = person.erhc_no,
        name = name,
        idcard = idcard,
        birthdate = person.birthdate,
        sex_code = if person.sex == Sex::Male { 1 } else { 2 },
        is_pregnant = person.is_pregnant,
        married = if person.is_married { 2 } else { 1 },
        mobile = person.mobile,
        hospital_code = hospital_code,
        hospital_name = hospital.name,
        check_date = check_date,
        package_id = package.id,
        package_name = package.name,
        add_on_ids = list(&add_on_ids),
        add_on_names = list(&add_on_names),
        fee = fee,
        order_status = order_status,
        pay_type = pay_type,
        data_sources = data_sources,
    );
    // Writing into a String cannot fail.
    debug_assert!(written.is_ok());
}

/// The seed decides which hospital the account belongs to; nine of ten bookings go to its first campus.
fn throw_hospital(dice: &mut Dice, seed: u64) -> &'static Hospital {
    let campuses = &ACCOUNTS[(seed % ACCOUNTS.len() as u64) as usize];
    if dice.chance(0.9) { &campuses[0] } else { dice.pick(campuses) }
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Comma-separated, or null where there is nothing.
fn list(parts: &[&str]) -> String {
    if parts.is_empty() { "null".to_owned() } else { format!("\"{}\"", parts.join(",")) }
}

fn with_wrong_check_digit(idcard: &str) -> String {
    let (digits, check_digit) = idcard.split_at(idcard.len() - 1);
    format!("{digits}{}", if check_digit == "0" { '1' } else { '0' })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use serde_json::Value;

    use super::super::generator::GeneratorOptions;
    use super::super::person::check_digit;
    use super::*;

    fn generator(defects: f64) -> Generator {
        let options = GeneratorOptions { reservations: 3_000, defects, ..GeneratorOptions::default() };
        Generator::new(options, NaiveDate::from_ymd_opt(2026, 1, 6).unwrap())
    }

    fn text(generator: &Generator, reservation: u32, night: u16) -> String {
        let mut text = String::new();
        write_record(&mut text, generator, StateKey { reservation, night }, "d5dfbba53ff87920fc77c1bffea9ea25");
        text
    }

    #[test]
    fn records_have_the_fields_and_types_of_the_documents_sample() {
        let generator = generator(0.0);
        for reservation in 0..500 {
            let record: Value = serde_json::from_str(&text(&generator, reservation, 3)).unwrap();
            assert_eq!(record.as_object().unwrap().len(), 22);
            for number in ["cardType", "sexCode", "married", "orderStatus", "payType", "examinationFee"] {
                assert!(record[number].is_number(), "{number}");
            }
            assert!(record["isPregnant"].is_boolean());
            let count = |field: &str| record[field].as_str().map(|text| text.split(',').count());
            assert_eq!(count("addCombinationId"), count("addCombinationName"));
            assert!(record["checkDate"].as_str().unwrap().parse::<NaiveDate>().is_ok());
        }
    }

    #[test]
    fn fees_are_written_with_two_decimals() {
        let generator = generator(0.0);
        for reservation in 0..500 {
            let text = text(&generator, reservation, 0);
            let fee = text.split(r#""examinationFee":"#).nth(1).unwrap().split(',').next().unwrap();
            assert_eq!(fee.rsplit('.').next().unwrap().len(), 2, "{fee}");
        }
    }

    #[test]
    fn the_same_state_is_the_same_text() {
        assert_eq!(text(&generator(0.01), 77, 5), text(&generator(0.01), 77, 5));
    }

    #[test]
    fn each_defect_stands_in_the_text() {
        let generator = generator(1.0);
        for defect in Defect::ALL {
            let has_defect = |reservation: &u32| {
                generator
                    .standing(StateKey { reservation: *reservation, night: 0 })
                    .defect
                    .is_some_and(|repair| repair.defect == defect)
            };
            let text = text(&generator, (0..3_000).find(has_defect).unwrap(), 0);
            let record: Value = serde_json::from_str(&text).unwrap();
            let fee = text.split(r#""examinationFee":"#).nth(1).unwrap().split(',').next().unwrap();
            let name = record["name"].as_str().unwrap();
            let idcard = record["idcard"].as_str().unwrap();
            assert!(match defect {
                Defect::OverLongName => name.chars().count() > 20,
                Defect::UnknownStatus => record["orderStatus"] == 9,
                Defect::ImpossibleDate => record["checkDate"].as_str().unwrap().ends_with("-02-30"),
                Defect::NegativeFee => fee.starts_with('-'),
                Defect::ThreeDecimals => fee.rsplit('.').next().unwrap().len() == 3,
                Defect::MissingHospital => record.get("hospitalCode").is_none(),
                Defect::NulCharacter => name.contains('\0'),
                Defect::WrongCheckDigit => !idcard.ends_with(check_digit(&idcard[..17])),
            });
        }
    }
}
