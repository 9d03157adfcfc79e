//! The contract: what a delivered record must look like, as data (`pipelines/contracts/*.toml`).
//!
//! A hospital may change lengths, dictionaries, labels and severities; not the fields, their types, and the rules that columns need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::error::DefinitionErrors;
use super::files::read_text;
use super::reader::{Item, Table, read_document};
use crate::reservation::{Field, FieldKind, Rule, Severity};
use crate::wording::message;

/// The contract that ships with the program, for the demo and for tests.
pub const SHIPPED: &str = include_str!("../../pipelines/contracts/reservation.toml");

/// Longest code of a dictionary. Codes are keys of `mart.code_labels`, and the longest that the interface has is 2.
const CODE_CHARACTERS_MAX: usize = 100;

const SEVERITIES: [(&str, Severity); 2] = [("reject", Severity::Reject), ("warn", Severity::Warn)];

const KINDS: [(&str, FieldKind); 4] = [
    ("text", FieldKind::Text),
    ("date", FieldKind::Date),
    ("boolean", FieldKind::Boolean),
    ("decimal", FieldKind::Decimal),
];

/// A contract file, checked: one rule set per field of the interface, and a severity per rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Indexed by [`Field::index`].
    pub fields: [FieldContract; Field::COUNT],
    /// Severity of each rule, indexed by its position in [`Rule::ALL`].
    pub severities: [Severity; Rule::ALL.len()],
    /// The file's text: what was loaded by it can be loaded by it again.
    pub text: String,
    /// Names of members that make no version: the pipeline's `[contract] ignore`.
    pub ignore: BTreeSet<String>,
}

/// The contract's rules for one field.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    pub name: String,
    /// The labels, by code.
    pub labels: BTreeMap<String, Label>,
    /// The severity of an unknown code: `on_unknown`, else that of [`Rule::Dictionary`].
    pub on_unknown: Severity,
}

/// A text for people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub zh: String,
    pub en: String,
}

impl Contract {
    /// The contract's rules for `field`.
    pub fn field(&self, field: Field) -> &FieldContract {
        &self.fields[field.index()]
    }

    /// Reads a contract file. Errors: every problem.
    pub fn read(path: &Path) -> Result<Contract, DefinitionErrors> {
        Contract::parse(path, &read_text(path)?)
    }

    /// The contract that ships with the program: the interface document as it stands.
    pub fn shipped() -> Contract {
        Contract::parse(Path::new("pipelines/contracts/reservation.toml"), SHIPPED)
            .expect("the shipped contract is fixed at build time, and a test reads it")
    }

    /// Reads the text of a contract file; `file` is for messages only. Errors: every problem. Rules that were added since it
    /// was written warn.
    pub fn parse(file: &Path, text: &str) -> Result<Contract, DefinitionErrors> {
        Contract::parse_with(file, text, Severity::Warn)
    }

    /// The same, as a program read it that did not know the rules which were added since: what breaks them was refused.
    pub fn parse_as_first(file: &Path, text: &str) -> Result<Contract, DefinitionErrors> {
        Contract::parse_with(file, text, Severity::Reject)
    }

    fn parse_with(file: &Path, text: &str, added: Severity) -> Result<Contract, DefinitionErrors> {
        read_document(file, text, |root| {
            let version = root.version();
            let severities = root
                .need("rules", message!("definition-no-rules"))
                .and_then(|item| item.table(|table| severities(table, added)));
            let on_unknown = severities.map_or(Severity::Reject, |severities| severities[Rule::Dictionary as usize]);
            let read = |item: Item<'_>| item.table(|table| dictionaries(table, on_unknown));
            let dictionaries = root.get("dictionaries").map_or(Some(BTreeMap::new()), read);
            let fields = root
                .need("fields", message!("definition-no-fields"))
                .and_then(|item| item.table(|table| fields(table, dictionaries.as_ref())));
            version.and(dictionaries)?;
            Some(Contract { fields: fields?, severities: severities?, text: text.to_owned(), ignore: BTreeSet::new() })
        })
    }

    /// The severity of `rule`.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.severities[rule as usize]
    }
}

fn severities(table: &Table<'_>, added: Severity) -> Option<[Severity; Rule::ALL.len()]> {
    // Every rule is read before the first `?`, so that all problems are seen.
    let severities = Rule::ALL.map(|rule| {
        if rule.is_added() && table.get(rule.as_str()).is_none() {
            return Some(added);
        }
        let item = table.need(rule.as_str(), message!("definition-no-severity"))?;
        let severity = item.choice(&SEVERITIES)?;
        if rule.is_essential() && severity != Severity::Reject {
            return item.refuse_unseen(message!("definition-must-be-reject"));
        }
        Some(severity)
    });
    complete(severities)
}

fn dictionaries(table: &Table<'_>, on_unknown: Severity) -> Option<BTreeMap<String, Dictionary>> {
    let read = |(name, item): (&str, Item<'_>)| {
        let dictionary = item.table(|table| dictionary(name, table, on_unknown))?;
        // The name is part of the reasons of the quarantine.
        if name.contains(char::is_control) {
            return item.refuse_unseen(message!("definition-control-character-in-name"));
        }
        Some((name.to_owned(), dictionary))
    };
    let dictionaries: Vec<Option<_>> = table.entries().into_iter().map(read).collect();
    dictionaries.into_iter().collect()
}

fn dictionary(name: &str, table: &Table<'_>, on_unknown: Severity) -> Option<Dictionary> {
    let on_unknown = table.get("on_unknown").map_or(Some(on_unknown), |item| item.choice(&SEVERITIES));
    let codes = table.need("codes", message!("definition-no-codes"))?;
    let entries = codes.tables(|table| {
        let code = table.need("code", message!("definition-no-code")).and_then(|item| match item.text()? {
            code if code.chars().count() > CODE_CHARACTERS_MAX => {
                item.refuse_unseen(message!("definition-code-long", most = CODE_CHARACTERS_MAX))
            }
            code => Some(code),
        });
        let label = label(table);
        Some((code?.to_owned(), label?))
    })?;
    let mut labels = BTreeMap::new();
    for (code, label) in entries {
        if let Some((code, _)) = labels.get_key_value(&code) {
            return codes.refuse_unseen(message!("definition-code-twice", code = format!("{code:?}")));
        }
        labels.insert(code, label);
    }
    if labels.is_empty() {
        return codes.refuse_unseen(message!("definition-dictionary-empty"));
    }
    Some(Dictionary { name: name.to_owned(), labels, on_unknown: on_unknown? })
}

/// `dictionaries` is absent if they have problems of their own.
fn fields(
    table: &Table<'_>,
    dictionaries: Option<&BTreeMap<String, Dictionary>>,
) -> Option<[FieldContract; Field::COUNT]> {
    let fields = Field::ALL.map(|field| {
        table
            .need(field.name(), message!("definition-no-field"))
            .and_then(|item| item.table(|table| field_contract(field, table, dictionaries)))
    });
    complete(fields)
}

fn field_contract(
    field: Field,
    table: &Table<'_>,
    dictionaries: Option<&BTreeMap<String, Dictionary>>,
) -> Option<FieldContract> {
    let kind = table.need("type", message!("definition-no-type")).and_then(|item| {
        let kind = item.choice(&KINDS)?;
        let name = KINDS.iter().find(|(_, kind)| *kind == field.kind()).map_or("", |(name, _)| name);
        if kind == field.kind() {
            Some(kind)
        } else {
            item.refuse(|found| message!("definition-must-be-type", column = format!("\"{name}\""), found))
        }
    });
    let max_characters = max_characters(field, table);
    let required = table.get("required").map_or(Some(false), |item| item.boolean());
    let required = match required {
        Some(false) if field.is_essential() => table.refuse(message!("definition-must-be-required")),
        required => required,
    };
    let dictionary = match table.get("dictionary") {
        Some(item) => item.text().and_then(|name| match (field.kind(), dictionaries) {
            (FieldKind::Date | FieldKind::Decimal, _) => {
                item.refuse_unseen(message!("definition-dictionary-misplaced"))
            }
            (_, None) => None,
            (_, Some(dictionaries)) => match dictionaries.get(name) {
                Some(dictionary) => Some(Some(dictionary.clone())),
                None => item.refuse(|found| message!("definition-must-be-dictionary", found)),
            },
        }),
        None => Some(None),
    };
    let label = table.need("label", message!("definition-no-label")).and_then(|item| item.table(label));
    kind?;
    Some(FieldContract {
        field,
        required: required?,
        max_characters: max_characters?,
        dictionary: dictionary?,
        label: label?,
    })
}

/// Text has a limit, anything else has none.
fn max_characters(field: Field, table: &Table<'_>) -> Option<Option<usize>> {
    const KEY: &str = "max_characters";
    if field.kind() != FieldKind::Text {
        return match table.get(KEY) {
            Some(item) => item.refuse_unseen(message!("definition-characters-misplaced")),
            None => Some(None),
        };
    }
    let limit = field.characters_max() as u32;
    let characters = table.need(KEY, message!("definition-no-characters"))?.whole_number(1..=limit)?;
    Some(Some(characters as usize))
}

fn label(table: &Table<'_>) -> Option<Label> {
    let zh = table.need("zh", message!("definition-no-chinese-name")).and_then(|item| item.text());
    let en = table.need("en", message!("definition-no-english-name")).and_then(|item| item.text());
    Some(Label { zh: zh?.to_owned(), en: en?.to_owned() })
}

/// All values, or `None` if one is missing.
fn complete<T, const N: usize>(values: [Option<T>; N]) -> Option<[T; N]> {
    let values: Vec<T> = values.into_iter().collect::<Option<_>>()?;
    values.try_into().ok()
}

#[cfg(test)]
mod tests;
