//! `pointer.json`: which objects a reader of the lake reads. The only object that changes, and only as a whole.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::LakeError;
use crate::warehouse_id::WarehouseId;

/// The format of the pointer and of everything that it names. A reader that does not know it must not guess.
pub const POINTER_FORMAT: u64 = 1;

/// Digits of a publication's number in a name: objects that are listed by name are in the order of their publications.
const NUMBER_DIGITS: usize = 10;

/// What a lake holds, of one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    pub format: u64,
    pub warehouse_id: WarehouseId,
    /// Of the last publication; they count from 1.
    pub number: u64,
    /// Which publication of that number: the ledger has the same.
    pub publication_id: String,
    pub states: Vec<LakeFile>,
    pub deliveries: Vec<LakeFile>,
    /// States that were decoded once more from landed files, if they were.
    pub decoded: Option<Decoded>,
    /// What an engine made of the states, if one did.
    pub built: Option<Built>,
    /// What it named not long ago: who has read the pointer then may still read these.
    pub replaced: Vec<ReplacedFile>,
}

/// An object that never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeFile {
    /// Below the folder of the pointer, such as `states/0000000017-9f86d081884c7d65.parquet`.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
}

/// An object that the pointer no longer names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedFile {
    pub path: String,
    pub since: DateTime<Utc>,
}

/// Every state that a contract accepts of what has landed, whatever the nights have made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    pub decoding_id: String,
    pub states: Vec<LakeFile>,
    pub deliveries: Vec<LakeFile>,
}

/// A history that an engine built from the states, with what belongs to it: folders of Parquet files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    pub number: u64,
    /// The publication whose states it was built from, or that was the last one when it was built.
    pub publication: u64,
    /// The decoded states that it was built from; `None`: from those of the publications.
    pub decoding_id: Option<String>,
    /// The last delivery of each account that was read: files may be merged since.
    pub as_of: BTreeMap<String, i64>,
    pub history: String,
    pub daily_volumes: String,
    pub journal_totals: String,
}

impl Pointer {
    /// Of a warehouse that has published nothing.
    pub fn empty(warehouse_id: WarehouseId) -> Pointer {
        Pointer {
            format: POINTER_FORMAT,
            warehouse_id,
            number: 0,
            publication_id: String::new(),
            states: Vec::new(),
            deliveries: Vec::new(),
            decoded: None,
            built: None,
            replaced: Vec::new(),
        }
    }

    /// Reads what [`Pointer::to_json`] wrote. `place`: for the error.
    pub fn from_json(json: &[u8], place: &str) -> Result<Pointer, LakeError> {
        /// The format is read first: another one may have other members.
        #[derive(Deserialize)]
        struct Format {
            format: u64,
        }
        let unreadable = |_| LakeError::Unreadable { place: place.to_owned() };
        let Format { format } = serde_json::from_slice(json).map_err(unreadable)?;
        if format != POINTER_FORMAT {
            return Err(LakeError::Format { place: place.to_owned(), format });
        }
        serde_json::from_slice(json).map_err(unreadable)
    }

    /// For people, too: one line per member.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("texts and numbers have a form in JSON");
        format!("{json}\n")
    }

    /// Every path that the pointer names, but not what was built.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let decoded = self.decoded.iter().flat_map(|decoded| decoded.states.iter().chain(&decoded.deliveries));
        self.states.iter().chain(&self.deliveries).chain(decoded).map(|file| file.path.as_str())
    }
}

impl Built {
    /// Whether it has this object.
    pub fn holds(&self, path: &str) -> bool {
        let folders = [&self.history, &self.daily_volumes, &self.journal_totals];
        folders.into_iter().any(|folder| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }
}

impl LakeFile {
    /// The name of an object of a publication. `folder`: `states` or `deliveries`; `random`: so that no name comes twice.
    pub fn path_of(folder: &str, number: u64, random: u64) -> String {
        format!("{folder}/{number:0NUMBER_DIGITS$}-{random:016x}.parquet")
    }

    /// The publication that the object belongs to; `None` where its name says none.
    pub fn publication(&self) -> Option<u64> {
        LakeFile::publication_of(&self.path)
    }

    /// The same, of a path.
    pub fn publication_of(path: &str) -> Option<u64> {
        let (_, name) = path.split_once('/')?;
        let (number, _) = name.split_once('-')?;
        number.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a";

    fn pointer() -> Pointer {
        let file = |folder, rows| LakeFile { path: LakeFile::path_of(folder, 17, 0xab), rows, bytes: 300 };
        Pointer {
            number: 17,
            publication_id: "2f1c".into(),
            states: vec![file("states", 20)],
            deliveries: vec![file("deliveries", 2)],
            decoded: Some(Decoded {
                decoding_id: "7d2a".into(),
                states: vec![LakeFile { path: "decoded/7d2a/states/ab.parquet".into(), rows: 9, bytes: 300 }],
                deliveries: Vec::new(),
            }),
            built: Some(Built {
                number: 3,
                publication: 16,
                decoding_id: None,
                as_of: [("demo".to_owned(), 41)].into(),
                history: "built/3/history".into(),
                daily_volumes: "built/3/daily_volumes".into(),
                journal_totals: "built/3/journal_totals".into(),
            }),
            replaced: vec![ReplacedFile {
                path: "states/0000000016-00000000000000ab.parquet".into(),
                since: DateTime::UNIX_EPOCH,
            }],
            ..Pointer::empty(WarehouseId::parse(ID).unwrap())
        }
    }

    #[test]
    fn a_pointer_is_read_as_it_was_written() {
        for pointer in [pointer(), Pointer::empty(WarehouseId::parse(ID).unwrap())] {
            assert_eq!(Pointer::from_json(pointer.to_json().as_bytes(), "here").unwrap(), pointer);
        }
    }

    /// Others read it by these names.
    #[test]
    fn the_form_is_pinned() {
        let json: serde_json::Value = serde_json::from_str(&pointer().to_json()).unwrap();
        let file = |path: &str, rows: u64| serde_json::json!({"path": path, "rows": rows, "bytes": 300});
        let expected = serde_json::json!({
            "format": 1,
            "warehouse_id": ID,
            "number": 17,
            "publication_id": "2f1c",
            "states": [file("states/0000000017-00000000000000ab.parquet", 20)],
            "deliveries": [file("deliveries/0000000017-00000000000000ab.parquet", 2)],
            "decoded": {
                "decoding_id": "7d2a",
                "states": [file("decoded/7d2a/states/ab.parquet", 9)],
                "deliveries": [],
            },
            "built": {
                "number": 3,
                "publication": 16,
                "decoding_id": null,
                "as_of": {"demo": 41},
                "history": "built/3/history",
                "daily_volumes": "built/3/daily_volumes",
                "journal_totals": "built/3/journal_totals",
            },
            "replaced": [{"path": "states/0000000016-00000000000000ab.parquet", "since": "1970-01-01T00:00:00Z"}],
        });
        assert_eq!(json, expected);
        let empty: serde_json::Value =
            serde_json::from_str(&Pointer::empty(WarehouseId::parse(ID).unwrap()).to_json()).unwrap();
        assert_eq!(
            empty,
            serde_json::json!({
                "format": 1, "warehouse_id": ID, "number": 0, "publication_id": "", "states": [], "deliveries": [],
                "decoded": null, "built": null, "replaced": []
            })
        );
    }

    #[test]
    fn another_format_is_refused_whatever_else_it_holds() {
        for json in [r#"{"format":2}"#, r#"{"format":2,"states":{}}"#, r#"{"format":0,"number":1}"#] {
            assert!(matches!(Pointer::from_json(json.as_bytes(), "here"), Err(LakeError::Format { .. })), "{json}");
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        let one = r#"{"format":1,"warehouse_id":"0190a6f2","number":1,"states":[],"deliveries":[],"built":null}"#;
        for json in ["", "{", "[]", "null", "{}", r#"{"format":"1"}"#, r#"{"format":1}"#, one] {
            assert!(matches!(Pointer::from_json(json.as_bytes(), "here"), Err(LakeError::Unreadable { .. })), "{json}");
        }
    }

    #[test]
    fn an_object_tells_its_publication_by_its_name() {
        let file = |path: &str| LakeFile { path: path.to_owned(), rows: 0, bytes: 0 };
        assert_eq!(file(&LakeFile::path_of("states", 17, 1)).publication(), Some(17));
        assert_eq!(file(&LakeFile::path_of("states", u64::MAX, u64::MAX)).publication(), Some(u64::MAX));
        for other in ["states", "states/17", "states/x-1.parquet", ""] {
            assert_eq!(file(other).publication(), None, "{other}");
        }
    }

    #[test]
    fn what_was_built_holds_what_is_in_its_folders() {
        let built = pointer().built.unwrap();
        for path in ["built/3/history/a.parquet", "built/3/daily_volumes/x/y", "built/3/journal_totals/"] {
            assert!(built.holds(path), "{path}");
        }
        for path in ["built/3/history", "built/3/history2/a", "built/4/history/a", "states/a", ""] {
            assert!(!built.holds(path), "{path}");
        }
    }

    #[test]
    fn all_paths_are_those_of_states_and_deliveries_decoded_ones_too() {
        let pointer = pointer();
        let paths: Vec<&str> = pointer.paths().collect();
        let decoded = "decoded/7d2a/states/ab.parquet";
        assert_eq!(paths, [pointer.states[0].path.as_str(), pointer.deliveries[0].path.as_str(), decoded]);
    }
}
