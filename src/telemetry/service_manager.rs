//! systemd's protocol for services (`sd_notify(3)`): ready, what is being done, still alive, stopping.
//!
//! The crate reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` itself. Without them, nothing here does anything.

use sd_notify::NotifyState;

use crate::telemetry::Health;

/// Tells systemd that the service is up.
pub fn tell_ready() {
    tell(&[NotifyState::Ready]);
}

/// Sets the line that `systemctl status` shows.
pub fn tell_status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The service is about to end.
pub fn tell_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds the watchdog, if there is one, for as long as there are signs of life. Ends only where there is none.
pub async fn keep_telling_alive(health: &Health) {
    let Some(patience) = sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero()) else { return };
    // Half of it, as sd_watchdog_enabled(3) recommends.
    let mut ticks = tokio::time::interval(patience / 2);
    loop {
        ticks.tick().await;
        if health.is_alive() {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

/// A manager that does not listen is no reason to do anything else.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("cannot notify systemd: {error}");
    }
}
