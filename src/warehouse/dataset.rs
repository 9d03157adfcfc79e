//! Datasets: statements whose columns become those of a file. A dataset is a file of `sql/` and a few lines; types are those
//! of the prepared statement, descriptions are the database's comments.

use std::collections::BTreeMap;
use std::error::Error;

use deadpool_postgres::Client;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, try_unfold};
use rust_decimal::Decimal;
use tokio_postgres::types::{FromSql, Type};

use crate::rows::{Cell, Kind, RowColumn, Rows, Value, fen};
use crate::warehouse::WarehouseError;
use crate::warehouse::statement::{Parameters, Statement, sql};

/// Rows that go from the network to a file's writer together. Three batches of a target are in memory (arriving, waiting,
/// being written), at one to two kilobytes a row. Four times as many are no faster.
pub(super) const BATCH_ROWS: usize = 256;

/// Digits of money where the statement does not say how many: as many as Parquet has.
const DIGITS_MAX: u8 = 38;

const SELECT_COMMENTS: Statement = sql!("export/select_comments", "read the comments on columns");

/// A statement, and what its text does not say of its columns: names as the statement gives them, with a blank between two.
pub(super) struct Dataset {
    pub statement: Statement,
    /// The table or view whose comments describe the columns; none where nobody asks.
    pub relation: Option<&'static str>,
    /// Columns that are not in it, or otherwise: name, what it is in Chinese, and in English.
    pub descriptions: &'static [(&'static str, &'static str, &'static str)],
    /// There is a value in every row.
    pub required: &'static str,
    /// Columns with few different texts.
    pub codes: &'static str,
    /// Hardly two rows have the same value.
    pub distinct: &'static str,
    /// Left out unless they are asked for: they name a person.
    pub identity: &'static str,
}

/// A dataset's result: its columns, and its rows in the order of the file. They arrive as the network delivers them, and
/// are never all in memory. The connection is given back with them.
pub struct DatasetRows {
    pub columns: Vec<RowColumn>,
    pub batches: BoxStream<'static, Result<Rows, WarehouseError>>,
}

impl Dataset {
    /// A statement of which nothing more is known.
    pub const fn of(statement: Statement) -> Dataset {
        Dataset { statement, relation: None, descriptions: &[], required: "", codes: "", distinct: "", identity: "" }
    }

    /// Runs the statement and returns its rows as a stream.
    pub async fn rows(
        &self,
        client: Client,
        parameters: Parameters<'_>,
        is_identity_included: bool,
    ) -> Result<DatasetRows, WarehouseError> {
        let (mut columns, mut places) = (Vec::new(), Vec::new());
        for (place, column) in self.columns(&client).await?.into_iter().enumerate() {
            if is_identity_included || !is_among(self.identity, &column.name) {
                places.push(place);
                columns.push(column);
            }
        }
        let statement = self.statement;
        // Asked once more after its end, it would say that the connection is closed.
        let rows = Box::pin(statement.stream(&client, parameters).await?.fuse());
        let batches = try_unfold((rows, places, client), move |(mut rows, places, client)| async move {
            let mut batch = Rows::of(places.len());
            while batch.len() < BATCH_ROWS
                && let Some(row) = rows.next().await
            {
                let row = statement.read(row)?;
                places.iter().try_for_each(|place| row.at(*place).map(|cell| batch.push(cell)))?;
            }
            Ok((!batch.is_empty()).then_some((batch, (rows, places, client))))
        });
        Ok(DatasetRows { columns, batches: batches.boxed() })
    }

    /// The statement's columns, those that name a person among them.
    pub async fn columns(&self, client: &Client) -> Result<Vec<RowColumn>, WarehouseError> {
        let mut descriptions = self.descriptions(client).await?;
        let prepared = self.statement.columns(client).await?;
        let is_known = |name: &str| prepared.iter().any(|column| column.name() == name);
        debug_assert!(self.named().all(is_known), "a dataset names a column that its statement does not give");
        let mut of = |column: &tokio_postgres::Column| RowColumn {
            name: column.name().to_owned(),
            kind: kind(column.type_(), column.type_modifier()),
            is_required: is_among(self.required, column.name()),
            is_code: is_among(self.codes, column.name()),
            is_distinct: is_among(self.distinct, column.name()),
            descriptions: descriptions.remove(column.name()).unwrap_or_default(),
        };
        Ok(prepared.iter().map(&mut of).collect())
    }

    /// Every column that is named in it.
    fn named(&self) -> impl Iterator<Item = &'static str> {
        let described = self.descriptions.iter().map(|(name, ..)| *name);
        let lists = [self.required, self.codes, self.distinct, self.identity];
        lists.into_iter().flat_map(|names| names.split_terminator(' ')).chain(described)
    }

    /// The descriptions of the columns, by name.
    async fn descriptions(&self, client: &Client) -> Result<BTreeMap<String, [String; 2]>, WarehouseError> {
        let mut descriptions = BTreeMap::new();
        if let Some(relation) = self.relation {
            for row in SELECT_COMMENTS.rows(client, &[&relation]).await? {
                descriptions.insert(row.get("column_name")?, both_languages(row.get("comment")?));
            }
        }
        for (name, zh, en) in self.descriptions {
            descriptions.insert((*name).to_owned(), [*zh, *en].map(str::to_owned));
        }
        Ok(descriptions)
    }
}

fn is_among(names: &str, name: &str) -> bool {
    names.split(' ').any(|among| among == name)
}

/// The Chinese and the English half of a comment.
pub(super) fn both_languages(comment: &str) -> [String; 2] {
    let (zh, en) = comment.split_once(" | ").unwrap_or((comment, comment));
    [zh, en].map(str::to_owned)
}

/// The kind of a column of this type. Other types are refused with their first value.
fn kind(column_type: &Type, modifier: i32) -> Kind {
    match *column_type {
        Type::BOOL => Kind::Boolean,
        Type::INT4 => Kind::Integer,
        Type::INT8 => Kind::BigInteger,
        Type::DATE => Kind::Date,
        Type::TIMESTAMPTZ => Kind::Time,
        // As PostgreSQL keeps them: digits above 16 bits of scale, and 4 added.
        Type::NUMERIC => Kind::Money {
            digits: modifier.checked_sub(4).and_then(|both| u8::try_from(both >> 16).ok()).unwrap_or(DIGITS_MAX),
        },
        _ => Kind::Text,
    }
}

impl<'row> FromSql<'row> for Cell<'row> {
    fn from_sql(column_type: &Type, raw: &'row [u8]) -> Result<Cell<'row>, Box<dyn Error + Sync + Send>> {
        Ok(match *column_type {
            Type::TEXT => Value::Text(str::from_utf8(raw)?),
            Type::BOOL => Value::Boolean(FromSql::from_sql(column_type, raw)?),
            Type::INT4 => Value::Integer(i32::from_sql(column_type, raw)?.into()),
            Type::INT8 => Value::Integer(FromSql::from_sql(column_type, raw)?),
            Type::DATE => Value::Date(FromSql::from_sql(column_type, raw)?),
            Type::TIMESTAMPTZ => Value::Time(FromSql::from_sql(column_type, raw)?),
            Type::NUMERIC => {
                Value::Fee(fen(Decimal::from_sql(column_type, raw)?).ok_or("an amount has part of a fen")?)
            }
            _ => return Err("no file has a column of this type".into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Cell<'row>, Box<dyn Error + Sync + Send>> {
        Ok(Value::Empty)
    }

    /// Asked for every value: so it is [`Cell::from_sql`] that refuses.
    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use tokio_postgres::types::ToSql;

    use super::*;

    #[test]
    fn money_comes_as_exact_fen_or_not_at_all() {
        let read = |yuan: &str| {
            let mut raw = BytesMut::new();
            yuan.parse::<Decimal>().unwrap().to_sql(&Type::NUMERIC, &mut raw).unwrap();
            Cell::from_sql(&Type::NUMERIC, &raw).ok().and_then(Cell::fee)
        };
        assert_eq!(read("2881.5"), Some(288_150));
        assert_eq!(read("-0.05"), Some(-5));
        assert_eq!(read("2881.000"), Some(288_100));
        assert_eq!(read("0.001"), None);
        let not_a_number = [0, 0, 0, 0, 0xC0, 0, 0, 0];
        assert!(Cell::from_sql(&Type::NUMERIC, &not_a_number).is_err());
    }

    #[test]
    fn digits_of_money_are_those_of_its_type() {
        let modifier = |precision: i32, scale: i32| ((precision << 16) | scale) + 4;
        assert_eq!(kind(&Type::NUMERIC, modifier(12, 2)), Kind::Money { digits: 12 });
        assert_eq!(kind(&Type::NUMERIC, -1), Kind::Money { digits: DIGITS_MAX });
    }

    #[test]
    fn a_type_that_no_file_has_is_refused() {
        assert!(Cell::from_sql(&Type::FLOAT8, &[0; 8]).is_err());
        assert_eq!(Cell::from_sql_null(&Type::TEXT).unwrap(), Value::Empty);
    }
}
