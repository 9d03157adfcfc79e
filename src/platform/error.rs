//! What can go wrong between us and the platform. Errors name the endpoint, the HTTP status and the platform's code;
//! never a message of the platform, never content: both may hold personal data.

use std::fmt;
use std::time::Duration;

use crate::certificates::TlsProblem;
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::platform::cipher::CipherError;
use crate::platform::http::{Peer, is_proxy_login_wanted};
use crate::wording::{Message, Spoken, display_in_english, message};

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
    Client(#[source] reqwest::Error),
    Tls(#[source] rustls::Error),
    Key(#[source] CipherError),
    Transport {
        endpoint: Endpoint,
        peer: Peer,
        #[source]
        source: reqwest::Error,
    },
    Certificate {
        endpoint: Endpoint,
        peer: Peer,
        problem: TlsProblem,
        #[source]
        source: reqwest::Error,
    },
    ProxyLogin {
        endpoint: Endpoint,
        peer: Peer,
    },
    Crawl {
        endpoint: Endpoint,
        peer: Peer,
    },
    Status {
        endpoint: Endpoint,
        status: u16,
        code: Option<i64>,
        /// How long the platform asks to wait.
        retry_after: Option<Duration>,
        /// Scheme and host of a redirect.
        points_to: Option<String>,
        /// The body is HTML: a gateway's words, not the platform's.
        is_web_page: bool,
    },
    Refused {
        endpoint: Endpoint,
        code: i64,
        is_success_denied: bool,
        /// How long the platform asks to wait.
        retry_after: Option<Duration>,
    },
    Answer {
        endpoint: Endpoint,
        #[source]
        source: AnswerError,
    },
    Landed(#[source] std::io::Error),
    TimeUp {
        endpoint: Endpoint,
    },
}

impl Spoken for PlatformError {
    fn message(&self) -> Message {
        match self {
            PlatformError::Client(_) => message!("TJ-2001"),
            PlatformError::Tls(_) => message!("TJ-2002"),
            PlatformError::Key(_) => message!("TJ-2003"),
            PlatformError::Transport { endpoint, peer, .. } => {
                message!("TJ-2004", endpoint = endpoint.path(), peer = peer.to_string())
            }
            PlatformError::Certificate { endpoint, peer, problem, .. } => {
                message!("TJ-2005", endpoint = endpoint.path(), peer = peer.to_string(), problem)
            }
            PlatformError::ProxyLogin { endpoint, peer, .. } => {
                message!("TJ-2006", endpoint = endpoint.path(), peer = peer.to_string())
            }
            PlatformError::Crawl { endpoint, peer, .. } => {
                message!("TJ-2007", endpoint = endpoint.path(), peer = peer.to_string())
            }
            PlatformError::Status { endpoint, status, code, points_to, .. } => {
                message!("TJ-2008", endpoint = endpoint.path(), status, code = *code, points_to = points_to.as_deref())
            }
            PlatformError::Refused { endpoint, code, is_success_denied, .. } => {
                message!("TJ-2009", endpoint = endpoint.path(), code, is_success_denied = *is_success_denied)
            }
            PlatformError::Answer { endpoint, .. } => message!("TJ-2010", endpoint = endpoint.path()),
            PlatformError::Landed(_) => message!("TJ-2011"),
            PlatformError::TimeUp { endpoint, .. } => message!("TJ-2012", endpoint = endpoint.path()),
        }
    }
}

display_in_english!(PlatformError);

/// Why an answer's body is not an envelope.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum AnswerError {
    Empty,
    Html,
    Cipher(#[source] CipherError),
    Plain,
    Json,
    Truncated,
    Code,
    Array,
    Ciphertext,
    Elsewhere {
        /// The names of the members that lead there, unless they could be a person's data.
        found: Option<String>,
        /// Where the pipeline looks for them.
        path: String,
    },
    Opaque {
        /// As in [`AnswerError::Elsewhere`].
        found: Option<String>,
        path: String,
    },
    Result(&'static str),
    MemberSize(usize),
    BodySize(u64),
}

impl Spoken for AnswerError {
    fn message(&self) -> Message {
        match self {
            AnswerError::Empty => message!("TJ-2101"),
            AnswerError::Html => message!("TJ-2102"),
            AnswerError::Cipher(_) => message!("TJ-2103"),
            AnswerError::Plain => message!("TJ-2104"),
            AnswerError::Json => message!("TJ-2105"),
            AnswerError::Truncated => message!("TJ-2106"),
            AnswerError::Code => message!("TJ-2107"),
            AnswerError::Array => message!("TJ-2108"),
            AnswerError::Ciphertext => message!("TJ-2109"),
            AnswerError::Elsewhere { found, path } => message!("TJ-2110", path, found = found.as_deref()),
            AnswerError::Opaque { found, path } => message!("TJ-2111", path, found = found.as_deref()),
            AnswerError::Result(found) => message!("TJ-2112", found = Message::of("found", found, Vec::new())),
            AnswerError::MemberSize(bytes) => message!("TJ-2113", bytes),
            AnswerError::BodySize(bytes) => message!("TJ-2114", bytes),
        }
    }
}

display_in_english!(AnswerError);

fn guidance_of_status(status: u16, is_web_page: bool) -> Guidance {
    let exit_code = if reads_as_temporary(status.into()) { ExitCode::Temporary } else { ExitCode::Failed };
    let remedy = match status {
        300..=399 => Some(Remedy::UseInterfaceAddress),
        405 => Some(Remedy::LetPostThrough),
        413 => Some(Remedy::RaiseRequestLimit),
        415 => Some(Remedy::ChangeRequestBody),
        _ if is_web_page => Some(Remedy::PassGateway),
        401 | 403 => Some(Remedy::CheckCredentials),
        _ => None,
    };
    Guidance { exit_code, remedy }
}

/// Whether a refusal with this code is the platform's own trouble rather than a "no" to what was asked.
fn reads_as_busy(endpoint: Endpoint, code: i64) -> bool {
    match code {
        // The document's samples of a failure, "wrong data", which platforms also say when they are busy. An order brings no data
        // that could be wrong, a token's secrets are hardly ever; a callback names a reservation, which may not be known.
        500 | 50002 => matches!(endpoint, Endpoint::Token | Endpoint::Order),
        code => reads_as_temporary(code),
    }
}

/// Whether a number says "not now, but perhaps later": an HTTP status, or one of the platform's codes, which follow HTTP's.
fn reads_as_temporary(number: i64) -> bool {
    matches!(number, 408 | 425 | 429 | 500..=599)
}

impl PlatformError {
    /// How it ends, and what to do: by HTTP status and kind, never by text.
    pub fn guidance(&self) -> Guidance {
        match self {
            PlatformError::Client(_) | PlatformError::Tls(_) | PlatformError::Landed(_) => {
                ExitCode::Failed.without_remedy()
            }
            PlatformError::Key(_) => ExitCode::Definition.with(Remedy::SetAesKey),
            PlatformError::Certificate { problem, peer, .. } => ExitCode::Failed.with(match problem {
                TlsProblem::UnknownIssuer
                | TlsProblem::WrongName
                | TlsProblem::Expired
                | TlsProblem::NotValidYet
                | TlsProblem::UnusableCertificate => Remedy::TrustPlatform { address: peer.address().to_owned() },
                TlsProblem::NotPinned => Remedy::ConfirmCertificate,
                TlsProblem::NoCommonGround => Remedy::ModernizeTls,
            }),
            PlatformError::ProxyLogin { .. } => ExitCode::Failed.with(Remedy::SetProxyLogin),
            // A URL or a request that cannot be built stays wrong; all else is the network's.
            PlatformError::Transport { source, .. } if source.is_builder() || source.is_redirect() => {
                ExitCode::Failed.with(Remedy::CheckNetwork)
            }
            PlatformError::Transport { .. } | PlatformError::Crawl { .. } => {
                ExitCode::Temporary.with(Remedy::CheckNetwork)
            }
            PlatformError::TimeUp { .. } => ExitCode::Temporary.without_remedy(),
            PlatformError::Status { status, is_web_page, .. } => guidance_of_status(*status, *is_web_page),
            // The document's sample of a refused token call has the same code.
            PlatformError::Refused { endpoint: Endpoint::Token, code, .. } if reads_as_busy(Endpoint::Token, *code) => {
                ExitCode::Temporary.with(Remedy::CheckCredentials)
            }
            PlatformError::Refused { endpoint, code, .. } if reads_as_busy(*endpoint, *code) => {
                ExitCode::Temporary.without_remedy()
            }
            PlatformError::Refused { .. } => ExitCode::Failed.with(Remedy::CheckCredentials),
            PlatformError::Answer { source: AnswerError::Html, .. } => ExitCode::Failed.with(Remedy::PassGateway),
            PlatformError::Answer { source: AnswerError::Elsewhere { .. }, .. } => {
                ExitCode::Failed.with(Remedy::SetResultPath)
            }
            // It could be read, so the key is not the reason.
            PlatformError::Answer {
                source:
                    AnswerError::Ciphertext
                    | AnswerError::Opaque { .. }
                    | AnswerError::Array
                    | AnswerError::Code
                    | AnswerError::Result(_),
                ..
            } => ExitCode::Failed.with(Remedy::AskAboutForm),
            PlatformError::Answer { .. } => ExitCode::Failed.with(Remedy::CheckAesKey),
        }
    }

    /// The least time to wait before the same call is tried again; `None`: not in this run.
    ///
    /// Worth repeating is what is temporary, an answer damaged on its way, and an order whose token is not known everywhere yet.
    /// Never a "no" to the secrets: an account is locked after some of them.
    pub fn wait_before_repeating(&self) -> Option<Duration> {
        let asked = match self {
            PlatformError::TimeUp { .. } => return None,
            error => error.asked_to_wait(),
        };
        (self.is_worth_repeating() && asked <= RETRY_AFTER_MAX).then_some(asked)
    }

    /// How long the platform asked to wait.
    fn asked_to_wait(&self) -> Duration {
        match self {
            PlatformError::Status { retry_after, .. } | PlatformError::Refused { retry_after, .. } => {
                retry_after.unwrap_or_default()
            }
            _ => Duration::ZERO,
        }
    }

    /// Whether no other call would fare better in this run: without a token or a way there, or since the platform has asked to
    /// be left alone for long. Calling on would lock a login, or be rude.
    pub fn is_about_every_call(&self) -> bool {
        match self {
            PlatformError::ProxyLogin { .. } | PlatformError::Certificate { .. } => true,
            PlatformError::Status { endpoint, .. }
            | PlatformError::Refused { endpoint, .. }
            | PlatformError::Answer { endpoint, .. } => {
                *endpoint == Endpoint::Token || self.asked_to_wait() > RETRY_AFTER_MAX
            }
            _ => false,
        }
    }

    fn is_worth_repeating(&self) -> bool {
        self.guidance().exit_code == ExitCode::Temporary
            || (self.is_refusal_of(Endpoint::Order) && matches!(self.refusal_code(), Some(401 | 403)))
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

    /// The code with which the platform itself said no: in an envelope, or as the HTTP status for a missing right. Not one that
    /// can only mean that it is busy.
    pub fn refusal_code(&self) -> Option<i64> {
        match self {
            PlatformError::Refused { code, .. } => (*code == 500 || !reads_as_temporary(*code)).then_some(*code),
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

    /// For `map_err`: a call of `endpoint` that got no answer. Of the address, host and port are named, and no more.
    pub(super) fn transport(endpoint: Endpoint, peer: &Peer) -> impl Fn(reqwest::Error) -> PlatformError {
        move |source| {
            let (peer, source) = (peer.clone(), source.without_url());
            match TlsProblem::find_in(&source) {
                Some(problem) => PlatformError::Certificate { endpoint, peer, problem, source },
                None if is_proxy_login_wanted(&source) => PlatformError::ProxyLogin { endpoint, peer },
                None => PlatformError::Transport { endpoint, peer, source },
            }
        }
    }

    /// For `map_err`: an unreadable answer of `endpoint`.
    pub(super) fn answer(endpoint: Endpoint) -> impl Fn(AnswerError) -> PlatformError {
        move |source| PlatformError::Answer { endpoint, source }
    }
}
