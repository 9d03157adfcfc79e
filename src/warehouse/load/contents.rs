//! Reads the contents of stored versions, for comparing states if fingerprints cannot be compared.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::reservation::{Field, FieldKind, FieldValue, Fingerprint, Reservation};
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Load, WarehouseError};
use crate::wording::message;

const SELECT_CONTENTS: Statement = sql!("load/select_contents", "look up the contents of versions");

impl Load<'_> {
    /// What `content_of` makes of the versions of these reservations, each from this version on: of their fingerprint, and of
    /// what they hold; oldest first. One of them at a time is in memory.
    pub async fn contents_since(
        &mut self,
        since: &HashMap<String, i32>,
        content_of: impl Fn(Fingerprint, &Reservation) -> Fingerprint + Send,
    ) -> Result<HashMap<String, Vec<Fingerprint>>, WarehouseError> {
        self.end_copy().await?;
        let (serial_numbers, versions): (Vec<&str>, Vec<i32>) =
            since.iter().map(|(serial_number, version)| (serial_number.as_str(), *version)).unzip();
        let rows = SELECT_CONTENTS.stream(&self.own_tables()?, &[&self.account, &serial_numbers, &versions]).await?;
        let mut rows = std::pin::pin!(rows);
        let mut contents: HashMap<String, Vec<Fingerprint>> = HashMap::with_capacity(since.len());
        while let Some(row) = rows.next().await {
            let row = SELECT_CONTENTS.read(row)?;
            let unreadable = || self.unreconciled(message!("sum-unreadable-version"));
            let reservation = reservation(&row)?.ok_or_else(unreadable)?;
            let content = content_of(self.fingerprint(row.get("fingerprint")?)?, &reservation);
            contents.entry(reservation.serial_number.into()).or_default().push(content);
        }
        Ok(contents)
    }
}

/// `None`: the row holds no reservation.
fn reservation(row: &Row) -> Result<Option<Reservation>, WarehouseError> {
    let values = Field::ALL.map(|field| value(row, field)).into_iter().collect::<Result<Vec<_>, _>>();
    let mut values = values?;
    let extra = match row.get::<Option<&str>>("extra")?.map(read_exactly) {
        None => None,
        Some(Ok(Value::Object(extra))) => Some(extra),
        Some(_) => return Ok(None),
    };
    Ok(Reservation::of(|field| values[field.index()].take(), extra))
}

fn value(row: &Row, field: Field) -> Result<Option<FieldValue>, WarehouseError> {
    let column = field.column_name();
    Ok(match field.kind() {
        FieldKind::Text => row.get::<Option<&str>>(column)?.map(|text| FieldValue::Text(text.into())),
        FieldKind::Date => row.get::<Option<_>>(column)?.map(FieldValue::Date),
        FieldKind::Boolean => row.get::<Option<_>>(column)?.map(FieldValue::Boolean),
        FieldKind::Decimal => row.get::<Option<_>>(column)?.map(FieldValue::Decimal),
    })
}

/// Reads JSON that was stored, with every float to its last digit: of 1e300 PostgreSQL writes all 301, of which `serde_json`
/// may make another float, or none.
fn read_exactly(json: &str) -> serde_json::Result<Value> {
    Ok(match json.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json)?;
            let read = |(name, value): (Cow<'_, str>, &RawValue)| Ok((name.into_owned(), read_exactly(value.get())?));
            Value::Object(members.into_iter().map(read).collect::<serde_json::Result<Map<_, _>>>()?)
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(json)?;
            let read = |element: &RawValue| read_exactly(element.get());
            Value::Array(elements.into_iter().map(read).collect::<serde_json::Result<_>>()?)
        }
        Some(b'-' | b'0'..=b'9') => {
            let whole = json.parse::<u64>().map(Value::from).or_else(|_| json.parse::<i64>().map(Value::from));
            whole.unwrap_or_else(|_| json.parse::<f64>().map_or(Value::Null, Value::from))
        }
        _ => serde_json::from_str(json)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_looked_up() {
        for field in Field::ALL {
            assert!(SELECT_CONTENTS.text.contains(&format!("    known.{},\n", field.column_name())), "{field}");
        }
    }

    #[test]
    fn stored_json_is_read_to_the_last_digit() {
        for number in [1e300, 1.797_693_134_862_315_7e308, 5e-324, 123_456_789_012_345_680_000_000.0, 0.1, -2881.5] {
            // As PostgreSQL writes it: without an exponent.
            let stored = format!("{{\"a\": [{number:?}, {number}], \"b\": {{\"c\": \"{number}\"}}}}");
            let expected = serde_json::json!({"a": [number, number], "b": {"c": number.to_string()}});
            assert_eq!(read_exactly(&stored).unwrap().to_string(), expected.to_string());
        }
        let plain = r#"{"$serde_json::private::RawValue": "[1]", "a\"\u4f53": [null, true, 18446744073709551615, -1]}"#;
        let Value::Object(read) = read_exactly(plain).unwrap() else { panic!("an object") };
        assert_eq!(read["$serde_json::private::RawValue"], Value::from("[1]"));
        assert_eq!(read["a\"体"], serde_json::json!([null, true, u64::MAX, -1]));
    }
}
