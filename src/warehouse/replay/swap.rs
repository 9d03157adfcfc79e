//! The swap: a replayed history takes the live one's place, with all that is counted, exported and handed over by it, in the
//! replay's transaction. What it replaces is not kept: the only way back is an earlier backup.

use chrono::{DateTime, Utc};

use crate::pipeline::Contract;
use crate::warehouse::journal::{append, append_contract};
use crate::warehouse::lake_ledger::mark_stale;
use crate::warehouse::replay::EMPTY_SHADOW;
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{AccountSession, JournalEntry, Replay, ReplayRecord, WarehouseError};

const COUNT_PENDING: Statement = sql!("replay/count_pending", "ask whether the history can be swapped");
const MARK_CHANGED_DATES: Statement = sql!("replay/mark_changed_dates", SWAP);
const KEEP_HANDED_OVER: Statement = sql!("replay/keep_handed_over", SWAP);
const DELETE_REPLACED: Statement = sql!("replay/delete_replaced", SWAP);
const INSERT_REPLAYED: Statement = sql!("replay/insert_replayed", SWAP);
const SWAP_REJECTIONS: Statement = sql!("replay/swap_rejections", SWAP);
const INSERT_CORRECTIONS: Statement = sql!("replay/insert_corrections", SWAP);

const SWAP: &str = "swap the histories";

/// The settings of the pipeline that a swap needs.
#[derive(Debug, Clone, Copy)]
pub struct SwapRules {
    /// Rejected records are held back: the platform delivers them again.
    pub is_holding_rejected: bool,
    /// Refused records that were last delivered before are past the quarantine's days.
    pub oldest_rejection: DateTime<Utc>,
}

impl AccountSession {
    /// Acknowledgements that are still owed: while there are any, nothing is to be swapped.
    pub async fn count_pending(&self) -> Result<i64, WarehouseError> {
        COUNT_PENDING.row(&self.client, &[&self.account]).await?.get("pending")
    }
}

impl Replay<'_> {
    /// Puts the shadow in the live history's place. The caller has compared the two, and has asked for what is pending under
    /// the account's lock; nothing is changed before [`Replay::commit`].
    pub async fn swap(
        &mut self,
        record: ReplayRecord,
        rules: SwapRules,
        contract: &Contract,
    ) -> Result<(), WarehouseError> {
        let on = self.load.on()?;
        let account = &self.load.account;
        let (replay_id, first, last) = (&record.replay_id, &self.first_delivery_id, &self.last_delivery_id);
        MARK_CHANGED_DATES.run(on, &[account, last]).await?;
        KEEP_HANDED_OVER.run(on, &[account]).await?;
        DELETE_REPLACED.run(on, &[account, last]).await?;
        INSERT_REPLAYED.run(on, &[account, last, replay_id]).await?;
        let is_acknowledging = !rules.is_holding_rejected;
        SWAP_REJECTIONS.run(on, &[account, replay_id, first, last, &is_acknowledging, &rules.oldest_rejection]).await?;
        INSERT_CORRECTIONS.run(on, &[account]).await?;
        // What it ignores made no version from here on.
        append_contract(on, account, contract).await?;
        append(on, account, &JournalEntry::Swapped { replay_id: record.replay_id }).await?;
        // The shadow is the live history now.
        EMPTY_SHADOW.run(on, &[&Some(account)]).await?;
        // Last, since publishers wait from here to the commit.
        mark_stale(on, Some(account)).await
    }
}
