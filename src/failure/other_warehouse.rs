//! A folder that belongs to another warehouse than the one that is there.

use std::fmt;
use std::path::PathBuf;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::warehouse::DatabaseName;
use crate::warehouse_id::WarehouseId;

/// A folder that is not this warehouse's. Nothing was pulled, exported or removed.
#[derive(Debug, thiserror::Error)]
pub enum OtherWarehouse {
    #[error("{} belongs to warehouse {remembered}, and {present}", folder.display())]
    Remembered { folder: PathBuf, remembered: WarehouseId, present: Present },
    /// It remembers none: the file that remembers is lost.
    #[error("{} holds deliveries of {account}, and {present}, which knows none of them", folder.display())]
    Unknown { folder: PathBuf, account: String, present: Present },
}

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

impl fmt::Display for Present {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(formatter, "this is warehouse {id} ({})", self.database),
            None => write!(formatter, "there is no warehouse here yet ({})", self.database),
        }
    }
}
