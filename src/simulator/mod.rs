//! The platform as a local HTTP server, for the demo, the tests and a hospital's rehearsal.
//!
//! It answers the four calls of the interface document, encrypted, for one account; makes believable reservations that
//! change from night to night; and fails on demand. It shares the cipher with the client and nothing else, so that a
//! misreading of the document does not cancel out.
//!
//! It has no protection: its control routes are open, and by default it listens on loopback only.
//!
//! ```text
//! server (HTTP, faults) ─→ account (the work, one lock) ─→ queue (what is not acknowledged)
//!        └─→ answer (text → AES → Base64, in pieces) ─→ record ─→ generator, person, catalogue, dice (pure)
//! ```

mod account;
mod answer;
mod callbacks;
mod catalogue;
mod control;
mod dice;
mod fault;
mod generator;
mod happening;
mod log;
mod person;
mod queue;
mod record;
mod server;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use callbacks::{Callbacks, Marks, UnknownReading};
pub use fault::{Arming, Endpoint, Fault, FaultError};
pub use generator::GeneratorOptions;
pub use happening::Happening;
pub use log::{Arrival, Counts, LogEntry, Outcome, Tally};

use crate::guidance::{ExitCode, Guidance};
use crate::platform::cipher::{Cipher, CipherError};
use crate::wording::{Message, Spoken, display_in_english, message};
use account::{Account, PreparedAnswer};
use fault::ArmedFaults;
use server::Server;

/// How long `stop` waits for answers that are under way.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// The settings of the simulated platform.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// Port 0: any free one.
    pub listen: SocketAddr,
    pub exposure: Exposure,
    pub credentials: Credentials,
    pub generator: GeneratorOptions,
    /// Real time.
    pub token_lifetime: Duration,
    /// Delay before every answer.
    pub latency: Duration,
    /// Between the first bytes of a slow answer.
    pub slow_pause: Duration,
    /// The first night's day, and the simulated time of its first answer.
    pub starts_at: DateTime<Utc>,
    pub time: SimulatedTime,
    /// The form field that carries a request's ciphertext; `None`: any. A body that is not a form is taken as it is.
    pub form_field: Option<String>,
    pub failure_form: FailureForm,
    /// How many requestIds a delivery's records are dealt out to; the document does not say that there is only one.
    pub requests_per_delivery: u8,
    /// What a callback marks; the document does not say.
    pub callbacks: Callbacks,
    /// The source of the times in the log.
    pub clock: fn() -> SystemTime,
}

/// How simulated time advances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedTime {
    /// Night n is n days later, each call a second: the same in every run.
    Calls,
    /// By `SimulatorOptions::clock`, however many nights and calls there are: as a platform whose clock is right.
    Clock,
}

/// Which addresses it may listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    LoopbackOnly,
    AnyAddress,
}

/// How refusals travel: the document shows them in plain text, and says that everything is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureForm {
    Encrypted,
    Plain,
}

/// The access that the account's hospital is given.
#[derive(Clone)]
pub struct Credentials {
    pub api_key: String,
    pub secret: String,
    pub aes_key: String,
}

/// Shows nothing: a rehearsal may use real ones.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(..)")
    }
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            api_key: "simulated-api-key".to_owned(),
            secret: "simulated-secret".to_owned(),
            aes_key: "simulated-aeskey".to_owned(),
        }
    }
}

/// Any free port on loopback, no reservations, tokens for a day, 02:00 in Hangzhou on 6 January 2026.
impl Default for SimulatorOptions {
    fn default() -> SimulatorOptions {
        SimulatorOptions {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            exposure: Exposure::LoopbackOnly,
            credentials: Credentials::default(),
            generator: GeneratorOptions::default(),
            token_lifetime: Duration::from_secs(24 * 60 * 60),
            latency: Duration::ZERO,
            slow_pause: Duration::from_millis(25),
            starts_at: DateTime::from_timestamp_nanos(1_767_636_000_000_000_000),
            time: SimulatedTime::Calls,
            form_field: None,
            failure_form: FailureForm::Encrypted,
            requests_per_delivery: 1,
            callbacks: Callbacks::default(),
            #[allow(clippy::disallowed_methods, reason = "the platform has a clock of its own")]
            clock: SystemTime::now,
        }
    }
}

/// Why the simulator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    NotLoopback(SocketAddr),
    AesKey(#[source] CipherError),
    Option(&'static str),
    Listen { address: SocketAddr, source: std::io::Error },
    Signal(#[source] std::io::Error),
    Print(#[source] std::io::Error),
}

impl Spoken for SimulatorError {
    fn message(&self) -> Message {
        match self {
            SimulatorError::NotLoopback(address) => message!("TJ-8001", address = address.to_string()),
            SimulatorError::AesKey(_) => message!("TJ-8002"),
            SimulatorError::Option(option) => message!("TJ-8003", option = *option),
            SimulatorError::Listen { address, .. } => message!("TJ-8004", address = address.to_string()),
            SimulatorError::Signal(_) => message!("TJ-8005"),
            SimulatorError::Print(_) => message!("TJ-8006"),
        }
    }
}

display_in_english!(SimulatorError);

impl SimulatorError {
    /// Exit status and advice for the operator.
    pub fn guidance(&self) -> Guidance {
        match self {
            SimulatorError::NotLoopback(_) | SimulatorError::AesKey(_) | SimulatorError::Option(_) => {
                ExitCode::Definition.without_remedy()
            }
            SimulatorError::Listen { .. } | SimulatorError::Signal(_) | SimulatorError::Print(_) => {
                ExitCode::Failed.without_remedy()
            }
        }
    }
}

/// A running simulated platform. Ends when it is stopped or dropped.
pub struct Simulator {
    address: SocketAddr,
    server: Arc<Server>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Simulator {
    /// Checks the options, listens, and serves in the background of the current tokio runtime.
    pub async fn start(options: SimulatorOptions) -> Result<Simulator, SimulatorError> {
        check(&options)?;
        let cipher = Cipher::new(&options.credentials.aes_key).map_err(SimulatorError::AesKey)?;
        let wrong_cipher = Cipher::new(server::WRONG_KEY).map_err(SimulatorError::AesKey)?;
        let requested = options.listen;
        let listen_error = |source| SimulatorError::Listen { address: requested, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;

        let (stop, stopping) = watch::channel(false);
        let account = Mutex::new(Account::new(&options));
        let server = Arc::new(Server { account, options, cipher, wrong_cipher, stopping: stopping.clone() });
        let router = server::router(Arc::clone(&server));
        let serving = tokio::spawn(async move {
            let mut stopping = stopping;
            let stopped = async move {
                // An error means that the simulator was dropped, which is the end as well.
                let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the simulator ended");
            }
        });
        Ok(Simulator { address, server, stop, serving })
    }

    /// The base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next night: new bookings and changes join the queue; with [`SimulatedTime::Calls`], a day goes by.
    pub fn advance_night(&self) {
        self.server.account().advance_night();
    }

    /// Lets the next `times` calls of `endpoint` fail, after those that are armed already.
    pub fn arm(&self, endpoint: Endpoint, fault: Fault, times: u32) {
        self.server.account().faults.arm(Arming { endpoint, fault, times });
    }

    /// Lets every call go well again.
    pub fn disarm(&self) {
        self.server.account().faults = ArmedFaults::default();
    }

    /// Lets something happen just before the `nth` call of `endpoint` from now on (1: the next) acts, or fails.
    pub fn before(&self, endpoint: Endpoint, nth: u32, happening: Happening) {
        self.server.account().happenings.add(endpoint, nth, happening);
    }

    /// Queues these JSON texts as records, to be delivered as they are; `"requestId":"$request"` is filled in.
    pub fn insert_records(&self, records: Vec<String>) {
        self.server.account().insert_records(records);
    }

    /// The next order call's answer, byte for byte. It is neither encrypted nor part of a batch.
    pub fn insert_body(&self, body: Vec<u8>) {
        let body = vec![Bytes::from(body)];
        self.server.account().insert_prepared(PreparedAnswer { body, ..PreparedAnswer::default() });
    }

    /// The envelopes' timestamp from now on, in milliseconds since the epoch; `None`: simulated time again.
    pub fn set_timestamp(&self, timestamp_ms: Option<i64>) {
        self.server.account().set_timestamp(timestamp_ms);
    }

    /// Makes every token given out so far useless.
    pub fn expire_tokens(&self) {
        self.server.account().expire_tokens();
    }

    /// Number of states in the queue.
    pub fn unacknowledged(&self) -> usize {
        self.counts().unacknowledged
    }

    pub fn counts(&self) -> Counts {
        self.server.account().counts()
    }

    /// Counts the calls after the first `seen`, by endpoint and outcome.
    pub fn tallies(&self, seen: usize) -> Vec<Tally> {
        self.server.account().tallies(seen)
    }

    /// Every call so far, in the order in which they took effect.
    pub fn log(&self) -> Vec<LogEntry> {
        self.server.account().log()
    }

    /// All arrivals that were reported.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.server.account().arrivals()
    }

    /// Ends: afterwards connections are refused. Answers under way get two seconds.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_PATIENCE, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

fn check(options: &SimulatorOptions) -> Result<(), SimulatorError> {
    if options.exposure == Exposure::LoopbackOnly && !options.listen.ip().is_loopback() {
        return Err(SimulatorError::NotLoopback(options.listen));
    }
    let generator = &options.generator;
    for (name, share) in [("--changes", generator.changes), ("--defects", generator.defects)] {
        if !(0.0..=1.0).contains(&share) {
            return Err(SimulatorError::Option(name));
        }
    }
    let prefix = &generator.serial_prefix;
    let is_plain = prefix.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    // The interface allows serial numbers of 50 characters; hyphen and number take up to 11.
    if prefix.is_empty() || prefix.len() > 39 || !is_plain {
        return Err(SimulatorError::Option("--serial-prefix"));
    }
    Ok(())
}
