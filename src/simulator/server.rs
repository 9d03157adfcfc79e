//! The four calls over HTTP: reads a request, has the account do its work, sends the answer, and plays the armed faults.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::watch;

use super::account::{Account, Call, DATA_REFUSED, Payload, Refusal, Reply, TOKEN_REFUSED};
use super::answer::{self, BARE_FAILURE, Encoding, Pieces};
use super::fault::{Endpoint, Fault};
use super::log::Outcome;
use super::{FailureForm, SimulatorOptions, control};
use crate::platform::cipher::Cipher;

/// What a wrong-key answer is encrypted under.
pub const WRONG_KEY: &str = "not-the-aes-key!";

/// A slow answer's first bytes come in this many pieces, of this many bytes: enough to trickle the shortest answer.
const SLOW_PIECES: usize = 32;
const SLOW_PIECE_BYTES: usize = 16;

/// A cut answer is half of at most this much: the whole is not made only to be thrown away.
const CUT_BYTES_MAX: usize = 1 << 20;

type BodyBytes = Box<dyn Iterator<Item = Bytes> + Send>;

/// What every request handler shares.
pub struct Server {
    pub account: Mutex<Account>,
    pub options: SimulatorOptions,
    pub cipher: Cipher,
    pub wrong_cipher: Cipher,
    /// Turns true, or loses its sender, when the simulator stops.
    pub stopping: watch::Receiver<bool>,
}

impl Server {
    /// The account, locked. A handler that panicked leaves nothing half done that could mislead the next one.
    pub fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn router(server: Arc<Server>) -> Router {
    let mut router = Router::new();
    for endpoint in Endpoint::ALL {
        let handler = move |State(server): State<Arc<Server>>, request: Request| answer(server, endpoint, request);
        router = router.route(&format!("/reservation/sync/{endpoint}"), post(handler));
    }
    router.merge(control::router()).with_state(server)
}

async fn answer(server: Arc<Server>, endpoint: Endpoint, request: Request) -> Response {
    tokio::time::sleep(server.options.latency).await;
    let token = request.headers().get("ACCESS-TOKEN").and_then(|token| token.to_str().ok()).map(str::to_owned);
    let parameters = read_parameters(&server, request).await;

    let (fault, timestamp_ms, served) = serve(&server, endpoint, token.as_deref(), parameters.as_deref());
    match served {
        Served::Done(reply) => send(server, reply, timestamp_ms, fault),
        Served::Refused(refusal) => send_refusal(&server, refusal, timestamp_ms),
        Served::Failed(fault) => fail(server, fault, timestamp_ms).await,
    }
}

/// How a call went, before its answer is written.
enum Served {
    Done(Reply),
    Refused(Refusal),
    Failed(Fault),
}

/// Takes the fault, does the work and writes the log, all under one lock: the log's order is the order of effects.
fn serve(
    server: &Server,
    endpoint: Endpoint,
    token: Option<&str>,
    parameters: Option<&[u8]>,
) -> (Option<Fault>, i64, Served) {
    let mut account = server.account();
    let fault = account.faults.take(endpoint);
    let timestamp_ms = account.tick();
    let gives_dead_token = endpoint == Endpoint::Token && fault == Some(Fault::ExpiredToken);
    if let Some(fault) = fault.filter(|fault| !fault.has_effect() && !gives_dead_token) {
        account.record_call(endpoint, Outcome::Failed(fault), None);
        return (Some(fault), timestamp_ms, Served::Failed(fault));
    }
    let token_lifetime = if gives_dead_token { Duration::ZERO } else { server.options.token_lifetime };
    let served = match account.serve(&Call { endpoint, token, parameters, token_lifetime }) {
        Ok(mut reply) => {
            let outcome = fault.map_or(Outcome::Answered, Outcome::AnsweredWith);
            account.record_call(endpoint, outcome, Some(&mut reply));
            Served::Done(reply)
        }
        Err(refusal) => {
            account.record_call(endpoint, Outcome::Refused(refusal.code), None);
            Served::Refused(refusal)
        }
    };
    (fault, timestamp_ms, served)
}

/// The decrypted parameters, from a form or from the bare body; `None` if there is nothing that can be read.
async fn read_parameters(server: &Server, request: Request) -> Option<Vec<u8>> {
    let text = if is_form(request.headers()) {
        let Form(fields) = Form::<Vec<(String, String)>>::from_request(request, &()).await.ok()?;
        let is_wanted = |name: &str| server.options.form_field.as_deref().is_none_or(|wanted| wanted == name);
        fields.into_iter().find(|(name, _)| is_wanted(name))?.1.into()
    } else {
        Bytes::from_request(request, &()).await.ok()?
    };
    server.cipher.decrypt(&text).ok()
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|media_type| media_type.to_str().ok());
    media_type.is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded"))
}

/// The answer of a call that was done.
fn send(server: Arc<Server>, reply: Reply, timestamp_ms: i64, fault: Option<Fault>) -> Response {
    if fault == Some(Fault::EffectThen502) {
        return page(StatusCode::BAD_GATEWAY);
    }
    let encoding = match fault {
        Some(Fault::PlainSuccess) => Encoding::Plain,
        Some(Fault::WrongKey) => Encoding::Encrypted(server.wrong_cipher.clone()),
        Some(Fault::BadPadding) => Encoding::WithoutPadding(server.cipher.clone()),
        _ => Encoding::Encrypted(server.cipher.clone()),
    };
    let wrap = |result: Pieces| answer::encode(answer::success(result, timestamp_ms, fault), encoding);
    let body: BodyBytes = match reply.payload {
        Payload::Verbatim(body) => Box::new(std::iter::once(Bytes::from(body))),
        Payload::Result(result) => wrap(answer::one(result.to_string())),
        Payload::Records(delivery) => {
            let request_id = delivery.request_id.clone();
            let body = wrap(delivery.pieces());
            if fault.is_none_or(Fault::is_readable) {
                // Asked for after the last piece: only then all of it is on its way.
                let server = Arc::clone(&server);
                let note_end = move || {
                    server.account().mark_delivered(&request_id);
                    None
                };
                Box::new(body.chain(std::iter::from_fn(note_end)))
            } else {
                body
            }
        }
    };
    let media_type = match fault {
        Some(Fault::PlainSuccess) => "application/json;charset=UTF-8",
        _ => "text/plain;charset=UTF-8",
    };
    ([(header::CONTENT_TYPE, media_type)], transport(body, fault, server.options.slow_pause)).into_response()
}

/// Puts the body on the wire, whole or as the fault has it.
fn transport(mut body: BodyBytes, fault: Option<Fault>, slow_pause: Duration) -> Response {
    match fault {
        Some(Fault::Truncated) => cut(body).into_response(),
        Some(Fault::Disconnect) => {
            let half = cut(body);
            let promised = half.len() * 2;
            // The pause lets the first half go out before the error ends the connection.
            let pieces = stream::iter([Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionAborted))]);
            let pieces = pieces.enumerate().then(|(number, piece)| async move {
                if number > 0 {
                    tokio::task::yield_now().await;
                }
                piece
            });
            ([(header::CONTENT_LENGTH, promised)], Body::from_stream(pieces)).into_response()
        }
        Some(Fault::Slow) => Body::from_stream(trickle(body, slow_pause)).into_response(),
        _ => match (body.next(), body.next()) {
            // One piece has a length, like any short answer.
            (first, None) => first.unwrap_or_default().into_response(),
            (first, second) => {
                let pieces = first.into_iter().chain(second).chain(body).map(Ok::<Bytes, Infallible>);
                Body::from_stream(stream::iter(pieces)).into_response()
            }
        },
    }
}

/// Half of the body, at an odd length: neither Base64 nor whole blocks.
fn cut(body: BodyBytes) -> Bytes {
    let mut whole = Vec::new();
    for piece in body {
        whole.extend_from_slice(&piece);
        if whole.len() >= CUT_BYTES_MAX {
            break;
        }
    }
    whole.truncate((whole.len() / 2) | 1);
    Bytes::from(whole)
}

/// The first bytes in small pieces with a pause before each, the rest at full speed.
fn trickle(body: BodyBytes, pause: Duration) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::unfold((body, Bytes::new(), 0), move |(mut body, mut rest, sent)| async move {
        if rest.is_empty() {
            rest = body.next()?;
        }
        let piece = if sent < SLOW_PIECES {
            tokio::time::sleep(pause).await;
            rest.split_to(SLOW_PIECE_BYTES.min(rest.len()))
        } else {
            std::mem::take(&mut rest)
        };
        Some((Ok(piece), (body, rest, sent + 1)))
    })
}

/// The answer of a call that the platform refuses.
fn send_refusal(server: &Server, refusal: Refusal, timestamp_ms: i64) -> Response {
    let text = answer::failure(refusal.code, refusal.message, timestamp_ms);
    match server.options.failure_form {
        FailureForm::Encrypted => server.cipher.encrypt(text.as_bytes()).into_response(),
        FailureForm::Plain => text.into_response(),
    }
}

/// The answer of a call that a fault kept from being done.
async fn fail(server: Arc<Server>, fault: Fault, timestamp_ms: i64) -> Response {
    match fault {
        Fault::Http(status) => page(StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)),
        Fault::Garbage => page(StatusCode::OK),
        Fault::PlainFailure => {
            ([(header::CONTENT_TYPE, "application/json;charset=UTF-8")], BARE_FAILURE).into_response()
        }
        Fault::EncryptedFailure => {
            let text = answer::failure(DATA_REFUSED.code, DATA_REFUSED.message, timestamp_ms);
            server.cipher.encrypt(text.as_bytes()).into_response()
        }
        Fault::ExpiredToken => send_refusal(&server, TOKEN_REFUSED, timestamp_ms),
        Fault::Hang => {
            let mut stopping = server.stopping.clone();
            // An error means that the sender is gone, which is the end as well.
            let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
            page(StatusCode::SERVICE_UNAVAILABLE)
        }
        _ => StatusCode::OK.into_response(),
    }
}

fn page(status: StatusCode) -> Response {
    let body = format!("<!DOCTYPE html>\n<html><body><h1>{status}</h1><hr>gateway</body></html>\n");
    (status, [(header::CONTENT_TYPE, "text/html;charset=UTF-8")], body).into_response()
}
