//! Retry and discard: loads quarantined records into the history, or deletes them.
//!
//! A retry checks first and then loads: only records that pass are in its transaction. A record counts from the delivery that
//! it came in last, and never replaces a newer state. Neither calls the platform: the pull that follows in the same run
//! delivers the held-back reservations in their present state, and acknowledges them.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::now;
use crate::failure::RunError;
use crate::night::decode::Chunk;
use crate::night::load::{Known, LoadKeys, look_up_contents};
use crate::night::step::{OnStep, Step};
use crate::pipeline::{Contract, Pipeline};
use crate::reservation::UnknownFields;
use crate::transform::{KnownContents, plan_history};
use crate::validate::{Outcome, validate};
use crate::warehouse::{
    AccountSession, DeliveryHeader, DeliveryOrigin, EndedLoad, Load, LoadCounts, OpenRecord, Retried, RetriedRecords,
};

/// Records that are opened and judged together: with a kilobyte or two each, a megabyte.
const CHUNK_RECORDS: usize = 500;

/// Which records somebody means, and who.
#[derive(Debug, Clone)]
pub struct Selection {
    pub rejection_ids: Vec<i64>,
    /// User of the operating system, for the ledger.
    pub operator: String,
}

/// The outcome of the selected records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// The retry's own delivery; `None`: nothing was loaded.
    pub delivery: Option<i64>,
    /// Counts of what it loaded.
    pub counts: LoadCounts,
    /// Still refused, with the reasons of today.
    pub refused: u64,
    /// Older than what the history has taken since.
    pub superseded: u64,
    /// Left as they are: the person was erased.
    pub left_out: u64,
    pub discarded: u64,
}

/// Tries records again.
pub(super) async fn retry(
    session: &mut AccountSession,
    pipeline: &Pipeline,
    keys: &LoadKeys,
    selection: &Selection,
    run_id: i64,
    settled: &mut Settled,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let contract = Arc::clone(&pipeline.contract);
    let Sorted { passing, refused } = sort_out(session, &contract, keys, selection, now(), settled).await?;
    settled.refused = refused.len() as u64;
    if passing.is_empty() {
        return Ok(());
    }
    let received_at = now();
    let records = session.record_places(&selection.rejection_ids).await?;
    let header = DeliveryHeader {
        run_id,
        // The history is as new afterwards as it was: nothing newer was heard of the platform.
        effective_at: session.newest_effective_time().await?.unwrap_or(received_at),
        is_effective_time_delivered: true,
        platform_at: None,
        received_at,
        // Runs are counted from an earlier number after a restored backup, and a retry of then comes back under its own name.
        landing_file: format!("retry of run {run_id} at {}", received_at.format("%Y%m%dT%H%M%S%.6f")),
        body_bytes: 0,
        origin: DeliveryOrigin::Retry(RetriedRecords { records, operator: selection.operator.clone() }),
    };
    let (load, Passed { outdated, unknown_fields }) =
        load_passing(session, &contract, keys, &Sorted { passing, refused }, &selection.operator, &header, on_step)
            .await?;
    let (receipt, counts) = load.commit(&unknown_fields).await?;
    settled.delivery = receipt.delivery_id();
    settled.counts = counts;
    settled.refused -= outdated;
    settled.superseded += outdated;
    tracing::info!(
        delivery = receipt.delivery_id(),
        loaded = counts.accepted,
        opened = counts.opened,
        closed = counts.closed,
        unchanged = counts.unchanged,
        "quarantined records loaded"
    );
    on_step(Step::Committed)?;
    Ok(())
}

/// Does a retry as it was done before, since the database has forgotten it: by the contract of then.
pub(super) async fn retry_again(
    session: &mut AccountSession,
    contract: &Contract,
    keys: &LoadKeys,
    rejection_ids: &[i64],
    operator: &str,
    (header, known): (&DeliveryHeader, Known<'_>),
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let contract = Arc::new(contract.clone());
    let selection = Selection { rejection_ids: rejection_ids.to_vec(), operator: operator.to_owned() };
    let sorted = sort_out(session, &contract, keys, &selection, header.received_at, &mut Settled::default()).await?;
    let (load, Passed { unknown_fields, .. }) =
        load_passing(session, &contract, keys, &sorted, operator, header, on_step).await?;
    known.check_counts(load.counts())?;
    load.commit(&unknown_fields).await?;
    Ok(())
}

/// What a retry has loaded.
#[derive(Default)]
struct Passed {
    /// Refused records that it supersedes.
    outdated: u64,
    unknown_fields: UnknownFields,
}

/// Loads what passes, as one delivery, and leaves the commit to the caller.
async fn load_passing<'session>(
    session: &'session mut AccountSession,
    contract: &Arc<Contract>,
    keys: &LoadKeys,
    sorted: &Sorted,
    operator: &str,
    header: &DeliveryHeader,
    on_step: &OnStep<'_>,
) -> Result<(EndedLoad<'session>, Passed), RunError> {
    let mut load = session.begin_load(header.clone(), &keys.quarantine, false).await?;
    let (mut records, mut passed) = (0, Passed::default());
    for ids in sorted.passing.chunks(CHUNK_RECORDS) {
        let judged = judge(load.load().open_records(ids).await?, contract).await?;
        records += judged.len() as u64;
        // One delivery after the other, each at its own time.
        for of_delivery in judged.chunk_by(|(left, _), (right, _)| left.delivery_id == right.delivery_id) {
            let superseded =
                apply(load.load(), of_delivery, contract, keys, operator, &mut passed.unknown_fields).await?;
            passed.outdated += superseded.iter().filter(|id| sorted.refused.contains(id)).count() as u64;
        }
        on_step(Step::ChunkLoaded(load.load().counts()))?;
    }
    on_step(Step::Loaded(load.load().counts()))?;
    Ok((load.end(records).await?, passed))
}

/// Selected records by what is to become of them.
#[derive(Default)]
struct Sorted {
    /// In the order in which they were delivered.
    passing: Vec<i64>,
    refused: HashSet<i64>,
}

/// Judges all selected records by the contract of today and the history.
async fn sort_out(
    session: &AccountSession,
    contract: &Arc<Contract>,
    keys: &LoadKeys,
    selection: &Selection,
    now: DateTime<Utc>,
    settled: &mut Settled,
) -> Result<Sorted, RunError> {
    let order = session.retry_order(&selection.rejection_ids).await?;
    let mut sorted = Sorted::default();
    for ids in order.chunks(CHUNK_RECORDS) {
        let judged = judge(session.open_records(&keys.quarantine, ids).await?, contract).await?;
        let serial_numbers: Vec<&str> = judged.iter().filter_map(|(_, outcome)| serial_number(outcome)).collect();
        let newest = session.newest_deliveries(&serial_numbers).await?;
        let (mut refused, mut superseded) = (Vec::new(), Vec::new());
        for (record, outcome) in judged {
            let id = record.rejection_id;
            let known = serial_number(&outcome).and_then(|name| newest.get(name)).copied().unwrap_or_default();
            match outcome {
                _ if known.is_erased => settled.left_out += 1,
                _ if known.delivery_id > Some(record.delivery_id) => superseded.push(id),
                Outcome::Rejected(rejection) => refused.push((id, rejection.problems)),
                Outcome::Accepted { .. } => sorted.passing.push(id),
            }
        }
        sorted.refused.extend(refused.iter().map(|(id, _)| id));
        settled.superseded += superseded.len() as u64;
        session.update_reasons(&refused).await?;
        session.supersede_rejections(&superseded, now, &selection.operator).await?;
    }
    Ok(sorted)
}

fn serial_number(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Accepted { reservation, .. } => Some(reservation.serial_number.as_str()),
        Outcome::Rejected(rejection) => rejection.serial_number.as_deref(),
    }
}

/// On a thread of its own: it is all computing.
async fn judge(records: Vec<OpenRecord>, contract: &Arc<Contract>) -> Result<Vec<(OpenRecord, Outcome)>, RunError> {
    let contract = Arc::clone(contract);
    let judge = move || {
        let outcomes = records.into_iter().map(|record| {
            let outcome = validate(&record.record, &contract);
            (record, outcome)
        });
        outcomes.collect()
    };
    tokio::task::spawn_blocking(judge).await.map_err(RunError::Worker)
}

/// Records of one delivery, in its order. Returns the refused ones that they supersede.
async fn apply(
    load: &mut Load<'_>,
    judged: &[(OpenRecord, Outcome)],
    contract: &Contract,
    keys: &LoadKeys,
    operator: &str,
    unknown_fields: &mut UnknownFields,
) -> Result<Vec<i64>, RunError> {
    let Some(effective_at) = judged.first().map(|(record, _)| record.effective_at) else { return Ok(Vec::new()) };
    let mut chunk = Chunk::default();
    let mut retried = Vec::with_capacity(judged.len());
    for (record, outcome) in judged {
        retried.extend(serial_number(outcome).map(|serial_number| Retried {
            rejection_id: record.rejection_id,
            serial_number: serial_number.to_owned(),
            delivery_id: record.delivery_id,
            position: record.position,
        }));
        let position = u64::try_from(record.position).unwrap_or_default();
        chunk.take(position, outcome.clone(), contract, &keys.person, unknown_fields);
    }
    let mut serial_numbers: Vec<&str> = retried.iter().map(|record| record.serial_number.as_str()).collect();
    serial_numbers.sort_unstable();
    serial_numbers.dedup();
    let current = load.current_versions(&serial_numbers).await?;
    let mut known = KnownContents { current, ..KnownContents::default() };
    look_up_contents(load, &mut known, &chunk.accepted, contract).await?;
    load.note_problems(chunk.warned, chunk.problems);
    load.write(&plan_history(chunk.accepted, &known.current, effective_at)).await?;
    Ok(load.resolve_retried(&retried, operator).await?)
}

/// Deletes records permanently.
pub(super) async fn discard(
    session: &mut AccountSession,
    selection: &Selection,
    now: DateTime<Utc>,
    settled: &mut Settled,
) -> Result<(), RunError> {
    settled.discarded = session.discard_rejections(&selection.rejection_ids, now, &selection.operator, None).await?;
    tracing::info!(records = settled.discarded, "quarantined records discarded");
    Ok(())
}
