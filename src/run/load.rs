//! Load: decoded chunks against the current versions, into one transaction, to the receipt.

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use tokio::sync::mpsc;

use crate::pipeline::{OnReject, Pipeline};
use crate::platform::{Envelope, Platform};
use crate::reservation::UnknownFields;
use crate::run::decode::{CHUNKS_IN_FLIGHT, Decoded, DecodedChunk, decode};
use crate::run::error::RunError;
use crate::run::pull::Pulled;
use crate::run::stage;
use crate::run::step::{OnStep, Step};
use crate::seal::QuarantineKey;
use crate::transform::{HistoryPlanner, PersonKey};
use crate::warehouse::{AccountSession, ChunkLoad, CommitReceipt, DeliveryHeader, Load, LoadCounts};

/// An envelope's timestamp outside of these years is no time of a delivery, and counts as absent.
const EFFECTIVE_YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// Names of unknown fields in the log; the ledger has more of them.
const UNKNOWN_FIELDS_SHOWN: usize = 20;

/// The keys that a load works with.
pub(super) struct LoadKeys {
    pub person: PersonKey,
    pub quarantine: QuarantineKey,
}

/// Loads a delivery while it is being decoded. The receipt proves that COMMIT has returned.
pub(super) async fn load(
    session: &mut AccountSession,
    platform: &Platform,
    pipeline: &Pipeline,
    keys: LoadKeys,
    pulled: Pulled,
    run_id: i64,
    on_step: &OnStep<'_>,
) -> Result<(CommitReceipt, LoadCounts), RunError> {
    let header = header(&pulled, run_id);
    let is_holding = pipeline.on_reject == OnReject::Hold;
    let person = Arc::new(keys.person);
    let mut planner = HistoryPlanner::new(header.effective_at);
    let (load, decoder) = loop {
        let (sender, mut chunks) = mpsc::channel(CHUNKS_IN_FLIGHT);
        let decoder = {
            let (cipher, contract) = (platform.cipher().clone(), pipeline.contract.clone());
            let (landed, person) = (pulled.landed.clone(), Arc::clone(&person));
            tokio::task::spawn_blocking(move || decode(&landed, cipher, &contract, &person, &sender))
        };
        let mut load = session.begin_load(&header, &keys.quarantine, is_holding).await?;
        while let Some(chunk) = chunks.recv().await {
            apply(&mut load, &mut planner, chunk).await?;
            on_step(Step::ChunkLoaded(load.counts()))?;
        }
        match planner.finish() {
            Ok(plan) => {
                load.apply(ChunkLoad { plan, ..ChunkLoad::default() }).await?;
                break (load, decoder);
            }
            Err(read_again) => {
                load.undo().await?;
                planner = HistoryPlanner::again(header.effective_at, read_again);
            }
        }
    };
    let Decoded { envelope, unknown_fields, .. } = decoder.await.map_err(RunError::Worker)??;
    for (broken, records) in load.problems() {
        tracing::warn!(
            field = broken.field,
            rule = broken.rule.as_str(),
            records,
            "records break a rule of the contract"
        );
    }
    warn_of_unknown_fields(&unknown_fields);
    on_step(Step::Loaded(load.counts()))?;
    let (receipt, counts) = load.commit(envelope.records, &unknown_fields).await?;
    stage::record_counts(&counts);
    tracing::info!(
        delivery = receipt.delivery_id(),
        received = counts.received,
        rejected = counts.rejected,
        opened = counts.opened,
        closed = counts.closed,
        unchanged = counts.unchanged,
        adjusted = counts.adjusted,
        "delivery committed"
    );
    Ok((receipt, counts))
}

pub(super) async fn apply(
    load: &mut Load<'_>,
    planner: &mut HistoryPlanner,
    chunk: DecodedChunk,
) -> Result<(), RunError> {
    let mut serial_numbers: Vec<&str> =
        chunk.accepted.iter().map(|state| state.reservation.serial_number.as_str()).collect();
    // In the order of the index, each once.
    serial_numbers.sort_unstable();
    serial_numbers.dedup();
    let current = load.current_versions(&serial_numbers).await?;
    let unconfirmed = load.unconfirmed_versions(&serial_numbers).await?;
    let mut accepted_last = Vec::new();
    if load.has_open_rejections() || !chunk.rejections.is_empty() {
        let is_last = |serial_number: &&&str| !chunk.refused_last.contains(**serial_number);
        accepted_last =
            serial_numbers.iter().filter(is_last).map(|serial_number| (*serial_number).to_owned()).collect();
    }
    let plan = planner.plan(chunk.accepted, &current, &unconfirmed);
    load.apply(ChunkLoad {
        plan,
        rejections: chunk.rejections,
        accepted_last,
        warned: chunk.warned,
        problems: chunk.problems,
    })
    .await?;
    Ok(())
}

fn warn_of_unknown_fields(unknown_fields: &UnknownFields) {
    let mut names = unknown_fields.names();
    if names.is_empty() {
        return;
    }
    let others = names.len().saturating_sub(UNKNOWN_FIELDS_SHOWN) as u64 + unknown_fields.more();
    names.truncate(UNKNOWN_FIELDS_SHOWN);
    let fields = match others {
        0 => format!("{names:?}"),
        _ => format!("{names:?} and {others} more"),
    };
    tracing::warn!(fields, "the contract does not know these fields; they are kept in extra");
}

fn header(pulled: &Pulled, run_id: i64) -> DeliveryHeader {
    let delivered = effective_time(&pulled.envelope);
    if delivered.is_none() {
        tracing::warn!("the answer has no usable timestamp: its time of receipt stands in");
    }
    DeliveryHeader {
        run_id,
        effective_at: delivered.unwrap_or(pulled.received_at),
        is_effective_time_delivered: delivered.is_some(),
        received_at: pulled.received_at,
        landing_file: pulled.landed.name(),
        body_bytes: pulled.bytes,
        is_retry: false,
    }
}

/// When a delivery's states take effect, if it says so usably.
pub(super) fn effective_time(envelope: &Envelope) -> Option<DateTime<Utc>> {
    let time = Utc.timestamp_millis_opt(envelope.timestamp?).single()?;
    EFFECTIVE_YEARS.contains(&chrono::Datelike::year(&time)).then_some(time)
}
