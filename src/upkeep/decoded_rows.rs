//! Decoded states as rows of the lake: the columns that are published, without whom they are about. Pure.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use crate::reservation::{Field, FieldRef, IncomingState, PersonId};
use crate::rows::{Cell, RowColumn, Rows, fen};
use crate::transform::ContentKey;
use crate::warehouse::{CommittedDelivery, Forgotten};

/// What the rows of an account are made with.
pub(super) struct StateRows<'a> {
    pub account: &'a str,
    pub columns: &'a [RowColumn],
    pub content_key: ContentKey,
    /// Of each age, from 0 on.
    pub age_bands: Vec<String>,
    /// By serialNumber, the earlier one first.
    pub forgotten: HashMap<String, Vec<Forgotten>>,
    /// In the place of the content key for states whose person was erased.
    pub forgotten_key: ContentKey,
}

/// What a row has instead of the state's own person and content.
struct Shown<'a> {
    person_id: Option<&'a [u8]>,
    content_id: Option<String>,
    birthdate: Option<NaiveDate>,
}

impl StateRows<'_> {
    /// The rows of some states of a delivery. `before`: how many came before them; `pulls`: the unconfirmed pull of each reservation.
    pub fn rows(
        &mut self,
        delivery: &CommittedDelivery,
        before: u64,
        states: &[IncomingState],
        pulls: &HashMap<String, i64>,
    ) -> Rows {
        let mut rows = Rows::of(self.columns.len());
        for (position, state) in (before as i64 + 1..).zip(states) {
            self.learn(state);
            let Shown { person_id, content_id, birthdate } = self.shown(delivery.delivery_id, state);
            let person_id = person_id.map(hex::encode);
            let age = birthdate.map(|birthdate| age_years(state.reservation.check_date, birthdate));
            for column in self.columns {
                rows.push(match column.name.as_str() {
                    "account" => Cell::Text(self.account),
                    "delivery_id" => Cell::Integer(delivery.delivery_id),
                    "position" => Cell::Integer(position),
                    "content_id" => text(content_id.as_deref()),
                    "unconfirmed_pull" => pulls
                        .get(state.reservation.serial_number.as_str())
                        .map_or(Cell::Empty, |pull| Cell::Integer(*pull)),
                    "person_id" => text(person_id.as_deref()),
                    "age_years" => age.map_or(Cell::Empty, |age| Cell::Integer(age.into())),
                    "age_band" => text(age.and_then(|age| self.age_band(age))),
                    "effective_at" => Cell::Time(delivery.effective_at),
                    name => field(state, name),
                });
            }
        }
        rows
    }

    /// The history has one of the states that differ only in what the pipeline ignores, and it stands for all of them.
    fn learn(&mut self, state: &IncomingState) {
        for forgotten in self.forgotten.get_mut(state.reservation.serial_number.as_str()).into_iter().flatten() {
            let has =
                |forgotten: &Forgotten, content: &[u8]| forgotten.kept_contents.iter().any(|kept| kept == content);
            if has(forgotten, &state.fingerprint) && !has(forgotten, &state.content) {
                forgotten.kept_contents.push(state.content.to_vec());
            }
        }
    }

    /// A state of somebody who was erased later is shown as what an erasure leaves; another content than any before or since.
    fn shown<'a>(&'a self, delivery_id: i64, state: &'a IncomingState) -> Shown<'a> {
        let person_id = state.person_id.as_ref().map(|person_id: &PersonId| &person_id[..]);
        let birthdate = state.reservation.birthdate;
        let erased = self.forgotten.get(state.reservation.serial_number.as_str()).into_iter().flatten();
        let mut erased = erased.filter(|forgotten| delivery_id <= forgotten.last_delivery_id);
        let is_kept = |forgotten: &&Forgotten| {
            forgotten.kept_contents.iter().any(|kept| kept == &state.fingerprint || kept == &state.content)
                || person_id.is_some_and(|person_id| forgotten.kept_persons.iter().any(|kept| kept == person_id))
        };
        match erased.find(|forgotten| !is_kept(forgotten)) {
            None => {
                let content_id = self.content_key.content_id(&hex::encode(state.content));
                Shown { person_id, content_id, birthdate }
            }
            Some(forgotten) => {
                let content = [&state.content[..], &forgotten.last_delivery_id.to_be_bytes()].concat();
                let content_id = self.forgotten_key.content_id(&hex::encode(content));
                let birthdate = birthdate.and_then(|birthdate| birthdate.with_ordinal(1));
                let before = |(from, _): &&(i64, _)| *from <= delivery_id;
                let successor = forgotten.successors.iter().rev().find(before).or(forgotten.successors.first());
                let person_id = successor.and_then(|(_, person_id)| person_id.as_deref());
                Shown { person_id, content_id, birthdate }
            }
        }
    }

    fn age_band(&self, age: i32) -> Option<&str> {
        let age = usize::try_from(age).ok()?;
        self.age_bands.get(age).or(self.age_bands.last()).map(String::as_str)
    }
}

fn text(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Empty, Cell::Text)
}

/// A field of the record, by our spelling. None that names a person, nor the birthday, whatever the columns are.
fn field<'a>(state: &'a IncomingState, name: &str) -> Cell<'a> {
    let is_it = |field: &Field| {
        field.column_name() == name && !field.names_person() && ![Field::Birthdate, Field::RequestId].contains(field)
    };
    match Field::ALL.into_iter().find(is_it).map(|field| state.reservation.value(field)) {
        Some(FieldRef::Text(value)) => text(value),
        Some(FieldRef::Date(Some(value))) => Cell::Date(value),
        Some(FieldRef::Boolean(Some(value))) => Cell::Boolean(value),
        Some(FieldRef::Decimal(value)) => value.and_then(fen).map_or(Cell::Empty, Cell::Fee),
        _ => Cell::Empty,
    }
}

/// Whole years, below zero for who is born later, as PostgreSQL counts them.
fn age_years(on: NaiveDate, birthdate: NaiveDate) -> i32 {
    match on.years_since(birthdate) {
        Some(years) => years as i32,
        None => -(birthdate.years_since(on).unwrap_or_default() as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `extract(year from age(…))` gives them.
    #[test]
    fn ages_are_whole_years_on_the_day() {
        let age = |on: &str, birthdate: &str| age_years(on.parse().unwrap(), birthdate.parse().unwrap());
        assert_eq!(age("2026-11-29", "1949-12-31"), 76);
        assert_eq!(age("2026-12-31", "1949-12-31"), 77);
        assert_eq!(age("2001-02-28", "2000-02-29"), 0);
        assert_eq!(age("2001-03-01", "2000-02-29"), 1);
        assert_eq!(age("2026-01-01", "2026-01-02"), 0);
        assert_eq!(age("2026-01-01", "2028-01-01"), -2);
    }
}
