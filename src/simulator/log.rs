//! The simulator's log of calls: order, outcome and keys, never a record's content.

use serde::Serialize;

use super::fault::{Endpoint, Fault};

/// One call, in the order in which calls took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// 0, 1, 2, … without gaps.
    pub order: u64,
    /// Milliseconds since the epoch by `SimulatorOptions::clock`, just after the call took effect.
    pub at_ms: i64,
    pub endpoint: Endpoint,
    pub outcome: Outcome,
    /// order: the requestIds it stamped, with a space between. callback: the requestId or serialNumber it acknowledged. arrival: the serialNumber.
    pub key: Option<String>,
    /// order: the number of records in the answer. callback: the number of states that were marked.
    pub records: usize,
    /// callback: how many of them no answer had carried to its end. Nobody will ever see them.
    pub unseen: usize,
    /// callback: the reservations whose states were marked, once for each state.
    pub serial_numbers: Vec<String>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Answered,
    /// With this code of the platform.
    Refused(i32),
    /// The fault came instead of the work.
    Failed(Fault),
    /// The work was done; the fault befell the answer.
    AnsweredWith(Fault),
}

/// How the calls of one endpoint went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub endpoint: Endpoint,
    pub calls: usize,
    /// Answered as asked, without a fault.
    pub ok: usize,
}

pub(super) fn tallies<'entries>(entries: impl Iterator<Item = &'entries LogEntry>) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = Vec::new();
    for entry in entries {
        let ok = usize::from(entry.outcome == Outcome::Answered);
        match tallies.iter_mut().find(|tally| tally.endpoint == entry.endpoint) {
            Some(tally) => {
                tally.calls += 1;
                tally.ok += ok;
            }
            None => tallies.push(Tally { endpoint: entry.endpoint, calls: 1, ok }),
        }
    }
    tallies
}

/// A reported arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrival {
    pub serial_number: String,
    /// The date as given; `None`: now.
    pub arrive_date: Option<String>,
}

/// The state of the simulated platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// 0 for the first.
    pub night: u16,
    /// Generated reservations booked so far.
    pub reservations: u32,
    /// Records inserted so far.
    pub inserted: usize,
    /// States in the queue.
    pub unacknowledged: usize,
    /// States that callbacks marked before any answer had carried them to its end: lost for the hospital.
    pub unseen: usize,
    /// Pulls answered, whether or not the answer arrived.
    pub batches: usize,
    pub arrivals: usize,
    /// Calls of any kind.
    pub calls: usize,
}
