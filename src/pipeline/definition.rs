//! Reading a pipeline file: what each key may hold, and what it means when it is left out.
//!
//! The keys are the public surface: a change here is a change for every hospital.

mod network;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::reservation::Field;
use crate::wording::{Spoken, message};
use network::{Network, network};

use super::duration::parse_duration;
use super::error::DefinitionErrors;
use super::exports::exports;
use super::files::read_text;
use super::reader::{Item, Table, read_document};
use super::{
    ArriveDateFormat, Base64Alphabet, Contract, Encryption, LandingDefinition, OnReject, Pipeline, PlatformDefinition,
    QuarantineDefinition, RejectMax, RequestBody, RequestText, ResultPath, SecretName,
};

/// Form field of the ciphertext, unless the file says otherwise (`protocol.md`: open questions).
const FORM_FIELD: &str = "data";
/// How a time of arrival may be written; the first one is meant unless the file says otherwise (`protocol.md`: open questions).
const ARRIVE_DATE_FORMATS: [(&str, ArriveDateFormat); 4] = [
    ("yyyy-MM-dd HH:mm:ss", ArriveDateFormat::Space),
    ("yyyy-MM-ddTHH:mm:ss", ArriveDateFormat::Iso),
    ("yyyy-MM-ddTHH:mm:ss+08:00", ArriveDateFormat::IsoWithOffset),
    ("milliseconds", ArriveDateFormat::Milliseconds),
];
/// How long after a pull its callbacks may go out, unless the file says otherwise: a callback confirms whatever has become of
/// a reservation by then.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Below this, a pull and its load leave no time for callbacks; above, a change in between is too likely to be lost.
const ACKNOWLEDGE_WITHIN_RANGE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);
/// Longest silence on the wire, in seconds, unless the file says otherwise.
const TIMEOUT_SECONDS: u32 = 60;
/// An hour of silence is no connection any more.
const TIMEOUT_SECONDS_MAX: u32 = 3600;
/// Tries of a call, unless the file says otherwise.
const ATTEMPTS: u32 = 5;
/// With exponential back-off, more tries than this outlast the night.
const ATTEMPTS_MAX: u32 = 20;
/// The folder for deliveries, unless the file says otherwise.
const LANDING_DIR: &str = "data/landing";
/// A year and a month of deliveries and refused records, unless the file says otherwise.
const KEEP_DAYS: u32 = 400;
/// A hundred years: for ever.
const KEEP_DAYS_MAX: u32 = 36_500;
/// Longest account: it is part of every key of the warehouse and in file names. The length of a DNS label.
const ACCOUNT_CHARACTERS_MAX: usize = 63;

impl Pipeline {
    /// Reads a pipeline file and the contract that it names. Errors: every problem of both files.
    pub fn read(path: &Path) -> Result<Pipeline, DefinitionErrors> {
        Pipeline::parse(path, &read_text(path)?)
    }

    /// Reads the text of the pipeline file at `path`, and the contract that it names from there.
    pub fn parse(path: &Path, text: &str) -> Result<Pipeline, DefinitionErrors> {
        read_document(path, text, |root| {
            let version = root.version();
            let enabled = root.get("enabled").map_or(Some(true), |item| item.boolean());
            let account = root.need("account", message!("definition-no-account")).and_then(account);
            let platform = root
                .need("platform", message!("definition-no-platform"))
                .and_then(|item| item.table(|table| platform(path, table)));
            let contract = root
                .need("contract", message!("definition-no-contract"))
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
            let (contract, on_reject, reject_max) = contract?;
            version?;
            Some(Pipeline {
                file: path.to_owned(),
                enabled: enabled?,
                account: account?,
                platform: platform?,
                contract: Arc::new(contract),
                on_reject,
                reject_max,
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
        item.refuse(|found| message!("definition-must-be-account", most = ACCOUNT_CHARACTERS_MAX, found))
    }
}

fn platform(pipeline_file: &Path, table: &Table<'_>) -> Option<PlatformDefinition> {
    let secret_of = |key| table.need(key, message!("definition-no-secret")).and_then(secret);
    let network = network(pipeline_file, table);
    let (api_key, secret, aes_key) = (secret_of("api_key"), secret_of("secret"), secret_of("aes_key"));
    // Read in any case, so that a leftover `form_field` is known beside `request_body = "raw"`.
    let form_field = table.get("form_field").map_or(Some(FORM_FIELD), |item| item.text());
    let form = RequestBody::Form { field: form_field.unwrap_or(FORM_FIELD).to_owned() };
    let request_body = match table.get("request_body") {
        Some(item) => item.choice(&[("form", form), ("raw", RequestBody::Raw)]),
        None => Some(form),
    };
    let request_text = request_text(table);
    let encryption = match table.get("encryption") {
        Some(item) => item.choice(&[("required", Encryption::Required), ("optional", Encryption::Optional)]),
        None => Some(Encryption::Required),
    };
    let result_path = table.get("result_path").map_or(Some(ResultPath::default()), result_path);
    let arrive_date_format = match table.get("arrive_date_format") {
        Some(item) => item.choice(&ARRIVE_DATE_FORMATS),
        None => Some(ArriveDateFormat::Space),
    };
    let acknowledge_within = table.get("acknowledge_within").map_or(Some(ACKNOWLEDGE_WITHIN), acknowledge_within);
    let timeout_seconds =
        table.get("timeout_seconds").map_or(Some(TIMEOUT_SECONDS), |item| item.whole_number(1..=TIMEOUT_SECONDS_MAX));
    let attempts_max = table.get("attempts_max").map_or(Some(ATTEMPTS), |item| item.whole_number(1..=ATTEMPTS_MAX));
    let Network { base_url, channel, ca_file, certificate_sha256, proxy } = network?;
    Some(PlatformDefinition {
        base_url,
        channel,
        api_key: api_key?,
        secret: secret?,
        aes_key: aes_key?,
        ca_file,
        certificate_sha256,
        proxy,
        request_body: request_body?,
        request_text: request_text?,
        encryption: encryption?,
        result_path: result_path?,
        arrive_date_format: arrive_date_format?,
        acknowledge_within: acknowledge_within?,
        timeout: Duration::from_secs(timeout_seconds?.into()),
        attempts_max: attempts_max?,
    })
}

fn request_text(table: &Table<'_>) -> Option<RequestText> {
    let base64 = match table.get("request_base64") {
        Some(item) => item.choice(&[("standard", Base64Alphabet::Standard), ("url-safe", Base64Alphabet::UrlSafe)]),
        None => Some(Base64Alphabet::Standard),
    };
    let is_quoted = table.get("request_quotes").map_or(Some(false), |item| item.boolean());
    Some(RequestText { base64: base64?, is_quoted: is_quoted? })
}

fn result_path(item: Item<'_>) -> Option<ResultPath> {
    let path = ResultPath::parse(item.text()?);
    path.or_else(|| {
        item.refuse(|found| message!("definition-must-be-result-path", most = ResultPath::NAMES_MAX, found))
    })
}

fn acknowledge_within(item: Item<'_>) -> Option<Duration> {
    match parse_duration(item.text()?).filter(|within| ACKNOWLEDGE_WITHIN_RANGE.contains(within)) {
        Some(within) => Some(within),
        None => item.refuse(|found| message!("definition-must-be-time-within", found)),
    }
}

/// `{ env = "NAME" }`. Any other value is never repeated: it may be the secret itself.
fn secret(item: Item<'_>) -> Option<SecretName> {
    if !item.value().is_table() {
        return item.refuse_unseen(message!("definition-must-be-secret"));
    }
    item.table(|table| {
        let item = table.need("env", message!("definition-no-variable"))?;
        let name = item.value().as_str().unwrap_or_default();
        let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if begins_well && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            Some(SecretName { env: name.to_owned() })
        } else {
            item.refuse_unseen(message!("definition-must-be-variable"))
        }
    })
}

/// A path of the file, relative to its folder.
fn beside(pipeline_file: &Path, path: &str) -> PathBuf {
    pipeline_file.parent().unwrap_or(Path::new("")).join(path)
}

fn contract(pipeline_file: &Path, table: &Table<'_>) -> Option<(Contract, OnReject, Option<RejectMax>)> {
    let contract = table.need("file", message!("definition-no-contract-file")).and_then(|item| {
        let path = beside(pipeline_file, item.text()?);
        match Contract::read(&path) {
            Ok(contract) => Some(contract),
            // The file cannot be read: what names it has a line.
            Err(errors) if errors.0.iter().all(|error| error.line.is_none()) => item.refuse_unseen(errors.message()),
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
    let reject_max = table.get("reject_max").map_or(Some(None), |item| match RejectMax::parse(item.text()?) {
        Some(reject_max) => Some(Some(reject_max)),
        None => item.refuse(|found| message!("definition-must-be-percentage", found)),
    });
    let ignore = table.get("ignore").map_or(Some(BTreeSet::new()), ignore);
    Some((Contract { ignore: ignore?, ..contract? }, on_reject?, reject_max?))
}

/// Names of members that make no version. One that nobody knows may be that of a member of tomorrow.
fn ignore(list: Item<'_>) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut is_sound = true;
    for item in list.items(|found| message!("definition-must-be-names", found))? {
        let name = item.text().and_then(|name| match Field::from_name(name) {
            Some(Field::ExaminationFee) => item.refuse_unseen(message!("definition-never-ignored-fee")),
            Some(field) if field.is_essential() => {
                item.refuse_unseen(message!("definition-never-ignored", field = field.name()))
            }
            _ if names.contains(name) => item.refuse_unseen(message!("definition-twice")),
            _ => Some(name.to_owned()),
        });
        is_sound &= name.is_some();
        names.extend(name);
    }
    is_sound.then_some(names)
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
mod tests;
