//! Progress on a terminal: one line that says what is being done. Nothing where standard error is no terminal.

use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::language::say;
use crate::engine::Part;
use crate::night::Step;
use crate::upkeep::{DecodeStep, ReplayStep};

/// All bars of the process: logs are written between them.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(120);

fn bars() -> &'static MultiProgress {
    BARS.get_or_init(MultiProgress::new)
}

/// Does something while no bar is drawn.
pub(super) fn suspended<T>(action: impl FnOnce() -> T) -> T {
    bars().suspend(action)
}

/// The progress of one account's run. Gone when dropped.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins to show `account`'s run. indicatif draws on a terminal only.
    pub fn start(account: &str) -> Progress {
        let bar = bars().add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {prefix} {msg} ({elapsed})");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(account.to_owned());
        bar.enable_steady_tick(TICK);
        Progress { bar }
    }

    /// Shows what is being done after `step`.
    pub fn show(&self, step: Step) {
        let message = match step {
            Step::Started => say!("progress-owed"),
            Step::Recovered { entries } => say!("progress-recovered", count = entries, entries = human(entries)),
            Step::Drained => say!("progress-pulling"),
            Step::Landed { bytes, records } => {
                let bytes = HumanBytes(bytes).to_string();
                say!("progress-loading", count = records, records = human(records), bytes)
            }
            Step::ChunkLoaded(counts) => {
                say!("progress-loaded", count = counts.received, records = human(counts.received))
            }
            Step::Loaded(_) => say!("progress-committing"),
            Step::Committed | Step::Journalled => say!("progress-acknowledging"),
            Step::Confirmed { confirmed } => say!("progress-confirmed", confirmed = human(confirmed)),
            Step::Acknowledged => say!("progress-taking-arrivals"),
            Step::ArrivalsTaken { taken } => say!("progress-took-arrivals", count = taken, arrivals = human(taken)),
            Step::ArrivalsWithdrawn => say!("progress-refreshing"),
            Step::ArrivalsReported => say!("progress-refreshing-and-exporting"),
            Step::Refreshed | Step::MonthWritten | Step::Published | Step::FileWritten => say!("progress-exporting"),
            Step::Exported => say!("progress-done"),
        };
        self.bar.set_message(message);
    }

    /// Like [`Progress::show`], for a replay.
    pub fn show_replay(&self, step: ReplayStep) {
        let message = match step {
            ReplayStep::Found { deliveries } => {
                let count = deliveries as u64;
                self.bar.set_length(count);
                say!("progress-replaying", count, deliveries = human(count))
            }
            ReplayStep::Replayed { nth, .. } => {
                let (nth, of) = (nth as u64, self.bar.length().unwrap_or_default());
                if nth == of {
                    say!("progress-comparing")
                } else {
                    say!("progress-replayed", nth = human(nth), deliveries = human(of))
                }
            }
            ReplayStep::Compared => say!("progress-finishing"),
            ReplayStep::Swapped => say!("progress-committing"),
        };
        self.bar.set_message(message);
    }

    /// Like [`Progress::show`], for decoding.
    pub fn show_decode(&self, step: DecodeStep) {
        match step {
            DecodeStep::Found { deliveries } => self.bar.set_length(deliveries as u64),
            DecodeStep::Decoded { nth, .. } => {
                let of = self.bar.length().unwrap_or_default();
                self.bar.set_message(say!("progress-decoded", nth = human(nth as u64), deliveries = human(of)));
            }
            DecodeStep::Written | DecodeStep::Recorded => self.bar.set_message(say!("progress-finishing")),
        }
    }

    /// Like [`Progress::show`], for a rebuild: what the engine is writing.
    pub fn show_rebuild(&self, part: Option<Part>) {
        let message = match part {
            None => say!("progress-engine-starts"),
            Some(Part::Begun | Part::Outcomes) => say!("progress-planning"),
            Some(Part::History) => say!("progress-writing-history"),
            Some(Part::DailyVolumes | Part::JournalTotals) => say!("progress-summing"),
            Some(Part::Checks) => say!("progress-checking"),
        };
        self.bar.set_message(message);
    }
}

pub(super) fn human(count: u64) -> String {
    HumanCount(count).to_string()
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
