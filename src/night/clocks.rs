//! Clocks: stored data expires by age, and only while this machine, the database and the platform agree on what day it is.

use chrono::{DateTime, TimeDelta, Utc};

use crate::warehouse::LedgerClocks;
use crate::wording::{Message, Spoken, display_in_english, message};

/// Clocks further apart than this do not agree. Days are counted where something goes by its age, and a night comes once a
/// day; one may have been missed.
const APART_MAX: TimeDelta = TimeDelta::days(2);

/// Whether the platform's clock is asked for, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformClock {
    /// The newest delivery has to agree.
    Heard,
    /// The pull has failed. The newest delivery has to agree, but may well be too old for that.
    Silent,
    /// Somebody has looked at this machine's clock: of an account that gets no delivery any more, there is no other.
    Vouched,
}

/// The times of three clocks that do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClocksApart {
    machine: DateTime<Utc>,
    database: DateTime<Utc>,
    platform: Option<DateTime<Utc>>,
}

impl Spoken for ClocksApart {
    fn message(&self) -> Message {
        let text = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M").to_string();
        message!(
            "clocks-apart",
            machine = text(self.machine),
            database = text(self.database),
            platform = self.platform.map(text)
        )
    }
}

display_in_english!(ClocksApart);

/// Serialises as the English text.
impl serde::Serialize for ClocksApart {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Holds the clocks against each other. `machine`: read when the database's was.
pub(crate) fn compare_clocks(
    machine: DateTime<Utc>,
    ledger: &LedgerClocks,
    platform: PlatformClock,
) -> Result<(), ClocksApart> {
    let agrees = |time: DateTime<Utc>| (machine - time).abs() <= APART_MAX;
    let is_platform_near = match platform {
        PlatformClock::Heard | PlatformClock::Silent => ledger.platform_at.is_some_and(agrees),
        PlatformClock::Vouched => true,
    };
    if agrees(ledger.database_at) && is_platform_near {
        return Ok(());
    }
    Err(ClocksApart { machine, database: ledger.database_at, platform: ledger.platform_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_agree_within_two_days_and_all_of_them_or_not_at_all() {
        let now: DateTime<Utc> = "2026-11-28T02:00:00Z".parse().unwrap();
        let at = |hours| now + TimeDelta::hours(hours);
        for (database, platform, heard, vouched) in [
            (0, Some(0), true, true),
            (-48, Some(48), true, true),
            (0, Some(-49), false, true),
            (0, Some(49), false, true),
            (0, None, false, true),
            (49, Some(0), false, false),
            (-3 * 365 * 24, Some(0), false, false),
        ] {
            let ledger = LedgerClocks { database_at: at(database), platform_at: platform.map(at) };
            let agrees = |platform| compare_clocks(now, &ledger, platform).is_ok();
            assert_eq!((agrees(PlatformClock::Heard), agrees(PlatformClock::Vouched)), (heard, vouched), "{ledger:?}");
        }
        let apart = ClocksApart { machine: now, database: at(1), platform: None };
        assert_eq!(
            apart.to_string(),
            "this machine says 2026-11-28 02:00, the database 2026-11-28 03:00, the platform in its newest delivery \
             nothing so far (UTC)"
        );
    }
}
