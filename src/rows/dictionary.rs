//! The content of the data dictionary.

use crate::rows::RowColumn;

/// A column of a table or view, as the database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseColumn {
    pub schema: String,
    /// The table or view.
    pub relation: String,
    pub is_view: bool,
    /// What a row of it stands for, in Chinese and in English.
    pub grain: [String; 2],
    pub name: String,
    /// The type, as PostgreSQL writes it.
    pub column_type: String,
    pub descriptions: [String; 2],
}

/// A kind of file and its columns.
#[derive(Debug, Clone)]
pub struct FileColumns {
    pub dataset: &'static str,
    pub columns: Vec<RowColumn>,
}

/// Everything that the dictionary says of the warehouse.
#[derive(Debug, Clone)]
pub struct DictionaryRows {
    /// Sorted by schema and relation, then in the order of the columns.
    pub columns: Vec<DatabaseColumn>,
    pub files: Vec<FileColumns>,
}
