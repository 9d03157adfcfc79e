//! The one writer of a lake, and what it is given.

use std::sync::{Arc, Mutex};

use super::lakes::LakeTarget;
use crate::failure::{RunError, Stopped};
use crate::lake::{FoundPointer, LakeError, LakeStore, Pointer};
use crate::night::step::steps;
use crate::settings::{Settings, SiteKey};
use crate::transform::ContentKey;
use crate::warehouse::{ClaimedPublication, LakeSession, Warehouse};

/// Versions in one file, and about as many in one publication: some hundred megabytes, which an engine reads as one task, and which
/// are written again when one of them has to go.
pub const FILE_ROWS: u64 = 2_000_000;

/// How often we try again to move the pointer where a rebuild has moved it in between.
const MOVES_MAX: usize = 10;

pub(super) const STATES: &str = "states";
pub(super) const DELIVERIES: &str = "deliveries";

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

/// The one writer of a lake.
pub(super) struct Publisher<'a> {
    pub(super) lake: &'a LakeTarget,
    pub(super) context: &'a PublishContext<'a>,
    pub(super) store: LakeStore,
    pub(super) session: LakeSession,
    pub(super) content_key: Arc<ContentKey>,
    /// The path of every file that was begun since the pointer was moved.
    pub(super) written: Mutex<Vec<String>>,
}

impl Publisher<'_> {
    pub(super) fn tell(&self, step: PublishStep) -> Result<(), Stopped> {
        (self.context.on_step)(Some(step))
    }

    /// Moves the pointer from what was found, also where a rebuild has moved it meanwhile: what was built stays, unless it is withdrawn.
    pub(super) async fn move_pointer(
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
}

/// Whether somebody was taken out of the history, or nobody knows what the lake holds.
pub(super) fn is_withdrawing(claimed: &[ClaimedPublication]) -> bool {
    claimed.iter().any(|publication| publication.is_withdrawing)
}
