//! The objects of one warehouse in a lake: `<url>/<warehouse_id>/…`, in a folder or an S3 bucket.
//!
//! Objects are complete or absent under their names. Only `pointer.json` changes, and only from what its writer has read: S3 takes it
//! on the condition of its ETag; in a folder, whoever moves it holds the lock of a file beside it and compares first.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, RetryConfig, UpdateVersion};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::fault::{StoreFault, file_error};
use super::{LakeError, Pointer};
use crate::pipeline::LakeUrl;
use crate::plain_files::open_plain;
use crate::settings::Settings;
use crate::warehouse_id::WarehouseId;

const POINTER: &str = "pointer.json";

/// Beside the pointer of a lake in a folder: locked by whoever moves it.
const LOCK: &str = "pointer.lock";
/// How the name of an unfinished pointer begins: see [`remove_staged`].
const HALF_POINTER: &[u8] = b"pointer.json#";

/// Bytes of a part of a large object, which S3 wants to have five MiB at least. Smaller objects are put in one request.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// Parts on their way at the same time: one is sent while the next one fills.
const PARTS_AT_ONCE: usize = 1;

/// Time for one request: a part of a large object over a slow line. The client's own half a minute is for small ones.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(120);

/// Tries of a request to a bucket, with growing pauses, some twenty seconds in all: a night is not to wait longer for a store
/// that is down, and the next one publishes what this one could not.
const RETRIES: usize = 8;

/// The lake of a warehouse.
#[derive(Clone)]
pub struct LakeStore {
    url: LakeUrl,
    warehouse: WarehouseId,
    store: Arc<dyn ObjectStore>,
    /// `<prefix>/<warehouse_id>`; for a folder, `<warehouse_id>` below it.
    root: Path,
}

/// Which state of the pointer somebody has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerTag {
    e_tag: Option<String>,
    version: Option<String>,
}

/// The pointer as it was read, to be moved on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPointer {
    pub pointer: Pointer,
    pub tag: PointerTag,
}

/// An object as the store lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Below the warehouse's place in the lake, as in the pointer.
    pub path: String,
    pub bytes: u64,
    pub modified_at: DateTime<Utc>,
}

/// Shows nothing of the client, which would show its credentials.
impl fmt::Debug for LakeStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("LakeStore").field(&self.address("")).finish()
    }
}

impl LakeStore {
    /// Connects to nothing yet. A folder is made with the first object.
    pub fn open(url: &LakeUrl, warehouse: WarehouseId, settings: &Settings) -> Result<LakeStore, LakeError> {
        let id = warehouse.whole();
        let (store, root): (Arc<dyn ObjectStore>, Path) = match url {
            // Rooted at `/`, so that opening makes no folder.
            LakeUrl::Folder(folder) => {
                let root = Path::from_absolute_path(folder.join(&id)).map_err(|error| LakeError::File {
                    operation: "read",
                    place: url.to_string(),
                    source: io::Error::other(error),
                })?;
                (Arc::new(LocalFileSystem::new().with_fsync(true)), root)
            }
            LakeUrl::Bucket { bucket, prefix } => {
                let variables = settings.aws_variables().filter_map(|(name, value)| {
                    let key: AmazonS3ConfigKey = name.to_ascii_lowercase().parse().ok()?;
                    Some((key, value))
                });
                // The variables have the last word.
                let patient =
                    AmazonS3Builder::new().with_client_options(ClientOptions::new().with_timeout(REQUEST_TIME_MAX));
                let builder = variables.fold(patient, |builder, (key, value)| builder.with_config(key, value));
                let retry = RetryConfig { max_retries: RETRIES, ..RetryConfig::default() };
                // Its error may repeat a variable's value.
                let store = builder.with_bucket_name(bucket).with_retry(retry).build();
                let store = store.map_err(|_| LakeError::Variables { lake: url.clone() })?;
                (
                    Arc::new(store),
                    Path::from_iter(prefix.split('/').chain([id.as_str()]).filter(|part| !part.is_empty())),
                )
            }
        };
        Ok(LakeStore { url: url.clone(), warehouse, store, root })
    }

    pub fn warehouse(&self) -> WarehouseId {
        self.warehouse
    }

    /// The address of an object or a folder: `file:///…` or `s3://…`. `path`: as in the pointer.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.url, self.warehouse.whole())
    }

    /// The pointer; `None` where nothing was ever published.
    pub async fn read_pointer(&self) -> Result<Option<FoundPointer>, LakeError> {
        let Some((tag, pointer)) = self.find_pointer().await? else { return Ok(None) };
        Ok(Some(FoundPointer { pointer: pointer?, tag }))
    }

    /// Like [`LakeStore::read_pointer`], for who replaces whatever is there: what is no pointer of this warehouse counts as one that
    /// names nothing. One of another format stays refused: a newer program may own it.
    pub async fn read_pointer_to_replace(&self) -> Result<Option<FoundPointer>, LakeError> {
        let Some((tag, pointer)) = self.find_pointer().await? else { return Ok(None) };
        let pointer = match pointer {
            Err(LakeError::Unreadable { .. }) => Pointer::empty(self.warehouse),
            pointer => pointer?,
        };
        Ok(Some(FoundPointer { pointer, tag }))
    }

    /// What is in the pointer's place.
    async fn find_pointer(&self) -> Result<Option<(PointerTag, Result<Pointer, LakeError>)>, LakeError> {
        let (place, failed) = (self.address(POINTER), |error| self.failed("read", POINTER, &error));
        let found = match self.store.get(&self.path(POINTER)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let tag = PointerTag { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let pointer = match Pointer::from_json(&found.bytes().await.map_err(failed)?, &place) {
            Ok(pointer) if pointer.warehouse_id != self.warehouse => Err(LakeError::Unreadable { place }),
            pointer => pointer,
        };
        Ok(Some((tag, pointer)))
    }

    /// Moves the pointer from what was read: `None`, where there was none. Fails with [`LakeError::Moved`] if somebody else has moved
    /// it since. After any other error it may be moved, or may not.
    pub async fn move_pointer(&self, pointer: &Pointer, from: Option<&PointerTag>) -> Result<PointerTag, LakeError> {
        let mode = match (from, &self.url) {
            (None, _) => PutMode::Create,
            (Some(from), LakeUrl::Bucket { .. }) => {
                PutMode::Update(UpdateVersion { e_tag: from.e_tag.clone(), version: from.version.clone() })
            }
            (Some(_), LakeUrl::Folder(_)) => PutMode::Overwrite,
        };
        // Until it is moved.
        let _lock = self.lock_pointer().await?;
        if let (Some(from), LakeUrl::Folder(_)) = (from, &self.url) {
            let found = self.store.head(&self.path(POINTER)).await;
            let found = match found {
                Err(object_store::Error::NotFound { .. }) => None,
                found => found.map_err(|error| self.failed("read", POINTER, &error))?.e_tag,
            };
            if found.is_none() || found != from.e_tag {
                return Err(LakeError::Moved { place: self.address(POINTER) });
            }
        }
        let put = self.store.put_opts(&self.path(POINTER), pointer.to_json().into(), PutOptions::from(mode)).await;
        match put {
            Ok(put) => Ok(PointerTag { e_tag: put.e_tag, version: put.version }),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Err(LakeError::Moved { place: self.address(POINTER) })
            }
            Err(error) => Err(self.failed("write", POINTER, &error)),
        }
    }

    /// The bytes of an object; small ones only.
    pub async fn get(&self, path: &str) -> Result<Bytes, LakeError> {
        let failed = |error| self.failed("read", path, &error);
        self.store.get(&self.path(path)).await.map_err(failed)?.bytes().await.map_err(failed)
    }

    /// Some of the bytes of an object.
    pub(super) async fn get_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, LakeError> {
        let found = self.store.get_range(&self.path(path), range).await;
        found.map_err(|error| self.failed("read", path, &error))
    }

    /// An object to be read as a file: in a folder it is one; of a bucket's, a copy in `dir` that is gone with it.
    pub(super) async fn open_copy(&self, path: &str, dir: &std::path::Path) -> Result<File, LakeError> {
        let place = self.address(path);
        let failed = |source| LakeError::File { operation: "read", place, source };
        if let LakeUrl::Folder(root) = &self.url {
            let file = root.join(self.warehouse.whole()).join(path);
            let opened = tokio::task::spawn_blocking(move || open_plain(&file)).await;
            return opened.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(failed);
        }
        let found = self.store.head(&self.path(path)).await;
        let bytes = found.map_err(|error| self.failed("read", path, &error))?.size;
        let mut copy = tempfile::tempfile_in(dir).map(tokio::fs::File::from_std).map_err(self.copying(dir))?;
        // In pieces: a request has its time.
        let mut from = 0;
        while from < bytes {
            let piece = self.get_range(path, from..bytes.min(from + PART_BYTES as u64)).await?;
            copy.write_all(&piece).await.map_err(self.copying(dir))?;
            from += PART_BYTES as u64;
        }
        copy.rewind().await.map_err(self.copying(dir))?;
        Ok(copy.into_std().await)
    }

    /// For `map_err`: no copy could be made in this folder.
    fn copying(&self, dir: &std::path::Path) -> impl FnOnce(io::Error) -> LakeError + use<> {
        let place = dir.display().to_string();
        move |source| LakeError::File { operation: "create a temporary file for", place, source }
    }

    /// Puts a small object.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), LakeError> {
        let put = self.store.put(&self.path(path), bytes.into()).await;
        put.map(drop).map_err(|error| self.failed("write", path, &error))
    }

    /// Puts an object whose bytes come in pieces. It appears when they have ended; who then finds out that they were not all
    /// of it deletes it. The number of its bytes.
    pub async fn put_stream(&self, path: &str, mut pieces: mpsc::Receiver<Bytes>) -> Result<u64, LakeError> {
        let mut writer = BufWriter::with_capacity(self.store.clone(), self.path(path), PART_BYTES)
            .with_max_concurrency(PARTS_AT_ONCE);
        let mut bytes = 0;
        let put = async {
            while let Some(piece) = pieces.recv().await {
                bytes += piece.len() as u64;
                writer.put(piece).await?;
            }
            Ok(())
        };
        let outcome: Result<(), object_store::Error> = put.await;
        let outcome = match outcome {
            // An error of the system around one of the store's.
            Ok(()) => writer.shutdown().await.map_err(|error| match error.downcast::<object_store::Error>() {
                Ok(error) => error,
                Err(error) => object_store::Error::Generic { store: "lake", source: Box::new(error) },
            }),
            Err(error) => {
                // Parts that nobody will complete take room. If this fails, too, the first error is the one to tell.
                let _ = writer.abort().await;
                Err(error)
            }
        };
        outcome.map(|()| bytes).map_err(|error| self.failed("write", path, &error))
    }

    /// Every object below a folder of the warehouse, such as `states`.
    pub async fn list(&self, folder: &str) -> Result<Vec<StoredObject>, LakeError> {
        let (root, skipped) = (self.path(folder), self.root.as_ref().len() + 1);
        let objects = self.store.list(Some(&root)).map_ok(|found| StoredObject {
            path: found.location.as_ref().get(skipped..).unwrap_or_default().to_owned(),
            bytes: found.size,
            modified_at: found.last_modified,
        });
        objects.try_collect().await.map_err(|error| self.failed("list the folder", folder, &error))
    }

    /// Deletes an object; one that is not there is fine.
    pub async fn delete(&self, path: &str) -> Result<(), LakeError> {
        match self.store.delete(&self.path(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", path, &error)),
        }
    }

    /// Removes what a killed writer left half written below a folder. In a bucket nobody can read such parts, and its own rules remove
    /// them. The caller is the only writer.
    pub async fn delete_half_written(&self, folder: &str) -> Result<(), LakeError> {
        let LakeUrl::Folder(root) = &self.url else { return Ok(()) };
        let folder = root.join(self.warehouse.whole()).join(folder);
        let place = folder.display().to_string();
        let removed = tokio::task::spawn_blocking(move || remove_staged(folder)).await;
        removed.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|source| LakeError::File {
            operation: "remove",
            place,
            source,
        })
    }

    fn path(&self, path: &str) -> Path {
        Path::from_iter(self.root.parts().chain(Path::from(path).parts()))
    }

    async fn lock_pointer(&self) -> Result<Option<File>, LakeError> {
        let LakeUrl::Folder(root) = &self.url else { return Ok(None) };
        let folder = root.join(self.warehouse.whole());
        let lock = tokio::task::spawn_blocking(move || lock_file(folder)).await;
        let failed = |source| LakeError::File { operation: "lock", place: self.address(LOCK), source };
        lock.unwrap_or_else(|error| Err(io::Error::other(error))).map(Some).map_err(failed)
    }

    fn failed(&self, operation: &'static str, path: &str, error: &object_store::Error) -> LakeError {
        let place = self.address(path);
        match &self.url {
            LakeUrl::Folder(_) => LakeError::File { operation, place, source: file_error(error) },
            LakeUrl::Bucket { .. } => LakeError::Store { operation, place, source: StoreFault::of(error) },
        }
    }
}

/// Opened for writing: a network file system gives an exclusive lock to writers only.
#[allow(clippy::disallowed_methods, reason = "the file stays empty: it is there to be locked")]
fn lock_file(folder: PathBuf) -> io::Result<File> {
    fs::create_dir_all(&folder)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
    file.lock()?;
    // Somebody who was killed has left half a pointer. Nobody else writes one now.
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(HALF_POINTER) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(file)
}

/// Unfinished objects are named like the finished ones, with `#` and a number behind; the store does not list them.
fn remove_staged(folder: PathBuf) -> io::Result<()> {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().as_encoded_bytes().contains(&b'#') {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
