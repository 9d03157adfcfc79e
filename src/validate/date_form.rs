//! Dates in the forms of other serialisers, where one day only can be meant.
//!
//! A date with a time of day is none, unless that is midnight in Shanghai: a serialiser wrote a day as a moment. Summer time
//! counts, since serialisers know it: a birth on 1988-06-05 is written `1988-06-04T15:00:00Z`.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike};

use super::date;
use super::form::{integer, is_digits, is_zeros};
use super::record::Scalar;
use crate::reservation::Field;

/// The separators after each part. Year first, since nobody writes year, day, month.
const SEPARATORS: [[&str; 3]; 4] = [["-", "-", ""], ["/", "/", ""], [".", ".", ""], ["年", "月", "日"]];

/// First and last days (`yyyyMMdd`) whose midnight was nine hours ahead of UTC in Shanghai, as the time zone database has
/// them. That of 1988 began a week earlier there until 2018, and with serialisers that are older.
const SUMMER_TIMES: [(i32, i32); 14] = [
    (19190414, 19190930),
    (19400602, 19401012),
    (19410316, 19411101),
    (19420201, 19450901),
    (19460516, 19460930),
    (19470416, 19471031),
    (19480502, 19480930),
    (19490502, 19490527),
    (19860505, 19860914),
    (19870413, 19870913),
    (19880411, 19880911),
    (19890417, 19890917),
    (19900416, 19900916),
    (19910415, 19910915),
];

/// The day that is written in another form than `yyyy-MM-dd`.
pub(super) fn read(field: Field, value: &Scalar<'_>) -> Option<NaiveDate> {
    match value {
        Scalar::Text(text) => from_text(field, text.trim_matches(' ')),
        Scalar::Number(number) => from_number(field, integer(number)?),
        Scalar::Nested(json) => from_parts(json),
        _ => None,
    }
}

fn from_text(field: Field, text: &str) -> Option<NaiveDate> {
    if is_digits(text.strip_prefix('-').unwrap_or(text)) {
        return from_number(field, text.parse().ok()?);
    }
    match text.split_once(['T', ' ']) {
        Some((day, time)) => from_time(from_day(day)?, time),
        None => from_day(text),
    }
}

fn from_day(text: &str) -> Option<NaiveDate> {
    SEPARATORS.iter().find_map(|[after_year, after_month, after_day]| {
        let (year, rest) = text.strip_suffix(after_day)?.split_once(after_year)?;
        let (month, day) = rest.split_once(after_month)?;
        date::from_parts(part(year, 4..=4)?, part(month, 1..=2)?, part(day, 1..=2)?)
    })
}

/// `day`, if `time` is midnight; with a zone, the day in Shanghai, if it is midnight there.
fn from_time(day: NaiveDate, time: &str) -> Option<NaiveDate> {
    let (clock, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
    let time = time_of_day(clock)?;
    if zone.is_empty() {
        return (time == NaiveTime::MIN).then_some(day);
    }
    let moment = day.and_time(time).and_utc().timestamp() - seconds_east(zone)?;
    midnight_in_shanghai(moment * 1_000)
}

/// `HH:mm`, `HH:mm:ss`, `HH:mm:ss.000`.
fn time_of_day(clock: &str) -> Option<NaiveTime> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let time = NaiveTime::from_hms_opt(part(hour, 1..=2)?, part(minute, 2..=2)?, part(second, 2..=2)?);
    time.filter(|_| is_zeros(fraction))
}

/// `Z`, `+08`, `+0800`, `+08:00`.
fn seconds_east(zone: &str) -> Option<i64> {
    let (sign, offset) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(0),
        ("+", offset) => (1, offset),
        ("-", offset) => (-1, offset),
        _ => return None,
    };
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        None if offset.len() == 2 => (offset, "00"),
        None => offset.split_at_checked(2)?,
    };
    let offset = NaiveTime::from_hms_opt(part(hours, 2..=2)?, part(minutes, 2..=2)?, 0)?;
    Some(sign * i64::from(offset.num_seconds_from_midnight()))
}

/// `yyyyMMdd`, `yyyyMMdd000000`, or milliseconds since 1970 at a midnight. No number is two of them: as milliseconds, the
/// first are within the morning of 1970-01-01, the second behind the year 2199. `yyyyMMddHHmm` is not read: what looks like it
/// may be milliseconds, of 1976.
fn from_number(field: Field, number: i64) -> Option<NaiveDate> {
    let day = match number {
        19_000_101..=21_991_231 => number,
        19_000_101_000_000..=21_991_231_000_000 if number % 1_000_000 == 0 => number / 1_000_000,
        _ if is_minute(number) => return None,
        // Seconds, of which one in a thousand midnights is a day around 1970 in milliseconds, too. No appointment is there, but
        // births do: the milliseconds of every day from 1969-12-07 to 1970-03-26 may be seconds, and people born then would
        // always be refused. If births are in seconds, so are appointments, and refusing these refuses the record; if only
        // births are, 999 in a thousand of them are refused.
        _ if field == Field::CheckDate && number.checked_mul(1_000).and_then(midnight_in_shanghai).is_some() => {
            return None;
        }
        _ => return midnight_in_shanghai(number),
    };
    date::from_parts((day / 10_000) as u32, (day / 100 % 100) as u32, (day % 100) as u32)
}

/// `yyyyMMddHHmm`, of a year that may be meant.
fn is_minute(number: i64) -> bool {
    let (day, hour, minute) = (number / 10_000, number / 100 % 100, number % 100);
    (19_000_101..=21_991_231).contains(&day)
        && date::from_parts((day / 10_000) as u32, (day / 100 % 100) as u32, (day % 100) as u32).is_some()
        && hour < 24
        && minute < 60
}

/// `[2026,12,6]`, with zeros behind it where a time was meant, too.
fn from_parts(json: &str) -> Option<NaiveDate> {
    let parts: Vec<u32> = serde_json::from_str(json).ok()?;
    match parts[..] {
        [year, month, day, ref time @ ..] if time.iter().all(|part| *part == 0) => date::from_parts(year, month, day),
        _ => None,
    }
}

fn part(digits: &str, lengths: RangeInclusive<usize>) -> Option<u32> {
    if is_digits(digits) && lengths.contains(&digits.len()) { digits.parse().ok() } else { None }
}

/// The day that began in Shanghai at this moment. Eight hours ahead of UTC count in summer time, too: not every serialiser
/// has the zone's rules. What is midnight by one of both is not by the other, so there is one day only.
fn midnight_in_shanghai(milliseconds: i64) -> Option<NaiveDate> {
    [8, 9].into_iter().find_map(|hours| {
        let local = DateTime::from_timestamp_millis(milliseconds.checked_add(hours * 3_600_000)?)?.naive_utc();
        let day = Some(local.date()).filter(date::is_accepted)?;
        let number = day.year() * 10_000 + day.month() as i32 * 100 + day.day() as i32;
        let is_in_force = hours == 8 || SUMMER_TIMES.iter().any(|(first, last)| (first..=last).contains(&&number));
        (is_in_force && local.time() == NaiveTime::MIN).then_some(day)
    })
}

#[cfg(test)]
mod tests;
