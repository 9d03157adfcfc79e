//! The columns of a finance file: headings for people or for programs, and for people the word in a code's place, with the code
//! beside it. Which there are, and in which order, is known without the warehouse: files are read back where it is not.

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
    /// For a column that shows codes as words; a code without a word is shown itself.
    words: Option<BTreeMap<String, String>>,
}

impl Column {
    /// The row's value. An absent one and an empty text are both empty.
    pub(super) fn cell<'row>(&'row self, rows: &'row Rows, row: usize) -> Cell<'row> {
        let cell = rows.cell(row, self.place);
        let word = self.words.as_ref().zip(cell.text()).and_then(|(words, code)| words.get(code));
        let cell = word.map_or(cell, |word| Cell::Text(word));
        if cell == Cell::Text("") { Cell::Empty } else { cell }
    }

    /// Whether it only says in words what another column says in a code.
    pub(super) fn is_word(&self) -> bool {
        self.words.is_some()
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
            CsvProfile::Machine => columns.push(Column { name, heading: name.to_owned(), place, words: None }),
            CsvProfile::Excel => match words_of(name, contract) {
                None => columns.push(Column { name, heading: zh, place, words: None }),
                words => {
                    columns.push(Column { name, heading: zh.clone(), place, words });
                    columns.push(Column { name, heading: format!("{zh}代码"), place, words: None });
                }
            },
        }
    }
    columns
}

/// Whether the rows have what this kind of file has.
pub(super) fn are_of(kind: Kind, columns: &[RowColumn]) -> bool {
    columns.iter().map(|column| column.name.as_str()).eq(kind.sources().iter().map(Source::name))
}

/// The event of an entry that no version made, because the history was swapped for one by another contract.
const CORRECTED: (&str, &str) = ("corrected", "更正");

/// Kinds of entries, and what an accountant calls them.
const ENTRY_KINDS: [(&str, &str); 3] = [("posting", "入账"), ("adjustment", "调整"), ("reversal", "冲销")];

/// Chinese words for the column's codes, where a clerk must understand them. Which columns have them, no contract changes.
fn words_of(column: &str, contract: &Contract) -> Option<BTreeMap<String, String>> {
    let owned = |(code, word): (&str, &str)| (code.to_owned(), word.to_owned());
    let labels = |field| {
        let labels = contract.field(field).dictionary.iter().flat_map(|dictionary| &dictionary.labels);
        labels.map(|(code, label)| (code.clone(), label.zh.clone())).collect()
    };
    let changes = Change::ALL.map(|change| (change.as_str(), change.label_zh())).into_iter();
    Some(match column {
        "change" => changes.map(owned).collect(),
        "event" => changes.chain([CORRECTED]).map(owned).collect(),
        "entry_kind" => ENTRY_KINDS.into_iter().map(owned).collect(),
        "order_status" => labels(Field::OrderStatus),
        "pay_type" => labels(Field::PayType),
        _ => return None,
    })
}
