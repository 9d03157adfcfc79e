//! Money on its way into a file: exact fen (1/100 yuan) as integers, never a binary float.

use std::fmt::Write;

use rust_decimal::Decimal;

use super::cells;

/// Digits of a fee: `numeric(12,2)` in the warehouse, Decimal128(12,2) in Parquet.
pub(super) const PRECISION: u8 = 12;
/// Digits behind the point.
pub(super) const SCALE: i8 = 2;

/// The fee in fen; `None` when numeric(12,2) cannot hold it exactly.
pub(super) fn fen(yuan: Decimal) -> Option<i128> {
    fen_within(yuan, PRECISION)
}

/// The amount in fen; `None` when `precision` digits, two of them behind the point, cannot hold it exactly.
pub(super) fn fen_within(yuan: Decimal, precision: u8) -> Option<i128> {
    let end = 10u128.checked_pow(precision.into())?;
    amount_fen(yuan).filter(|fen| fen.unsigned_abs() < end)
}

/// A sum or difference of fees in fen; `None` where there is part of a fen.
pub(super) fn amount_fen(yuan: Decimal) -> Option<i128> {
    let yuan = if yuan.scale() > SCALE as u32 { yuan.normalize() } else { yuan };
    let missing_digits = (SCALE as u32).checked_sub(yuan.scale())?;
    yuan.mantissa().checked_mul(10i128.pow(missing_digits))
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
    fn amounts_that_would_lose_digits_are_refused() {
        for yuan in ["0.001", "10000000000", "-10000000000.00", "79228162514264337593543950335"] {
            assert_eq!(fen(yuan.parse().unwrap()), None, "{yuan}");
        }
        assert_eq!(fen_within("10000000000".parse().unwrap(), PRECISION + 1), Some(1_000_000_000_000));
    }
}
