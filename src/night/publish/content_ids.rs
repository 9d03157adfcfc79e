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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_keyed_and_every_other_cell_stays() {
        let key = ContentKey::derive(&[7; 32]);
        let mut rows = Rows::of(3);
        for cell in [Cell::Text("a"), Cell::Text("00ff"), Cell::Integer(1), Cell::Empty, Cell::Text("no"), Cell::Empty]
        {
            rows.push(cell);
        }
        let keyed = with_keyed(&rows, 3, Some(1), &key);
        assert_eq!(keyed.len(), 2);
        assert_eq!(keyed.cell(0, 0).text(), Some("a"));
        assert_eq!(keyed.cell(0, 1).text(), key.content_id("00ff").as_deref());
        assert_eq!(keyed.cell(0, 2).integer(), Some(1));
        assert_eq!(keyed.cell(1, 1), Cell::Empty, "what is no fingerprint is nothing");
        assert_eq!(with_keyed(&rows, 3, None, &key).cell(0, 1).text(), Some("00ff"));
    }
}
