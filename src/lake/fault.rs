//! What an object store answered, in words of our own: its messages may repeat addresses and keys.

use std::error::Error;
use std::io;

use object_store::client::HttpError;

use crate::guidance::causes;
use crate::wording::{Argument, Message, Spoken, display_in_english, message};

/// Longest error code that is repeated; those of S3 are shorter.
const CODE_BYTES_MAX: usize = 60;

/// Why a request to a bucket failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// No connection, or it broke, or no answer came in time.
    Unreachable,
    /// No credentials, unknown ones, or ones without the right.
    Refused { code: Option<String> },
    /// There is no such bucket or object.
    Missing,
    /// Any other answer, after several tries.
    Answer { code: Option<String> },
}

impl Spoken for StoreFault {
    fn message(&self) -> Message {
        let told = |code: &Option<String>| code.as_deref().map_or(Argument::None, Argument::from);
        match self {
            StoreFault::Unreachable => message!("store-unreachable"),
            StoreFault::Refused { code } => message!("store-refused", code = told(code)),
            StoreFault::Missing => message!("store-missing"),
            StoreFault::Answer { code } => message!("store-answer", code = told(code)),
        }
    }
}

display_in_english!(StoreFault);

impl StoreFault {
    /// Whether a later try may succeed without anybody's doing.
    pub fn is_temporary(&self) -> bool {
        match self {
            StoreFault::Unreachable | StoreFault::Answer { .. } => true,
            StoreFault::Refused { .. } | StoreFault::Missing => false,
        }
    }

    pub(super) fn of(error: &object_store::Error) -> StoreFault {
        let code = || code_in(&error.to_string());
        match error {
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                StoreFault::Refused { code: code() }
            }
            object_store::Error::NotFound { .. } => StoreFault::Missing,
            error if causes(error).any(|cause| cause.is::<HttpError>()) => StoreFault::Unreachable,
            _ => StoreFault::Answer { code: code() },
        }
    }
}

/// The code in S3's answer, such as `NoSuchBucket`; nothing else of it, and nothing that does not look like one.
fn code_in(answer: &str) -> Option<String> {
    let (_, rest) = answer.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_code =
        !code.is_empty() && code.len() <= CODE_BYTES_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| code.to_owned())
}

/// What the file system said.
pub(super) fn file_error(error: &object_store::Error) -> io::Error {
    let cause = causes(error).find_map(|cause: &(dyn Error + 'static)| cause.downcast_ref::<io::Error>());
    match cause.map(|cause| (cause.raw_os_error(), cause.kind())) {
        Some((Some(code), _)) => io::Error::from_raw_os_error(code),
        Some((None, kind)) => kind.into(),
        None => io::Error::other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(source: impl Error + Send + Sync + 'static) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: Box::new(source) }
    }

    #[test]
    fn only_the_code_of_an_answer_is_repeated() {
        let answer = |code: &str| format!("refused: <Error><Code>{code}</Code><AWSAccessKeyId>K</AWSAccessKeyId>");
        assert_eq!(code_in(&answer("NoSuchBucket")).as_deref(), Some("NoSuchBucket"));
        assert_eq!(code_in(&answer(&"a".repeat(60))), Some("a".repeat(60)));
        for odd in ["", "a b", "<b>", &"a".repeat(61)] {
            assert_eq!(code_in(&answer(odd)), None, "{odd}");
        }
        assert_eq!(code_in("<Code>open"), None);
        assert_eq!(code_in("nothing"), None);
    }

    #[test]
    fn an_answer_is_told_apart_from_none() {
        let source = || Box::new(io::Error::other("<Code>AccessDenied</Code>"));
        let denied = object_store::Error::PermissionDenied { path: "a".into(), source: source() };
        let unknown = object_store::Error::Unauthenticated { path: "a".into(), source: source() };
        for error in [denied, unknown] {
            let fault = StoreFault::of(&error);
            assert_eq!(fault, StoreFault::Refused { code: Some("AccessDenied".into()) });
            assert!(!fault.is_temporary());
        }
        let missing = StoreFault::of(&object_store::Error::NotFound { path: "a".into(), source: source() });
        assert_eq!(missing, StoreFault::Missing);
        assert!(!missing.is_temporary());
        let slow = StoreFault::of(&generic(io::Error::other("<Code>SlowDown</Code>")));
        assert_eq!(slow, StoreFault::Answer { code: Some("SlowDown".into()) });
        assert!(slow.is_temporary());
        let silent = HttpError::new(object_store::client::HttpErrorKind::Connect, io::Error::other("no"));
        let silent = StoreFault::of(&generic(silent));
        assert_eq!(silent, StoreFault::Unreachable);
        assert!(silent.is_temporary());
    }

    #[test]
    fn what_the_file_system_said_is_found_under_what_wraps_it() {
        let full = file_error(&generic(io::Error::from_raw_os_error(28)));
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        assert_eq!(file_error(&generic(io::Error::new(io::ErrorKind::NotFound, "x"))).kind(), io::ErrorKind::NotFound);
        assert_eq!(file_error(&generic(std::fmt::Error)).kind(), io::ErrorKind::Other);
    }
}
