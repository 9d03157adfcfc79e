//! The tables that a load fills: those of the live history, or the shadow that a replay builds beside them.

use std::borrow::Cow;

use deadpool_postgres::Transaction;

use crate::warehouse::statement::Connection;

/// Live tables and their shadows. What a load says of its tables is written for the live ones, once, in `sql/load/`: a
/// history that was replayed by other statements would prove nothing of the one that was loaded.
const SHADOWS: [(&str, &str); 6] = [
    ("warehouse.reservation_versions", "replay.reservation_versions"),
    ("etl.unconfirmed_reservations", "replay.unconfirmed_reservations"),
    ("etl.unchanged_records", "replay.unchanged_records"),
    ("etl.rejections", "replay.rejections"),
    ("etl.batches", "replay.batches"),
    ("etl.delivery_problems", "replay.delivery_problems"),
];

/// Which tables a load fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::warehouse) enum Tables {
    /// The live history, for pulled deliveries.
    Live,
    /// The shadow, for replayed deliveries.
    Shadow,
}

impl Tables {
    /// The statement's text for these tables. (Some microseconds, a few times per chunk.)
    fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Tables::Live => text.into(),
            Tables::Shadow => {
                let text = to_shadow(text);
                debug_assert!(!names_live_table(&text), "a replay writes and reads its shadow only: {text}");
                text.into()
            }
        }
    }
}

fn to_shadow(text: &str) -> String {
    SHADOWS.iter().fold(text.to_owned(), |text, (live, shadow)| text.replace(live, shadow))
}

/// Whether a statement names a table that is not a replay's.
fn names_live_table(text: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let mut words = code.flat_map(|line| line.split(|sign: char| !sign.is_alphanumeric() && !"_.".contains(sign)));
    words.any(|word| word.starts_with("warehouse.") || word.starts_with("etl."))
}

/// A load's transaction, for what it says of its tables.
pub(in crate::warehouse) struct OwnTables<'load> {
    pub transaction: &'load Transaction<'load>,
    pub tables: Tables,
}

impl Connection for OwnTables<'_> {
    async fn prepared(&self, text: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        self.transaction.prepared(&self.tables.text(text)).await
    }

    fn server(&self) -> &tokio_postgres::Client {
        self.transaction.client()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_statement_of_the_shadow_names_a_table_that_has_one() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/load");
        let files =
            std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let shadows: Vec<String> = files.map(|text| to_shadow(&text).to_lowercase()).collect();
        for (live, shadow) in SHADOWS {
            assert!(!shadows.iter().any(|text| text.contains(live)), "{live}");
            assert!(shadows.iter().any(|text| text.contains(shadow)), "{live}: no statement needs this pair");
        }
    }

    #[test]
    fn live_tables_are_found_in_code_and_not_in_comments() {
        assert!(names_live_table("-- Purpose: …\nselect from etl.outbox"));
        assert!(names_live_table("insert into warehouse.arrivals(account)"));
        assert!(!names_live_table("-- as etl.outbox\nselect metl.x from replay.batches"));
    }
}
