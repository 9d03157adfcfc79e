//! Decode and validate: a landed delivery becomes chunks of accepted states and rejections, on a thread of its own.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Read};

use tokio::sync::mpsc::Sender;

use crate::failure::RunError;
use crate::landing::LandedDelivery;
use crate::night::pull::of_delivery;
use crate::pipeline::{Contract, ResultPath};
use crate::platform::cipher::Cipher;
use crate::platform::{Envelope, EnvelopeReader, Plaintext};
use crate::reservation::{BrokenRule, IncomingState, Problem, ProblemCounts, Rejection, UnknownFields};
use crate::transform::PersonKey;
use crate::validate::{Outcome, refuse_too_large, validate};

/// Records per chunk: enough that a night's look-ups cost a handful of round trips, few enough that a delivery of a million
/// takes the memory of one of ten thousand (measured: 31 MB and 30 MB; with 5,000 it was 43 MB and 31 MB, and no faster).
const CHUNK_RECORDS: usize = 2_000;

/// Bytes of records per chunk, for deliveries with long ones.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Chunks between this thread and the loader: one being made, one waiting, one being loaded.
pub(crate) const CHUNKS_IN_FLIGHT: usize = 1;

/// Some records of a delivery, in its order.
#[derive(Default)]
pub(crate) struct Chunk {
    pub accepted: Vec<IncomingState>,
    /// Each with its place in the delivery, counted from 1.
    pub rejections: Vec<(u64, Rejection)>,
    /// Reservations whose last state in the chunk was refused.
    pub refused_last: HashSet<String>,
    pub warned: u64,
    pub problems: ProblemCounts,
}

/// A delivery that was read to its end.
pub(crate) struct Decoded {
    pub envelope: Envelope,
    /// Bytes of the decrypted body.
    pub bytes: u64,
    pub unknown_fields: UnknownFields,
}

/// Counts what is read through it.
struct Counted<R> {
    source: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.bytes += length as u64;
        Ok(length)
    }
}

/// Reads the whole delivery and sends it on in chunks.
///
/// Ends early, without an error, when the receiver is gone: the loader then has the error that matters.
pub(crate) fn decode(
    landed: &LandedDelivery,
    cipher: Cipher,
    result_path: &ResultPath,
    contract: &Contract,
    person_key: &PersonKey,
    chunks: &Sender<Chunk>,
) -> Result<Decoded, RunError> {
    let mut body = Counted { source: landed.open()?, bytes: 0 };
    let mut reader = EnvelopeReader::new(Plaintext::new(&mut body, cipher), result_path);
    let mut chunk = Chunk::default();
    let mut unknown_fields = UnknownFields::default();
    let mut records_in_chunk = 0;
    let mut bytes_in_chunk = 0;
    let mut position = 0;
    while let Some(record) = reader.next_record().map_err(of_delivery)? {
        position += 1;
        records_in_chunk += 1;
        bytes_in_chunk += record.bytes.len();
        let outcome = match record.omitted_bytes {
            0 => validate(record.bytes, contract),
            omitted => Outcome::Rejected(refuse_too_large(record.bytes, omitted, record.end, contract)),
        };
        chunk.take(position, outcome, contract, person_key, &mut unknown_fields);
        if records_in_chunk >= CHUNK_RECORDS || bytes_in_chunk >= CHUNK_BYTES {
            if chunks.blocking_send(std::mem::take(&mut chunk)).is_err() {
                break;
            }
            (records_in_chunk, bytes_in_chunk) = (0, 0);
        }
    }
    if records_in_chunk > 0 {
        let _ = chunks.blocking_send(chunk);
    }
    let envelope = reader.finish();
    // It was judged when it came; what the pipeline says may have changed since.
    envelope.judge_result(result_path).map_err(|error| of_delivery(error.into()))?;
    Ok(Decoded { envelope, bytes: body.bytes, unknown_fields })
}

impl Chunk {
    /// `position`: the record's place in its delivery. `contract`: the one that it was judged by.
    pub(crate) fn take(
        &mut self,
        position: u64,
        outcome: Outcome,
        contract: &Contract,
        person_key: &PersonKey,
        unknown_fields: &mut UnknownFields,
    ) {
        match outcome {
            Outcome::Accepted { reservation, warnings } => {
                if !warnings.is_empty() {
                    self.warned += 1;
                }
                self.count(&warnings);
                if !self.refused_last.is_empty() {
                    self.refused_last.remove(reservation.serial_number.as_str());
                }
                if let Some(extra) = &reservation.extra {
                    extra.keys().for_each(|name| unknown_fields.note(name));
                }
                self.accepted.push(IncomingState::new(reservation, person_key, &contract.ignore));
            }
            Outcome::Rejected(rejection) => {
                self.count(&rejection.problems);
                self.refused_last.extend(rejection.serial_number.clone());
                self.rejections.push((position, rejection));
            }
        }
    }

    fn count(&mut self, problems: &[Problem]) {
        let broken = |problem: &Problem| BrokenRule {
            field: problem.field.unwrap_or(""),
            rule: problem.rule,
            severity: problem.severity,
        };
        for broken in problems.iter().map(broken).collect::<BTreeSet<_>>() {
            *self.problems.entry(broken).or_default() += 1;
        }
    }
}
