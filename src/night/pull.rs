//! Pull: the platform's answer onto disk, whole, and its envelope read while it arrives.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::{Buf, Bytes};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::now;
use crate::failure::RunError;
use crate::landing::{LandedDelivery, Landing, LandingError};
use crate::night::stage;
use crate::pipeline::ResultPath;
use crate::platform::cipher::Cipher;
use crate::platform::{
    Endpoint, Envelope, EnvelopeReader, Plaintext, Platform, PlatformError, ReadError, ResultKind, Token,
};

/// Pieces of a body between the network and the envelope's reader. The network hands out at most some hundred kilobytes
/// at a time, so this is some megabytes.
const PIECES_IN_FLIGHT: usize = 16;

/// How much is kept of an answer after the place where it became unreadable: more than a person looks at.
const UNREADABLE_BYTES_MAX: usize = 1024 * 1024;

/// The largest answer that is kept where it cannot be read: each night and each attempt may bring another. It is what a
/// hospital's month is, not what fills a disk.
const UNREADABLE_KEPT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A landed delivery that the platform meant as one.
pub(super) struct Pulled {
    /// Before the platform was asked: what it has changed since is not in the answer.
    pub asked_at: Instant,
    pub landed: LandedDelivery,
    /// Bytes of the body as received.
    pub bytes: u64,
    pub received_at: DateTime<Utc>,
    pub envelope: Envelope,
}

/// Pulls until an answer is there that is whole, readable and no refusal, within the pipeline's attempts.
///
/// Safe to repeat: the platform forgets nothing before it is acknowledged. `calls` counts the run's calls, which name files.
pub(super) async fn pull(
    platform: &Platform,
    landing: &Landing,
    run_id: i64,
    calls: &AtomicU32,
) -> Result<Pulled, RunError> {
    platform
        .repeat(
            async || {
                platform
                    .authorized(
                        async |token| {
                            let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
                            pull_once(platform, landing, &token, &format!("{run_id}-{call}")).await
                        },
                        |error: &RunError| match error {
                            RunError::Platform(error) => error.refusal_code(),
                            _ => None,
                        },
                    )
                    .await
            },
            |error| match error {
                RunError::Platform(error) => error.wait_before_repeating(),
                _ => None,
            },
        )
        .await
}

async fn pull_once(
    platform: &Platform,
    landing: &Landing,
    token: &Token,
    discriminator: &str,
) -> Result<Pulled, RunError> {
    let asked_at = Instant::now();
    let mut body = platform.open_order(token).await?;
    let received_at = now();
    let mut partial = landing.begin(received_at, discriminator).await?;
    let (sender, pieces) = mpsc::channel(PIECES_IN_FLIGHT);
    let (cipher, path) = (platform.cipher().clone(), platform.result_path().clone());
    let arriving = Arriving { pieces, piece: Bytes::new() };
    let reader = tokio::task::spawn_blocking(move || read_envelope(arriving, cipher, &path));
    let mut unreadable_bytes = 0;
    while let Some(piece) = body.chunk().await? {
        partial.write(&piece).await?;
        let length = piece.len();
        // A reader that is gone has found the answer unreadable; it lands all the same, to be looked into, but no more
        // of it than is of use for that: a few kilobytes on the wire can stand for a disk full of nothing.
        if sender.send(piece).await.is_err() {
            unreadable_bytes += length;
            if unreadable_bytes > UNREADABLE_BYTES_MAX {
                break;
            }
        }
    }
    drop(sender);
    let bytes = partial.bytes();
    let landed = partial.finish().await?;
    let read = reader.await.map_err(RunError::Worker)?;
    if read.is_err() && bytes > UNREADABLE_KEPT_BYTES_MAX {
        tracing::warn!(bytes, "the answer cannot be read, and is too large to keep");
        landing.remove(&landed)?;
    }
    let (envelope, is_encrypted) = read?;
    if let Err(error) = platform.judge_order(&envelope, is_encrypted, body.retry_after()) {
        // A refusal holds no reservation; anything else is kept, to be looked into, unless it would fill the disk: a wrapper
        // that is not opened can be of any size, and comes again every night.
        let is_refusal = matches!(error, PlatformError::Refused { .. });
        if envelope.records == 0 && (is_refusal || bytes > UNREADABLE_KEPT_BYTES_MAX) {
            landing.remove(&landed)?;
        }
        return Err(error.into());
    }
    if matches!(envelope.result, ResultKind::Missing | ResultKind::Nothing) {
        tracing::warn!("the platform sent no array of reservations: treated as an empty delivery");
    }
    stage::record("bytes", bytes);
    tracing::info!(bytes, records = envelope.records, file = landed.name(), "delivery landed");
    Ok(Pulled { asked_at, landed, bytes, received_at, envelope })
}

/// Reads a delivery to its end without looking at its records: it is whole, and what the platform says of it is known
/// before the database hears of it.
fn read_envelope(body: impl Read, cipher: Cipher, path: &ResultPath) -> Result<(Envelope, bool), RunError> {
    let mut reader = EnvelopeReader::new(Plaintext::new(body, cipher), path);
    while reader.next_record().map_err(of_delivery)?.is_some() {}
    let is_encrypted = reader.is_encrypted();
    Ok((reader.finish(), is_encrypted))
}

/// A body that is still arriving, read on a thread of its own. It ends where the pieces end, also where they broke off:
/// that the transfer failed is then known, and what was read of it counts for nothing.
struct Arriving {
    pieces: mpsc::Receiver<Bytes>,
    /// The rest of the newest piece.
    piece: Bytes,
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// A delivery that cannot be read: the answer's fault, the seal's, or the disk's.
pub(super) fn of_delivery(error: ReadError) -> RunError {
    match error {
        ReadError::Answer(source) => PlatformError::Answer { endpoint: Endpoint::Order, source }.into(),
        ReadError::Io(source) => match source.downcast::<LandingError>() {
            Ok(error) => error.into(),
            Err(source) => PlatformError::Landed(source).into(),
        },
    }
}
