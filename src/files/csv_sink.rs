//! A table as CSV: profiles for people and for programs, in UTF-8 or GB18030.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use encoding_rs::GB18030;

use super::atomic::AtomicFile;
use super::{ExportError, cells};
use crate::pipeline::{CsvProfile, TextEncoding};
use crate::rows::Cell;

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
            // Quoted, a cell is safe from the separators that a spreadsheet's locale adds: semicolon, tab.
            CsvProfile::Excel => QuoteStyle::Always,
            CsvProfile::Machine => QuoteStyle::Necessary,
        };
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .quote_style(quote_style)
            .buffer_capacity(BUFFER_BYTES)
            .from_writer(file);
        Ok(CsvSink { path: path.to_owned(), profile, encoding, writer, text: String::new() })
    }

    pub(super) fn write_row<'row>(&mut self, row: impl Iterator<Item = Cell<'row>>) -> Result<(), ExportError> {
        for cell in row {
            self.text.clear();
            cells::push_cell(&mut self.text, cell, self.profile);
            let field = encode(&self.text, self.encoding);
            self.writer.write_field(&field).map_err(|source| ExportError::csv(&self.path, source))?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(|source| ExportError::csv(&self.path, source))
    }

    pub(super) fn finish(self) -> Result<AtomicFile, ExportError> {
        self.writer.into_inner().map_err(|error| ExportError::file("write", &self.path, error.into_error()))
    }
}

/// Characters for private use that stand elsewhere in GB 18030-2022 than in the browsers' table, which `encoding_rs` has:
/// that table has no bytes for the first one, and gives the others the bytes of a character that was encoded since, so that
/// they would be read as that one. Its own bytes of the standard are here.
const BESIDE_THE_TABLE: [(char, &[u8]); 19] = [
    ('\u{E5E5}', b"\xA3\xA0"),
    ('\u{E78D}', b"\x84\x31\x82\x36"),
    ('\u{E78E}', b"\x84\x31\x82\x38"),
    ('\u{E78F}', b"\x84\x31\x82\x37"),
    ('\u{E790}', b"\x84\x31\x82\x39"),
    ('\u{E791}', b"\x84\x31\x83\x30"),
    ('\u{E792}', b"\x84\x31\x83\x31"),
    ('\u{E793}', b"\x84\x31\x83\x32"),
    ('\u{E794}', b"\x84\x31\x83\x33"),
    ('\u{E795}', b"\x84\x31\x83\x34"),
    ('\u{E796}', b"\x84\x31\x83\x35"),
    ('\u{E81E}', b"\x82\x35\x90\x37"),
    ('\u{E826}', b"\x82\x35\x90\x38"),
    ('\u{E82B}', b"\x82\x35\x90\x39"),
    ('\u{E82C}', b"\x82\x35\x91\x30"),
    ('\u{E832}', b"\x82\x35\x91\x31"),
    ('\u{E843}', b"\x82\x35\x91\x32"),
    ('\u{E854}', b"\x82\x35\x91\x33"),
    ('\u{E864}', b"\x82\x35\x91\x34"),
];

/// No byte of a character of several is a quote, a comma or a line end, so that CSV stays CSV.
fn encode(text: &str, encoding: TextEncoding) -> Cow<'_, [u8]> {
    let is_beside = |character: char| BESIDE_THE_TABLE.iter().any(|(beside, _)| *beside == character);
    match encoding {
        TextEncoding::Utf8 => Cow::Borrowed(text.as_bytes()),
        TextEncoding::Gb18030 if text.contains(is_beside) => {
            let mut bytes = Vec::with_capacity(text.len());
            for piece in text.split_inclusive(is_beside) {
                let beside = BESIDE_THE_TABLE.iter().find(|(character, _)| piece.ends_with(*character));
                let by_table = beside.map_or(piece, |(character, _)| piece.trim_end_matches(*character));
                bytes.extend_from_slice(&GB18030.encode(by_table).0);
                bytes.extend_from_slice(beside.map_or(&[], |(_, own)| own));
            }
            Cow::Owned(bytes)
        }
        TextEncoding::Gb18030 => GB18030.encode(text).0,
    }
}

/// Decodes the bytes; `None` if they are not of this encoding.
pub(super) fn decode(bytes: &[u8], encoding: TextEncoding) -> Option<Cow<'_, str>> {
    match encoding {
        TextEncoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        TextEncoding::Gb18030 if bytes.windows(2).any(|two| matches!(two, b"\xA3\xA0" | b"\x84\x31" | b"\x82\x35")) => {
            decode_by_character(bytes).map(Cow::Owned)
        }
        TextEncoding::Gb18030 => by_table(bytes),
    }
}

fn by_table(bytes: &[u8]) -> Option<Cow<'_, str>> {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes)
}

/// A character has one, two or four bytes: its first two say how many.
fn decode_by_character(mut bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    while !bytes.is_empty() {
        let length = match bytes {
            [0x81..=0xFE, 0x30..=0x39, ..] => 4,
            [0x81..=0xFE, ..] => 2,
            _ => 1,
        };
        let (character, rest) = bytes.split_at_checked(length)?;
        match BESIDE_THE_TABLE.iter().find(|(_, own)| *own == character) {
            Some((character, _)) => text.push(*character),
            None => text.push_str(&by_table(character)?),
        }
        bytes = rest;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gb18030_holds_every_character_there_and_back() {
        for text in ["体检中心", "㐀𠮷龦\u{9FFF}", "é€😀", "〇々＝", "a,\"b\"\r\n"] {
            let bytes = encode(text, TextEncoding::Gb18030);
            assert_eq!(decode(&bytes, TextEncoding::Gb18030).unwrap(), text);
            let special = |bytes: &[u8]| bytes.iter().filter(|byte| b",\"\r\n".contains(byte)).count();
            assert_eq!(special(&bytes), special(text.as_bytes()), "no byte of {text} is taken for a separator");
        }
        // The same as any other program's.
        assert_eq!(*encode("体检", TextEncoding::Gb18030), [0xCC, 0xE5, 0xBC, 0xEC]);
        assert_eq!(decode(&[0xFF, 0xFF], TextEncoding::Gb18030), None);
    }

    #[test]
    fn gb18030_holds_each_character_that_there_is() {
        let all: Vec<char> = (char::MIN..=char::MAX).collect();
        for some in all.chunks(500) {
            let text: String = some.iter().collect();
            assert_eq!(decode(&encode(&text, TextEncoding::Gb18030), TextEncoding::Gb18030).unwrap(), text);
        }
        for (character, own) in BESIDE_THE_TABLE {
            let text = format!("体{character}{character}a{character}");
            let bytes = encode(&text, TextEncoding::Gb18030);
            assert_eq!(*bytes, [b"\xCC\xE5", own, own, b"a", own].concat());
            assert_eq!(decode(&bytes, TextEncoding::Gb18030).unwrap(), text);
            // Whoever has the browsers' table reads the character that looks the same (for the first, a blank).
            assert!(by_table(own).is_some());
            assert_ne!(by_table(own).unwrap(), character.to_string());
            assert!(character == '\u{E5E5}' || by_table(own) == by_table(&GB18030.encode(&character.to_string()).0));
        }
    }

    #[test]
    fn bytes_of_two_neighbours_are_not_taken_for_another_character() {
        for lead in 0x81..=0xFE {
            for tail in [&b"\xA3\xA0\x41"[..], b"\x84\x31\x82\x36\x41", b"\x82\x35\x90\x37\x41"] {
                let bytes = [&[lead], tail].concat();
                assert_eq!(decode(&bytes, TextEncoding::Gb18030), by_table(&bytes), "{lead:x}");
            }
        }
    }
}
