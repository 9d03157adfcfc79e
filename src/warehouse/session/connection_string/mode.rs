//! Whether TLS is spoken: what `sslmode` says, and where nobody says it. Pure.

use std::net::IpAddr;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::UrlProblem;

/// The effect of `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Absent, or libpq's default, which falls back to plain text without a word.
    Unsaid,
    Plain,
    Checked,
}

impl FromStr for Mode {
    type Err = UrlProblem;

    fn from_str(text: &str) -> Result<Mode, UrlProblem> {
        match text {
            "disable" => Ok(Mode::Plain),
            "prefer" => Ok(Mode::Unsaid),
            "require" | "verify-ca" | "verify-full" => Ok(Mode::Checked),
            _ => Err(UrlProblem::SslMode),
        }
    }
}

impl Mode {
    /// A socket never speaks TLS, as with libpq. Where nothing is said, what stays on this machine is plain and what leaves
    /// it is not; a CA file says something.
    pub fn asks_for_tls(self, has_root: bool, config: &Config) -> bool {
        let is_tcp = !config.get_hostaddrs().is_empty() || config.get_hosts().iter().any(|host| !is_socket(host));
        is_tcp
            && match self {
                Mode::Plain => false,
                Mode::Checked => true,
                Mode::Unsaid => has_root || leaves_this_machine(config),
            }
    }
}

pub(super) fn is_socket(host: &Host) -> bool {
    matches!(host, Host::Unix(_))
}

/// Whether one of the servers may be another machine. An address, where there is one, is what is connected to.
fn leaves_this_machine(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().any(|address| !address.is_loopback());
    }
    config.get_hosts().iter().any(|host| match host {
        Host::Tcp(name) => {
            name != "localhost" && !name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
        }
        Host::Unix(_) => false,
    })
}
