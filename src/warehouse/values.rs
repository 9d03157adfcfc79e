//! Texts of rows, read in fewer steps than `&str` takes: exports read millions of them.

use std::error::Error;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::reservation::Text;

/// The text of a column of type `text`.
pub(super) fn text(row: &Row, column: usize) -> Result<Text, tokio_postgres::Error> {
    row.try_get::<_, Delivered>(column).map(|text| text.0)
}

/// As [`text`], where there may be none.
pub(super) fn optional_text(row: &Row, column: usize) -> Result<Option<Text>, tokio_postgres::Error> {
    row.try_get::<_, Option<Delivered>>(column).map(|text| text.map(|text| text.0))
}

/// Without the look at the names of types that `&str` takes for every value.
struct Delivered(Text);

impl<'row> FromSql<'row> for Delivered {
    fn from_sql(_: &Type, raw: &'row [u8]) -> Result<Delivered, Box<dyn Error + Sync + Send>> {
        Ok(Delivered(str::from_utf8(raw)?.into()))
    }

    fn accepts(column_type: &Type) -> bool {
        *column_type == Type::TEXT
    }
}
