//! States that were decoded once more: the pointer names them as soon as all accounts are decoded.

use chrono::{DateTime, Utc};

use super::publisher::{PublishStep, Publisher};
use crate::clock::now;
use crate::failure::RunError;
use crate::lake::{Decoded, FoundPointer, LakeFile, Pointer, ReplacedFile};
use crate::warehouse::ClosedDecoding;

/// Where all that is decoded is.
pub(super) const DECODED: &str = "decoded";

/// The files of an account's decoded states, as the ledger keeps them until the pointer names them.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct DecodedFiles {
    pub states: Vec<LakeFile>,
    pub deliveries: Vec<LakeFile>,
}

/// Where the files of one decoding are.
pub(crate) fn decoded_folder(decoding_id: &str) -> String {
    format!("{DECODED}/{decoding_id}/")
}

impl Publisher<'_> {
    /// Closes what is decoded of all accounts, then moves the pointer to it. Closed before: so nobody changes it while the pointer moves,
    /// and whoever is stopped in between is completed by the next. `false`: something is to be withdrawn first.
    pub(super) async fn publish_decoded(&self, found: &FoundPointer) -> Result<bool, RunError> {
        self.session.close_decoding().await?;
        let closed = self.session.closed_decoding::<DecodedFiles>().await?;
        let Some(ClosedDecoding { decoding_id, files }) = closed else { return Ok(true) };
        if let Some(pointer) = with_decoded(&found.pointer, &decoding_id, files, now()) {
            self.session.check_lock().await?;
            if self.session.has_stale().await? {
                return Ok(false);
            }
            self.move_pointer(pointer, Some(found), true).await?;
            self.tell(PublishStep::PointerMoved)?;
        }
        self.session.finish_decoding(&decoding_id).await?;
        tracing::info!(lake = %self.lake.url, decoding_id, "decoded states published");
        Ok(true)
    }
}

/// The pointer that names what was decoded, too; `None`: it does already.
fn with_decoded(found: &Pointer, decoding_id: &str, files: Vec<DecodedFiles>, since: DateTime<Utc>) -> Option<Pointer> {
    let before = found.decoded.as_ref();
    if before.is_some_and(|before| before.decoding_id == decoding_id) {
        return None;
    }
    let mut decoded = Decoded { decoding_id: decoding_id.to_owned(), states: Vec::new(), deliveries: Vec::new() };
    for DecodedFiles { states, deliveries } in files {
        decoded.states.extend(states);
        decoded.deliveries.extend(deliveries);
    }
    let mut pointer = found.clone();
    let replaced = before.into_iter().flat_map(|before| before.states.iter().chain(&before.deliveries));
    pointer.replaced.extend(replaced.map(|file| ReplacedFile { path: file.path.clone(), since }));
    pointer.decoded = Some(decoded);
    Some(pointer)
}
