//! The envelope around every answer, read as a stream: `code`, `success`, `timestamp`, and the elements of `result`.
//!
//! Members may come in any order (`timestamp` comes after `result` in the document's sample). The records of `result`
//! are handed out one by one as bytes and are not looked into: what they hold is the contract's business. `result` may
//! be an array, one record, or a JSON text that holds either; it may have another name, or be in a wrapper.

use std::io::Read;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::pipeline::ResultPath;
use crate::platform::descent::{Place, ascend, below, descend, skip_member};
use crate::platform::error::AnswerError;
use crate::platform::members::{next_name, unescape_piece};
use crate::platform::other_text::{read_other_text, skip_inner_text};
use crate::platform::plaintext::{Plaintext, ReadError};
use crate::platform::scan::{Window, next_item, scan_value_within, skip_value_seen, skip_white_space};
use crate::platform::values::{boolean, integer, timestamp};
use crate::platform::whereabouts::{Likeness, Whereabouts};

/// Largest record: the contract's fields together have under 4,000 characters, so this is far beyond any honest one,
/// and still little memory: 8 MiB. Smaller in the unit tests, which are run once for each mutant.
const RECORD_BYTES_MAX: usize = if cfg!(test) { 524_288 } else { 8_388_608 };

/// How much is kept of a record that is larger: where its fields begin, for who looks into it.
const RECORD_BEGINNING_BYTES: usize = 65_536;

/// And where they end: what the beginning does not say may follow the large member.
const RECORD_END_BYTES: usize = 65_536;

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
    /// Where else there seem to be reservations.
    pub whereabouts: Whereabouts,
}

/// The value of `result`, or at the end of `result_path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultKind {
    /// Not there, or not all of the way.
    #[default]
    Missing,
    /// Null, or an empty text, or an empty object: what some serialisers make of no records.
    Nothing,
    /// An array, or one record in its place.
    Records,
    /// An object that is no record.
    Object,
    /// A text that may be ciphertext, in an envelope that is none or was decrypted.
    Ciphertext,
    /// Any other text.
    Text,
    /// A number or a boolean.
    Scalar,
}

/// The reader's position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Member,
    /// Inside the array of `result`.
    Records,
    /// Inside the array that a JSON text holds.
    TextRecords,
    /// Before the only record.
    Record,
    /// Behind the records.
    Leaving,
    End,
}

/// An element of `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveredRecord<'a> {
    /// The bytes as delivered; of a record that is too large, only the beginning.
    pub bytes: &'a [u8],
    /// How many bytes are left out; 0: none.
    pub omitted_bytes: u64,
    /// The last of what is left out.
    pub end: &'a [u8],
}

/// Reads one answer from beginning to end.
pub struct EnvelopeReader<R> {
    outer: Window<Plaintext<R>>,
    /// The unescaped text of `result`, when `result` is a text.
    inner: Window<()>,
    path: ResultPath,
    /// How many names of the path led to the text of `result`, or to the records if it is none; and to the records.
    levels: (usize, usize),
    is_in_text: bool,
    /// The path's first member has been there.
    is_result_found: bool,
    state: State,
    is_first: bool,
    is_first_member: bool,
    /// The kept parts of a record that is too large: its beginning, then its end.
    beginning: Vec<u8>,
    envelope: Envelope,
}

impl<R: Read> EnvelopeReader<R> {
    /// Reads nothing yet. `path` leads to the reservations.
    pub fn new(plaintext: Plaintext<R>, path: &ResultPath) -> EnvelopeReader<R> {
        EnvelopeReader {
            outer: Window::new(plaintext),
            inner: Window::new(()),
            path: path.clone(),
            levels: (1, 1),
            is_in_text: false,
            is_result_found: false,
            state: State::Start,
            is_first: true,
            is_first_member: true,
            beginning: Vec::new(),
            envelope: Envelope::default(),
        }
    }

    /// Whether the body was ciphertext.
    pub fn is_encrypted(&self) -> bool {
        self.outer.source.is_encrypted()
    }

    /// The next record; `None` when the whole envelope has been read.
    pub fn next_record(&mut self) -> Result<Option<DeliveredRecord<'_>>, ReadError> {
        loop {
            match self.state {
                State::Start => {
                    match skip_white_space(&mut self.outer, &mut read_plaintext)? {
                        Some(b'{') => {}
                        Some(b'[') => return Err(AnswerError::Array.into()),
                        _ => return Err(AnswerError::Json.into()),
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
                            return hand_out(&mut self.outer, &mut read_plaintext, length, &mut self.beginning)
                                .map(Some);
                        }
                        None => self.state = State::Leaving,
                    }
                }
                State::TextRecords => {
                    let outer = &mut self.outer;
                    let mut unescape = |inner: &mut Window<()>| unescape_into(outer, inner);
                    match next_element(&mut self.inner, &mut unescape, &mut self.is_first)? {
                        Some(length) => {
                            self.envelope.records += 1;
                            return hand_out(&mut self.inner, &mut unescape, length, &mut self.beginning).map(Some);
                        }
                        None => self.state = State::Leaving,
                    }
                }
                State::Record => {
                    self.state = State::Leaving;
                    self.envelope.records += 1;
                    let EnvelopeReader { outer, inner, beginning, .. } = self;
                    if self.is_in_text {
                        let mut unescape = |inner: &mut Window<()>| unescape_into(outer, inner);
                        let length = element_length(inner, &mut unescape)?;
                        return hand_out(inner, &mut unescape, length, beginning).map(Some);
                    }
                    let length = element_length(outer, &mut read_plaintext)?;
                    return hand_out(outer, &mut read_plaintext, length, beginning).map(Some);
                }
                State::Leaving => self.leave_result()?,
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
    pub fn finish(mut self) -> Envelope {
        // Where records came, nobody asks whether there are some elsewhere.
        if self.envelope.records == 0 {
            self.envelope.whereabouts.look_into_ciphertext(self.outer.source.cipher());
        }
        self.envelope
    }

    fn read_member(&mut self) -> Result<(), ReadError> {
        let window = &mut self.outer;
        let Some(name) = next_name(window, &mut read_plaintext, &mut self.is_first_member)? else {
            self.state = State::End;
            return Ok(());
        };
        if name == self.path.names()[0] {
            return self.begin_result();
        }
        let whereabouts = &mut self.envelope.whereabouts;
        let Some(value) = skip_member(window, &mut read_plaintext, &below(&[], 0, &name), whereabouts)? else {
            return Ok(());
        };
        match name.as_str() {
            "code" => self.envelope.code = integer(&read_value(value)?),
            "success" => self.envelope.success = boolean(&read_value(value)?),
            "timestamp" => self.envelope.timestamp = timestamp(&read_value(value)?),
            _ => {}
        }
        Ok(())
    }

    fn begin_result(&mut self) -> Result<(), ReadError> {
        if std::mem::replace(&mut self.is_result_found, true) {
            return Err(AnswerError::Result("there twice").into());
        }
        let EnvelopeReader { outer, inner, path, envelope, levels, is_in_text, .. } = self;
        let (path, whereabouts) = (path.names(), &mut envelope.whereabouts);
        let (level, place) = descend(outer, &mut read_plaintext, path, 1, whereabouts)?;
        *levels = (level, level);
        let mut kind = None;
        let place = if place == Place::Text {
            outer.consume(1);
            *is_in_text = true;
            let mut unescape = |inner: &mut Window<()>| unescape_into(outer, inner);
            match skip_white_space(inner, &mut unescape)? {
                Some(b'[' | b'{') => {
                    let (level, place) = descend(inner, &mut unescape, path, level, whereabouts)?;
                    levels.1 = level;
                    if place == Place::Text {
                        kind = Some(skip_inner_text(inner, &mut unescape)?);
                    }
                    place
                }
                _ => {
                    kind = Some(read_other_text(inner, &mut unescape)?);
                    place
                }
            }
        } else {
            place
        };
        (self.envelope.result, self.state) = match place {
            Place::Array if self.is_in_text => (ResultKind::Records, State::TextRecords),
            Place::Array => (ResultKind::Records, State::Records),
            Place::Record => (ResultKind::Records, State::Record),
            Place::Nothing => (ResultKind::Nothing, State::Leaving),
            Place::Missing => (ResultKind::Missing, State::Leaving),
            Place::Object => (ResultKind::Object, State::Leaving),
            Place::Scalar => (ResultKind::Scalar, State::Leaving),
            Place::Text => (kind.unwrap_or(ResultKind::Text), State::Leaving),
        };
        Ok(())
    }

    /// Closes what is open around the records.
    fn leave_result(&mut self) -> Result<(), ReadError> {
        let EnvelopeReader { outer, inner, path, envelope, levels, is_in_text, .. } = self;
        if *is_in_text {
            let mut unescape = |inner: &mut Window<()>| unescape_into(outer, inner);
            ascend(inner, &mut unescape, path.names(), levels.0..levels.1, &mut envelope.whereabouts)?;
            // Behind its value, the text holds nothing but white space.
            if skip_white_space(inner, &mut unescape)?.is_some() {
                return Err(AnswerError::Json.into());
            }
        }
        ascend(outer, &mut read_plaintext, path.names(), 1..levels.0, &mut envelope.whereabouts)?;
        self.state = State::Member;
        Ok(())
    }
}

impl Envelope {
    /// Whether the platform says that the call went well.
    pub fn is_success(&self) -> bool {
        self.code == Some(200) && self.success != Some(false)
    }

    /// The code, if the platform has said one.
    pub fn stated_code(&self) -> Result<i64, AnswerError> {
        self.code.ok_or_else(|| self.whereabouts.missing_code())
    }

    /// Whether a successful answer holds an array of reservations, or says that there are none. `path` was to lead to them.
    pub fn judge_result(&self, path: &ResultPath) -> Result<(), AnswerError> {
        let Whereabouts { has_ciphertext, .. } = self.whereabouts;
        // The less the answer says for itself, the less it takes to look for reservations elsewhere.
        let (likely, otherwise) = match self.result {
            ResultKind::Records if self.records > 0 => return Ok(()),
            ResultKind::Records | ResultKind::Nothing => (Likeness::Opaque, Ok(())),
            ResultKind::Missing if has_ciphertext => (Likeness::Objects, Err(AnswerError::Ciphertext)),
            ResultKind::Missing => (Likeness::Objects, Ok(())),
            ResultKind::Object => (Likeness::EmptyArray, Err(AnswerError::Result("an object that is no reservation"))),
            ResultKind::Ciphertext => (Likeness::Reservations, Err(AnswerError::Ciphertext)),
            ResultKind::Text => (Likeness::Reservations, Err(AnswerError::Result("a text that holds no array"))),
            ResultKind::Scalar => {
                (Likeness::Reservations, Err(AnswerError::Result("neither an array nor a text that holds one")))
            }
        };
        let (likeness, found, path) = (self.whereabouts.likeness(), self.whereabouts.path(), path.to_string());
        match likeness {
            Some(likeness) if likeness < likely => otherwise,
            Some(Likeness::Opaque) => Err(AnswerError::Opaque { found, path }),
            Some(_) => Err(AnswerError::Elsewhere { found, path }),
            None => otherwise,
        }
    }
}

fn read_value(json: &RawValue) -> Result<Value, AnswerError> {
    serde_json::from_str(json.get()).map_err(|_| AnswerError::Json)
}

fn read_plaintext<R: Read>(window: &mut Window<Plaintext<R>>) -> Result<bool, ReadError> {
    window.source.read_into(&mut window.bytes)
}

/// Hands out the array element at the front, of which the length is known, or its beginning and its end.
fn hand_out<'a, S>(
    window: &'a mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    length: ElementLength,
    beginning: &'a mut Vec<u8>,
) -> Result<DeliveredRecord<'a>, ReadError> {
    match length {
        ElementLength::Known(length) => Ok(DeliveredRecord { bytes: window.take(length), omitted_bytes: 0, end: &[] }),
        ElementLength::TooLarge => {
            beginning.clear();
            beginning.extend_from_slice(window.peek(RECORD_BEGINNING_BYTES));
            let kept = beginning.len();
            let length = skip_value_seen(window, fill, &mut |piece| {
                beginning.extend_from_slice(&piece[piece.len().saturating_sub(RECORD_END_BYTES)..]);
                let excess = (beginning.len() - kept).saturating_sub(RECORD_END_BYTES);
                beginning.drain(kept..kept + excess);
            })?;
            let (bytes, end) = beginning.split_at(kept);
            Ok(DeliveredRecord { bytes, omitted_bytes: length - kept as u64, end })
        }
    }
}

enum ElementLength {
    Known(usize),
    /// More than [`RECORD_BYTES_MAX`].
    TooLarge,
}

/// Length of the next array element, which is then at the window's front. `None`: the array is closed.
fn next_element<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    is_first: &mut bool,
) -> Result<Option<ElementLength>, ReadError> {
    let Some(next) = next_item(window, fill, b']', is_first)? else { return Ok(None) };
    if matches!(next, b',' | b']' | b'}' | b':') {
        return Err(AnswerError::Json.into());
    }
    element_length(window, fill).map(Some)
}

/// Length of the element at the front.
fn element_length<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
) -> Result<ElementLength, ReadError> {
    let length = scan_value_within(window, fill, RECORD_BYTES_MAX)?;
    Ok(length.map_or(ElementLength::TooLarge, ElementLength::Known))
}

/// More of the text of `result`. `false`: it is closed.
fn unescape_into<R: Read>(outer: &mut Window<Plaintext<R>>, inner: &mut Window<()>) -> Result<bool, ReadError> {
    unescape_piece(outer, &mut read_plaintext, &mut inner.bytes)
}

#[cfg(test)]
mod tests;
