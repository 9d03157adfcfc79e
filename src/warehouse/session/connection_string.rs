//! Where the database is and how to connect: from `DATABASE_URL` and libpq's variables.
//!
//! What the URL says comes before a variable, as in libpq. `tokio_postgres` knows the `sslmode`s that do not check certificates,
//! and no CA file. Both are taken out here before it reads the rest, so that every connection over TLS checks the server's
//! chain and name. No problem repeats a value, or the name of an option that is not known: in a slip of the pen, either may be
//! the password.

mod mode;
mod password_file;
mod url;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::certificates::{CaFile, CaFileError};
use crate::guidance::Remedy;
use crate::settings::Settings;
use crate::wording::{Message, Spoken, display_in_english, message};
use mode::{Mode, is_socket};
use password_file::{PasswordFile, Wanted};
use variables::{Treatment, VARIABLES, treatment};

pub use variables::{NAMING_VARIABLES, libpq_variables};

/// Where the socket of a server on this machine is, if nothing else is said: Debian's place, then PostgreSQL's own.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// The folder of a socket of libpq's is called so in a password file.
const LOCALHOST: &str = "localhost";

/// Parameters of which each server has its own.
const OF_SERVERS: [&str; 3] = ["host", "hostaddr", "port"];

/// libpq's word for the CAs that this machine trusts, which count here anyway.
const SYSTEM: &str = "system";

/// PostgreSQL's port, where nobody says another one.
pub(super) const PORT: u16 = 5432;

/// Why a connection string cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UrlProblem {
    Form,
    NotEncoded,
    Host,
    EmptyHost,
    Port,
    Unsupported(&'static str),
    SslMode,
    RootCertificate(#[source] CaFileError),
    VariableRootCertificate(&'static str, #[source] CaFileError),
    NoName(Option<&'static str>),
    Count(Option<&'static str>),
    UnsupportedVariable(&'static str),
    Variable(&'static str),
    NoUser,
}

impl Spoken for UrlProblem {
    fn message(&self) -> Message {
        match self {
            UrlProblem::Form => message!("TJ-4051"),
            UrlProblem::NotEncoded => message!("TJ-4052"),
            UrlProblem::Host => message!("TJ-4053"),
            UrlProblem::EmptyHost => message!("TJ-4054"),
            UrlProblem::Port => message!("TJ-4055"),
            UrlProblem::Unsupported(option) => message!("TJ-4056", option = *option),
            UrlProblem::SslMode => message!("TJ-4057"),
            UrlProblem::RootCertificate(_) => message!("TJ-4058"),
            UrlProblem::VariableRootCertificate(variable, _) => message!("TJ-4059", variable = *variable),
            UrlProblem::NoName(variable) => message!("TJ-4060", variable = *variable),
            UrlProblem::Count(variable) => message!("TJ-4061", variable = *variable),
            UrlProblem::UnsupportedVariable(variable) => message!("TJ-4062", variable = *variable),
            UrlProblem::Variable(variable) => message!("TJ-4063", variable = *variable),
            UrlProblem::NoUser => message!("TJ-4064"),
        }
    }
}

display_in_english!(UrlProblem);

impl UrlProblem {
    /// Whether a URL cannot be at fault.
    pub(in crate::warehouse) fn is_of_variables(&self) -> bool {
        matches!(
            self,
            UrlProblem::UnsupportedVariable(_)
                | UrlProblem::Variable(_)
                | UrlProblem::VariableRootCertificate(..)
                | UrlProblem::NoName(Some(_))
                | UrlProblem::Count(Some(_))
        )
    }

    /// What the operator can do.
    pub(in crate::warehouse) fn remedy(&self) -> Remedy {
        match self {
            UrlProblem::RootCertificate(_) | UrlProblem::VariableRootCertificate(..) => Remedy::NameCertificateFile,
            UrlProblem::UnsupportedVariable(_)
            | UrlProblem::Variable(_)
            | UrlProblem::NoName(Some(_))
            | UrlProblem::Count(Some(_)) => Remedy::CorrectVariable,
            UrlProblem::Form
            | UrlProblem::NotEncoded
            | UrlProblem::Host
            | UrlProblem::EmptyHost
            | UrlProblem::Port
            | UrlProblem::Unsupported(_)
            | UrlProblem::SslMode
            | UrlProblem::NoName(None)
            | UrlProblem::Count(None)
            | UrlProblem::NoUser => Remedy::WriteDatabaseUrl,
        }
    }
}

/// A connection string, read. Shows no password.
#[derive(Debug, Clone)]
pub struct ConnectionString {
    /// Its `ssl_mode` is either `Disable` or `Require`: nothing falls back silently. It has a host, and a user.
    pub(in crate::warehouse) config: Config,
    /// A connection string for each of its servers; at least one.
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
    /// Reads a URL, ignoring the environment.
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
        // Nothing said, as with libpq; a variable does not say it instead.
        given.retain(|_, given| !given.value.is_empty());
        let mode = match given.remove("sslmode") {
            Some(mode) => {
                Mode::from_str(&mode.value).map_err(|problem| mode.variable.map_or(problem, UrlProblem::Variable))?
            }
            None => Mode::Unsaid,
        };
        let root = given.remove("sslrootcert");
        let named = given
            .remove("passfile")
            .map(|file| NamedFile { path: PathBuf::from(&*file.value), by: Some(file.variable.unwrap_or("passfile")) });
        let password_file = named.or(default_password_file.map(|path| NamedFile { path, by: None }));
        complete(&mut given)?;
        let [of_host, of_address, of_port] =
            OF_SERVERS.map(|keyword| given.get(keyword).and_then(|given| given.variable));
        let (mut text, mut common) = (Zeroizing::new(String::new()), Zeroizing::new(String::new()));
        for (keyword, given) in treat(given)? {
            let parameter = write(&keyword, &given)?;
            text.push_str(&parameter);
            if !OF_SERVERS.contains(&keyword.as_str()) {
                common.push_str(&parameter);
            }
        }
        let mut config = Config::from_str(&text).map_err(|_| UrlProblem::Form)?;
        check_counts(&config, of_host, of_address, of_port)?;
        let is_tls = mode.asks_for_tls(root.is_some(), &config);
        config.ssl_mode(if is_tls { SslMode::Require } else { SslMode::Disable });
        if is_tls && config.get_hosts().is_empty() {
            return Err(UrlProblem::NoName(of_address));
        }
        let passwords = match config.get_password() {
            Some(_) => None,
            None => password_file.and_then(read_passwords),
        };
        let passwords = passwords.as_deref().map(String::as_str);
        let common = Config::from_str(&common).map_err(|_| UrlProblem::Form)?;
        let count = config.get_hosts().len().max(config.get_hostaddrs().len());
        let servers = (0..count).map(|number| server(&common, &config, number, passwords)).collect();
        let ca_file = match root {
            Some(root) if is_tls && *root.value != SYSTEM => Some(read_root(&root)?),
            _ => None,
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
    if !given.contains_key("host") && !given.contains_key("hostaddr") {
        let port = given.get("port").map_or_else(|| PORT.to_string(), |port| port.value.to_string());
        let is_there = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
        let folder = SOCKET_FOLDERS.into_iter().find(is_there).unwrap_or(SOCKET_FOLDERS[0]);
        given.insert("host".to_owned(), own(folder.to_owned()));
    }
    if !given.contains_key("user") {
        given.insert("user".to_owned(), own(whoami::username().map_err(|_| UrlProblem::NoUser)?));
    }
    Ok(())
}

/// Leaves out what nothing depends on; refuses what nobody would act upon.
fn treat(given: Parameters) -> Result<Vec<(String, Given)>, UrlProblem> {
    let mut kept = Vec::new();
    for (keyword, given) in given {
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
        // Messages name these: a connection string in their place would be shown with its password.
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

/// As many ports and addresses as hosts, or one port for all; and the variable that says how many there are, if it is one.
fn check_counts(
    config: &Config,
    of_host: Option<&'static str>,
    of_address: Option<&'static str>,
    of_port: Option<&'static str>,
) -> Result<(), UrlProblem> {
    let (hosts, addresses, ports) = (config.get_hosts().len(), config.get_hostaddrs().len(), config.get_ports().len());
    if hosts > 0 && addresses > 0 && hosts != addresses {
        return Err(UrlProblem::Count(of_address.or(of_host)));
    }
    if ports > 1 && ports != hosts.max(addresses) {
        return Err(UrlProblem::Count(of_port.or(of_host).or(of_address)));
    }
    Ok(())
}

fn read_root(root: &Given) -> Result<CaFile, UrlProblem> {
    CaFile::read(Path::new(&*root.value)).map_err(|error| match root.variable {
        Some(variable) => UrlProblem::VariableRootCertificate(variable, error),
        None => UrlProblem::RootCertificate(error),
    })
}

/// A password file, and who names it; `None`: it is where libpq looks by default.
struct NamedFile {
    path: PathBuf,
    by: Option<&'static str>,
}

/// The text of the password file, if it can be used. A file that somebody names is to be there.
fn read_passwords(file: NamedFile) -> Option<Zeroizing<String>> {
    let why = match password_file::read(&file.path) {
        PasswordFile::Read(text) => return Some(text),
        PasswordFile::Absent if file.by.is_none() => return None,
        PasswordFile::Absent => "there is none",
        PasswordFile::Unused(why) => why,
    };
    let variable = file.by.map(|variable| format!(" ({variable})")).unwrap_or_default();
    tracing::warn!("the password file {}{variable} is not used: {why}", file.path.display());
    None
}

/// One of the servers, with the parameters that all of them share.
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
    // A socket is not encrypted, even if other servers are on other machines. If there is an address, it is what we connect to.
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

#[cfg(test)]
mod tests;
