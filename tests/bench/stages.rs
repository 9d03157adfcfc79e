//! The pure stages alone, one core each, over one delivery of the simulated platform: `cargo bench --locked`.
//!
//! Bytes per second count the plaintext, items the records. [`decode`] is what comes before the loader: Base64, AES, JSON
//! and the contract's rules. The others are its parts, and what comes after it.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tijian::pipeline::{
    ArriveDateFormat, Base64Alphabet, Channel, Contract, Encryption, PlatformDefinition, ProxyDefinition, RequestBody,
    RequestText, ResultPath, SecretName,
};
use tijian::platform::cipher::Cipher;
use tijian::platform::{Credentials, EnvelopeReader, Plaintext, Platform, PlatformError};
use tijian::reservation::{CurrentVersion, IncomingState, Reservation};
use tijian::simulator::{GeneratorOptions, Simulator, SimulatorOptions};
use tijian::transform::{HistoryPlanner, KnownContents, PersonKey};
use tijian::validate::{Outcome, validate};

/// More than a processor's cache holds, as a night's delivery is: some 12 MB.
const RESERVATIONS: u32 = 20_000;

/// Records that the history is planned for together, as `run` does it.
const CHUNK_RECORDS: usize = 5_000;

/// One reservation in this many comes with another content than the history has.
const CHANGED_EVERY: usize = 6;

static DELIVERY: LazyLock<Delivery> = LazyLock::new(Delivery::pull);

fn main() {
    LazyLock::force(&DELIVERY);
    divan::main();
}

/// A delivery at every stage of its way.
struct Delivery {
    cipher: Cipher,
    contract: Contract,
    person_key: PersonKey,
    /// As it came over the network.
    body: Vec<u8>,
    plaintext: Vec<u8>,
    records: Vec<Vec<u8>>,
    reservations: Vec<Reservation>,
    states: Vec<IncomingState>,
    /// What the history has of the first chunk.
    known: KnownContents,
}

impl Delivery {
    fn pull() -> Delivery {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime needs threads only");
        let (body, cipher) = runtime.block_on(pull());
        let contract = Contract::shipped();
        let person_key = PersonKey::derive(&[7; 32]);

        let mut plaintext = Vec::new();
        read_all(Plaintext::new(&body[..], cipher.clone()), &mut plaintext);
        let mut records = Vec::new();
        let mut reader = EnvelopeReader::new(Plaintext::new(&body[..], cipher.clone()), &ResultPath::default());
        while let Some(record) = reader.next_record().expect("the simulator's answer is whole") {
            records.push(record.bytes.to_vec());
        }
        let accepted = |record: &Vec<u8>| match validate(record, &contract) {
            Outcome::Accepted { reservation, .. } => Some(reservation),
            Outcome::Rejected(_) => None,
        };
        let reservations: Vec<Reservation> = records.iter().filter_map(accepted).collect();
        assert_eq!(reservations.len(), RESERVATIONS as usize, "every record is a good one");
        let states: Vec<IncomingState> = reservations
            .iter()
            .map(|reservation| IncomingState::new(reservation.clone(), &person_key, &contract.ignore))
            .collect();
        let current = states[..CHUNK_RECORDS].iter().enumerate().map(|(at, state)| known(at, state)).collect();
        let known = KnownContents { current, unconfirmed: HashMap::new() };
        Delivery { cipher, contract, person_key, body, plaintext, records, reservations, states, known }
    }

    fn bytes(&self) -> BytesCount {
        BytesCount::new(self.plaintext.len())
    }
}

/// The body of the platform's first answer, and the key to it.
async fn pull() -> (Vec<u8>, Cipher) {
    let generator = GeneratorOptions { reservations: RESERVATIONS, ..GeneratorOptions::default() };
    let options = SimulatorOptions { generator, ..SimulatorOptions::default() };
    let credentials = options.credentials.clone();
    let simulator = Simulator::start(options).await.expect("the simulator listens on any free port");
    let credentials = Credentials {
        api_key: credentials.api_key.into(),
        secret: credentials.secret.into(),
        aes_key: credentials.aes_key.into(),
        proxy: None,
    };
    let platform = Platform::new(definition(simulator.url()), credentials).expect("the simulator's key is a key");
    let download = async |token| {
        let mut order = platform.open_order(&token).await?;
        let mut body = Vec::new();
        while let Some(piece) = order.chunk().await? {
            body.extend_from_slice(&piece);
        }
        Ok::<_, PlatformError>(body)
    };
    let body = platform.authorized(download, |_| None).await.expect("the simulator answers");
    simulator.stop().await;
    (body, platform.cipher().clone())
}

fn definition(base_url: String) -> PlatformDefinition {
    let unused = || SecretName { env: String::new() };
    PlatformDefinition {
        base_url,
        channel: Channel::Loopback,
        api_key: unused(),
        secret: unused(),
        aes_key: unused(),
        ca_file: None,
        certificate_sha256: None,
        proxy: ProxyDefinition::Environment,
        request_body: RequestBody::Raw,
        request_text: RequestText { base64: Base64Alphabet::Standard, is_quoted: false },
        encryption: Encryption::Required,
        result_path: ResultPath::default(),
        arrive_date_format: ArriveDateFormat::Space,
        acknowledge_within: Duration::from_secs(300),
        timeout: Duration::from_secs(60),
        attempts_max: 1,
    }
}

/// What the history would have of a reservation; of some, another content.
fn known(at: usize, state: &IncomingState) -> (String, CurrentVersion) {
    let reservation = &state.reservation;
    let mut fingerprint = state.fingerprint;
    if at.is_multiple_of(CHANGED_EVERY) {
        fingerprint[1] ^= 1;
    }
    let current = CurrentVersion {
        version: 1,
        valid_from: DateTime::UNIX_EPOCH,
        fingerprint,
        content: fingerprint,
        order_status: reservation.order_status.clone(),
        check_date: reservation.check_date,
    };
    (reservation.serial_number.to_string(), current)
}

fn effective_at() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1)
}

fn read_all(mut plaintext: Plaintext<&[u8]>, buffer: &mut Vec<u8>) {
    while !plaintext.is_exhausted() {
        plaintext.read_into(buffer).expect("the simulator's answer is whole");
    }
}

/// Base64 → AES → JSON → typed and checked, as before a load. What comes of it is dropped, record by record.
#[divan::bench]
fn decode(bencher: Bencher) {
    let delivery = &*DELIVERY;
    bencher.counter(delivery.bytes()).counter(ItemsCount::new(delivery.records.len())).bench_local(|| {
        let mut reader =
            EnvelopeReader::new(Plaintext::new(&delivery.body[..], delivery.cipher.clone()), &ResultPath::default());
        while let Some(record) = reader.next_record().expect("it was read before") {
            black_box(validate(record.bytes, &delivery.contract));
        }
    });
}

/// Base64 → AES alone.
#[divan::bench]
fn decrypt(bencher: Bencher) {
    let delivery = &*DELIVERY;
    bencher.counter(delivery.bytes()).bench_local(|| {
        let mut plaintext = Plaintext::new(&delivery.body[..], delivery.cipher.clone());
        let mut piece = Vec::new();
        while !plaintext.is_exhausted() {
            piece.clear();
            plaintext.read_into(&mut piece).expect("it was read before");
            black_box(&piece);
        }
    });
}

/// Where one record ends and the next one begins, in an answer that is not encrypted.
#[divan::bench]
fn scan_envelope(bencher: Bencher) {
    let delivery = &*DELIVERY;
    bencher.counter(delivery.bytes()).counter(ItemsCount::new(delivery.records.len())).bench_local(|| {
        let mut reader = EnvelopeReader::new(
            Plaintext::new(&delivery.plaintext[..], delivery.cipher.clone()),
            &ResultPath::default(),
        );
        while let Some(record) = reader.next_record().expect("it was read before") {
            black_box(record);
        }
    });
}

/// JSON → typed and checked.
#[divan::bench]
fn validate_records(bencher: Bencher) {
    let delivery = &*DELIVERY;
    bencher.counter(delivery.bytes()).counter(ItemsCount::new(delivery.records.len())).bench_local(|| {
        for record in &delivery.records {
            black_box(validate(record, &delivery.contract));
        }
    });
}

/// Fingerprint and `person_id`.
#[divan::bench]
fn identify_states(bencher: Bencher) {
    let delivery = &*DELIVERY;
    bencher
        .counter(ItemsCount::new(delivery.reservations.len()))
        .with_inputs(|| delivery.reservations.clone())
        .bench_local_values(|reservations| {
            let identify =
                |reservation| IncomingState::new(reservation, &delivery.person_key, &delivery.contract.ignore);
            reservations.into_iter().map(identify).collect::<Vec<_>>()
        });
}

/// The plan of a chunk in which nothing was known before.
#[divan::bench]
fn plan_new(bencher: Bencher) {
    plan(bencher, &KnownContents::default());
}

/// The plan of a chunk in which everything is known and some of it has changed.
#[divan::bench]
fn plan_known(bencher: Bencher) {
    plan(bencher, &DELIVERY.known);
}

fn plan(bencher: Bencher, known: &KnownContents) {
    bencher
        .counter(ItemsCount::new(CHUNK_RECORDS))
        .with_inputs(|| DELIVERY.states[..CHUNK_RECORDS].to_vec())
        .bench_local_values(|states| HistoryPlanner::new(effective_at()).plan(states, known));
}
