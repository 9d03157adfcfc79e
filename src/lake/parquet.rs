//! Rows as an object of the lake: encoded on a thread of their own while the bytes go out, neither ever whole in memory.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use parquet::errors::ParquetError;
use tokio::sync::mpsc;

use super::{LakeError, LakeFile, LakeStore, POINTER_FORMAT};
use crate::files::ParquetRows;
use crate::rows::{RowColumn, Rows};

/// Bytes that go out together: the encoder writes many small pieces.
const PIECE_BYTES: usize = 256 * 1024;

/// Pieces between the encoder and the store.
const PIECES_IN_FLIGHT: usize = 4;

impl LakeStore {
    /// Puts the rows that come, until they end, into as many files as they need; no rows, no file. `path`: of the next one; `put`: told of
    /// each that is there.
    pub async fn put_files<E: From<LakeError>>(
        &self,
        columns: &[RowColumn],
        rows_max: u64,
        mut rows: mpsc::Receiver<Rows>,
        mut path: impl FnMut() -> String,
        mut put: impl FnMut(LakeFile) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(first) = rows.recv().await {
            let (sender, receiver) = mpsc::channel(1);
            let feed = async {
                let mut next = Some(first);
                let mut fed = 0;
                while let Some(batch) = next {
                    fed += batch.len() as u64;
                    // Nobody takes them any more: the store has the error that matters.
                    if sender.send(batch).await.is_err() || fed >= rows_max {
                        break;
                    }
                    next = rows.recv().await;
                }
                drop(sender);
            };
            let ((), file) = tokio::join!(feed, self.put_rows(path(), columns.to_vec(), receiver));
            put(file?)?;
        }
        Ok(())
    }

    /// Puts the rows that come, until they end, as the Parquet file `path`. Whoever finds out that they were not all of it deletes it,
    /// or lets nothing name it.
    pub async fn put_rows(
        &self,
        path: String,
        columns: Vec<RowColumn>,
        mut rows: mpsc::Receiver<Rows>,
    ) -> Result<LakeFile, LakeError> {
        let (pieces, receiver) = mpsc::channel(PIECES_IN_FLIGHT);
        let metadata = [
            ("format", POINTER_FORMAT.to_string()),
            ("warehouse_id", self.warehouse().whole()),
            ("tijian_version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let encode = move || {
            let mut file = ParquetRows::create(Pieces::into(pieces), &columns, &metadata)?;
            while let Some(rows) = rows.blocking_recv() {
                file.write(&rows)?;
            }
            file.finish()?.send()?;
            Ok::<u64, ParquetError>(file.rows())
        };
        let (encoded, put) = tokio::join!(tokio::task::spawn_blocking(encode), self.put_stream(&path, receiver));
        // First: an encoder whose bytes nobody takes only says so.
        let bytes = put?;
        match encoded.unwrap_or_else(|error| Err(ParquetError::External(error.into()))) {
            Ok(rows) => Ok(LakeFile { path, rows, bytes }),
            Err(source) => {
                // Half a file. Nothing names it, and if it cannot be deleted now, a later publication does it.
                let _ = self.delete(&path).await;
                Err(LakeError::Parquet { place: self.address(&path), source })
            }
        }
    }
}

/// Takes bytes, and sends them on in larger pieces.
struct Pieces {
    sender: mpsc::Sender<Bytes>,
    collected: BytesMut,
}

impl Pieces {
    fn into(sender: mpsc::Sender<Bytes>) -> Pieces {
        Pieces { sender, collected: BytesMut::with_capacity(PIECE_BYTES) }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.collected.is_empty() {
            return Ok(());
        }
        let piece = self.collected.split().freeze();
        self.sender.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.collected.extend_from_slice(buffer);
        if self.collected.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(buffer.len())
    }

    /// The encoder flushes often; the last piece is sent by who knows that it is the last.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
