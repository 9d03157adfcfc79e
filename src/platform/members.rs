//! The members of a JSON object in a stream, one after the other: their names, and what is to be passed over.

use serde_json::value::RawValue;

use crate::platform::error::AnswerError;
use crate::platform::plaintext::ReadError;
use crate::platform::scan::{Window, scan_string, scan_string_piece, skip_white_space};

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
}
