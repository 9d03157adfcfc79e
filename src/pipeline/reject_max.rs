//! `reject_max`: how much of a delivery may be refused before the platform is taken to have changed its form.

use std::fmt;

/// A share of a delivery's new records, exact to a hundredth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectMax {
    hundredths: u64,
}

/// Hundredths of a percent in the whole.
const WHOLE: u64 = 10_000;

impl RejectMax {
    /// Whether more is refused than that.
    ///
    /// `refused`: records that no delivery before has brought, since those that are held come every night; `accepted`: all
    /// that were accepted.
    pub fn is_exceeded(self, refused: u64, accepted: u64) -> bool {
        let of = u128::from(refused) + u128::from(accepted);
        u128::from(refused) * u128::from(WHOLE) > of * u128::from(self.hundredths)
    }

    /// `"5%"`, `"0.25%"`. `None`: it is no percentage from 0 to 100, or has more than two decimals.
    pub fn parse(text: &str) -> Option<RejectMax> {
        let number = text.strip_suffix('%')?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |digits: &str, length| {
            (1..=length).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(decimals, 2) {
            return None;
        }
        let hundredths: u64 = format!("{whole}{decimals:0<2}").parse().ok()?;
        (hundredths <= WHOLE).then_some(RejectMax { hundredths })
    }
}

/// As written in the pipeline file.
impl fmt::Display for RejectMax {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:02}", self.hundredths / 100, self.hundredths % 100);
        write!(formatter, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_exactly() {
        for (text, hundredths) in [
            ("0%", 0),
            ("5%", 500),
            ("0.25%", 25),
            ("0.5%", 50),
            ("12.05%", 1205),
            ("100%", 10_000),
            ("100.00%", 10_000),
        ] {
            assert_eq!(RejectMax::parse(text), Some(RejectMax { hundredths }), "{text}");
        }
        for text in [
            "", "%", "5", "0.05", "-1%", "+1%", "5 %", "100.01%", "101%", "1000%", ".5%", "5.%", "0.005%", "五%", "5%%",
        ] {
            assert_eq!(RejectMax::parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for text in ["0%", "5%", "0.25%", "0.5%", "12.05%", "10%", "100%"] {
            assert_eq!(RejectMax::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn only_more_than_the_share_exceeds_it() {
        let exceeded = |text: &str, refused, accepted| RejectMax::parse(text).unwrap().is_exceeded(refused, accepted);
        assert!(!exceeded("5%", 5, 95));
        assert!(exceeded("5%", 6, 95));
        assert!(!exceeded("0%", 0, 0));
        assert!(exceeded("0%", 1, u64::MAX));
        assert!(!exceeded("100%", u64::MAX, 0));
        assert!(exceeded("99.99%", 1, 0));
    }
}
