//! How far a row of contents, as it comes, repeats the end of a known row. In time and memory that grow with both rows, and
//! not with their product: by the prefix function of Knuth, Morris and Pratt.

use crate::reservation::Fingerprint;

/// Contents that come, against a known row of them. Small: where callbacks fail, every reservation may have one.
pub(super) struct Repetition {
    known: Vec<Fingerprint>,
    /// Different contents in a row, as they came.
    runs: Vec<Run>,
    /// The content of the last run.
    last: Fingerprint,
    /// Where in `known` the first place ends that has all of `runs`; `None`: there is none.
    first_end: Option<usize>,
}

struct Run {
    /// Where in `known` its content is, too, if it is not the last one.
    place: u32,
    /// How often in a row it came.
    states: u32,
    /// Of the runs until here, the length of the longest beginning that is also their end, and not all of them.
    border: u32,
}

impl Repetition {
    /// `known`: oldest first. Neighbours that are the same, by what is ignored today, are one.
    pub(super) fn of_end(mut known: Vec<Fingerprint>) -> Repetition {
        known.dedup();
        Repetition { known, runs: Vec::new(), last: [0; 33], first_end: Some(0) }
    }

    /// Takes the next one, unless a state before it has ended every repetition.
    pub(super) fn take(&mut self, content: Fingerprint) {
        let Some(end) = self.first_end else { return };
        if let Some(last) = self.runs.last_mut() {
            if self.last == content {
                last.states += 1;
                return;
            }
            // So far all runs are there, the last one at the end.
            last.place = (end - 1) as u32;
        }
        let before = self.runs.len();
        let border = self.runs.last().map_or(0, |last| self.extend(last.border as usize, &content)) as u32;
        self.last = content;
        self.runs.push(Run { place: 0, states: 1, border });
        self.first_end = self.find(end, before);
    }

    /// Whether later states cannot change how far it repeats: nothing repeats, or every repetition has ended.
    pub(super) fn is_clear(&self) -> bool {
        self.first_end.is_none_or(|end| end == self.known.len())
    }

    /// How many states were taken.
    pub(super) fn states(&self) -> usize {
        self.runs.iter().map(|run| run.states as usize).sum()
    }

    /// How many of the first states that came repeat the end of the known ones.
    pub(super) fn repeated(&self) -> usize {
        let runs = self.known.iter().fold(0, |matched, content| self.extend(matched, content));
        self.runs[..runs].iter().map(|run| run.states as usize).sum()
    }

    /// The end of the first place with all runs, where `matched` runs end at `end` already.
    fn find(&self, mut end: usize, mut matched: usize) -> Option<usize> {
        while matched < self.runs.len() {
            matched = self.extend(matched, self.known.get(end)?);
            end += 1;
        }
        Some(end)
    }

    /// The longest beginning of the runs that ends with `content`, where `matched` of them stood before it.
    fn extend(&self, mut matched: usize, content: &Fingerprint) -> usize {
        loop {
            if self.content(matched) == Some(content) {
                return matched + 1;
            }
            match matched.checked_sub(1) {
                Some(last) => matched = self.runs[last].border as usize,
                None => return 0,
            }
        }
    }

    fn content(&self, run: usize) -> Option<&Fingerprint> {
        let is_last = run + 1 == self.runs.len();
        let Run { place, .. } = self.runs.get(run)?;
        if is_last { Some(&self.last) } else { self.known.get(*place as usize) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn repetition(known: &str, came: &str) -> Repetition {
        let mut repetition = Repetition::of_end(known.bytes().map(|content| [content; 33]).collect());
        came.bytes().for_each(|content| repetition.take([content; 33]));
        repetition
    }

    /// The same, by trying every place.
    fn expected(known: &str, came: &str) -> (usize, bool) {
        let lengths = (0..=came.len()).rev();
        let repeated = lengths.clone().find(|length| known.ends_with(&came[..*length])).unwrap();
        let is_clear = (0..known.len()).all(|start| {
            let rest = &known[start..];
            !rest.starts_with(came) || rest.len() == came.len()
        });
        (repeated, is_clear)
    }

    /// No two neighbours the same.
    fn row(row: &str) -> String {
        let mut contents: Vec<char> = row.chars().collect();
        contents.dedup();
        contents.into_iter().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn it_is_what_trying_every_place_gives(known in "[ABC]{1,12}", came in "[ABC]{1,12}") {
            let (known, came) = (row(&known), row(&came));
            let repetition = repetition(&known, &came);
            prop_assert_eq!((repetition.repeated(), repetition.is_clear()), expected(&known, &came));
        }
    }

    /// Invariant: Memory and disk do not grow with anything a platform sends (names, states of one reservation, an
    /// endless body), and only regular files are read.
    #[test]
    fn a_content_that_comes_several_times_in_a_row_repeats_once_and_all_of_it() {
        for (known, came, repeated) in [
            ("AB", "AABBB", 5),
            ("AB", "BBA", 2),
            ("ABA", "ABBAAA", 6),
            ("AB", "CC", 0),
            ("ABBB", "ABB", 3),
            ("AABCC", "ABC", 3),
        ] {
            assert_eq!(repetition(known, came).repeated(), repeated, "{came} after {known}");
        }
    }

    #[test]
    fn contents_that_alternate_a_hundred_thousand_times_take_no_square() {
        let known = "AB".repeat(100_000);
        let whole = repetition(&known, &known);
        assert_eq!((whole.repeated(), whole.is_clear()), (200_000, true));
        let short = repetition(&known, &format!("{}A", "AB".repeat(50_000)));
        assert_eq!((short.repeated(), short.is_clear()), (100_000, false));
        let other = repetition(&known, &format!("{}C", "AB".repeat(50_000)));
        assert_eq!((other.repeated(), other.is_clear()), (100_000, true));
    }
}
