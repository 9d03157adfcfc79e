//! Replay: the history of an account rebuilt from its landed deliveries, with today's contract and today's site key, beside
//! the live one; compared with it, and put in its place on request. The platform is not called.
//!
//! It is the chain of a night from decoding to COPY, delivery by delivery, in the order of their commits. What a night asks
//! of the clock or of the platform, a replay asks of the ledger; so without a change of the contract it is identical. A retry of
//! refused records is not repeated: what it loaded is judged where it was delivered.

use crate::failure::ReplayError;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::clock::now;
use crate::failure::RunError;
use crate::failure::Stopped;
use crate::landing::{LandedDelivery, Landing};
use crate::night::belonging::claim_folders;
use crate::night::clocks::{PlatformClock, compare_clocks};
use crate::night::decode::{CHUNKS_IN_FLIGHT, Chunk, Decoded, decode};
use crate::night::journal::Journal;
use crate::night::load::{apply, stated_time};
use crate::night::step::steps;
use crate::pipeline::{OnReject, Pipeline};
use crate::platform::PlatformError;
use crate::platform::cipher::Cipher;
use crate::seal::{LandingKey, QuarantineKey};
use crate::settings::{Settings, SiteKey};
use crate::transform::{HistoryPlanner, PersonKey};
use crate::warehouse::{
    AccountSession, CommittedDelivery, LedgerClocks, Replay, ReplayDifference, ReplayRecord, SwapRules, Warehouse,
};

/// The name of the operation, which only the schema's owner may do.
const REPLAY: &str = "replay deliveries";

/// The settings and folders that a replay needs.
#[derive(Clone, Copy)]
pub struct ReplayPlace<'a> {
    /// Logged in as the schema's owner.
    pub warehouse: &'a Warehouse,
    pub settings: &'a Settings,
    pub site_key: &'a SiteKey,
}

/// Whether to look at the difference only, or to put the replayed history in the live one's place, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayGoal {
    Compare,
    Swap,
}

/// How much is replayed, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayExtent {
    pub goal: ReplayGoal,
    /// The first delivery; what is older is taken from the live history. `None`: all deliveries.
    pub from: Option<i64>,
}

impl From<ReplayGoal> for ReplayExtent {
    fn from(goal: ReplayGoal) -> ReplayExtent {
        ReplayExtent { goal, from: None }
    }
}

steps! {
    /// What has just been done.
    pub enum ReplayStep {
        /// Every file is there; nothing is read yet.
        Found { deliveries: usize } = "found",
        /// A delivery, the `nth` of them, is in the open transaction.
        Replayed { delivery_id: i64, nth: usize } = "replayed",
        /// The shadow is whole, in the open transaction.
        Compared = "compared",
        /// The shadow has replaced the live history, in the open transaction.
        Swapped = "swapped",
    }
}

/// Called after every step: shows progress, and may stop the replay there. Nothing is changed then.
pub type OnReplay<'a> = dyn Fn(ReplayStep) -> Result<(), Stopped> + Send + Sync + 'a;

/// The result of a replay.
#[derive(Debug, serde::Serialize)]
pub struct ReplayReport {
    pub account: String,
    /// Deliveries that were replayed.
    pub deliveries: usize,
    /// Versions in the rebuilt history.
    pub versions: i64,
    pub is_identical: bool,
    /// Versions that differ.
    pub differing: i64,
    #[serde(flatten)]
    pub difference: ReplayDifference,
    pub is_swapped: bool,
}

/// Rebuilds the history of one account, under its lock, in one transaction. Stopped anywhere, nothing is changed; to begin
/// again harms nothing.
pub async fn replay(
    pipeline: &Pipeline,
    place: ReplayPlace<'_>,
    extent: ReplayExtent,
    on_step: &OnReplay<'_>,
) -> Result<ReplayReport, RunError> {
    let mut session = place.warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = replay_locked(pipeline, place, &mut session, extent, on_step).await;
    session.release().await;
    outcome
}

async fn replay_locked(
    pipeline: &Pipeline,
    place: ReplayPlace<'_>,
    session: &mut AccountSession,
    extent: ReplayExtent,
    on_step: &OnReplay<'_>,
) -> Result<ReplayReport, RunError> {
    let site_key = place.site_key.expose();
    let (person_key, quarantine_key) = (Arc::new(PersonKey::derive(site_key)), QuarantineKey::derive(site_key));
    session.check_owner(REPLAY).await?;
    claim_folders(pipeline, place.warehouse).await?;
    session.check_site_key(&person_key.key_id()).await?;
    if extent.goal == ReplayGoal::Swap {
        refuse_pending(session.count_pending().await?)?;
    }
    let secret = place.settings.secret(&pipeline.platform.aes_key)?;
    let cipher = Cipher::new(secret.expose_secret()).map_err(PlatformError::Key)?;
    let mut deliveries = session.committed_deliveries().await?;
    if let Some(from) = extent.from {
        deliveries.retain(|delivery| delivery.delivery_id >= from);
        let Some(first) = deliveries.first().filter(|first| first.delivery_id == from) else {
            return Err(ReplayError::NoDelivery(from).into());
        };
        if first.is_older_loaded_since {
            return Err(ReplayError::OlderLoadedSince(from).into());
        }
    }
    let landing = Landing::find(&pipeline.landing.dir, &pipeline.account, LandingKey::derive(site_key))?;
    let files = find_files(landing.as_ref(), &deliveries)?;
    let journal = Journal::of(pipeline, place.site_key, session).await?;
    on_step(ReplayStep::Found { deliveries: deliveries.len() })?;

    let rules = rules(pipeline, now(), &session.clocks().await?);
    let mut replay = session.begin_replay(extent.from, &quarantine_key).await?;
    for (nth, (delivery, file)) in (1..).zip(deliveries.iter().zip(files)) {
        replay_delivery(&mut replay, pipeline, &cipher, &person_key, delivery, file).await?;
        on_step(ReplayStep::Replayed { delivery_id: delivery.delivery_id, nth })?;
    }
    let record = replay.complete().await?;
    let difference = replay.compare().await?;
    on_step(ReplayStep::Compared)?;
    let swapped = record.filter(|_| extent.goal == ReplayGoal::Swap && !difference.is_nothing());
    if let Some(record) = swapped {
        replay.swap(record, rules, &pipeline.contract).await?;
        on_step(ReplayStep::Swapped)?;
    }
    replay.commit().await?;
    journal.copy(session).await?;
    let versions = record.map_or(0, |ReplayRecord { versions, .. }| versions);
    let (is_identical, differing) = (difference.is_nothing(), difference.count());
    tracing::info!(
        deliveries = deliveries.len(),
        versions,
        differing,
        newly_accepted = difference.newly_accepted,
        newly_refused = difference.newly_refused,
        is_swapped = swapped.is_some(),
        "deliveries replayed"
    );
    Ok(ReplayReport {
        account: pipeline.account.clone(),
        deliveries: deliveries.len(),
        versions,
        is_identical,
        differing,
        difference,
        is_swapped: swapped.is_some(),
    })
}

fn refuse_pending(pending: i64) -> Result<(), ReplayError> {
    if pending == 0 { Ok(()) } else { Err(ReplayError::Pending(pending)) }
}

fn rules(pipeline: &Pipeline, now: DateTime<Utc>, clocks: &LedgerClocks) -> SwapRules {
    SwapRules {
        is_holding_rejected: pipeline.on_reject == OnReject::Hold,
        // As a night does: nothing goes by its age while clocks differ.
        oldest_rejection: match compare_clocks(now, clocks, PlatformClock::Heard) {
            Ok(()) => now - TimeDelta::days(i64::from(pipeline.quarantine.keep_days)),
            Err(_) => DateTime::UNIX_EPOCH,
        },
    }
}

/// The landed file of every delivery that was committed, and of no other. All of them, or an error that says which is missing.
pub(super) fn find_files(
    landing: Option<&Landing>,
    deliveries: &[CommittedDelivery],
) -> Result<Vec<LandedDelivery>, RunError> {
    let landed = landing.map(Landing::deliveries).transpose()?.unwrap_or_default();
    let mut landed: HashMap<String, LandedDelivery> = landed.into_iter().map(|file| (file.name(), file)).collect();
    let mut missing = Vec::new();
    let mut files = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        match landed.remove(&delivery.landing_file) {
            Some(file) => files.push(file),
            None => missing.push(delivery),
        }
    }
    let Some((first, last)) = missing.first().zip(missing.last()) else { return Ok(files) };
    let complete_from =
        deliveries.iter().map(|delivery| delivery.delivery_id).find(|delivery_id| *delivery_id > last.delivery_id);
    Err(ReplayError::Missing {
        missing: missing.len(),
        of: deliveries.len(),
        delivery_id: first.delivery_id,
        file: first.landing_file.clone(),
        received_on: first.received_at.date_naive(),
        complete_from,
    }
    .into())
}

/// Loads one landed delivery into the shadow, while it is being decoded.
async fn replay_delivery(
    replay: &mut Replay<'_>,
    pipeline: &Pipeline,
    cipher: &Cipher,
    person_key: &Arc<PersonKey>,
    delivery: &CommittedDelivery,
    file: LandedDelivery,
) -> Result<(), RunError> {
    replay.begin_delivery(delivery).await?;
    let mut planner = HistoryPlanner::new(delivery.effective_at);
    loop {
        let (mut chunks, decoder) = start_decoding(pipeline, cipher, person_key, file.clone());
        while let Some(chunk) = chunks.recv().await {
            apply(replay.load(), &mut planner, chunk, &pipeline.contract).await?;
        }
        // What is wrong with the file comes first: what was loaded of it until then means nothing.
        let decoded = decoder.await.map_err(RunError::Worker)??;
        check_identity(delivery, &decoded)?;
        match planner.finish() {
            Ok(()) => {
                replay.end_delivery(decoded.envelope.records, &decoded.unknown_fields).await?;
                return Ok(());
            }
            Err(read_again) => {
                replay.undo_delivery(delivery).await?;
                planner = HistoryPlanner::again(delivery.effective_at, read_again);
            }
        }
    }
}

/// The chunks of a landed delivery as they are decoded, and what was read in the end.
pub(super) fn start_decoding(
    pipeline: &Pipeline,
    cipher: &Cipher,
    person_key: &Arc<PersonKey>,
    file: LandedDelivery,
) -> (mpsc::Receiver<Chunk>, JoinHandle<Result<Decoded, RunError>>) {
    let (sender, chunks) = mpsc::channel(CHUNKS_IN_FLIGHT);
    let (cipher, contract, person_key) = (cipher.clone(), pipeline.contract.clone(), Arc::clone(person_key));
    let result_path = pipeline.platform.result_path.clone();
    let decoder =
        tokio::task::spawn_blocking(move || decode(&file, cipher, &result_path, &contract, &person_key, &sender));
    (chunks, decoder)
}

/// Holds a file against what the ledger knows of the delivery. A sealed file's name is authenticated by its seal.
pub(super) fn check_identity(delivery: &CommittedDelivery, decoded: &Decoded) -> Result<(), ReplayError> {
    // What counted then counts now: whether a time lay in the future, the ledger knows.
    let stated = stated_time(&decoded.envelope).filter(|_| delivery.is_effective_time_delivered);
    let effective_at = stated.unwrap_or(delivery.received_at);
    for (what, found, expected) in [
        ("its bytes are", decoded.bytes.to_string(), delivery.body_bytes.to_string()),
        ("its records are", decoded.envelope.records.to_string(), delivery.received.to_string()),
        ("its time is", effective_at.to_rfc3339(), delivery.effective_at.to_rfc3339()),
    ] {
        if found != expected {
            let (delivery_id, file) = (delivery.delivery_id, delivery.landing_file.clone());
            return Err(ReplayError::Other { delivery_id, file, what, found, expected });
        }
    }
    Ok(())
}
