//! Runs the deliveries of an example through the contract and the history plan, and keeps the versions in memory.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, SecondsFormat, Utc};

use super::validation::shown;
use crate::pipeline::Contract;
use crate::pipeline::example::{ExampleDelivery, ExampleVersion, ExpectedHistory, Reason};
use crate::reservation::{CurrentVersion, Field, HistoryPlan, IncomingState, Problem, Rejection, Severity};
use crate::transform::{PersonKey, plan_history};
use crate::validate::{Outcome, validate};
use crate::wording::{Message, message};

/// No example looks at `person_id`, so any key will do.
const EXAMPLE_SITE_KEY: [u8; 32] = [0; 32];

/// The history that the deliveries so far have left.
#[derive(Default)]
struct History {
    versions: Vec<ExampleVersion>,
    current: HashMap<String, CurrentVersion>,
    opened: u64,
    closed: u64,
    unchanged: u64,
    adjusted: u64,
}

/// The differences from the expected versions and counts, one line each; empty if there are none.
pub(super) fn compare(deliveries: &[ExampleDelivery], expect: &ExpectedHistory, contract: &Contract) -> Vec<Message> {
    let person_key = PersonKey::derive(&EXAMPLE_SITE_KEY);
    let mut history = History::default();
    let mut differences = Vec::new();
    for (delivery_index, delivery) in deliveries.iter().enumerate() {
        let mut states = Vec::new();
        for (record_index, record) in delivery.records.iter().enumerate() {
            match validate(record, contract) {
                Outcome::Accepted { reservation, .. } => {
                    states.push(IncomingState::new(reservation, &person_key, &contract.ignore))
                }
                Outcome::Rejected(rejection) => differences.push(message!(
                    "example-rejected",
                    record = record_index + 1,
                    delivery = delivery_index + 1,
                    reasons = reasons(&rejection),
                )),
            }
        }
        history.apply(plan_history(states, &history.current, delivery.timestamp));
    }
    differences.extend(history.differences(expect));
    differences
}

fn reasons(rejection: &Rejection) -> Vec<String> {
    let rejecting = rejection.problems.iter().filter(|problem| problem.severity == Severity::Reject);
    let reason = |problem: &Problem| Reason { field: problem.field.and_then(Field::from_name), rule: problem.rule };
    rejecting.map(|problem| shown(&reason(problem))).collect()
}

impl History {
    fn apply(&mut self, plan: HistoryPlan) {
        self.opened += plan.opened.len() as u64;
        self.closed += plan.closed.len() as u64;
        self.unchanged += plan.unchanged.len() as u64;
        self.adjusted += plan.adjusted;
        for closed in plan.closed {
            let ended = self
                .versions
                .iter_mut()
                .find(|version| version.serial_number == closed.serial_number && version.version == closed.version);
            if let Some(ended) = ended {
                ended.valid_to = Some(closed.valid_to);
            }
        }
        for opened in plan.opened {
            let reservation = opened.state.reservation;
            self.versions.push(ExampleVersion {
                serial_number: reservation.serial_number.to_string(),
                version: opened.version,
                change: opened.change.as_str(),
                valid_from: opened.valid_from,
                valid_to: opened.valid_to,
            });
            if opened.valid_to.is_none() {
                self.current.insert(
                    reservation.serial_number.into(),
                    CurrentVersion {
                        version: opened.version,
                        valid_from: opened.valid_from,
                        fingerprint: opened.state.fingerprint,
                        content: opened.state.content,
                        order_status: reservation.order_status,
                        check_date: reservation.check_date,
                    },
                );
            }
        }
    }

    fn differences(self, expect: &ExpectedHistory) -> Vec<Message> {
        let mut differences = Vec::new();
        let expected: BTreeSet<&ExampleVersion> = expect.versions.iter().collect();
        let found: BTreeSet<&ExampleVersion> = self.versions.iter().collect();
        differences
            .extend(expected.difference(&found).map(|version| message!("example-expected", version = line(version))));
        differences
            .extend(found.difference(&expected).map(|version| message!("example-found", version = line(version))));
        if differences.is_empty() && expect.versions.len() != self.versions.len() {
            differences.push(message!("example-version-twice"));
        }
        for (what, expected, found) in [
            ("opened", expect.opened, self.opened),
            ("closed", expect.closed, self.closed),
            ("unchanged", expect.unchanged, self.unchanged),
            ("adjusted", expect.adjusted, self.adjusted),
        ] {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                differences.push(message!(
                    "example-count",
                    what,
                    expected = expected.to_string(),
                    found = found.to_string()
                ));
            }
        }
        differences
    }
}

/// `A version 1 booked [2026-03-01T14:00:00Z, infinity)`.
fn line(version: &ExampleVersion) -> Message {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    message!(
        "example-version",
        serial_number = &version.serial_number,
        version = version.version.to_string(),
        change = version.change,
        from = time(version.valid_from),
        to = version.valid_to.map_or("infinity".to_owned(), time),
    )
}
