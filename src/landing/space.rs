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
