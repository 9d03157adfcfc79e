//! Progress on a terminal: one line that says what is being done. Nothing where standard error is no terminal.

use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressStyle};

use crate::night::Step;
use crate::upkeep::ReplayStep;

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
            Step::Started => "sending what is still owed".to_owned(),
            Step::Recovered { entries } => format!("recovered {} entries", HumanCount(entries)),
            Step::Drained => "pulling".to_owned(),
            Step::Landed { bytes, records } => {
                format!("loading {} records ({})", HumanCount(records), HumanBytes(bytes))
            }
            Step::ChunkLoaded(counts) => format!("loaded {} records", HumanCount(counts.received)),
            Step::Loaded(_) => "committing".to_owned(),
            Step::Committed | Step::Journalled => "acknowledging".to_owned(),
            Step::Confirmed { confirmed } => format!("confirmed {}", HumanCount(confirmed)),
            Step::Acknowledged => "taking arrivals".to_owned(),
            Step::ArrivalsTaken { taken } => format!("took {} arrivals", HumanCount(taken)),
            Step::ArrivalsWithdrawn => "refreshing the marts".to_owned(),
            Step::ArrivalsReported => "refreshing the marts and exporting".to_owned(),
            Step::Refreshed | Step::MonthWritten | Step::Published | Step::FileWritten => "exporting".to_owned(),
            Step::Exported => "done".to_owned(),
        };
        self.bar.set_message(message);
    }

    /// As [`Progress::show`], of a replay.
    pub fn show_replay(&self, step: ReplayStep) {
        let message = match step {
            ReplayStep::Found { deliveries } => {
                self.bar.set_length(deliveries as u64);
                format!("replaying {} deliveries", HumanCount(deliveries as u64))
            }
            ReplayStep::Replayed { nth, .. } => {
                let of = self.bar.length().unwrap_or_default();
                if nth as u64 == of {
                    "comparing with the live history".to_owned()
                } else {
                    format!("replayed {} of {} deliveries", HumanCount(nth as u64), HumanCount(of))
                }
            }
            ReplayStep::Compared => "finishing".to_owned(),
            ReplayStep::Swapped => "committing".to_owned(),
        };
        self.bar.set_message(message);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
