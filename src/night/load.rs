//! Load: decoded chunks against the current versions, into one transaction, to the receipt.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use tokio::sync::mpsc;

use crate::failure::{RecoverError, RunError, TooManyRefused};
use crate::landing::LandedDelivery;
use crate::night::decode::{CHUNKS_IN_FLIGHT, Chunk, Decoded, decode};
use crate::night::pull::Pulled;
use crate::night::stage;
use crate::night::step::{OnStep, Step};
use crate::pipeline::{Contract, RejectMax, ResultPath};
use crate::platform::Envelope;
use crate::platform::cipher::Cipher;
use crate::reservation::{IncomingState, ProblemCounts, Reservation, Severity, UnknownFields};
use crate::seal::QuarantineKey;
use crate::transform::{HistoryPlanner, KnownContents, PersonKey, content_of};
use crate::warehouse::{
    AccountSession, CommitReceipt, DeliveryEntry, DeliveryHeader, DeliveryOrigin, Load, LoadCounts,
};

/// An envelope's timestamp outside of these years is no time of a delivery, and counts as absent.
const EFFECTIVE_YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// A timestamp further ahead of its receipt than this comes from a wrong clock, and counts as absent: a version that is valid
/// from a future day would be missing in all figures until then. The same limit as for clocks in `tijian doctor`.
const FUTURE_MAX: TimeDelta = TimeDelta::minutes(5);

/// Names of unknown fields in the log; the ledger has more of them.
const UNKNOWN_FIELDS_SHOWN: usize = 20;

/// The keys that a load works with.
pub(crate) struct LoadKeys {
    pub person: Arc<PersonKey>,
    pub quarantine: QuarantineKey,
}

/// What is loaded, and by which rules.
#[derive(Clone, Copy)]
pub(crate) struct Loading<'a> {
    pub landed: &'a LandedDelivery,
    pub cipher: &'a Cipher,
    pub result_path: &'a ResultPath,
    pub contract: &'a Contract,
    pub keys: &'a LoadKeys,
    /// Whether refused records are held back from acknowledging.
    pub is_holding: bool,
    /// The entry of a delivery that was committed before.
    pub known: Option<Known<'a>>,
    /// More refused than that, and nothing is committed.
    pub reject_max: Option<RejectMax>,
}

/// A delivery that was committed before: it gives what it gave then, or nothing is committed.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub entry_number: i64,
    pub delivery: &'a DeliveryEntry,
    /// Deliveries before it may be lost, and then it opens other versions.
    pub may_open_others: bool,
    /// Others may be accepted, too: nobody has discarded or erased one of the refused.
    pub may_accept_others: bool,
}

impl Known<'_> {
    /// Another number of records means that the file is read otherwise than then.
    fn check_records(&self, found: u64) -> Result<(), RecoverError> {
        let DeliveryEntry { delivery_id, received, .. } = *self.delivery;
        if found == received {
            return Ok(());
        }
        Err(RecoverError::OtherRecords { delivery_id, expected: received, found })
    }

    /// A record that was refused then, and accepted now, may be one that was discarded or erased since; and where other
    /// versions are opened, what comes later names them by other numbers.
    pub(crate) fn check_counts(&self, counts: LoadCounts) -> Result<(), RecoverError> {
        let DeliveryEntry { delivery_id, accepted, opened, .. } = *self.delivery;
        let (what, expected, found) = if counts.accepted != accepted {
            if self.may_accept_others {
                tracing::warn!(
                    delivery_id,
                    expected = accepted,
                    found = counts.accepted,
                    "other counts of accepted records than before the backup"
                );
                return Ok(());
            }
            ("accepted records", accepted, counts.accepted)
        } else if counts.opened != opened && !self.may_open_others {
            ("new versions", opened, counts.opened)
        } else {
            return Ok(());
        };
        Err(RecoverError::OtherCounts { entry_number: self.entry_number, what, expected, found })
    }
}

/// Loads a delivery while it is being decoded. The receipt proves that COMMIT has returned.
pub(crate) async fn load(
    session: &mut AccountSession,
    loading: Loading<'_>,
    header: &DeliveryHeader,
    on_step: &OnStep<'_>,
) -> Result<(CommitReceipt, LoadCounts), RunError> {
    let mut planner = HistoryPlanner::new(header.effective_at);
    let (mut load, decoder) = loop {
        let (sender, mut chunks) = mpsc::channel(CHUNKS_IN_FLIGHT);
        let decoder = {
            let Loading { landed, cipher, result_path, contract, keys, .. } = loading;
            let (landed, cipher, contract) = (landed.clone(), cipher.clone(), contract.clone());
            let result_path = result_path.clone();
            let person = Arc::clone(&keys.person);
            tokio::task::spawn_blocking(move || decode(&landed, cipher, &result_path, &contract, &person, &sender))
        };
        let mut load = session.begin_load(header.clone(), &loading.keys.quarantine, loading.is_holding).await?;
        while let Some(chunk) = chunks.recv().await {
            apply(load.load(), &mut planner, chunk, loading.contract).await?;
            on_step(Step::ChunkLoaded(load.load().counts()))?;
        }
        match planner.finish() {
            Ok(()) => break (load, decoder),
            Err(read_again) => {
                load.undo().await?;
                planner = HistoryPlanner::again(header.effective_at, read_again);
            }
        }
    };
    let Decoded { envelope, unknown_fields, .. } = decoder.await.map_err(RunError::Worker)??;
    for (broken, records) in load.load().problems() {
        tracing::warn!(
            field = broken.field,
            rule = broken.rule.as_str(),
            records,
            "records break a rule of the contract"
        );
    }
    warn_of_unknown_fields(&unknown_fields);
    on_step(Step::Loaded(load.load().counts()))?;
    loading.known.map_or(Ok(()), |known| known.check_records(envelope.records))?;
    let most_broken = most_broken_rule(load.load().problems());
    let load = load.end(envelope.records).await?;
    loading.known.map_or(Ok(()), |known| known.check_counts(load.counts()))?;
    let LoadCounts { refused_first, accepted, .. } = load.counts();
    if let Some(reject_max) = loading.reject_max.filter(|max| max.is_exceeded(refused_first, accepted)) {
        let of = refused_first + accepted;
        return Err(TooManyRefused { refused: refused_first, of, reject_max, most_broken }.into());
    }
    let (receipt, counts) = load.commit(&unknown_fields).await?;
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

pub(crate) async fn apply(
    load: &mut Load<'_>,
    planner: &mut HistoryPlanner,
    chunk: Chunk,
    contract: &Contract,
) -> Result<(), RunError> {
    let mut serial_numbers: Vec<&str> =
        chunk.accepted.iter().map(|state| state.reservation.serial_number.as_str()).collect();
    // In the order of the index, each once.
    serial_numbers.sort_unstable();
    serial_numbers.dedup();
    let current = load.current_versions(&serial_numbers).await?;
    let unconfirmed = load.unconfirmed_versions(&serial_numbers).await?;
    let mut known = KnownContents { current, unconfirmed };
    look_up_contents(load, &mut known, &chunk.accepted, contract).await?;
    if load.has_open_rejections() || !chunk.rejections.is_empty() {
        let is_last = |serial_number: &&str| !chunk.refused_last.contains(*serial_number);
        let accepted_last: Vec<&str> = serial_numbers.into_iter().filter(is_last).collect();
        load.quarantine(&chunk.rejections, &accepted_last).await?;
    }
    load.note_problems(chunk.warned, chunk.problems);
    load.write(&planner.plan(chunk.accepted, &known)).await?;
    Ok(())
}

/// Looks at the stored contents that these states have to be compared with, where there are any.
pub(crate) async fn look_up_contents(
    load: &mut Load<'_>,
    known: &mut KnownContents,
    states: &[IncomingState],
    contract: &Contract,
) -> Result<(), RunError> {
    let unclear = known.find_unclear(states, &contract.ignore);
    if !unclear.is_empty() {
        let content_of = |stored, reservation: &Reservation| content_of(stored, reservation, &contract.ignore);
        known.learn(load.contents_since(&unclear, content_of).await?);
    }
    Ok(())
}

/// Field and name of the rule for which most records were refused.
fn most_broken_rule(problems: &ProblemCounts) -> String {
    let rejecting = problems.iter().filter(|(broken, _)| broken.severity == Severity::Reject);
    let most = rejecting.max_by_key(|(_, records)| **records);
    most.map_or_else(String::new, |(broken, _)| format!("{} {}", broken.field, broken.rule.as_str()).trim().to_owned())
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

/// The header of a delivery that was pulled.
pub(super) fn header(pulled: &Pulled, run_id: i64) -> DeliveryHeader {
    let stated = stated_time(&pulled.envelope);
    let delivered = stated.filter(|stated| !is_future(*stated, pulled.received_at));
    match (stated, delivered) {
        (Some(stated), None) => tracing::warn!(
            timestamp = %stated,
            received_at = %pulled.received_at,
            "the answer's timestamp is in the future: the time of receipt is used instead"
        ),
        (None, _) => tracing::warn!("the answer has no usable timestamp: the time of receipt is used instead"),
        (Some(_), Some(_)) => {}
    }
    DeliveryHeader {
        run_id,
        effective_at: delivered.unwrap_or(pulled.received_at),
        is_effective_time_delivered: delivered.is_some(),
        platform_at: stated,
        received_at: pulled.received_at,
        landing_file: pulled.landed.name(),
        body_bytes: pulled.bytes,
        origin: DeliveryOrigin::Pull,
    }
}

/// When a delivery's states take effect, if it says so readably.
pub(crate) fn stated_time(envelope: &Envelope) -> Option<DateTime<Utc>> {
    let time = Utc.timestamp_millis_opt(envelope.timestamp?).single()?;
    EFFECTIVE_YEARS.contains(&chrono::Datelike::year(&time)).then_some(time)
}

/// Whether a delivery of this receipt cannot have been made at the time that it states.
fn is_future(stated: DateTime<Utc>, received_at: DateTime<Utc>) -> bool {
    stated - received_at > FUTURE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_may_be_some_minutes_ahead_and_no_more() {
        let received_at: DateTime<Utc> = "2026-11-28T02:00:00Z".parse().unwrap();
        for (milliseconds, expected) in
            [(-1, false), (0, false), (300_000, false), (300_001, true), (i64::from(i32::MAX) * 1000, true)]
        {
            let stated = received_at + TimeDelta::milliseconds(milliseconds);
            assert_eq!(is_future(stated, received_at), expected, "{milliseconds}");
        }
    }
}
