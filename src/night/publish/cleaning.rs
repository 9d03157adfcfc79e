//! What the pointer does not name goes: when its last readers are done, or at once where nobody may read it or has.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};

use super::decoded::{DECODED, decoded_folder};
use super::publisher::{DELIVERIES, Publisher, STATES, is_withdrawing};
use crate::clock::now;
use crate::failure::RunError;
use crate::lake::{FoundPointer, LakeFile, Pointer, StoredObject};
use crate::warehouse::ClaimedPublication;

const BUILT: &str = "built";

impl Publisher<'_> {
    /// Until when readers of an earlier pointer are done.
    pub(super) fn oldest(&self) -> DateTime<Utc> {
        now() - TimeDelta::hours(i64::from(self.lake.keep_hours))
    }

    /// Removes what was written long ago for a publication that the pointer was never moved to: nobody has read it, and each further try
    /// would leave as much. What is new may be of a copy of this database, which moves the pointer before us.
    pub(super) async fn remove_leftovers(&self, number: u64) -> Result<(), RunError> {
        let oldest = self.oldest();
        for folder in [STATES, DELIVERIES] {
            for object in self.store.list(folder).await? {
                if LakeFile::publication_of(&object.path) > Some(number) && object.modified_at < oldest {
                    self.store.delete(&object.path).await?;
                }
            }
        }
        Ok(())
    }

    /// The pointer names what was written.
    pub(super) fn keep_written(&self) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Removes what was written since: the pointer was not moved to it. A disk that is full would stay so.
    pub(super) async fn remove_written(&self) {
        let written = std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        for path in written {
            // If this fails, too, the error of the file is the one to tell; a later publication removes it.
            let _ = self.store.delete(&path).await;
        }
    }

    /// Removes objects that the pointer does not name: after an erasure at once, and otherwise when readers of an earlier pointer are
    /// done. What another try has written since the number `before`, from which the pointer was moved, nobody has read, and the pointer
    /// cannot be moved to it any more.
    pub(super) async fn clean(
        &self,
        claimed: &[ClaimedPublication],
        found: Option<&FoundPointer>,
        before: u64,
    ) -> Result<(), RunError> {
        let is_withdrawing = is_withdrawing(claimed);
        let pointer = found.map(|found| &found.pointer);
        let oldest = self.oldest();
        let replaced = pointer.into_iter().flat_map(|pointer| &pointer.replaced);
        let replaced = replaced.filter(|replaced| replaced.since >= oldest).map(|replaced| replaced.path.as_str());
        let named: BTreeSet<&str> = pointer.into_iter().flat_map(Pointer::paths).chain(replaced).collect();
        let is_named = |path: &str| {
            let built = pointer.and_then(|pointer| pointer.built.as_ref());
            named.contains(path) || built.is_some_and(|built| built.holds(path))
        };
        // What an engine builds is its own to remove, unless it has to go.
        let folders = if is_withdrawing { &[STATES, DELIVERIES, BUILT][..] } else { &[STATES, DELIVERIES] };
        for folder in folders {
            for StoredObject { path, modified_at, .. } in self.store.list(folder).await? {
                let publication = LakeFile::publication_of(&path);
                let is_leftover = publication > Some(before) && publication <= pointer.map(|pointer| pointer.number);
                if !is_named(&path) && (is_withdrawing || is_leftover || modified_at < oldest) {
                    self.store.delete(&path).await?;
                }
            }
            self.store.delete_half_written(folder).await?;
        }
        let decoded = pointer.and_then(|pointer| pointer.decoded.as_ref());
        self.clean_decoded(is_named, decoded.map(|decoded| decoded.decoding_id.as_str())).await
    }

    /// Removes what is decoded and neither named nor to be: the pointer has named nothing else.
    async fn clean_decoded(&self, is_named: impl Fn(&str) -> bool, decoding_id: Option<&str>) -> Result<(), RunError> {
        let objects = self.store.list(DECODED).await?;
        // Looked up after the objects: a decoder that begins now has none among them.
        let folders = self.unpublished(decoding_id).await?;
        for StoredObject { path, .. } in objects {
            if !is_named(&path) && !folders.iter().any(|folder| path.starts_with(folder)) {
                self.store.delete(&path).await?;
            }
        }
        // A decoder may have begun since.
        if self.unpublished(decoding_id).await?.is_empty() {
            self.store.delete_half_written(DECODED).await?;
        }
        Ok(())
    }

    /// The folders of whatever is decoded beside what the pointer names.
    async fn unpublished(&self, named: Option<&str>) -> Result<Vec<String>, RunError> {
        let decodings = self.session.decodings().await?;
        let others = decodings.iter().filter(|decoding_id| Some(decoding_id.as_str()) != named);
        Ok(others.map(|decoding_id| decoded_folder(decoding_id)).collect())
    }
}
