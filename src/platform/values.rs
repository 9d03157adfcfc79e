//! Reads an envelope's values in every form that can only mean one thing: the value, or its text.

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use serde_json::Value;

use crate::platform::arrive_date::SHANGHAI_SECONDS;

/// Seconds since the epoch have ten digits from 2001 to 2286; as milliseconds, they would be a day of early 1970.
const SECONDS: std::ops::RangeInclusive<i64> = 1_000_000_000..=9_999_999_999;

/// A whole number: `200`, `"200"`, `200.0`, `"200.00"`.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole_number(&number.to_string())),
        Value::String(text) => whole_number(text.trim()),
        _ => None,
    }
}

fn whole_number(text: &str) -> Option<i64> {
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|zero| zero == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    digits.parse().ok()
}

/// Yes or no: `true`, `"true"`, `1`, `"1"`, `"Y"`, `"yes"`, in letters of any size, and their opposites.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    if let Value::Bool(is_true) = value {
        return Some(*is_true);
    }
    match integer(value) {
        Some(1) => return Some(true),
        Some(0) => return Some(false),
        _ => {}
    }
    let text = value.as_str()?.trim();
    let is_one_of = |words: [&str; 3]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match (is_one_of(["true", "yes", "y"]), is_one_of(["false", "no", "n"])) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// A moment in milliseconds since the epoch: written so, in seconds, or as date and time, which are Beijing's unless they
/// say otherwise.
pub(super) fn timestamp(value: &Value) -> Option<i64> {
    match integer(value) {
        Some(seconds) if SECONDS.contains(&seconds) => Some(seconds * 1000),
        Some(milliseconds) => Some(milliseconds),
        None => date_and_time(value.as_str()?.trim()),
    }
}

fn date_and_time(text: &str) -> Option<i64> {
    let text = text.replacen('T', " ", 1);
    let beijing = FixedOffset::east_opt(SHANGHAI_SECONDS).expect("eight hours fit a day");
    let time = match NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f") {
        Ok(time) => time.and_local_timezone(beijing).single()?,
        Err(_) => DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?,
    };
    Some(time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_whole_number_may_be_written_as_text_and_with_zeros_behind_the_point() {
        for (text, number) in [
            ("200", Some(200)),
            ("\" 200 \"", Some(200)),
            ("200.0", Some(200)),
            ("\"200.0\"", Some(200)),
            ("\"200.000\"", Some(200)),
            ("2e2", Some(200)),
            ("-42", Some(-42)),
            ("\"-42.0\"", Some(-42)),
            ("1764345600000.0", Some(1_764_345_600_000)),
            ("9223372036854775807", Some(i64::MAX)),
            ("200.5", None),
            ("\"200.5\"", None),
            ("\"200.05\"", None),
            ("\"200.\"", None),
            ("\".0\"", None),
            ("\"200.0.0\"", None),
            ("\"\"", None),
            ("\"two\"", None),
            ("99999999999999999999", None),
            ("1e300", None),
            ("true", None),
            ("null", None),
            ("[200]", None),
        ] {
            assert_eq!(integer(&json(text)), number, "{text}");
        }
    }

    #[test]
    fn yes_and_no_have_many_forms() {
        for (texts, expected) in [
            (&["true", "\" true\"", "\"TRUE\"", "1", "1.0", "\"1\"", "\"Y\"", "\"y\"", "\"Yes\""][..], Some(true)),
            (&["false", "\"False \"", "0", "0.0", "\"0\"", "\"N\"", "\"n\"", "\"no\""], Some(false)),
            (&["2", "-1", "200", "\"ok\"", "\"success\"", "\"\"", "\"t\"", "null", "[true]", "{}"], None),
        ] {
            for text in texts {
                assert_eq!(boolean(&json(text)), expected, "{text}");
            }
        }
    }

    #[test]
    fn a_moment_is_in_milliseconds_seconds_or_by_the_clock_of_beijing() {
        let moment = 1_795_802_400_000;
        for (text, expected) in [
            ("1795802400000", Some(moment)),
            ("\"1795802400000\"", Some(moment)),
            ("1795802400", Some(moment)),
            ("\"1795802400\"", Some(moment)),
            ("\"2026-11-28 02:00:00\"", Some(moment)),
            ("\" 2026-11-28 02:00:00.125 \"", Some(moment + 125)),
            ("\"2026-11-28T02:00:00\"", Some(moment)),
            ("\"2026-11-27T18:00:00Z\"", Some(moment)),
            ("\"2026-11-27T18:00:00.000+0000\"", Some(moment)),
            ("\"2026-11-28T02:00:00+08:00\"", Some(moment)),
            ("\"2026-11-28 02:00:00.5+08:00\"", Some(moment + 500)),
            // Ten digits, and no others.
            ("1000000000", Some(1_000_000_000_000)),
            ("9999999999", Some(9_999_999_999_000)),
            ("999999999", Some(999_999_999)),
            ("10000000000", Some(10_000_000_000)),
            ("-1795802400", Some(-1_795_802_400)),
            ("5", Some(5)),
            ("\"2026-11-28\"", None),
            ("\"28.11.2026 02:00:00\"", None),
            ("\"2026-11-31 02:00:00\"", None),
            ("\"2026-11-28 02:00:00 PST\"", None),
            ("\"soon\"", None),
            ("\"\"", None),
            ("1795802400.5", None),
            ("true", None),
            ("null", None),
        ] {
            assert_eq!(timestamp(&json(text)), expected, "{text}");
        }
    }
}
