//! The contents by which states are compared if the stored fingerprint has another version.
//!
//! A stored fingerprint is of the whole content, whatever the pipeline ignores: so the history depends on no setting. A
//! state that has the same one is the same. One that has another may still be: the stored one is of another version of the
//! encoding, or only members differ that are ignored. Then the content itself is looked up and compared. That is paid by
//! reservations that seem to have changed, and only there: most nights by none.

use std::collections::{BTreeSet, HashMap};

use crate::reservation::{CurrentVersion, Fingerprint, IncomingState, Reservation};
use crate::transform::fingerprint::{VERSION, fingerprint};

/// First byte of the fingerprint of a version whose person was erased (`sql/erase/select_versions.sql`). It is the content:
/// no state is the same.
const ERASED: u8 = 0;

/// The contents of a chunk's reservations that states are compared with.
#[derive(Debug, Default)]
pub struct KnownContents {
    /// The current versions, by serial number.
    pub current: HashMap<String, CurrentVersion>,
    /// Of reservations of which the last delivery brought several states and is not confirmed, the contents of these versions,
    /// oldest first, the current one last. All others are absent.
    pub unconfirmed: HashMap<String, Vec<Fingerprint>>,
}

/// The content by which a stored version is compared.
pub fn content_of(stored: Fingerprint, reservation: &Reservation, ignored: &BTreeSet<String>) -> Fingerprint {
    if stored[0] == ERASED { stored } else { fingerprint(reservation, ignored) }
}

impl KnownContents {
    /// The reservations of these states whose fingerprints do not decide which states are known, each with the version from
    /// which on to look up contents, for [`KnownContents::learn`]. All others can be compared already.
    pub fn find_unclear(&mut self, states: &[IncomingState], ignored: &BTreeSet<String>) -> HashMap<String, i32> {
        let is_unclear = |stored: &Fingerprint| stored[0] != ERASED && (stored[0] != VERSION || !ignored.is_empty());
        let since = |(serial_number, versions): (&String, &Vec<Fingerprint>)| {
            let current = self.current.get(serial_number).filter(|_| versions.iter().any(is_unclear))?;
            Some((serial_number.clone(), current.version.saturating_sub(versions.len() as i32 - 1)))
        };
        let mut unclear: HashMap<String, i32> = self.unconfirmed.iter().filter_map(since).collect();
        for state in states {
            let serial_number = state.reservation.serial_number.as_str();
            let Some(current) = self.current.get_mut(serial_number) else { continue };
            if current.fingerprint == state.fingerprint {
                current.content = state.content;
            } else if is_unclear(&current.fingerprint) && !unclear.contains_key(serial_number) {
                unclear.insert(serial_number.to_owned(), current.version);
            }
        }
        unclear
    }

    /// Takes what was looked up: the contents by [`content_of`], oldest first, the current version's last.
    pub fn learn(&mut self, contents: HashMap<String, Vec<Fingerprint>>) {
        for (serial_number, contents) in contents {
            if let Some((current, content)) = self.current.get_mut(&serial_number).zip(contents.last()) {
                current.content = *content;
            }
            if let Some(versions) = self.unconfirmed.get_mut(&serial_number) {
                *versions = contents;
            }
        }
    }
}

#[cfg(test)]
mod tests;
