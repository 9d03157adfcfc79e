//! What the tests stand on: one private PostgreSQL server per run, one database per test, one simulated platform and one
//! pipeline per test.

mod command;
mod database;
mod discretion;
mod hospital;
mod snapshot;

pub use command::{Ended, Running, end, run_in, server_place, tijian, wait_until, with_server_programs};
pub use database::{TestDatabase, server};
pub use discretion::{assert_discreet, marked_record};
pub use hospital::{Hospital, record};
pub use snapshot::{assert_snapshot, literal};
