//! The text of a decimal number, read digit by digit: exact at any length, no binary float, no allocation.

use std::num::IntErrorKind;

/// A decimal number, read from its text. Equal for texts of the same number, as long as the digits fit.
#[derive(Debug, PartialEq)]
pub(super) struct DecimalText {
    /// Never for zero.
    pub(super) is_negative: bool,
    /// Digits before the decimal point, from the first that is not 0; zero or less for numbers below one.
    pub(super) integer_digits: i64,
    /// Digits after the decimal point, up to the last that is not 0; zero or less for whole numbers.
    pub(super) decimals: i64,
    /// The digits without the point and without zeros at either end; `None` for more than 18.
    pub(super) significand: Option<i64>,
}

impl DecimalText {
    /// Reads `[+-]digits[.digits][e[+-]digits]`. A text may have the freedoms that a JSON number has not: a plus sign,
    /// leading zeros, a bare point. `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<DecimalText> {
        let is_negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if mantissa.len() <= mantissa.contains('.').into() || !digits().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let Some(first) = digits().position(|digit| digit != b'0') else {
            return Some(DecimalText { is_negative: false, integer_digits: 0, decimals: 0, significand: Some(0) });
        };
        let count = whole.len() + fraction.len();
        let end = count - digits().rev().take_while(|digit| *digit == b'0').count();
        let significand = digits()
            .take(end)
            .try_fold(0_i64, |significand, digit| significand.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
        // Lengths of texts in memory are far below the range of i64.
        let (whole_digits, first, end) = (whole.len() as i64, first as i64, end as i64);
        Some(DecimalText {
            is_negative,
            integer_digits: whole_digits - first + exponent,
            decimals: end - whole_digits - exponent,
            significand,
        })
    }

    /// The number, if it is an integer and fits.
    pub(super) fn integer(&self) -> Option<i128> {
        let zeros = u32::try_from(-self.decimals).ok()?;
        let size = i128::from(self.significand?).checked_mul(10_i128.checked_pow(zeros)?)?;
        Some(if self.is_negative { -size } else { size })
    }
}

/// Reads an exponent. One beyond any reasonable size stays beyond it, without overflowing sums.
fn parse_exponent(text: &str) -> Option<i64> {
    const BEYOND: i64 = 1 << 48;
    match text.parse::<i64>() {
        Ok(exponent) => Some(exponent.clamp(-BEYOND, BEYOND)),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow => Some(BEYOND),
            IntErrorKind::NegOverflow => Some(-BEYOND),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_number_are_equal() {
        for texts in
            [&["2881.00", "2881.0", "2881", "28.81e2", "288100E-2", "+02881."][..], &["0", "-0.0", "0e9", ".0"]]
        {
            for text in texts {
                assert_eq!(DecimalText::parse(text), DecimalText::parse(texts[0]), "{text}");
            }
        }
        assert_ne!(DecimalText::parse("1"), DecimalText::parse("-1"));
        assert_ne!(DecimalText::parse("1"), DecimalText::parse("10"));
    }

    #[test]
    fn digits_are_counted_on_both_sides() {
        let expected = DecimalText { is_negative: true, integer_digits: 2, decimals: 1, significand: Some(-0) };
        assert_eq!(DecimalText::parse("-0012.30"), Some(DecimalText { significand: Some(123), ..expected }));
        let long = DecimalText::parse("0.1000000000000000000000000000000001").unwrap();
        assert_eq!((long.decimals, long.significand), (34, None));
    }

    #[test]
    fn integers_are_told_from_fractions() {
        let integer = |text: &str| DecimalText::parse(text).unwrap().integer();
        for (text, expected) in [
            ("0", Some(0)),
            ("12", Some(12)),
            ("-1200.0", Some(-1200)),
            ("1.2e3", Some(1200)),
            ("1e38", Some(10_i128.pow(38))),
            ("2e38", None),
            ("1e39", None),
            ("1e999999999999", None),
            ("0.5", None),
            ("1234567890123456789012345", None),
        ] {
            assert_eq!(integer(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in
            ["", "-", ".", "+.", "e1", "1e", "1e+", "1e1.5", "--1", "1 ", "1,0", "1.2.3", "NaN", "inf", "１", "0x1"]
        {
            assert_eq!(DecimalText::parse(text), None, "{text}");
        }
    }
}
