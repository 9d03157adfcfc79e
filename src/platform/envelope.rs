//! The envelope around every answer, read as a stream: `code`, `success`, `timestamp`, and the elements of `result`.
//!
//! Members may come in any order (`timestamp` stands after `result` in the document's sample). The records of `result`
//! are handed out one by one as bytes and are not looked into: what they hold is the contract's business. `result` may
//! be an array, or a JSON text that holds one.

use std::io::Read;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::platform::error::AnswerError;
use crate::platform::plaintext::{Plaintext, ReadError};
use crate::platform::scan::{Window, scan_string, scan_value, skip_white_space};
use crate::platform::values::{boolean, integer, timestamp};

/// Largest record: the contract's fields together have under 4,000 characters, so this is far beyond any honest one,
/// and still little memory.
const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Largest other member of the envelope, the platform's `message` included.
const MEMBER_BYTES_MAX: usize = 64 * 1024;

/// The answer's own words about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The platform's code; 200 is fine. Taken as a number or as text.
    pub code: Option<i64>,
    pub success: Option<bool>,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// Records that `result` held.
    pub records: u64,
    pub result: ResultKind,
}

/// What stood under `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultKind {
    #[default]
    Missing,
    Null,
    Records,
    /// A number, a boolean or an object: not what an order answers.
    Other,
}

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Member,
    /// Inside the array of `result`.
    Records,
    /// Inside the array that a JSON text holds.
    TextRecords,
    End,
}

/// Reads one answer from beginning to end.
pub struct EnvelopeReader<R> {
    outer: Window<Plaintext<R>>,
    /// The unescaped text of `result`, when `result` is a text.
    inner: Window<()>,
    state: State,
    is_first: bool,
    has_members: bool,
    envelope: Envelope,
}

impl<R: Read> EnvelopeReader<R> {
    /// Reads nothing yet.
    pub fn new(plaintext: Plaintext<R>) -> EnvelopeReader<R> {
        EnvelopeReader {
            outer: Window::new(plaintext),
            inner: Window::new(()),
            state: State::Start,
            is_first: true,
            has_members: false,
            envelope: Envelope::default(),
        }
    }

    /// Whether the body was ciphertext.
    pub fn is_encrypted(&self) -> bool {
        self.outer.source.is_encrypted()
    }

    /// The next record's bytes; `None` when the whole envelope has been read.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>, ReadError> {
        loop {
            match self.state {
                State::Start => {
                    if skip_white_space(&mut self.outer, &mut read_plaintext)? != Some(b'{') {
                        return Err(AnswerError::Json.into());
                    }
                    self.outer.consume(1);
                    self.state = State::Member;
                }
                State::Member => self.read_member()?,
                State::Records => {
                    let range = next_element(&mut self.outer, &mut read_plaintext, &mut self.is_first)?;
                    match range {
                        Some(length) => {
                            self.envelope.records += 1;
                            return Ok(Some(self.outer.take(length)));
                        }
                        None => self.state = State::Member,
                    }
                }
                State::TextRecords => {
                    let outer = &mut self.outer;
                    let mut unescape = |inner: &mut Window<()>| unescape_into(outer, &mut inner.bytes);
                    match next_element(&mut self.inner, &mut unescape, &mut self.is_first)? {
                        Some(length) => {
                            self.envelope.records += 1;
                            return Ok(Some(self.inner.take(length)));
                        }
                        None => {
                            // Behind the array, the text holds nothing but white space.
                            if skip_white_space(&mut self.inner, &mut unescape)?.is_some() {
                                return Err(AnswerError::Json.into());
                            }
                            self.state = State::Member;
                        }
                    }
                }
                State::End => {
                    return match skip_white_space(&mut self.outer, &mut read_plaintext)? {
                        None => Ok(None),
                        Some(_) => Err(AnswerError::Json.into()),
                    };
                }
            }
        }
    }

    /// The envelope, after the last record.
    pub fn finish(self) -> Envelope {
        self.envelope
    }

    fn read_member(&mut self) -> Result<(), ReadError> {
        let window = &mut self.outer;
        let mut next = skip_white_space(window, &mut read_plaintext)?.ok_or(AnswerError::Truncated)?;
        if next == b'}' {
            window.consume(1);
            self.state = State::End;
            return Ok(());
        }
        if std::mem::replace(&mut self.has_members, true) {
            if next != b',' {
                return Err(AnswerError::Json.into());
            }
            window.consume(1);
            next = skip_white_space(window, &mut read_plaintext)?.ok_or(AnswerError::Truncated)?;
        }
        if next != b'"' {
            return Err(AnswerError::Json.into());
        }
        let length = scan_string(window, &mut read_plaintext, MEMBER_BYTES_MAX)?;
        let key: String = serde_json::from_slice(window.take(length)).map_err(|_| AnswerError::Json)?;
        if skip_white_space(window, &mut read_plaintext)? != Some(b':') {
            return Err(AnswerError::Json.into());
        }
        window.consume(1);
        let first = skip_white_space(window, &mut read_plaintext)?.ok_or(AnswerError::Truncated)?;
        if key == "result" {
            return self.begin_result(first);
        }
        let length = scan_value(window, &mut read_plaintext, MEMBER_BYTES_MAX)?;
        let value = json(window.take(length))?;
        match key.as_str() {
            "code" => self.envelope.code = integer(&read_value(value)?),
            "success" => self.envelope.success = boolean(&read_value(value)?),
            "timestamp" => self.envelope.timestamp = timestamp(&read_value(value)?),
            _ => {}
        }
        Ok(())
    }

    fn begin_result(&mut self, first: u8) -> Result<(), ReadError> {
        if self.envelope.result != ResultKind::Missing {
            return Err(AnswerError::Result("there twice").into());
        }
        self.is_first = true;
        match first {
            b'[' => {
                self.outer.consume(1);
                self.envelope.result = ResultKind::Records;
                self.state = State::Records;
            }
            b'"' => {
                self.outer.consume(1);
                let outer = &mut self.outer;
                let mut unescape = |inner: &mut Window<()>| unescape_into(outer, &mut inner.bytes);
                match skip_white_space(&mut self.inner, &mut unescape)? {
                    Some(b'[') => {
                        self.inner.consume(1);
                        self.envelope.result = ResultKind::Records;
                        self.state = State::TextRecords;
                    }
                    _ => return Err(AnswerError::Result("a text that holds no array").into()),
                }
            }
            _ => {
                let length = scan_value(&mut self.outer, &mut read_plaintext, RECORD_BYTES_MAX)?;
                let is_null = json(self.outer.take(length))?.get() == "null";
                self.envelope.result = if is_null { ResultKind::Null } else { ResultKind::Other };
            }
        }
        Ok(())
    }
}

impl Envelope {
    /// Whether the platform says that the call went well.
    pub fn is_success(&self) -> bool {
        self.code == Some(200) && self.success != Some(false)
    }
}

/// The bytes as one JSON value that is not looked into: what nobody asks for may hold half a character or a number without
/// end.
fn json(bytes: &[u8]) -> Result<&RawValue, AnswerError> {
    serde_json::from_slice(bytes).map_err(|_| AnswerError::Json)
}

fn read_value(json: &RawValue) -> Result<Value, AnswerError> {
    serde_json::from_str(json.get()).map_err(|_| AnswerError::Json)
}

fn read_plaintext<R: Read>(window: &mut Window<Plaintext<R>>) -> Result<bool, ReadError> {
    window.source.read_into(&mut window.bytes)
}

/// Length of the next array element, which then stands at the window's front. `None`: the array is closed.
fn next_element<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    is_first: &mut bool,
) -> Result<Option<usize>, ReadError> {
    let mut next = skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?;
    if next == b']' {
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
    if matches!(next, b',' | b']' | b'}' | b':') {
        return Err(AnswerError::Json.into());
    }
    Ok(Some(scan_value(window, fill, RECORD_BYTES_MAX)?))
}

/// Unescapes a piece of the JSON text at the outer window's front. `false`: its closing quote is consumed.
fn unescape_into<R: Read>(outer: &mut Window<Plaintext<R>>, into: &mut Vec<u8>) -> Result<bool, ReadError> {
    if outer.is_closed {
        return Ok(false);
    }
    let length = crate::platform::scan::scan_string_piece(outer, &mut read_plaintext)?;
    let piece = outer.take(length);
    let mut quoted = Vec::with_capacity(piece.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(piece);
    quoted.push(b'"');
    let text: String = serde_json::from_slice(&quoted).map_err(|_| AnswerError::Json)?;
    into.extend_from_slice(text.as_bytes());
    if outer.front() == Some(b'"') {
        outer.consume(1);
        outer.is_closed = true;
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
