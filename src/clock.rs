//! The only place that asks for the time. Pure stages take it as an argument.

use chrono::{DateTime, Utc};

/// Now.
#[allow(clippy::disallowed_methods, reason = "this is the place where the clock is read")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
