//! The only place that asks for the time. Pure stages take it as an argument.

use chrono::{DateTime, FixedOffset, Utc};

/// Now.
#[allow(clippy::disallowed_methods, reason = "this is the place where the clock is read")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The time in China, which has one time zone and no summer time.
pub fn beijing(time: DateTime<Utc>) -> DateTime<FixedOffset> {
    time.with_timezone(&FixedOffset::east_opt(8 * 3600).expect("eight hours fit a day"))
}
