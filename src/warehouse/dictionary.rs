//! Reads the database's descriptions of its tables, views and columns, for the data dictionary.

use crate::rows::{DatabaseColumn, DictionaryRows, FileColumns};
use crate::warehouse::dataset::both_languages;
use crate::warehouse::export::{DAILY_VOLUMES, FINANCE, HISTORY};
use crate::warehouse::finance::{ENTRIES, MONTH};
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SELECT_COLUMNS: Statement = sql!("dictionary/select_columns", "read what the database says of its columns");

impl Warehouse {
    /// Columns of the schemas, and of the files. Those that name a person are among them: they are described, not read.
    pub async fn dictionary(&self) -> Result<DictionaryRows, WarehouseError> {
        let client = self.client().await?;
        let columns = SELECT_COLUMNS.rows(&client, &[]).await?.iter().map(column).collect::<Result<_, _>>()?;
        let mut files = Vec::new();
        for (dataset, described) in [
            ("history", &HISTORY),
            ("daily_volumes", &DAILY_VOLUMES),
            ("finance_snapshot", &FINANCE),
            ("finance_delta", &ENTRIES),
            ("finance_month", &MONTH),
        ] {
            files.push(FileColumns { dataset, columns: described.columns(&client).await? });
        }
        Ok(DictionaryRows { columns, files })
    }
}

fn column(row: &Row) -> Result<DatabaseColumn, WarehouseError> {
    Ok(DatabaseColumn {
        schema: row.get("schema_name")?,
        relation: row.get("relation")?,
        is_view: row.get("is_view")?,
        grain: both_languages(row.get("relation_comment")?),
        name: row.get("column_name")?,
        column_type: row.get("column_type")?,
        descriptions: both_languages(row.get("comment")?),
    })
}
