//! What `DATABASE_URL` says, and what of it is about TLS.
//!
//! `tokio_postgres` knows the `sslmode`s that do not check certificates, and no CA file. Both are taken out here before it
//! reads the rest, so that every connection over TLS checks the server's chain and name. No problem repeats a value, or the
//! name of an option that is not known: in a slip of the pen, either may be the password.

use std::net::IpAddr;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::certificates::{CaFile, CaFileError};
use crate::guidance::Remedy;

/// Options of libpq that change who is trusted or what is sent, and that nobody acts upon here.
const UNSUPPORTED: [&str; 8] =
    ["sslcert", "sslkey", "sslpassword", "sslcrl", "sslcrldir", "gssencmode", "requirepeer", "service"];

/// Why a connection string cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UrlProblem {
    #[error("it is no postgresql:// URL, or an option or its value is not known")]
    Form,
    #[error("it has a second @ before the database's options: in a password, write it as %40")]
    SecondAt,
    #[error("its option {0} is not supported")]
    Unsupported(&'static str),
    #[error("its sslmode must be disable, prefer, require, verify-ca or verify-full")]
    SslMode,
    #[error("its sslrootcert cannot be used")]
    RootCertificate(#[source] CaFileError),
    #[error("TLS compares the server's name with its certificate: beside hostaddr it needs host")]
    NoName,
}

impl UrlProblem {
    /// What the operator can do.
    pub(in crate::warehouse) fn remedy(&self) -> Remedy {
        match self {
            UrlProblem::RootCertificate(_) => Remedy::NameCertificateFile,
            UrlProblem::Form
            | UrlProblem::SecondAt
            | UrlProblem::Unsupported(_)
            | UrlProblem::SslMode
            | UrlProblem::NoName => Remedy::WriteDatabaseUrl,
        }
    }
}

/// A connection string, read.
#[derive(Debug)]
pub(in crate::warehouse) struct ConnectionString {
    /// Its `ssl_mode` is either `Disable` or `Require`: nothing falls back silently.
    pub config: Config,
    /// What `sslrootcert` adds to the CAs that this machine trusts.
    pub ca_file: Option<CaFile>,
}

impl ConnectionString {
    pub fn read(text: &str) -> Result<ConnectionString, UrlProblem> {
        if has_second_at(text) {
            return Err(UrlProblem::SecondAt);
        }
        let (rest, options) = take_options(text)?;
        let mode = options.mode.as_deref().map(Mode::from_str).transpose()?.unwrap_or(Mode::Unsaid);
        let mut config = Config::from_str(&rest).map_err(|_| UrlProblem::Form)?;
        let is_tls = mode.asks_for_tls(options.root.is_some(), &config);
        config.ssl_mode(if is_tls { SslMode::Require } else { SslMode::Disable });
        if is_tls && config.get_hosts().is_empty() {
            return Err(UrlProblem::NoName);
        }
        let ca_file = match options.root.as_deref() {
            // libpq's word for what is trusted here anyway.
            None | Some("system") => None,
            Some(_) if !is_tls => None,
            Some(path) => Some(CaFile::read(Path::new(path)).map_err(UrlProblem::RootCertificate)?),
        };
        Ok(ConnectionString { config, ca_file })
    }
}

/// What `sslmode` comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
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
    fn asks_for_tls(self, has_root: bool, config: &Config) -> bool {
        let is_tcp = !config.get_hostaddrs().is_empty() || config.get_hosts().iter().any(|host| !is_socket(host));
        is_tcp
            && match self {
                Mode::Plain => false,
                Mode::Checked => true,
                Mode::Unsaid => has_root || leaves_this_machine(config),
            }
    }
}

fn is_socket(host: &Host) -> bool {
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

/// A password with a bare `@` would be cut there, and its rest be taken for the host, or the database's name, which are told.
fn has_second_at(text: &str) -> bool {
    let behind_first = text.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map_or("", |(_, rest)| rest);
    behind_first.split('?').next().is_some_and(|place| place.contains('@'))
}

/// One option of a connection string, and where it stands.
struct Piece {
    place: Range<usize>,
    key: String,
    value: String,
}

/// The options that are for us; of several of one name, the last one counts.
#[derive(Default)]
struct TlsOptions {
    mode: Option<String>,
    root: Option<String>,
}

/// Takes our options out of the text.
fn take_options(text: &str) -> Result<(String, TlsOptions), UrlProblem> {
    // libpq's other form, `key=value` pairs, is left out: one way to say it is enough.
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(UrlProblem::Form);
    }
    let mut options = TlsOptions::default();
    let mut rest = text.to_owned();
    // From the end, so that the places before stay where they are.
    for piece in url_options(text).into_iter().rev() {
        let option = match piece.key.as_str() {
            "sslmode" => &mut options.mode,
            "sslrootcert" => &mut options.root,
            key => match UNSUPPORTED.into_iter().find(|option| *option == key) {
                Some(option) => return Err(UrlProblem::Unsupported(option)),
                None => continue,
            },
        };
        option.get_or_insert(piece.value);
        rest.replace_range(piece.place, "");
    }
    Ok((rest, options))
}

/// Cuts as `tokio_postgres` does: credentials end at the first `@`, and options begin at the first `?` behind it. What is
/// no option is left for it to refuse.
fn url_options(text: &str) -> Vec<Piece> {
    let scheme = text.find("://").map_or(0, |at| at + "://".len());
    let host = text[scheme..].find('@').map_or(scheme, |at| scheme + at + 1);
    let Some(mut begin) = text[host..].find('?').map(|at| host + at + 1) else { return Vec::new() };
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut pieces = Vec::new();
    while let Some((key, behind)) = text[begin..].split_once('=') {
        let value = behind.split('&').next().unwrap_or_default();
        let end = begin + key.len() + "=".len() + value.len();
        let next = if text[end..].starts_with('&') { end + 1 } else { end };
        pieces.push(Piece { place: begin..next, key: decode(key), value: decode(value) });
        begin = next;
    }
    pieces
}

#[cfg(test)]
mod tests;
