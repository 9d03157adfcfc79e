//! Runs one record of an example through the contract's rules.

use crate::pipeline::Contract;
use crate::pipeline::example::{Reason, Verdict};
use crate::reservation::{Field, Problem, Severity};
use crate::validate::{Outcome, validate};
use crate::wording::{Message, message};

/// The differences from the expected verdict, one line each; empty if there are none.
pub(super) fn compare(record: &[u8], expect: &Verdict, contract: &Contract) -> Vec<Message> {
    let found = match validate(record, contract) {
        Outcome::Accepted { warnings, .. } => verdict(true, &warnings),
        Outcome::Rejected(rejection) => verdict(false, &rejection.problems),
    };
    let mut differences = Vec::new();
    if expect.is_accepted != found.is_accepted {
        differences.push(message!("example-verdict", is_expected_good = expect.is_accepted));
    }
    if expect.reasons != found.reasons {
        differences.push(message!("example-reasons", expected = list(&expect.reasons), found = list(&found.reasons)));
    }
    if expect.warnings != found.warnings {
        differences.push(message!(
            "example-warnings",
            expected = list(&expect.warnings),
            found = list(&found.warnings)
        ));
    }
    differences
}

fn verdict(is_accepted: bool, problems: &[Problem]) -> Verdict {
    let of = |severity| {
        let problems = problems.iter().filter(|problem| problem.severity == severity);
        let reason = |problem: &Problem| Reason { field: problem.field.and_then(Field::from_name), rule: problem.rule };
        let mut reasons: Vec<Reason> = problems.map(reason).collect();
        reasons.sort();
        reasons
    };
    Verdict { is_accepted, reasons: of(Severity::Reject), warnings: of(Severity::Warn) }
}

fn list(reasons: &[Reason]) -> Option<Vec<String>> {
    (!reasons.is_empty()).then(|| reasons.iter().map(shown).collect())
}

/// `checkDate calendar_date`; the rule alone where the record as a whole is meant.
pub(super) fn shown(reason: &Reason) -> String {
    match reason.field {
        Some(field) => format!("{field} {}", reason.rule.as_str()),
        None => reason.rule.as_str().to_owned(),
    }
}
