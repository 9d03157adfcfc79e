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

const DATABASE_URL: &str = "DATABASE_URL";
const SITE_KEY: &str = "TIJIAN_SITE_KEY";
const SITE_KEY_PREVIOUS: &str = "TIJIAN_SITE_KEY_PREVIOUS";
const PRIVATE_SERVER: &str = "TIJIAN_PRIVATE_SERVER";
const DATA_DIR: &str = "TIJIAN_DATA_DIR";
const PG_BIN_DIR: &str = "PG_BIN_DIR";

/// Where root keeps the data of services, and users without a home folder, too.
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

/// Where lineage events go, and as whose.
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

/// Variable names and their values.
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

    /// `LC_ALL`, `LC_MESSAGES`, `LANG`: whether the first of them that is set asks for Chinese.
    pub fn asks_for_chinese(&self) -> bool {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| self.get(name));
        asked.is_some_and(|locale| locale.as_bytes().starts_with(b"zh"))
    }

    /// Names of the variables that are set and that anything here reads; never what they hold.
    pub fn names(&self) -> Vec<String> {
        let ours = ["DATABASE_URL", "LANG", "TZ", "JOURNAL_STREAM"];
        let families = ["PG", "TIJIAN_", "ZHELIBAN_", "OTEL_", "OPENLINEAGE_", "LC_"];
        let proxies = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
        let is_ours = |name: &str| {
            ours.contains(&name)
                || families.iter().any(|family| name.starts_with(family))
                || proxies.contains(&name.to_lowercase().as_str())
        };
        let mut names: Vec<String> = self
            .variables
            .keys()
            .filter_map(|name| name.to_str())
            .filter(|name| is_ours(name))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names
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

    /// Where libpq looks for passwords if nobody says where: `~/.pgpass`.
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

    /// Who is at work, as the environment says it: `SUDO_USER`, else `USER`, else `LOGNAME`. For the access log, beside the
    /// database's login; whoever sets the environment can make it say anything.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    #[test]
    fn an_empty_database_url_is_none() {
        assert!(settings(&[]).database_url().unwrap().is_none());
        assert!(settings(&[("DATABASE_URL", "")]).database_url().unwrap().is_none());
        let url = settings(&[("DATABASE_URL", "postgres://here")]).database_url().unwrap().unwrap();
        assert_eq!(url.expose_secret(), "postgres://here");
    }

    #[test]
    fn the_private_server_is_asked_for_in_one_way() {
        let asks = |variables: &[_]| settings(variables).asks_for_private_server();
        assert_eq!(
            [asks(&[]), asks(&[(PRIVATE_SERVER, "")]), asks(&[(PRIVATE_SERVER, "0")])],
            [const { Ok(false) }; 3]
        );
        assert_eq!(asks(&[(PRIVATE_SERVER, "1")]), Ok(true));
        assert_eq!(asks(&[(PRIVATE_SERVER, "yes")]), Err(SettingsError::PrivateServerForm));
    }

    #[test]
    fn a_site_key_is_32_bytes_of_base64_with_or_without_padding() {
        let padded = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let expected: Vec<u8> = (0..32).collect();
        for text in [padded, padded.trim_end_matches('='), &format!(" {padded}\r\n")] {
            let key = settings(&[("TIJIAN_SITE_KEY", text)]).site_key().unwrap();
            assert_eq!(key.expose()[..], expected);
        }
    }

    #[test]
    fn a_bad_site_key_is_told_with_the_way_to_make_one_and_without_its_value() {
        assert_eq!(settings(&[]).site_key().unwrap_err(), SettingsError::SiteKeyMissing);
        for text in ["c2hvcnQ=", "not Base64!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"] {
            let error = settings(&[("TIJIAN_SITE_KEY", text)]).site_key().unwrap_err();
            assert!(error.to_string().contains("openssl rand -base64 32"));
            assert!(!error.to_string().contains(text));
        }
    }

    #[test]
    fn a_secret_that_is_missing_empty_or_no_text_is_told_by_its_name_only() {
        let name = SecretName { env: "SOME_KEY".to_owned() };
        let missing = "the environment variable SOME_KEY is not set";
        assert_eq!(settings(&[]).secret(&name).unwrap_err().to_string(), missing);
        assert_eq!(settings(&[("SOME_KEY", "")]).secret(&name).unwrap_err().to_string(), missing);
        let bytes = OsString::from_vec(vec![b'k', 0xff]);
        let error = Settings::from_iter([(OsString::from("SOME_KEY"), bytes)]).secret(&name).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable SOME_KEY is not UTF-8 text");
        assert_eq!(settings(&[("SOME_KEY", " k ")]).secret(&name).unwrap().expose_secret(), " k ");
    }

    #[test]
    fn the_data_folder_is_the_flag_then_the_variable_then_the_users_own() {
        let named = settings(&[("TIJIAN_DATA_DIR", "/named"), ("HOME", "/home/a")]);
        assert_eq!(named.data_dir(Some(Path::new("flag"))), Path::new("flag"));
        assert_eq!(named.data_dir(None), Path::new("/named"));

        let home = settings(&[("HOME", "/home/a"), ("XDG_DATA_HOME", "relative")]);
        assert_eq!(home.default_data_dir(false), Path::new("/home/a/.local/share/tijian"));
        assert_eq!(home.default_data_dir(true), Path::new("/var/lib/tijian"));
        let xdg = settings(&[("HOME", "/home/a"), ("XDG_DATA_HOME", "/data")]);
        assert_eq!(xdg.default_data_dir(false), Path::new("/data/tijian"));
        assert_eq!(settings(&[]).default_data_dir(false), Path::new("/var/lib/tijian"));
    }

    #[test]
    fn the_previous_site_key_has_a_variable_and_errors_of_its_own() {
        assert_eq!(settings(&[]).previous_site_key().unwrap_err(), SettingsError::SiteKeyPreviousMissing);
        let short = settings(&[("TIJIAN_SITE_KEY_PREVIOUS", "c2hvcnQ=")]).previous_site_key().unwrap_err();
        assert_eq!(short, SettingsError::SiteKeyPreviousForm);
        assert!(!short.to_string().contains("c2hvcnQ="));
        let key = settings(&[("TIJIAN_SITE_KEY_PREVIOUS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]);
        assert_eq!(key.previous_site_key().unwrap().expose()[31], 31);
    }

    /// Invariant: No explanation holds a delivered value, no `Debug` a secret.
    #[test]
    fn debug_output_holds_no_value() {
        let settings = settings(&[("SOME_KEY", "very-secret")]);
        assert_eq!(format!("{settings:?} {:?}", SiteKey::from_bytes([7; 32])), "Settings(..) SiteKey(..)");
    }
}
