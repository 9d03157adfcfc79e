//! Rules of the fee: an exact decimal in yuan that `numeric(12,2)` can hold.
//!
//! Reads digits, never a binary float, and never lets a library round: what does not fit is a problem.

use rust_decimal::Decimal;

use super::decimal::DecimalText;
use super::findings::Findings;
use super::record::{Fields, Scalar};
use crate::reservation::{Field, Rule};

/// Decimals of the fee: 保留两位小数 in the interface document.
const DECIMALS_MAX: u32 = 2;

/// Digits before the decimal point: `numeric(12,2)` leaves ten.
const INTEGER_DIGITS_MAX: i64 = 10;

/// Checks the fee, a number or a number's text; `None` when it is empty or broken. The scale is always 2.
pub(super) fn check(field: Field, fields: &Fields<'_>, findings: &mut Findings<'_>) -> Option<Decimal> {
    let text = match fields.get(field) {
        Scalar::Number(number) => number,
        Scalar::Text(text) if !text.is_empty() => &**text,
        Scalar::Null | Scalar::Text(_) => {
            if findings.is_required(field) {
                findings.report_missing(field);
            }
            return None;
        }
        other => {
            findings.report(Some(field), Rule::Type, format!("is {}, a number is expected", other.type_name()));
            return None;
        }
    };
    let Some(number) = DecimalText::parse(text) else {
        findings.report(Some(field), Rule::FeeRange, "is not a decimal number");
        return None;
    };
    if number.integer_digits > INTEGER_DIGITS_MAX {
        let explanation = "has more than 10 digits before the decimal point";
        findings.report(Some(field), Rule::FeeRange, explanation);
    }
    if number.is_negative {
        findings.report(Some(field), Rule::FeeNegative, "is below zero");
    }
    if number.decimals > i64::from(DECIMALS_MAX) {
        findings.report(Some(field), Rule::FeeDecimals, "has more than 2 decimals");
    }
    to_cents(&number).map(|cents| Decimal::new(cents, DECIMALS_MAX))
}

/// The number in hundredths, exactly; `None` where it does not fit the column.
pub(super) fn to_cents(number: &DecimalText) -> Option<i64> {
    if number.integer_digits > INTEGER_DIGITS_MAX {
        return None;
    }
    let missing = u32::try_from(i64::from(DECIMALS_MAX) - number.decimals).ok()?;
    let cents = number.significand?.checked_mul(10_i64.checked_pow(missing)?)?;
    Some(if number.is_negative { -cents } else { cents })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{accepted, contract, problems, record_with};
    use serde_json::json;

    /// The fee as the database would print it, or the rules that it breaks.
    fn fee(literal: &str) -> Result<String, Vec<&'static str>> {
        let record = record_with("examinationFee", json!("MARK")).replace("\"MARK\"", literal);
        let broken: Vec<_> = problems(&record, &contract()).iter().map(|problem| problem.1).collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        Ok(accepted(&record, &contract()).examination_fee.map(|fee| fee.to_string()).unwrap_or_default())
    }

    /// Invariant: Money is exact.
    /// Held by: decimals from JSON text to `numeric(12,2)` to files, never a binary float.
    #[test]
    fn fees_are_exact_with_two_decimals() {
        for (literal, expected) in [
            ("2881.00", "2881.00"),
            ("2881.000", "2881.00"),
            ("2881", "2881.00"),
            ("388.03", "388.03"),
            ("0.1", "0.10"),
            ("0", "0.00"),
            ("-0.00", "0.00"),
            ("0e99999999999999999999", "0.00"),
            ("1e2", "100.00"),
            ("1E+9", "1000000000.00"),
            ("12345e-2", "123.45"),
            ("12340000e-5", "123.40"),
            ("9999999999.99", "9999999999.99"),
            ("\"388.03\"", "388.03"),
            ("\"+00388.030\"", "388.03"),
            ("\".5\"", "0.50"),
            ("\"5.\"", "5.00"),
            ("\"\"", ""),
            ("null", ""),
            // More digits than any decimal type holds, all of them zeros.
            ("1.0000000000000000000000000000000000000000", "1.00"),
        ] {
            assert_eq!(fee(literal).as_deref(), Ok(expected), "{literal}");
        }
    }

    #[test]
    fn what_the_column_cannot_hold_is_named() {
        for (literal, expected) in [
            ("2881.001", &["fee_decimals"][..]),
            ("0.1000000000000000000000000000000000000001", &["fee_decimals"]),
            ("1e-3", &["fee_decimals"]),
            ("1e-99999999999999999999", &["fee_decimals"]),
            ("10000000000", &["fee_range"]),
            ("1e10", &["fee_range"]),
            ("1e99999999999999999999", &["fee_range"]),
            ("99999999999999999999999999999999999999", &["fee_range"]),
            ("-0.01", &["fee_negative"]),
            ("-12345678901.234", &["fee_range", "fee_negative", "fee_decimals"]),
            ("\"12 yuan\"", &["fee_range"]),
            ("\"1,000.00\"", &["fee_range"]),
            ("\" 1\"", &["fee_range"]),
            ("\".\"", &["fee_range"]),
            ("\"1e\"", &["fee_range"]),
            ("\"--1\"", &["fee_range"]),
            ("\"NaN\"", &["fee_range"]),
            ("true", &["type"]),
            ("[1]", &["type"]),
        ] {
            assert_eq!(fee(literal), Err(expected.to_vec()), "{literal}");
        }
    }
}
