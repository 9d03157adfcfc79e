//! Publishing: what the accounts' deliveries have opened goes into their lake, in an order in which no reader ever sees half of it.
//!
//! Claimed in the ledger → files written → pointer moved → what it replaces removed → recorded. Stopped anywhere, the next one goes on:
//! the pointer says whether it was moved.

mod cleaning;
mod content_ids;
pub(super) mod decoded;
mod lakes;
mod publisher;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;
use uuid::Uuid;

use self::content_ids::with_content_ids;
pub use self::lakes::{LakeTarget, lakes};
use self::publisher::{DELIVERIES, Publisher, STATES, is_withdrawing};
pub use self::publisher::{FILE_ROWS, OnPublish, PublishContext, PublishStep};
use crate::clock::now;
use crate::failure::RunError;
use crate::lake::{FoundPointer, LakeError, LakeFile, LakeStore, Pointer, ReplacedFile};
use crate::pipeline::LakeUrl;
use crate::transform::{ContentKey, PersonKey};
use crate::warehouse::{ClaimedPublication, DatasetRows, LakeClaim, LakeSession};

/// A minute: one night's publication takes seconds.
const LOCK_TRIES: u32 = 120;
const LOCK_PAUSE: Duration = Duration::from_millis(500);

/// What was published, of one lake.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PublishReport {
    pub lake: LakeUrl,
    /// The publication that the pointer is at; 0: none.
    pub number: u64,
    /// Now, all together.
    pub publications: u64,
    pub deliveries: u64,
    pub states: u64,
}

impl PublishReport {
    fn add(&mut self, claimed: &[ClaimedPublication], found: Option<&FoundPointer>) {
        let Some(FoundPointer { pointer, .. }) = found else { return };
        let is_claimed = |file: &&LakeFile| claimed.iter().any(|of| file.publication() == Some(of.number));
        let rows = |files: &[LakeFile]| files.iter().filter(is_claimed).map(|file| file.rows).sum::<u64>();
        self.publications += claimed.len() as u64;
        self.states += rows(&pointer.states);
        self.deliveries += rows(&pointer.deliveries);
    }
}

/// Publishes what a lake lacks of its accounts, and what is no longer true in it.
pub async fn publish(lake: &LakeTarget, context: &PublishContext<'_>) -> Result<PublishReport, RunError> {
    let store = LakeStore::open(&lake.url, context.warehouse.identity().await?, context.settings)?;
    let session = lock(lake, context).await?;
    let content_key = Arc::new(ContentKey::derive(context.site_key.expose()));
    let mut publisher = Publisher { lake, context, store, session, content_key, written: Mutex::default() };
    let outcome = publisher.publish().await;
    publisher.session.release().await;
    outcome
}

/// Waits for another writer: what it publishes may lack what the caller has just loaded.
async fn lock(lake: &LakeTarget, context: &PublishContext<'_>) -> Result<LakeSession, RunError> {
    let url = lake.url.to_string();
    for _ in 0..LOCK_TRIES {
        if let Some(session) = context.warehouse.lock_lake(&url).await? {
            return Ok(session);
        }
        (context.on_step)(None)?;
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Err(LakeError::Busy { lake: lake.url.clone() }.into())
}

impl Publisher<'_> {
    async fn publish(&mut self) -> Result<PublishReport, RunError> {
        // Or the same person and the same content would have other names than before. The lock keeps a new key away.
        let key_id = PersonKey::derive(self.context.site_key.expose()).key_id();
        self.context.warehouse.compare_site_key(&key_id).await?;
        let (lake, number) = (self.lake.url.clone(), 0);
        let mut report = PublishReport { lake, number, publications: 0, deliveries: 0, states: 0 };
        let mut is_complete = self.context.is_complete;
        let mut found = match is_complete {
            true => self.store.read_pointer_to_replace().await?,
            false => self.store.read_pointer().await?,
        };
        loop {
            let (position, ids) = self.session.position().await?;
            report.number = found.as_ref().map_or(0, |found| found.pointer.number);
            let found_id = found.as_ref().map_or("", |found| found.pointer.publication_id.as_str());
            if position.claimed > 0 && report.number == position.claimed && found_id == ids.claimed {
                // Somebody was stopped after the pointer had moved.
                let claimed = self.session.claimed().await?;
                self.clean(&claimed, found.as_ref(), report.number).await?;
                self.session.finish(report.number).await?;
                continue;
            }
            let decoded = found.as_ref().and_then(|found| found.pointer.decoded.as_ref());
            let knows_decoded = match decoded.filter(|_| position.claimed == 0) {
                Some(decoded) => {
                    self.context.warehouse.has_decoding(&self.lake.url.to_string(), &decoded.decoding_id).await?
                }
                None => true,
            };
            let is_ours = report.number == position.published && found_id == ids.published && knows_decoded;
            if !is_ours && !is_complete {
                let (lake, found, known) = (self.lake.url.clone(), report.number, position.published);
                return Err(LakeError::OtherPosition { lake, found, known }.into());
            }
            let claim_id = Uuid::new_v4().to_string();
            let claim = LakeClaim {
                claim_id: &claim_id,
                next_number: report.number.max(position.published).max(position.claimed) + 1,
                accounts: &self.lake.accounts,
                is_complete,
                versions_max: self.context.file_rows,
            };
            let claimed = self.session.claim(claim).await?;
            let Some(last) = claimed.last() else {
                match &found {
                    Some(found) if !self.publish_decoded(found).await? => continue,
                    _ => return Ok(report),
                }
            };
            self.tell(PublishStep::Claimed)?;
            // Where nobody knows what the pointer named, readers may still be at it.
            if report.number > 0 {
                self.remove_leftovers(report.number).await?;
            }
            let written = self.write(&claimed, found.as_ref(), is_complete).await;
            let Ok(Some(pointer)) = written else {
                self.remove_written().await;
                written?;
                continue;
            };
            let pointer = Pointer { publication_id: claim_id, ..pointer };
            let keeps_built = !is_complete && !is_withdrawing(&claimed);
            found = Some(self.move_pointer(pointer, found.as_ref(), keeps_built).await?);
            self.keep_written();
            self.tell(PublishStep::PointerMoved)?;
            self.clean(&claimed, found.as_ref(), report.number).await?;
            self.tell(PublishStep::Cleaned)?;
            self.session.finish(last.number).await?;
            report.add(&claimed, found.as_ref());
            tracing::info!(lake = %self.lake.url, number = last.number, "published");
            self.tell(PublishStep::PublicationRecorded)?;
            is_complete = false;
        }
    }

    /// Writes the files of what is claimed: the pointer to them, and to what stays. `None`: some of it has changed meanwhile, and is to be
    /// claimed again, or readers would see a person before and after.
    async fn write(
        &self,
        claimed: &[ClaimedPublication],
        found: Option<&FoundPointer>,
        is_complete: bool,
    ) -> Result<Option<Pointer>, RunError> {
        let mut pointer = found.map_or_else(|| Pointer::empty(self.store.warehouse()), |found| found.pointer.clone());
        let kept: HashSet<u64> = self.session.published().await?.into_iter().collect();
        let is_kept = |file: &LakeFile| file.publication().is_some_and(|publication| kept.contains(&publication));
        let (since, oldest) = (now(), self.oldest());
        pointer.replaced.retain(|replaced| replaced.since >= oldest);
        let dropped = pointer.states.iter().chain(&pointer.deliveries).filter(|file| !is_kept(file));
        let dropped: Vec<_> = dropped.map(|file| ReplacedFile { path: file.path.clone(), since }).collect();
        pointer.replaced.extend(dropped);
        pointer.states.retain(is_kept);
        pointer.deliveries.retain(is_kept);
        if is_complete || is_withdrawing(claimed) {
            // What was built shows what is withdrawn, or comes from a history that this one does not continue.
            pointer.built = None;
            pointer.decoded = None;
            pointer.replaced.clear();
        }
        for ClaimedPublication { number, .. } in claimed {
            let states = self.session.states(*number).await?;
            let states = self.put(STATES, *number, with_content_ids(states, self.content_key.clone())).await?;
            let deliveries = self.put(DELIVERIES, *number, self.session.deliveries(*number).await?).await?;
            pointer.states.extend(states);
            pointer.deliveries.extend(deliveries);
        }
        pointer.number = claimed.iter().map(|publication| publication.number).max().unwrap_or(pointer.number);
        self.session.check_lock().await?;
        Ok((!self.session.has_stale().await?).then_some(pointer))
    }

    /// Puts rows into as many files as they need; no rows, no file.
    async fn put(&self, folder: &str, number: u64, rows: DatasetRows) -> Result<Vec<LakeFile>, RunError> {
        let DatasetRows { columns, mut batches } = rows;
        let (sender, receiver) = mpsc::channel(1);
        let feed = async {
            while let Some(batch) = batches.next().await {
                // Nobody takes them any more: the store has the error that matters.
                if sender.send(batch?).await.is_err() {
                    break;
                }
            }
            drop(sender);
            Ok::<(), RunError>(())
        };
        let mut files = Vec::new();
        let path = || {
            let path = LakeFile::path_of(folder, number, Uuid::new_v4().as_u64_pair().0);
            self.written.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
            path
        };
        let put = |file| {
            files.push(file);
            self.tell(PublishStep::LakeFileWritten).map_err(RunError::from)
        };
        let put = self.store.put_files(&columns, self.context.file_rows, receiver, path, put);
        let (fed, put) = tokio::join!(feed, put);
        // A file that ended too early is named by nothing.
        put?;
        fed?;
        Ok(files)
    }
}
