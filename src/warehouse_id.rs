//! Which warehouse it is, and how a folder remembers the one that it belongs to: a small plain file with the id in it.
//!
//! Who owns a folder writes the file in its own way; its content, and how it is read, is the same everywhere.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::plain_files::open_plain;

/// The identity of a warehouse: `etl.warehouse`. It stays the same in every backup of its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarehouseId(Uuid);

/// The name of the file. Hidden: nobody who looks for data needs it.
pub const MARK: &str = ".warehouse";

/// More than an id and its line end take.
const MARK_BYTES_MAX: u64 = 64;

/// Digits that are enough for a person to tell two warehouses apart.
const SHORT_DIGITS: usize = 8;

impl WarehouseId {
    /// Parses an id as PostgreSQL writes a `uuid`.
    pub fn parse(text: &str) -> Option<WarehouseId> {
        Uuid::parse_str(text.trim()).ok().map(WarehouseId)
    }

    /// All of it, as PostgreSQL writes it.
    pub fn whole(self) -> String {
        self.0.to_string()
    }

    /// The content of the file `.warehouse`.
    pub fn mark(self) -> String {
        format!("{}\n", self.0)
    }

    /// The warehouse that a folder remembers. `None`: none, or there is no such folder. Only a plain file is opened.
    pub fn remembered_by(folder: &Path) -> io::Result<Option<WarehouseId>> {
        let path = folder.join(MARK);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a regular file")),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        let mut text = String::new();
        open_plain(&path)?.take(MARK_BYTES_MAX).read_to_string(&mut text)?;
        let no_id = || io::Error::new(io::ErrorKind::InvalidData, "it does not hold the id of a warehouse");
        WarehouseId::parse(&text).map(Some).ok_or_else(no_id)
    }
}

/// For people: enough to tell it from another one.
impl fmt::Display for WarehouseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.to_string();
        formatter.write_str(whole.get(..SHORT_DIGITS).unwrap_or(&whole))
    }
}

/// For programs: all of it.
impl Serialize for WarehouseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WarehouseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WarehouseId, D::Error> {
        let text = String::deserialize(deserializer)?;
        WarehouseId::parse(&text).ok_or_else(|| serde::de::Error::custom("it is not the id of a warehouse"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a";

    #[test]
    fn a_folder_remembers_what_was_written_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join(MARK);
        let id = WarehouseId::parse(TEXT).unwrap();
        assert_eq!(WarehouseId::remembered_by(folder.path()).unwrap(), None);
        assert_eq!(WarehouseId::remembered_by(&folder.path().join("absent")).unwrap(), None);
        fs::write(&mark, id.mark()).unwrap();
        assert_eq!(WarehouseId::remembered_by(folder.path()).unwrap(), Some(id));
        for damage in ["", "\n", "0190a6f2", "0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4", "\u{0}"] {
            fs::write(&mark, damage).unwrap();
            assert_eq!(WarehouseId::remembered_by(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        fs::remove_file(&mark).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &mark).unwrap();
        assert_eq!(WarehouseId::remembered_by(folder.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn people_see_the_beginning_and_programs_all_of_it() {
        let id = WarehouseId::parse(TEXT).unwrap();
        assert_eq!(id.to_string(), "0190a6f2");
        assert_eq!(id.whole(), TEXT);
        assert_eq!(serde_json::to_value(id).unwrap(), TEXT);
        assert_eq!(serde_json::from_value::<WarehouseId>(TEXT.into()).unwrap(), id);
        assert!(serde_json::from_value::<WarehouseId>("0190a6f2".into()).is_err());
    }
}
