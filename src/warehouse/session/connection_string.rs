//! Where the database is, and how to get there: what `DATABASE_URL` says, and beside it libpq's variables.
//!
//! What the URL says comes before a variable, as in libpq. `tokio_postgres` knows the `sslmode`s that do not check certificates,
//! and no CA file. Both are taken out here before it reads the rest, so that every connection over TLS checks the server's
//! chain and name. No problem repeats a value, or the name of an option that is not known: in a slip of the pen, either may be
//! the password.

mod password_file;
mod url;
mod variables;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::certificates::{CaFile, CaFileError};
use crate::guidance::Remedy;
use crate::settings::Settings;
use password_file::{PasswordFile, Wanted};
use variables::{Treatment, VARIABLES, treatment};

pub use variables::{NAMING_VARIABLES, libpq_variables};

/// Where the socket of a server on this machine is, if nothing else is said: Debian's place, then PostgreSQL's own.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// The folder of a socket of libpq's is called so in a password file.
const LOCALHOST: &str = "localhost";

/// Parameters of which each server has its own.
const OF_SERVERS: [&str; 3] = ["host", "hostaddr", "port"];

/// PostgreSQL's port, where nobody says another one.
pub(super) const PORT: u16 = 5432;

/// Why a connection string cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UrlProblem {
    #[error("it is no postgresql:// URL, or an option or its value is not known")]
    Form,
    #[error("it has a blank, or one of @ # / ? %, where none can be: a login or a password needs them percent-encoded")]
    NotEncoded,
    #[error("its host cannot be one")]
    Host,
    #[error("one of its several hosts is empty")]
    EmptyHost,
    #[error("its port is no number from 1 to 65535")]
    Port,
    #[error("its option {0} is not supported")]
    Unsupported(&'static str),
    #[error("its sslmode must be disable, prefer, require, verify-ca or verify-full")]
    SslMode,
    #[error("its sslrootcert cannot be used")]
    RootCertificate(#[source] CaFileError),
    #[error("TLS compares the server's name with its certificate: beside hostaddr it needs host")]
    NoName,
    #[error("there are not as many ports as hosts, or not as many addresses")]
    Count,
    #[error("{0} asks for what is not supported here")]
    UnsupportedVariable(&'static str),
    #[error("{0} has a value that is not known")]
    Variable(&'static str),
    #[error("nobody says who logs in, and this machine has no name for the user of this process")]
    NoUser,
}

impl UrlProblem {
    /// Whether a URL cannot be at fault.
    pub(in crate::warehouse) fn is_of_variables(&self) -> bool {
        matches!(self, UrlProblem::UnsupportedVariable(_) | UrlProblem::Variable(_))
    }

    /// What the operator can do.
    pub(in crate::warehouse) fn remedy(&self) -> Remedy {
        match self {
            UrlProblem::RootCertificate(_) => Remedy::NameCertificateFile,
            UrlProblem::UnsupportedVariable(_) | UrlProblem::Variable(_) => Remedy::CorrectVariable,
            UrlProblem::Form
            | UrlProblem::NotEncoded
            | UrlProblem::Host
            | UrlProblem::EmptyHost
            | UrlProblem::Port
            | UrlProblem::Unsupported(_)
            | UrlProblem::SslMode
            | UrlProblem::NoName
            | UrlProblem::Count
            | UrlProblem::NoUser => Remedy::WriteDatabaseUrl,
        }
    }
}

/// A connection string, read. Shows no password.
#[derive(Debug, Clone)]
pub struct ConnectionString {
    /// Its `ssl_mode` is either `Disable` or `Require`: nothing falls back silently. It has a host, and a user.
    pub(in crate::warehouse) config: Config,
    /// Each of its servers by itself; at least one.
    pub(in crate::warehouse) servers: Vec<Config>,
    /// What `sslrootcert` adds to the CAs that this machine trusts.
    pub(in crate::warehouse) ca_file: Option<CaFile>,
}

/// A parameter's value, and the variable that sets it; none: the URL does.
struct Given {
    value: Zeroizing<String>,
    variable: Option<&'static str>,
}

/// The parameters by their names.
type Parameters = BTreeMap<String, Given>;

impl ConnectionString {
    /// Reads a URL by itself, whatever the environment says.
    pub fn read(text: &str) -> Result<ConnectionString, UrlProblem> {
        ConnectionString::of(url_parameters(text)?, None)
    }

    /// Reads the URL, if there is one, and for all that it leaves open, libpq's variables and its password file.
    pub fn read_with_variables(text: Option<&str>, settings: &Settings) -> Result<ConnectionString, UrlProblem> {
        let mut parameters = text.map(url_parameters).transpose()?.unwrap_or_default();
        for (variable, keyword) in VARIABLES {
            let Some(value) = settings.libpq_variable(variable).map_err(|_| UrlProblem::Variable(variable))? else {
                continue;
            };
            let given = || Given { value: Zeroizing::new(value.expose_secret().to_owned()), variable: Some(variable) };
            parameters.entry(keyword.to_owned()).or_insert_with(given);
        }
        ConnectionString::of(parameters, settings.default_password_file())
    }

    fn of(mut given: Parameters, default_password_file: Option<PathBuf>) -> Result<ConnectionString, UrlProblem> {
        let mode = match given.remove("sslmode").filter(|mode| !mode.value.is_empty()) {
            Some(mode) => {
                Mode::from_str(&mode.value).map_err(|problem| mode.variable.map_or(problem, UrlProblem::Variable))?
            }
            None => Mode::Unsaid,
        };
        let root = given.remove("sslrootcert");
        let password_file = given.remove("passfile").map(|file| PathBuf::from(&*file.value)).or(default_password_file);
        complete(&mut given)?;
        let (mut text, mut common) = (Zeroizing::new(String::new()), Zeroizing::new(String::new()));
        for (keyword, given) in treat(given)? {
            let parameter = write(&keyword, &given)?;
            text.push_str(&parameter);
            if !OF_SERVERS.contains(&keyword.as_str()) {
                common.push_str(&parameter);
            }
        }
        let mut config = Config::from_str(&text).map_err(|_| UrlProblem::Form)?;
        check_counts(&config)?;
        let is_tls = mode.asks_for_tls(root.is_some(), &config);
        config.ssl_mode(if is_tls { SslMode::Require } else { SslMode::Disable });
        if is_tls && config.get_hosts().is_empty() {
            return Err(UrlProblem::NoName);
        }
        let passwords = match config.get_password() {
            Some(_) => None,
            None => password_file.as_deref().and_then(read_passwords),
        };
        let passwords = passwords.as_deref().map(String::as_str);
        let common = Config::from_str(&common).map_err(|_| UrlProblem::Form)?;
        let count = config.get_hosts().len().max(config.get_hostaddrs().len());
        let servers = (0..count).map(|number| server(&common, &config, number, passwords)).collect();
        let ca_file = match root.as_ref().map(|root| root.value.as_str()) {
            // libpq's word for what is trusted here anyway.
            None | Some("system") => None,
            Some(_) if !is_tls => None,
            Some(path) => Some(CaFile::read(Path::new(path)).map_err(UrlProblem::RootCertificate)?),
        };
        Ok(ConnectionString { config, servers, ca_file })
    }
}

fn url_parameters(text: &str) -> Result<Parameters, UrlProblem> {
    let given = |(keyword, value)| (keyword, Given { value: Zeroizing::new(value), variable: None });
    Ok(url::parameters(text)?.into_iter().map(given).collect())
}

/// What libpq takes where nobody says it: the socket of this machine, and the name of the user.
fn complete(given: &mut Parameters) -> Result<(), UrlProblem> {
    let own = |value: String| Given { value: Zeroizing::new(value), variable: None };
    let has = |given: &Parameters, keyword: &str| given.get(keyword).is_some_and(|given| !given.value.is_empty());
    if !has(given, "host") && !has(given, "hostaddr") {
        let port = given.get("port").map_or_else(|| PORT.to_string(), |port| port.value.to_string());
        let is_there = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
        let folder = SOCKET_FOLDERS.into_iter().find(is_there).unwrap_or(SOCKET_FOLDERS[0]);
        given.insert("host".to_owned(), own(folder.to_owned()));
    }
    if !has(given, "user") {
        given.insert("user".to_owned(), own(whoami::username().map_err(|_| UrlProblem::NoUser)?));
    }
    Ok(())
}

/// Leaves out what nothing depends on; refuses what nobody would act upon.
fn treat(given: Parameters) -> Result<Vec<(String, Given)>, UrlProblem> {
    let mut kept = Vec::new();
    for (keyword, given) in given {
        // Nothing said, as with libpq.
        if given.value.is_empty() {
            continue;
        }
        match treatment(&keyword, &given.value) {
            Treatment::Kept(name) => kept.push((name.to_owned(), given)),
            Treatment::Unknown => kept.push((keyword, given)),
            Treatment::Dropped => {}
            Treatment::Refused(name) => {
                return Err(given.variable.map_or(UrlProblem::Unsupported(name), UrlProblem::UnsupportedVariable));
            }
        }
    }
    Ok(kept)
}

/// One parameter in the form in which `tokio_postgres` reads it, with a blank behind it.
fn write(keyword: &str, given: &Given) -> Result<Zeroizing<String>, UrlProblem> {
    let is_keyword = !keyword.is_empty() && keyword.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_');
    let value = match (keyword, given.value.as_str()) {
        // Of libpq's words for a server that takes writes, it knows the other one.
        ("target_session_attrs", "primary") => "read-write",
        (_, value) => value,
    };
    // libpq takes it for this machine's socket. More likely, a name has got lost.
    if keyword == "host" && given.variable.is_none() && value.split(',').any(str::is_empty) {
        return Err(UrlProblem::EmptyHost);
    }
    let can_be = match keyword {
        "host" => value.split(',').all(|host| !host.is_empty() && url::is_host(host)),
        // Names that are told: a whole connection string there would be told with its password.
        "dbname" => given.variable.is_none() || !["://", "password="].iter().any(|sign| value.contains(sign)),
        _ => true,
    };
    if !can_be {
        return Err(given.variable.map_or(UrlProblem::Host, UrlProblem::Variable));
    }
    let quoted = Zeroizing::new(value.replace('\\', "\\\\").replace('\'', "\\'"));
    let text = Zeroizing::new(format!("{keyword}='{}' ", *quoted));
    // By itself first, so that it is known which one is at fault.
    match is_keyword && Config::from_str(&text).is_ok_and(|config| !config.get_ports().contains(&0)) {
        true => Ok(text),
        false => Err(given.variable.map_or(UrlProblem::Form, UrlProblem::Variable)),
    }
}

/// As many ports and addresses as hosts, or one port for all.
fn check_counts(config: &Config) -> Result<(), UrlProblem> {
    let (hosts, addresses, ports) = (config.get_hosts().len(), config.get_hostaddrs().len(), config.get_ports().len());
    let are_even = hosts == 0 || addresses == 0 || hosts == addresses;
    if are_even && (ports <= 1 || ports == hosts.max(addresses)) { Ok(()) } else { Err(UrlProblem::Count) }
}

/// The text of the password file, if it can be used.
fn read_passwords(path: &Path) -> Option<Zeroizing<String>> {
    match password_file::read(path) {
        PasswordFile::Read(text) => Some(text),
        PasswordFile::Absent => None,
        PasswordFile::Unused(why) => {
            tracing::warn!("the password file {} is not used: {why}", path.display());
            None
        }
    }
}

/// One of the servers by itself, with what is said of all of them.
fn server(common: &Config, all: &Config, number: usize, passwords: Option<&str>) -> Config {
    let mut server = common.clone();
    let (host, address) = (all.get_hosts().get(number), all.get_hostaddrs().get(number));
    match host {
        Some(Host::Tcp(name)) => server.host(name),
        Some(Host::Unix(folder)) => server.host_path(folder),
        None => &mut server,
    };
    if let Some(address) = address {
        server.hostaddr(*address);
    }
    let port = all.get_ports().get(number).or(all.get_ports().first()).copied().unwrap_or(PORT);
    server.port(port);
    // A socket stays plain, also beside servers that are elsewhere. An address, where there is one, is what is connected to.
    let is_socket = address.is_none() && host.is_some_and(is_socket);
    server.ssl_mode(if is_socket { SslMode::Disable } else { all.get_ssl_mode() });
    if let Some(passwords) = passwords {
        // Called by its name, else by its address.
        let host = match (host, address) {
            (Some(Host::Tcp(name)), _) => name.clone(),
            (Some(Host::Unix(folder)), _) if SOCKET_FOLDERS.iter().any(|own| folder == Path::new(own)) => {
                LOCALHOST.to_owned()
            }
            (Some(Host::Unix(folder)), _) => folder.display().to_string(),
            (None, address) => address.map(ToString::to_string).unwrap_or_default(),
        };
        let user = all.get_user().unwrap_or_default();
        let database = all.get_dbname().unwrap_or(user);
        let wanted = Wanted { host: &host, port: &port.to_string(), database, user };
        if let Some(password) = password_file::find(passwords, wanted) {
            server.password(password.as_bytes());
        }
    }
    server
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

#[cfg(test)]
mod tests;
