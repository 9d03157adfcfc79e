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

impl Window<()> {
    /// Over bytes that are all there is.
    pub fn over(bytes: &[u8]) -> Window<()> {
        Window { bytes: bytes.to_vec(), ..Window::new(()) }
    }
}

impl<S> Window<S> {
    pub fn new(source: S) -> Window<S> {
        Window { source, bytes: Vec::new(), start: 0, is_closed: false }
    }

    /// The next byte, if it is in memory.
    pub fn front(&self) -> Option<u8> {
        self.bytes.get(self.start).copied()
    }

    /// The next bytes, at most `length` of them, as far as they are in memory.
    pub fn peek(&self, length: usize) -> &[u8] {
        let rest = &self.bytes[self.start..];
        &rest[..length.min(rest.len())]
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

/// The first byte of the next item of an object or array, which then is at the window's front, its comma consumed. `None`: the
/// list is closed by `close`.
pub(super) fn next_item<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    close: u8,
    is_first: &mut bool,
) -> Result<Option<u8>, ReadError> {
    let next = skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?;
    if next == close {
        window.consume(1);
        return Ok(None);
    }
    if std::mem::replace(is_first, false) {
        return Ok(Some(next));
    }
    if next != b',' {
        return Err(AnswerError::Json.into());
    }
    window.consume(1);
    Ok(Some(skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?))
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

/// How far a scan has got into a value.
#[derive(Default)]
struct Progress {
    /// Bytes of the value that were looked at; the last escape may reach one beyond what is there.
    length: usize,
    depth: usize,
    is_in_string: bool,
}

impl Progress {
    /// Goes on over `bytes`, which begin `from` bytes behind the value's first one. The value's length, if it ends in there.
    fn advance(&mut self, bytes: &[u8], from: usize) -> Result<Option<usize>, ReadError> {
        while let Some(byte) = bytes.get(self.length - from) {
            if self.is_in_string {
                let rest = &bytes[self.length - from..];
                let Some(distance) = memchr2(b'"', b'\\', rest) else {
                    self.length += rest.len();
                    break;
                };
                self.length += distance;
                // An escaped character cannot end the string; it may lie beyond what is in memory.
                if rest[distance] == b'\\' {
                    self.length += 2;
                    continue;
                }
                self.is_in_string = false;
                self.length += 1;
                if self.depth == 0 {
                    return Ok(Some(self.length));
                }
                continue;
            }
            match byte {
                b'"' => {
                    if self.depth == 0 && self.length > 0 {
                        return Err(AnswerError::Json.into());
                    }
                    self.is_in_string = true;
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    if self.depth == 0 {
                        return scalar(self.length).map(Some);
                    }
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Ok(Some(self.length + 1));
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => return scalar(self.length).map(Some),
                _ => {}
            }
            self.length += 1;
        }
        Ok(None)
    }
}

/// Length of the value at the front: an object or array with all that is in it, a string, or anything up to a delimiter.
pub(super) fn scan_value<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    bytes_max: usize,
) -> Result<usize, ReadError> {
    scan_value_within(window, fill, bytes_max)?.ok_or_else(|| AnswerError::MemberSize(bytes_max).into())
}

/// The same, for a value that may be left out. `None`: it is too large, and more than `bytes_max` of it are in memory.
pub(super) fn scan_value_within<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    bytes_max: usize,
) -> Result<Option<usize>, ReadError> {
    let mut progress = Progress::default();
    loop {
        // The hot loop runs over what is in memory; the slow path below gets more.
        match progress.advance(&window.bytes[window.start..], 0)? {
            Some(length) if length <= bytes_max => return Ok(Some(length)),
            None if progress.length <= bytes_max => {}
            _ => return Ok(None),
        }
        if !window.fill(fill)? {
            return Err(AnswerError::Truncated.into());
        }
    }
}

/// Leaves behind the value at the front without keeping it in memory, however large it is. Returns its length.
pub(super) fn skip_value<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
) -> Result<u64, ReadError> {
    skip_value_seen(window, fill, &mut |_| {})
}

/// The same, and shows it piece by piece.
pub(super) fn skip_value_seen<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    see: &mut impl FnMut(&[u8]),
) -> Result<u64, ReadError> {
    let mut progress = Progress::default();
    let mut left_behind = 0;
    loop {
        let bytes = &window.bytes[window.start..];
        if let Some(length) = progress.advance(bytes, left_behind)? {
            see(window.take(length - left_behind));
            return Ok(length as u64);
        }
        let available = bytes.len();
        see(window.take(available));
        left_behind += available;
        if !window.fill(fill)? {
            return Err(AnswerError::Truncated.into());
        }
    }
}

fn scalar(length: usize) -> Result<usize, ReadError> {
    if length == 0 { Err(AnswerError::Json.into()) } else { Ok(length) }
}

/// Length of a piece of the text whose opening quote is consumed: it ends before the closing quote, or where memory
/// ends, but never inside an escape (`\uD83D\uDE00` is one).
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
            // An escape may reach beyond what is there.
            if length <= window.rest().len() {
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
            let is_low = window.at(offset + 6) == Some(b'\\')
                && window.at(offset + 7) == Some(b'u')
                && matches!(window.at(offset + 8), Some(b'd' | b'D'))
                && matches!(window.at(offset + 9), Some(b'c'..=b'f' | b'C'..=b'F'));
            Ok(if is_high && is_low { 12 } else { 6 })
        }
        Some(_) => Ok(2),
    }
}

#[cfg(test)]
mod tests;
