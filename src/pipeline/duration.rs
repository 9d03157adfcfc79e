//! Lengths of time as people write them in files and on the command line.

use std::time::Duration;

/// A whole number and its unit: ms, s, m, h.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60 * 1_000,
        "h" => 60 * 60 * 1_000,
        _ => return None,
    };
    number.checked_mul(unit_ms).map(Duration::from_millis)
}
