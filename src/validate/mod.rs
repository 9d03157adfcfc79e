//! The contract's rules: one record as delivered becomes a typed reservation, or a rejection with every reason named.
//!
//! Pure: no I/O, no clock. Bad data is a value, never an `Err` and never a panic. What a problem says never holds a
//! delivered value, because problems are printed, logged and stored in the clear.
//!
//! A record is read once ([`record`]), each field is checked by its kind ([`text`], [`date`], [`boolean`], [`fee`]) and put
//! into the interface's form, where it has another that can be read in one way only ([`form`], [`date_form`]); then the
//! rules that look at several fields follow ([`identity`], [`add_on`]). Fields that the contract does not know are
//! kept ([`extra`]), not judged.

mod add_on;
mod arrival_list;
mod boolean;
mod date;
mod date_form;
mod decimal;
mod extra;
mod fee;
mod findings;
#[cfg(test)]
mod fixture;
mod form;
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

use crate::pipeline::Contract;
use crate::reservation::{Field, FieldKind, FieldValue, Problem, Rejection, Reservation, Rule};
use findings::Findings;

/// Refuses a record that is too large to be looked at: of its bytes only the beginning is known, and `omitted_bytes` follow it,
/// with `end` as the last of them. The end is looked into, and not kept.
pub fn refuse_too_large(beginning: &[u8], omitted_bytes: u64, end: &[u8], contract: &Contract) -> Rejection {
    let mut findings = Findings::new(contract);
    let (fields, _) = record::read(beginning);
    let bytes = beginning.len() as u64 + omitted_bytes;
    let explanation =
        format!("has {bytes} bytes, more than any record needs: only its first {} are kept", beginning.len());
    findings.report(None, Rule::Syntax, explanation);
    rejection::reject_too_large(beginning, bytes, end, &fields, findings)
}

/// The contract's verdict on one record.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "accepted is the common case; a box would cost an allocation per record")]
pub enum Outcome {
    /// No rule that rejects is broken.
    Accepted {
        reservation: Reservation,
        /// Broken rules that the contract lets pass, in the order of [`Rule::ALL`].
        warnings: Vec<Problem>,
    },
    /// At least one rule that rejects is broken. Contains the warnings, too.
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

    // What is no text and sound, by its field. (Texts stay where they are until it is clear that they are wanted.)
    let mut typed = [const { None }; Field::COUNT];
    for field in Field::ALL {
        typed[field.index()] = match field.kind() {
            FieldKind::Text => {
                text::check(field, &mut fields, &mut findings);
                None
            }
            FieldKind::Date => date::check(field, &fields, &mut findings).map(FieldValue::Date),
            FieldKind::Boolean => boolean::check(field, &fields, &mut findings).map(FieldValue::Boolean),
            FieldKind::Decimal => fee::check(field, &fields, &mut findings).map(FieldValue::Decimal),
        };
    }
    add_on::check(&fields, &mut findings);
    let birthdate = match typed[Field::Birthdate.index()] {
        Some(FieldValue::Date(birthdate)) => Some(birthdate),
        _ => None,
    };
    identity::check(&fields, birthdate, &mut findings);
    let extra = extra::check(fields.take_unknown(), &mut findings);

    let value = |field: Field| match field.kind() {
        FieldKind::Text => fields.take_text(field).map(FieldValue::Text),
        FieldKind::Date | FieldKind::Boolean | FieldKind::Decimal => typed[field.index()].take(),
    };
    // Without a rejecting problem the essential fields are there, so the second condition always holds.
    if !findings.is_rejecting()
        && let Some(reservation) = Reservation::of(value, extra)
    {
        return Outcome::Accepted { reservation, warnings: findings.into_problems() };
    }
    Outcome::Rejected(rejection::reject(record, &fields, findings))
}
