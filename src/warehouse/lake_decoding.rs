//! What is decoded once more for a lake, from landed files: which accounts of it are, and what a decoder has to know of each.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::types::Json;

use crate::rows::RowColumn;
use crate::warehouse::lake_ledger::{DELIVERIES, STATES};
use crate::warehouse::statement::{Parameters, Row, Statement, begin, commit, sql};
use crate::warehouse::{AccountSession, LakeSession, Warehouse, WarehouseError};

const DELETE_OTHER_DECODINGS: Statement = sql!("lake_ledger/delete_other_decodings", DECODE);
const INSERT_DECODING: Statement = sql!("lake_ledger/insert_decoding", DECODE);
const SELECT_DECODING: Statement = sql!("lake_ledger/select_decoding", DECODE);
const SELECT_NEXT_DECODING: Statement = sql!("lake_ledger/select_next_decoding", LOOK_UP);
const UPSERT_DECODED_ACCOUNT: Statement = sql!("lake_ledger/upsert_decoded_account", DECODE);
const SELECT_HAS_DECODING: Statement = sql!("lake_ledger/select_has_decoding", LOOK_UP);
const CLOSE_DECODING: Statement = sql!("lake_ledger/close_decoding", PUBLISH);
const SELECT_CLOSED_DECODING: Statement = sql!("lake_ledger/select_closed_decoding", LOOK_UP);
const SELECT_DECODINGS: Statement = sql!("lake_ledger/select_decodings", LOOK_UP);
const FINISH_DECODING: Statement = sql!("lake_ledger/finish_decoding", PUBLISH);
const SELECT_FORGOTTEN: Statement = sql!("lake_ledger/select_forgotten", LOOK_UP);
const SELECT_UNCONFIRMED: Statement = sql!("lake_ledger/select_unconfirmed", LOOK_UP);
const SELECT_AGE_BANDS: Statement = sql!("lake_ledger/select_age_bands", LOOK_UP);

const LOOK_UP: &str = "look up what is decoded";
const DECODE: &str = "record what is decoded for the lake";
const PUBLISH: &str = "record the publication";

/// Counts of a delivery that nobody knows before its states are planned.
const PLANNED: [&str; 4] = ["unchanged", "opened", "closed", "adjusted"];

/// A decoding that an account belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedDecoding {
    pub decoding_id: String,
    /// The account is decoded in it already, by the same contract.
    pub is_decoded: bool,
}

/// A decoding of which every account is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedDecoding<Files> {
    pub decoding_id: String,
    /// The files of each, as they were recorded.
    pub files: Vec<Files>,
}

/// Something of a reservation was erased or discarded, until this delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    pub last_delivery_id: i64,
    /// Persons whose states the history has kept.
    pub kept_persons: Vec<Vec<u8>>,
    /// Fingerprints of what the history has kept, and of the same without ignored members as they become known.
    pub kept_contents: Vec<Vec<u8>>,
    /// Who stands for the erased person since, as the history has it, each from a delivery on.
    pub successors: Vec<(i64, Option<Vec<u8>>)>,
}

/// The columns of decoded files: those of published ones.
pub struct LakeColumns {
    pub states: Vec<RowColumn>,
    pub deliveries: Vec<RowColumn>,
}

impl Warehouse {
    pub async fn lake_columns(&self) -> Result<LakeColumns, WarehouseError> {
        let client = self.client().await?;
        let (states, mut deliveries) = (STATES.columns(&client).await?, DELIVERIES.columns(&client).await?);
        for column in deliveries.iter_mut().filter(|column| PLANNED.contains(&column.name.as_str())) {
            column.is_required = false;
        }
        Ok(LakeColumns { states, deliveries })
    }

    /// The band of each age, from 0 on; an older one has the last.
    pub async fn age_bands(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = SELECT_AGE_BANDS.rows(&self.client().await?, &[]).await?;
        rows.iter().map(|row| row.get("age_band")).collect()
    }

    /// Of the decoding of this lake that is not published yet: how many accounts are decoded, and of how many.
    pub async fn decoded_accounts(&self, lake: &str) -> Result<Option<(u64, u64)>, WarehouseError> {
        let row = SELECT_NEXT_DECODING.row_if_any(&self.client().await?, &[&lake]).await?;
        row.map(|row| Ok((row.count("decoded")?, row.count("accounts")?))).transpose()
    }

    /// Whether the ledger knows a decoding by this id, published or not: if not, it was withdrawn.
    pub async fn has_decoding(&self, lake: &str, decoding_id: &str) -> Result<bool, WarehouseError> {
        SELECT_HAS_DECODING.row(&self.client().await?, &[&lake, &decoding_id]).await?.get("has_decoding")
    }
}

impl AccountSession {
    /// The decoding that is open for these accounts of a lake, or a new one. What was decoded for other accounts is given up. `None`: one is
    /// to be published first, or it was withdrawn just now.
    pub async fn join_decoding(
        &mut self,
        lake: &str,
        accounts: &[String],
        contract_sha256: &str,
    ) -> Result<Option<JoinedDecoding>, WarehouseError> {
        // However they are named.
        let mut accounts = accounts.to_vec();
        accounts.sort_unstable();
        let transaction = begin(&mut self.client, DECODE).await?;
        DELETE_OTHER_DECODINGS.run(&transaction, &[&lake, &accounts]).await?;
        INSERT_DECODING.run(&transaction, &[&lake, &accounts]).await?;
        let row =
            SELECT_DECODING.row_if_any(&transaction, &[&lake, &self.account, &contract_sha256, &accounts]).await?;
        commit(transaction, DECODE).await?;
        let joined =
            |row: Row| Ok(JoinedDecoding { decoding_id: row.get("decoding_id")?, is_decoded: row.get("is_decoded")? });
        row.map(joined).transpose()
    }

    /// The account is decoded, into these files, by the contract of this digest. `false`: the decoding has ended meanwhile, and the files
    /// are nobody's.
    pub async fn record_decoded(
        &self,
        decoding_id: &str,
        contract_sha256: &str,
        files: &(impl Serialize + fmt::Debug + Sync),
    ) -> Result<bool, WarehouseError> {
        let parameters: Parameters<'_> = &[&decoding_id, &self.account, &contract_sha256, &Json(files)];
        Ok(UPSERT_DECODED_ACCOUNT.run(&self.client, parameters).await? > 0)
    }

    /// By serialNumber, the earlier one first.
    pub async fn forgotten(&self) -> Result<HashMap<String, Vec<Forgotten>>, WarehouseError> {
        let mut forgotten: HashMap<String, Vec<Forgotten>> = HashMap::new();
        for row in SELECT_FORGOTTEN.rows(&self.client, &[&self.account]).await? {
            let deliveries: Vec<i64> = row.get("successor_deliveries")?;
            let persons: Vec<Option<Vec<u8>>> = row.get("successors")?;
            let one = Forgotten {
                last_delivery_id: row.get("last_delivery_id")?,
                kept_persons: row.get("kept_persons")?,
                kept_contents: row.get("kept_contents")?,
                successors: deliveries.into_iter().zip(persons).collect(),
            };
            forgotten.entry(row.get("serial_number")?).or_default().push(one);
        }
        Ok(forgotten)
    }

    /// Those among these reservations of which the platform could deliver states again, each with the pull since which it could.
    pub async fn unconfirmed_pulls(
        &self,
        delivery_id: i64,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, i64>, WarehouseError> {
        let rows = SELECT_UNCONFIRMED.rows(&self.client, &[&self.account, &delivery_id, &serial_numbers]).await?;
        rows.iter().map(|row| Ok((row.get("serial_number")?, row.get("unconfirmed_pull")?))).collect()
    }
}

impl LakeSession {
    /// The open decoding takes no more, if all of its accounts are decoded.
    pub async fn close_decoding(&self) -> Result<(), WarehouseError> {
        CLOSE_DECODING.run(&self.client, &[&self.lake]).await.map(drop)
    }

    /// The decoding that was closed and is not published yet: the pointer is to name it, or does.
    pub async fn closed_decoding<Files: DeserializeOwned>(
        &self,
    ) -> Result<Option<ClosedDecoding<Files>>, WarehouseError> {
        let row = SELECT_CLOSED_DECODING.row_if_any(&self.client, &[&self.lake]).await?;
        let closed = |row: Row| {
            let files: Vec<Json<Files>> = row.get("files")?;
            let files = files.into_iter().map(|Json(files)| files).collect();
            Ok(ClosedDecoding { decoding_id: row.get("decoding_id")?, files })
        };
        row.map(closed).transpose()
    }

    /// The ids of whatever is decoded, published or not.
    pub async fn decodings(&self) -> Result<Vec<String>, WarehouseError> {
        let rows = SELECT_DECODINGS.rows(&self.client, &[&self.lake]).await?;
        rows.iter().map(|row| row.get("decoding_id")).collect()
    }

    /// The pointer names it now.
    pub async fn finish_decoding(&self, decoding_id: &str) -> Result<(), WarehouseError> {
        FINISH_DECODING.run(&self.client, &[&self.lake, &decoding_id]).await.map(drop)
    }
}
