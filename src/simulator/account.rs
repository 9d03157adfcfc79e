//! One hospital's account as the platform sees it: tokens, queue, simulated time, log. The work behind the four calls.
//!
//! Plain synchronous state, kept under one lock by the server. Nothing here knows HTTP or encryption.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::answer::{CREDENTIALS_REFUSED, DATA_REFUSED, Delivery, InsertedRecord, Refusal, TOKEN_REFUSED};
use super::dice::Dice;
use super::fault::{ArmedFaults, Endpoint};
use super::generator::{Event, Generator, StateKey};
use super::happening::{Happening, Happenings};
use super::log::{self, Arrival, Counts, LogEntry, Outcome, Tally};
use super::queue::{Marked, Origin, Queue, Subject};
use super::{SimulatedTime, SimulatorOptions};

/// Simulated time from one call to the next within a night.
const TICK_MS: i64 = 1_000;

const NIGHT_MS: i64 = 24 * 60 * 60 * 1_000;

/// Asia/Shanghai's distance from UTC; it has had no summer time since 1991.
const SHANGHAI: TimeDelta = TimeDelta::hours(8);

/// Key part that keeps identifiers apart from other things with the same seed.
const IDENTIFIER: u64 = 4;

/// The answer to a call that was done.
pub struct Reply {
    pub payload: Payload,
    key: Option<String>,
    records: usize,
    marked: Marked,
}

/// The envelope's `result`, or all of the body.
pub enum Payload {
    Result(Value),
    Records(Delivery),
    Prepared(PreparedAnswer),
}

/// An answer to an order that was prepared in advance: the whole body, unchanged.
#[derive(Default)]
pub struct PreparedAnswer {
    /// Empty: it delivers nothing of the queue.
    pub request_ids: Vec<String>,
    pub records: usize,
    pub body: Vec<Bytes>,
}

/// A call as it came in.
pub struct Call<'a> {
    pub endpoint: Endpoint,
    pub token: Option<&'a str>,
    /// Decrypted; `None` where it could not be.
    pub parameters: Option<&'a [u8]>,
    /// How long a token that it gets is good for.
    pub token_lifetime: Duration,
}

#[derive(Deserialize)]
struct TokenParameters {
    apikey: String,
    secret: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallbackParameters {
    request_id: Option<String>,
    serial_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArrivalParameters {
    serial_number: String,
    arrive_date: Option<String>,
}

struct LoggedCall {
    entry: LogEntry,
    /// Serial numbers are written out only when somebody reads the log.
    marked: Vec<Origin>,
}

pub struct Account {
    api_key: String,
    secret: String,
    starts_at: DateTime<Utc>,
    time: SimulatedTime,
    clock: fn() -> SystemTime,
    requests_per_delivery: u8,
    generator: Arc<Generator>,
    inserted: Arc<Vec<InsertedRecord>>,
    /// Position of the first inserted record of each serial number.
    inserted_serials: HashMap<String, u32>,
    queue: Queue,
    /// Good until then, by token.
    tokens: HashMap<String, Instant>,
    identifiers: u64,
    night: u16,
    calls_tonight: i64,
    timestamp_ms: Option<i64>,
    prepared: VecDeque<PreparedAnswer>,
    arrivals: Vec<Arrival>,
    log: Vec<LoggedCall>,
    pub faults: ArmedFaults,
    pub happenings: Happenings,
    unseen: usize,
}

impl Account {
    /// The account on its first night.
    pub fn new(options: &SimulatorOptions) -> Account {
        // The hospital's calendar day, not that of UTC.
        let local = options.starts_at.checked_add_signed(SHANGHAI).unwrap_or(options.starts_at);
        let first_date = local.date_naive();
        let mut account = Account {
            api_key: options.credentials.api_key.clone(),
            secret: options.credentials.secret.clone(),
            starts_at: options.starts_at,
            time: options.time,
            clock: options.clock,
            requests_per_delivery: options.requests_per_delivery.max(1),
            generator: Arc::new(Generator::new(options.generator.clone(), first_date)),
            inserted: Arc::default(),
            inserted_serials: HashMap::new(),
            queue: Queue::new(options.callbacks),
            tokens: HashMap::new(),
            identifiers: 0,
            night: 0,
            calls_tonight: 0,
            timestamp_ms: None,
            prepared: VecDeque::new(),
            arrivals: Vec::new(),
            log: Vec::new(),
            faults: ArmedFaults::default(),
            happenings: Happenings::default(),
            unseen: 0,
        };
        account.enqueue_night();
        account
    }

    pub fn advance_night(&mut self) {
        self.night = self.night.saturating_add(1);
        self.calls_tonight = 0;
        self.enqueue_night();
    }

    fn enqueue_night(&mut self) {
        let generator = Arc::clone(&self.generator);
        for (key, event) in generator.events(self.night) {
            let subject = Subject::Generated(key.reservation);
            if let Event::Corrected { since } = event {
                self.queue.withdraw(subject, Origin::Generated(StateKey { night: since, ..key }));
            }
            self.queue.push(subject, Origin::Generated(key));
        }
    }

    pub fn insert_records(&mut self, records: Vec<String>) {
        for text in records {
            let record: Option<Value> = serde_json::from_str(&text).ok();
            let serial_number = record.and_then(|record| Some(record.get("serialNumber")?.as_str()?.to_owned()));
            let position = self.inserted.len() as u32;
            let first = match &serial_number {
                Some(serial_number) => *self.inserted_serials.entry(serial_number.clone()).or_insert(position),
                None => position,
            };
            Arc::make_mut(&mut self.inserted).push(InsertedRecord { text, serial_number });
            self.queue.push(Subject::Inserted(first), Origin::Inserted(position));
        }
    }

    /// Orders are answered by these first, one after the other.
    pub fn insert_prepared(&mut self, answer: PreparedAnswer) {
        self.prepared.push_back(answer);
    }

    pub fn set_timestamp(&mut self, timestamp_ms: Option<i64>) {
        self.timestamp_ms = timestamp_ms;
    }

    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Notes that the last byte of this delivery has been handed over.
    pub fn mark_delivered(&mut self, request_id: &str) {
        self.queue.mark_delivered(request_id);
    }

    /// Simulated time of the next answer, in milliseconds since the epoch.
    pub fn tick(&mut self) -> i64 {
        self.calls_tonight += 1;
        self.timestamp_ms.unwrap_or_else(|| self.now_ms())
    }

    fn now_ms(&self) -> i64 {
        if self.time == SimulatedTime::Clock {
            return self.clock_ms();
        }
        self.starts_at.timestamp_millis() + i64::from(self.night) * NIGHT_MS + (self.calls_tonight - 1) * TICK_MS
    }

    fn clock_ms(&self) -> i64 {
        (self.clock)().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
    }

    /// Lets happen what waits for a call of `endpoint`.
    pub fn happen_before(&mut self, endpoint: Endpoint) {
        for happening in self.happenings.take(endpoint) {
            match happening {
                Happening::Records(records) => self.insert_records(records),
                Happening::Night => self.advance_night(),
            }
        }
    }

    /// Does what the call asks for.
    pub fn serve(&mut self, call: &Call<'_>) -> Result<Reply, Refusal> {
        if call.endpoint != Endpoint::Token {
            self.check_token(call.token)?;
        }
        match call.endpoint {
            Endpoint::Token => self.issue_token(parse(call.parameters)?, call.token_lifetime),
            Endpoint::Order => Ok(self.pull()),
            Endpoint::Callback => self.acknowledge(parse(call.parameters)?),
            Endpoint::Arrival => self.arrive(parse(call.parameters)?),
        }
    }

    fn check_token(&self, token: Option<&str>) -> Result<(), Refusal> {
        let good_until = token.and_then(|token| self.tokens.get(token)).ok_or(TOKEN_REFUSED)?;
        if Instant::now() < *good_until { Ok(()) } else { Err(TOKEN_REFUSED) }
    }

    fn issue_token(&mut self, parameters: TokenParameters, lifetime: Duration) -> Result<Reply, Refusal> {
        if parameters.apikey != self.api_key || parameters.secret != self.secret {
            return Err(CREDENTIALS_REFUSED);
        }
        let issued_at = self.now_ms() / 1_000;
        let lifetime_ms = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        let expires_at = issued_at.saturating_add_unsigned(lifetime_ms / 1_000);
        let subject = self.next_identifier();
        let claims =
            json!({"sub": subject, "aud": "100735", "iss": "ywjk", "exp": expires_at, "iat": issued_at}).to_string();
        let body =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
        let signature = Sha256::new().chain_update(&body).chain_update(&self.secret).finalize();
        let token = format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature));
        self.tokens.insert(token.clone(), Instant::now() + lifetime);
        Ok(Reply::of(json!({"expire": lifetime_ms, "token": token})))
    }

    fn pull(&mut self) -> Reply {
        if let Some(answer) = self.prepared.pop_front() {
            let key = (!answer.request_ids.is_empty()).then(|| answer.request_ids.join(" "));
            let records = answer.records;
            return Reply { payload: Payload::Prepared(answer), key, records, marked: Marked::default() };
        }
        let delivery = self.deal_out();
        let (key, records) = (delivery.request_ids.join(" "), delivery.changes.len());
        Reply { payload: Payload::Records(delivery), key: Some(key), records, marked: Marked::default() }
    }

    /// Everything not acknowledged, under new requestIds.
    pub fn deal_out(&mut self) -> Delivery {
        let request_ids: Vec<String> = (0..self.requests_per_delivery).map(|_| self.next_identifier()).collect();
        Delivery {
            changes: self.queue.pull(&request_ids),
            request_ids,
            generator: Arc::clone(&self.generator),
            inserted: Arc::clone(&self.inserted),
        }
    }

    fn acknowledge(&mut self, parameters: CallbackParameters) -> Result<Reply, Refusal> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (key, marked) = match (given(parameters.request_id), given(parameters.serial_number)) {
            (Some(request_id), _) => {
                let marked = self.queue.acknowledge_batch(&request_id).ok_or(DATA_REFUSED)?;
                (request_id, marked)
            }
            (None, Some(serial_number)) => {
                let subjects = self.find(&serial_number)?;
                let marked = subjects.map(|subject| self.queue.acknowledge_subject(subject)).collect();
                (serial_number, marked)
            }
            (None, None) => return Err(DATA_REFUSED),
        };
        self.unseen += marked.unseen;
        Ok(Reply { key: Some(key), records: marked.origins.len(), marked, ..Reply::of(Value::Null) })
    }

    fn arrive(&mut self, parameters: ArrivalParameters) -> Result<Reply, Refusal> {
        // Fails unless there is such a reservation.
        let _ = self.find(&parameters.serial_number)?;
        let key = parameters.serial_number.clone();
        self.arrivals.push(Arrival { serial_number: parameters.serial_number, arrive_date: parameters.arrive_date });
        Ok(Reply { key: Some(key), ..Reply::of(Value::Null) })
    }

    /// The reservation of that serial number: generated, inserted, or both.
    fn find(&self, serial_number: &str) -> Result<impl Iterator<Item = Subject> + use<>, Refusal> {
        let generated = self.generator.find(serial_number, self.night).map(Subject::Generated);
        let inserted = self.inserted_serials.get(serial_number).copied().map(Subject::Inserted);
        if generated.is_none() && inserted.is_none() {
            return Err(DATA_REFUSED);
        }
        Ok(generated.into_iter().chain(inserted))
    }

    /// 32 hexadecimal digits: new for each call, the same in every run that starts at the same time.
    fn next_identifier(&mut self) -> String {
        self.identifiers += 1;
        let start = self.starts_at.timestamp_millis() as u64;
        let mut dice = Dice::new([self.generator.options.seed, IDENTIFIER, start, self.identifiers]);
        format!("{:016x}{:016x}", dice.roll(), dice.roll())
    }

    /// Writes a call into the log; `reply` is what was done, if anything was.
    pub fn record_call(&mut self, endpoint: Endpoint, outcome: Outcome, reply: Option<&mut Reply>) {
        let at_ms = self.clock_ms();
        let (key, records, marked) = match reply {
            Some(reply) => (reply.key.take(), reply.records, std::mem::take(&mut reply.marked)),
            None => (None, 0, Marked::default()),
        };
        let order = self.log.len() as u64;
        let Marked { origins: marked, unseen } = marked;
        let entry = LogEntry { order, at_ms, endpoint, outcome, key, records, unseen, serial_numbers: Vec::new() };
        tracing::debug!(%endpoint, ?outcome, records, "simulated call");
        self.log.push(LoggedCall { entry, marked });
    }

    /// Counts the calls after the first `seen`, by endpoint and outcome.
    pub fn tallies(&self, seen: usize) -> Vec<Tally> {
        log::tallies(self.log.iter().skip(seen).map(|call| &call.entry))
    }

    pub fn log(&self) -> Vec<LogEntry> {
        let written = |call: &LoggedCall| {
            let serial_numbers = call.marked.iter().map(|origin| self.serial_number(*origin)).collect();
            LogEntry { serial_numbers, ..call.entry.clone() }
        };
        self.log.iter().map(written).collect()
    }

    fn serial_number(&self, origin: Origin) -> String {
        match origin {
            Origin::Generated(key) => self.generator.serial_number(key.reservation),
            Origin::Inserted(position) => {
                self.inserted.get(position as usize).and_then(|record| record.serial_number.clone()).unwrap_or_default()
            }
        }
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.clone()
    }

    pub fn counts(&self) -> Counts {
        Counts {
            night: self.night,
            reservations: self.generator.reservations(self.night),
            inserted: self.inserted.len(),
            unacknowledged: self.queue.len(),
            batches: self.queue.batches(),
            unseen: self.unseen,
            arrivals: self.arrivals.len(),
            calls: self.log.len(),
        }
    }
}

impl Reply {
    fn of(result: Value) -> Reply {
        Reply { payload: Payload::Result(result), key: None, records: 0, marked: Marked::default() }
    }
}

fn parse<'a, T: Deserialize<'a>>(parameters: Option<&'a [u8]>) -> Result<T, Refusal> {
    serde_json::from_slice(parameters.ok_or(DATA_REFUSED)?).map_err(|_| DATA_REFUSED)
}
