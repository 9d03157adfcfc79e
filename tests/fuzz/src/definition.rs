//! Contract and pipeline files: a definition that the rest of the program can rely on, or a list of problems, each a line
//! for people.

use std::path::{Path, PathBuf};

use tijian::pipeline::contract::SHIPPED;
use tijian::pipeline::{Contract, DefinitionErrors, Pipeline};
use tijian::reservation::{Field, Rule, Severity};

/// A pipeline file with every key.
const PIPELINE: &str = r#"version = 1
enabled = true
account = "hangzhou-third"
[platform]
base_url = "https://platform.invalid/health"
api_key = { env = "ZHELIBAN_API_KEY" }
secret = { env = "ZHELIBAN_SECRET" }
aes_key = { env = "ZHELIBAN_AES_KEY" }
request_body = "form"
form_field = "data"
request_quotes = false
request_base64 = "standard"
result_path = "result"
encryption = "required"
timeout_seconds = 60
attempts_max = 5
[contract]
file = "contracts/reservation.toml"
on_reject = "hold"
[landing]
dir = "data/landing"
keep_days = 400
[[export]]
kind = "history"
format = "parquet"
dir = "data/export/history"
include_identity = true
[[export]]
kind = "finance"
format = "csv"
profile = "excel"
encoding = "utf-8"
dir = "data/export/finance"
"#;

pub fn check(data: &[u8]) {
    let [form, from_high, from_low, length, data @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(data) else { return };
    let from = usize::from(u16::from_be_bytes([*from_high, *from_low]));
    match form % 4 {
        0 => judge_contract(text),
        1 => judge_pipeline(text),
        // A sound file with a piece of it replaced.
        2 => judge_contract(&spliced(SHIPPED, from, usize::from(*length), text)),
        _ => judge_pipeline(&spliced(PIPELINE, from, usize::from(*length), text)),
    }
}

fn spliced(sound: &str, from: usize, length: usize, piece: &str) -> String {
    let from = sound.floor_char_boundary(from % (sound.len() + 1));
    let to = sound.floor_char_boundary((from + length).min(sound.len())).max(from);
    [&sound[..from], piece, &sound[to..]].concat()
}

fn judge_contract(text: &str) {
    match Contract::parse(Path::new("contract.toml"), text) {
        Ok(contract) => assert_contract(&contract),
        Err(errors) => assert_errors(&errors, text),
    }
}

fn judge_pipeline(text: &str) {
    // So that the contract is found: fuzz targets are built in a folder of their own.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().filter(|tests| tests.ends_with("tests")).and_then(Path::parent).unwrap_or(root);
    let file: PathBuf = root.join("pipelines/pipeline.toml");
    match Pipeline::parse(&file, text) {
        Ok(pipeline) => assert_pipeline(&pipeline),
        Err(errors) => assert_errors(&errors, text),
    }
}

fn assert_errors(DefinitionErrors(errors): &DefinitionErrors, text: &str) {
    assert!(!errors.is_empty(), "refused, and nothing said");
    let lines = text.matches('\n').count() + 1;
    for error in errors {
        assert!(error.line.is_none_or(|line| (1..=lines.max(SHIPPED.lines().count())).contains(&line)));
        assert!(!error.problem.to_string().is_empty());
        let said = error.to_string();
        assert!(!said.contains(char::is_control), "one line, and nothing that moves a terminal: {said:?}");
    }
}

/// What validation, the warehouse and the marts rest on.
fn assert_contract(contract: &Contract) {
    for rule in Rule::ALL {
        assert!(!rule.is_essential() || contract.severity(rule) == Severity::Reject);
    }
    for field in Field::ALL {
        let own = contract.field(field);
        assert!(own.field == field && (own.required || !field.is_essential()));
        assert!(own.max_characters.is_none_or(|limit| limit > 0));
        assert_storable(&[&own.label.zh, &own.label.en]);
        let Some(dictionary) = &own.dictionary else { continue };
        assert!(!dictionary.labels.is_empty());
        assert_storable(&[&dictionary.name]);
        for (code, label) in &dictionary.labels {
            assert_storable(&[code, &label.zh, &label.en]);
            // A key of mart.code_labels: an entry of a PostgreSQL B-tree ends at 2704 bytes.
            assert!(code.len() <= 2_600);
        }
    }
    let key_bytes = |field| 4 * contract.field(field).max_characters.unwrap_or(0);
    assert!(key_bytes(Field::SerialNumber) <= 2_600 && key_bytes(Field::RequestId) <= 2_600);
    // Together they are the key of the volumes.
    let volume = [Field::HospitalCode, Field::HospitalPackageId, Field::DataSources, Field::OrderStatus];
    assert!(volume.map(key_bytes).iter().sum::<usize>() <= 2_600);
}

fn assert_storable(texts: &[&str]) {
    for text in texts {
        assert!(!text.contains(char::is_control), "{text:?} goes into PostgreSQL, files and terminals");
    }
}

fn assert_pipeline(pipeline: &Pipeline) {
    let account = &pipeline.account;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    assert!((1..=63).contains(&account.len()) && account.bytes().all(is_plain), "an account is part of file names");
    let platform = &pipeline.platform;
    assert!(platform.base_url.starts_with("https://") || platform.base_url.starts_with("http://"));
    assert!(!platform.base_url.ends_with('/') && !platform.base_url.contains(['?', '#']));
    for secret in [&platform.api_key, &platform.secret, &platform.aes_key] {
        assert!(!secret.env.is_empty() && secret.env.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    }
    assert!((1..=3600).contains(&platform.timeout.as_secs()) && (1..=20).contains(&platform.attempts_max));
    assert!(pipeline.landing.keep_days > 0);
    assert_storable(&[&pipeline.landing.dir.to_string_lossy()]);
    assert_contract(&pipeline.contract);
}
