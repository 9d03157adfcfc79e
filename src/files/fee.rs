//! Money on its way into a file: exact fen (1/100 yuan) as integers, never a binary float.

use std::fmt::Write;

use super::cells;

/// Digits behind the point.
pub(super) const SCALE: i8 = 2;

/// Digits of a fee: it is `numeric(12, 2)` in the warehouse.
pub(super) const PRECISION: u8 = 12;

/// Whether so many digits hold the amount, two of them behind the point.
pub(super) fn has_room(fen: i128, digits: u8) -> bool {
    10u128.checked_pow(digits.into()).is_none_or(|end| fen.unsigned_abs() < end)
}

/// The amount in yuan with exactly two decimals.
pub(super) fn yuan(fen: i128) -> String {
    let mut text = String::new();
    push_yuan(&mut text, fen);
    text
}

/// Appends the amount in yuan with exactly two decimals.
pub(super) fn push_yuan(text: &mut String, fen: i128) {
    if fen < 0 {
        text.push('-');
    }
    let fen = fen.unsigned_abs();
    match u64::try_from(fen) {
        Ok(fen) => {
            cells::push_digits(text, fen / 100, 1);
            text.push('.');
            cells::push_digits(text, fen % 100, 2);
        }
        // A sum that no hospital takes. (Writing to a String cannot fail.)
        Err(_) => drop(write!(text, "{}.{:02}", fen / 100, fen % 100)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::fen;

    #[test]
    fn amounts_keep_two_decimals_and_their_sign() {
        for (yuan, expected) in [
            ("0", "0.00"),
            ("2881", "2881.00"),
            ("2881.5", "2881.50"),
            ("2881.000", "2881.00"),
            ("-0.05", "-0.05"),
            ("-12.3", "-12.30"),
            ("9999999999.99", "9999999999.99"),
            ("-0.99", "-0.99"),
        ] {
            assert_eq!(super::yuan(fen(yuan.parse().unwrap()).unwrap()), expected, "{yuan}");
        }
    }

    #[test]
    fn amounts_of_any_size_are_written_out() {
        for (fen, expected) in [
            (0, "0.00"),
            (-1, "-0.01"),
            (i128::from(u64::MAX), "184467440737095516.15"),
            (i128::from(u64::MAX) + 1, "184467440737095516.16"),
            (i128::MIN, "-1701411834604692317316873037158841057.28"),
        ] {
            assert_eq!(super::yuan(fen), expected);
        }
    }

    #[test]
    fn amounts_that_would_lose_digits_are_told() {
        assert_eq!(fen("0.001".parse().unwrap()), None);
        for yuan in ["10000000000", "-10000000000.00", "79228162514264337593543950335"] {
            let fen = fen(yuan.parse().unwrap()).unwrap();
            assert!(!has_room(fen, PRECISION), "{yuan}");
        }
        assert!(has_room(1_000_000_000_000, PRECISION + 1));
        assert!(has_room(i128::MAX, u8::MAX));
    }
}
