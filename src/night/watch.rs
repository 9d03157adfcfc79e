//! Rounds over the accounts, one after the other, until somebody asks to stop.

use std::time::Duration;

use crate::guidance::ExitCode;
use crate::night::report::RunReport;

/// How much a pause differs from what was asked for, at most, one way or the other: a tenth. Hospitals that were all
/// started at the full hour do not stay in step.
const JITTER: f64 = 0.1;

/// Runs a watch's rounds, and shows them.
pub trait Rounds {
    /// Why a round could not even begin.
    type Error;

    /// Runs every account once, and shows the reports. Whatever a round needs of the warehouse it looks up again: another version may have
    /// changed the schema in the meantime.
    fn run(&mut self) -> impl Future<Output = Result<Vec<RunReport>, Self::Error>>;

    /// The database is out of reach, and a later round may find it. Any other error ends the watch.
    fn is_temporary(error: &Self::Error) -> bool;

    /// Shows what became of a round, and how long the pause is that begins now.
    fn pause(&self, round: &Result<Vec<RunReport>, Self::Error>, pause: Duration);

    /// Somebody asked to stop.
    fn stopped(&self) -> impl Future<Output = ()>;
}

/// Makes rounds until somebody asks to stop; that is a good end, whatever became of the rounds. An `Err`, or another code,
/// is about what no further round would change.
pub async fn watch<R: Rounds>(rounds: &mut R, pause: Duration) -> Result<ExitCode, R::Error> {
    let mut is_first = true;
    loop {
        let round = match rounds.run().await {
            Err(error) if !R::is_temporary(&error) => return Err(error),
            round => round,
        };
        if let Ok(reports) = &round {
            // A shard without accounts lacks nothing.
            let is_hopeless = reports.iter().all(|report| report.exit_code() == ExitCode::Definition);
            if is_first && is_hopeless && !reports.is_empty() {
                return Ok(ExitCode::Definition);
            }
            is_first = false;
        }
        let pause = jittered(pause, random_share());
        rounds.pause(&round, pause);
        tokio::select! {
            () = rounds.stopped() => return Ok(ExitCode::Good),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// `share`: from 0 to 1.
fn jittered(pause: Duration, share: f64) -> Duration {
    pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * share)
}

/// A random number from 0 to 1. A system without random numbers gets no jitter.
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
}
