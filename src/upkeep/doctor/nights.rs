//! What went wrong with an account's nights since the last good one, and what their clocks had to do with it.

use chrono::TimeDelta;

use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::pipeline::Pipeline;
use crate::upkeep::doctor::finding::{Finding, Findings, span};
use crate::warehouse::{NightTroubles, Warehouse};
use crate::wording::message;

/// The checks, in their order.
const NAMES: [&str; 3] = ["lost runs", "timestamps", "retention"];

/// Looks at one account's nights; `Err`: why they cannot be looked at.
pub(super) async fn examine(pipeline: &Pipeline, ledger: Result<&Warehouse, &'static str>) -> Findings {
    let warehouse = match ledger {
        Ok(warehouse) => warehouse,
        Err(why) => return NAMES.map(|name| (name, Finding::LeftOut(why))).into(),
    };
    match warehouse.night_troubles(&pipeline.account).await {
        Ok(troubles) => {
            let findings = [judge_runs(&troubles), judge_timestamps(&troubles), judge_retention(&troubles)];
            NAMES.into_iter().zip(findings).collect()
        }
        Err(error) => {
            let finding = Finding::of_error(&RunError::from(error));
            NAMES.map(|name| (name, finding.clone())).into()
        }
    }
}

fn judge_runs(troubles: &NightTroubles) -> Finding {
    let NightTroubles { failed, killed, .. } = troubles;
    if failed + killed == 0 {
        return Finding::Good(message!("doctor-no-lost-runs"));
    }
    Finding::watch(
        ExitCode::Good,
        message!("doctor-lost-runs", failed = *failed, killed = *killed),
        Remedy::SeeWhoKills,
    )
}

fn judge_timestamps(troubles: &NightTroubles) -> Finding {
    match (troubles.seconds_ahead, troubles.future_times) {
        (Some(seconds), deliveries) => Finding::watch(
            ExitCode::Good,
            message!(
                "doctor-time-ahead",
                span = span(TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)),
                count = deliveries,
            ),
            Remedy::KeepTime,
        ),
        (None, 0) => Finding::Good(message!("doctor-times-good")),
        (None, deliveries) => Finding::Good(message!("doctor-times-were-ahead", count = deliveries)),
    }
}

fn judge_retention(troubles: &NightTroubles) -> Finding {
    match &troubles.retention_note {
        None => Finding::Good(message!("doctor-retention-good")),
        Some(clocks) => {
            Finding::watch(ExitCode::Good, message!("doctor-retention-kept", clocks), Remedy::SetWrongClock)
        }
    }
}
