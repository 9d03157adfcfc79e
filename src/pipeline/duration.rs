//! Lengths of time as people write them in files and on the command line.

use std::time::Duration;

/// A whole number and its unit: ms, s, m, h.
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "write a whole number and its unit, like 200ms, 90s, 10m or 24h";
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit()).ok_or(FORM)?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().map_err(|_| FORM)?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60 * 1_000,
        "h" => 60 * 60 * 1_000,
        _ => return Err(FORM),
    };
    number.checked_mul(unit_ms).map(Duration::from_millis).ok_or(FORM)
}
