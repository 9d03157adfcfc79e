//! A table as CSV: profiles for people and for programs, in UTF-8 or GB18030.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use encoding_rs::GB18030;

use super::atomic::AtomicFile;
use super::column::Cell;
use super::{ExportError, RowProblem, cells};
use crate::pipeline::{CsvProfile, TextEncoding};

/// Excel takes a file for UTF-8 only if it starts with this; without, it takes a Chinese system's own encoding, which is
/// GB18030.
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Bytes of CSV that are collected before they go to the file: few system calls, little memory.
const BUFFER_BYTES: usize = 64 * 1024;

/// CSV in one of its profiles and encodings.
pub(super) struct CsvSink {
    path: PathBuf,
    profile: CsvProfile,
    encoding: TextEncoding,
    writer: Writer<AtomicFile>,
    /// Lines so far, the heading included.
    lines: u64,
    /// The cell being filled: one allocation for the whole file.
    text: String,
}

impl CsvSink {
    pub(super) fn create(
        mut file: AtomicFile,
        path: &Path,
        profile: CsvProfile,
        encoding: TextEncoding,
    ) -> Result<CsvSink, ExportError> {
        if (profile, encoding) == (CsvProfile::Excel, TextEncoding::Utf8) {
            file.write_all(BYTE_ORDER_MARK).map_err(|source| ExportError::file("write", path, source))?;
        }
        let quote_style = match profile {
            // Quoted, a cell is safe from the separators that a spreadsheet's locale adds: semicolon, tabulator.
            CsvProfile::Excel => QuoteStyle::Always,
            CsvProfile::Machine => QuoteStyle::Necessary,
        };
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(quote_style)
            .buffer_capacity(BUFFER_BYTES)
            .from_writer(file);
        Ok(CsvSink { path: path.to_owned(), profile, encoding, writer, lines: 0, text: String::new() })
    }

    pub(super) fn write_row<'row>(&mut self, row: impl Iterator<Item = Cell<'row>>) -> Result<(), ExportError> {
        for cell in row {
            self.text.clear();
            cells::push_cell(&mut self.text, cell, self.profile);
            let field = encode(&self.text, self.encoding).ok_or_else(|| ExportError::Row {
                path: self.path.clone(),
                row: self.lines,
                problem: RowProblem::Character,
            })?;
            self.writer.write_field(&field).map_err(|source| ExportError::csv(&self.path, source))?;
        }
        self.lines += 1;
        self.writer.write_record(None::<&[u8]>).map_err(|source| ExportError::csv(&self.path, source))
    }

    pub(super) fn finish(self) -> Result<AtomicFile, ExportError> {
        self.writer.into_inner().map_err(|error| ExportError::file("write", &self.path, error.into_error()))
    }
}

/// No byte of a character of several is a quote, a comma or a line end, so that CSV stays CSV. `None`: one character, of
/// those for private use (U+E5E5), has no place in GB18030 as browsers and we have it.
fn encode(text: &str, encoding: TextEncoding) -> Option<Cow<'_, [u8]>> {
    match encoding {
        TextEncoding::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
        TextEncoding::Gb18030 => {
            let (bytes, _, is_lossy) = GB18030.encode(text);
            (!is_lossy).then_some(bytes)
        }
    }
}

/// The text that the bytes stand for; `None` if they are not of this encoding.
pub(super) fn decode(bytes: &[u8], encoding: TextEncoding) -> Option<Cow<'_, str>> {
    match encoding {
        TextEncoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        TextEncoding::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gb18030_holds_every_character_there_and_back() {
        for text in ["体检中心", "㐀𠮷龦\u{9FFF}", "é€😀", "〇々＝", "a,\"b\"\r\n"] {
            let bytes = encode(text, TextEncoding::Gb18030).unwrap();
            assert_eq!(decode(&bytes, TextEncoding::Gb18030).unwrap(), text);
            let special = |bytes: &[u8]| bytes.iter().filter(|byte| b",\"\r\n".contains(byte)).count();
            assert_eq!(special(&bytes), special(text.as_bytes()), "no byte of {text} is taken for a separator");
        }
        // The same as any other program's.
        assert_eq!(*encode("体检", TextEncoding::Gb18030).unwrap(), [0xCC, 0xE5, 0xBC, 0xEC]);
        assert_eq!(encode("\u{E5E5}", TextEncoding::Gb18030), None);
        assert_eq!(decode(&[0xFF, 0xFF], TextEncoding::Gb18030), None);
    }
}
