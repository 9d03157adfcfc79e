//! What is published to which lake, and what is to be: claimed before it is written, published when the lake's pointer names it.

use deadpool_postgres::{ClientWrapper, Object};
use tokio_postgres::types::ToSql;

use crate::warehouse::dataset::{Dataset, DatasetRows};
use crate::warehouse::session::{RELEASE_LOCKS, SITE_KEY_LOCK};
use crate::warehouse::statement::{Connection, Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, Warehouse, WarehouseError};

const LOCK_LAKE: Statement = sql!("lake_ledger/lock_lake", "lock the lake");
const CHECK_LOCK: Statement = sql!("session/check_connection", "make sure of the lake's lock");
const INSERT_LAKE: Statement = sql!("lake_ledger/insert_lake", CLAIM);
const SELECT_POSITION: Statement = sql!("lake_ledger/select_position", "look up what is published");
const SELECT_STATE: Statement = sql!("lake_ledger/select_state", "look up what is published");
const SELECT_STALE_LAKES: Statement = sql!("lake_ledger/select_stale_lakes", "look up what is published");
const CLAIM_AGAIN: Statement = sql!("lake_ledger/claim_again", CLAIM);
const CLEAR_STALE: Statement = sql!("lake_ledger/clear_stale", CLAIM);
const CLAIM_OWED: Statement = sql!("lake_ledger/claim_owed", CLAIM);
const ABSORB_SMALL: Statement = sql!("lake_ledger/absorb_small", CLAIM);
const DELETE_ABSORBED: Statement = sql!("lake_ledger/delete_absorbed", CLAIM);
const DELETE_DECODINGS: Statement = sql!("lake_ledger/delete_decodings", CLAIM);
const NOTE_CLAIM: Statement = sql!("lake_ledger/note_claim", CLAIM);
const SELECT_CLAIMED: Statement = sql!("lake_ledger/select_claimed", CLAIM);
const SELECT_PUBLISHED: Statement = sql!("lake_ledger/select_published", "look up what is published");
const SELECT_HAS_STALE: Statement = sql!("lake_ledger/select_has_stale", "look up what is published");
const FINISH_PUBLICATIONS: Statement = sql!("lake_ledger/finish_publications", "record the publication");
const KEEP_PUBLISHERS_OUT: Statement = sql!("lake_ledger/keep_publishers_out", MARK);
const MARK_STALE_PERSON: Statement = sql!("lake_ledger/mark_stale_person", MARK);
const MARK_STALE_DECODED: Statement = sql!("lake_ledger/mark_stale_decoded", MARK);
const MARK_STALE: Statement = sql!("lake_ledger/mark_stale", MARK);

const CLAIM: &str = "claim what the lake lacks";
const MARK: &str = "note what lakes have to publish again";
const READ_ROWS: &str = "read rows for the lake";

pub(super) const STATES: Dataset = Dataset {
    relation: Some("warehouse.reservation_versions"),
    descriptions: &[
        (
            "position",
            "同一批次中该预约的第几个状态，从 1 起",
            "Which one of the states of its reservation in its delivery, counted from 1",
        ),
        ("effective_at", "该状态的生效时间", "When the state took effect"),
        (
            "content_id",
            "内容摘要（带密钥）：相同即内容相同",
            "Keyed digest of the content: the same where the content is",
        ),
        (
            "unconfirmed_pull",
            "未确认的取数批次，此时为空",
            "The pull that was not confirmed, in states decoded again; null in published ones",
        ),
        (
            "age_years",
            "体检当日周岁；无出生日期则为空",
            "Age in whole years on the check date; null without a date of birth",
        ),
        ("age_band", "体检当日年龄段；无出生日期则为空", "Age band on the check date; null without a date of birth"),
    ],
    required: "account serial_number delivery_id position effective_at content_id hospital_code check_date order_status",
    codes: "account card_type age_band sex_code married hospital_code hospital_name hospital_package_id \
        hospital_package_name order_status pay_type data_sources",
    distinct: "serial_number content_id person_id",
    ..Dataset::of(sql!("lake_ledger/select_states", READ_ROWS))
};

pub(super) const DELIVERIES: Dataset = Dataset {
    relation: Some("etl.deliveries"),
    descriptions: &[(
        "states",
        "该批次在数据湖中的状态数",
        "States of the delivery that are in the lake: those that opened a version",
    )],
    required: "delivery_id account is_retry effective_at received_at received accepted rejected unchanged opened closed \
        adjusted states",
    codes: "account",
    ..Dataset::of(sql!("lake_ledger/select_deliveries", READ_ROWS))
};

/// The ledger's last publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LakePosition {
    /// The publication that the pointer was last moved to; 0: none yet.
    pub published: u64,
    /// The last publication that is claimed and not published; 0: none is.
    pub claimed: u64,
}

/// By which ids the pointer is known: a number alone could be another database's of the same warehouse. Empty: none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeIds {
    pub published: String,
    /// Of the last claim, published or not.
    pub claimed: String,
}

/// A publication that is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimedPublication {
    pub number: u64,
    /// It replaces what nobody is to read any more: the old objects go as soon as the pointer has moved.
    pub is_withdrawing: bool,
}

/// What to claim.
#[derive(Debug, Clone, Copy)]
pub struct LakeClaim<'a> {
    /// Made for this claim.
    pub claim_id: &'a str,
    /// The first number that was never used, neither here nor in the lake.
    pub next_number: u64,
    /// Accounts whose deliveries are published.
    pub accounts: &'a [String],
    /// Everything once more, not only what is owed.
    pub is_complete: bool,
    /// Versions after which no more deliveries go into one publication.
    pub versions_max: u64,
}

/// The lock of a lake's one writer, and the connection that holds it.
pub struct LakeSession {
    pub(super) client: ClientWrapper,
    pub(super) lake: String,
    warehouse: Warehouse,
}

impl Warehouse {
    /// `None`: somebody else publishes to this lake, or the site key is being replaced.
    pub async fn lock_lake(&self, lake: &str) -> Result<Option<LakeSession>, WarehouseError> {
        self.check_pooler().await?;
        self.check_server().await?;
        let client = Object::take(self.client().await?);
        let lock = LOCK_LAKE.row(&client, &[&lake, &SITE_KEY_LOCK]).await?;
        let session = LakeSession { client, lake: lake.to_owned(), warehouse: self.clone() };
        if lock.get("is_locked")? {
            INSERT_LAKE.run(&session.client, &[&lake]).await?;
            return Ok(Some(session));
        }
        session.release().await;
        Ok(None)
    }
}

impl Warehouse {
    /// The ledger's last publication, and how many deliveries of an account the lake lacks. Locks nothing.
    pub async fn lake_state(&self, lake: &str, account: &str) -> Result<(LakePosition, u64), WarehouseError> {
        let row = SELECT_STATE.row(&self.client().await?, &[&lake, &account]).await?;
        let position = LakePosition { published: row.count("published")?, claimed: row.count("claimed")? };
        Ok((position, row.count("owed")?))
    }

    /// Lakes, by their addresses, that hold what is no longer true.
    pub async fn stale_lakes(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = SELECT_STALE_LAKES.rows(&self.client().await?, &[]).await?;
        rows.iter().map(|row| row.get("lake")).collect()
    }
}

impl LakeSession {
    pub async fn position(&self) -> Result<(LakePosition, LakeIds), WarehouseError> {
        let row = SELECT_POSITION.row(&self.client, &[&self.lake]).await?;
        let position = LakePosition { published: row.count("published")?, claimed: row.count("claimed")? };
        Ok((position, LakeIds { published: row.get("publication_id")?, claimed: row.get("claim_id")? }))
    }

    /// Claims what is to be published together: what is no longer true or is claimed already, else the next of what is owed with the
    /// small publications before it; or with `is_complete` all of it. It is known by `claim_id` then. None: nothing is owed.
    pub async fn claim(&mut self, claim: LakeClaim<'_>) -> Result<Vec<ClaimedPublication>, WarehouseError> {
        let LakeClaim { claim_id, next_number, accounts, is_complete, versions_max } = claim;
        let (mut number, versions_max) = (next_number as i64, versions_max as i64);
        let transaction = begin(&mut self.client, CLAIM).await?;
        let stale = CLEAR_STALE.rows(&transaction, &[&self.lake]).await?;
        let stale = stale.iter().map(|row| row.get("number")).collect::<Result<Vec<i64>, _>>()?;
        CLAIM_AGAIN.run(&transaction, &[&self.lake, &number, &is_complete, &stale]).await?;
        if is_complete || !stale.is_empty() {
            // Its files go with those that are withdrawn.
            DELETE_DECODINGS.run(&transaction, &[&self.lake]).await?;
        }
        let mut claimed = SELECT_CLAIMED.rows(&transaction, &[&self.lake]).await?;
        while is_complete || claimed.is_empty() {
            number = number.max(claimed.last().map(|last| last.get("number")).transpose()?.unwrap_or(0) + 1);
            let parameters: &[&(dyn ToSql + Sync)] = &[&self.lake, &number, &accounts, &versions_max, &is_complete];
            if CLAIM_OWED.run(&transaction, parameters).await? == 0 {
                break;
            }
            if !is_complete {
                ABSORB_SMALL.run(&transaction, &[&self.lake, &number, &versions_max]).await?;
                DELETE_ABSORBED.run(&transaction, &[&self.lake, &number]).await?;
            }
            claimed = SELECT_CLAIMED.rows(&transaction, &[&self.lake]).await?;
        }
        if !claimed.is_empty() {
            NOTE_CLAIM.run(&transaction, &[&self.lake, &claim_id]).await?;
        }
        commit(transaction, CLAIM).await?;
        claimed.iter().map(publication).collect()
    }

    /// What is claimed and not published.
    pub async fn claimed(&self) -> Result<Vec<ClaimedPublication>, WarehouseError> {
        let claimed = SELECT_CLAIMED.rows(&self.client, &[&self.lake]).await?;
        claimed.iter().map(publication).collect()
    }

    /// The numbers of the publications that are published.
    pub async fn published(&self) -> Result<Vec<u64>, WarehouseError> {
        let rows = SELECT_PUBLISHED.rows(&self.client, &[&self.lake]).await?;
        rows.iter().map(|row| row.count("number")).collect()
    }

    /// Whether something of the lake is no longer true: what was read of it may be from before or after.
    pub async fn has_stale(&self) -> Result<bool, WarehouseError> {
        SELECT_HAS_STALE.row(&self.client, &[&self.lake]).await?.get("has_stale")
    }

    /// The states of a publication; the digest of their content is not keyed yet.
    pub async fn states(&self, number: u64) -> Result<DatasetRows, WarehouseError> {
        STATES.rows(self.warehouse.client().await?, &[&self.lake, &(number as i64)], false).await
    }

    /// The deliveries of a publication.
    pub async fn deliveries(&self, number: u64) -> Result<DatasetRows, WarehouseError> {
        DELIVERIES.rows(self.warehouse.client().await?, &[&self.lake, &(number as i64)], false).await
    }

    /// Asks the server whether this connection, and with it the lock, is still there.
    pub async fn check_lock(&self) -> Result<(), WarehouseError> {
        CHECK_LOCK.run_all(&self.client).await
    }

    /// What is claimed is published: the pointer was moved to `number`.
    pub async fn finish(&self, number: u64) -> Result<(), WarehouseError> {
        FINISH_PUBLICATIONS.run(&self.client, &[&self.lake, &(number as i64)]).await.map(drop)
    }

    /// Gives the lock back. Dropping the session closes its connection instead, which has the same effect.
    pub async fn release(self) {
        // A failure here is a lost connection: the server has released the lock already.
        let _ = RELEASE_LOCKS.run_all(&self.client).await;
    }
}

fn publication(row: &Row) -> Result<ClaimedPublication, WarehouseError> {
    Ok(ClaimedPublication { number: row.count("number")?, is_withdrawing: row.get("is_withdrawing")? })
}

/// In the transaction that takes a person out of versions, and before it does.
pub(super) async fn mark_stale_person(
    on: &impl Connection,
    account: &str,
    person_ids: &[Vec<u8>],
    serial_numbers: &[String],
) -> Result<(), WarehouseError> {
    KEEP_PUBLISHERS_OUT.run_all(on).await?;
    mark_stale_decoded(on).await?;
    MARK_STALE_PERSON.run(on, &[&account, &person_ids, &serial_numbers]).await.map(drop)
}

/// In the transaction that changes versions of an account; `None`: of all accounts.
pub(super) async fn mark_stale(on: &impl Connection, account: Option<&str>) -> Result<(), WarehouseError> {
    KEEP_PUBLISHERS_OUT.run_all(on).await?;
    mark_stale_decoded(on).await?;
    MARK_STALE.run(on, &[&account]).await.map(drop)
}

/// What was decoded: the next publication withdraws it. No version changes, so publishers may go on meanwhile.
pub(super) async fn mark_stale_decoded(on: &impl Connection) -> Result<(), WarehouseError> {
    MARK_STALE_DECODED.run_all(on).await
}

impl AccountSession {
    /// Has all that was decoded withdrawn by the next publication.
    pub async fn withdraw_decoded(&self) -> Result<(), WarehouseError> {
        mark_stale_decoded(&self.client).await
    }
}
