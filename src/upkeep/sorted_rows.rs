//! Two streams of rows, sorted by the same key, against each other: row by row, and only one batch of each in memory.

use std::cmp::Ordering;

use futures_util::{Stream, TryStreamExt};

use crate::rows::{Cell, Rows};

/// How many rows agree, and how many do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowDifferences {
    pub equal: u64,
    /// In the first stream only.
    pub missing_there: u64,
    /// In the second stream only.
    pub missing_here: u64,
    /// With the same key, and other values.
    pub different: u64,
}

impl RowDifferences {
    pub fn is_none(&self) -> bool {
        let RowDifferences { equal: _, missing_there, missing_here, different } = *self;
        missing_there == 0 && missing_here == 0 && different == 0
    }
}

/// Compares what is here with what is there. `key`: the columns by which both are sorted; `columns`: how many there are. `tell` gets each row that has no equal, from here if it
/// is here.
pub(super) async fn compare_rows<E>(
    here: impl Stream<Item = Result<Rows, E>> + Unpin,
    there: impl Stream<Item = Result<Rows, E>> + Unpin,
    key: &[usize],
    columns: usize,
    mut tell: impl FnMut(&Rows, usize),
) -> Result<RowDifferences, E> {
    let (mut here, mut there) = (Cursor::of(here), Cursor::of(there));
    let mut found = RowDifferences::default();
    loop {
        let (is_here, is_there) = (here.has_row().await?, there.has_row().await?);
        let order = match (is_here, is_there) {
            (false, false) => return Ok(found),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => key
                .iter()
                .map(|column| order(here.cell(*column), there.cell(*column)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal),
        };
        let is_equal = order.is_eq() && (0..columns).all(|column| here.cell(column) == there.cell(column));
        if !is_equal {
            let told = if order.is_le() { (&here.rows, here.at) } else { (&there.rows, there.at) };
            tell(told.0, told.1);
        }
        match order {
            Ordering::Less => found.missing_there += 1,
            Ordering::Greater => found.missing_here += 1,
            Ordering::Equal if is_equal => found.equal += 1,
            Ordering::Equal => found.different += 1,
        }
        if order.is_le() {
            here.at += 1;
        }
        if order.is_ge() {
            there.at += 1;
        }
    }
}

/// A place in a stream of rows.
struct Cursor<S> {
    batches: S,
    rows: Rows,
    at: usize,
}

impl<S> Cursor<S> {
    fn of(batches: S) -> Cursor<S> {
        Cursor { batches, rows: Rows::default(), at: 0 }
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        self.rows.cell(self.at, column)
    }
}

impl<E, S: Stream<Item = Result<Rows, E>> + Unpin> Cursor<S> {
    /// Whether there is a row at the place; reads on if need be.
    async fn has_row(&mut self) -> Result<bool, E> {
        while self.at >= self.rows.len() {
            let Some(rows) = self.batches.try_next().await? else { return Ok(false) };
            (self.rows, self.at) = (rows, 0);
        }
        Ok(true)
    }
}

/// Texts by their bytes; nothing comes before anything.
fn order(here: Cell<'_>, there: Cell<'_>) -> Ordering {
    let texts = here.text().cmp(&there.text());
    texts.then_with(|| here.integer().cmp(&there.integer())).then_with(|| here.date().cmp(&there.date()))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// Rows of a text that may be missing, a number, and a value; in batches of so many.
    fn rows(rows: &[(&str, i64, i64)], batch: usize) -> impl Stream<Item = Result<Rows, ()>> + Unpin {
        let batches: Vec<_> = rows
            .chunks(batch)
            .map(|chunk| {
                let mut rows = Rows::of(3);
                for (text, number, value) in chunk {
                    rows.push(if *text == "-" { Cell::Empty } else { Cell::Text(text) });
                    rows.push(Cell::Integer(*number));
                    rows.push(Cell::Integer(*value));
                }
                Ok(rows)
            })
            .collect();
        stream::iter(batches)
    }

    async fn differences(here: &[(&str, i64, i64)], there: &[(&str, i64, i64)]) -> [u64; 4] {
        let mut found = Vec::new();
        for (one, other) in [(1, 1), (2, 3), (100, 1), (1, 100)] {
            let mut told = 0;
            let differences =
                compare_rows(rows(here, one), rows(there, other), &[0, 1], 3, |_, _| told += 1).await.unwrap();
            assert_eq!(told, differences.missing_there + differences.missing_here + differences.different);
            found.push(differences);
        }
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        let RowDifferences { equal, missing_there, missing_here, different } = found[0];
        assert_eq!(found[0].is_none(), [missing_there, missing_here, different] == [0; 3]);
        [equal, missing_there, missing_here, different]
    }

    #[tokio::test]
    async fn rows_are_compared_by_their_keys_wherever_the_batches_end() {
        let all = [("-", 9, 1), ("", 1, 1), ("A", 1, 1), ("A", 2, 1), ("B", 1, 1), ("中", 1, 1)];
        assert_eq!(differences(&all, &all).await, [6, 0, 0, 0]);
        assert_eq!(differences(&[], &[]).await, [0; 4]);
        assert_eq!(differences(&all, &[]).await, [0, 6, 0, 0]);
        assert_eq!(differences(&[], &all).await, [0, 0, 6, 0]);
        assert_eq!(differences(&all, &all[1..]).await, [5, 1, 0, 0]);
        assert_eq!(differences(&all[..5], &all).await, [5, 0, 1, 0]);
        let mut other = all;
        other[3].2 = 5;
        assert_eq!(differences(&all, &other).await, [5, 0, 0, 1]);
        other[3].1 = 3;
        assert_eq!(differences(&all, &other).await, [5, 1, 1, 0]);
    }

    #[tokio::test]
    async fn an_error_ends_the_comparison() {
        let broken = || stream::iter([Err::<Rows, ()>(())]);
        assert_eq!(compare_rows(rows(&[("A", 1, 1)], 1), broken(), &[0], 3, |_, _| ()).await, Err(()));
        assert_eq!(compare_rows(broken(), rows(&[], 1), &[0], 3, |_, _| ()).await, Err(()));
    }

    #[test]
    fn dates_are_of_a_key_too() {
        let date = |day| Cell::Date(chrono::NaiveDate::from_ymd_opt(2026, 1, day).unwrap());
        assert_eq!(order(date(1), date(2)), Ordering::Less);
        assert_eq!(order(date(2), date(2)), Ordering::Equal);
        assert_eq!(order(Cell::Empty, Cell::Text("")), Ordering::Less);
    }
}
