//! Decoding for the lake: every landed delivery of an account once more, by today's contract, as states without identity. An engine
//! rebuilds the history from them, as a replay would.
//!
//! Held under the account's lock, so that no erasure comes between what is read and what is recorded. What was recorded is seen by
//! nobody before all accounts are there; `night::publish` moves the pointer then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::failure::{RebuildError, RunError, Stopped};
use crate::lake::{LakeError, LakeFile, LakeStore};
use crate::landing::{LandedDelivery, Landing};
use crate::night::belonging::claim_folders;
use crate::night::step::steps;
use crate::night::{DecodedFiles, Journal, LakeTarget, decoded_folder};
use crate::pipeline::Pipeline;
use crate::platform::PlatformError;
use crate::platform::cipher::Cipher;
use crate::rows::{Cell, RowColumn, Rows};
use crate::seal::LandingKey;
use crate::settings::{Settings, SiteKey};
use crate::transform::{ContentKey, PersonKey};
use crate::upkeep::decoded_rows::StateRows;
use crate::upkeep::replay::{check_identity, find_files, start_decoding};
use crate::warehouse::{AccountSession, CommittedDelivery, LakeColumns, LakePosition, Warehouse};

/// The name of the operation, which only the schema's owner may do: it reads what was erased.
const DECODE: &str = "decode deliveries for the lake";

steps! {
    /// What has just been done.
    pub enum DecodeStep {
        /// Every file is there; nothing is read yet.
        Found { deliveries: usize } = "found",
        /// A delivery, the `nth` of them, is on its way into the lake.
        Decoded { delivery_id: i64, nth: usize } = "decoded",
        /// The account's files are in the lake; nothing names them.
        Written = "written",
        /// The ledger knows them.
        Recorded = "recorded",
    }
}

/// Called after every step; may stop the decoding there.
pub type OnDecode<'a> = dyn Fn(DecodeStep) -> Result<(), Stopped> + Send + Sync + 'a;

/// What decoding needs besides the account and its lake.
#[derive(Clone, Copy)]
pub struct DecodeContext<'a> {
    /// Logged in as the schema's owner.
    pub warehouse: &'a Warehouse,
    pub settings: &'a Settings,
    pub site_key: &'a SiteKey,
    /// States in one file.
    pub file_rows: u64,
    pub on_step: &'a OnDecode<'a>,
}

/// What was decoded of an account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DecodeReport {
    pub account: String,
    /// What it was decoded for: withdrawn as soon as the ledger does not know it any more.
    #[serde(skip)]
    pub decoding_id: String,
    /// It was there already, decoded by the same contract.
    pub is_known: bool,
    pub deliveries: usize,
    pub states: u64,
}

/// Decodes one account for its lake. Stopped anywhere, nothing of it counts, and its files are removed.
pub async fn decode_account(
    pipeline: &Pipeline,
    lake: &LakeTarget,
    context: DecodeContext<'_>,
) -> Result<DecodeReport, RunError> {
    let mut session = context.warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = decode_locked(pipeline, lake, context, &mut session).await;
    session.release().await;
    outcome
}

async fn decode_locked(
    pipeline: &Pipeline,
    lake: &LakeTarget,
    context: DecodeContext<'_>,
    session: &mut AccountSession,
) -> Result<DecodeReport, RunError> {
    let DecodeContext { warehouse, settings, site_key, .. } = context;
    let person_key = Arc::new(PersonKey::derive(site_key.expose()));
    session.check_owner(DECODE).await?;
    claim_folders(pipeline, warehouse).await?;
    session.check_site_key(&person_key.key_id()).await?;
    let store = LakeStore::open(&lake.url, warehouse.identity().await?, settings)?;
    // Both refuse a database that was restored and knows nothing of an erasure since.
    Journal::of(pipeline, site_key, session).await?;
    check_position(&store, lake, warehouse, &pipeline.account).await?;
    let contract = contract_sha256(pipeline);
    let decoding = session.join_decoding(&lake.url.to_string(), &lake.accounts, &contract).await?;
    let decoding = decoding.ok_or(RebuildError::DecodingEnded)?;
    let account = pipeline.account.clone();
    if decoding.is_decoded {
        let decoding_id = decoding.decoding_id;
        return Ok(DecodeReport { account, decoding_id, is_known: true, deliveries: 0, states: 0 });
    }
    let deliveries = session.committed_deliveries().await?;
    let landing = Landing::find(&pipeline.landing.dir, &pipeline.account, LandingKey::derive(site_key.expose()))?;
    let files = find_files(landing.as_ref(), &deliveries)?;
    (context.on_step)(DecodeStep::Found { deliveries: deliveries.len() })?;

    let work = Work {
        pipeline,
        context,
        cipher: Cipher::new(settings.secret(&pipeline.platform.aes_key)?.expose_secret())
            .map_err(PlatformError::Key)?,
        person_key,
        store,
        folder: decoded_folder(&decoding.decoding_id),
        columns: warehouse.lake_columns().await?,
        written: Mutex::default(),
    };
    let outcome = async {
        let files = work.write(session, &deliveries, files).await?;
        (context.on_step)(DecodeStep::Written)?;
        session.check_lock().await?;
        match session.record_decoded(&decoding.decoding_id, &contract, &files).await {
            Ok(true) => {}
            Ok(false) => return Err(RebuildError::DecodingEnded.into()),
            Err(error) => {
                // It may be recorded all the same, and then the pointer is going to name them.
                work.keep_written();
                return Err(error.into());
            }
        }
        Ok::<_, RunError>(files.states.iter().map(|file| file.rows).sum())
    };
    match outcome.await {
        Ok(states) => {
            (context.on_step)(DecodeStep::Recorded)?;
            let deliveries = deliveries.len();
            tracing::info!(account, deliveries, states, "decoded for the lake");
            Ok(DecodeReport { account, decoding_id: decoding.decoding_id, is_known: false, deliveries, states })
        }
        Err(error) => {
            work.remove_written().await;
            Err(error)
        }
    }
}

/// The pointer must be where the ledger has moved it, or a publisher has just been stopped.
async fn check_position(
    store: &LakeStore,
    lake: &LakeTarget,
    warehouse: &Warehouse,
    account: &str,
) -> Result<(), RunError> {
    let Some(found) = store.read_pointer().await?.map(|found| found.pointer.number) else {
        return Err(RebuildError::NothingPublished { lake: store.address("") }.into());
    };
    let (LakePosition { published, claimed }, _) = warehouse.lake_state(&lake.url.to_string(), account).await?;
    if found != published && found != claimed {
        return Err(LakeError::OtherPosition { lake: lake.url.clone(), found, known: published }.into());
    }
    Ok(())
}

/// Whatever decides what is accepted, and what counts as the same content.
fn contract_sha256(pipeline: &Pipeline) -> String {
    let contract = &pipeline.contract;
    let ignored = contract.ignore.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    let digest = Sha256::new_with_prefix(env!("CARGO_PKG_VERSION"));
    hex::encode(digest.chain_update(&contract.text).chain_update([0]).chain_update(ignored).finalize())
}

/// The decoding of one account.
struct Work<'a> {
    pipeline: &'a Pipeline,
    context: DecodeContext<'a>,
    cipher: Cipher,
    person_key: Arc<PersonKey>,
    store: LakeStore,
    /// Of this decoding, in the lake.
    folder: String,
    columns: LakeColumns,
    /// The path of every file that was begun.
    written: Mutex<Vec<String>>,
}

/// What the decoded deliveries came to.
struct DeliveryCounts {
    accepted: u64,
    rejected: u64,
}

impl Work<'_> {
    /// Writes states and deliveries.
    async fn write(
        &self,
        session: &AccountSession,
        deliveries: &[CommittedDelivery],
        files: Vec<LandedDelivery>,
    ) -> Result<DecodedFiles, RunError> {
        let (sender, receiver) = mpsc::channel(1);
        let (decoded, states) = tokio::join!(
            self.decode_all(session, deliveries, files, sender),
            self.put("states", &self.columns.states, receiver)
        );
        // A store that takes nothing more is why nothing more was decoded.
        let states = states?;
        let rows = self.delivery_rows(deliveries, &decoded?);
        let (sender, receiver) = mpsc::channel(1);
        let feed = async move {
            // It fails only where the store has failed.
            let _ = if rows.is_empty() { Ok(()) } else { sender.send(rows).await };
        };
        let ((), deliveries) = tokio::join!(feed, self.put("deliveries", &self.columns.deliveries, receiver));
        Ok(DecodedFiles { states, deliveries: deliveries? })
    }

    async fn put(
        &self,
        kind: &str,
        columns: &[RowColumn],
        rows: mpsc::Receiver<Rows>,
    ) -> Result<Vec<LakeFile>, RunError> {
        let path = || {
            let path = format!("{}{kind}/{}.parquet", self.folder, Uuid::new_v4().simple());
            self.written.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
            path
        };
        let mut files = Vec::new();
        let put = |file| {
            files.push(file);
            Ok::<(), RunError>(())
        };
        self.store.put_files(columns, self.context.file_rows, rows, path, put).await?;
        Ok(files)
    }

    /// Decodes each delivery, and sends its states on.
    async fn decode_all(
        &self,
        session: &AccountSession,
        deliveries: &[CommittedDelivery],
        files: Vec<LandedDelivery>,
        rows: mpsc::Sender<Rows>,
    ) -> Result<Vec<DeliveryCounts>, RunError> {
        let site_key = self.context.site_key.expose();
        let mut states = StateRows {
            account: &self.pipeline.account,
            columns: &self.columns.states,
            content_key: ContentKey::derive(site_key),
            age_bands: self.context.warehouse.age_bands().await?,
            forgotten: session.forgotten().await?,
            // Thrown away with this decoding: nobody can guess what it makes.
            forgotten_key: ContentKey::derive(&random_key()),
        };
        let mut counts = Vec::new();
        for (nth, (delivery, file)) in (1..).zip(deliveries.iter().zip(files)) {
            let (mut chunks, decoder) = start_decoding(self.pipeline, &self.cipher, &self.person_key, file);
            let (mut accepted, mut rejected) = (0, 0);
            while let Some(chunk) = chunks.recv().await {
                let serial_numbers: Vec<&str> =
                    chunk.accepted.iter().map(|state| state.reservation.serial_number.as_str()).collect();
                let pulls = match serial_numbers.is_empty() {
                    true => HashMap::new(),
                    false => session.unconfirmed_pulls(delivery.delivery_id, &serial_numbers).await?,
                };
                let batch = states.rows(delivery, accepted, &chunk.accepted, &pulls);
                accepted += chunk.accepted.len() as u64;
                rejected += chunk.rejections.len() as u64;
                // Nobody takes them any more: the store has the error that matters.
                if !batch.is_empty() && rows.send(batch).await.is_err() {
                    return Ok(counts);
                }
            }
            let decoded = decoder.await.map_err(RunError::Worker)??;
            check_identity(delivery, &decoded)?;
            counts.push(DeliveryCounts { accepted, rejected });
            (self.context.on_step)(DecodeStep::Decoded { delivery_id: delivery.delivery_id, nth })?;
        }
        Ok(counts)
    }

    /// What a night would count only when it plans, nobody knows yet.
    fn delivery_rows(&self, deliveries: &[CommittedDelivery], counts: &[DeliveryCounts]) -> Rows {
        let integer = |count: u64| Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let mut rows = Rows::of(self.columns.deliveries.len());
        for (delivery, counts) in deliveries.iter().zip(counts) {
            for column in &self.columns.deliveries {
                rows.push(match column.name.as_str() {
                    "delivery_id" => Cell::Integer(delivery.delivery_id),
                    "account" => Cell::Text(&self.pipeline.account),
                    "is_retry" => Cell::Boolean(false),
                    "effective_at" => Cell::Time(delivery.effective_at),
                    "received_at" => Cell::Time(delivery.received_at),
                    "received" => integer(delivery.received),
                    "accepted" | "states" => integer(counts.accepted),
                    "rejected" => integer(counts.rejected),
                    _ => Cell::Empty,
                });
            }
        }
        rows
    }

    /// What was written stays, whatever comes.
    fn keep_written(&self) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What cannot be removed now is removed by a later publication, when this decoding has ended.
    async fn remove_written(&self) {
        let written = std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        for path in written {
            if let Err(error) = self.store.delete(&path).await {
                tracing::warn!("{}", crate::failure::chain(&error));
            }
        }
    }
}

fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    for half in key.chunks_exact_mut(16) {
        half.copy_from_slice(Uuid::new_v4().as_bytes());
    }
    key
}
