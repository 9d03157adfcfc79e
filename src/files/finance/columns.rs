//! The columns of a finance file: headings for people or for programs, and beside a code that a clerk must understand its
//! Chinese name. Which there are, and in which order, is known without the warehouse: files are read back where it is not.

use std::collections::BTreeMap;

use super::kind::Source;
use super::manifest::Kind;
use crate::pipeline::{Contract, CsvProfile};
use crate::reservation::{Change, Field};
use crate::rows::{Cell, RowColumn, Rows};

/// One column of a file.
pub(super) struct Column {
    /// Our spelling, whatever the heading.
    pub(super) name: &'static str,
    /// Not guarded yet: what a format does to text, it does to headings, too.
    pub(super) heading: String,
    /// Which one of the rows' columns it is, or names.
    place: usize,
    /// Where it says the column's code in words.
    names: Option<BTreeMap<String, String>>,
}

impl Column {
    /// The row's value. An absent one and an empty text are both empty.
    pub(super) fn cell<'row>(&'row self, rows: &'row Rows, row: usize) -> Cell<'row> {
        let cell = rows.cell(row, self.place);
        let cell = match &self.names {
            None => cell,
            Some(names) => cell.text().and_then(|code| names.get(code)).map_or(Cell::Empty, |name| Cell::Text(name)),
        };
        if cell == Cell::Text("") { Cell::Empty } else { cell }
    }

    /// Whether it only says in words what another column says in a code.
    pub(super) fn is_name(&self) -> bool {
        self.names.is_some()
    }
}

/// The columns of this kind of file in a profile.
pub(super) fn columns(kind: Kind, contract: &Contract, profile: CsvProfile) -> Vec<Column> {
    let mut columns = Vec::new();
    for (place, source) in kind.sources().iter().enumerate() {
        let name = source.name();
        let zh = match source {
            Source::Ours(_, zh) => (*zh).to_owned(),
            Source::Delivered(field) => contract.field(*field).label.zh.clone(),
        };
        match profile {
            CsvProfile::Machine => columns.push(Column { name, heading: name.to_owned(), place, names: None }),
            CsvProfile::Excel => {
                let names = names(name, contract);
                columns.push(Column { name, heading: zh.clone(), place, names: None });
                if names.is_some() {
                    columns.push(Column { name, heading: format!("{zh}名称"), place, names });
                }
            }
        }
    }
    columns
}

/// Whether the rows have what this kind of file has.
pub(super) fn are_of(kind: Kind, columns: &[RowColumn]) -> bool {
    columns.iter().map(|column| column.name.as_str()).eq(kind.sources().iter().map(Source::name))
}

/// What makes an entry where no version does: the history was swapped for one by another contract.
const CORRECTED: (&str, &str) = ("corrected", "更正");

/// Kinds of entries, and what an accountant calls them.
const ENTRY_KINDS: [(&str, &str); 3] = [("posting", "入账"), ("adjustment", "调整"), ("reversal", "冲销")];

/// Chinese names of the column's codes, where a clerk must understand them.
fn names(column: &str, contract: &Contract) -> Option<BTreeMap<String, String>> {
    let owned = |(code, name): (&str, &str)| (code.to_owned(), name.to_owned());
    let changes = Change::ALL.map(|change| (change.as_str(), change.label_zh())).into_iter();
    Some(match column {
        "change" => changes.map(owned).collect(),
        "event" => changes.chain([CORRECTED]).map(owned).collect(),
        "entry_kind" => ENTRY_KINDS.into_iter().map(owned).collect(),
        "order_status" => {
            let dictionary = contract.field(Field::OrderStatus).dictionary.iter();
            let labels = dictionary.flat_map(|dictionary| &dictionary.labels);
            labels.map(|(code, label)| (code.clone(), label.zh.clone())).collect()
        }
        _ => return None,
    })
}
