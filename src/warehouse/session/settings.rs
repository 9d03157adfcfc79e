//! What a session sets for itself, and what a transaction does that looks keys up in a table which it outdates itself.

use deadpool_postgres::{ClientWrapper, Transaction};

use crate::warehouse::WarehouseError;
use crate::warehouse::statement::{Statement, begin, sql};

/// The settings that every session must have, before anything else.
pub(in crate::warehouse) const CONFIGURE_SESSION: Statement =
    sql!("session/configure_session", "configure the session");

/// Optional settings of every session; without them if the server refuses.
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
