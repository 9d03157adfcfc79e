//! The swap: a replayed history takes the live one's place, with all that is counted, exported and handed over by it, in the
//! replay's transaction. What it replaces is kept until it is dropped.

use chrono::{DateTime, Utc};

use crate::warehouse::journal::append;
use crate::warehouse::{AccountSession, JournalEntry, Replay, ReplayRecord, WarehouseError};

/// What a swap takes over from the pipeline.
#[derive(Debug, Clone, Copy)]
pub struct SwapRules {
    /// Rejected records are held back: the platform delivers them again.
    pub is_holding_rejected: bool,
    /// Refused records that were last delivered before are past the quarantine's days.
    pub oldest_rejection: DateTime<Utc>,
}

/// What keeps a swap back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwapObstacles {
    /// Acknowledgements that are still owed.
    pub pending: i64,
    /// What an earlier swap has replaced is still kept.
    pub is_old_kept: bool,
}

impl AccountSession {
    /// What would keep a swap back, now.
    pub async fn swap_obstacles(&self) -> Result<SwapObstacles, WarehouseError> {
        let row = self
            .client
            .query_one(include_str!("../../sql/replay/28_select_obstacles.sql"), &[&self.account])
            .await
            .map_err(WarehouseError::query("ask whether the history can be swapped"))?;
        Ok(SwapObstacles { pending: row.get(0), is_old_kept: row.get(1) })
    }

    /// Drops what a swap has replaced, and the shadow of a replay that was only looked at. Returns how many versions.
    pub async fn drop_replaced(&mut self) -> Result<u64, WarehouseError> {
        let operation = "drop the replaced history";
        let account = self.account.clone();
        let transaction = self.client.transaction().await.map_err(WarehouseError::query(operation))?;
        transaction
            .execute(include_str!("../../sql/replay/01_empty_shadow.sql"), &[&Some(&account)])
            .await
            .map_err(WarehouseError::query(operation))?;
        let dropped = transaction
            .execute(include_str!("../../sql/replay/53_drop_replaced.sql"), &[&account])
            .await
            .map_err(WarehouseError::query(operation))?;
        transaction.commit().await.map_err(WarehouseError::query(operation))?;
        Ok(dropped)
    }
}

impl Replay<'_> {
    /// Puts the shadow in the live history's place. The caller has compared the two, and has asked for obstacles under the
    /// account's lock; nothing is changed before [`Replay::commit`].
    pub async fn swap(&mut self, record: ReplayRecord, rules: SwapRules) -> Result<(), WarehouseError> {
        let account = self.load.account.clone();
        let last = self.last_delivery_id;
        self.execute(include_str!("../../sql/replay/29_mark_stale_dates.sql"), &[&account]).await?;
        self.execute(include_str!("../../sql/replay/30_touch_months.sql"), &[&account, &last]).await?;
        self.execute(include_str!("../../sql/replay/31_disown_exports.sql"), &[&account]).await?;
        for statement in [
            include_str!("../../sql/replay/32_keep_movements.sql"),
            include_str!("../../sql/replay/33_upsert_kept.sql"),
            include_str!("../../sql/replay/34_keep_versions.sql"),
            include_str!("../../sql/replay/35_delete_versions.sql"),
            include_str!("../../sql/replay/36_insert_versions.sql"),
            include_str!("../../sql/replay/37_keep_deliveries.sql"),
            include_str!("../../sql/replay/38_update_deliveries.sql"),
            include_str!("../../sql/replay/39_keep_batches.sql"),
            include_str!("../../sql/replay/40_delete_batches.sql"),
            include_str!("../../sql/replay/41_insert_batches.sql"),
            include_str!("../../sql/replay/42_keep_delivery_problems.sql"),
            include_str!("../../sql/replay/43_delete_delivery_problems.sql"),
            include_str!("../../sql/replay/44_insert_delivery_problems.sql"),
            include_str!("../../sql/replay/54_update_unconfirmed_reservations.sql"),
        ] {
            self.execute(statement, &[&account]).await?;
        }
        self.execute(include_str!("../../sql/replay/45_delete_unchanged_records.sql"), &[&account, &last]).await?;
        self.execute(include_str!("../../sql/replay/46_insert_unchanged_records.sql"), &[&last]).await?;
        let resolve = include_str!("../../sql/replay/47_resolve_rejections.sql");
        self.execute(resolve, &[&account, &last, &!rules.is_holding_rejected, &self.first_delivery_id]).await?;
        self.execute(include_str!("../../sql/replay/48_reopen_rejections.sql"), &[&account, &record.replay_id]).await?;
        let insert = include_str!("../../sql/replay/49_insert_rejections.sql");
        self.execute(insert, &[&account, &record.replay_id, &rules.oldest_rejection]).await?;
        self.execute(include_str!("../../sql/replay/50_delete_corrections.sql"), &[&account]).await?;
        self.execute(include_str!("../../sql/replay/51_insert_corrections.sql"), &[&account]).await?;
        self.execute(include_str!("../../sql/replay/52_finish_swap.sql"), &[&record.replay_id]).await?;
        let swapped = JournalEntry::Swapped { replay_id: record.replay_id };
        append(&*self.load.transaction, &account, &swapped).await?;
        // The shadow is the live history now.
        self.execute(include_str!("../../sql/replay/01_empty_shadow.sql"), &[&Some(&account)]).await?;
        Ok(())
    }
}
