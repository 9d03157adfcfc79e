//! An answer's body → Base64 → AES → the envelope and its records, against serde_json over the whole text at once.
//!
//! What the reader reads is what stands there; what is JSON, it reads; and what it reads without a word is JSON.

use serde_json::Value;
use serde_json::value::RawValue;
use tijian::pipeline::ResultPath;
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
    // Of a longer member, only the end is looked for.
    if data.len() > SMALL_BYTES {
        return;
    }
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
    let mut reader = EnvelopeReader::new(Plaintext::new(body, cipher.clone()), &ResultPath::default());
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
        (Some((records, envelope)), Some(mut expected)) => {
            if let Some(object) = expected.object.take() {
                // By its members' names, it is one record or none.
                let is_record = envelope.result == ResultKind::Records;
                assert!(is_record || envelope.result == ResultKind::Object);
                assert!(is_record || !object.has_serial_number, "a record is taken for one");
                expected.envelope.result = envelope.result;
                expected.records = Vec::from_iter(is_record.then_some(object.bytes));
                expected.envelope.records = expected.records.len() as u64;
            }
            assert_eq!(*records, expected.records, "records stand as they were delivered");
            // Where else reservations could be is a guess.
            expected.envelope.whereabouts = envelope.whereabouts.clone();
            expected.envelope.code = expected.code.unwrap_or(envelope.code);
            expected.envelope.success = expected.success.unwrap_or(envelope.success);
            expected.envelope.timestamp = expected.timestamp.unwrap_or(envelope.timestamp);
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
    /// One that stands where an array is meant.
    object: Option<Object>,
    /// `None`: written in a way that the tests beside the reader are for.
    code: Option<Option<i64>>,
    success: Option<Option<bool>>,
    timestamp: Option<Option<i64>>,
}

struct Object {
    bytes: Vec<u8>,
    has_serial_number: bool,
}

/// `None`: it is no envelope, or holds what the reader may refuse.
fn expect(plain: &[u8]) -> Option<Expected> {
    let members = Members::read(plain.strip_prefix("\u{feff}".as_bytes()).unwrap_or(plain))?;
    if depth(plain) > DEPTH_MAX || members.count("result") > 1 {
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
    let integer = |value: Option<Value>| match value {
        Some(Value::Number(number)) => number.as_i64().map(Some),
        Some(Value::String(text)) => text.trim().parse().ok().map(Some),
        _ => Some(None),
    };
    let success = match last("success") {
        Some(Value::Bool(value)) => Some(Some(value)),
        Some(Value::String(_) | Value::Number(_)) => None,
        _ => Some(None),
    };
    let seconds = 1_000_000_000..10_000_000_000;
    let timestamp = integer(last("timestamp"))
        .map(|time| time.map(|time| if seconds.contains(&time) { time * 1000 } else { time }));
    let mut expected = Expected {
        records: Vec::new(),
        envelope: Envelope::default(),
        object: None,
        code: integer(last("code")),
        success,
        timestamp,
    };
    expected.envelope.result = match members.get("result") {
        None => ResultKind::Missing,
        Some(text) if text.starts_with('"') => {
            let text: String = serde_json::from_str(text).ok()?;
            let text = text.trim_matches([' ', '\t', '\r', '\n']);
            match text.trim_ascii_end() {
                _ if text.starts_with(['[', '{']) => expected.read_result(text)?,
                "" | "null" => ResultKind::Nothing,
                _ if is_ciphertext(text.as_bytes()) => ResultKind::Ciphertext,
                _ => ResultKind::Text,
            }
        }
        Some(value) => expected.read_result(value)?,
    };
    expected.envelope.records = expected.records.len() as u64;
    Some(expected)
}

impl Expected {
    fn read_result(&mut self, value: &str) -> Option<ResultKind> {
        Some(match value.as_bytes()[0] {
            b'[' => {
                self.records = elements(value)?;
                ResultKind::Records
            }
            b'{' => {
                let members = Members::read(value.as_bytes())?;
                if members.0.is_empty() {
                    return Some(ResultKind::Nothing);
                }
                let has_serial_number = members.count("serialNumber") > 0;
                self.object = Some(Object { bytes: value.as_bytes().to_vec(), has_serial_number });
                ResultKind::Object
            }
            _ if value == "null" => ResultKind::Nothing,
            _ => ResultKind::Scalar,
        })
    }
}

/// Letters of Base64 without a gap, which are not all hexadecimal digits.
fn is_ciphertext(text: &[u8]) -> bool {
    let beginning = &text[..text.len().min(43)];
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    beginning.len() == 43 && beginning.iter().all(is_letter) && !beginning.iter().all(u8::is_ascii_hexdigit)
}

fn elements(array: &str) -> Option<Vec<Vec<u8>>> {
    let elements: Vec<&RawValue> = serde_json::from_str(array).ok()?;
    Some(elements.iter().map(|element| element.get().as_bytes().to_vec()).collect())
}
