//! Binary COPY into the history and the tables that belong to it.

use std::pin::{Pin, pin};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use tokio_postgres::CopyInSink;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{Json, Timestamp, ToSql, Type};

use crate::reservation::{Field, FieldRef, OpenedVersion, UnchangedState};
use crate::warehouse::WarehouseError;
use crate::warehouse::load::tables::OwnTables;
use crate::warehouse::statement::{Statement, sql};
use crate::wording::message;

const COPY_VERSIONS: Statement = sql!("load/copy_versions", "copy versions into the history");
const DESCRIBE_VERSIONS: Statement = sql!("load/describe_versions", "look up the columns of the history");
const COPY_UNCHANGED_RECORDS: Statement = sql!("load/copy_unchanged_records", "remember unchanged records");

/// The source of a version's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Account,
    Version,
    ValidFrom,
    ValidTo,
    Change,
    PersonId,
    Field(Field),
    Extra,
    Fingerprint,
    DeliveryId,
}

impl Source {
    fn of(column: &str) -> Option<Source> {
        let of_field = || Field::ALL.into_iter().find(|field| field.column_name() == column).map(Source::Field);
        Some(match column {
            "account" => Source::Account,
            "version" => Source::Version,
            "valid_from" => Source::ValidFrom,
            "valid_to" => Source::ValidTo,
            "change" => Source::Change,
            "person_id" => Source::PersonId,
            "extra" => Source::Extra,
            "fingerprint" => Source::Fingerprint,
            "delivery_id" => Source::DeliveryId,
            _ => of_field()?,
        })
    }

    fn value<'a>(self, account: &'a str, delivery_id: i64, version: &'a OpenedVersion) -> Value<'a> {
        let state = &version.state;
        match self {
            Source::Account => Value::Text(Some(account)),
            Source::Version => Value::Integer(version.version),
            Source::ValidFrom => Value::Time(Timestamp::Value(version.valid_from)),
            Source::ValidTo => Value::Time(version.valid_to.map_or(Timestamp::PosInfinity, Timestamp::Value)),
            Source::Change => Value::Text(Some(version.change.as_str())),
            Source::PersonId => Value::Bytes(state.person_id.as_ref().map(|person_id| &person_id[..])),
            Source::Field(field) => match state.reservation.value(field) {
                FieldRef::Text(text) => Value::Text(text),
                FieldRef::Date(date) => Value::Date(date),
                FieldRef::Boolean(value) => Value::Boolean(value),
                FieldRef::Decimal(value) => Value::Decimal(value),
            },
            Source::Extra => Value::Json(state.reservation.extra.as_ref().map(Json)),
            Source::Fingerprint => Value::Bytes(Some(&state.fingerprint)),
            Source::DeliveryId => Value::Number(delivery_id),
        }
    }
}

/// What the columns of `copy_versions.sql` hold, in its order; an error names a column that nothing is known of.
fn sources() -> Result<Vec<(&'static str, Source)>, WarehouseError> {
    let columns = COPY_VERSIONS.text.split(['(', ')']).nth(1).unwrap_or_default().split(',').map(str::trim);
    let source = |column| Source::of(column).map(|source| (column, source)).ok_or(column);
    columns.map(source).collect::<Result<_, _>>().map_err(unknown_column)
}

fn unknown_column(column: &str) -> WarehouseError {
    WarehouseError::Schema(message!("schema-no-column", column))
}

/// A value as its column takes it.
enum Value<'a> {
    Text(Option<&'a str>),
    Integer(i32),
    Number(i64),
    Time(Timestamp<DateTime<Utc>>),
    Bytes(Option<&'a [u8]>),
    Date(Option<NaiveDate>),
    Boolean(Option<bool>),
    Decimal(Option<Decimal>),
    Json(Option<Json<&'a serde_json::Map<String, serde_json::Value>>>),
}

impl Value<'_> {
    fn inner(&self) -> &(dyn ToSql + Sync) {
        match self {
            Value::Text(value) => value,
            Value::Integer(value) => value,
            Value::Number(value) => value,
            Value::Time(value) => value,
            Value::Bytes(value) => value,
            Value::Date(value) => value,
            Value::Boolean(value) => value,
            Value::Decimal(value) => value,
            Value::Json(value) => value,
        }
    }
}

/// A COPY into the history that is still open. Nothing else can be asked of its connection until it is finished; dropped
/// before, it has the server refuse all of it.
pub(in crate::warehouse) struct VersionsCopy {
    writer: Pin<Box<BinaryCopyInWriter>>,
    sources: Vec<Source>,
}

impl VersionsCopy {
    pub(in crate::warehouse) async fn begin(tables: &OwnTables<'_>) -> Result<VersionsCopy, WarehouseError> {
        let columns = DESCRIBE_VERSIONS.columns(tables).await?;
        let sink = COPY_VERSIONS.begin_copy(tables).await?;
        VersionsCopy::into_sink(sink, |name| {
            columns.iter().find(|column| column.name() == name).map(|column| column.type_().clone())
        })
    }

    fn into_sink(
        sink: CopyInSink<Bytes>,
        type_of: impl Fn(&str) -> Option<Type>,
    ) -> Result<VersionsCopy, WarehouseError> {
        let (columns, sources): (Vec<&str>, Vec<Source>) = sources()?.into_iter().unzip();
        let types = columns.into_iter().map(|column| type_of(column).ok_or_else(|| unknown_column(column)));
        let types = types.collect::<Result<Vec<Type>, _>>()?;
        Ok(VersionsCopy { writer: Box::pin(BinaryCopyInWriter::new(sink, &types)), sources })
    }

    /// Adds versions to the history. That the server has taken them is known after [`VersionsCopy::finish`].
    pub(in crate::warehouse) async fn write(
        &mut self,
        account: &str,
        delivery_id: i64,
        opened: &[OpenedVersion],
    ) -> Result<(), WarehouseError> {
        let mut values = Vec::with_capacity(self.sources.len());
        for version in opened {
            values.clear();
            values.extend(self.sources.iter().map(|source| source.value(account, delivery_id, version)));
            let row = values.iter().map(Value::inner);
            self.writer.as_mut().write_raw(row).await.map_err(COPY_VERSIONS.blame())?;
        }
        Ok(())
    }

    pub(in crate::warehouse) async fn finish(mut self) -> Result<(), WarehouseError> {
        self.writer.as_mut().finish().await.map_err(COPY_VERSIONS.blame())?;
        Ok(())
    }
}

/// Sends versions into any COPY, begun with whatever statement, whose columns have these types: a load's bytes, without a load.
pub async fn copy_versions(
    sink: CopyInSink<Bytes>,
    type_of: impl Fn(&str) -> Type,
    account: &str,
    delivery_id: i64,
    opened: &[OpenedVersion],
) -> Result<(), WarehouseError> {
    let mut copy = VersionsCopy::into_sink(sink, |column| Some(type_of(column)))?;
    copy.write(account, delivery_id, opened).await?;
    copy.finish().await
}

/// Remembers accepted records that opened no version.
pub(in crate::warehouse) async fn copy_unchanged(
    tables: &OwnTables<'_>,
    account: &str,
    delivery_id: i64,
    unchanged: &[UnchangedState],
) -> Result<(), WarehouseError> {
    if unchanged.is_empty() {
        return Ok(());
    }
    let sink = COPY_UNCHANGED_RECORDS.begin_copy(tables).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::TEXT, Type::INT8, Type::TEXT, Type::TEXT]));
    for state in unchanged {
        writer
            .as_mut()
            .write(&[&account, &delivery_id, &state.request_id.as_str(), &state.serial_number.as_str()])
            .await
            .map_err(COPY_UNCHANGED_RECORDS.blame())?;
    }
    writer.finish().await.map_err(COPY_UNCHANGED_RECORDS.blame())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_and_nothing_else_twice_is_copied() {
        let sources = sources().unwrap();
        for field in Field::ALL {
            assert_eq!(sources.iter().filter(|(_, source)| *source == Source::Field(field)).count(), 1, "{field}");
        }
        // And the values of a version that are not fields.
        assert_eq!(sources.len(), Field::COUNT + 9);
    }
}
