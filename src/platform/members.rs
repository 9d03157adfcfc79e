//! The members of a JSON object in a stream, one after the other: their names, and what is to be passed over.

use serde_json::value::RawValue;

use crate::platform::error::AnswerError;
use crate::platform::plaintext::ReadError;
use crate::platform::scan::{Window, scan_string, scan_string_piece, scan_value, skip_white_space};

/// How much of a member is held in memory to be looked at, the platform's `message` included. Longest name, too.
pub(super) const MEMBER_BYTES_MAX: usize = 64 * 1024;

/// The name of the next member of an object whose brace is consumed; its value then begins at the window's front. `None`: the
/// object is closed.
pub(super) fn next_name<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    is_first: &mut bool,
) -> Result<Option<String>, ReadError> {
    let mut next = skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?;
    if next == b'}' {
        window.consume(1);
        return Ok(None);
    }
    if !std::mem::replace(is_first, false) {
        if next != b',' {
            return Err(AnswerError::Json.into());
        }
        window.consume(1);
        next = skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?;
    }
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

/// Length of the value at the front if it is short enough to be held in memory; of a longer one, the beginning is.
pub(super) fn scan_short<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
) -> Result<Option<usize>, ReadError> {
    match scan_value(window, fill, MEMBER_BYTES_MAX) {
        Ok(length) => Ok(Some(length)),
        Err(ReadError::Answer(AnswerError::RecordSize(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Passes over the object, array or text at the front, however long it is, keeping nothing. Only its end is looked for.
pub(super) fn skip_value<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
) -> Result<(), ReadError> {
    let (mut depth, mut is_in_string, mut is_escaped) = (0_usize, false, false);
    loop {
        let Some(byte) = window.front() else {
            if window.fill(fill)? {
                continue;
            }
            return Err(AnswerError::Truncated.into());
        };
        window.consume(1);
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            _ if is_in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            // A number without end.
            _ if depth == 0 => return Err(AnswerError::Json.into()),
            _ => {}
        }
        if depth == 0 && !is_in_string {
            return Ok(());
        }
    }
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
    let piece = window.take(length);
    let mut quoted = Vec::with_capacity(piece.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(piece);
    quoted.push(b'"');
    let text: String = serde_json::from_slice(&quoted).map_err(|_| AnswerError::Json)?;
    into.extend_from_slice(text.as_bytes());
    if window.front() == Some(b'"') {
        window.consume(1);
        window.is_closed = true;
    }
    Ok(true)
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

    /// What is left behind a value that is passed over.
    fn behind(text: &str, step: usize) -> Result<String, AnswerError> {
        let mut window = window(text, step);
        match skip_value(&mut window, &mut fill) {
            Err(ReadError::Answer(error)) => return Err(error),
            Err(ReadError::Io(error)) => panic!("{error}"),
            Ok(()) => {}
        }
        while window.fill(&mut fill).unwrap() {
            // Nothing of it was kept.
        }
        Ok(String::from_utf8(window.rest().to_vec()).unwrap())
    }

    #[test]
    fn a_value_that_is_passed_over_ends_where_json_ends_it() {
        for value in [
            r#""""#,
            r#""a\"b""#,
            r#""\\""#,
            r#""[{""#,
            "{}",
            "[[],[]]",
            r#"{"a":[1,"]",{"b":"\"}"}],"c":2}"#,
            r#"["\\",{}]"#,
        ] {
            for step in 1..=value.len() + 1 {
                for rest in ["", ",", "]", "\"x\"", "{}"] {
                    let found = behind(&format!("{value}{rest}"), step);
                    assert!(
                        found.as_ref().is_ok_and(|found| rest.ends_with(found.as_str())),
                        "{value}{rest}: {found:?}"
                    );
                    assert_eq!(found.unwrap(), rest);
                }
            }
            for length in 0..value.len() {
                assert_eq!(behind(&value[..length], 3), Err(AnswerError::Truncated), "{}", &value[..length]);
            }
        }
        assert_eq!(behind("7777", 2), Err(AnswerError::Json));
    }

    #[test]
    fn members_have_names_and_commas_between_them() {
        let mut window = window(r#" "a" : 1 , "b\u0063":2}x"#, 2);
        let mut is_first = true;
        for (name, value) in [("a", b'1'), ("bc", b'2')] {
            assert_eq!(next_name(&mut window, &mut fill, &mut is_first).unwrap().as_deref(), Some(name));
            assert_eq!(window.front(), Some(value));
            assert_eq!(scan_short(&mut window, &mut fill).unwrap(), Some(1));
            window.consume(1);
        }
        assert_eq!(next_name(&mut window, &mut fill, &mut is_first).unwrap(), None);
        assert_eq!(skip_white_space(&mut window, &mut fill).unwrap(), Some(b'x'));
    }

    #[test]
    fn a_long_value_is_told_from_a_short_one_and_a_broken_one() {
        let long = format!("[{}]", "7,".repeat(MEMBER_BYTES_MAX));
        let mut long_one = window(&long, 100);
        assert_eq!(scan_short(&mut long_one, &mut fill).unwrap(), None);
        assert!(long_one.rest().len() >= MEMBER_BYTES_MAX && long.as_bytes().starts_with(long_one.rest()));
        assert!(scan_short(&mut window("[1", 1), &mut fill).is_err());
    }
}
