//! The contract's rules: one record as delivered becomes a typed reservation, or a rejection with every reason named.
//!
//! Pure: no I/O, no clock. Bad data is a value, never an `Err` and never a panic. What a problem says never holds a
//! delivered value, because problems are printed, logged and stored in the clear.
//!
//! A record is read once ([`record`]), each field is checked by its kind ([`text`], [`date`], [`boolean`], [`fee`]), then
//! the rules that look at several fields follow ([`identity`], [`add_on`]). Fields that the contract does not know are
//! kept ([`extra`]), not judged.

mod add_on;
mod arrival_list;
mod boolean;
mod date;
mod decimal;
mod extra;
mod fee;
mod findings;
#[cfg(test)]
mod fixture;
mod identity;
mod json;
mod platform_list;
mod record;
mod rejection;
#[cfg(test)]
mod tests;
mod text;

pub use arrival_list::{ArrivalList, BadLine, ListError, arrival_time, read_arrival_list, serial_number};
pub use identity::is_identity_number;
pub use platform_list::{BadCell, LIST_FIELDS, ListProblem, ListReader, NamedHeading, list_date, may_name_a_person};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::pipeline::Contract;
use crate::reservation::{Field, FieldKind, Problem, Rejection, Reservation, Rule};
use findings::Findings;
use record::Fields;

/// What the contract says of one record.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "accepted is the common case; a box would cost an allocation per record")]
pub enum Outcome {
    /// No rule that rejects is broken.
    Accepted {
        reservation: Reservation,
        /// Broken rules that the contract lets pass, in the order of [`Rule::ALL`].
        warnings: Vec<Problem>,
    },
    /// At least one rule that rejects is broken. Holds the warnings, too.
    Rejected(Rejection),
}

/// Checks one element of the delivery's result array, as delivered, against every rule of the contract.
///
/// Rules and fields that the history cannot do without ([`Rule::is_essential`], [`Field::is_essential`]) reject whatever
/// the contract says: such a record has no faithful typed form.
pub fn validate(record: &[u8], contract: &Contract) -> Outcome {
    let mut findings = Findings::new(contract);
    let (mut fields, fault) = record::read(record);
    if let Some(fault) = fault {
        findings.report(None, Rule::Syntax, fault.explanation());
        return Outcome::Rejected(rejection::reject_unreadable(record, &fields, findings));
    }
    record::check_duplicates(&fields, &mut findings);

    for field in Field::ALL.into_iter().filter(|field| field.kind() == FieldKind::Text) {
        text::check(field, fields.get(field), &mut findings);
    }
    let typed = Typed {
        birthdate: date::check(Field::Birthdate, &fields, &mut findings),
        check_date: date::check(Field::CheckDate, &fields, &mut findings),
        is_pregnant: boolean::check(Field::IsPregnant, &fields, &mut findings),
        examination_fee: fee::check(Field::ExaminationFee, &fields, &mut findings),
    };
    add_on::check(&fields, &mut findings);
    identity::check(&fields, typed.birthdate, &mut findings);
    let extra = extra::check(fields.take_unknown(), &mut findings);

    // Without a rejecting problem the essential fields are there, so the second condition always holds.
    if !findings.is_rejecting()
        && let Some(reservation) = assemble(&mut fields, typed, extra)
    {
        return Outcome::Accepted { reservation, warnings: findings.into_problems() };
    }
    Outcome::Rejected(rejection::reject(record, &fields, findings))
}

/// The fields that are not text. `None`: absent, null or empty, or broken and reported.
struct Typed {
    birthdate: Option<NaiveDate>,
    check_date: Option<NaiveDate>,
    is_pregnant: Option<bool>,
    examination_fee: Option<Decimal>,
}

/// Moves the checked fields into a reservation; `None` where an essential field is missing.
fn assemble(
    fields: &mut Fields<'_>,
    typed: Typed,
    extra: Option<serde_json::Map<String, serde_json::Value>>,
) -> Option<Reservation> {
    Some(Reservation {
        check_date: typed.check_date?,
        request_id: fields.take_text(Field::RequestId)?,
        serial_number: fields.take_text(Field::SerialNumber)?,
        erhc_no: fields.take_text(Field::ErhcNo),
        name: fields.take_text(Field::Name),
        card_type: fields.take_text(Field::CardType),
        idcard: fields.take_text(Field::Idcard),
        birthdate: typed.birthdate,
        sex_code: fields.take_text(Field::SexCode),
        is_pregnant: typed.is_pregnant,
        married: fields.take_text(Field::Married),
        mobile: fields.take_text(Field::Mobile),
        hospital_code: fields.take_text(Field::HospitalCode)?,
        hospital_name: fields.take_text(Field::HospitalName),
        hospital_package_id: fields.take_text(Field::HospitalPackageId),
        hospital_package_name: fields.take_text(Field::HospitalPackageName),
        add_combination_id: fields.take_text(Field::AddCombinationId),
        add_combination_name: fields.take_text(Field::AddCombinationName),
        examination_fee: typed.examination_fee,
        order_status: fields.take_text(Field::OrderStatus)?,
        pay_type: fields.take_text(Field::PayType),
        data_sources: fields.take_text(Field::DataSources),
        extra,
    })
}
