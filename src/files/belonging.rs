//! The warehouse that a folder of exports belongs to: remembered before the first file appears in it.

use std::io::Write;
use std::path::Path;

use super::ExportError;
use super::atomic::{AtomicFile, prepare_folder};
use crate::warehouse_id::{MARK, WarehouseId};

/// The warehouse that a folder of exports remembers. `None`: none, or there is no such folder.
pub fn warehouse_of_exports(folder: &Path) -> Result<Option<WarehouseId>, ExportError> {
    WarehouseId::remembered_by(folder).map_err(|source| ExportError::file("read", &folder.join(MARK), source))
}

/// Lets a folder that remembers no warehouse remember this one; makes the folder if need be. The warehouse that it
/// remembers then: another one, if somebody was quicker. `account`: whose lock the caller holds.
pub fn mark_exports(folder: &Path, account: &str, warehouse: WarehouseId) -> Result<WarehouseId, ExportError> {
    prepare_folder(folder, account)?;
    let placed = write_mark(folder, account, warehouse)?.seal()?.find_place().and_then(|place| place.publish_new());
    match placed {
        Ok(()) => Ok(warehouse),
        // Accounts share folders: two accounts' runs may arrive at the same moment.
        Err(error @ ExportError::Occupied { .. }) => warehouse_of_exports(folder)?.ok_or(error),
        Err(error) => Err(error),
    }
}

/// The same in place of another warehouse. Makes no folder: `false` where there is none.
pub fn mark_exports_again(folder: &Path, account: &str, warehouse: WarehouseId) -> Result<bool, ExportError> {
    if !folder.is_dir() {
        return Ok(false);
    }
    prepare_folder(folder, account)?;
    write_mark(folder, account, warehouse)?.seal()?.publish()?;
    Ok(true)
}

fn write_mark(folder: &Path, account: &str, warehouse: WarehouseId) -> Result<AtomicFile, ExportError> {
    let mut file = AtomicFile::create(folder, account, MARK)?;
    file.write_all(warehouse.mark().as_bytes())
        .map_err(|source| ExportError::file("write", &folder.join(MARK), source))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::samples::names_in;

    #[test]
    fn a_folder_of_exports_keeps_its_first_warehouse_until_it_is_marked_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("finance");
        let first = WarehouseId::parse("0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap();
        let second = WarehouseId::parse("1190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap();
        assert!(!mark_exports_again(&folder, "our", first).unwrap(), "no folder is made for it");
        assert_eq!(warehouse_of_exports(&folder).unwrap(), None);
        assert_eq!(mark_exports(&folder, "our", first).unwrap(), first);
        assert_eq!(mark_exports(&folder, "other", first).unwrap(), first);
        assert_eq!(mark_exports(&folder, "our", second).unwrap(), first);
        assert!(mark_exports_again(&folder, "our", second).unwrap());
        assert_eq!(warehouse_of_exports(&folder).unwrap(), Some(second));
        assert_eq!(names_in(&folder), [MARK]);
    }
}
