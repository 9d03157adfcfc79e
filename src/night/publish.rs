//! Publishing: what the accounts' deliveries have opened goes into their lake, in an order in which no reader ever sees half of it.
//!
//! Claimed in the ledger → files written → pointer moved → what it replaces removed → recorded. Stopped anywhere, the next one goes on:
//! the pointer says whether it was moved.

mod content_ids;
pub(super) mod decoded;
mod lakes;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use uuid::Uuid;

use self::content_ids::with_content_ids;
use self::decoded::{DECODED, DecodedFiles, decoded_folder, with_decoded};
pub use self::lakes::{LakeTarget, lakes};
use crate::clock::now;
use crate::failure::{RunError, Stopped};
use crate::lake::{FoundPointer, LakeError, LakeFile, LakeStore, Pointer, ReplacedFile};
use crate::night::step::steps;
use crate::pipeline::LakeUrl;
use crate::settings::{Settings, SiteKey};
use crate::transform::{ContentKey, PersonKey};
use crate::warehouse::{ClaimedPublication, DatasetRows, LakeClaim, LakeSession, OpenDecoding, Warehouse};

/// Versions in one file, and about as many in one publication: some hundred megabytes, which an engine reads as one task, and which
/// are written again when one of them has to go.
pub const FILE_ROWS: u64 = 2_000_000;

/// A minute: one night's publication takes seconds.
const LOCK_TRIES: u32 = 120;
const LOCK_PAUSE: Duration = Duration::from_millis(500);

/// How often we try again to move the pointer where a rebuild has moved it in between.
const MOVES_MAX: usize = 10;

const STATES: &str = "states";
const DELIVERIES: &str = "deliveries";
const BUILT: &str = "built";

steps! {
    /// What has just been done.
    pub enum PublishStep {
        /// The ledger knows what is going to be published.
        Claimed = "claimed",
        /// A file is in the lake; nothing names it.
        LakeFileWritten = "lake_file_written",
        /// The pointer names the new files.
        PointerMoved = "pointer_moved",
        /// What it replaces is gone, if nobody is to read it any more.
        Cleaned = "cleaned",
        /// The ledger knows, too.
        PublicationRecorded = "publication_recorded",
    }
}

/// Called after every step, and with `None` while another writer is waited for.
pub type OnPublish<'a> = dyn Fn(Option<PublishStep>) -> Result<(), Stopped> + Send + Sync + 'a;

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

/// What publishing needs besides its lake.
pub struct PublishContext<'a> {
    pub warehouse: &'a Warehouse,
    pub settings: &'a Settings,
    pub site_key: &'a SiteKey,
    /// Everything once more, in the place of whatever the lake holds.
    pub is_complete: bool,
    /// Versions in one file: [`FILE_ROWS`], but for tests.
    pub file_rows: u64,
    pub on_step: &'a OnPublish<'a>,
}

impl<'a> PublishContext<'a> {
    /// Publishes what is owed.
    pub fn new(
        warehouse: &'a Warehouse,
        settings: &'a Settings,
        site_key: &'a SiteKey,
        on_step: &'a OnPublish<'a>,
    ) -> PublishContext<'a> {
        PublishContext { warehouse, settings, site_key, is_complete: false, file_rows: FILE_ROWS, on_step }
    }
}

/// Publishes what a lake lacks of its accounts, and what is no longer true in it.
pub async fn publish(lake: &LakeTarget, context: &PublishContext<'_>) -> Result<PublishReport, RunError> {
    let store = LakeStore::open(&lake.url, context.warehouse.identity().await?, context.settings)?;
    let session = lock(lake, context).await?;
    let content_key = Arc::new(ContentKey::derive(context.site_key.expose()));
    let mut publisher = Publisher { lake, context, store, session, content_key };
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

/// The one writer of a lake.
struct Publisher<'a> {
    lake: &'a LakeTarget,
    context: &'a PublishContext<'a>,
    store: LakeStore,
    session: LakeSession,
    content_key: Arc<ContentKey>,
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
                self.clean(&claimed, found.as_ref()).await?;
                self.session.finish(report.number).await?;
                continue;
            }
            let decoded = found.as_ref().and_then(|found| found.pointer.decoded.as_ref());
            let decoding_id = decoded.map(|decoded| decoded.decoding_id.as_str());
            let knows_decoded = position.claimed > 0 || self.session.has_decoding(decoding_id).await?;
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
                self.publish_decoded(found).await?;
                return Ok(report);
            };
            self.tell(PublishStep::Claimed)?;
            // Where nobody knows what the pointer named, readers may still be at it.
            if report.number > 0 {
                self.remove_leftovers(report.number).await?;
            }
            let Some(pointer) = self.write(&claimed, found.as_ref(), is_complete).await? else { continue };
            let pointer = Pointer { publication_id: claim_id, ..pointer };
            let keeps_built = !is_complete && !is_withdrawing(&claimed);
            found = Some(self.move_pointer(pointer, found.as_ref(), keeps_built).await?);
            self.tell(PublishStep::PointerMoved)?;
            self.clean(&claimed, found.as_ref()).await?;
            self.tell(PublishStep::Cleaned)?;
            self.session.finish(last.number).await?;
            report.add(&claimed, found.as_ref());
            tracing::info!(lake = %self.lake.url, number = last.number, "published");
            self.tell(PublishStep::PublicationRecorded)?;
            is_complete = false;
        }
    }

    fn tell(&self, step: PublishStep) -> Result<(), Stopped> {
        (self.context.on_step)(Some(step))
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

    /// Moves the pointer to what was decoded, when all accounts of it are there.
    async fn publish_decoded(&self, found: Option<FoundPointer>) -> Result<(), RunError> {
        let open = self.session.open_decoding::<DecodedFiles>().await?.filter(|open| open.decoded == open.accounts);
        let Some((OpenDecoding { decoding_id, files, .. }, found)) = open.zip(found) else { return Ok(()) };
        self.session.check_lock().await?;
        if self.session.has_stale().await? {
            // The next publication withdraws it.
            return Ok(());
        }
        // Or somebody was stopped after the pointer had moved.
        if let Some(pointer) = with_decoded(&found.pointer, &decoding_id, files, now()) {
            self.move_pointer(pointer, Some(&found), true).await?;
            self.tell(PublishStep::PointerMoved)?;
        }
        self.session.finish_decoding(&decoding_id).await?;
        tracing::info!(lake = %self.lake.url, decoding_id, "decoded states published");
        Ok(())
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
        let path = || LakeFile::path_of(folder, number, Uuid::new_v4().as_u64_pair().0);
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

    /// Moves the pointer from what was found, also where a rebuild has moved it meanwhile: what was built stays, unless it is withdrawn.
    async fn move_pointer(
        &self,
        mut pointer: Pointer,
        found: Option<&FoundPointer>,
        keeps_built: bool,
    ) -> Result<FoundPointer, RunError> {
        let mut from = found.cloned();
        for _ in 0..MOVES_MAX {
            match self.store.move_pointer(&pointer, from.as_ref().map(|from| &from.tag)).await {
                Ok(tag) => return Ok(FoundPointer { pointer, tag }),
                Err(moved @ LakeError::Moved { .. }) => {
                    let now = self.store.read_pointer().await?;
                    let id_of = |found: &FoundPointer| (found.pointer.number, found.pointer.publication_id.clone());
                    if now.as_ref().map(id_of) != found.map(id_of) {
                        return Err(moved.into());
                    }
                    if let Some(now) = now.as_ref().filter(|_| keeps_built) {
                        pointer.built.clone_from(&now.pointer.built);
                    }
                    from = now;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(LakeError::Moved { place: self.store.address("pointer.json") }.into())
    }

    /// Until when readers of an earlier pointer are done.
    fn oldest(&self) -> DateTime<Utc> {
        now() - TimeDelta::hours(i64::from(self.lake.keep_hours))
    }

    /// Removes what was written for a publication that the pointer was never moved to: nobody has read it, and each further try would
    /// leave as much.
    async fn remove_leftovers(&self, number: u64) -> Result<(), RunError> {
        for folder in [STATES, DELIVERIES] {
            for object in self.store.list(folder).await? {
                let file = LakeFile { path: object.path, rows: 0, bytes: object.bytes };
                if file.publication().is_some_and(|publication| publication > number) {
                    self.store.delete(&file.path).await?;
                }
            }
        }
        Ok(())
    }

    /// Removes objects that the pointer does not name: after an erasure at once, and otherwise when readers of an earlier pointer are
    /// done.
    async fn clean(&self, claimed: &[ClaimedPublication], found: Option<&FoundPointer>) -> Result<(), RunError> {
        let is_withdrawing = is_withdrawing(claimed);
        let pointer = found.map(|found| &found.pointer);
        let oldest = self.oldest();
        let replaced = pointer.into_iter().flat_map(|pointer| &pointer.replaced);
        let replaced = replaced.filter(|replaced| replaced.since >= oldest).map(|replaced| replaced.path.as_str());
        let named: BTreeSet<&str> = pointer.into_iter().flat_map(Pointer::paths).chain(replaced).collect();
        // What an engine builds is its own to remove, unless it has to go; what is being decoded is its decoders'.
        let folders =
            if is_withdrawing { &[STATES, DELIVERIES, DECODED, BUILT][..] } else { &[STATES, DELIVERIES, DECODED] };
        let open = self.session.open_decoding::<DecodedFiles>().await?.map(|open| decoded_folder(&open.decoding_id));
        for folder in folders {
            for object in self.store.list(folder).await? {
                let is_named = named.contains(object.path.as_str())
                    || open.as_ref().is_some_and(|open| object.path.starts_with(open))
                    || pointer
                        .and_then(|pointer| pointer.built.as_ref())
                        .is_some_and(|built| built.holds(&object.path));
                // Of what is decoded, the pointer has named nothing else.
                if !is_named && (is_withdrawing || folder == &DECODED || object.modified_at < oldest) {
                    self.store.delete(&object.path).await?;
                }
            }
        }
        // Whoever decodes just now is another writer.
        for folder in folders.iter().filter(|folder| **folder != DECODED || open.is_none()) {
            self.store.delete_half_written(folder).await?;
        }
        Ok(())
    }
}

/// Whether somebody was taken out of the history, or nobody knows what the lake holds.
fn is_withdrawing(claimed: &[ClaimedPublication]) -> bool {
    claimed.iter().any(|publication| publication.is_withdrawing)
}
