//! How an answer's bytes are sent: whole, or slowly, cut off, compressed, endlessly, depending on the fault.

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::watch;

use super::fault::Fault;

/// A slow answer's first bytes come in this many pieces, of this many bytes: enough to trickle the shortest answer.
const SLOW_PIECES: usize = 32;
const SLOW_PIECE_BYTES: usize = 16;

/// A cut answer is half of at most this much: the whole is not made only to be thrown away.
const CUT_BYTES_MAX: usize = 1 << 20;

/// The size of an unpacked gzip bomb: more than any small answer, and more than is kept of an answer that cannot be read.
const BOMB_BYTES: usize = 4 << 20;
const BOMB_PIECE_BYTES: usize = 1 << 20;

pub type BodyBytes = Box<dyn Iterator<Item = Bytes> + Send>;

/// Puts the body on the wire, whole or as the fault has it.
pub fn transport(
    mut body: BodyBytes,
    fault: Option<Fault>,
    slow_pause: Duration,
    stopping: watch::Receiver<bool>,
) -> Response {
    match fault {
        Some(Fault::Truncated) => cut(body).into_response(),
        Some(Fault::Disconnect) => {
            let half = cut(body);
            let promised = half.len() * 2;
            ([(header::CONTENT_LENGTH, promised)], Body::from_stream(broken_off(half))).into_response()
        }
        Some(Fault::CutChunks) => Body::from_stream(broken_off(cut(body))).into_response(),
        Some(Fault::Drip) => Body::from_stream(drip(cut(body), slow_pause, stopping)).into_response(),
        Some(Fault::Gzip) => compressed(compress(&whole(body))).into_response(),
        Some(Fault::FalseGzip) => compressed(whole(body)).into_response(),
        Some(Fault::GzipBomb) => compressed(bomb()).into_response(),
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

/// These bytes, then the end of the connection.
fn broken_off(half: Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let pieces = stream::iter([Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionAborted))]);
    // The pause lets the first half go out before the error ends the connection.
    pieces.enumerate().then(|(number, piece)| async move {
        if number > 0 {
            tokio::task::yield_now().await;
        }
        piece
    })
}

/// These bytes, then a line break now and then, which Base64 does not mind, until the simulator stops.
fn drip(
    half: Bytes,
    pause: Duration,
    stopping: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let drops = stream::unfold(stopping, move |stopping| async move {
        tokio::time::sleep(pause).await;
        // A sender that is gone is the end as well.
        let has_ended = *stopping.borrow() || stopping.has_changed().is_err();
        (!has_ended).then_some((Ok(Bytes::from_static(b"\n")), stopping))
    });
    stream::iter([Ok(half)]).chain(drops)
}

fn whole(body: BodyBytes) -> Bytes {
    body.flatten().collect()
}

fn compressed(bytes: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_ENCODING, "gzip")], bytes)
}

fn compress(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // A vector takes everything.
    let _ = encoder.write_all(bytes);
    Bytes::from(encoder.finish().unwrap_or_default())
}

/// Little that becomes [`BOMB_BYTES`] of letters which Base64 allows; then it breaks off.
fn bomb() -> Bytes {
    static BOMB: LazyLock<Bytes> = LazyLock::new(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let letters = vec![b'A'; BOMB_PIECE_BYTES];
        let mut next_piece = || {
            // A vector takes everything.
            let _ = encoder.write_all(&letters).and_then(|()| encoder.flush());
            std::mem::take(encoder.get_mut())
        };
        let first = next_piece();
        // Every piece after the first one is like the second: compressing them all would take seconds.
        let others = next_piece().repeat(BOMB_BYTES / BOMB_PIECE_BYTES - 1);
        Bytes::from([first, others].concat())
    });
    BOMB.clone()
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
fn trickle(body: BodyBytes, pause: Duration) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
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
