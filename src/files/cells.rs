//! How values are written in a CSV cell: guards for spreadsheets, dates and times. Pure.
//!
//! Two things go wrong when a spreadsheet opens a CSV file. Text can become a *formula*: such a cell gets an apostrophe
//! in front, which shows. Text can become a *number or a date* (a long number loses digits, a code loses its zeros,
//! `101,102` becomes 101102): such a cell gets a tab in front, which does not show. Neither is itself a formula,
//! and behind a guard tab there are only the characters of numbers and dates. `="…"` is never used: it is one.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

use super::fee;
use crate::pipeline::CsvProfile;
use crate::rows::Cell;

/// Asia/Shanghai is eight hours ahead of UTC the whole year; it has had no other offset since 1991.
const SHANGHAI_AHEAD: TimeDelta = TimeDelta::hours(8);

/// Put before a text that would be a formula.
const FORMULA_GUARD: char = '\'';

/// Put before a text that would be read as a number or a date, and so be changed.
const TEXT_GUARD: char = '\t';

/// Appends a value as the profile has it: for a spreadsheet in words of the place, for programs as it is.
pub(super) fn push_cell(text: &mut String, cell: Cell<'_>, profile: CsvProfile) {
    match (cell, profile) {
        (Cell::Empty, _) => {}
        (Cell::Text(value), CsvProfile::Excel) => push_guarded(text, value),
        (Cell::Text(value), CsvProfile::Machine) => text.push_str(value),
        (Cell::Boolean(value), _) => text.push_str(if value { "true" } else { "false" }),
        (Cell::Integer(value), _) => {
            if value < 0 {
                text.push('-');
            }
            push_digits(text, value.unsigned_abs(), 1);
        }
        (Cell::Date(value), _) => push_date(text, value),
        (Cell::Time(value), CsvProfile::Excel) => push_shanghai(text, value),
        (Cell::Time(value), CsvProfile::Machine) => push_utc(text, value),
        (Cell::Fee(fen), _) => fee::push_yuan(text, fen),
    }
}

/// The text as written into a cell of a file for people.
pub fn guarded(text: &str) -> String {
    let mut cell = String::new();
    push_guarded(&mut cell, text);
    cell
}

/// Appends the text so that a spreadsheet keeps it as text.
pub(super) fn push_guarded(cell: &mut String, text: &str) {
    if would_be_formula(text) || looks_guarded(text) {
        cell.push(FORMULA_GUARD);
    } else if would_change_as_number(text) {
        cell.push(TEXT_GUARD);
    }
    cell.push_str(text);
}

/// The text without its guard, if it has one.
pub fn unguarded(cell: &str) -> &str {
    let Some(text) = cell.strip_prefix([FORMULA_GUARD, TEXT_GUARD]) else { return cell };
    let mut again = String::new();
    push_guarded(&mut again, text);
    if again == cell { text } else { cell }
}

/// Could be another text behind its guard. It gets a guard, too, so that a cell can mean only one text.
fn looks_guarded(text: &str) -> bool {
    let behind = text.trim_start_matches(FORMULA_GUARD);
    behind.len() < text.len() && would_be_formula(behind)
}

/// Starts with `= + - @` (full-width and small forms included, which East Asian spreadsheets fold), also behind blanks and
/// invisible characters that an import may drop; or starts with a control character.
fn would_be_formula(text: &str) -> bool {
    if text.starts_with(char::is_control) {
        return true;
    }
    let mut visible = text
        .chars()
        .skip_while(|&character| character.is_whitespace() || character.is_control() || is_invisible(character));
    matches!(
        visible.next(),
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\u{FE66}' | '\u{FE62}' | '\u{FE63}' | '\u{FE6B}')
    )
}

/// Soft hyphen, joiners, marks of direction and of form, byte-order mark: if a program drops them, the next character comes
/// first.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}'
            | '\u{61C}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
    )
}

/// Consists of what numbers, amounts, dates and times are written with. A single digit stays: as a number it loses
/// nothing, and people look for it as one. Longer numbers do not: a column of codes would be half text and half numbers,
/// and from the 12th digit on Excel shows them otherwise.
fn would_change_as_number(text: &str) -> bool {
    let mut has_digit = false;
    for character in text.chars() {
        match character {
            '0'..='9' | '０'..='９' => has_digit = true,
            '.' | ',' | ':' | '/' | '-' | '+' | '%' | '(' | ')' | '$' | '¥' | '￥' | 'e' | 'E' => {}
            '．' | '，' | '：' | '／' | '－' | '％' => {}
            '年' | '月' | '日' | '时' | '分' | '秒' => {}
            blank if blank.is_whitespace() => {}
            _ => return false,
        }
    }
    has_digit && text.len() > 1
}

/// Appends the number with at least so many digits. A row has a dozen of them, and `write!` takes several times as long.
pub(super) fn push_digits(text: &mut String, number: u64, digits: usize) {
    if number >= 10 || digits > 1 {
        push_digits(text, number / 10, digits.saturating_sub(1));
    }
    text.push(char::from_digit((number % 10) as u32, 10).unwrap_or('0'));
}

/// Appends `yyyy-MM-dd`.
pub(super) fn push_date(cell: &mut String, date: NaiveDate) {
    if date.year() < 0 {
        cell.push('-');
    }
    // With its sign, a year has at least four places.
    push_digits(cell, date.year().unsigned_abs().into(), if date.year() < 0 { 3 } else { 4 });
    for part in [date.month(), date.day()] {
        cell.push('-');
        push_digits(cell, part.into(), 2);
    }
}

/// Appends `HH:mm:ss`.
fn push_time(cell: &mut String, time: &impl Timelike) {
    push_digits(cell, time.hour().into(), 2);
    for part in [time.minute(), time.second()] {
        cell.push(':');
        push_digits(cell, part.into(), 2);
    }
}

/// Appends `yyyy-MM-dd HH:mm:ss` in Asia/Shanghai: what a spreadsheet takes for a time.
pub(super) fn push_shanghai(cell: &mut String, instant: DateTime<Utc>) {
    let local = shanghai(instant);
    push_date(cell, local.date());
    cell.push(' ');
    push_time(cell, &local);
}

/// Appends RFC 3339 in UTC, always with six decimals: two versions may be one microsecond apart.
pub(super) fn push_utc(cell: &mut String, instant: DateTime<Utc>) {
    push_date(cell, instant.date_naive());
    cell.push('T');
    push_time(cell, &instant);
    cell.push('.');
    push_digits(cell, (instant.timestamp_subsec_micros() % 1_000_000).into(), 6);
    cell.push('Z');
}

/// Appends `yyyyMMdd'T'HHmmss` in Asia/Shanghai, for file names.
pub(super) fn push_compact_shanghai(name: &mut String, instant: DateTime<Utc>) {
    let local = shanghai(instant);
    // Writing to a String cannot fail.
    let _ = write!(name, "{:04}{:02}{:02}", local.year(), local.month(), local.day());
    let _ = write!(name, "T{:02}{:02}{:02}", local.hour(), local.minute(), local.second());
}

/// The second that a file's name begins with, as [`push_compact_shanghai`] has written it.
pub(super) fn compact_shanghai(name: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(name.get(.."20261101T000005".len())?, "%Y%m%dT%H%M%S").ok()?;
    Some(local.checked_sub_signed(SHANGHAI_AHEAD)?.and_utc())
}

/// The time in Asia/Shanghai to the second, as it is shown.
pub(super) fn shanghai_seconds(instant: DateTime<Utc>) -> NaiveDateTime {
    let local = shanghai(instant);
    local.with_nanosecond(0).unwrap_or(local)
}

fn shanghai(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc().checked_add_signed(SHANGHAI_AHEAD).unwrap_or(NaiveDateTime::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_get_an_apostrophe() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\tx",
            "\rx",
            "\nx",
            "＝1",
            "＋1",
            "－1",
            "＠1",
            " =1",
            "\u{3000}=1",
            "\u{FEFF}=1",
            "\u{200B}@x",
            "\u{202E}=1",
            "\u{2066}\u{AD}+1",
            "\u{FE66}1",
            "\u{FE6B}x",
            "-2026",
            "-",
        ] {
            assert_eq!(guarded(text), format!("'{text}"), "{text:?}");
            assert_eq!(unguarded(&guarded(text)), text);
        }
    }

    #[test]
    fn text_that_would_change_as_number_or_date_gets_a_tab() {
        for text in [
            "330100000000",
            "20261101000000000001",
            "100637",
            "0571",
            "00",
            "1.50",
            "1E5",
            "101,102",
            "2026-11-01",
            "1/2",
            "12-1",
            "10%",
            "8:30",
            "3月1日",
            "０１",
            " 12",
            "¥12",
            "(12)",
        ] {
            assert_eq!(guarded(text), format!("\t{text}"), "{text:?}");
            assert_eq!(unguarded(&guarded(text)), text);
        }
    }

    #[test]
    fn a_text_that_looks_guarded_is_not_taken_for_another_one() {
        for text in ["'=1", "''=1", "'0571", "'\t0571", "'+", "' =1", "'''"] {
            assert_eq!(unguarded(&guarded(text)), text, "{text:?}");
        }
        assert_eq!([guarded("'=1"), guarded("=1")], ["''=1", "'=1"]);
        // An apostrophe alone is in nobody's way.
        assert_eq!(guarded("'张三'"), "'张三'");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "0", "5", "A0571", "2026年度体检", "血常规,尿常规", "a=b", "A-1", "X330100000000", "E", "()"]
        {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
    }

    #[test]
    fn no_guarded_text_can_be_a_formula() {
        for text in ["=1", "\t=1", "330100000000", "0571", "\t0571", "'=1", "1,=1"] {
            let cell = guarded(text);
            let behind_guard = cell.strip_prefix(TEXT_GUARD).unwrap_or(&cell);
            assert!(!would_be_formula(behind_guard), "{cell:?}");
        }
    }

    #[test]
    fn times_stand_in_their_zone() {
        let instant: DateTime<Utc> = "2026-10-31T16:00:05.000001Z".parse().unwrap();
        let mut cell = String::new();
        push_shanghai(&mut cell, instant);
        assert_eq!(cell, "2026-11-01 00:00:05");
        cell.clear();
        push_utc(&mut cell, instant);
        assert_eq!(cell, "2026-10-31T16:00:05.000001Z");
        cell.clear();
        push_compact_shanghai(&mut cell, instant);
        assert_eq!(cell, "20261101T000005");
        cell.push_str("_7.csv");
        assert_eq!(compact_shanghai(&cell), Some("2026-10-31T16:00:05Z".parse().unwrap()));
        for other in
            ["", "20261101T00000", "20261301T000005", "delta_000001_20", "2026-11-01T000005", "二〇二六年十一月"]
        {
            assert_eq!(compact_shanghai(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_and_dates_are_written_as_the_standard_library_does() {
        for number in [i64::MIN, -10, -1, 0, 7, 10, 1_000_000, i64::MAX] {
            let mut cell = String::new();
            push_cell(&mut cell, Cell::Integer(number), CsvProfile::Machine);
            assert_eq!(cell, number.to_string());
        }
        for (year, month, day) in
            [(1, 1, 1), (999, 9, 9), (2026, 11, 30), (12_345, 12, 31), (0, 1, 1), (-7, 2, 3), (-12_345, 6, 1)]
        {
            let mut cell = String::new();
            push_date(&mut cell, NaiveDate::from_ymd_opt(year, month, day).unwrap());
            assert_eq!(cell, format!("{year:04}-{month:02}-{day:02}"));
        }
    }

    #[test]
    fn the_last_instant_does_not_overflow() {
        let mut cell = String::new();
        push_shanghai(&mut cell, DateTime::<Utc>::MAX_UTC);
        assert!(cell.ends_with("23:59:59"), "{cell}");
    }
}
