//! How much room there is where files are written.

use std::io;
use std::path::Path;

use super::{LandingError, failed};

/// Bytes that this user may still write below `dir`, or below the nearest folder above it that is there: a first run
/// makes the rest.
pub fn free_bytes(dir: &Path) -> Result<u64, LandingError> {
    let absolute = std::path::absolute(dir).map_err(failed("find", dir))?;
    let there = absolute.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    let room =
        rustix::fs::statvfs(there).map_err(io::Error::from).map_err(failed("see how much room there is in", there))?;
    Ok(room.f_bavail.saturating_mul(room.f_frsize))
}

/// How much of a disk a delivery may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Bytes of a body between two looks.
    pub look_every: u64,
    /// Bytes that stay free: others write to this disk, too, and PostgreSQL stops where there is none.
    pub reserve: u64,
}

/// A look takes microseconds, and writing that much a tenth of a second at least. A million reservations are 830 MB.
const LOOK_EVERY_BYTES: u64 = 64 * 1024 * 1024;

/// Enough for a night's load and exports of the deliveries that hospitals have; and more than is written between two looks.
const RESERVE_BYTES: u64 = 512 * 1024 * 1024;

impl Default for Room {
    fn default() -> Room {
        Room { look_every: LOOK_EVERY_BYTES, reserve: RESERVE_BYTES }
    }
}

impl Room {
    /// An error where a body that goes to `target` has to stop.
    pub(super) fn check(&self, target: &Path) -> Result<(), LandingError> {
        let dir = target.parent().unwrap_or(Path::new("."));
        if free_bytes(dir)? < self.reserve {
            return Err(LandingError::NoRoom { dir: dir.to_owned(), reserve_mib: self.reserve >> 20 });
        }
        Ok(())
    }
}
