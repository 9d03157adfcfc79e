//! Names of fields that the contract does not know, in memory that does not grow with what a platform makes up.

use std::collections::BTreeSet;

use fastbloom::BloomFilter;

/// Names that are kept of a delivery: a platform that adds fields adds a handful, and nobody reads more.
pub const UNKNOWN_FIELDS_KEPT: usize = 100;

/// Characters that are kept of a name: three times the longest of the interface document.
pub const UNKNOWN_FIELD_CHARACTERS: usize = 64;

/// The end of a name that was cut.
const CUT_MARK: char = '…';

/// Bits that tell names apart, 512 KiB: of 200,000 different names, hardly one is taken for another.
const SEEN_BITS: usize = 1 << 22;

/// The first names, cut, and how many others there were. The count is exact for thousands and a little low for millions.
#[derive(Debug, Default)]
pub struct UnknownFields {
    names: BTreeSet<String>,
    more: u64,
    /// All names so far, as a Bloom filter; most deliveries need none.
    seen: Option<BloomFilter>,
}

impl UnknownFields {
    /// Takes note of a name.
    pub fn note(&mut self, name: &str) {
        // The seed is fixed so that a replay counts what the load did.
        let seen =
            self.seen.get_or_insert_with(|| BloomFilter::with_num_bits(SEEN_BITS).seed(&0).expected_items(200_000));
        if seen.insert(name) {
            return;
        }
        if self.names.len() < UNKNOWN_FIELDS_KEPT && self.names.insert(cut(name)) {
            return;
        }
        self.more += 1;
    }

    /// The names that are kept, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// How many other names there were.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// Every field was known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

fn cut(name: &str) -> String {
    match name.char_indices().nth(UNKNOWN_FIELD_CHARACTERS) {
        None => name.to_owned(),
        Some(_) => name.chars().take(UNKNOWN_FIELD_CHARACTERS - 1).chain([CUT_MARK]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_kept_and_the_others_counted_each_once() {
        let mut unknown = UnknownFields::default();
        assert!(unknown.is_empty());
        for _ in 0..2 {
            for number in 0..60_000 {
                unknown.note(&format!("{number:05}"));
            }
        }
        assert!(!unknown.is_empty());
        let expected: Vec<String> = (0..UNKNOWN_FIELDS_KEPT).map(|number| format!("{number:05}")).collect();
        assert_eq!(unknown.names(), expected);
        assert!((59_890..=59_900).contains(&unknown.more()), "{}", unknown.more());
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut unknown = UnknownFields::default();
        for name in ["长".repeat(64), "长".repeat(65), format!("{}b", "长".repeat(64)), String::new()] {
            unknown.note(&name);
        }
        assert_eq!(unknown.names(), ["", &format!("{}…", "长".repeat(63)), &"长".repeat(64)]);
        // Cut, two of them are the same.
        assert_eq!(unknown.more(), 1);
    }
}
