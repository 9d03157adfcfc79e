//! Runs one record of an example through the contract's rules.

use crate::pipeline::Contract;
use crate::pipeline::example::{Reason, Verdict};
use crate::reservation::{Field, Problem, Severity};
use crate::validate::{Outcome, validate};

/// What differs from what is expected, one line each; empty if nothing does.
pub(super) fn compare(record: &[u8], expect: &Verdict, contract: &Contract) -> Vec<String> {
    let found = match validate(record, contract) {
        Outcome::Accepted { warnings, .. } => verdict(true, &warnings),
        Outcome::Rejected(rejection) => verdict(false, &rejection.problems),
    };
    let mut differences = Vec::new();
    let mut expect_same = |what: &str, expected: String, found: String| {
        if expected != found {
            differences.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    let word = |is_accepted| if is_accepted { "accepted" } else { "rejected" }.to_owned();
    expect_same("verdict", word(expect.is_accepted), word(found.is_accepted));
    expect_same("reasons", list(&expect.reasons), list(&found.reasons));
    expect_same("warnings", list(&expect.warnings), list(&found.warnings));
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

fn list(reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons.iter().map(shown).collect();
    if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") }
}

/// `checkDate calendar_date`; the rule alone where the record as a whole is meant.
pub(super) fn shown(reason: &Reason) -> String {
    match reason.field {
        Some(field) => format!("{field} {}", reason.rule.as_str()),
        None => reason.rule.as_str().to_owned(),
    }
}
