//! `tijian run --watch`: rounds over the accounts, one after the other, until somebody asks to stop.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::monitors::Monitors;
use crate::cli::round::Round;
use crate::cli::stop::StopRequest;
use crate::cli::{LogFormat, beijing};
use crate::clock::now;
use crate::guidance::ExitCode;
use crate::night::RunReport;
use crate::pipeline::Pipeline;
use crate::pipeline::parse_duration;
use crate::telemetry::{keep_telling_alive, tell_ready, tell_status, tell_stopping};
use crate::warehouse::Warehouse;

/// Shortest pause: what is more often than that is a mistake, and a burden for the platform.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// Longest one: a day. Less often than that is the timer's work.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How much a pause differs from what was asked for, at most, one way or the other: a tenth. Hospitals that were all
/// started at the full hour do not stay in step.
const JITTER: f64 = 0.1;

/// A watch before it begins.
pub(super) struct Watch<'a> {
    pub pipelines: &'a [Arc<Pipeline>],
    pub pause: Duration,
    pub database: &'a Database,
    pub monitors: &'a Monitors,
    pub stop: StopRequest,
    pub log_format: LogFormat,
}

impl Watch<'_> {
    /// Makes rounds until somebody asks to stop; that is a good end, whatever the rounds have come to. An `Err`, or another
    /// code, is about what no further round would mend. `tell` is given every round's reports.
    pub async fn run(
        &self,
        round: impl Fn(Warehouse) -> Round,
        mut tell: impl FnMut(&[RunReport]),
    ) -> Result<ExitCode, CliError> {
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
        let outcome = self.repeat(round, &mut tell).await;
        tell_stopping();
        for task in [Some(stopping), Some(alive), endpoint].into_iter().flatten() {
            task.abort();
        }
        outcome
    }

    async fn repeat(
        &self,
        round: impl Fn(Warehouse) -> Round,
        tell: &mut impl FnMut(&[RunReport]),
    ) -> Result<ExitCode, CliError> {
        let mut is_first = true;
        loop {
            self.monitors.health.beat();
            tell_status(&format!("{} accounts at work", self.pipelines.len()));
            // Anew for every round: another version may have changed the schema meanwhile.
            let said = match self.database.connect(self.pipelines.iter().map(Arc::as_ref)).await {
                Ok(warehouse) => {
                    let reports = round(warehouse.clone()).run(self.pipelines).await;
                    self.monitors.observe(&reports, &warehouse).await;
                    tell(&reports);
                    let codes = || reports.iter().map(RunReport::exit_code);
                    if is_first && codes().all(|code| code == ExitCode::Definition) {
                        return Ok(ExitCode::Definition);
                    }
                    is_first = false;
                    let ill = codes().filter(|code| !code.is_success()).count();
                    format!("last round: {} of {} accounts well", self.pipelines.len() - ill, self.pipelines.len())
                }
                Err(error) if error.guidance().exit_code == ExitCode::Temporary => {
                    self.monitors.observe_failure(ExitCode::Temporary).await;
                    error::report(&error, self.log_format);
                    "last round: the database is out of reach".to_owned()
                }
                Err(error) => {
                    self.monitors.observe_failure(error.guidance().exit_code).await;
                    return Err(error);
                }
            };
            let pause = jittered(self.pause, random_share());
            self.monitors.health.expect_silence(pause);
            let next = beijing(now() + pause).format("%H:%M:%S").to_string();
            tell_status(&format!("{said}; next at {next}, Beijing time"));
            tracing::info!(next, "{said}");
            tokio::select! {
                () = self.stop.requested() => {
                    tracing::info!("the watch ends: it was told to");
                    return Ok(ExitCode::Good);
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// A pause between rounds, as the command line has it.
pub(super) fn parse_pause(text: &str) -> Result<Duration, &'static str> {
    let pause = parse_duration(text)?;
    if (PAUSE_MIN..=PAUSE_MAX).contains(&pause) { Ok(pause) } else { Err("between 1s and 24h") }
}

/// `share`: from 0 to 1.
fn jittered(pause: Duration, share: f64) -> Duration {
    pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * share)
}

/// From 0 to 1. A system without random numbers gets no jitter.
fn random_share() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_differs_by_a_tenth_at_most() {
        let pause = Duration::from_secs(300);
        assert_eq!(jittered(pause, 0.0), Duration::from_secs(270));
        assert_eq!(jittered(pause, 0.5), pause);
        assert_eq!(jittered(pause, 1.0), Duration::from_secs(330));
        let shares: Vec<f64> = (0..64).map(|_| random_share()).collect();
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
        assert!(shares.iter().any(|share| *share != shares[0]), "{shares:?}");
    }

    #[test]
    fn pauses_are_neither_hectic_nor_longer_than_a_day() {
        assert_eq!(parse_pause("5m"), Ok(Duration::from_secs(300)));
        for text in ["0s", "999ms", "25h", "5"] {
            assert!(parse_pause(text).is_err(), "{text}");
        }
    }
}
