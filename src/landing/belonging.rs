//! The warehouse that an account's landing folder belongs to: remembered before anything lands.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::partial::give_to_owner;
use super::{LandingError, PARTIAL_SUFFIX, failed, received_at};
use crate::warehouse_id::{MARK, WarehouseId};

/// The warehouse that the account's landing folder remembers. `None`: none, or there is no such folder.
pub fn warehouse_of_landing(dir: &Path, account: &str) -> Result<Option<WarehouseId>, LandingError> {
    let dir = dir.join(account);
    WarehouseId::remembered_by(&dir).map_err(failed("read", &dir.join(MARK)))
}

/// Whether the account's landing folder holds a delivery.
pub fn holds_deliveries(dir: &Path, account: &str) -> Result<bool, LandingError> {
    let dir = dir.join(account);
    if !dir.is_dir() {
        return Ok(false);
    }
    for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
        if received_at(&entry.map_err(failed("list", &dir))?.path()).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lets the account's landing folder remember this warehouse, in place of another one. Durable when it returns; makes no
/// folder: `false` where there is none.
///
/// The caller holds the account's lock: nobody else is writing here.
#[allow(
    clippy::disallowed_methods,
    reason = "under a name that the next run removes, fsynced, renamed, folder fsynced"
)]
pub fn mark_landing(dir: &Path, account: &str, warehouse: WarehouseId) -> Result<bool, LandingError> {
    let dir = dir.join(account);
    if !dir.is_dir() {
        return Ok(false);
    }
    let (path, target) = (dir.join(format!("{MARK}{PARTIAL_SUFFIX}")), dir.join(MARK));
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(failed("create", &path))?;
    give_to_owner(&dir, &file).map_err(failed("change the owner of", &path))?;
    file.write_all(warehouse.mark().as_bytes()).map_err(failed("write", &path))?;
    file.sync_all().map_err(failed("fsync", &path))?;
    fs::rename(&path, &target).map_err(failed("rename", &path))?;
    let folder = File::open(&dir).map_err(failed("open", &dir))?;
    folder.sync_all().map_err(failed("fsync", &dir))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_landing_folder_remembers_the_warehouse_that_it_was_given_last() {
        let dir = tempfile::tempdir().unwrap();
        let first = WarehouseId::parse("0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap();
        let second = WarehouseId::parse("1190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap();
        assert!(!mark_landing(dir.path(), "our", first).unwrap(), "no folder is made for it");
        assert_eq!(warehouse_of_landing(dir.path(), "our").unwrap(), None);
        fs::create_dir(dir.path().join("our")).unwrap();
        for id in [first, second] {
            assert!(mark_landing(dir.path(), "our", id).unwrap());
            assert_eq!(warehouse_of_landing(dir.path(), "our").unwrap(), Some(id));
        }
        assert!(!holds_deliveries(dir.path(), "our").unwrap(), "the mark is none");
        fs::write(dir.path().join("our/20260101T020000.000Z-x.delivery"), "").unwrap();
        assert!(holds_deliveries(dir.path(), "our").unwrap());
    }
}
