//! The body of an order's answer on its way in: as long as it comes, however large it is, but not at a crawl without end.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::platform::error::{Endpoint, PlatformError};
use crate::platform::http::{Peer, retry_after};

/// How many of the pipeline's time-outs an answer may take: all of a small one; of a delivery, each [`BYTES_MIN`].
pub(super) const TIMEOUTS: u32 = 4;

/// With the default time-out of a minute, 273 bytes a second: a delivery of ten thousand would take eight hours.
const BYTES_MIN: usize = 64 * 1024;

/// An answer that is arriving.
pub struct OrderBody {
    response: reqwest::Response,
    peer: Peer,
    patience: Duration,
    /// When the count in `bytes` began.
    since: Instant,
    bytes: usize,
}

impl OrderBody {
    pub(super) fn new(response: reqwest::Response, timeout: Duration, peer: Peer) -> OrderBody {
        OrderBody { response, peer, patience: timeout * TIMEOUTS, since: Instant::now(), bytes: 0 }
    }

    /// How long the answer's head asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.response.headers())
    }

    /// The next piece; `None` at the end of a complete transfer.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, PlatformError> {
        let endpoint = Endpoint::Order;
        let piece = self.response.chunk().await.map_err(PlatformError::transport(endpoint, &self.peer))?;
        self.bytes += piece.as_ref().map_or(0, Bytes::len);
        if self.bytes >= BYTES_MIN {
            (self.since, self.bytes) = (Instant::now(), 0);
        } else if piece.is_some() && self.since.elapsed() > self.patience {
            return Err(PlatformError::Crawl { endpoint, peer: self.peer.clone() });
        }
        Ok(piece)
    }
}
