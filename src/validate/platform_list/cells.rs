//! Reads the cells of a list, as people, back offices and Excel write them.

use chrono::{Days, NaiveDate};

use crate::reservation::Field;
use crate::validate::decimal::DecimalText;
use crate::validate::{date as calendar, fee, identity};

/// Day 0 of Excel's count, as far as dates from March 1900 on are concerned.
const EXCEL_DAY_ZERO: NaiveDate = NaiveDate::from_ymd_opt(1899, 12, 30).expect("a day of the calendar");

/// Days of 2000-01-01 and 2100-01-01 in Excel's count: a number outside is no day of an appointment.
const EXCEL_DAYS: std::ops::Range<u64> = 36_526..73_051;

/// Replaces a character that could not be read.
const UNREADABLE: char = '\u{FFFD}';

/// The text without what keeps it text in a spreadsheet (`="…"`, an apostrophe, a tab) and without blanks around it.
pub(super) fn plain(cell: &str) -> &str {
    let is_around = |sign: char| sign.is_whitespace() || sign.is_control() || matches!(sign, '\u{FEFF}' | '\u{200B}');
    let text = cell.trim_matches(is_around);
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    text.strip_prefix('\'').unwrap_or(text).trim_matches(is_around)
}

/// The text as words are compared: without blanks, in lower case.
pub(super) fn folded(text: &str) -> String {
    plain(text).chars().filter(|sign| !sign.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// A heading as headings are compared: also without underscores, marks, and a unit in brackets behind it.
pub(super) fn folded_heading(text: &str) -> String {
    let text = folded(text);
    let name = text.split(['(', '（']).next().unwrap_or_default();
    name.chars().filter(|sign| !matches!(sign, '_' | '*' | ':' | '：')).collect()
}

/// A reservation's number. `None` where Excel has made a number of it and lost its digits, where it cannot be read, and where
/// it is longer than any is.
pub(super) fn serial_number(text: &str) -> Option<String> {
    let is_usable = text.chars().count() <= Field::SerialNumber.characters_max()
        && !text.chars().any(|sign| sign.is_control() || sign == UNREADABLE)
        && !has_exponent(text);
    is_usable.then(|| text.to_owned())
}

/// `1.23457E+14`: what Excel makes of a long number.
fn has_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    whole.len() == 1 && [whole, fraction, exponent].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A day: `2026-12-06`, `2026/12/6`, `2026.12.6`, `2026年12月6日`, `20261206`, each with a time behind it or not; or a number of
/// days as Excel counts them.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let (day, time) = text.split_once([' ', 'T', '\u{3000}']).unwrap_or((text, ""));
    if !time.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, ':' | '.' | '-' | '+' | '~' | ' ' | 'Z')) {
        return None;
    }
    let is_number = day.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && day.len() == 8 {
        return calendar::from_digits(day.as_bytes().try_into().ok()?);
    }
    let (whole, fraction) = day.split_once('.').unwrap_or((day, ""));
    if whole.len() == 5 && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        let days = whole.parse().ok().filter(|days| EXCEL_DAYS.contains(days))?;
        return EXCEL_DAY_ZERO.checked_add_days(Days::new(days));
    }
    let day = day.strip_suffix('日').unwrap_or(day);
    let mut parts = day.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    // Eight digits only where month and day have one or two.
    calendar::from_digits(format!("{year}{month:0>2}{day:0>2}").as_bytes().try_into().ok()?)
}

/// A fee in fen: with or without thousands separators, a sign of the currency, and 元 behind it.
pub(super) fn fen(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(['¥', '￥']).trim_start();
    let text = text.strip_suffix('元').unwrap_or(text).trim_end();
    let number = match text.split_once([',', '，']) {
        None => text.to_owned(),
        Some(_) => without_thousands(text)?,
    };
    fee::to_cents(&DecimalText::parse(&number)?)
}

/// `1,234.00` without its commas, if they are in the right places.
fn without_thousands(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut groups = whole.split([',', '，']);
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let is_right = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let whole: String = whole.chars().filter(|sign| !matches!(sign, ',' | '，')).collect();
    is_right.then(|| fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}")))
}

/// Whether a value in the column of a reservation's number could be a person's: a name, or the number of an identity card.
/// Such a text is not written anywhere.
pub fn may_name_a_person(text: &str) -> bool {
    !text.is_ascii() || identity::is_identity_number(text)
}
