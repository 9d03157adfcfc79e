//! CSV as other programs write it: UTF-8, GB18030 or UTF-16; comma, semicolon or tab; any line end.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Decoder, Encoding, GB18030, UTF_8};

use crate::plain_files::open_plain;

use super::{ListRow, SpreadsheetError};

/// Longest row: a hundred cells of ten thousand bytes. Behind a quotation mark that is left open, the rest of the file would
/// be one row, and in memory.
pub(super) const ROW_BYTES_MAX: usize = 1 << 20;

/// Read and decoded at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// The separators that are tried.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

pub(super) fn for_each_row<E: From<SpreadsheetError>>(
    path: &Path,
    on_row: &mut impl FnMut(ListRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let encoding = find_encoding(path).map_err(SpreadsheetError::File)?;
    let decoded = || Ok(Decoded::new(open_plain(path)?, encoding));
    let delimiter = decoded().and_then(find_delimiter).map_err(SpreadsheetError::File)?;
    let text = decoded().map_err(SpreadsheetError::File)?;
    let taken = text.taken.clone();
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let (mut record, mut cells) = (StringRecord::new(), Vec::new());
    loop {
        let line = u32::try_from(reader.position().line()).unwrap_or(u32::MAX);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(_) if taken.get() > ROW_BYTES_MAX => return Err(SpreadsheetError::Row { line }.into()),
            Err(error) => {
                let source = match error.into_kind() {
                    csv::ErrorKind::Io(source) => source,
                    // All that is decoded is UTF-8, and rows may have any number of cells.
                    _ => io::ErrorKind::InvalidData.into(),
                };
                return Err(SpreadsheetError::File(source).into());
            }
        }
        taken.set(0);
        // Where the row begins: empty lines before it are no rows, and every line ends with one sign here.
        let inner = record.as_slice().bytes().filter(|byte| *byte == b'\n').count() as u64;
        let line = u32::try_from(reader.position().line().saturating_sub(1 + inner)).unwrap_or(u32::MAX);
        cells.resize_with(record.len(), String::new);
        for (text, cell) in cells.iter_mut().zip(&record) {
            text.clear();
            text.push_str(cell);
        }
        on_row(ListRow { sheet: 1, line, cells: &cells })?;
    }
}

/// Finds the encoding: by the byte-order mark; else UTF-8, if every byte fits; else GB18030, in which Chinese systems write.
fn find_encoding(path: &Path) -> io::Result<&'static Encoding> {
    let mut file = BufReader::with_capacity(PIECE_BYTES, open_plain(path)?);
    if let Some((encoding, _)) = Encoding::for_bom(file.fill_buf()?) {
        return Ok(encoding);
    }
    let mut bytes = vec![0; PIECE_BYTES];
    // Of a character that the last piece has cut.
    let mut kept = 0;
    loop {
        let read = file.read(&mut bytes[kept..])?;
        if read == 0 {
            return Ok(if kept == 0 { UTF_8 } else { GB18030 });
        }
        let end = kept + read;
        kept = match std::str::from_utf8(&bytes[..end]) {
            Ok(_) => 0,
            Err(error) if error.error_len().is_none() => {
                bytes.copy_within(error.valid_up_to()..end, 0);
                end - error.valid_up_to()
            }
            Err(_) => return Ok(GB18030),
        };
    }
}

/// The most frequent of [`DELIMITERS`] in the first line that has any. (Rows may have more tabs than separators:
/// programs put them before numbers, to keep them text.)
fn find_delimiter(text: Decoded) -> io::Result<u8> {
    for line in BufReader::new(text.take(ROW_BYTES_MAX as u64)).split(b'\n') {
        let line = line?;
        let mut is_quoted = false;
        let mut counts = [0_usize; DELIMITERS.len()];
        for byte in line {
            is_quoted ^= byte == b'"';
            if let Some(at) = DELIMITERS.iter().position(|delimiter| *delimiter == byte).filter(|_| !is_quoted) {
                counts[at] += 1;
            }
        }
        // Of several, the first one.
        let best = (0..DELIMITERS.len()).rev().max_by_key(|at| counts[*at]).unwrap_or(0);
        if counts[best] > 0 {
            return Ok(DELIMITERS[best]);
        }
    }
    Ok(DELIMITERS[0])
}

/// A file's text as UTF-8, every line ended by one line feed, the last one, too.
struct Decoded {
    file: File,
    decoder: Decoder,
    bytes: Vec<u8>,
    text: String,
    /// Bytes of `text` that were given.
    given: usize,
    is_at_end: bool,
    /// The last sign was a carriage return: a line feed behind it belongs to it.
    is_behind_return: bool,
    last: u8,
    /// Bytes that were given since somebody set it to zero.
    taken: Rc<Cell<usize>>,
}

impl Decoded {
    fn new(file: File, encoding: &'static Encoding) -> Decoded {
        Decoded {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            bytes: vec![0; PIECE_BYTES],
            text: String::new(),
            given: 0,
            is_at_end: false,
            is_behind_return: false,
            last: b'\n',
            taken: Rc::new(Cell::new(0)),
        }
    }

    /// Decodes the next piece. What is no text of the encoding becomes U+FFFD.
    fn refill(&mut self) -> io::Result<()> {
        let read = self.file.read(&mut self.bytes)?;
        self.is_at_end = read == 0;
        let piece = &self.bytes[..read];
        let mut decoded = String::new();
        decoded.reserve(self.decoder.max_utf8_buffer_length(read).unwrap_or(3 * PIECE_BYTES));
        // There is room for all of it.
        let _ = self.decoder.decode_to_string(piece, &mut decoded, self.is_at_end);
        self.text.clear();
        self.given = 0;
        for character in decoded.chars() {
            let is_second = character == '\n' && self.is_behind_return;
            self.is_behind_return = character == '\r';
            if !is_second {
                self.text.push(if character == '\r' { '\n' } else { character });
            }
        }
        if let Some(last) = self.text.bytes().last() {
            self.last = last;
        }
        if self.is_at_end && self.last != b'\n' {
            self.text.push('\n');
            self.last = b'\n';
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken.get() > ROW_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        while self.given == self.text.len() && !self.is_at_end {
            self.refill()?;
        }
        let rest = &self.text.as_bytes()[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        self.taken.set(self.taken.get() + count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, SpreadsheetError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut rows = Vec::new();
        crate::spreadsheet::for_each_row(file.path(), |row| {
            rows.push((row.line, row.cells.to_vec()));
            Ok::<_, SpreadsheetError>(())
        })?;
        Ok(rows)
    }

    #[test]
    fn every_encoding_separator_and_line_end_gives_the_same_rows() {
        let text = "预约号,备注\n\nA-1,\"一,\n二\"\nA-2,三\n";
        let expected = rows(text.as_bytes()).unwrap();
        let lines: Vec<u32> = expected.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 5]);
        assert_eq!(expected[1].1, ["A-1", "一,\n二"]);
        let utf16 =
            |text: &str| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for written in [
            format!("\u{feff}{text}").into_bytes(),
            GB18030.encode(text).0.into_owned(),
            utf16(text),
            text.replace('\n', "\r\n").into_bytes(),
            text.replace('\n', "\r").into_bytes(),
            text.trim_end().as_bytes().to_vec(),
            text.replace("号,", "号;").replace("1,", "1;").replace("2,", "2;").into_bytes(),
            text.replace("号,", "号\t").replace("1,", "1\t").replace("2,", "2\t").into_bytes(),
        ] {
            assert_eq!(rows(&written).unwrap(), expected, "{}", String::from_utf8_lossy(&written));
        }
        // A character on the border of two pieces.
        let long = format!("{}\n", "预约".repeat(PIECE_BYTES));
        assert_eq!(rows(long.as_bytes()).unwrap()[0].1[0], long.trim_end());
    }

    #[test]
    fn a_quotation_mark_that_is_left_open_takes_no_memory() {
        let text = format!("a,b\n1,\"2\n{}", "3,4\n".repeat(1 << 20));
        assert!(matches!(rows(text.as_bytes()), Err(SpreadsheetError::Row { line: 2 })));
    }

    #[test]
    fn what_is_no_list_is_told_apart() {
        for text in ["<html><table>", " <?xml version", "\u{feff}"] {
            let is_old = matches!(rows(text.as_bytes()), Err(SpreadsheetError::OldForm));
            assert_eq!(is_old, text.contains('<'), "{text}");
        }
        assert!(matches!(rows(b"\xd0\xcf\x11\xe0\xa1"), Err(SpreadsheetError::OldForm)));
        assert!(matches!(rows(b"PK\x03\x04 and no more"), Err(SpreadsheetError::Workbook)));
        let row = |_: ListRow<'_>| Ok::<_, SpreadsheetError>(());
        assert!(matches!(crate::spreadsheet::for_each_row(Path::new("/dev/null"), row), Err(SpreadsheetError::NoFile)));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), is_zip: bool) {
            let start: &[u8] = if is_zip { b"PK\x03\x04" } else { b"" };
            let _ = rows(&[start, &bytes].concat());
        }
    }
}
