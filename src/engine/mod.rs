//! Another engine (Spark), for a history that is too large for one machine: our SQL, by its own command line, as a child
//! process. Owns that process, and the SQL that it is given; knows of the lake only where its files are.

mod error;
mod process;
mod script;

pub use error::EngineError;
pub use process::{Ended, EngineProcess, Sign, worker_name};
pub use script::{CHECKS, Part, RebuildScript};
