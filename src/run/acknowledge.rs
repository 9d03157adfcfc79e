//! Acknowledge: what the outbox owes goes to the platform, several calls at a time, and is struck off. Arrivals, too.

use futures_util::{StreamExt, stream};

use crate::platform::{Acknowledgement, Endpoint, Platform, PlatformError};
use crate::run::error::{RunError, chain};
use crate::run::stage;
use crate::run::step::{OnStep, Step};
use crate::warehouse::{AccountSession, Owed, OwedCalls, OwedKind};

/// Callbacks under way at once: a platform that takes 20 ms for each gets 800 a second, and no more than this many
/// connections of one hospital.
const CALLBACKS_IN_FLIGHT: usize = 16;

/// Outbox rows read at a time.
const PAGE_ROWS: i64 = 1_000;

/// Confirmed callbacks that are struck off together. A kill in between sends these again, which the platform takes.
const CONFIRMED_PER_UPDATE: usize = 100;

/// Sends everything that is pending of these calls. Returns how many of them the platform confirmed.
///
/// A refused batch is replaced by single callbacks. A call that fails stays pending with its error; when the
/// platform is out of reach, the rest is not tried: all of it goes first in the next run.
pub(super) async fn drain(
    platform: &Platform,
    session: &mut AccountSession,
    calls: OwedCalls,
    on_step: &OnStep<'_>,
) -> Result<u64, RunError> {
    let mut confirmed = 0;
    let mut last_outbox_id = 0;
    let mut is_reachable = true;
    while is_reachable {
        // The first one goes alone: it finds out for all of them whether there is a token and a platform. Sixteen at once
        // would ask a dead platform sixteen times, and wait for each other's token calls, one time-out after the other.
        let rows = if last_outbox_id == 0 { 1 } else { PAGE_ROWS };
        let page = session.pending_calls(calls, last_outbox_id, rows).await?;
        let Some(last) = page.last() else { break };
        last_outbox_id = last.outbox_id;
        is_reachable = send_page(platform, session, page, &mut confirmed, on_step).await?;
    }
    stage::record("acknowledged", confirmed);
    if is_reachable && calls == OwedCalls::Acknowledgements {
        session.forget_unchanged_records().await?;
    }
    Ok(confirmed)
}

/// `false`: the platform cannot be reached, or cannot be understood.
async fn send_page(
    platform: &Platform,
    session: &mut AccountSession,
    page: Vec<Owed>,
    confirmed: &mut u64,
    on_step: &OnStep<'_>,
) -> Result<bool, RunError> {
    let mut answers = stream::iter(page)
        .map(async |owed| {
            let outcome = send(platform, &owed).await;
            (owed, outcome)
        })
        .buffer_unordered(CALLBACKS_IN_FLIGHT);
    let mut done = Vec::with_capacity(CONFIRMED_PER_UPDATE);
    let mut is_reachable = true;
    while let Some((owed, outcome)) = answers.next().await {
        let endpoint = endpoint_of(&owed);
        match outcome {
            Ok(()) => {
                *confirmed += 1;
                done.push(owed.outbox_id);
                on_step(Step::Confirmed { confirmed: *confirmed })?;
            }
            Err(error) if error.is_refusal_of(endpoint) && owed.kind == OwedKind::Batch => {
                tracing::warn!("{error}: acknowledging the batch's reservations one by one");
                session.split_batch(&owed, &chain(&error)).await?;
            }
            Err(error) => {
                // Without a token no other call would fare better.
                is_reachable = error.is_refusal_of(endpoint);
                if !is_reachable {
                    tracing::warn!("{}: {} stay pending", chain(&error), remaining(&owed));
                }
                session.fail_acknowledgements(&[(owed.outbox_id, chain(&error))]).await?;
            }
        }
        if done.len() >= CONFIRMED_PER_UPDATE {
            session.finish_acknowledgements(&done).await?;
            done.clear();
        }
        if !is_reachable {
            break;
        }
    }
    drop(answers);
    if !done.is_empty() {
        session.finish_acknowledgements(&done).await?;
    }
    Ok(is_reachable)
}

async fn send(platform: &Platform, owed: &Owed) -> Result<(), PlatformError> {
    let acknowledgement = match owed.kind {
        OwedKind::Batch => Acknowledgement::Batch(&owed.key),
        OwedKind::Reservation => Acknowledgement::Reservation(&owed.key),
        OwedKind::Arrival { arrived_at } => {
            return platform.report_arrival(&owed.receipt, &owed.key, arrived_at).await;
        }
    };
    platform.acknowledge(&owed.receipt, acknowledgement).await
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
