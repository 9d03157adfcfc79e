//! A list of arrivals as CSV: lines become arrivals, or problems that name the line but none of its values.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use csv::{ByteRecord, Position, ReaderBuilder, Trim};

use crate::reservation::{Field, NewArrival};
use crate::wording::{Message, Spoken, display_in_english, message};

/// The byte-order mark that Excel writes before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The columns, in the platform's spelling.
const SERIAL_NUMBER: &str = "serialNumber";
const ARRIVE_DATE: &str = "arriveDate";

/// How people and spreadsheets write a time by the hospital's clock.
const TIMES: [&str; 5] =
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S"];

/// Asia/Shanghai's distance from UTC; it has had no summer time since 1991.
const SHANGHAI: TimeDelta = TimeDelta::hours(8);

/// Seconds since the epoch of 2000-01-01 and 2100-01-01: what the inbox can hold. An hour as days, or two digits of a year,
/// are outside.
const SECONDS: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// A list that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ArrivalList {
    /// Each with its line, counted from 1, the header included.
    pub arrivals: Vec<(u64, NewArrival)>,
    /// Lines that cannot be used.
    pub bad_lines: Vec<(u64, BadLine)>,
}

/// Why a line cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadLine {
    Cells,
    SerialNumber,
    ArriveDate,
}

impl Spoken for BadLine {
    fn message(&self) -> Message {
        match self {
            BadLine::Cells => message!("TJ-6421"),
            BadLine::SerialNumber => message!("TJ-6422"),
            BadLine::ArriveDate => message!("TJ-6423"),
        }
    }
}

display_in_english!(BadLine);

/// Why nothing of a list can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    Empty,
    Header(usize),
    NoSerialNumber,
    Form(u64),
}

impl Spoken for ListError {
    fn message(&self) -> Message {
        match self {
            ListError::Empty => message!("TJ-6411"),
            ListError::Header(cell) => message!("TJ-6412", cell),
            ListError::NoSerialNumber => message!("TJ-6413"),
            ListError::Form(line) => message!("TJ-6414", line),
        }
    }
}

display_in_english!(ListError);

/// Reads a list. One bad line does not keep the others from being used; a bad header does, since it may mean anything.
pub fn read_arrival_list(bytes: &[u8]) -> Result<ArrivalList, ListError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut read = |record: &mut ByteRecord| {
        reader.read_byte_record(record).map_err(|error| ListError::Form(error.position().map_or(0, Position::line)))
    };
    if !read(&mut record)? {
        return Err(ListError::Empty);
    }
    let columns = Columns::of(&record)?;
    let mut list = ArrivalList::default();
    let mut lines = Lines { bytes, counted: 0, line: 1 };
    while read(&mut record)? {
        let line = lines.line_of(&record);
        match columns.arrival(&record) {
            Ok(arrival) => list.arrivals.push((line, arrival)),
            Err(bad) => list.bad_lines.push((line, bad)),
        }
    }
    Ok(list)
}

/// Counts lines as an editor does. (A record's own position is where the one before it ended: empty lines are not behind it.)
struct Lines<'a> {
    bytes: &'a [u8],
    /// Line ends among the bytes before this one are counted.
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    fn line_of(&mut self, record: &ByteRecord) -> u64 {
        let from = record.position().map_or(0, Position::byte) as usize;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let start = from + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.bytes.get(self.counted..start).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = self.counted.max(start);
        self.line
    }
}

/// The places of the columns.
struct Columns {
    serial_number: usize,
    arrive_date: Option<usize>,
    cells: usize,
}

impl Columns {
    fn of(header: &ByteRecord) -> Result<Columns, ListError> {
        let (mut serial_number, mut arrive_date) = (None, None);
        for (at, cell) in header.iter().enumerate() {
            let column = if cell.eq_ignore_ascii_case(SERIAL_NUMBER.as_bytes()) {
                &mut serial_number
            } else if cell.eq_ignore_ascii_case(ARRIVE_DATE.as_bytes()) {
                &mut arrive_date
            } else {
                return Err(ListError::Header(at + 1));
            };
            if column.replace(at).is_some() {
                return Err(ListError::Header(at + 1));
            }
        }
        let serial_number = serial_number.ok_or(ListError::NoSerialNumber)?;
        Ok(Columns { serial_number, arrive_date, cells: header.len() })
    }

    fn arrival(&self, record: &ByteRecord) -> Result<NewArrival, BadLine> {
        if record.iter().skip(self.cells).any(|cell| !cell.is_empty()) {
            return Err(BadLine::Cells);
        }
        let text = |at: usize| std::str::from_utf8(record.get(at).unwrap_or_default()).ok();
        let serial_number = text(self.serial_number).and_then(serial_number).ok_or(BadLine::SerialNumber)?;
        let arrived_at = match self.arrive_date.map(text) {
            None | Some(Some("")) => None,
            Some(given) => Some(given.and_then(arrival_time).ok_or(BadLine::ArriveDate)?),
        };
        Ok(NewArrival { serial_number, arrived_at })
    }
}

/// A serial number as the inbox can hold it, without blanks around it.
pub fn serial_number(text: &str) -> Option<String> {
    let text = text.trim();
    let is_usable = !text.is_empty()
        && text.chars().count() <= Field::SerialNumber.characters_max()
        && !text.chars().any(char::is_control);
    is_usable.then(|| text.to_owned())
}

/// A time by the hospital's clock, or one that names its distance from UTC.
pub fn arrival_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let by_clock = || TIMES.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let time = match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.to_utc(),
        Err(_) => by_clock()?.checked_sub_signed(SHANGHAI)?.and_utc(),
    };
    SECONDS.contains(&time.timestamp()).then_some(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arrival(serial_number: &str, arrived_at: &str) -> NewArrival {
        let arrived_at = (!arrived_at.is_empty()).then(|| arrived_at.parse().unwrap());
        NewArrival { serial_number: serial_number.to_owned(), arrived_at }
    }

    #[test]
    fn a_list_is_read_as_people_and_spreadsheets_write_it() {
        let expected = [
            (2, arrival("A-1", "2026-11-25T00:10:00Z")),
            (3, arrival("A-2", "2026-11-25T00:10:00Z")),
            (5, arrival("A-3", "")),
        ];
        for text in [
            "serialNumber,arriveDate\nA-1,2026-11-25 08:10:00\nA-2,2026-11-25 08:10\n\nA-3,\n",
            "\u{feff}serialnumber,ARRIVEDATE\r\nA-1,2026/11/25 8:10\r\nA-2,2026-11-25T08:10:00+08:00\r\n\r\nA-3\r\n",
            "arriveDate , serialNumber\n2026/11/25 8:10:00,A-1\n\"2026-11-25T08:10:00\",\"A-2\"\n\n,\tA-3",
        ] {
            let list = read_arrival_list(text.as_bytes()).unwrap();
            assert_eq!(list.bad_lines, [], "{text}");
            assert_eq!(list.arrivals, expected, "{text}");
        }
        let alone = read_arrival_list(b"serialNumber\nA-1\n").unwrap();
        assert_eq!(alone.arrivals, [(2, arrival("A-1", ""))]);
    }

    #[test]
    fn a_bad_line_is_told_by_its_number_and_does_not_stop_the_others() {
        let mut text = b"serialNumber,arriveDate\n".to_vec();
        for line in [
            "A-1,yesterday",
            "A-2,26-11-25 08:10",
            "A-3,2026-02-30 08:10",
            ",2026-11-25 08:10",
            "A-4,2026-11-25 08:10,more",
            "A\u{0}5,",
            "A-6,2026-11-25 08:10,,",
        ] {
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        text.extend_from_slice(b"\xd5\xc5\xc8\xfd,\n");
        text.extend_from_slice("甲".repeat(501).as_bytes());
        let list = read_arrival_list(&text).unwrap();
        assert_eq!(list.arrivals, [(8, arrival("A-6", "2026-11-25T00:10:00Z"))]);
        let expected = [
            (2, BadLine::ArriveDate),
            (3, BadLine::ArriveDate),
            (4, BadLine::ArriveDate),
            (5, BadLine::SerialNumber),
            (6, BadLine::Cells),
            (7, BadLine::SerialNumber),
            (9, BadLine::SerialNumber),
            (10, BadLine::SerialNumber),
        ];
        assert_eq!(list.bad_lines, expected);
    }

    #[test]
    fn a_header_that_may_mean_anything_is_refused() {
        for (text, error) in [
            ("", ListError::Empty),
            ("\u{feff}", ListError::Empty),
            ("A-1,2026-11-25 08:10:00\n", ListError::Header(1)),
            ("serialNumber,ariveDate\nA-1,2026-11-25 08:10:00\n", ListError::Header(2)),
            ("serialNumber,serialNumber\n", ListError::Header(2)),
            ("serialNumber;arriveDate\n", ListError::Header(1)),
            ("arriveDate\n", ListError::NoSerialNumber),
        ] {
            assert_eq!(read_arrival_list(text.as_bytes()), Err(error), "{text}");
        }
        let utf16: Vec<u8> = "serialNumber\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_arrival_list(&utf16), Err(ListError::Header(1)));
    }

    proptest! {
        /// Whatever comes in becomes arrivals that the inbox can hold, or problems of lines that are there.
        #[test]
        fn arbitrary_bytes_never_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            lines in "([A-Z0-9,:/ \"\r\n+-]|\u{0}|甲|2026-11-25 08:10){0,60}",
        ) {
            for text in [&bytes, lines.as_bytes()] {
                let with_header = [b"serialNumber,arriveDate\n", text].concat();
                let _ = read_arrival_list(text);
                let Ok(list) = read_arrival_list(&with_header) else { continue };
                let line_ends = with_header.iter().filter(|byte| **byte == b'\n').count() as u64;
                let numbers = list.arrivals.iter().map(|(line, _)| *line).chain(list.bad_lines.iter().map(|(line, _)| *line));
                prop_assert!(numbers.into_iter().all(|line| (1..=line_ends + 1).contains(&line)));
                for (_, arrival) in list.arrivals {
                    prop_assert!(!arrival.serial_number.contains(char::is_control));
                    prop_assert!(arrival.arrived_at.is_none_or(|time| SECONDS.contains(&time.timestamp())));
                }
            }
            let _ = arrival_time(&lines);
        }
    }
}
