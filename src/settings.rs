//! What the environment says: the database, the site key, folders, and the secrets that pipelines name.
//!
//! The only reader of environment variables. Errors name variables, never what they hold. Our copies of the values are
//! wiped; the process's own block of variables stays, since taking one out of it is not safe while threads run.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::{Zeroize, Zeroizing};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::pipeline::SecretName;
use crate::wording::{Message, Spoken, display_in_english, message};

#[cfg(test)]
mod tests;

const DATABASE_URL: &str = "DATABASE_URL";
const SITE_KEY: &str = "TIJIAN_SITE_KEY";
const SITE_KEY_PREVIOUS: &str = "TIJIAN_SITE_KEY_PREVIOUS";
const PRIVATE_SERVER: &str = "TIJIAN_PRIVATE_SERVER";
const DATA_DIR: &str = "TIJIAN_DATA_DIR";
const PG_BIN_DIR: &str = "PG_BIN_DIR";

/// The data folder of services that run as root, and of users without a home folder.
const SERVICE_DATA_DIR: &str = "/var/lib/tijian";

/// HMAC-SHA-256 gains nothing from a longer key, and loses by a shorter one.
const SITE_KEY_BYTES: usize = 32;

/// Standard Base64; keys are often pasted without their padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a setting cannot be used. Names the variable only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    Missing(String),
    NotText(String),
    DatabaseUrlForm,
    PrivateServerForm,
    SiteKeyMissing,
    SiteKeyForm,
    SiteKeyPreviousMissing,
    SiteKeyPreviousForm,
}

impl Spoken for SettingsError {
    fn message(&self) -> Message {
        match self {
            SettingsError::Missing(variable) => message!("TJ-1101", variable),
            SettingsError::NotText(variable) => message!("TJ-1102", variable),
            SettingsError::DatabaseUrlForm => message!("TJ-1103"),
            SettingsError::PrivateServerForm => message!("TJ-1104"),
            SettingsError::SiteKeyMissing => message!("TJ-1105"),
            SettingsError::SiteKeyForm => message!("TJ-1106"),
            SettingsError::SiteKeyPreviousMissing => message!("TJ-1107"),
            SettingsError::SiteKeyPreviousForm => message!("TJ-1108"),
        }
    }
}

display_in_english!(SettingsError);

impl SettingsError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            SettingsError::Missing(_) | SettingsError::NotText(_) => ExitCode::Definition.with(Remedy::SetSecret),
            SettingsError::SiteKeyMissing => ExitCode::Definition.with(Remedy::SetSiteKey),
            SettingsError::SiteKeyForm => ExitCode::Definition.with(Remedy::UseFirstSiteKey),
            SettingsError::DatabaseUrlForm
            | SettingsError::PrivateServerForm
            | SettingsError::SiteKeyPreviousMissing
            | SettingsError::SiteKeyPreviousForm => ExitCode::Definition.without_remedy(),
        }
    }
}

/// The endpoint for lineage events, and its settings.
pub struct LineageSettings {
    pub url: String,
    pub namespace: String,
    pub api_key: Option<SecretString>,
}

/// The environment as it was when the program started. Wiped when dropped.
#[derive(Clone)]
pub struct Settings {
    variables: HashMap<OsString, Zeroizing<Vec<u8>>>,
}

/// Shows nothing: many of the variables are secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Settings(..)")
    }
}

/// Collects variable names and their values.
impl FromIterator<(OsString, OsString)> for Settings {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Settings {
        let wiped = variables.into_iter().map(|(name, value)| (name, Zeroizing::new(value.into_vec())));
        Settings { variables: wiped.collect() }
    }
}

impl Settings {
    /// These settings with other values for some variables.
    pub fn with(&self, variables: &[(&str, &str)]) -> Settings {
        let others =
            variables.iter().map(|(name, value)| (OsString::from(name), Zeroizing::new(value.as_bytes().to_vec())));
        Settings { variables: self.variables.clone().into_iter().chain(others).collect() }
    }

    /// These settings without one variable.
    pub fn without(mut self, name: &str) -> Settings {
        self.variables.remove(std::ffi::OsStr::new(name));
        self
    }

    /// The environment of this process.
    #[allow(clippy::disallowed_methods, reason = "this is the place where the environment is read")]
    pub fn from_environment() -> Settings {
        std::env::vars_os().collect()
    }

    /// `TIJIAN_PRIVATE_SERVER`: whether the private server of the data folder is asked for.
    pub fn asks_for_private_server(&self) -> Result<bool, SettingsError> {
        match self.get(PRIVATE_SERVER).map(OsStr::as_bytes) {
            None | Some(b"0") => Ok(false),
            Some(b"1") => Ok(true),
            Some(_) => Err(SettingsError::PrivateServerForm),
        }
    }

    /// `LC_ALL`, `LC_MESSAGES`, `LANG`: whether the first of them that is set asks for Chinese, in UTF-8. We print no
    /// other encoding: a terminal of GB18030 would show Chinese as noise, and English as it is. A place without an encoding
    /// has its old one: glibc's `zh_CN` is GB2312.
    pub fn asks_for_chinese(&self) -> bool {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| self.get(name));
        let Some(locale) = asked.and_then(OsStr::to_str) else { return false };
        let locale = locale.split('@').next().unwrap_or_default();
        let unsaid = if locale.contains('_') { "" } else { "UTF-8" };
        let (place, encoding) = locale.split_once('.').unwrap_or((locale, unsaid));
        let language = place.split(['_', '-']).next().unwrap_or_default();
        language.eq_ignore_ascii_case("zh") && ["utf-8", "utf8"].contains(&encoding.to_ascii_lowercase().as_str())
    }

    /// The names of all variables that are set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().filter_map(|name| name.to_str())
    }

    /// `DATABASE_URL`. `None` if unset or empty.
    pub fn database_url(&self) -> Result<Option<SecretString>, SettingsError> {
        match self.secret_text(DATABASE_URL) {
            Ok(url) => Ok(Some(url)),
            Err(SettingsError::Missing(_)) => Ok(None),
            Err(_) => Err(SettingsError::DatabaseUrlForm),
        }
    }

    /// One of libpq's variables, such as `PGHOST`. `None` if unset or empty.
    pub fn libpq_variable(&self, name: &str) -> Result<Option<SecretString>, SettingsError> {
        match self.secret_text(name) {
            Ok(value) => Ok(Some(value)),
            Err(SettingsError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where libpq looks for passwords by default: `~/.pgpass`.
    pub fn default_password_file(&self) -> Option<PathBuf> {
        self.get("HOME").map(|home| Path::new(home).join(".pgpass"))
    }

    /// `TIJIAN_SITE_KEY`, the key of `person_id` and of sealed data.
    pub fn site_key(&self) -> Result<SiteKey, SettingsError> {
        match self.secret_text(SITE_KEY) {
            Ok(text) => SiteKey::from_base64(text.expose_secret()).ok_or(SettingsError::SiteKeyForm),
            Err(SettingsError::Missing(_)) => Err(SettingsError::SiteKeyMissing),
            Err(_) => Err(SettingsError::SiteKeyForm),
        }
    }

    /// `TIJIAN_SITE_KEY_PREVIOUS`, the site key that is being replaced.
    pub fn previous_site_key(&self) -> Result<SiteKey, SettingsError> {
        match self.secret_text(SITE_KEY_PREVIOUS) {
            Ok(text) => SiteKey::from_base64(text.expose_secret()).ok_or(SettingsError::SiteKeyPreviousForm),
            Err(SettingsError::Missing(_)) => Err(SettingsError::SiteKeyPreviousMissing),
            Err(_) => Err(SettingsError::SiteKeyPreviousForm),
        }
    }

    /// A secret that a pipeline names. White space around it is kept: it may be part of it.
    pub fn secret(&self, name: &SecretName) -> Result<SecretString, SettingsError> {
        self.secret_text(&name.env)
    }

    /// The data folder: the `--data-dir` flag, else `TIJIAN_DATA_DIR`, else `/var/lib/tijian` for root and
    /// `$XDG_DATA_HOME/tijian` or `~/.local/share/tijian` for others.
    pub fn data_dir(&self, flag: Option<&Path>) -> PathBuf {
        let named = flag.map(Path::to_owned).or_else(|| self.get(DATA_DIR).map(PathBuf::from));
        named.unwrap_or_else(|| self.default_data_dir(runs_as_root()))
    }

    /// `PG_BIN_DIR`: where the PostgreSQL binaries are, if the operator says so.
    pub fn pg_bin_dir(&self) -> Option<PathBuf> {
        self.get(PG_BIN_DIR).map(PathBuf::from)
    }

    /// The operator's name from the environment: `SUDO_USER`, else `USER`, else `LOGNAME`. For the access log, in addition to
    /// the database's login; anybody who sets the environment can choose it.
    pub fn operator(&self) -> String {
        let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| self.get(name));
        named.map_or_else(|| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Whether a signal (`TRACES`, `METRICS`) is to be sent by OTLP: a collector is named, and nothing turns it off. The
    /// OpenTelemetry libraries read the details themselves.
    pub fn is_otlp_wanted(&self, signal: &str) -> bool {
        let is = |name: &str, value: &str| self.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
        let endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", &format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")];
        endpoints.into_iter().any(|name| self.get(name).is_some())
            && !is("OTEL_SDK_DISABLED", "true")
            && !is(&format!("OTEL_{signal}_EXPORTER"), "none")
    }

    /// `OPENLINEAGE_URL` and its companions `OPENLINEAGE_NAMESPACE`, `OPENLINEAGE_API_KEY`, `OPENLINEAGE_DISABLED`. `None`: no
    /// events are wanted.
    pub fn lineage(&self) -> Option<LineageSettings> {
        let is_disabled = self.get("OPENLINEAGE_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let text = |name| self.get(name).and_then(OsStr::to_str).map(str::to_owned);
        let url = text("OPENLINEAGE_URL").filter(|_| !is_disabled)?;
        let namespace = text("OPENLINEAGE_NAMESPACE").unwrap_or_else(|| "tijian".to_owned());
        Some(LineageSettings { url, namespace, api_key: self.secret_text("OPENLINEAGE_API_KEY").ok() })
    }

    /// Names of the variables that hold secrets of ours, whatever a pipeline names besides.
    pub fn secret_variables() -> [&'static str; 4] {
        [DATABASE_URL, SITE_KEY, SITE_KEY_PREVIOUS, "PGPASSWORD"]
    }

    /// The variables of S3's clients, `AWS_…`: credentials, region, endpoint.
    pub fn aws_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.names().filter(|name| name.starts_with("AWS_"));
        named.filter_map(|name| Some((name, self.get(name)?.to_str()?)))
    }

    /// Whether the variables say what this service is called there.
    pub fn is_otel_service_named(&self) -> bool {
        self.get("OTEL_SERVICE_NAME").is_some()
    }

    /// `PATH`, for finding binaries.
    pub fn path(&self) -> Option<OsString> {
        self.get("PATH").map(OsStr::to_owned)
    }

    fn default_data_dir(&self, is_root: bool) -> PathBuf {
        // The XDG specification: a relative path is to be ignored.
        let absolute = |name| self.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data_home = || absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
        match data_home() {
            Some(data_home) if !is_root => data_home.join("tijian"),
            _ => PathBuf::from(SERVICE_DATA_DIR),
        }
    }

    /// The value of a variable; an empty one counts as absent.
    fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(OsStr::new(name)).filter(|value| !value.is_empty())?;
        Some(OsStr::from_bytes(value))
    }

    fn secret_text(&self, name: &str) -> Result<SecretString, SettingsError> {
        let value = self.get(name).ok_or_else(|| SettingsError::Missing(name.to_owned()))?;
        value.to_str().map(SecretString::from).ok_or_else(|| SettingsError::NotText(name.to_owned()))
    }
}

/// Whether root runs this process: the owner of its own entry in /proc. Where there is no /proc, nobody is root.
fn runs_as_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// The hospital's own key: 32 bytes that nobody else has. Wiped when dropped.
pub struct SiteKey(SecretBox<[u8; SITE_KEY_BYTES]>);

/// Shows nothing of the key.
impl fmt::Debug for SiteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SiteKey(..)")
    }
}

impl SiteKey {
    /// Takes over the bytes of a key. The demo and tests make their own; everyone else reads it from the environment.
    pub fn from_bytes(mut bytes: [u8; SITE_KEY_BYTES]) -> SiteKey {
        let key = SiteKey::copy_of(&bytes);
        bytes.zeroize();
        key
    }

    /// Copies the bytes to where they are wiped, without a stop on the stack.
    fn copy_of(bytes: &[u8; SITE_KEY_BYTES]) -> SiteKey {
        SiteKey(SecretBox::init_with_mut(|key: &mut [u8; SITE_KEY_BYTES]| key.copy_from_slice(bytes)))
    }

    /// The key itself, for a MAC or a cipher. Never for a message.
    pub fn expose(&self) -> &[u8; SITE_KEY_BYTES] {
        self.0.expose_secret()
    }

    fn from_base64(text: &str) -> Option<SiteKey> {
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
        let bytes: &[u8; SITE_KEY_BYTES] = bytes.as_slice().try_into().ok()?;
        Some(SiteKey::copy_of(bytes))
    }
}
