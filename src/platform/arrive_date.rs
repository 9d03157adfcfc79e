//! How a time of arrival is written for the platform: a DateTime, says the interface document, and no more.

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::Value;

use crate::pipeline::ArriveDateFormat;

/// Asia/Shanghai's distance from UTC in seconds; it has had no summer time since 1991.
pub(super) const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// The value of `arriveDate`, to the second, by the hospital's clock.
pub(super) fn arrive_date(arrived_at: DateTime<Utc>, format: ArriveDateFormat) -> Value {
    let pattern = match format {
        ArriveDateFormat::Space => "%Y-%m-%d %H:%M:%S",
        ArriveDateFormat::Iso => "%Y-%m-%dT%H:%M:%S",
        ArriveDateFormat::IsoWithOffset => "%Y-%m-%dT%H:%M:%S%:z",
        ArriveDateFormat::Milliseconds => return Value::from(arrived_at.timestamp_millis()),
    };
    let shanghai = FixedOffset::east_opt(SHANGHAI_SECONDS).expect("eight hours fit a day");
    Value::from(arrived_at.with_timezone(&shanghai).format(pattern).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_by_the_hospitals_clock_in_the_form_that_the_pipeline_names() {
        let arrived_at: DateTime<Utc> = "2026-11-24T16:10:00.9Z".parse().unwrap();
        for (format, expected) in [
            (ArriveDateFormat::Space, Value::from("2026-11-25 00:10:00")),
            (ArriveDateFormat::Iso, Value::from("2026-11-25T00:10:00")),
            (ArriveDateFormat::IsoWithOffset, Value::from("2026-11-25T00:10:00+08:00")),
            (ArriveDateFormat::Milliseconds, Value::from(1_795_536_600_900_i64)),
        ] {
            assert_eq!(arrive_date(arrived_at, format), expected, "{format:?}");
        }
    }
}
