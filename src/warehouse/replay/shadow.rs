//! The shadow: statements about the live history, run on the tables that stand beside it.

use deadpool_postgres::Transaction;

use crate::warehouse::statement::Connection;

/// Live tables that have a shadow, and its name.
const TABLES: [(&str, &str); 1] = [("warehouse.reservation_versions", "replay.reservation_versions")];

/// A replay's transaction, in which the names of live tables mean their shadows.
pub(super) struct Shadow<'a>(pub &'a Transaction<'a>);

impl Connection for Shadow<'_> {
    async fn prepared(&self, text: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        let text = TABLES.iter().fold(text.to_owned(), |text, (live, shadow)| text.replace(live, shadow));
        self.0.prepared(&text).await
    }

    fn server(&self) -> &tokio_postgres::Client {
        self.0.server()
    }
}
