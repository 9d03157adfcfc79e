//! A folder that belongs to another warehouse than the one that is there.

use std::path::PathBuf;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::warehouse::DatabaseName;
use crate::warehouse_id::WarehouseId;
use crate::wording::{Message, Spoken, display_in_english, message};

/// A folder that is not this warehouse's. Nothing was pulled, exported or removed.
#[derive(Debug, thiserror::Error)]
pub enum OtherWarehouse {
    Remembered {
        folder: PathBuf,
        remembered: WarehouseId,
        present: Present,
    },
    /// It remembers none: the file that remembers is lost.
    Unknown {
        folder: PathBuf,
        account: String,
        present: Present,
    },
}

impl Spoken for OtherWarehouse {
    fn message(&self) -> Message {
        match self {
            OtherWarehouse::Remembered { folder, remembered, present } => {
                message!("TJ-6001", folder, remembered = remembered.to_string(), present)
            }
            OtherWarehouse::Unknown { folder, account, present } => message!("TJ-6002", folder, account, present),
        }
    }
}

display_in_english!(OtherWarehouse);

impl OtherWarehouse {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            OtherWarehouse::Remembered { .. } | OtherWarehouse::Unknown { .. } => {
                ExitCode::Definition.with(Remedy::PointAtWarehouseOfFolders)
            }
        }
    }
}

/// The warehouse that is there instead.
#[derive(Debug)]
pub struct Present {
    /// `None`: the database has none.
    pub id: Option<WarehouseId>,
    pub database: DatabaseName,
}

impl Spoken for Present {
    fn message(&self) -> Message {
        let database = &self.database;
        match self.id {
            Some(id) => message!("present-warehouse", id = id.to_string(), database),
            None => message!("present-none", database),
        }
    }
}

display_in_english!(Present);
