//! What another engine should have built from the lake, by our own history: to compare its rows and sums with.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use crate::rows::Rows;
use crate::warehouse::dataset::Dataset;
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const READ: &str = "read rows to compare those of the lake with";
const SELECT_HISTORY: Statement = sql!("lake_rows/select_history", READ);
const SELECT_DAILY_VOLUMES: Statement = sql!("lake_rows/select_daily_volumes", READ);
const SELECT_JOURNAL_TOTALS: Statement = sql!("lake_rows/select_journal_totals", READ);
const SELECT_HISTORY_TOTALS: Statement = sql!("lake_rows/select_history_totals", READ);

/// What of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LakeRows {
    History,
    DailyVolumes,
    JournalTotals,
    /// By account, check month, hospital and way of payment.
    HistoryTotals,
}

impl Warehouse {
    /// The rows as of the last delivery that is named with each account, sorted by their keys as bytes are.
    pub async fn lake_rows(
        &self,
        rows: LakeRows,
        as_of: &[(String, i64)],
    ) -> Result<BoxStream<'static, Result<Rows, WarehouseError>>, WarehouseError> {
        let statement = match rows {
            LakeRows::History => SELECT_HISTORY,
            LakeRows::DailyVolumes => SELECT_DAILY_VOLUMES,
            LakeRows::JournalTotals => SELECT_JOURNAL_TOTALS,
            LakeRows::HistoryTotals => SELECT_HISTORY_TOTALS,
        };
        let (accounts, deliveries): (Vec<&str>, Vec<i64>) =
            as_of.iter().map(|(account, delivery_id)| (account.as_str(), *delivery_id)).unzip();
        let client = self.client().await?;
        Ok(Dataset::of(statement).rows(client, &[&accounts, &deliveries], false).await?.batches.boxed())
    }
}
