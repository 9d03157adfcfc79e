//! Fingerprints on their way into the lake: what is published of them is a keyed digest.

use std::sync::Arc;

use futures_util::StreamExt;

use crate::rows::{Cell, Rows};
use crate::transform::ContentKey;
use crate::warehouse::DatasetRows;

/// The same rows, with a keyed digest in the place of the fingerprint.
pub(super) fn with_content_ids(rows: DatasetRows, key: Arc<ContentKey>) -> DatasetRows {
    let DatasetRows { columns, batches } = rows;
    let (width, place) = (columns.len(), columns.iter().position(|column| column.name == "content_id"));
    let batches = batches.map(move |batch| batch.map(|rows| with_keyed(&rows, width, place, &key))).boxed();
    DatasetRows { columns, batches }
}

fn with_keyed(rows: &Rows, width: usize, place: Option<usize>, key: &ContentKey) -> Rows {
    let mut keyed = Rows::of(width);
    for (row, column) in (0..rows.len()).flat_map(|row| (0..width).map(move |column| (row, column))) {
        let cell = rows.cell(row, column);
        if Some(column) == place {
            let content_id = cell.text().and_then(|fingerprint| key.content_id(fingerprint));
            keyed.push(content_id.as_deref().map_or(Cell::Empty, Cell::Text));
        } else {
            keyed.push(cell);
        }
    }
    keyed
}
