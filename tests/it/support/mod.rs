//! What the tests stand on: one private PostgreSQL server per run, one database per test, one simulated platform and one
//! pipeline per test.

mod database;
mod discretion;
mod hospital;

pub use database::TestDatabase;
pub use discretion::{assert_discreet, marked_record};
pub use hospital::{Hospital, record};
