//! What can go wrong between us and the platform. Errors name the endpoint, the HTTP status and the platform's code;
//! never a message of the platform, never content: both may hold personal data.

use std::fmt;
use std::time::Duration;

use crate::certificates::TlsProblem;
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::platform::cipher::CipherError;

/// Longest wait that the platform may ask for within a run; for more, the next run is the right time.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// The four calls of the interface document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Token,
    Order,
    Callback,
    Arrival,
}

impl Endpoint {
    /// Path below the base URL.
    pub const fn path(self) -> &'static str {
        match self {
            Endpoint::Token => "/reservation/sync/token",
            Endpoint::Order => "/reservation/sync/order",
            Endpoint::Callback => "/reservation/sync/callback",
            Endpoint::Arrival => "/reservation/sync/arrival",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.path())
    }
}

/// A failed call, or an answer that is not what the interface document says.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    #[error("cannot set up the HTTP client for the platform")]
    Client(#[source] reqwest::Error),
    #[error("the AES key of the platform cannot be used")]
    Key(#[source] CipherError),
    #[error("cannot reach the platform at {endpoint}")]
    Transport {
        endpoint: Endpoint,
        #[source]
        source: reqwest::Error,
    },
    #[error("cannot trust the server that answers at {endpoint} for the platform: {problem}")]
    Certificate {
        endpoint: Endpoint,
        problem: TlsProblem,
        #[source]
        source: reqwest::Error,
    },
    #[error("cannot reach the platform at {endpoint} any more: its answer comes too slowly")]
    Crawl { endpoint: Endpoint },
    #[error("the platform answered {endpoint} with HTTP status {status}{}", code_note(*.code))]
    Status {
        endpoint: Endpoint,
        status: u16,
        code: Option<i64>,
        /// How long the platform asks to wait.
        retry_after: Option<Duration>,
    },
    #[error("the platform refused {endpoint} with its code {code}{}", refused_note(*.is_success_denied))]
    Refused { endpoint: Endpoint, code: i64, is_success_denied: bool },
    #[error("cannot read the platform's answer from {endpoint} (HTTP status 200)")]
    Answer {
        endpoint: Endpoint,
        #[source]
        source: AnswerError,
    },
    #[error("cannot read the landed delivery")]
    Landed(#[source] std::io::Error),
    #[error("the time for {endpoint} since the last pull is over")]
    TimeUp { endpoint: Endpoint },
}

fn code_note(code: Option<i64>) -> String {
    code.map(|code| format!(" and its code {code}")).unwrap_or_default()
}

fn refused_note(is_success_denied: bool) -> &'static str {
    if is_success_denied { " (success = false)" } else { "" }
}

/// For a member whose name could be a person's data.
const UNNAMED: &str = "a member whose name is not repeated here";

/// Why an answer's body is not an envelope.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum AnswerError {
    #[error("the body is empty")]
    Empty,
    #[error("the body is a web page, not ciphertext: a gateway or a log-in page answered in the platform's place")]
    Html,
    #[error("the body cannot be decrypted")]
    Cipher(#[source] CipherError),
    #[error("the body is in plain text although the pipeline says encryption = \"required\"")]
    Plain,
    #[error("the envelope is not JSON: the answer is truncated, or another AES key encrypted it")]
    Json,
    #[error("the answer ends in the middle of the envelope: it is truncated")]
    Truncated,
    #[error("the envelope has no readable code")]
    Code,
    #[error("the answer is an array without an envelope: no code says that the call went well")]
    Array,
    #[error("only a member of the answer is encrypted, and not the answer as a whole, as the interface document says")]
    Ciphertext,
    #[error("the reservations are not in {path}, but seem to be in {}", found.as_deref().unwrap_or(UNNAMED))]
    Elsewhere {
        /// The names of the members that lead there, unless they could be a person's data.
        found: Option<String>,
        /// Where the pipeline looks for them.
        path: String,
    },
    #[error("the envelope's result is {0}")]
    Result(&'static str),
    #[error("a member of the envelope is larger than {0} bytes")]
    MemberSize(usize),
    #[error("the body is larger than {0} bytes")]
    BodySize(u64),
}

impl PlatformError {
    /// How it ends, and what to do: by HTTP status and kind, never by text.
    pub fn guidance(&self) -> Guidance {
        match self {
            PlatformError::Client(_) | PlatformError::Landed(_) => ExitCode::Failed.without_remedy(),
            PlatformError::Key(_) => ExitCode::Definition.with(Remedy::SetAesKey),
            PlatformError::Certificate { .. } => ExitCode::Failed.with(Remedy::TrustPlatform),
            // A URL or a request that cannot be built stays wrong; all else is the network's.
            PlatformError::Transport { source, .. } if source.is_builder() || source.is_redirect() => {
                ExitCode::Failed.with(Remedy::CheckNetwork)
            }
            PlatformError::Transport { .. } | PlatformError::Crawl { .. } => {
                ExitCode::Temporary.with(Remedy::CheckNetwork)
            }
            PlatformError::TimeUp { .. } => ExitCode::Temporary.without_remedy(),
            PlatformError::Status { status: 408 | 425 | 429 | 500..=599, .. } => ExitCode::Temporary.without_remedy(),
            PlatformError::Status { .. } => ExitCode::Failed.without_remedy(),
            PlatformError::Refused { .. } => ExitCode::Failed.with(Remedy::CheckCredentials),
            PlatformError::Answer { source: AnswerError::Elsewhere { .. }, .. } => {
                ExitCode::Failed.with(Remedy::SetResultPath)
            }
            PlatformError::Answer { .. } => ExitCode::Failed.with(Remedy::CheckAesKey),
        }
    }

    /// The least time to wait before the same call is tried again; `None`: not in this run.
    ///
    /// Worth repeating is what is temporary, and an answer damaged on its way.
    pub fn wait_before_repeating(&self) -> Option<Duration> {
        let asked = match self {
            PlatformError::TimeUp { .. } => return None,
            PlatformError::Status { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        (self.is_worth_repeating() && asked <= RETRY_AFTER_MAX).then_some(asked)
    }

    fn is_worth_repeating(&self) -> bool {
        self.guidance().exit_code == ExitCode::Temporary
            || matches!(
                self,
                PlatformError::Answer {
                    source: AnswerError::Empty
                        | AnswerError::Html
                        | AnswerError::Cipher(_)
                        | AnswerError::Json
                        | AnswerError::Truncated,
                    ..
                }
            )
    }

    /// The code with which the platform itself said no: in an envelope, or as the HTTP status for a missing right.
    pub fn refusal_code(&self) -> Option<i64> {
        match self {
            PlatformError::Refused { code, .. } => Some(*code),
            PlatformError::Status { status: status @ (401 | 403), .. } => Some(i64::from(*status)),
            _ => None,
        }
    }

    /// Whether the platform said no to this very call, not to the token call on the way to it.
    pub fn is_refusal_of(&self, called: Endpoint) -> bool {
        let is_about_it = match self {
            PlatformError::Refused { endpoint, .. } | PlatformError::Status { endpoint, .. } => *endpoint == called,
            _ => false,
        };
        is_about_it && self.refusal_code().is_some()
    }

    /// Whether the platform answered this very call, however badly.
    pub fn is_answer_of(&self, called: Endpoint) -> bool {
        match self {
            PlatformError::Refused { endpoint, .. }
            | PlatformError::Status { endpoint, .. }
            | PlatformError::Answer { endpoint, .. } => *endpoint == called,
            _ => false,
        }
    }

    /// For `map_err`: a call of `endpoint` that got no answer. The address is left out: it is the pipeline's to know.
    pub(super) fn transport(endpoint: Endpoint) -> impl Fn(reqwest::Error) -> PlatformError {
        move |source| {
            let source = source.without_url();
            match TlsProblem::find_in(&source) {
                Some(problem) => PlatformError::Certificate { endpoint, problem, source },
                None => PlatformError::Transport { endpoint, source },
            }
        }
    }

    /// For `map_err`: an unreadable answer of `endpoint`.
    pub(super) fn answer(endpoint: Endpoint) -> impl Fn(AnswerError) -> PlatformError {
        move |source| PlatformError::Answer { endpoint, source }
    }
}
