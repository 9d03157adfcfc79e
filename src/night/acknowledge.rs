//! Acknowledge: tells the platform that what a pull of this run has delivered, and this warehouse has committed, is received;
//! several callbacks at a time. Arrivals go out the same way.
//!
//! A callback names a reservation or a batch, never a state: whatever has become of it by then is marked as received, too. So
//! callbacks go out soon after the pull that delivered what they confirm, or not at all; and never for an earlier run.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use crate::failure::{RunError, chain};
use crate::night::journal::Journal;
use crate::night::stage;
use crate::night::step::{OnStep, Step};
use crate::platform::{Acknowledgement, Endpoint, Platform, PlatformError};
use crate::warehouse::{AccountSession, CommitReceipt, Owed, OwedCalls, OwedKind};

/// Callbacks under way at once: a platform that takes 20 ms for each gets 800 a second, and no more than this many
/// connections of one hospital.
const CALLBACKS_IN_FLIGHT: usize = 16;

/// Outbox rows read at a time.
const PAGE_ROWS: i64 = 1_000;

/// Calls whose outcomes are recorded together. A kill in between leaves these for the next pull to settle.
const OUTCOMES_PER_UPDATE: usize = 100;

/// How old the last proof may be that the account's lock is still held when a callback goes out. A run that has lost it must
/// fall silent before PostgreSQL's server, which looks for silent peers after a minute, gives the account to another one.
const LOCK_PROOF_MAX: Duration = Duration::from_secs(5);

/// Calls in a row that the platform answers wrongly, before the rest is not tried: one reservation that it always stumbles
/// over holds back no other.
const FAILED_IN_A_ROW_MAX: u32 = 3;

/// How sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything was tried.
    AllTried,
    /// The platform cannot be reached, or cannot be understood: the rest stays pending.
    Unreachable,
    /// The time for callbacks is over: the rest stays pending, to be pulled again.
    TimeUp,
}

/// The calls that were sent, and how sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub confirmed: u64,
    pub ended: Ended,
    /// Since the last one that was confirmed or refused.
    failed_in_a_row: u32,
}

/// Sends what the delivery of this receipt owes, until `until`.
///
/// A refused batch is replaced by single callbacks. A call that fails stays pending with its error; when the platform is out
/// of reach, the rest is not tried. What stays pending is never sent later: the next pull delivers it again, and owes it again.
pub(super) async fn acknowledge(
    platform: &Platform,
    session: &mut AccountSession,
    receipt: &CommitReceipt,
    until: Instant,
    on_step: &OnStep<'_>,
) -> Result<Sent, RunError> {
    send_all(platform, session, OwedCalls::Acknowledgements(receipt), Some(until), on_step).await
}

/// Sends all arrivals that are owed. They name a fact, which stays true. Returns how many were confirmed.
pub(super) async fn report_arrivals(
    platform: &Platform,
    session: &mut AccountSession,
    journal: &Journal,
    on_step: &OnStep<'_>,
) -> Result<u64, RunError> {
    journal.copy(session).await?;
    let sent = send_all(platform, session, OwedCalls::Arrivals, None, on_step).await?;
    journal.copy(session).await?;
    Ok(sent.confirmed)
}

async fn send_all(
    platform: &Platform,
    session: &mut AccountSession,
    calls: OwedCalls<'_>,
    until: Option<Instant>,
    on_step: &OnStep<'_>,
) -> Result<Sent, RunError> {
    let mut sent = Sent { confirmed: 0, ended: Ended::AllTried, failed_in_a_row: 0 };
    let mut last_outbox_id = 0;
    while sent.ended == Ended::AllTried {
        // The first one goes alone: it finds out for all of them whether there is a token and a platform. Sixteen at once
        // would ask a dead platform sixteen times, and wait for each other's token calls, one time-out after the other.
        let rows = if last_outbox_id == 0 || sent.failed_in_a_row > 0 { 1 } else { PAGE_ROWS };
        let page = session.pending_calls(calls, last_outbox_id, rows).await?;
        let Some(last) = page.last() else { break };
        last_outbox_id = last.outbox_id;
        send_page(platform, session, page, until, &mut sent, on_step).await?;
    }
    stage::record("acknowledged", sent.confirmed);
    Ok(sent)
}

async fn send_page(
    platform: &Platform,
    session: &mut AccountSession,
    page: Vec<Owed>,
    until: Option<Instant>,
    sent: &mut Sent,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    // Reading the page was a proof.
    let mut proved_at = Instant::now();
    let mut refused_batches = Vec::new();
    let mut outcomes = Outcomes::default();
    let mut waiting = page.into_iter();
    let call = |owed: Owed| async move {
        let outcome = send(platform, &owed, until).await;
        (owed, outcome)
    };
    let mut under_way: FuturesUnordered<_> = waiting.by_ref().take(CALLBACKS_IN_FLIGHT).map(call).collect();
    loop {
        let (owed, outcome) = tokio::select! {
            biased;
            // Calls repeat by themselves. None does while this asks, and none goes on when the lock is lost.
            () = sleep_until(proved_at + LOCK_PROOF_MAX) => {
                session.check_lock().await?;
                proved_at = Instant::now();
                continue;
            }
            ended = under_way.next() => match ended {
                Some(ended) => ended,
                None => break,
            },
        };
        let endpoint = endpoint_of(&owed);
        match outcome {
            Ok(()) => {
                sent.confirmed += 1;
                sent.failed_in_a_row = 0;
                outcomes.confirmed.push(owed);
                on_step(Step::Confirmed { confirmed: sent.confirmed })?;
            }
            Err(PlatformError::TimeUp { .. }) => sent.ended = Ended::TimeUp,
            Err(error) if error.is_refusal_of(endpoint) && owed.kind == OwedKind::Batch => {
                tracing::warn!("{error}: acknowledging the batch's reservations one by one");
                refused_batches.push((owed, chain(&error)));
            }
            Err(error) => {
                if error.is_refusal_of(endpoint) {
                    sent.failed_in_a_row = 0;
                } else if error.is_answer_of(endpoint) && sent.failed_in_a_row + 1 < FAILED_IN_A_ROW_MAX {
                    tracing::warn!("{}: this one stays pending", chain(&error));
                    sent.failed_in_a_row += 1;
                } else {
                    // Without a token, or a platform that answers, no other call would fare better.
                    tracing::warn!("{}: {} stay pending", chain(&error), remaining(&owed));
                    sent.ended = Ended::Unreachable;
                }
                outcomes.failed.push((owed.outbox_id, chain(&error)));
            }
        }
        if outcomes.confirmed.len() + outcomes.failed.len() >= OUTCOMES_PER_UPDATE {
            outcomes.record(session).await?;
            proved_at = Instant::now();
        }
        match sent.ended {
            Ended::Unreachable => break,
            // What is under way comes to its end before the next pull: it could act after it.
            Ended::TimeUp => continue,
            Ended::AllTried => {}
        }
        if let Some(owed) = waiting.next() {
            if session.is_lost() {
                session.check_lock().await?;
            }
            under_way.push(call(owed));
        }
    }
    drop(under_way);
    outcomes.record(session).await?;
    for (batch, error) in refused_batches {
        session.split_batch(&batch, &error).await?;
    }
    Ok(())
}

/// What has become of calls, not recorded yet.
#[derive(Default)]
struct Outcomes {
    confirmed: Vec<Owed>,
    /// Outbox rows with the error.
    failed: Vec<(i64, String)>,
}

impl Outcomes {
    async fn record(&mut self, session: &mut AccountSession) -> Result<(), RunError> {
        if !self.confirmed.is_empty() {
            session.finish_calls(&self.confirmed).await?;
            self.confirmed.clear();
        }
        if !self.failed.is_empty() {
            session.fail_acknowledgements(&self.failed).await?;
            self.failed.clear();
        }
        Ok(())
    }
}

async fn send(platform: &Platform, owed: &Owed, until: Option<Instant>) -> Result<(), PlatformError> {
    let acknowledgement = match owed.kind {
        OwedKind::Batch => Acknowledgement::Batch(&owed.key),
        OwedKind::Reservation => Acknowledgement::Reservation(&owed.key),
        OwedKind::Arrival { arrived_at } => {
            return platform.report_arrival(&owed.receipt, &owed.key, arrived_at).await;
        }
    };
    platform.acknowledge(&owed.receipt, acknowledgement, until.unwrap_or_else(Instant::now)).await
}

fn endpoint_of(owed: &Owed) -> Endpoint {
    match owed.kind {
        OwedKind::Batch | OwedKind::Reservation => Endpoint::Callback,
        OwedKind::Arrival { .. } => Endpoint::Arrival,
    }
}

fn remaining(owed: &Owed) -> &'static str {
    match owed.kind {
        OwedKind::Batch | OwedKind::Reservation => "the remaining acknowledgements",
        OwedKind::Arrival { .. } => "the remaining arrivals",
    }
}
