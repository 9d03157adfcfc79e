//! Numbers as a line of little bars, for a terminal.

/// From the lowest to the highest; a zero has none.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One sign per value, in proportion to the largest. Anything above zero is to be seen.
pub(super) fn sparkline(values: &[u64]) -> String {
    let largest = values.iter().copied().max().unwrap_or(0);
    let bar = |value: u64| match value {
        0 => '·',
        _ => {
            let steps = u128::from(value) * BARS.len() as u128;
            let height = steps.div_ceil(u128::from(largest)) as usize;
            BARS[height.clamp(1, BARS.len()) - 1]
        }
    };
    values.iter().map(|value| bar(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_small_values_are_seen() {
        assert_eq!(sparkline(&[0, 1, 400, 800, 799, 100, 101]), "·▁▄██▁▂");
        assert_eq!(sparkline(&[1]), "█");
        assert_eq!(sparkline(&[0, 0]), "··");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[u64::MAX, 1, u64::MAX / 2]), "█▁▄");
    }
}
