//! Reading a pipeline file: what each key may hold, and what it means when it is left out.
//!
//! The keys are the public surface: a change here is a change for every hospital.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;

use crate::certificates::CaFile;

use super::error::DefinitionErrors;
use super::exports::exports;
use super::files::read_text;
use super::reader::{Item, Table, read_document};
use super::{
    Contract, Encryption, LandingDefinition, OnReject, Pipeline, PlatformDefinition, QuarantineDefinition, RequestBody,
    SecretName,
};

/// Form field of the ciphertext, unless the file says otherwise (`protocol.md`: open questions).
const FORM_FIELD: &str = "data";
/// Longest silence on the wire, in seconds, unless the file says otherwise.
const TIMEOUT_SECONDS: u32 = 60;
/// An hour of silence is no connection any more.
const TIMEOUT_SECONDS_MAX: u32 = 3600;
/// Tries of a call, unless the file says otherwise.
const ATTEMPTS: u32 = 5;
/// With exponential back-off, more tries than this outlast the night.
const ATTEMPTS_MAX: u32 = 20;
/// Where deliveries are kept, unless the file says otherwise.
const LANDING_DIR: &str = "data/landing";
/// A year and a month of deliveries and refused records, unless the file says otherwise.
const KEEP_DAYS: u32 = 400;
/// A hundred years: for ever.
const KEEP_DAYS_MAX: u32 = 36_500;
/// Longest account: it stands in every key of the warehouse and in file names. The length of a DNS label.
const ACCOUNT_CHARACTERS_MAX: usize = 63;

impl Pipeline {
    /// Reads a pipeline file and the contract that it names. Errors: every problem of both files.
    pub fn read(path: &Path) -> Result<Pipeline, DefinitionErrors> {
        Pipeline::parse(path, &read_text(path)?)
    }

    /// Reads the text of the pipeline file at `path`, and the contract that it names from there. Errors: every problem of
    /// both.
    pub fn parse(path: &Path, text: &str) -> Result<Pipeline, DefinitionErrors> {
        read_document(path, text, |root| {
            let version = root.version();
            let enabled = root.get("enabled").map_or(Some(true), |item| item.boolean());
            let account = root.need("account", "the account's short name").and_then(account);
            let platform = root
                .need("platform", "the table of the platform's keys")
                .and_then(|item| item.table(|table| platform(path, table)));
            let contract = root
                .need("contract", "the table that names the contract file")
                .and_then(|item| item.table(|table| contract(path, table)));
            let landing = match root.get("landing") {
                Some(item) => item.table(landing),
                None => Some(LandingDefinition { dir: PathBuf::from(LANDING_DIR), keep_days: KEEP_DAYS }),
            };
            let quarantine = match root.get("quarantine") {
                Some(item) => item.table(quarantine),
                None => Some(QuarantineDefinition { keep_days: KEEP_DAYS }),
            };
            let exports = root.get("export").map_or(Some(Vec::new()), exports);
            let (contract, on_reject) = contract?;
            version?;
            Some(Pipeline {
                file: path.to_owned(),
                enabled: enabled?,
                account: account?,
                platform: platform?,
                contract,
                on_reject,
                landing: landing?,
                quarantine: quarantine?,
                exports: exports?,
            })
        })
    }
}

fn account(item: Item<'_>) -> Option<String> {
    let text = item.text()?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let begins_plain = text.as_bytes().first().copied().is_some_and(is_plain);
    if begins_plain && text.len() <= ACCOUNT_CHARACTERS_MAX && text.bytes().all(|byte| is_plain(byte) || byte == b'-') {
        Some(text.to_owned())
    } else {
        item.refuse(&format!("1 to {ACCOUNT_CHARACTERS_MAX} of a-z, 0-9 and \"-\", beginning with a letter or a digit"))
    }
}

fn platform(pipeline_file: &Path, table: &Table<'_>) -> Option<PlatformDefinition> {
    let secret_of =
        |key| table.need(key, "{ env = \"NAME\" }, the environment variable that holds it").and_then(secret);
    let base_url = table.need("base_url", "the platform's address, https://…").and_then(base_url);
    let (api_key, secret, aes_key) = (secret_of("api_key"), secret_of("secret"), secret_of("aes_key"));
    let ca_file = table.get("ca_file").map_or(Some(None), |item| ca_file(pipeline_file, &item).map(Some));
    // Read in any case, so that a leftover `form_field` is known beside `request_body = "raw"`.
    let form_field = table.get("form_field").map_or(Some(FORM_FIELD), |item| item.text());
    let form = RequestBody::Form { field: form_field.unwrap_or(FORM_FIELD).to_owned() };
    let request_body = match table.get("request_body") {
        Some(item) => item.choice(&[("form", form), ("raw", RequestBody::Raw)]),
        None => Some(form),
    };
    let encryption = match table.get("encryption") {
        Some(item) => item.choice(&[("required", Encryption::Required), ("optional", Encryption::Optional)]),
        None => Some(Encryption::Required),
    };
    let timeout_seconds =
        table.get("timeout_seconds").map_or(Some(TIMEOUT_SECONDS), |item| item.whole_number(1..=TIMEOUT_SECONDS_MAX));
    let attempts_max = table.get("attempts_max").map_or(Some(ATTEMPTS), |item| item.whole_number(1..=ATTEMPTS_MAX));
    Some(PlatformDefinition {
        base_url: base_url?,
        api_key: api_key?,
        secret: secret?,
        aes_key: aes_key?,
        ca_file: ca_file?,
        request_body: request_body?,
        encryption: encryption?,
        timeout: Duration::from_secs(timeout_seconds?.into()),
        attempts_max: attempts_max?,
    })
}

/// The address without a trailing slash. It is never repeated in a message: it may hold a password.
fn base_url(item: Item<'_>) -> Option<String> {
    let Ok(url) = Url::parse(item.text()?) else {
        return item.refuse_unseen("must be an address, https://host or https://host/path");
    };
    let host = url.host_str().unwrap_or_default();
    let is_loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => {
            return item.refuse_unseen("must be https: http is for loopback addresses only (127.0.0.1, localhost)");
        }
        _ => return item.refuse_unseen("must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return item.refuse_unseen("must not hold a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return item.refuse_unseen("must not hold a query (?…) or fragment (#…)");
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// `{ env = "NAME" }`. What stands there instead is never repeated: it may be the secret itself.
fn secret(item: Item<'_>) -> Option<SecretName> {
    const EXPECTED: &str = "must be { env = \"NAME\" }, the name of an environment variable: secrets stay out of files";
    if !item.value().is_table() {
        return item.refuse_unseen(EXPECTED);
    }
    item.table(|table| {
        let item = table.need("env", "the name of an environment variable")?;
        let name = item.value().as_str().unwrap_or_default();
        let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if begins_well && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            Some(SecretName { env: name.to_owned() })
        } else {
            item.refuse_unseen("must be the name of an environment variable: letters, digits and _, no digit first")
        }
    })
}

/// Read here, so that a file that cannot be used is told together with everything else.
fn ca_file(pipeline_file: &Path, item: &Item<'_>) -> Option<CaFile> {
    let path = beside(pipeline_file, item.text()?);
    CaFile::read(&path).map_err(|error| item.refuse_unseen::<()>(&error.to_string())).ok()
}

/// A path of the file, relative to its folder.
fn beside(pipeline_file: &Path, path: &str) -> PathBuf {
    pipeline_file.parent().unwrap_or(Path::new("")).join(path)
}

fn contract(pipeline_file: &Path, table: &Table<'_>) -> Option<(Contract, OnReject)> {
    let contract = table.need("file", "the contract's path, relative to this file").and_then(|item| {
        let path = beside(pipeline_file, item.text()?);
        match Contract::read(&path) {
            Ok(contract) => Some(contract),
            Err(DefinitionErrors(errors)) if errors.iter().all(|error| error.line.is_none()) => {
                let problems: Vec<String> = errors.iter().map(ToString::to_string).collect();
                item.refuse_unseen(&problems.join("; "))
            }
            Err(errors) => {
                item.adopt(errors);
                None
            }
        }
    });
    let on_reject = match table.get("on_reject") {
        Some(item) => item.choice(&[("hold", OnReject::Hold), ("ack", OnReject::Ack)]),
        None => Some(OnReject::Hold),
    };
    Some((contract?, on_reject?))
}

fn landing(table: &Table<'_>) -> Option<LandingDefinition> {
    let dir = table.get("dir").map_or(Some(LANDING_DIR), |item| item.text()).map(PathBuf::from);
    let keep_days = keep_days(table);
    Some(LandingDefinition { dir: dir?, keep_days: keep_days? })
}

fn quarantine(table: &Table<'_>) -> Option<QuarantineDefinition> {
    Some(QuarantineDefinition { keep_days: keep_days(table)? })
}

fn keep_days(table: &Table<'_>) -> Option<u32> {
    table.get("keep_days").map_or(Some(KEEP_DAYS), |item| item.whole_number(1..=KEEP_DAYS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::files::tests::{SMALL, folder};
    use crate::pipeline::{CsvProfile, ExportDefinition, TableFormat, TextEncoding, find_default, read_all};

    /// The problems of one file, as displayed, without the folder's name.
    fn problems(text: &str) -> Vec<String> {
        let folder = folder(&[("x.toml", text)]);
        let errors = Pipeline::read(&folder.path().join("x.toml")).unwrap_err().to_string();
        errors.replace(&format!("{}/", folder.path().display()), "").lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_the_file_leaves_out_has_the_documented_default() {
        let folder = folder(&[("small.toml", SMALL)]);
        let pipeline = Pipeline::read(&folder.path().join("small.toml")).unwrap();
        assert!(pipeline.enabled);
        assert_eq!(pipeline.platform.base_url, "https://platform.invalid/health");
        assert_eq!(pipeline.platform.request_body, RequestBody::Form { field: "data".to_owned() });
        assert_eq!(pipeline.platform.encryption, Encryption::Required);
        assert_eq!(pipeline.platform.timeout, Duration::from_secs(60));
        assert_eq!(pipeline.platform.attempts_max, 5);
        assert_eq!(pipeline.on_reject, OnReject::Hold);
        assert_eq!(pipeline.landing.dir, Path::new("data/landing"));
        assert_eq!(pipeline.landing.keep_days, 400);
        assert_eq!(pipeline.exports, []);
        assert_eq!(pipeline.contract, Contract::shipped());
    }

    #[test]
    fn the_shipped_pipelines_are_right_and_disabled() {
        let files = find_default(Path::new("pipelines")).unwrap();
        assert_eq!(files, [Path::new("pipelines/demo.toml"), Path::new("pipelines/zheliban.toml")]);
        let pipelines = read_all(&files).unwrap();
        assert!(pipelines.iter().all(|pipeline| !pipeline.enabled && pipeline.contract == Contract::shipped()));
        assert_eq!(pipelines[0].account, "demo");
        for pipeline in pipelines {
            let [
                ExportDefinition::History { include_identity, .. },
                ExportDefinition::DailyVolumes { .. },
                ExportDefinition::Finance { format, .. },
            ] = &pipeline.exports[..]
            else {
                panic!("{:?}", pipeline.exports)
            };
            let excel = TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Utf8 };
            assert_eq!((*include_identity, *format), (false, excel));
        }
    }

    #[test]
    fn every_problem_of_a_file_is_told_at_once_with_line_and_key() {
        let text = r#"version = 2
enabled = "yes"
account = "Third Hospital"
colour = "red"
[platform]
base_url = "http://platform.invalid"
api_key = "sk-very-secret"
secret = { env = "9-very-secret" }
request_body = "json"
form_field = " "
encryption = "maybe"
time_out_seconds = 60
timeout_seconds = "60s"
attempts_max = 21
[contract]
file = "contracts/missing.toml"
on_reject = "drop"
[landing]
dir = 7
keep_days = 0
[[export]]
kind = "history"
format = "csv"
profile = "excel"
[[export]]
kind = "finance"
format = "csv"
dir = "out"
profile = "fancy"
include_identity = true
[[export]]
kind = "report"
"#;
        let expected = [
            "x.toml:1: version: must be 1, the version of this file's format, found 2",
            "x.toml:2: enabled: must be true or false, found \"yes\"",
            "x.toml:3: account: must be 1 to 63 of a-z, 0-9 and \"-\", beginning with a letter or a digit, found \"Third Hospital\"",
            "x.toml:4: colour: unknown key; known here: version, enabled, account, platform, contract, landing, quarantine, export",
            "x.toml:5: platform.aes_key: is missing: { env = \"NAME\" }, the environment variable that holds it",
            "x.toml:6: platform.base_url: must be https: http is for loopback addresses only (127.0.0.1, localhost)",
            "x.toml:7: platform.api_key: must be { env = \"NAME\" }, the name of an environment variable: secrets stay out of files",
            "x.toml:8: platform.secret.env: must be the name of an environment variable: letters, digits and _, no digit first",
            "x.toml:9: platform.request_body: must be \"form\" or \"raw\", found \"json\"",
            "x.toml:10: platform.form_field: must be a text that is not empty, found \" \"",
            "x.toml:11: platform.encryption: must be \"required\" or \"optional\", found \"maybe\"",
            "x.toml:12: platform.time_out_seconds: unknown key; did you mean timeout_seconds?",
            "x.toml:13: platform.timeout_seconds: must be a whole number from 1 to 3600, found \"60s\"",
            "x.toml:14: platform.attempts_max: must be a whole number from 1 to 20, found 21",
            "x.toml:16: contract.file: contracts/missing.toml: cannot be read: No such file or directory (os error 2)",
            "x.toml:17: contract.on_reject: must be \"hold\" or \"ack\", found \"drop\"",
            "x.toml:19: landing.dir: must be a text that is not empty, found 7",
            "x.toml:20: landing.keep_days: must be a whole number from 1 to 36500, found 0",
            "x.toml:21: export[1].dir: is missing: the folder for the files",
            "x.toml:23: export[1].format: must be \"parquet\", found \"csv\"",
            "x.toml:24: export[1].profile: unknown key; known here: kind, dir, format, include_identity",
            "x.toml:29: export[2].profile: must be \"excel\" or \"machine\", found \"fancy\"",
            "x.toml:30: export[2].include_identity: unknown key; known here: kind, dir, format, profile, encoding",
            "x.toml:31: export[3].dir: is missing: the folder for the files",
            "x.toml:31: export[3].format: is missing: \"parquet\" for history and daily_volumes, \"csv\" or \"xlsx\" for finance",
            "x.toml:32: export[3].kind: must be \"history\" or \"daily_volumes\" or \"finance\", found \"report\"",
        ];
        assert_eq!(problems(text), expected);
    }

    #[test]
    fn syntax_errors_come_with_line_and_column_but_never_with_the_text() {
        let found = problems("version = 1\naccount = \"a\"\napi_key = very-secret\nsecret = \"very-secret\n");
        assert!(found[0].starts_with("x.toml:3: is not TOML, column 11: "), "{found:?}");
        assert!(found.iter().all(|line| !line.contains("very-secret")), "{found:?}");
    }

    #[test]
    fn addresses_are_https_or_loopback_and_carry_nothing_else() {
        let read = |url: &str| problems_of_url(url).is_empty();
        for good in [
            "https://platform.invalid",
            "http://127.0.0.1:8999",
            "http://127.9.9.9",
            "http://[::1]:80/x",
            "http://localhost/",
        ] {
            assert!(read(good), "{good}");
        }
        for bad in [
            "http://platform.invalid",
            "http://localhost.platform.invalid",
            "http://10.0.0.1",
            "ftp://localhost",
            "platform",
            "https://user:very-secret@platform.invalid",
            "https://platform.invalid/?key=very-secret",
            "https://p.invalid/#a",
        ] {
            let found = problems_of_url(bad);
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(!found[0].contains("secret"), "{found:?}");
        }
    }

    fn problems_of_url(url: &str) -> Vec<String> {
        let folder = folder(&[("x.toml", &SMALL.replace("https://platform.invalid/health/", url))]);
        match Pipeline::read(&folder.path().join("x.toml")) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn two_exports_of_one_kind_need_two_folders() {
        let export = |dir| format!("[[export]]\nkind = \"finance\"\nformat = \"csv\"\ndir = \"{dir}\"\n");
        let history = "[[export]]\nkind = \"history\"\nformat = \"parquet\"\ndir = \"out\"\n";
        let found = problems(&[SMALL, &export("out"), history, &export("./out/")].concat());
        assert_eq!(found, ["x.toml:11: export: [3] writes the same kind of files into the same folder as [1]"]);
    }

    #[test]
    fn a_workbook_has_no_profile_and_no_encoding() {
        let export = |options: &str| format!("[[export]]\nkind = \"finance\"\ndir = \"out\"\n{options}\n");
        let found =
            problems(&[SMALL, &export("format = \"xlsx\"\nprofile = \"excel\"\nencoding = \"gb18030\"")].concat());
        let expected = [
            "x.toml:15: export[1].profile: is for csv only: a workbook is always for people",
            "x.toml:16: export[1].encoding: is for csv only: a workbook says itself how its text is encoded",
        ];
        assert_eq!(found, expected);
        let found = problems(&[SMALL, &export("format = \"csv\"\nencoding = \"gbk\"")].concat());
        assert_eq!(found, ["x.toml:15: export[1].encoding: must be \"utf-8\" or \"gb18030\", found \"gbk\""]);
    }
}
