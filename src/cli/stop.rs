//! Ctrl-C, SIGTERM, and SIGHUP, which a terminal sends that is closed: the first one ends the run after its current step, and another
//! Ctrl-C or SIGTERM at once.

use std::path::Path;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::cli::error::CliError;
use crate::failure::Stopped;
use crate::guidance::ExitCode;
use crate::plain_files::read_plain_text;

/// Whether somebody asked to stop.
#[derive(Clone)]
pub(super) struct StopRequest(watch::Receiver<bool>);

impl StopRequest {
    /// Listens for the signals from now on. Needs a runtime around it.
    pub fn listen() -> Result<StopRequest, CliError> {
        let (requested, request) = watch::channel(false);
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::io("listen for Ctrl-C"))?;
        let mut terminate = signal(SignalKind::terminate()).map_err(CliError::io("listen for SIGTERM"))?;
        let mut hangup = match is_hangup_ignored() {
            true => None,
            false => Some(signal(SignalKind::hangup()).map_err(CliError::io("listen for SIGHUP"))?),
        };
        tokio::spawn(async move {
            loop {
                let is_urgent = tokio::select! {
                    _ = interrupt.recv() => true,
                    _ = terminate.recv() => true,
                    // A terminal that is closed may send more than one.
                    () = hung_up(&mut hangup) => false,
                };
                if !requested.send_replace(true) {
                    tracing::warn!("stopping after the current step; once more to stop at once");
                } else if is_urgent {
                    #[allow(
                        clippy::disallowed_methods,
                        reason = "the transaction rolls back by itself; a private server is stopped by its guard, an engine by its own"
                    )]
                    std::process::exit(i32::from(ExitCode::Temporary.status()));
                }
            }
        });
        Ok(StopRequest(request))
    }

    /// `Err` once somebody has asked.
    pub fn check(&self) -> Result<(), Stopped> {
        if *self.0.borrow() { Err(Stopped) } else { Ok(()) }
    }

    /// Waits until somebody asks.
    pub async fn requested(&self) {
        // The sender lives as long as the runtime: an error would mean that both are gone.
        let _ = self.0.clone().wait_for(|is_requested| *is_requested).await;
    }
}

/// Whether whoever started us wants us to outlast the terminal, as `nohup` does: then nobody is to listen. Where the system does not
/// say, SIGHUP does what it did before.
fn is_hangup_ignored() -> bool {
    let status = read_plain_text(Path::new("/proc/self/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & 1 << (SignalKind::hangup().as_raw_value() - 1) != 0)
}

async fn hung_up(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => std::future::pending().await,
    }
}
