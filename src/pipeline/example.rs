//! Examples: records, and the expected result. They are in files beside the pipelines; `tijian check` runs them.
//!
//! This file owns their form only; running them needs the stages, and is the command's matter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use toml::de::DeValue;

use super::error::DefinitionErrors;
use super::files::{files_in, read_text, unlisted};
use super::reader::{Item, Table, read_document};
use crate::reservation::{Change, Field, Rule};
use crate::wording::message;

/// As a value: leaves the field out of the record.
const ABSENT: &str = "$absent";
/// As a value: makes the field null. TOML has no null of its own.
const NULL: &str = "$null";

/// One example: a name that is a claim, and what proves it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub name: String,
    pub case: Case,
}

/// The subject of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Case {
    /// One record against the contract.
    Validation { record: Vec<u8>, expect: Verdict },
    /// Deliveries in the order in which they come, against the history that they leave.
    History { deliveries: Vec<ExampleDelivery>, expect: ExpectedHistory },
}

/// The expected verdict on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub is_accepted: bool,
    /// Broken rules that reject, sorted.
    pub reasons: Vec<Reason>,
    /// Broken rules that only warn, sorted.
    pub warnings: Vec<Reason>,
}

/// A broken rule. Without a field, the record as a whole is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    pub field: Option<Field>,
    pub rule: Rule,
}

/// One delivery of a history example.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleDelivery {
    /// The envelope's `timestamp`.
    pub timestamp: DateTime<Utc>,
    /// Records as JSON, in array order.
    pub records: Vec<Vec<u8>>,
}

/// The expected result of a history example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedHistory {
    /// Every version, sorted by reservation and number.
    pub versions: Vec<ExampleVersion>,
    /// Counts over all deliveries; `None` where the example says nothing.
    pub opened: Option<u64>,
    pub closed: Option<u64>,
    pub unchanged: Option<u64>,
    pub adjusted: Option<u64>,
}

/// One version of a reservation, as expected or as found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExampleVersion {
    pub serial_number: String,
    pub version: i32,
    /// One of the texts of [`Change::as_str`].
    pub change: &'static str,
    pub valid_from: DateTime<Utc>,
    /// `None`: `infinity`, the current version.
    pub valid_to: Option<DateTime<Utc>>,
}

/// Reads a file of examples. Errors: every problem.
pub fn read_examples(file: &Path) -> Result<Vec<Example>, DefinitionErrors> {
    read_document(file, &read_text(file)?, |root| {
        let version = root.version();
        let base = root.get("base").map_or(Some(Record::new()), |item| item.table(|table| members(table)));
        // Without a sound base, every example would be wrong for the same reason.
        let base = base?;
        let examples = root.need("example", message!("definition-no-example"))?.tables(|table| example(table, &base));
        version?;
        examples
    })
}

/// The example files of a pipeline: `examples/*.toml` beside it, sorted. None if there is no such folder.
pub fn find_examples(pipeline_file: &Path) -> Result<Vec<PathBuf>, DefinitionErrors> {
    let dir = pipeline_file.parent().unwrap_or(Path::new("")).join("examples");
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    files_in(&dir).map_err(|error| unlisted(&dir, &error))
}

/// Members of a JSON object as JSON text; `None` leaves the member of that name out.
type Record = BTreeMap<String, Option<String>>;

fn example(table: &Table<'_>, base: &Record) -> Option<Example> {
    let name = table.need("name", message!("definition-no-claim")).and_then(|item| item.text());
    let case = match table.get("deliveries") {
        Some(deliveries) => history(table, &deliveries, base),
        None => validation(table, base),
    };
    Some(Example { name: name?.to_owned(), case: case? })
}

fn validation(table: &Table<'_>, base: &Record) -> Option<Case> {
    let record = match (table.get("given"), table.get("given_json")) {
        (Some(item), None) => item.table(|table| record(table, base)),
        (None, Some(item)) => item.text().map(|json| json.as_bytes().to_vec()),
        (None, None) => table.refuse(message!("definition-no-given")),
        (Some(_), Some(item)) => item.refuse_unseen(message!("definition-given-twice")),
    };
    let is_accepted = table
        .need("expect", message!("definition-no-verdict"))
        .and_then(|item| item.choice(&[("accepted", true), ("rejected", false)]));
    let reasons = reasons(table, "reasons");
    let warnings = self::reasons(table, "warnings");
    let (is_accepted, reasons) = (is_accepted?, reasons?);
    if is_accepted != reasons.is_empty() {
        return table.refuse(message!("definition-reasons-or-accepted"));
    }
    Some(Case::Validation { record: record?, expect: Verdict { is_accepted, reasons, warnings: warnings? } })
}

fn reasons(table: &Table<'_>, key: &str) -> Option<Vec<Reason>> {
    let Some(item) = table.get(key) else { return Some(Vec::new()) };
    let mut reasons = item.tables(|table| {
        let field = match table.get("field") {
            Some(item) => match item.value().as_str().and_then(Field::from_name) {
                Some(field) => Some(Some(field)),
                None => item.refuse(|found| message!("definition-must-be-field", found)),
            },
            None => Some(None),
        };
        let rule = table.need("rule", message!("definition-no-rule")).and_then(|item| {
            item.value()
                .as_str()
                .and_then(Rule::from_name)
                .or_else(|| item.refuse(|found| message!("definition-must-be-rule", found)))
        });
        Some(Reason { field: field?, rule: rule? })
    })?;
    reasons.sort();
    Some(reasons)
}

fn history(table: &Table<'_>, deliveries: &Item<'_>, base: &Record) -> Option<Case> {
    let deliveries = deliveries.tables(|table| {
        let timestamp = table.need("timestamp", message!("definition-no-timestamp")).and_then(|item| time(&item));
        let records = table
            .need("records", message!("definition-no-records"))
            .and_then(|item| item.tables(|table| record(table, base)));
        Some(ExampleDelivery { timestamp: timestamp?, records: records? })
    });
    let expect =
        table.need("expect", message!("definition-no-expectation")).and_then(|item| item.table(expected_history));
    Some(Case::History { deliveries: deliveries?, expect: expect? })
}

fn expected_history(table: &Table<'_>) -> Option<ExpectedHistory> {
    let versions =
        table.need("versions", message!("definition-no-versions")).and_then(|item| item.tables(expected_version));
    let count = |key| match table.get(key) {
        Some(item) => item.whole_number(0..=u32::MAX).map(|count| Some(u64::from(count))),
        None => Some(None),
    };
    let (opened, closed, unchanged, adjusted) =
        (count("opened"), count("closed"), count("unchanged"), count("adjusted"));
    let mut versions = versions?;
    versions.sort();
    Some(ExpectedHistory { versions, opened: opened?, closed: closed?, unchanged: unchanged?, adjusted: adjusted? })
}

fn expected_version(table: &Table<'_>) -> Option<ExampleVersion> {
    const CHANGES: [Change; 5] =
        [Change::Booked, Change::Rescheduled, Change::Cancelled, Change::Amended, Change::Reinstated];
    let serial_number =
        table.need("serial_number", message!("definition-no-serial-number")).and_then(|item| item.text());
    let version = table.need("version", message!("definition-no-version-number")).and_then(|item| {
        item.integer::<i32>()
            .filter(|version| *version > 0)
            .or_else(|| item.refuse(|found| message!("definition-must-be-version-number", found)))
    });
    let change = table
        .need("change", message!("definition-no-change"))
        .and_then(|item| item.choice(&CHANGES.map(|change| (change.as_str(), change.as_str()))));
    let valid_from = table.need("valid_from", message!("definition-no-valid-from")).and_then(|item| time(&item));
    let valid_to = table
        .need("valid_to", message!("definition-no-valid-to"))
        .and_then(|item| if item.value().as_str() == Some("infinity") { Some(None) } else { time(&item).map(Some) });
    Some(ExampleVersion {
        serial_number: serial_number?.to_owned(),
        version: version?,
        change: change?,
        valid_from: valid_from?,
        valid_to: valid_to?,
    })
}

/// Milliseconds since the epoch as the platform writes them, or a date and time with its offset.
fn time(item: &Item<'_>) -> Option<DateTime<Utc>> {
    let time = match item.value() {
        DeValue::Integer(_) => item.integer().and_then(DateTime::from_timestamp_millis),
        DeValue::Datetime(time) => DateTime::parse_from_rfc3339(&time.to_string()).ok().map(|time| time.to_utc()),
        DeValue::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        _ => None,
    };
    time.or_else(|| item.refuse(|found| message!("definition-must-be-instant", found)))
}

/// The base with the table's members laid over it, as JSON.
fn record(table: &Table<'_>, base: &Record) -> Option<Vec<u8>> {
    let mut record = base.clone();
    record.extend(members(table)?);
    let members = record.into_iter().filter_map(|(name, value)| Some(format!("{}:{}", quoted(&name), value?)));
    Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")).into_bytes())
}

fn members(table: &Table<'_>) -> Option<Record> {
    let member = |(name, item): (&str, Item<'_>)| {
        let is_absent = item.value().as_str() == Some(ABSENT);
        Some((name.to_owned(), if is_absent { None } else { Some(json(&item)?) }))
    };
    let members: Vec<Option<_>> = table.entries().into_iter().map(member).collect();
    members.into_iter().collect()
}

/// A value as JSON text. Numbers keep their own text, so that money never passes through a binary float.
fn json(item: &Item<'_>) -> Option<String> {
    match item.value() {
        DeValue::String(text) if text == NULL => Some("null".to_owned()),
        DeValue::String(text) => Some(quoted(text)),
        DeValue::Integer(_) => match item.integer::<i64>() {
            Some(number) => Some(number.to_string()),
            None => item.refuse(|found| message!("definition-must-be-64-bits", found)),
        },
        DeValue::Float(number) => match serde_json::from_str::<serde_json::Number>(number.as_str()) {
            Ok(_) => Some(number.as_str().to_owned()),
            Err(_) => item.refuse(|found| message!("definition-must-be-json-number", found)),
        },
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(time) => Some(quoted(&time.to_string())),
        DeValue::Array(_) => {
            let items = item.items(|found| message!("definition-must-be-array", found))?;
            let values: Option<Vec<String>> = items.iter().map(json).collect();
            Some(format!("[{}]", values?.join(",")))
        }
        DeValue::Table(_) => {
            let object = item.table(|table| record(table, &Record::new()))?;
            String::from_utf8(object).ok()
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn read(text: &str) -> Result<Vec<Example>, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.toml");
        std::fs::write(&file, text).unwrap();
        let place = format!("{}/", folder.path().display());
        read_examples(&file)
            .map_err(|errors| errors.0.iter().map(|error| error.to_string().replace(&place, "")).collect())
    }

    fn record_of(given: &str) -> String {
        let text = format!(
            "version = 1\n[base]\nname = \"甲\"\nexaminationFee = 2881.00\n[[example]]\nname = \"n\"\nexpect = \"accepted\"\ngiven = {given}"
        );
        match &read(&text).unwrap()[0].case {
            Case::Validation { record, .. } => String::from_utf8(record.clone()).unwrap(),
            Case::History { .. } => panic!("no history here"),
        }
    }

    #[test]
    fn given_fields_are_laid_over_the_base_and_money_keeps_its_digits() {
        assert_eq!(record_of("{}"), r#"{"examinationFee":2881.00,"name":"甲"}"#);
        assert_eq!(record_of(r#"{ name = "$absent", examinationFee = "$null" }"#), r#"{"examinationFee":null}"#);
        assert_eq!(
            record_of(
                r#"{ name = "a\"\u0000", checkDate = 2026-04-06, x = [1, { y = true }], examinationFee = 0x10 }"#
            ),
            r#"{"checkDate":"2026-04-06","examinationFee":16,"name":"a\"\u0000","x":[1,{"y":true}]}"#
        );
    }

    #[test]
    fn times_are_milliseconds_or_have_an_offset() {
        let history = |time: &str| {
            read(&format!(
                "version = 1\n[[example]]\nname = \"n\"\ndeliveries = [{{ timestamp = {time}, records = [] }}]\nexpect.versions = []"
            ))
        };
        let expected = DateTime::from_timestamp_millis(1_618_570_705_000).unwrap();
        for time in ["1618570705000", "2021-04-16T18:58:25+08:00", "2021-04-16T10:58:25Z"] {
            match &history(time).unwrap()[0].case {
                Case::History { deliveries, .. } => assert_eq!(deliveries[0].timestamp, expected, "{time}"),
                Case::Validation { .. } => panic!("a history was given"),
            }
        }
        for time in ["2021-04-16T10:58:25", "2021-04-16", "\"infinity\"", "9223372036854775807"] {
            assert_eq!(history(time).unwrap_err().len(), 1, "{time}");
        }
    }

    #[test]
    fn every_problem_of_an_example_file_is_told_at_once() {
        let text = r#"version = 1
[[example]]
name = "a"
expect = "refused"
[[example]]
given = {}
given_json = "{}"
expect = "accepted"
[[example]]
name = "c"
given = { examinationFee = inf }
expect = "rejected"
[[example]]
name = "d"
given = {}
expect = "rejected"
reasons = [{ field = "Name", rule = "long" }]
colour = "red"
[[example]]
name = "e"
deliveries = [{ timestamp = 0, record = [] }]
expect.versions = [{ serial_number = "A", version = 0, change = "moved", valid_from = 0, valid_to = "never" }]
"#;
        let expected = [
            "x.toml:2: example[1]: needs one of given, given_json and deliveries",
            "x.toml:4: example[1].expect: must be \"accepted\" or \"rejected\", found \"refused\"",
            "x.toml:5: example[2].name: is missing: what the example claims",
            "x.toml:7: example[2].given_json: cannot be used together with given",
            "x.toml:9: example[3]: needs reasons if the record is rejected, and has none if it is accepted",
            "x.toml:11: example[3].given.examinationFee: must be a number that JSON can write, found inf",
            "x.toml:17: example[4].reasons[1].field: must be a field of the interface, found \"Name\"",
            "x.toml:17: example[4].reasons[1].rule: must be a rule of the contract, found \"long\"",
            "x.toml:18: example[4].colour: unknown key; known here: name, deliveries, given, given_json, expect, reasons, warnings",
            "x.toml:21: example[5].deliveries[1].records: is missing: an array of partial records, which may be empty",
            "x.toml:21: example[5].deliveries[1].record: unknown key; did you mean records?",
            "x.toml:22: example[5].expect.versions[1].version: must be a whole number from 1, found 0",
            "x.toml:22: example[5].expect.versions[1].change: must be \"booked\" or \"rescheduled\" or \"cancelled\" or \"amended\" or \"reinstated\", found \"moved\"",
            "x.toml:22: example[5].expect.versions[1].valid_to: must be milliseconds since 1970 or a time with its offset, 2026-01-31T22:00:00+08:00, found \"never\"",
        ];
        assert_eq!(read(text).unwrap_err(), expected);
    }

    #[test]
    fn the_shipped_examples_show_every_rule_and_every_change() {
        let files = find_examples(Path::new("pipelines/zheliban.toml")).unwrap();
        assert_eq!(files, ["history.toml", "validation.toml"].map(|name| Path::new("pipelines/examples").join(name)));
        let mut rules = BTreeSet::new();
        let mut changes = BTreeSet::new();
        for example in files.iter().flat_map(|file| read_examples(file).unwrap()) {
            match example.case {
                Case::Validation { expect, .. } => {
                    rules.extend(expect.reasons.iter().chain(&expect.warnings).map(|reason| reason.rule));
                }
                Case::History { expect, .. } => changes.extend(expect.versions.iter().map(|version| version.change)),
            }
        }
        assert_eq!(rules, BTreeSet::from(Rule::ALL));
        assert_eq!(changes, BTreeSet::from(["amended", "booked", "cancelled", "reinstated", "rescheduled"]));
    }
}
