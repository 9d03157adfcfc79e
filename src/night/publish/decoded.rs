//! States that were decoded once more, in the pointer. Pure.

use chrono::{DateTime, Utc};

use crate::lake::{Decoded, LakeFile, Pointer, ReplacedFile};

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

/// The pointer that names what was decoded, too; `None`: it does already.
pub(super) fn with_decoded(
    found: &Pointer,
    decoding_id: &str,
    files: Vec<DecodedFiles>,
    since: DateTime<Utc>,
) -> Option<Pointer> {
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
