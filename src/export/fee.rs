//! Money on its way into a file: exact fen (1/100 yuan) as integers, never a binary float.

use rust_decimal::Decimal;

/// Digits of `numeric(12,2)`, the warehouse's type, and of Parquet's Decimal128(12,2).
pub(super) const PRECISION: u8 = 12;
/// Digits behind the point.
pub(super) const SCALE: i8 = 2;

/// One more than the largest amount in fen that numeric(12,2) holds.
const FEN_END: u128 = 10u128.pow(PRECISION as u32);

/// The amount in fen; `None` when numeric(12,2) cannot hold it exactly.
pub(super) fn fen(yuan: Decimal) -> Option<i128> {
    let yuan = if yuan.scale() > SCALE as u32 { yuan.normalize() } else { yuan };
    let missing_digits = (SCALE as u32).checked_sub(yuan.scale())?;
    let fen = yuan.mantissa().checked_mul(10i128.pow(missing_digits))?;
    (fen.unsigned_abs() < FEN_END).then_some(fen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_would_lose_digits_are_refused() {
        for yuan in ["0.001", "10000000000", "-10000000000.00", "79228162514264337593543950335"] {
            assert_eq!(fen(yuan.parse().unwrap()), None, "{yuan}");
        }
    }
}
