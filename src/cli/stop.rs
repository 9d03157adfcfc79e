//! Ctrl-C and SIGTERM: the first one ends the run after its current step, the second one at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::error::CliError;
use crate::failure::Stopped;
use crate::guidance::ExitCode;

/// Whether somebody asked to stop.
#[derive(Clone)]
pub(super) struct StopRequest(watch::Receiver<bool>);

impl StopRequest {
    /// Listens for the signals from now on. Needs a runtime around it.
    pub fn listen() -> Result<StopRequest, CliError> {
        let (requested, request) = watch::channel(false);
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::io("listen for Ctrl-C"))?;
        let mut terminate = signal(SignalKind::terminate()).map_err(CliError::io("listen for SIGTERM"))?;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if requested.send_replace(true) {
                    #[allow(
                        clippy::disallowed_methods,
                        reason = "the transaction rolls back by itself; a private server is stopped by its guard"
                    )]
                    std::process::exit(i32::from(ExitCode::Temporary.status()));
                }
                tracing::warn!("stopping after the current step; once more to stop at once");
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
