//! Finds the ends of JSON values in bytes that arrive piece by piece, without looking into the values.
//!
//! A value that is not well-formed inside is still handed out whole: the strict parser behind it says what is wrong.

use memchr::memchr2;

use crate::platform::error::AnswerError;
use crate::platform::plaintext::ReadError;

/// The part of a stream that is in memory.
pub(super) struct Window<S> {
    pub source: S,
    pub bytes: Vec<u8>,
    start: usize,
    /// For a window over a text's content: its closing quote has been consumed.
    pub is_closed: bool,
}

impl<S> Window<S> {
    pub fn new(source: S) -> Window<S> {
        Window { source, bytes: Vec::new(), start: 0, is_closed: false }
    }

    /// The next byte, if it is in memory.
    pub fn front(&self) -> Option<u8> {
        self.bytes.get(self.start).copied()
    }

    /// Leaves the next `length` bytes behind.
    pub fn consume(&mut self, length: usize) {
        self.start += length;
    }

    /// Hands out the next `length` bytes and leaves them behind.
    pub fn take(&mut self, length: usize) -> &[u8] {
        let from = self.start;
        self.start += length;
        &self.bytes[from..self.start]
    }

    /// All that is in memory.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.start + offset).copied()
    }

    /// Forgets what was left behind and gets more. `false`: there is no more.
    pub fn fill(&mut self, fill: &mut impl FnMut(&mut Self) -> Result<bool, ReadError>) -> Result<bool, ReadError> {
        self.bytes.drain(..self.start);
        self.start = 0;
        let before = self.bytes.len();
        loop {
            let has_more = fill(self)?;
            if self.bytes.len() > before {
                return Ok(true);
            }
            if !has_more {
                return Ok(false);
            }
        }
    }
}

/// The next byte that is not white space; `None` at the end of the stream.
pub(super) fn skip_white_space<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
) -> Result<Option<u8>, ReadError> {
    loop {
        match window.front() {
            Some(b' ' | b'\t' | b'\r' | b'\n') => window.consume(1),
            Some(byte) => return Ok(Some(byte)),
            None => {
                if !window.fill(fill)? {
                    return Ok(None);
                }
            }
        }
    }
}

/// Length of the string at the front, quotes included.
pub(super) fn scan_string<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    bytes_max: usize,
) -> Result<usize, ReadError> {
    if window.front() != Some(b'"') {
        return Err(AnswerError::Json.into());
    }
    scan_value(window, fill, bytes_max)
}

/// Length of the value at the front: an object or array with all that is in it, a string, or anything up to a delimiter.
pub(super) fn scan_value<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    bytes_max: usize,
) -> Result<usize, ReadError> {
    let mut length = 0;
    let mut depth = 0_usize;
    let mut is_in_string = false;
    loop {
        // The hot loop runs over what is in memory; the slow path below gets more.
        let bytes = &window.bytes[window.start..];
        while let Some(byte) = bytes.get(length) {
            if is_in_string {
                let Some(distance) = memchr2(b'"', b'\\', &bytes[length..]) else {
                    length = bytes.len();
                    break;
                };
                length += distance;
                // An escaped character cannot end the string; it may lie beyond what is in memory.
                if bytes[length] == b'\\' {
                    length += 2;
                    continue;
                }
                is_in_string = false;
                length += 1;
                if depth == 0 {
                    return Ok(length);
                }
                continue;
            }
            match byte {
                b'"' => {
                    if depth == 0 && length > 0 {
                        return Err(AnswerError::Json.into());
                    }
                    is_in_string = true;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    if depth == 0 {
                        return scalar(length);
                    }
                    depth -= 1;
                    if depth == 0 {
                        return Ok(length + 1);
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return scalar(length),
                _ => {}
            }
            length += 1;
        }
        if length > bytes_max {
            return Err(AnswerError::RecordSize(bytes_max).into());
        }
        if !window.fill(fill)? {
            return Err(AnswerError::Truncated.into());
        }
    }
}

fn scalar(length: usize) -> Result<usize, ReadError> {
    if length == 0 { Err(AnswerError::Json.into()) } else { Ok(length) }
}

/// Length of a piece of the text whose opening quote is consumed: it ends before the closing quote, or where memory
/// ends, but never inside an escape (`\uD83D\uDE00` is one) or a character.
pub(super) fn scan_string_piece<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
) -> Result<usize, ReadError> {
    /// Longest escape: a surrogate pair.
    const ESCAPE_BYTES_MAX: usize = 12;
    loop {
        let mut length = 0;
        let mut safe = 0;
        while let Some(byte) = window.at(length) {
            match byte {
                b'"' => return Ok(length),
                b'\\' => {
                    let available = window.bytes.len() - window.start - length;
                    if available < ESCAPE_BYTES_MAX {
                        // Near the end of memory an escape may be incomplete; near the end of the text it may be
                        // short. More bytes decide, except where there are none.
                        if safe > 0 {
                            return Ok(safe);
                        }
                        if window.fill(fill)? {
                            length = 0;
                            continue;
                        }
                    }
                    length += escape_length(window, length)?;
                }
                _ => length += 1,
            }
            // A byte that begins a character, or the end: nothing is cut in half before it.
            if window.at(length).is_some_and(|next| next & 0xC0 != 0x80) {
                safe = length;
            }
        }
        if safe > 0 {
            return Ok(safe);
        }
        if !window.fill(fill)? {
            return Err(AnswerError::Truncated.into());
        }
    }
}

/// Length of the escape at `offset`, a following low surrogate included.
fn escape_length<S>(window: &Window<S>, offset: usize) -> Result<usize, ReadError> {
    match window.at(offset + 1) {
        None => Err(AnswerError::Truncated.into()),
        Some(b'u') => {
            let is_high = matches!(window.at(offset + 2), Some(b'd' | b'D'))
                && matches!(window.at(offset + 3), Some(b'8' | b'9' | b'a' | b'A' | b'b' | b'B'));
            let is_pair = is_high && window.at(offset + 6) == Some(b'\\') && window.at(offset + 7) == Some(b'u');
            Ok(if is_pair { 12 } else { 6 })
        }
        Some(_) => Ok(2),
    }
}

#[cfg(test)]
mod tests;
