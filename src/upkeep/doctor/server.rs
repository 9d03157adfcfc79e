//! The server around the warehouse: whether it keeps committed data, whose defaults are in the way, who stands between and
//! who follows, and its clock.

use chrono::{DateTime, Utc};

use crate::clock::now;
use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::upkeep::doctor::finding::{Finding, Findings, span};
use crate::warehouse::{ServerFault, Standbys, Warehouse, WarehouseError};
use crate::wording::{Spoken, message};

/// The checks, in their order.
const NAMES: [&str; 5] = ["server", "session", "pooler", "standbys", "database clock"];

/// Looks at everything around the warehouse; `Err`: why it cannot be looked at.
pub(super) async fn examine(warehouse: Result<&Warehouse, &'static str>) -> Findings {
    let warehouse = match warehouse {
        Ok(warehouse) => warehouse,
        Err(why) => return NAMES.map(|name| (name, Finding::LeftOut(why))).into(),
    };
    let mut findings = examine_faults(warehouse).await;
    findings.extend([
        ("session", warehouse.overridden_defaults().await.map_or_else(of_error, judge_defaults)),
        ("pooler", warehouse.is_pooled_by_transaction().await.map_or_else(of_error, judge_pooler)),
        ("standbys", warehouse.standbys().await.map_or_else(of_error, judge_standbys)),
        ("database clock", warehouse.time().await.map_or_else(of_error, |time| judge_clock(time, now()))),
    ]);
    findings
}

/// One finding for each fault.
async fn examine_faults(warehouse: &Warehouse) -> Findings {
    match warehouse.server_faults().await {
        Ok(faults) if faults.is_empty() => {
            vec![("server", Finding::Good(message!("doctor-durable")))]
        }
        Ok(faults) => {
            let broken = |fault: &ServerFault| Finding::broken(ExitCode::Failed, fault.message(), fault.remedy());
            faults.iter().map(|fault| ("server", broken(fault))).collect()
        }
        Err(error) => vec![("server", of_error(error))],
    }
}

/// Nothing to do: they are for others.
fn judge_defaults(overridden: Vec<String>) -> Finding {
    Finding::Good(match overridden.is_empty() {
        true => message!("doctor-defaults-good"),
        false => message!("doctor-defaults", settings = overridden),
    })
}

fn judge_pooler(is_by_transaction: bool) -> Finding {
    if !is_by_transaction {
        return Finding::Good(message!("doctor-no-pooler"));
    }
    Finding::broken(ExitCode::Failed, ServerFault::Pooler.message(), ServerFault::Pooler.remedy())
}

fn judge_standbys(standbys: Standbys) -> Finding {
    let Standbys { count, synchronous, is_asked_for } = standbys;
    match (count, is_asked_for, synchronous) {
        (0, false, _) => Finding::Good(message!("doctor-no-standby")),
        (0, true, _) => Finding::watch(ExitCode::Good, message!("doctor-standby-missing"), Remedy::ConnectStandby),
        (_, false, _) | (_, true, Some(0)) => Finding::watch(
            ExitCode::Good,
            message!("doctor-standbys-asynchronous", count),
            Remedy::NameSynchronousStandby,
        ),
        (_, true, Some(synchronous)) => Finding::Good(message!("doctor-standbys", count, synchronous)),
        (_, true, None) => Finding::Good(message!("doctor-standbys-unseen", count)),
    }
}

fn judge_clock(database: DateTime<Utc>, own: DateTime<Utc>) -> Finding {
    let skew = own - database;
    if skew.abs() <= super::platform::CLOCK_SKEW_MAX {
        return Finding::Good(message!("doctor-database-clock-good", span = span(skew.abs())));
    }
    let is_ahead = skew > chrono::TimeDelta::zero();
    Finding::watch(
        ExitCode::Good,
        message!("doctor-database-clock", span = span(skew.abs()), is_ahead),
        Remedy::KeepBothTimes,
    )
}

fn of_error(error: WarehouseError) -> Finding {
    Finding::of_error(&RunError::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standbys_are_watched_where_no_commit_waits_for_one() {
        let judge = |count, synchronous, is_asked_for| {
            let finding = judge_standbys(Standbys { count, synchronous, is_asked_for });
            assert_eq!(finding.exit_code(), ExitCode::Good);
            matches!(finding, Finding::Watch(_))
        };
        for (count, synchronous, is_asked_for, is_watched) in [
            (0, Some(0), false, false),
            (0, Some(0), true, true),
            (2, Some(0), false, true),
            (2, None, false, true),
            (2, Some(0), true, true),
            (2, Some(1), true, false),
            (2, None, true, false),
        ] {
            assert_eq!(judge(count, synchronous, is_asked_for), is_watched, "{count} {synchronous:?} {is_asked_for}");
        }
    }

    #[test]
    fn the_database_may_be_some_minutes_from_this_machine() {
        let own: DateTime<Utc> = "2026-11-28T02:00:00Z".parse().unwrap();
        let judge = |seconds| judge_clock(own + chrono::TimeDelta::seconds(seconds), own);
        assert!(matches!(judge(300), Finding::Good(_)) && matches!(judge(-300), Finding::Good(_)));
        let Finding::Watch(trouble) = judge(-90_000_000) else { panic!() };
        assert!(trouble.problem.to_string().contains("1041 days ahead of the database"), "{trouble:?}");
    }

    #[test]
    fn a_pooler_is_to_be_mended() {
        assert_eq!(judge_pooler(true).exit_code(), ExitCode::Failed);
        assert_eq!(judge_pooler(false).exit_code(), ExitCode::Good);
    }
}
