//! The HTTP client: the four calls, with token, retries and time-outs.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::pipeline::{Encryption, PlatformDefinition, RequestBody, ResultPath};
use crate::platform::arrive_date::arrive_date;
use crate::platform::base64_text::looks_like_ciphertext;
use crate::platform::cipher::Cipher;
use crate::platform::envelope::Envelope;
use crate::platform::error::{AnswerError, Endpoint, PlatformError};
use crate::platform::http::{self, Peer, ProxyCredentials};
use crate::platform::order_body::{OrderBody, TIMEOUTS};
use crate::platform::request_text::request_text;
use crate::platform::small_answer::{SmallAnswer, read_small};
use crate::platform::token::{GrantedToken, Token, TokenCache};
use crate::platform::values::integer;
use crate::warehouse::CommitReceipt;

/// Room for a request's parameters: two secrets, or one key.
const REQUEST_BYTES: usize = 1024;

/// How long a token is good for, says the interface document, where the answer does not: should it be less, it is refused, and
/// another one asked for.
const LIFETIME_MS: u64 = 24 * 3600 * 1000;

/// A token "valid for ever" is asked for again after a year: no arithmetic on times overflows.
const LIFETIME_MS_MAX: u64 = 365 * 24 * 3600 * 1000;

/// First pause between two tries; each next one is twice as long, with jitter.
const BACKOFF_MIN: Duration = Duration::from_millis(500);

/// Longest pause between two tries.
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// The three secrets of one hospital's account.
pub struct Credentials {
    pub api_key: SecretString,
    pub secret: SecretString,
    pub aes_key: SecretString,
    /// For the pipeline's proxy, if that wants one.
    pub proxy: Option<ProxyCredentials>,
}

/// What a callback acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement<'a> {
    /// Every reservation that was delivered under this requestId.
    Batch(&'a str),
    /// One reservation, by serialNumber.
    Reservation(&'a str),
}

/// One hospital's account with the platform.
pub struct Platform {
    http: reqwest::Client,
    peer: Peer,
    definition: PlatformDefinition,
    credentials: Credentials,
    cipher: Cipher,
    tokens: Mutex<TokenCache>,
}

impl Platform {
    /// Checks the key; calls nothing yet.
    pub fn new(definition: PlatformDefinition, credentials: Credentials) -> Result<Platform, PlatformError> {
        let cipher = Cipher::new(credentials.aes_key.expose_secret()).map_err(PlatformError::Key)?;
        let http = http::client(&definition, credentials.proxy.as_ref())?;
        let peer = Peer::new(&definition);
        Ok(Platform { http, peer, definition, credentials, cipher, tokens: Mutex::default() })
    }

    /// The cipher of this account, for reading landed deliveries.
    pub fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    /// Where the reservations are in a delivery.
    pub fn result_path(&self) -> &ResultPath {
        &self.definition.result_path
    }

    /// Calls `attempt` with a token; when it is refused with a cached one, once more with a fresh one.
    ///
    /// `refusal_of`: the platform's code in an error, if the platform refused the call.
    pub async fn authorized<T, E: From<PlatformError>>(
        &self,
        attempt: impl AsyncFn(Token) -> Result<T, E>,
        refusal_of: impl Fn(&E) -> Option<i64>,
    ) -> Result<T, E> {
        let token = self.token().await?;
        let error = match attempt(token.clone()).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let Some(code) = refusal_of(&error) else { return Err(error) };
        {
            let mut tokens = self.tokens.lock().await;
            if !tokens.may_explain(&token, code) {
                tokens.doubt(&token, code);
                return Err(error);
            }
            tokens.discard(&token);
        }
        tracing::info!(code, "the platform refused a call with the cached token: trying once with a fresh one");
        let fresh = self.token().await?;
        let outcome = attempt(fresh).await;
        if let Err(error) = &outcome
            && let Some(code) = refusal_of(error)
        {
            self.tokens.lock().await.clear_of(code);
        }
        outcome
    }

    /// Repeats what is safe to repeat, with exponential back-off and jitter, up to the pipeline's `attempts_max`.
    ///
    /// `wait_before_repeating`: the least wait; `None` where repeating is of no use.
    pub async fn repeat<T, E: std::error::Error>(
        &self,
        mut attempt: impl AsyncFnMut() -> Result<T, E>,
        wait_before_repeating: impl Fn(&E) -> Option<Duration>,
    ) -> Result<T, E> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(BACKOFF_MIN)
            .with_max_delay(BACKOFF_MAX)
            .with_jitter()
            .with_max_times(self.definition.attempts_max.saturating_sub(1) as usize);
        let mut delays = backoff.build();
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let Some((wait, delay)) = wait_before_repeating(&error).zip(delays.next()) else { return Err(error) };
            let delay = delay.max(wait);
            tracing::warn!(delay_ms = delay.as_millis() as u64, "{error}: trying again");
            tokio::time::sleep(delay).await;
        }
    }

    /// Begins a pull: all reservations that are not yet acknowledged, as the answer's body.
    pub async fn open_order(&self, token: &Token) -> Result<OrderBody, PlatformError> {
        let response = self.send(Endpoint::Order, None, Some(token)).await?;
        Ok(OrderBody::new(response, self.definition.timeout, self.peer.clone()))
    }

    /// Says what an order's envelope means, once its body has been read whole.
    /// `retry_after`: how long its head asks to wait.
    pub fn judge_order(
        &self,
        envelope: &Envelope,
        is_encrypted: bool,
        retry_after: Option<Duration>,
    ) -> Result<(), PlatformError> {
        let endpoint = Endpoint::Order;
        let code = envelope.stated_code().map_err(PlatformError::answer(endpoint))?;
        if !envelope.is_success() {
            let is_success_denied = code == 200;
            return Err(PlatformError::Refused { endpoint, code, is_success_denied, retry_after });
        }
        let result = envelope.judge_result(&self.definition.result_path);
        // Ciphertext in a plain envelope says more than that the envelope is plain.
        if result != Err(AnswerError::Ciphertext) {
            self.judge_form(is_encrypted).map_err(PlatformError::answer(endpoint))?;
        }
        result.map_err(PlatformError::answer(endpoint))
    }

    /// Tells the platform that reservations were received. Only after a commit: it takes the receipt. Only for a while after
    /// the pull that delivered them: no try begins at or after `until`, which ends in [`PlatformError::TimeUp`].
    ///
    /// Until then it is safe to repeat: the platform marks what is marked already.
    pub async fn acknowledge(
        &self,
        receipt: &CommitReceipt,
        acknowledgement: Acknowledgement<'_>,
        until: Instant,
    ) -> Result<(), PlatformError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Request<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            serial_number: Option<&'a str>,
        }
        let request = match acknowledgement {
            Acknowledgement::Batch(key) => Request { request_id: Some(key), serial_number: None },
            Acknowledgement::Reservation(key) => Request { request_id: None, serial_number: Some(key) },
        };
        tracing::debug!(delivery = receipt.delivery_id(), "acknowledging");
        self.tell(Endpoint::Callback, &request, Some(until)).await
    }

    /// Reports an arrival to the platform. Only after a commit: it takes the receipt.
    ///
    /// Repeating says the same again: the time of arrival goes with every call, so that the platform never takes the time of
    /// a repetition for it.
    pub async fn report_arrival(
        &self,
        receipt: &CommitReceipt,
        serial_number: &str,
        arrived_at: DateTime<Utc>,
    ) -> Result<(), PlatformError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Request<'a> {
            serial_number: &'a str,
            arrive_date: Value,
        }
        let request =
            Request { serial_number, arrive_date: arrive_date(arrived_at, self.definition.arrive_date_format) };
        tracing::debug!(account = receipt.account(), "reporting an arrival");
        self.tell(Endpoint::Arrival, &request, None).await
    }

    /// A call that is safe to repeat, with a token, and whose answer says no more than that it was taken.
    async fn tell(
        &self,
        endpoint: Endpoint,
        request: &impl Serialize,
        until: Option<Instant>,
    ) -> Result<(), PlatformError> {
        self.repeat(
            async || {
                self.authorized(
                    async |token| {
                        // Asked here: waiting for a token or for another try may have taken long.
                        if until.is_some_and(|until| Instant::now() >= until) {
                            return Err(PlatformError::TimeUp { endpoint });
                        }
                        self.call(endpoint, request, Some(&token)).await.map(drop)
                    },
                    PlatformError::refusal_code,
                )
                .await
            },
            PlatformError::wait_before_repeating,
        )
        .await
    }

    /// Asks for a token, once, and throws it away: whether the platform answers, and knows us. What its clock said
    /// then, if the answer says it.
    pub async fn probe(&self) -> Result<Option<DateTime<Utc>>, PlatformError> {
        Ok(self.request_token().await?.answered_at)
    }

    async fn token(&self) -> Result<Token, PlatformError> {
        // Held across the call: of many callers, one asks, and the others wait for its answer.
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(Instant::now()) {
            return Ok(token);
        }
        let granted = self.request_token().await?;
        Ok(tokens.put(granted.text, granted.lifetime, Instant::now()))
    }

    async fn request_token(&self) -> Result<GrantedToken, PlatformError> {
        #[derive(Serialize)]
        struct Request<'a> {
            apikey: &'a str,
            secret: &'a str,
        }
        let request = Request {
            apikey: self.credentials.api_key.expose_secret(),
            secret: self.credentials.secret.expose_secret(),
        };
        let SmallAnswer { result, timestamp, .. } = self.call(Endpoint::Token, &request, None).await?;
        let unusable = |what| PlatformError::Answer { endpoint: Endpoint::Token, source: AnswerError::Result(what) };
        // An order's result may be a JSON text that holds the JSON; so may this one.
        let result = match result {
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
            result => result,
        };
        let is_usable = |text: &&str| !text.trim().is_empty() && HeaderValue::from_str(text).is_ok();
        let text = result.get("token").and_then(Value::as_str).filter(is_usable);
        let text = text.ok_or_else(|| unusable("an object without a usable token"))?;
        let expire = result.get("expire").and_then(integer).and_then(|expire| u64::try_from(expire).ok());
        let lifetime = expire.unwrap_or(LIFETIME_MS).min(LIFETIME_MS_MAX);
        Ok(GrantedToken {
            text: text.into(),
            lifetime: Duration::from_millis(lifetime),
            answered_at: timestamp.and_then(DateTime::from_timestamp_millis),
        })
    }

    /// One call with a small answer, if the platform says yes.
    async fn call(
        &self,
        endpoint: Endpoint,
        request: &impl Serialize,
        token: Option<&Token>,
    ) -> Result<SmallAnswer, PlatformError> {
        // The token's request holds the secrets in clear: wiped, and of one piece from the beginning.
        let mut text = Zeroizing::new(Vec::with_capacity(REQUEST_BYTES));
        serde_json::to_writer(&mut *text, request)
            .map_err(|_| AnswerError::Json)
            .map_err(PlatformError::answer(endpoint))?;
        let mut response = self.send(endpoint, Some(&text), token).await?;
        let retry_after = http::retry_after(response.headers());
        let body = read_small(endpoint, &self.peer, &mut response).await?;
        let name = &self.definition.result_path.names()[0];
        let answer = SmallAnswer::read_at(name, &body, self.cipher.clone()).map_err(PlatformError::answer(endpoint))?;
        if answer.code != 200 || answer.is_success_denied {
            let is_success_denied = answer.code == 200;
            return Err(PlatformError::Refused { endpoint, code: answer.code, is_success_denied, retry_after });
        }
        let text = answer.result.as_str().unwrap_or_default().trim();
        if endpoint == Endpoint::Token && looks_like_ciphertext(text.as_bytes()) {
            return Err(PlatformError::Answer { endpoint, source: AnswerError::Ciphertext });
        }
        self.judge_form(answer.is_encrypted).map_err(PlatformError::answer(endpoint))?;
        Ok(answer)
    }

    fn judge_form(&self, is_encrypted: bool) -> Result<(), AnswerError> {
        if !is_encrypted && self.definition.encryption == Encryption::Required {
            return Err(AnswerError::Plain);
        }
        Ok(())
    }

    async fn send(
        &self,
        endpoint: Endpoint,
        request: Option<&[u8]>,
        token: Option<&Token>,
    ) -> Result<reqwest::Response, PlatformError> {
        let mut builder = self.http.post(format!("{}{}", self.definition.base_url, endpoint.path()));
        if endpoint != Endpoint::Order {
            // Silence ends a call sooner; this ends one that is never silent for so long.
            builder = builder.timeout(self.definition.timeout * TIMEOUTS);
        }
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token.text.expose_secret())
                .map_err(|_| AnswerError::Result("an object without a usable token"))
                .map_err(PlatformError::answer(Endpoint::Token))?;
            value.set_sensitive(true);
            builder = builder.header("ACCESS-TOKEN", value);
        }
        // Of one kind for all calls: gateways go by it also where there is nothing to send.
        let content_type = match &self.definition.request_body {
            RequestBody::Form { .. } => "application/x-www-form-urlencoded",
            RequestBody::Raw => "text/plain; charset=utf-8",
        };
        let text = |request: &[u8]| request_text(request, &self.cipher, self.definition.request_text);
        builder = match (request, &self.definition.request_body) {
            (Some(request), RequestBody::Form { field }) => builder.form(&[(field, text(request))]),
            (Some(request), RequestBody::Raw) => builder.header(CONTENT_TYPE, content_type).body(text(request)),
            // Gateways answer a POST without a length with 411 (RFC 9110, 8.6).
            (None, _) => builder.header(CONTENT_TYPE, content_type).header(CONTENT_LENGTH, 0),
        };
        let mut response = builder.send().await.map_err(PlatformError::transport(endpoint, &self.peer))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(PlatformError::ProxyLogin { endpoint, peer: self.peer.clone() });
        }
        let retry_after = http::retry_after(response.headers());
        let points_to = http::redirect_target(response.url(), response.headers());
        // An envelope inside the failure adds the platform's code, a web page that a gateway speaks; anything else adds nothing.
        // It may drip, and an order has no time-out of its own.
        let patience = self.definition.timeout * TIMEOUTS;
        let body = tokio::time::timeout(patience, read_small(endpoint, &self.peer, &mut response)).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let answer = SmallAnswer::read(&body, self.cipher.clone());
        let is_web_page = matches!(answer, Err(AnswerError::Html));
        let code = answer.ok().map(|answer| answer.code);
        Err(PlatformError::Status { endpoint, status: status.as_u16(), code, retry_after, points_to, is_web_page })
    }
}
