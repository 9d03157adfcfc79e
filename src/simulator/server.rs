//! The four calls over HTTP: reads a request, has the account do its work, sends the answer, and plays the armed faults.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use tokio::sync::watch;

use super::account::{Account, Call, Payload, PreparedAnswer, Reply};
use super::answer::{self, BARE_FAILURE, DATA_REFUSED, Encoding, Pieces, Refusal, TOKEN_REFUSED};
use super::fault::{Endpoint, Fault};
use super::log::Outcome;
use super::wire::{self, BodyBytes};
use super::{FailureForm, SimulatorOptions, control};
use crate::platform::cipher::Cipher;

/// The key for wrong-key answers.
pub const WRONG_KEY: &str = "not-the-aes-key!";

/// How long a busy platform asks to wait, in seconds.
const BUSY_SECONDS: &str = "1";

/// The target of redirects: a port on which nobody listens.
const REDIRECT_TARGET: &str = "http://127.0.0.1:9/reservation/sync/elsewhere";

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
        Served::Done(reply) => send(server, reply, timestamp_ms, fault).await,
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

/// Lets happen what waits for the call, takes the fault, does the work and writes the log, all under one lock: the log's order is the order of effects.
fn serve(
    server: &Server,
    endpoint: Endpoint,
    token: Option<&str>,
    parameters: Option<&[u8]>,
) -> (Option<Fault>, i64, Served) {
    let mut account = server.account();
    account.happen_before(endpoint);
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
async fn send(server: Arc<Server>, reply: Reply, timestamp_ms: i64, fault: Option<Fault>) -> Response {
    match fault {
        Some(Fault::EffectThen502) => return page(StatusCode::BAD_GATEWAY),
        Some(Fault::EffectThenHang) => return hang(&server).await,
        _ => {}
    }
    let encoding = match fault {
        Some(Fault::PlainSuccess) => Encoding::Plain,
        Some(Fault::WrongKey) => Encoding::Encrypted(server.wrong_cipher.clone()),
        Some(Fault::BadPadding) => Encoding::WithoutPadding(server.cipher.clone()),
        _ => Encoding::Encrypted(server.cipher.clone()),
    };
    let wrap = |result: Pieces| answer::encode(answer::success(result, timestamp_ms, fault), encoding);
    let body: BodyBytes = match reply.payload {
        Payload::Result(result) => wrap(answer::one(result.to_string())),
        Payload::Prepared(answer) => noting_its_end(&server, &answer.request_ids, Box::new(answer.body.into_iter())),
        Payload::Records(delivery) => {
            let request_ids = delivery.request_ids.clone();
            let body = wrap(delivery.pieces());
            if fault.is_none_or(Fault::is_readable) { noting_its_end(&server, &request_ids, body) } else { body }
        }
    };
    let media_type = match fault {
        Some(Fault::PlainSuccess) => "application/json;charset=UTF-8",
        Some(Fault::WrongCharset) => "text/plain;charset=UTF-16",
        _ => "text/plain;charset=UTF-8",
    };
    let answer = wire::transport(body, fault, server.options.slow_pause, server.stopping.clone());
    ([(header::CONTENT_TYPE, media_type)], answer).into_response()
}

/// The body of a delivery that can be read.
fn noting_its_end(server: &Arc<Server>, request_ids: &[String], body: BodyBytes) -> BodyBytes {
    let request_id = request_ids.first().cloned().unwrap_or_default();
    // Asked for after the last piece: only then all of it is on its way.
    let server = Arc::clone(server);
    let note_end = move || {
        server.account().mark_delivered(&request_id);
        None
    };
    Box::new(body.chain(std::iter::from_fn(note_end)))
}

/// Writes the next delivery's answer now, so that who measures does not pay for it; keeps it in memory.
pub fn prepare_answer(server: &Server) -> usize {
    let (delivery, timestamp_ms) = {
        let mut account = server.account();
        let timestamp_ms = account.tick();
        (account.deal_out(), timestamp_ms)
    };
    let (request_ids, records) = (delivery.request_ids.clone(), delivery.changes.len());
    let plain = answer::success(delivery.pieces(), timestamp_ms, None);
    let body = answer::encode(plain, Encoding::Encrypted(server.cipher.clone())).collect();
    server.account().insert_prepared(PreparedAnswer { request_ids, records, body });
    records
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
        Fault::Hang => hang(&server).await,
        Fault::Busy => ([(header::RETRY_AFTER, BUSY_SECONDS)], page(StatusCode::TOO_MANY_REQUESTS)).into_response(),
        // Onwards without TLS, to a place that would take the token.
        Fault::Redirect => {
            ([(header::LOCATION, REDIRECT_TARGET)], page(StatusCode::TEMPORARY_REDIRECT)).into_response()
        }
        _ => StatusCode::OK.into_response(),
    }
}

/// No answer until the simulator stops.
async fn hang(server: &Server) -> Response {
    let mut stopping = server.stopping.clone();
    // An error means that the sender is gone, which is the end as well.
    let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
    page(StatusCode::SERVICE_UNAVAILABLE)
}

fn page(status: StatusCode) -> Response {
    let body = format!("<!DOCTYPE html>\n<html><body><h1>{status}</h1><hr>gateway</body></html>\n");
    (status, [(header::CONTENT_TYPE, "text/html;charset=UTF-8")], body).into_response()
}
