//! What the ledger says about an account: pending calls, quarantine, the last good night.

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::now;
use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::pipeline::Pipeline;
use crate::upkeep::doctor::finding::{Finding, Findings, span};
use crate::warehouse::{Vitals, Waiting, Warehouse};
use crate::wording::message;

/// A good night that is older than this means one that was missed: a day, and half a day for late retries.
const NIGHT_AGE_MAX: TimeDelta = TimeDelta::hours(36);

/// Looks at one account's rows; also returns the size of its last delivery, 0 where none is known.
pub(super) async fn examine(pipeline: &Pipeline, ledger: Result<&Warehouse, &'static str>) -> (Findings, u64) {
    let names = ["acknowledgements", "arrivals", "quarantine", "last night"];
    let warehouse = match ledger {
        Ok(warehouse) => warehouse,
        Err(why) => return (names.map(|name| (name, Finding::LeftOut(why))).into(), 0),
    };
    match warehouse.vitals(&pipeline.account).await {
        Ok(vitals) => {
            let bytes = vitals.body_bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
            (names.into_iter().zip(judge(&vitals, now())).collect(), bytes)
        }
        Err(error) => {
            let finding = Finding::of_error(&RunError::from(error));
            (names.map(|name| (name, finding.clone())).into(), 0)
        }
    }
}

fn judge(vitals: &Vitals, now: DateTime<Utc>) -> [Finding; 4] {
    let since = |waiting: Waiting| span((now - waiting.since.unwrap_or(now)).max(TimeDelta::zero()));
    let owed = |calls: Waiting, remedy: Remedy| match calls.count {
        0 => Finding::Good(message!("doctor-none-pending")),
        pending => {
            Finding::watch(ExitCode::Pending, message!("doctor-pending", count = pending, age = since(calls)), remedy)
        }
    };
    let acknowledgements = owed(vitals.backlog.acknowledgements, Remedy::RunAgain);
    let arrivals = owed(vitals.backlog.arrivals, Remedy::SendArrivals);
    let quarantined = vitals.backlog.quarantined;
    let quarantine = match quarantined.count {
        0 => Finding::Good(message!("doctor-quarantine-empty")),
        records => Finding::watch(
            ExitCode::Quarantined,
            message!("doctor-quarantine", count = records, age = since(quarantined)),
            Remedy::SettleQuarantine,
        ),
    };
    [acknowledgements, arrivals, quarantine, judge_night(vitals, now)]
}

fn judge_night(vitals: &Vitals, now: DateTime<Utc>) -> Finding {
    let has_failed = matches!(vitals.last_outcome.as_deref(), Some("failed" | "temporary"));
    match vitals.loaded_at {
        None if has_failed => Finding::broken(ExitCode::Failed, message!("doctor-no-good-night"), Remedy::SeeLastRun),
        None => Finding::Good(message!("doctor-no-night")),
        Some(at) if now - at > NIGHT_AGE_MAX => {
            Finding::broken(ExitCode::Failed, message!("doctor-night-late", age = span(now - at)), Remedy::SeeTimer)
        }
        Some(at) if has_failed => {
            Finding::watch(ExitCode::Good, message!("doctor-night-failed", age = span(now - at)), Remedy::SeeLastRun)
        }
        Some(at) => Finding::Good(message!("doctor-night-good", age = span((now - at).max(TimeDelta::zero())))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::Backlog;

    #[test]
    fn a_night_is_good_failed_missed_or_still_to_come() {
        let now: DateTime<Utc> = "2026-11-25T02:00:00Z".parse().unwrap();
        let judge = |hours: Option<i64>, last_outcome: Option<&str>| {
            let vitals = Vitals {
                backlog: Backlog::default(),
                loaded_at: hours.map(|hours| now - TimeDelta::hours(hours)),
                last_outcome: last_outcome.map(str::to_owned),
                body_bytes: None,
            };
            judge_night(&vitals, now)
        };
        assert_eq!(judge(None, None), Finding::Good(message!("doctor-no-night")));
        assert_eq!(
            judge(Some(36), Some("quarantined")),
            Finding::Good(message!("doctor-night-good", age = span(TimeDelta::hours(36))))
        );
        // Under way, or killed.
        assert_eq!(
            judge(Some(24), None),
            Finding::Good(message!("doctor-night-good", age = span(TimeDelta::hours(24))))
        );
        assert!(
            matches!(judge(Some(3), Some("temporary")), Finding::Watch(trouble) if trouble.exit_code == ExitCode::Good)
        );
        for finding in
            [judge(Some(37), Some("succeeded")), judge(Some(50), Some("failed")), judge(None, Some("failed"))]
        {
            assert!(matches!(&finding, Finding::Broken(_)) && finding.exit_code() == ExitCode::Failed, "{finding:?}");
        }
    }
}
