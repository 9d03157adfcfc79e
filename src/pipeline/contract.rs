//! The contract: what a delivered record must look like, as data (`pipelines/contracts/*.toml`).

use std::collections::BTreeMap;

use crate::reservation::{Field, Rule, Severity};

/// A contract file, checked: one rule set per field of the interface, and a severity per rule.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Indexed by [`Field::index`].
    pub fields: [FieldContract; Field::COUNT],
    /// Severity of each rule, indexed by its position in [`Rule::ALL`].
    pub severities: [Severity; Rule::ALL.len()],
}

/// What the contract says of one field.
#[derive(Debug, Clone)]
pub struct FieldContract {
    pub field: Field,
    pub required: bool,
    /// Unicode scalar values; `None` for fields that are not text.
    pub max_characters: Option<usize>,
    pub dictionary: Option<Dictionary>,
    /// Heading for people.
    pub label: Label,
}

/// The codes that a field may hold.
#[derive(Debug, Clone)]
pub struct Dictionary {
    pub name: String,
    /// By code.
    pub labels: BTreeMap<String, Label>,
    /// What an unknown code does, `on_unknown`; [`Severity::Reject`] unless the contract says otherwise.
    pub on_unknown: Severity,
}

/// A text for people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub zh: String,
    pub en: String,
}

impl Contract {
    /// What the contract says of `field`.
    pub fn field(&self, field: Field) -> &FieldContract {
        &self.fields[field.index()]
    }

    /// What breaking `rule` does.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.severities[rule as usize]
    }
}
