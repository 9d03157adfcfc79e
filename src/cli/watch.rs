//! `tijian run --watch`: keeps systemd, the log and the monitors informed while rounds follow each other.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::LogFormat;
use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::say;
use crate::cli::monitors::Monitors;
use crate::cli::round::Round;
use crate::cli::stop::StopRequest;
use crate::clock::{beijing, now};
use crate::guidance::ExitCode;
use crate::night::{Rounds, RunReport, watch};
use crate::pipeline::{Pipeline, parse_duration};
use crate::telemetry::{keep_telling_alive, tell_ready, tell_status, tell_stopping};
use crate::warehouse::Warehouse;
use crate::wording::message;

/// Shortest pause: what is more often than that is a mistake, and a burden for the platform.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// Longest one: a day. Less often than that is the timer's work.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The parts of a watch: `round` makes a round, `print` gets its reports.
pub(super) struct Watch<'a, Make, Print> {
    pub pipelines: &'a [Arc<Pipeline>],
    pub database: &'a Database,
    pub monitors: &'a Monitors,
    pub stop: StopRequest,
    pub log_format: LogFormat,
    pub round: Make,
    pub print: Print,
}

impl<Make: Fn(Warehouse) -> Round, Print: FnMut(&[RunReport])> Watch<'_, Make, Print> {
    /// Watches, with the endpoint open, until somebody asks to stop.
    pub async fn run(mut self, pause: Duration) -> Result<ExitCode, CliError> {
        let endpoint = self.monitors.listen().await?;
        let stopping = tokio::spawn({
            let stop = self.stop.clone();
            async move {
                stop.requested().await;
                // At once, not after the current step: systemd shows why it waits.
                tell_stopping();
            }
        });
        let alive = tokio::spawn({
            let health = Arc::clone(&self.monitors.health);
            async move { keep_telling_alive(&health).await }
        });
        tell_ready();
        let outcome = watch(&mut self, pause).await;
        if let Ok(ExitCode::Good) = outcome {
            tracing::info!("the watch ends on request");
        }
        tell_stopping();
        for task in [Some(stopping), Some(alive), endpoint].into_iter().flatten() {
            task.abort();
        }
        outcome
    }
}

impl<Make: Fn(Warehouse) -> Round, Print: FnMut(&[RunReport])> Rounds for Watch<'_, Make, Print> {
    type Error = CliError;

    async fn run(&mut self) -> Result<Vec<RunReport>, CliError> {
        self.monitors.health.beat();
        tell_status(&say!("watch-at-work", count = self.pipelines.len()));
        let warehouse = self.monitors.connect(self.database, self.pipelines).await?;
        let reports = (self.round)(warehouse.clone()).run(self.pipelines).await;
        self.monitors.observe(&reports, &warehouse).await;
        (self.print)(&reports);
        Ok(reports)
    }

    fn is_temporary(error: &CliError) -> bool {
        error.guidance().exit_code == ExitCode::Temporary
    }

    fn pause(&self, round: &Result<Vec<RunReport>, CliError>, pause: Duration) {
        let said = match round {
            Ok(reports) => {
                let good = reports.iter().filter(|report| report.exit_code().is_success()).count();
                message!("watch-round", good, all = reports.len())
            }
            Err(error) => {
                error::report(error, self.log_format);
                message!("watch-out-of-reach")
            }
        };
        self.monitors.health.expect_silence(pause);
        let next = beijing(now() + pause).format("%H:%M:%S").to_string();
        tell_status(&say!("watch-next", said = &said, next = &next));
        tracing::info!(next, "{said}");
    }

    async fn stopped(&self) {
        self.stop.requested().await;
    }
}

/// A pause between rounds, as the command line has it.
pub(super) fn parse_pause(text: &str) -> Result<Duration, String> {
    let is_sensible = |pause: &Duration| (PAUSE_MIN..=PAUSE_MAX).contains(pause);
    parse_duration(text).filter(is_sensible).ok_or_else(|| say!("pause-form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_neither_hectic_nor_longer_than_a_day() {
        assert_eq!(parse_pause("5m"), Ok(Duration::from_secs(300)));
        for text in ["0s", "999ms", "25h", "5"] {
            assert!(parse_pause(text).is_err(), "{text}");
        }
    }
}
