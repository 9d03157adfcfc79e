//! What went wrong with an account's nights since the last good one, and what their clocks had to do with it.

use chrono::TimeDelta;

use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::pipeline::Pipeline;
use crate::upkeep::doctor::finding::{Finding, Findings, span};
use crate::warehouse::{NightTroubles, Warehouse};

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
        return Finding::Good("none since the last good night".to_owned());
    }
    Finding::watch(
        ExitCode::Good,
        format!("since the last good night {failed} failed and {killed} were killed"),
        Remedy::SeeWhoKills,
    )
}

fn judge_timestamps(troubles: &NightTroubles) -> Finding {
    match (troubles.seconds_ahead, troubles.future_times) {
        (Some(seconds), deliveries) => Finding::watch(
            ExitCode::Good,
            format!(
                "the platform's time of the last delivery lay {} after its receipt, which counts instead; {deliveries} \
                 deliveries so far are like that",
                span(TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX))
            ),
            Remedy::KeepTime,
        ),
        (None, 0) => Finding::Good("none in the future".to_owned()),
        (None, deliveries) => Finding::Good(format!(
            "the last one is good; {deliveries} lay in the future, and the time of receipt counts instead"
        )),
    }
}

fn judge_retention(troubles: &NightTroubles) -> Finding {
    match &troubles.retention_note {
        None => Finding::Good("nothing overdue was kept".to_owned()),
        Some(clocks) => Finding::watch(
            ExitCode::Good,
            format!("the last night left what is past its days, because clocks differ: {clocks}"),
            Remedy::SetWrongClock,
        ),
    }
}
