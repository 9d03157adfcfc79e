//! A shard: the accounts that one of several processes works on. Which ones they are follows from their names and the number
//! of shards alone, so that processes on different machines agree without asking each other.

use std::fmt;

use sha2::{Digest, Sha256};

/// Most shards. Each is a process with connections of its own to the database: more than this is a slip of the pen.
const SHARDS_MAX: u32 = 10_000;

/// One of so many shards, counted from 0, as indexed jobs and mapped tasks of schedulers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// `"0/4"` to `"3/4"`; `None`: anything else, or more than 10,000 shards.
    pub fn parse(text: &str) -> Option<Shard> {
        let (index, count) = text.split_once('/')?;
        // `parse` takes a plus sign, too.
        let number = |digits: &str| {
            digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
        };
        let (index, count) = (number(index)?, number(count)?);
        (index < count && count <= SHARDS_MAX).then_some(Shard { index, count })
    }

    /// How many shards there are.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Whether the account is one of this shard's. Of all shards of the same count, it is exactly one's.
    ///
    /// The first eight bytes of the name's SHA-256, as a big-endian number, modulo the count. This must never change:
    /// processes of two versions may work side by side.
    pub fn holds(self, account: &str) -> bool {
        let digest = Sha256::digest(account);
        let number = u64::from_be_bytes(*digest.first_chunk().expect("a SHA-256 has 32 bytes"));
        number % u64::from(self.count) == u64::from(self.index)
    }
}

/// As on the command line.
impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Accounts, and the shard of each of 2, 4, 7 and 10,000.
    const KNOWN: [(&str, [u32; 4]); 6] = [
        ("demo", [0, 0, 5, 4596]),
        ("our-hospital", [0, 0, 5, 304]),
        ("hangzhou-third", [1, 1, 1, 8273]),
        ("a", [0, 2, 4, 2250]),
        ("0", [0, 0, 3, 6040]),
        ("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", [1, 1, 3, 2885]),
    ];

    /// Which of so many shards hold the account.
    fn shards_of(account: &str, count: u32) -> Vec<u32> {
        (0..count).filter(|index| Shard { index: *index, count }.holds(account)).collect()
    }

    #[test]
    fn shards_count_from_zero_and_are_written_as_they_are_read() {
        for text in ["0/1", "0/4", "3/4", "9999/10000"] {
            assert_eq!(Shard::parse(text).map(|shard| shard.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Shard::parse("3/4").map(Shard::count), Some(4));
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in [
            "",
            "/",
            "1",
            "1/",
            "/4",
            "a/b",
            "0/0",
            "4/4",
            "5/4",
            "-1/4",
            "0/-4",
            "+0/4",
            "0/+4",
            " 0/4",
            "0 /4",
            "0/4 ",
            "0/4/4",
            "0x0/4",
            "0.0/4",
            "０/4",
            "0/10001",
            "0/4294967297",
            "4294967296/4294967297",
            "99999999999999999999999/99999999999999999999999",
        ] {
            assert_eq!(Shard::parse(text), None, "{text:?}");
        }
    }

    /// Computed elsewhere: `printf %s NAME | sha256sum | cut -c1-16`, modulo the count.
    #[test]
    fn accounts_keep_their_shard_for_ever() {
        for (account, known) in KNOWN {
            let found = [2, 4, 7, 10_000].map(|count| shards_of(account, count));
            assert_eq!(found, known.map(|index| vec![index]), "{account}");
        }
    }

    #[test]
    fn shards_are_of_similar_size() {
        for count in [2, 3, 4, 8, 16] {
            let mut sizes = vec![0_u32; count as usize];
            for number in 0..1400 {
                sizes[shards_of(&format!("hospital-{number:04}"), count)[0] as usize] += 1;
            }
            let fair = 1400 / count;
            assert!(sizes.iter().all(|size| (fair / 2..fair * 2).contains(size)), "{sizes:?}");
        }
    }

    proptest! {
        #[test]
        fn every_account_is_in_exactly_one_shard(account in "[a-z0-9][a-z0-9-]{0,62}", count in 1_u32..=64) {
            prop_assert_eq!(shards_of(&account, count).len(), 1);
        }
    }
}
