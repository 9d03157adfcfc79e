//! The lake: what the warehouse publishes without identity, as immutable Parquet files in a folder or an S3 bucket, for engines that
//! work on the history of a whole province.
//!
//! Readers read `pointer.json`, and then exactly the objects that it names: they never see half of a publication. What is published
//! when is not decided here: the ledger in the warehouse knows it.

mod built_files;
mod error;
mod fault;
mod parquet;
mod pointer;
mod store;

pub use built_files::RowsWanted;
pub use error::LakeError;
pub use fault::StoreFault;
pub use pointer::{Built, Decoded, LakeFile, POINTER_FORMAT, Pointer, ReplacedFile};
pub use store::{FoundPointer, LakeStore, PointerTag, StoredObject};
