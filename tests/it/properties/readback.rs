//! What is in PostgreSQL, Parquet and CSV, against what was delivered: PostgreSQL is the judge of what is equal.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::value::RawValue;
use tijian::files::cells::unguarded;
use tijian::pipeline::Contract;
use tijian::reservation::{Field, FieldKind, FieldRef, FieldValue, IncomingState, Problem, Reservation};
use tijian::transform::PersonKey;
use tijian::upkeep::verify_finance;
use tokio_postgres::Row;

use crate::exports::{files_in, finance, history};
use crate::fuzz::targets::json::{Members, says_the_same};
use crate::fuzz::targets::record::{is_in_another_form, is_unknown};
use crate::support::Hospital;

/// A record that must be in the warehouse: its members, and what validation made of it.
pub struct Accepted {
    pub members: Members,
    pub reservation: Reservation,
    pub warnings: Vec<Problem>,
}

impl Accepted {
    /// What was delivered for the field, as text in the interface's form; `None` where that is nothing.
    fn delivered(&self, field: Field) -> Option<String> {
        if is_in_another_form(field, &self.warnings) {
            return match self.reservation.value(field) {
                FieldRef::Text(text) => text.map(str::to_owned),
                FieldRef::Date(date) => date.map(|date| date.to_string()),
                FieldRef::Boolean(value) => value.map(|value| value.to_string()),
                FieldRef::Decimal(_) => panic!("a fee has no other form"),
            };
        }
        let value = self.members.get(field.name()).filter(|value| *value != "null")?;
        let text = if value.starts_with('"') { serde_json::from_str(value).unwrap() } else { value.to_owned() };
        // An empty date, boolean or amount is none; an empty text stays one.
        Some(text).filter(|text: &String| !text.is_empty() || field.kind() == FieldKind::Text)
    }

    /// The unknown fields as one JSON object: as delivered, but where a number had to be kept as text.
    fn unknown(&self) -> Option<String> {
        let extra = self.reservation.extra.as_ref()?;
        let mut members = Vec::new();
        for (name, value) in self.members.0.iter().filter(|(name, value)| is_unknown(name, value)) {
            let kept = &extra[name];
            assert!(says_the_same(value.get(), kept));
            let value = if holds_text_of_number(value.get(), kept) { kept.to_string() } else { value.get().to_owned() };
            members.push(format!("{}:{value}", Value::from(name.as_str())));
        }
        Some(format!("{{{}}}", members.join(",")))
    }
}

fn holds_text_of_number(delivered: &str, kept: &Value) -> bool {
    match serde_json::from_str::<Value>(delivered) {
        Ok(Value::Number(_)) | Err(_) => !kept.is_number(),
        Ok(plain) => texts(&plain) != texts(kept),
    }
}

fn texts(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(elements) => elements.iter().map(texts).sum(),
        Value::Object(members) => members.values().map(texts).sum(),
        _ => 0,
    }
}

/// Every record is in the history as PostgreSQL itself reads what was delivered. Returns the rows compared.
pub async fn assert_in_postgres(hospital: &Hospital, accepted: &[Accepted]) -> usize {
    let equal = |(at, field): (usize, &Field)| {
        let cast = match field.kind() {
            FieldKind::Text => "text",
            FieldKind::Date => "date",
            FieldKind::Boolean => "boolean",
            FieldKind::Decimal => "numeric",
        };
        format!("own.{} is not distinct from ($2::text[])[{}]::{cast}", field.column_name(), at + 1)
    };
    let equals: Vec<String> = Field::ALL.iter().enumerate().map(equal).collect();
    let query = format!(
        "select to_jsonb(own)::text, {}, own.extra is not distinct from $3::text::jsonb
        from warehouse.reservation_versions as own
        where own.serial_number = $1 and own.valid_to = 'infinity'",
        equals.join(", ")
    );
    let client = &hospital.database.client;
    let statement = client.prepare(&query).await.unwrap();
    for record in accepted {
        let delivered: Vec<Option<String>> = Field::ALL.map(|field| record.delivered(field)).to_vec();
        let serial_number = record.reservation.serial_number.as_str();
        let rows = client.query(&statement, &[&serial_number, &delivered, &record.unknown()]).await.unwrap();
        let [row] = &rows[..] else { panic!("{serial_number:?} has {} current versions", rows.len()) };
        for (at, column) in Field::ALL.iter().map(|field| field.column_name()).chain(["extra"]).enumerate() {
            let is_equal: bool = row.get(at + 1);
            let stored: String = row.get(0);
            assert!(is_equal, "{column}: {delivered:?} {:?} is stored as {stored}", record.unknown());
        }
    }
    accepted.len()
}

/// A stored row has the fingerprint of what it holds: what comes again opens nothing, however long ago it was stored.
pub async fn assert_fingerprints(hospital: &Hospital) -> usize {
    let key = PersonKey::derive(hospital.settings.site_key().unwrap().expose());
    let columns: Vec<&str> = Field::ALL.iter().map(|field| field.column_name()).collect();
    let query = format!("select {}, extra::text, fingerprint from warehouse.reservation_versions", columns.join(", "));
    let rows = hospital.database.client.query(&query, &[]).await.unwrap();
    for row in &rows {
        let state = IncomingState::new(stored(row), &key, &BTreeSet::new());
        let fingerprint: &[u8] = row.get("fingerprint");
        assert_eq!(state.fingerprint, fingerprint, "{:?}", row.get::<_, Option<&str>>("extra"));
    }
    rows.len()
}

fn stored(row: &Row) -> Reservation {
    let value = |field: Field| {
        let column = field.column_name();
        match field.kind() {
            FieldKind::Text => row.get::<_, Option<&str>>(column).map(|text| FieldValue::Text(text.into())),
            FieldKind::Date => row.get::<_, Option<_>>(column).map(FieldValue::Date),
            FieldKind::Boolean => row.get::<_, Option<_>>(column).map(FieldValue::Boolean),
            FieldKind::Decimal => row.get::<_, Option<_>>(column).map(FieldValue::Decimal),
        }
    };
    let extra = row.get::<_, Option<&str>>("extra").map(|extra| match exact(extra) {
        Value::Object(extra) => extra,
        other => panic!("unknown fields are an object: {other}"),
    });
    Reservation::of(value, extra).expect("essential fields are there")
}

/// JSON with its floats to the last digit, of which serde_json may round one away where PostgreSQL writes hundreds.
fn exact(json: &str) -> Value {
    match json.as_bytes()[0] {
        b'{' => {
            let members = Members::read(json.as_bytes()).unwrap();
            members.0.into_iter().map(|(name, value)| (name, exact(value.get()))).collect()
        }
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(json).unwrap();
            elements.into_iter().map(|element| exact(element.get())).collect()
        }
        _ => match serde_json::from_str(json).unwrap() {
            Value::Number(number) if number.is_f64() => json.parse::<f64>().unwrap().into(),
            value => value,
        },
    }
}

/// The Parquet files, identity included, against the database. Returns the rows compared.
pub async fn assert_in_parquet(hospital: &Hospital) -> usize {
    history::assert_same_as_database(hospital, "named", &[]).await
}

/// The newest finance file of each form against the database: cell by cell by our own verification, and the two CSV
/// profiles by another CSV reader. Returns the rows compared.
pub async fn assert_in_finance_files(hospital: &Hospital) -> usize {
    for dir in ["finance", "clerk", "gb18030", "workbook"] {
        for file in files_in(hospital, dir).iter().filter(|file| !file.ends_with(".json")) {
            let path = hospital.dir.path().join(file);
            let findings = verify_finance(&path, Some(&hospital.database.warehouse)).await.unwrap();
            let problems: Vec<_> = findings.iter().filter(|finding| finding.problem.is_some()).collect();
            assert!(problems.is_empty(), "{file}: {problems:?}");
        }
    }
    let expected = finance::rows_by_sql(hospital).await;
    let (_, machine) = finance::rows(&finance::newest(hospital, "finance").1);
    assert!(machine == expected, "{:?}", difference(&machine, &expected));

    let contract = Contract::shipped();
    let bytes = finance::newest(hospital, "clerk").1;
    let (heading, clerk) = finance::rows(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap());
    assert_eq!(clerk.len(), expected.len());
    for field in Field::ALL {
        let Some(at) = finance::COLUMNS.iter().position(|(column, _)| *column == field.column_name()) else { continue };
        let label = &contract.field(field).label.zh;
        // Where there is a word for it, the code stands beside.
        let code = heading.iter().position(|name| *name == format!("{label}代码"));
        let own = code.or_else(|| heading.iter().position(|name| name == label)).unwrap();
        for (row, expected) in clerk.iter().zip(&expected) {
            assert_eq!(unguarded(&row[own]), expected[at], "{field}: {:?}", row[own]);
        }
    }
    machine.len() + clerk.len()
}

fn difference<'a>(found: &'a [Vec<String>], expected: &'a [Vec<String>]) -> Option<(&'a Vec<String>, &'a Vec<String>)> {
    found.iter().zip(expected).find(|(found, expected)| found != expected)
}
