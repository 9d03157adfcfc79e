//! An answer's body → Base64 → AES → the envelope and its records, against serde_json over the whole text at once.
//!
//! What the reader reads is what stands there; what is JSON, it reads; and what it reads without a word is JSON.

use serde_json::Value;
use serde_json::value::RawValue;
use tijian::platform::cipher::Cipher;
use tijian::platform::{Envelope, EnvelopeReader, Plaintext, ReadError, ResultKind};

use super::json::{Members, depth, is_json};

/// Any 16 bytes.
const KEY: &str = "0123456789abcdef";

/// What the reader takes at once: bytes of the body, and of the plaintext under it.
const CHUNK_BYTES: usize = 256 * 1024;
const CHUNK_PLAINTEXT_BYTES: usize = CHUNK_BYTES / 4 * 3;

/// Members and values far below every limit of the reader.
const SMALL_BYTES: usize = 60_000;

/// serde_json gives up at 128.
const DEPTH_MAX: usize = 100;

pub fn check(data: &[u8]) {
    let [form, place, data @ ..] = data else { return };
    let cipher = Cipher::new(KEY).expect("a key of 16 bytes");
    match form % 7 {
        // Whatever comes over the wire: it ends, and does not panic.
        0 => drop(read(data, &cipher)),
        // Any plaintext, as ciphertext; and again with line breaks in it.
        1 => {
            let body = cipher.encrypt(data);
            let found = judge(data, body.as_bytes(), &cipher);
            let step = usize::from(*place % 80) + 1;
            let broken: Vec<u8> = body.as_bytes().chunks(step).flat_map(|line| [line, b"\r\n"].concat()).collect();
            assert_eq!(read(&broken, &cipher), found, "line breaks inside of Base64 are nothing");
        }
        // Plain text. (What does not begin like JSON is taken for ciphertext.)
        2 => {
            if data.trim_ascii_start().first() == Some(&b'{') {
                judge(data, data, &cipher);
            }
        }
        // Any records, in an envelope.
        3 => {
            let plain =
                [br#"{"code":200,"success":true,"result":["#, data, br#"],"timestamp":1767636000000}"#].concat();
            judge(&plain, cipher.encrypt(&plain).as_bytes(), &cipher);
        }
        // Any records, in a text in an envelope.
        4 => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            let text = Value::from(format!(" [{text}] ")).to_string();
            let plain = [br#"{"result":"#, text.as_bytes(), br#","code":"200"}"#].concat();
            judge(&plain, cipher.encrypt(&plain).as_bytes(), &cipher);
        }
        // Any text in an envelope, its escapes not ours.
        5 => {
            let plain = [br#"{"code":200,"result":"["#, data, br#"]"}"#].concat();
            judge(&plain, cipher.encrypt(&plain).as_bytes(), &cipher);
        }
        // Across the border between two pieces of the stream.
        _ => {
            let (open, close): (&[u8], &[u8]) =
                if place % 2 == 0 { (br#"{"result":["#, b"]}") } else { (br#"{"result":"["#, br#"]"}"#) };
            let blanks = CHUNK_PLAINTEXT_BYTES.saturating_sub(open.len() + usize::from(*place));
            let plain = [open, &vec![b' '; blanks], data, close].concat();
            judge(&plain, cipher.encrypt(&plain).as_bytes(), &cipher);
        }
    }
}

/// Records and envelope, as the program reads them.
type Answer = Option<(Vec<Vec<u8>>, Envelope)>;

fn read(body: &[u8], cipher: &Cipher) -> Answer {
    let mut reader = EnvelopeReader::new(Plaintext::new(body, cipher.clone()));
    let mut records = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => records.push(record.bytes.to_vec()),
            Ok(None) => break,
            Err(ReadError::Answer(error)) => {
                assert!(!error.to_string().is_empty());
                return None;
            }
            Err(ReadError::Io(error)) => panic!("memory does not fail: {error}"),
        }
    }
    let envelope = reader.finish();
    assert_eq!(envelope.records, records.len() as u64);
    Some((records, envelope))
}

/// Reads the body, and compares with what its plaintext says.
fn judge(plain: &[u8], body: &[u8], cipher: &Cipher) -> Answer {
    let found = read(body, cipher);
    match (&found, expect(plain)) {
        (Some((records, envelope)), Some(expected)) => {
            assert_eq!(*records, expected.records, "records stand as they were delivered");
            assert_eq!(*envelope, expected.envelope);
        }
        (Some((records, _)), None) => {
            // A record may be broken: that is for the contract to say. Nothing else may be.
            assert!(!records.iter().all(|record| is_json(record)) || !is_readable(plain), "read, but no JSON");
        }
        (None, Some(_)) => panic!("JSON, but not read"),
        (None, None) => {}
    }
    found
}

/// Whether the oracle can say anything of it.
fn is_readable(plain: &[u8]) -> bool {
    depth(plain) <= DEPTH_MAX
}

struct Expected {
    records: Vec<Vec<u8>>,
    envelope: Envelope,
}

/// `None`: it is no envelope, or holds what the reader may refuse.
fn expect(plain: &[u8]) -> Option<Expected> {
    let members = Members::read(plain)?;
    let is_large =
        members.0.iter().any(|(name, value)| name != "result" && value.get().len() + name.len() > SMALL_BYTES);
    if is_large || depth(plain) > DEPTH_MAX || members.count("result") > 1 {
        return None;
    }
    let last = |name: &str| {
        let value = members.0.iter().rfind(|(own, _)| own == name)?;
        serde_json::from_str::<Value>(value.1.get()).ok()
    };
    // A member that is ours must be readable as a value.
    let is_ours = |name: &str| matches!(name, "code" | "success" | "timestamp");
    if members.0.iter().any(|(name, value)| is_ours(name) && serde_json::from_str::<Value>(value.get()).is_err()) {
        return None;
    }
    let integer = |value: Value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let boolean = |value: Value| match value {
        Value::Bool(value) => Some(value),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let (kind, records) = match members.get("result") {
        None => (ResultKind::Missing, Vec::new()),
        Some("null") => (ResultKind::Null, Vec::new()),
        Some(array) if array.starts_with('[') => (ResultKind::Records, elements(array)?),
        Some(text) if text.starts_with('"') => {
            let text: String = serde_json::from_str(text).ok()?;
            let array = text.trim_matches([' ', '\t', '\r', '\n']);
            (ResultKind::Records, elements(array).filter(|_| array.starts_with('['))?)
        }
        Some(_) => (ResultKind::Other, Vec::new()),
    };
    let envelope = Envelope {
        code: last("code").and_then(integer),
        success: last("success").and_then(boolean),
        timestamp: last("timestamp").and_then(integer),
        records: records.len() as u64,
        result: kind,
    };
    Some(Expected { records, envelope })
}

fn elements(array: &str) -> Option<Vec<Vec<u8>>> {
    let elements: Vec<&RawValue> = serde_json::from_str(array).ok()?;
    Some(elements.iter().map(|element| element.get().as_bytes().to_vec()).collect())
}
