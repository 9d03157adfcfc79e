//! Lines of states, as an engine pipes them: read one at a time, each checked by itself and against the one before. What is said
//! of a bad line names its number and its column, and never a value.

use std::io::{self, BufRead, Read};

use chrono::{DateTime, NaiveDate, Utc};

use crate::cli::error::CliError;
use crate::reservation::{Fingerprint, Text};
use crate::transform::{Contradiction, DeliveredState, Place};
use crate::wording::{Message, message};

/// The cells of a line.
const COLUMNS: [&str; 9] = [
    "account",
    "serial_number",
    "delivery_id",
    "position",
    "effective_at",
    "content_id",
    "order_status",
    "check_date",
    "unconfirmed_pull",
];

/// A cell that is nothing else.
pub(super) const NULL: &str = "\\N";

/// Many times the longest that keys and codes can be.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// The last microsecond of the year 9999.
const TIME_MAX: i64 = 253_402_300_799_999_999;

/// A content is compared as a fingerprint is. Its first byte is the length here.
const CONTENT_BYTES_MAX: usize = size_of::<Fingerprint>() - 1;

pub(super) struct StateLines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    /// The key of the line before.
    account: String,
    serial_number: String,
    place: Place,
}

/// A state, and whose it is.
pub(super) struct StateLine<'a> {
    pub account: &'a str,
    pub serial_number: &'a str,
    /// Whether the line before was of another reservation.
    pub begins_reservation: bool,
    pub state: DeliveredState,
}

impl<R: BufRead> StateLines<R> {
    pub(super) fn new(input: R) -> StateLines<R> {
        StateLines {
            input,
            line: Vec::new(),
            number: 0,
            account: String::new(),
            serial_number: String::new(),
            place: Place { delivery_id: 0, position: 0 },
        }
    }

    /// The next state; `None`: there is none.
    pub(super) fn next(&mut self) -> Result<Option<StateLine<'_>>, CliError> {
        if !self.read().map_err(CliError::io("read the states from standard input"))? {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        let is_at_fault = |problem| Fault { number, column: None, problem };
        match self.line.pop() {
            Some(b'\n') => {}
            _ if self.line.len() >= LINE_BYTES_MAX => {
                return Err(is_at_fault(message!("worker-long", bytes = LINE_BYTES_MAX)).into());
            }
            _ => return Err(is_at_fault(message!("worker-cut-off")).into()),
        }
        let mut split = self.line.split(|byte| *byte == b'\t');
        let cells: [&[u8]; COLUMNS.len()] = std::array::from_fn(|_| split.next().unwrap_or_default());
        let count = self.line.iter().filter(|byte| **byte == b'\t').count() + 1;
        if count != COLUMNS.len() {
            return Err(is_at_fault(message!("worker-cells", count, wanted = COLUMNS.len())).into());
        }
        let at = |column: usize| move |problem| Fault { number, column: Some(COLUMNS[column]), problem };
        let account = key(cells[0]).map_err(at(0))?;
        let serial_number = key(cells[1]).map_err(at(1))?;
        let place =
            Place { delivery_id: number_of(cells[2]).map_err(at(2))?, position: number_of(cells[3]).map_err(at(3))? };
        let state = DeliveredState {
            place,
            effective_at: time(cells[4]).map_err(at(4))?,
            content: content(cells[5]).map_err(at(5))?,
            order_status: Text::from(text(cells[6]).map_err(at(6))?),
            check_date: date(cells[7]).map_err(at(7))?,
            unconfirmed_pull: match cells[8] == NULL.as_bytes() {
                true => None,
                false => Some(number_of(cells[8]).map_err(at(8))?),
            },
        };
        let begins_reservation = (account, serial_number) != (self.account.as_str(), self.serial_number.as_str());
        let unsorted = match () {
            () if account < self.account.as_str() => Some(0),
            () if account == self.account && serial_number < self.serial_number.as_str() => Some(1),
            () if begins_reservation => None,
            () if place.delivery_id < self.place.delivery_id => Some(2),
            () if place <= self.place => Some(3),
            () => None,
        };
        if let Some(column) = unsorted {
            return Err(at(column)(message!("worker-unsorted")).into());
        }
        if begins_reservation {
            account.clone_into(&mut self.account);
            serial_number.clone_into(&mut self.serial_number);
        }
        self.place = place;
        Ok(Some(StateLine { account, serial_number, begins_reservation, state }))
    }

    /// What is wrong with the line that was read last.
    pub(super) fn contradiction(&self, contradiction: Contradiction) -> CliError {
        let (column, problem) = match contradiction {
            Contradiction::LaterPull => (COLUMNS[8], message!("worker-later-pull")),
            Contradiction::ForgottenPull => (COLUMNS[8], message!("worker-forgotten-pull")),
            Contradiction::OtherPull => (COLUMNS[8], message!("worker-other-pull")),
            Contradiction::OtherTime => (COLUMNS[4], message!("worker-other-time")),
        };
        Fault { number: self.number, column: Some(column), problem }.into()
    }

    /// Reads a line with its line feed, or what is left. `false`: there is nothing.
    fn read(&mut self) -> io::Result<bool> {
        self.line.clear();
        let limited = &mut self.input.by_ref().take(LINE_BYTES_MAX as u64 + 1);
        Ok(limited.read_until(b'\n', &mut self.line)? > 0)
    }
}

/// What is wrong with a line.
struct Fault {
    number: u64,
    column: Option<&'static str>,
    problem: Message,
}

impl From<Fault> for CliError {
    fn from(Fault { number, column, problem }: Fault) -> CliError {
        CliError::Line(match column {
            Some(column) => message!("TJ-1080", line = number, column, problem),
            None => message!("TJ-1079", line = number, problem),
        })
    }
}

fn text(cell: &[u8]) -> Result<&str, Message> {
    if cell == NULL.as_bytes() {
        return Err(message!("worker-null"));
    }
    let text = str::from_utf8(cell).map_err(|_| message!("worker-no-utf-8"))?;
    if text.contains('\r') { Err(message!("worker-carriage-return")) } else { Ok(text) }
}

fn key(cell: &[u8]) -> Result<&str, Message> {
    let text = text(cell)?;
    if text.is_empty() { Err(message!("worker-empty")) } else { Ok(text) }
}

/// Digits as they are always written: a second spelling of a number would be another key to an engine.
fn number_of(cell: &[u8]) -> Result<i64, Message> {
    let text = text(cell)?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain).ok_or_else(|| message!("worker-no-number"))
}

fn time(cell: &[u8]) -> Result<DateTime<Utc>, Message> {
    let microseconds = Some(number_of(cell)?).filter(|microseconds| *microseconds <= TIME_MAX);
    microseconds.and_then(DateTime::from_timestamp_micros).ok_or_else(|| message!("worker-no-time"))
}

fn content(cell: &[u8]) -> Result<Fingerprint, Message> {
    let mut content = [0; CONTENT_BYTES_MAX + 1];
    let bytes = text(cell)?.len() / 2;
    let is_read =
        (1..=CONTENT_BYTES_MAX).contains(&bytes) && hex::decode_to_slice(cell, &mut content[1..=bytes]).is_ok();
    content[0] = bytes as u8;
    if is_read { Ok(content) } else { Err(message!("worker-no-hex", bytes = CONTENT_BYTES_MAX)) }
}

fn date(cell: &[u8]) -> Result<NaiveDate, Message> {
    let text = text(cell)?;
    let date = text.parse::<NaiveDate>().ok().filter(|date| text.len() == 10 && date.to_string() == text);
    date.ok_or_else(|| message!("worker-no-date"))
}
