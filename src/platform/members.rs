//! The members of a JSON object in a stream, one after the other: their names, and what is to be passed over.

use memchr::memchr;
use serde_json::value::RawValue;

use crate::platform::error::AnswerError;
use crate::platform::plaintext::ReadError;
use crate::platform::scan::{Window, next_item, scan_string, scan_string_piece, skip_white_space};

/// How much of a member is held in memory to be looked at, the platform's `message` included. Longest name, too.
pub(super) const MEMBER_BYTES_MAX: usize = 64 * 1024;

/// The name of the next member of an object whose brace is consumed; its value then begins at the window's front. `None`: the
/// object is closed.
pub(super) fn next_name<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    is_first: &mut bool,
) -> Result<Option<String>, ReadError> {
    let Some(next) = next_item(window, fill, b'}', is_first)? else { return Ok(None) };
    if next != b'"' {
        return Err(AnswerError::Json.into());
    }
    let length = scan_string(window, fill, MEMBER_BYTES_MAX)?;
    let name: String = serde_json::from_slice(window.take(length)).map_err(|_| AnswerError::Json)?;
    if skip_white_space(window, fill)? != Some(b':') {
        return Err(AnswerError::Json.into());
    }
    window.consume(1);
    skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?;
    Ok(Some(name))
}

/// Unescapes a piece of the JSON text at the window's front, whose opening quote is consumed. `false`: its closing quote is, too.
pub(super) fn unescape_piece<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    into: &mut Vec<u8>,
) -> Result<bool, ReadError> {
    if window.is_closed {
        return Ok(false);
    }
    let length = scan_string_piece(window, fill)?;
    unescape(window.take(length), into)?;
    if window.front() == Some(b'"') {
        window.consume(1);
        window.is_closed = true;
    }
    Ok(true)
}

/// Appends a decoded piece of a text. It need not be text: half a character, bytes that are none and control characters
/// stay what they are, so that whoever reads the value around them refuses it, and no other one of the same text.
fn unescape(mut piece: &[u8], into: &mut Vec<u8>) -> Result<(), AnswerError> {
    while let Some(at) = memchr(b'\\', piece) {
        into.extend_from_slice(&piece[..at]);
        piece = &piece[at..];
        let length = match piece.get(1) {
            Some(byte @ (b'"' | b'\\' | b'/')) => push(into, *byte),
            Some(b'b') => push(into, b'\x08'),
            Some(b'f') => push(into, b'\x0c'),
            Some(b'n') => push(into, b'\n'),
            Some(b'r') => push(into, b'\r'),
            Some(b't') => push(into, b'\t'),
            Some(b'u') => unescape_unit(piece, into)?,
            _ => return Err(AnswerError::Json),
        };
        piece = &piece[length..];
    }
    into.extend_from_slice(piece);
    Ok(())
}

/// Appends a character that is escaped with two bytes.
fn push(into: &mut Vec<u8>, byte: u8) -> usize {
    into.push(byte);
    2
}

/// Appends the character whose escape `\u…`, or pair of them, is at the front. Returns how long it is written.
fn unescape_unit(piece: &[u8], into: &mut Vec<u8>) -> Result<usize, AnswerError> {
    let unit = utf16_unit(piece).ok_or(AnswerError::Json)?;
    let units = [unit, utf16_unit(&piece[6..]).unwrap_or(0)];
    match char::decode_utf16(units).next() {
        Some(Ok(character)) => {
            into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            Ok(6 * character.len_utf16())
        }
        // Behind a backslash, its escape would become six characters; this byte is refused there, too.
        _ if into.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1 => {
            into.push(0xFF);
            Ok(6)
        }
        _ => {
            into.extend_from_slice(&piece[..6]);
            Ok(6)
        }
    }
}

/// The number in the escape `\u…` at the front.
fn utf16_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)? as u16))
}

/// The bytes as one JSON value that is not looked into: what nobody asks for may hold half a character or a number without
/// end.
pub(super) fn json(bytes: &[u8]) -> Result<&RawValue, AnswerError> {
    serde_json::from_slice(bytes).map_err(|_| AnswerError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window of a text that comes in pieces of this size.
    fn window(text: &str, step: usize) -> Window<std::vec::IntoIter<Vec<u8>>> {
        Window::new(text.as_bytes().chunks(step).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter())
    }

    fn fill(window: &mut Window<std::vec::IntoIter<Vec<u8>>>) -> Result<bool, ReadError> {
        let piece = window.source.next();
        window.bytes.extend(piece.iter().flatten());
        Ok(piece.is_some())
    }

    #[test]
    fn members_have_names_and_commas_between_them() {
        let mut window = window(r#" "a" : 1 , "b\u0063":2}x"#, 2);
        let mut is_first = true;
        for (name, value) in [("a", b'1'), ("bc", b'2')] {
            assert_eq!(next_name(&mut window, &mut fill, &mut is_first).unwrap().as_deref(), Some(name));
            assert_eq!(window.front(), Some(value));
            window.consume(1);
        }
        assert_eq!(next_name(&mut window, &mut fill, &mut is_first).unwrap(), None);
        assert_eq!(skip_white_space(&mut window, &mut fill).unwrap(), Some(b'x'));
    }
    /// Decodes a text whose closing quote is its last one, in pieces of this size.
    fn unescaped(text: &[u8], step: usize) -> Result<Vec<u8>, AnswerError> {
        let pieces: Vec<_> = [text, b"\" and more"].concat().chunks(step).map(<[u8]>::to_vec).collect();
        let (mut window, mut bytes) = (Window::new(pieces.into_iter()), Vec::new());
        loop {
            match unescape_piece(&mut window, &mut fill, &mut bytes) {
                Ok(true) => {}
                Ok(false) => return Ok(bytes),
                Err(ReadError::Answer(error)) => return Err(error),
                Err(ReadError::Io(error)) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_text_stands_for_what_its_escapes_say_however_it_arrives() {
        for text in [
            "",
            "体检 plain",
            r#"\"\\\/\b\f\n\r\t"#,
            r"\u4f53\u68C0\u0041\u0022\u005c\u0000",
            r"\ud83d\ude00a\uD800\uDC00\udbff\udfff𠮷",
            r"\\ud83d\\\\",
            r"\u00e9\ud7ff\ue000",
        ] {
            let expected: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            for step in 1..=text.len() + 1 {
                let found = unescaped(text.as_bytes(), step);
                assert_eq!(found.as_deref(), Ok(expected.as_bytes()), "{text}, in pieces of {step}");
            }
        }
    }

    #[test]
    fn what_is_no_text_in_a_text_stays_what_it_is() {
        for (text, expected) in [
            (&br"\ud83d"[..], &br"\ud83d"[..]),
            (br"a\uDE00\n", b"a\\uDE00\n"),
            (br"\ud83d\u0041", br"\ud83dA"),
            (br"\ud83dA", br"\ud83dA"),
            (br"\ud83d\n", b"\\ud83d\n"),
            (br"\ud83d\ud83d\ude00", "\\ud83d😀".as_bytes()),
            (b"\0\x1f\n\x7f", b"\0\x1f\n\x7f"),
            (b"a\xff\xe4\xbd", b"a\xff\xe4\xbd"),
            (b"\x80\x80\x80\\n", b"\x80\x80\x80\n"),
            // Not as six characters behind a backslash of the text's own.
            (br"\\\ud83d", b"\\\xff"),
            (br"a\\\\\ud83d", br"a\\\ud83d"),
            (br"\\\\\\\ude00", b"\\\\\\\xff"),
        ] {
            for step in 1..=text.len() + 1 {
                assert_eq!(unescaped(text, step).as_deref(), Ok(expected), "{text:?}, in pieces of {step}");
            }
        }
    }

    #[test]
    fn what_is_no_escape_is_no_json() {
        for text in [r"\x", r"a\'", r"\u12g4", r"\u+123", r"\ud83d\u12", r"\u", r"\体"] {
            for step in [1, 3, 100] {
                assert_eq!(unescaped(format!("{text} 0123456789").as_bytes(), step), Err(AnswerError::Json), "{text}");
            }
        }
        // What ends in one has no end of its own.
        assert_eq!(unescaped(br"\ud83d", 100).as_deref(), Ok(&br"\ud83d"[..]));
    }
}
