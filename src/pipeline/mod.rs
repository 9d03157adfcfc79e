//! The user's definitions: one pipeline file per account, and the contract that it names.
//!
//! Definitions are checked whole before anything runs: unknown keys are refused, and every problem is reported at once
//! with its file and key.

pub mod contract;
mod definition;
mod duration;
mod error;
pub mod example;
mod exports;
mod files;
mod lake_url;
mod reader;
mod reject_max;
mod result_path;
mod shard;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::certificates::{CaFile, Fingerprint};
use crate::wording::{Message, message};

pub use contract::{Contract, FieldContract};
pub use duration::parse_duration;
pub use error::{DefinitionError, DefinitionErrors};
pub use files::{find_default, read_all, refuse_shared_access};
pub use lake_url::LakeUrl;
pub use reject_max::RejectMax;
pub use result_path::ResultPath;
pub use shard::Shard;

/// A pipeline file, checked.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The file it was read from.
    pub file: PathBuf,
    /// `false`: skipped unless named on the command line.
    pub enabled: bool,
    /// One hospital's account with the platform: part of every key in the warehouse.
    pub account: String,
    pub platform: PlatformDefinition,
    pub contract: Arc<Contract>,
    pub on_reject: OnReject,
    /// `None`: a night loads whatever share of it is refused.
    pub reject_max: Option<RejectMax>,
    pub landing: LandingDefinition,
    pub quarantine: QuarantineDefinition,
    pub exports: Vec<ExportDefinition>,
}

/// `[platform]`: how the hospital's account reaches the platform.
#[derive(Debug, Clone)]
pub struct PlatformDefinition {
    /// The platform's address, without a trailing slash.
    pub base_url: String,
    pub channel: Channel,
    pub api_key: SecretName,
    pub secret: SecretName,
    pub aes_key: SecretName,
    /// CAs to trust beside those of the machine.
    pub ca_file: Option<CaFile>,
    /// The one certificate to trust, in the place of all CAs.
    pub certificate_sha256: Option<Fingerprint>,
    pub proxy: ProxyDefinition,
    pub request_body: RequestBody,
    pub request_text: RequestText,
    pub encryption: Encryption,
    /// Where the reservations are in an order's answer.
    pub result_path: ResultPath,
    pub arrive_date_format: ArriveDateFormat,
    /// How long after a pull its callbacks may go out; then it is pulled again before they go on.
    pub acknowledge_within: Duration,
    /// Longest silence on the wire, not the whole transfer.
    pub timeout: Duration,
    /// Tries of a call that is safe to repeat, the first included.
    pub attempts_max: u32,
}

impl PlatformDefinition {
    /// The warning about an unprotected connection to the platform, for everybody who looks at the definition.
    pub fn warning(&self) -> Option<Message> {
        (self.channel == Channel::PlainHttp).then(|| message!("plain-http"))
    }
}

/// How the connection to the platform is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Https,
    /// http that does not leave this machine.
    Loopback,
    /// http to another machine, which `allow_http` allows: a front-end machine in a network that is protected otherwise.
    PlainHttp,
}

/// The proxy between this machine and the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyDefinition {
    /// What the environment's `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name; none for a loopback address.
    Environment,
    /// No proxy, whatever the environment says.
    Direct,
    Named {
        /// Address of the proxy, without a login.
        url: String,
        login: Option<ProxyLogin>,
    },
}

/// The login that a proxy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyLogin {
    pub user: SecretName,
    pub password: SecretName,
}

/// The environment variable that holds a secret: `{ env = "NAME" }`. Files never hold secrets themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName {
    pub env: String,
}

/// Where a request carries its ciphertext. The interface document does not name the form field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestBody {
    /// `application/x-www-form-urlencoded` with this one field.
    Form { field: String },
    /// The Base64 text is the body.
    Raw,
}

/// How the ciphertext of a request is written. The document's sample has standard Base64 without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestText {
    pub base64: Base64Alphabet,
    /// Whether it is a JSON text, in quotes.
    pub is_quoted: bool,
}

/// The letters of Base64 for 62 and 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base64Alphabet {
    /// `+` and `/`.
    Standard,
    /// `-` and `_`.
    UrlSafe,
}

/// Whether a successful answer may come in plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Required,
    /// A test environment: a plain-text success is taken, too.
    Optional,
}

/// How the time of an arrival is written. The interface document says DateTime, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArriveDateFormat {
    /// `2026-11-25 08:10:00`, in Asia/Shanghai.
    Space,
    /// `2026-11-25T08:10:00`, in Asia/Shanghai.
    Iso,
    /// `2026-11-25T08:10:00+08:00`.
    IsoWithOffset,
    /// A JSON number: milliseconds since the epoch.
    Milliseconds,
}

/// What happens to the acknowledgement of rejected records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReject {
    /// Rejected records are not acknowledged: the platform delivers them again.
    Hold,
    /// They are acknowledged, and stay in quarantine.
    Ack,
}

/// `[landing]`: where deliveries are kept as received.
#[derive(Debug, Clone)]
pub struct LandingDefinition {
    pub dir: PathBuf,
    pub keep_days: u32,
}

/// `[quarantine]`: how long refused records are kept that are neither delivered again nor resolved.
#[derive(Debug, Clone)]
pub struct QuarantineDefinition {
    pub keep_days: u32,
}

/// `[[export]]`: one set of files to make after the acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportDefinition {
    /// The history as Parquet, one file per month of `checkDate`.
    History { dir: PathBuf, keep_hours: u32, include_identity: bool },
    /// The volumes per check date (`mart.daily_volumes`) as Parquet, one file per month: no person is in them.
    DailyVolumes { dir: PathBuf, keep_hours: u32 },
    /// Snapshots and deltas for the finance office, each with a manifest. Snapshots that are older than `snapshot_days` go, but for
    /// the newest one.
    Finance {
        dir: PathBuf,
        format: TableFormat,
        snapshot: SnapshotRhythm,
        snapshot_days: Option<u32>,
        layout: FinanceLayout,
    },
    /// The account's report page, made again by every run.
    Report { dir: PathBuf },
    /// The versions without identity, for engines that work on a whole province: objects in a folder or a bucket, which accounts
    /// share. Those that nothing names any more stay for `keep_hours`.
    Lake { url: LakeUrl, keep_hours: u32 },
}

/// When a finance target gets a snapshot, of a delivery that changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotRhythm {
    /// With the first such delivery of each of Beijing's months.
    Monthly,
    /// With every delivery that changes something.
    Nightly,
    /// Only when everything is asked for.
    Never,
}

/// How new finance files are called, and in which folder they are. What is there already stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FinanceLayout {
    pub folders: FinanceFolders,
    pub names: FinanceNames,
}

impl FinanceLayout {
    pub const ALL: [FinanceLayout; 4] = {
        use {FinanceFolders as Folders, FinanceNames as Names};
        [
            FinanceLayout { folders: Folders::Flat, names: Names::Ascii },
            FinanceLayout { folders: Folders::Flat, names: Names::Chinese },
            FinanceLayout { folders: Folders::Monthly, names: Names::Ascii },
            FinanceLayout { folders: Folders::Monthly, names: Names::Chinese },
        ]
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FinanceFolders {
    /// All files in one folder.
    #[default]
    Flat,
    /// One for each of Beijing's months, `2026-11`.
    Monthly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FinanceNames {
    /// Letters, digits, `_` and `-` only.
    #[default]
    Ascii,
    /// The words of the office: 财务快照, 财务增量, 财务月结.
    Chinese,
}

impl ExportDefinition {
    /// The folder of the files; a lake is none of the account's alone.
    pub fn dir(&self) -> Option<&Path> {
        match self {
            ExportDefinition::History { dir, .. }
            | ExportDefinition::DailyVolumes { dir, .. }
            | ExportDefinition::Finance { dir, .. }
            | ExportDefinition::Report { dir } => Some(dir),
            ExportDefinition::Lake { .. } => None,
        }
    }
}

/// How a CSV file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvProfile {
    /// UTF-8 with byte-order mark, CRLF, Chinese headings, guarded cells: for a double click in Excel.
    Excel,
    /// Plain RFC 4180 with column names: for programs.
    Machine,
}

/// The encoding of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    Utf8,
    /// China's national standard, of which GBK is a part: every character has a place in it.
    Gb18030,
}

/// How a finance file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    Csv {
        profile: CsvProfile,
        encoding: TextEncoding,
    },
    /// An Excel workbook, for people: typed cells, and a sheet each of totals by month, hospital and way of payment.
    Xlsx,
}

impl TableFormat {
    /// The profile of the headings: a workbook is for people.
    pub fn profile(self) -> CsvProfile {
        match self {
            TableFormat::Csv { profile, .. } => profile,
            TableFormat::Xlsx => CsvProfile::Excel,
        }
    }

    /// How the names of such files end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            TableFormat::Csv { .. } => "csv",
            TableFormat::Xlsx => "xlsx",
        }
    }
}
