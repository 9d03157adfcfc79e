//! The problems of one record, collected with the severity that the contract gives them.
//!
//! Explanations come from the rules and never hold a delivered value.

use std::collections::BTreeSet;

use crate::pipeline::Contract;
use crate::pipeline::contract::FieldContract;
use crate::reservation::{Field, Problem, Rule, Severity};

/// Collects the problems of one record. Allocates nothing while there are none.
pub(super) struct Findings<'c> {
    contract: &'c Contract,
    problems: Vec<Problem>,
}

impl<'c> Findings<'c> {
    pub(super) fn new(contract: &'c Contract) -> Self {
        Findings { contract, problems: Vec::new() }
    }

    /// Names of members that make no other content.
    pub(super) fn ignored(&self) -> &'c BTreeSet<String> {
        &self.contract.ignore
    }

    pub(super) fn field_contract(&self, field: Field) -> &'c FieldContract {
        self.contract.field(field)
    }

    /// Whether an absent, null or empty `field` is a problem. Essential fields are required whatever the contract says.
    pub(super) fn is_required(&self, field: Field) -> bool {
        field.is_essential() || self.contract.field(field).required
    }

    /// Notes a problem with its rule's severity. Essential rules always reject.
    pub(super) fn report(&mut self, field: Option<Field>, rule: Rule, explanation: impl Into<String>) {
        let severity = if rule.is_essential() { Severity::Reject } else { self.contract.severity(rule) };
        self.report_as(severity, field, rule, explanation);
    }

    /// Notes a problem whose severity is decided elsewhere: a dictionary's own `on_unknown`.
    pub(super) fn report_as(
        &mut self,
        severity: Severity,
        field: Option<Field>,
        rule: Rule,
        explanation: impl Into<String>,
    ) {
        self.problems.push(Problem { field: field.map(Field::name), rule, severity, explanation: explanation.into() });
    }

    /// Notes that a required field holds nothing.
    pub(super) fn report_missing(&mut self, field: Field) {
        self.report(Some(field), Rule::Required, "is required, but absent, null or empty");
    }

    /// Notes that a field was read, but not in the interface's form.
    pub(super) fn report_form(&mut self, field: Field) {
        let explanation = "is not written as the interface has it, but in a form that can be read in one way only";
        self.report(Some(field), Rule::Form, explanation);
    }

    /// Whether one of the problems keeps the record out.
    pub(super) fn is_rejecting(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Reject)
    }

    /// The problems in the order of [`Rule::ALL`], then of [`Field::ALL`].
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.rule, problem.field.and_then(Field::from_name)));
        self.problems
    }
}
