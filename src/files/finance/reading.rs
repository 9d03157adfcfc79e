//! Reads a finance file back, cell by cell. Names places, not values.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::workbook_reading::{WorkbookReader, WorkbookRow};
use crate::files::cells;
use crate::files::csv_sink::{BYTE_ORDER_MARK, decode};
use crate::pipeline::{CsvProfile, TableFormat, TextEncoding};
use crate::plain_files::open_plain;
use crate::rows::Cell;
use crate::wording::{Message, message};

/// Rows of a file in one of the formats.
pub(super) enum FileReader {
    Csv(Box<CsvReader>),
    Workbook(Box<WorkbookReader>),
}

impl FileReader {
    /// Reads as far as the heading, which is returned with it.
    pub(super) fn open(path: &Path, format: TableFormat) -> Result<(FileReader, Vec<String>), Message> {
        match format {
            TableFormat::Csv { profile, encoding } => {
                let (reader, heading) = CsvReader::open(path, profile, encoding)?;
                Ok((FileReader::Csv(Box::new(reader)), heading))
            }
            TableFormat::Xlsx => {
                let (reader, heading) = WorkbookReader::open(path)?;
                Ok((FileReader::Workbook(Box::new(reader)), heading))
            }
        }
    }

    /// The same of one sheet of a workbook, blank rows left out.
    pub(super) fn open_table(path: &Path, name: &str) -> Result<(FileReader, Vec<String>), Message> {
        let (reader, heading) = WorkbookReader::open_table(path, name)?;
        Ok((FileReader::Workbook(Box::new(reader)), heading))
    }

    /// The next row; `None` at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, Message> {
        match self {
            FileReader::Csv(reader) => reader.next_row(),
            FileReader::Workbook(reader) => Ok(reader.next_row()?.map(Row::Workbook)),
        }
    }
}

/// One row of cells.
pub(super) enum Row<'reader> {
    Csv(CsvProfile, &'reader StringRecord),
    Workbook(WorkbookRow),
}

impl Row<'_> {
    /// How many cells it has; a workbook's, up to the last one that holds anything.
    pub(super) fn len(&self) -> usize {
        match self {
            Row::Csv(_, record) => record.len(),
            Row::Workbook(row) => row.len(),
        }
    }

    /// The cell's text, without what guards it in a spreadsheet.
    pub(super) fn text(&self, column: usize) -> String {
        match self {
            Row::Csv(profile, record) => plain(record.get(column).unwrap_or_default(), *profile),
            Row::Workbook(row) => row.text(column),
        }
    }

    /// Whether the cell is what this value is written as.
    pub(super) fn has(&self, column: usize, cell: Cell<'_>) -> bool {
        match self {
            Row::Csv(profile, record) => {
                let mut text = String::new();
                cells::push_cell(&mut text, cell, *profile);
                record.get(column) == Some(text.as_str())
            }
            Row::Workbook(row) => row.has(column, cell),
        }
    }
}

/// Rows of a CSV file. Never panics, whatever the bytes are.
pub(super) struct CsvReader {
    profile: CsvProfile,
    encoding: TextEncoding,
    reader: Reader<BufReader<File>>,
    bytes: ByteRecord,
    record: StringRecord,
    /// Cells of the heading, and of every row.
    cells: usize,
}

impl CsvReader {
    fn open(path: &Path, profile: CsvProfile, encoding: TextEncoding) -> Result<(CsvReader, Vec<String>), Message> {
        let mut file = BufReader::new(open_plain(path).map_err(|error| unreadable(&error))?);
        if (profile, encoding) == (CsvProfile::Excel, TextEncoding::Utf8) {
            let mut mark = [0; BYTE_ORDER_MARK.len()];
            if file.read_exact(&mut mark).is_err() || mark != BYTE_ORDER_MARK {
                return Err(message!("finance-no-byte-order-mark"));
            }
        }
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        let (bytes, record) = (ByteRecord::new(), StringRecord::new());
        let mut reader = CsvReader { profile, encoding, reader, bytes, record, cells: 0 };
        if !reader.read()? {
            return Err(message!("finance-file-empty"));
        }
        let heading: Vec<String> = reader.record.iter().map(|cell| plain(cell, profile)).collect();
        reader.cells = heading.len();
        Ok((reader, heading))
    }

    fn next_row(&mut self) -> Result<Option<Row<'_>>, Message> {
        if !self.read()? {
            return Ok(None);
        }
        if self.record.len() != self.cells {
            let (line, found, expected) = (self.line(), self.record.len(), self.cells);
            return Err(message!("finance-line-cells", line, found, expected));
        }
        Ok(Some(Row::Csv(self.profile, &self.record)))
    }

    /// Takes the next record in; `false` at the end.
    fn read(&mut self) -> Result<bool, Message> {
        if !self.reader.read_byte_record(&mut self.bytes).map_err(|error| place_of(&error))? {
            return Ok(false);
        }
        self.record.clear();
        for cell in &self.bytes {
            let text = decode(cell, self.encoding).ok_or_else(|| {
                let name = match self.encoding {
                    TextEncoding::Utf8 => "UTF-8",
                    TextEncoding::Gb18030 => "GB18030",
                };
                let line = self.line();
                message!("finance-line-encoding", line, encoding = name)
            })?;
            self.record.push_field(&text);
        }
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.bytes.position().map_or(0, csv::Position::line)
    }
}

fn plain(cell: &str, profile: CsvProfile) -> String {
    match profile {
        CsvProfile::Excel => cells::unguarded(cell).to_owned(),
        CsvProfile::Machine => cell.to_owned(),
    }
}

/// The place of a reading error, without the text that was read.
fn place_of(error: &csv::Error) -> Message {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        ErrorKind::Io(error) => unreadable(error),
        _ => message!("finance-line-not-csv", line),
    }
}

pub(super) fn unreadable(error: &std::io::Error) -> Message {
    message!("finance-unreadable", reason = error)
}
