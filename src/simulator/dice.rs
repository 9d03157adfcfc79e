//! Chance that repeats: the same key always throws the same numbers, on every machine and in every version.
//!
//! SplitMix64 (Steele, Lea, Flood 2014): a few additions and multiplications, so that a million reservations can be
//! decided on night after night. It is no cryptography and never meets a secret.

/// The odd constant of SplitMix64: 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sequence of numbers, wholly determined by the key it was made from.
pub struct Dice(u64);

impl Dice {
    pub fn new(key: [u64; 4]) -> Dice {
        Dice(key.into_iter().fold(0, |state, part| mix(state.wrapping_add(GOLDEN) ^ mix(part))))
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 up to, but without, `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u32
    }

    /// True with this probability: never at 0.0, always at 1.0.
    pub fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are what a binary float holds exactly.
        ((self.roll() >> 11) as f64) / ((1_u64 << 53) as f64) < probability
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u32) as usize]
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_throws_the_same_numbers() {
        let throws = |key| {
            let mut dice = Dice::new(key);
            (0..8).map(|_| dice.roll()).collect::<Vec<_>>()
        };
        assert_eq!(throws([1, 2, 3, 4]), throws([1, 2, 3, 4]));
        assert_ne!(throws([1, 2, 3, 4]), throws([1, 2, 4, 3]));
    }

    #[test]
    fn chance_is_as_often_as_it_says() {
        let mut dice = Dice::new([0; 4]);
        let hits = (0..100_000).filter(|_| dice.chance(0.17)).count();
        assert!((16_500..17_500).contains(&hits), "{hits}");
        assert!(!dice.chance(0.0));
        assert!(dice.chance(1.0));
    }

    #[test]
    fn below_reaches_every_number_and_not_the_bound() {
        let mut dice = Dice::new([7; 4]);
        let mut seen = [false; 5];
        (0..200).for_each(|_| seen[dice.below(5) as usize] = true);
        assert_eq!(seen, [true; 5]);
    }
}
