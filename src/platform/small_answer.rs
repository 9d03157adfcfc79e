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
        let code = integer(&member("code")?).ok_or(AnswerError::Code)?;
        let is_success_denied = boolean(&member("success")?) == Some(false);
        let result = member("result")?;
        // Told to who asks, and no reason to refuse an answer.
        let timestamp = member("timestamp").ok().as_ref().and_then(timestamp);
        Ok(SmallAnswer { code, is_success_denied, is_encrypted: plaintext.is_encrypted(), result, timestamp })
    }
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
