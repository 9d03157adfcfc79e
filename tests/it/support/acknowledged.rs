//! Whether the platform was told of nothing before it was committed: its log of callbacks against the times at which the
//! warehouse has it.

use std::collections::HashMap;

use tijian::simulator::{Endpoint, LogEntry, Outcome};

use crate::support::Hospital;

/// Inserted reservations whose refused state is made good within a delivery: two states are marked, one is a version.
pub const MENDED: &str = "MEND-";

/// When a delivery was committed, as an expression over its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitTime {
    /// To the microsecond, on a server that keeps track of it.
    Tracked,
    /// The transaction's start: no later.
    Begun,
}

/// The platform has done what a call asked for, whether or not it could say so.
pub fn has_acted(call: &LogEntry) -> bool {
    matches!(call.outcome, Outcome::Answered | Outcome::AnsweredWith(_))
}

/// Every state that the platform has marked was a version, and committed, before that call took effect.
pub async fn assert_only_committed_states_were_acknowledged(hospital: &Hospital, commit_time: CommitTime) {
    let committed_at = match commit_time {
        CommitTime::Tracked => "pg_xact_commit_timestamp(delivery.xmin)",
        CommitTime::Begun => "version.recorded_at",
    };
    // Milliseconds, rounded down as the platform's log does.
    let versions = format!(
        "select concat_ws(' ', floor(extract(epoch from {committed_at}) * 1000)::bigint, version.serial_number)
        from warehouse.reservation_versions as version
        join etl.deliveries as delivery using (delivery_id)"
    );
    let mut commits: HashMap<String, Vec<i64>> = HashMap::new();
    for line in hospital.database.lines(&versions).await {
        let (at, serial_number) = line.split_once(' ').unwrap();
        commits.entry(serial_number.to_owned()).or_default().push(at.parse().unwrap());
    }
    let mut marked: HashMap<String, usize> = HashMap::new();
    let callbacks = hospital.simulator.log().into_iter();
    let callbacks: Vec<LogEntry> =
        callbacks.filter(|call| call.endpoint == Endpoint::Callback && has_acted(call)).collect();
    assert!(!callbacks.is_empty() && !commits.is_empty());
    for call in callbacks {
        for serial_number in call.serial_numbers {
            let states = marked.entry(serial_number.clone()).or_default();
            *states += 1;
            let wanted = if serial_number.starts_with(MENDED) { 1 } else { *states };
            let none = Vec::new();
            let known = commits.get(&serial_number).unwrap_or(&none);
            let before = known.iter().filter(|at| **at <= call.at_ms).count();
            assert!(
                before >= wanted,
                "{serial_number}: its state number {states} was acknowledged at {}, its versions were committed at {known:?}",
                call.at_ms
            );
        }
    }
}
