//! Workbooks that nobody's program writes: cells where none can be.

use std::fs::File;
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;

/// A workbook with one heading and one row, the row's cell moved to `place`.
fn with_cell_at(dir: &Path, place: &str) -> std::path::PathBuf {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name(ROWS_SHEET).unwrap();
    sheet.write(0, 0, "heading").unwrap().write(1, 0, 1.5).unwrap();
    let mut parts = ZipArchive::new(Cursor::new(workbook.save_to_buffer().unwrap())).unwrap();
    let path = dir.join("moved.xlsx");
    let mut moved = ZipWriter::new(File::create(&path).unwrap());
    for part in 0..parts.len() {
        let mut part = parts.by_index(part).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        moved.start_file(part.name().unwrap(), SimpleFileOptions::default()).unwrap();
        moved.write_all(text.replace("r=\"A2\"", &format!("r=\"{place}\"")).as_bytes()).unwrap();
    }
    moved.finish().unwrap();
    path
}

#[test]
fn a_cell_out_of_place_makes_its_sheet_unreadable() {
    let dir = tempfile::tempdir().unwrap();
    let (mut reader, heading) = WorkbookReader::open(&with_cell_at(dir.path(), "A2")).unwrap();
    assert_eq!(heading, ["heading"]);
    assert_eq!(reader.next_row().unwrap().unwrap().text(0), "1.50");
    assert!(reader.next_row().unwrap().is_none());

    for place in ["A1", "A3", "B1", "BM2", "XFD1048576", "A99999999999", "ZZZZZZZZ2", "A0", "2", "", "甲2"] {
        let opened = WorkbookReader::open(&with_cell_at(dir.path(), place)).map(|(_, heading)| heading);
        if place == "B1" {
            // That is another heading, and no row.
            assert_eq!(opened.unwrap(), ["heading", "1.50"]);
        } else {
            assert_eq!(opened.unwrap_err().to_string(), format!("its sheet {ROWS_SHEET} cannot be read"), "{place}");
        }
    }
}
