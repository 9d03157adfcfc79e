//! Answers as they travel: the envelope's text, encrypted and encoded piece by piece.
//!
//! Everything is an iterator over pieces, so an answer of a million records needs the memory of one piece. Nothing here
//! knows HTTP.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use super::fault::Fault;
use super::generator::Generator;
use super::queue::{Delivered, Origin};
use super::record::write_record;
use crate::platform::cipher::{self, Cipher};

/// A call that the platform refuses, with its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub code: i32,
    pub message: &'static str,
}

/// The document names no code for these two; they are ours.
pub const TOKEN_REFUSED: Refusal = Refusal { code: 50001, message: "token无效或已过期" };
pub const CREDENTIALS_REFUSED: Refusal = Refusal { code: 50003, message: "apikey或secret有误" };
/// The refusal that the interface document shows.
pub const DATA_REFUSED: Refusal = Refusal { code: 50002, message: "数据有误" };

/// Plain bytes per piece. A multiple of 16 and of 3, so that pieces encrypt and encode without a remainder.
const PIECE_BYTES: usize = 48 * 4096;

/// Pieces of plain JSON text that belong together.
pub type Pieces = Box<dyn Iterator<Item = String> + Send>;

/// A record whose JSON text was given from outside.
#[derive(Debug, Clone)]
pub struct InsertedRecord {
    pub text: String,
    /// The serial number, if the text is JSON and has one.
    pub serial_number: Option<String>,
}

/// One delivery's records, not yet written.
pub struct Delivery {
    /// The changes in time order.
    pub changes: Vec<Delivered>,
    /// One for each share of the changes.
    pub request_ids: Vec<String>,
    pub generator: Arc<Generator>,
    pub inserted: Arc<Vec<InsertedRecord>>,
}

impl Delivery {
    /// The JSON array, in pieces of whole records.
    pub fn pieces(self) -> Pieces {
        let mut next = 0;
        Box::new(std::iter::from_fn(move || {
            if next > self.changes.len() {
                return None;
            }
            let mut piece = String::with_capacity(PIECE_BYTES + 1024);
            while next < self.changes.len() && piece.len() < PIECE_BYTES {
                piece.push(if next == 0 { '[' } else { ',' });
                self.write(&mut piece, self.changes[next]);
                next += 1;
            }
            if next == self.changes.len() {
                piece.push_str(if next == 0 { "[]" } else { "]" });
                next += 1;
            }
            Some(piece)
        }))
    }

    fn write(&self, piece: &mut String, change: Delivered) {
        let request_id = self.request_ids.get(change.share as usize).map(String::as_str).unwrap_or_default();
        match change.origin {
            Origin::Generated(key) => write_record(piece, &self.generator, key, request_id),
            Origin::Inserted(position) => {
                if let Some(record) = self.inserted.get(position as usize) {
                    let stamp = format!(r#""requestId":"{request_id}""#);
                    piece.push_str(&record.text.replace(r#""requestId":"$request""#, &stamp));
                }
            }
        }
    }
}

/// The envelope of a success, bent by `fault` where the fault is one of the text's.
pub fn success(result: Pieces, timestamp_ms: i64, fault: Option<Fault>) -> Pieces {
    let code = if fault == Some(Fault::StringCode) { r#""200""# } else { "200" };
    let head = format!(r#"{{"code":{code},"message":"操作成功","success":true"#);
    let tail = match fault {
        Some(Fault::TimestampAbsent) => "}".to_owned(),
        Some(Fault::TrailingGarbage) => format!(r#","timestamp":{timestamp_ms}}}<!-- gateway -->"#),
        _ => format!(r#","timestamp":{timestamp_ms}}}"#),
    };
    let result: Pieces = match fault {
        Some(Fault::MissingResult) => Box::new(std::iter::empty()),
        Some(Fault::NullResult) => one(r#","result":null"#.to_owned()),
        Some(Fault::ResultAsString) => Box::new(
            one(r#","result":""#.to_owned()).chain(result.map(|piece| escape(&piece))).chain(one("\"".to_owned())),
        ),
        _ => Box::new(one(r#","result":"#.to_owned()).chain(result)),
    };
    Box::new(one(head).chain(result).chain(one(tail)))
}

/// The envelope of a failure, as in the interface document.
pub fn failure(code: i32, message: &str, timestamp_ms: i64) -> String {
    let message = json!(message);
    format!(r#"{{"code":{code},"message":{message},"success":false,"result":null,"timestamp":{timestamp_ms}}}"#)
}

/// The document's other failure: nothing but code and message.
pub const BARE_FAILURE: &str = r#"{"code":500,"message":"数据有误，请联系平台"}"#;

pub fn one(text: String) -> Pieces {
    Box::new(std::iter::once(text))
}

/// The text as it stands inside a JSON string.
fn escape(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// How the plain text becomes the body.
pub enum Encoding {
    Encrypted(Cipher),
    /// The last block's padding bytes are zeros.
    WithoutPadding(Cipher),
    Plain,
}

/// The body's bytes, piece by piece.
pub fn encode(mut plain: Pieces, encoding: Encoding) -> Box<dyn Iterator<Item = Bytes> + Send> {
    let (cipher, has_padding) = match encoding {
        Encoding::Plain => return Box::new(plain.map(Bytes::from)),
        Encoding::Encrypted(cipher) => (cipher, true),
        Encoding::WithoutPadding(cipher) => (cipher, false),
    };
    let mut buffer = Vec::with_capacity(2 * PIECE_BYTES);
    let mut has_ended = false;
    Box::new(std::iter::from_fn(move || {
        if has_ended {
            return None;
        }
        while buffer.len() < PIECE_BYTES && !has_ended {
            match plain.next() {
                Some(piece) => buffer.extend_from_slice(piece.as_bytes()),
                None => has_ended = true,
            }
        }
        let mut piece = if has_ended {
            std::mem::take(&mut buffer)
        } else {
            let rest = buffer.split_off(buffer.len() - buffer.len() % 48);
            std::mem::replace(&mut buffer, rest)
        };
        if has_ended {
            let length = piece.len();
            cipher::pad(&mut piece);
            if !has_padding {
                piece[length..].fill(0);
            }
        }
        cipher.encrypt_blocks(&mut piece);
        Some(Bytes::from(STANDARD.encode(piece)))
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn body(plain: Pieces, encoding: Encoding) -> Vec<u8> {
        encode(plain, encoding).flatten().collect()
    }

    #[test]
    fn pieces_encrypt_to_the_same_text_as_the_whole() {
        let cipher = Cipher::new(KEY).unwrap();
        for lengths in [vec![0], vec![1, 2, 3], vec![PIECE_BYTES], vec![PIECE_BYTES - 1, 2, 5 * PIECE_BYTES + 7, 16]] {
            let pieces: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
            let whole = pieces.concat();
            let body = body(Box::new(pieces.into_iter()), Encoding::Encrypted(cipher.clone()));
            assert_eq!(String::from_utf8(body).unwrap(), cipher.encrypt(whole.as_bytes()));
        }
    }

    #[test]
    fn text_without_padding_does_not_decrypt() {
        let cipher = Cipher::new(KEY).unwrap();
        let body = body(one("{}".to_owned()), Encoding::WithoutPadding(cipher.clone()));
        assert!(cipher.decrypt(&body).is_err());
    }

    #[test]
    fn the_envelope_is_the_documents() {
        let text = |fault| success(one(r#"["a"]"#.to_owned()), 7, fault).collect::<String>();
        let plain = r#"{"code":200,"message":"操作成功","success":true,"result":["a"],"timestamp":7}"#;
        assert_eq!(text(None), plain);
        assert_eq!(text(Some(Fault::StringCode)), plain.replace("200", "\"200\""));
        assert_eq!(text(Some(Fault::TimestampAbsent)), plain.replace(",\"timestamp\":7", ""));
        assert_eq!(text(Some(Fault::NullResult)), plain.replace(r#"["a"]"#, "null"));
        assert_eq!(text(Some(Fault::MissingResult)), plain.replace(r#","result":["a"]"#, ""));
        let envelope: Value = serde_json::from_str(&text(Some(Fault::ResultAsString))).unwrap();
        assert_eq!(envelope["result"], r#"["a"]"#);
    }
}
