//! Tables on a terminal: one look for all of them.

use std::ops::Range;

use comfy_table::{Cell, CellAlignment, Table, presets};

/// A table without lines, with these headings. `numbers`: the columns that are aligned to the right.
pub(super) fn table<Heading: Into<Cell>>(headings: impl IntoIterator<Item = Heading>, numbers: Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(headings.into_iter().map(Into::into).collect::<Vec<Cell>>());
    for column in table.column_iter_mut().skip(numbers.start).take(numbers.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
