//! The swap: a replayed history takes the live one's place, with all that is counted, exported and handed over by it, in the
//! replay's transaction. What it replaces is kept until it is dropped.

use chrono::{DateTime, Utc};

use crate::warehouse::journal::append;
use crate::warehouse::statement::text;
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
            .query_one(text!("replay/select_obstacles"), &[&self.account])
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
            .execute(text!("replay/empty_shadow"), &[&Some(&account)])
            .await
            .map_err(WarehouseError::query(operation))?;
        let dropped = transaction
            .execute(text!("replay/drop_replaced"), &[&account])
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
        self.execute(text!("replay/mark_stale_dates"), &[&account]).await?;
        self.execute(text!("replay/touch_months"), &[&account, &last]).await?;
        self.execute(text!("replay/disown_exports"), &[&account]).await?;
        for statement in [
            text!("replay/keep_movements"),
            text!("replay/upsert_kept"),
            text!("replay/keep_versions"),
            text!("replay/delete_versions"),
            text!("replay/insert_versions"),
            text!("replay/keep_deliveries"),
            text!("replay/update_deliveries"),
            text!("replay/keep_batches"),
            text!("replay/delete_batches"),
            text!("replay/insert_batches"),
            text!("replay/keep_delivery_problems"),
            text!("replay/delete_delivery_problems"),
            text!("replay/swap_insert_delivery_problems"),
            text!("replay/update_unconfirmed_reservations"),
        ] {
            self.execute(statement, &[&account]).await?;
        }
        self.execute(text!("replay/delete_unchanged_records"), &[&account, &last]).await?;
        self.execute(text!("replay/insert_unchanged_records"), &[&last]).await?;
        let resolve = text!("replay/swap_resolve_rejections");
        self.execute(resolve, &[&account, &last, &!rules.is_holding_rejected, &self.first_delivery_id]).await?;
        self.execute(text!("replay/reopen_rejections"), &[&account, &record.replay_id]).await?;
        let insert = text!("replay/insert_rejections");
        self.execute(insert, &[&account, &record.replay_id, &rules.oldest_rejection]).await?;
        self.execute(text!("replay/delete_corrections"), &[&account]).await?;
        self.execute(text!("replay/insert_corrections"), &[&account]).await?;
        self.execute(text!("replay/finish_swap"), &[&record.replay_id]).await?;
        let swapped = JournalEntry::Swapped { replay_id: record.replay_id };
        append(&*self.load.transaction, &account, &swapped).await?;
        // The shadow is the live history now.
        self.execute(text!("replay/empty_shadow"), &[&Some(&account)]).await?;
        Ok(())
    }
}
