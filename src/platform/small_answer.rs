//! Answers that are held in memory: all but those of an order.

use std::collections::BTreeMap;

use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::platform::cipher::Cipher;
use crate::platform::error::{AnswerError, Endpoint, PlatformError};
use crate::platform::http::Peer;
use crate::platform::plaintext::{Plaintext, ReadError};
use crate::platform::values::{boolean, integer, timestamp};
use crate::platform::whereabouts::Whereabouts;

/// Largest answer of the calls that do not deliver reservations; the document's samples have under 400 bytes.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// An envelope small enough to be held in memory.
pub(super) struct SmallAnswer {
    pub code: i64,
    pub is_success_denied: bool,
    pub is_encrypted: bool,
    /// Null where there is none.
    pub result: Value,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
}

impl SmallAnswer {
    /// Decrypts and reads a body, whatever the platform says in it.
    pub fn read(body: &[u8], cipher: Cipher) -> Result<SmallAnswer, AnswerError> {
        SmallAnswer::read_at("result", body, cipher)
    }

    /// The same, of a platform whose result may have another name, too.
    pub fn read_at(name: &str, body: &[u8], cipher: Cipher) -> Result<SmallAnswer, AnswerError> {
        let mut plaintext = Plaintext::new(body, cipher);
        // The token's answer holds the token.
        let mut bytes = Zeroizing::new(Vec::new());
        loop {
            match plaintext.read_into(&mut bytes) {
                Ok(_) if plaintext.is_exhausted() => break,
                Ok(_) => {}
                Err(ReadError::Answer(error)) => return Err(error),
                // A slice in memory has no such errors.
                Err(ReadError::Io(_)) => return Err(AnswerError::Truncated),
            }
        }
        // A member that nobody asks for is not looked into: its text may hold half a character.
        let envelope: BTreeMap<String, &RawValue> = serde_json::from_slice(&bytes).map_err(|_| AnswerError::Json)?;
        let member = |name| match envelope.get(name) {
            Some(json) => serde_json::from_str(json.get()).map_err(|_| AnswerError::Json),
            None => Ok(Value::Null),
        };
        let code = integer(&member("code")?).ok_or_else(|| without_code(&envelope))?;
        let is_success_denied = boolean(&member("success")?) == Some(false);
        let result = match member("result")? {
            Value::Null => member(name)?,
            result => result,
        };
        // Told to who asks, and no reason to refuse an answer.
        let timestamp = member("timestamp").ok().as_ref().and_then(timestamp);
        Ok(SmallAnswer { code, is_success_denied, is_encrypted: plaintext.is_encrypted(), result, timestamp })
    }
}

/// The error for an envelope without a code; if a member is encrypted, the code may be in there.
fn without_code(envelope: &BTreeMap<String, &RawValue>) -> AnswerError {
    let mut whereabouts = Whereabouts::default();
    for (name, value) in envelope {
        whereabouts.look_into(std::slice::from_ref(name), value.get().as_bytes());
    }
    whereabouts.missing_code()
}

/// A body in memory; one that is too long for an answer is an error.
pub(super) async fn read_small(
    endpoint: Endpoint,
    peer: &Peer,
    response: &mut reqwest::Response,
) -> Result<Vec<u8>, PlatformError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(PlatformError::transport(endpoint, peer))? {
        if (body.len() + chunk.len()) as u64 > ANSWER_BYTES_MAX {
            return Err(PlatformError::Answer { endpoint, source: AnswerError::BodySize(ANSWER_BYTES_MAX) });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(name: &str, json: &str) -> Result<(i64, Value), AnswerError> {
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        SmallAnswer::read_at(name, json.as_bytes(), cipher).map(|answer| (answer.code, answer.result))
    }

    #[test]
    fn a_result_may_have_another_name() {
        for (name, json, result) in [
            ("data", r#"{"code":200,"data":7}"#, 7.into()),
            ("data", r#"{"code":200,"data":7,"result":8}"#, 8.into()),
            ("data", r#"{"code":200,"data":7,"result":null}"#, 7.into()),
            ("result", r#"{"code":200,"data":7}"#, Value::Null),
            ("data", r#"{"code":200,"rows":7}"#, Value::Null),
        ] {
            assert_eq!(read_at(name, json), Ok((200, result)), "{json}");
        }
    }

    #[test]
    fn a_code_that_is_encrypted_with_the_rest_is_told_from_none() {
        let ciphertext = "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU";
        for (json, error) in [
            (format!(r#"{{"data":"{ciphertext}"}}"#), AnswerError::Ciphertext),
            (format!(r#"{{"a":1,"code":"x","result":"{ciphertext}"}}"#), AnswerError::Ciphertext),
            (format!(r#"{{"sign":"{ciphertext}"}}"#), AnswerError::Code),
            (r#"{"data":"words"}"#.to_owned(), AnswerError::Code),
            ("{}".to_owned(), AnswerError::Code),
        ] {
            assert_eq!(read_at("result", &json), Err(error), "{json}");
        }
    }
}
