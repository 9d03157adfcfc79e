//! What a session sets for itself, and what a transaction does that looks keys up in a table which it outdates itself.

use deadpool_postgres::{ClientWrapper, Transaction};

use crate::warehouse::WarehouseError;
use crate::warehouse::statement::{Statement, begin, sql};

/// What every session sets for itself, before anything else.
pub(in crate::warehouse) const CONFIGURE_SESSION: Statement =
    sql!("session/configure_session", "configure the session");

/// What every session would like beside that, and does without where it cannot have it.
pub(in crate::warehouse) const COMFORT_SESSION: Statement = sql!("session/comfort_session", "make the session faster");

const CONFIGURE_TRANSACTION: Statement = sql!("session/configure_transaction", "configure the transaction");

/// Begins a transaction whose plans are kept on the indexes.
pub(in crate::warehouse) async fn begin_on_indexes<'client>(
    client: &'client mut ClientWrapper,
    purpose: &'static str,
) -> Result<Transaction<'client>, WarehouseError> {
    let transaction = begin(client, purpose).await?;
    CONFIGURE_TRANSACTION.as_part_of(purpose).run_all(&transaction).await?;
    Ok(transaction)
}
