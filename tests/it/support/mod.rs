//! What the tests stand on: one private PostgreSQL server per run, one database per test, one simulated platform and one
//! pipeline per test; a platform that only records, for what the simulator cannot show.

mod authority;
mod command;
mod database;
mod discretion;
mod final_state;
mod hospital;
pub mod parquet_contents;
mod recorder;
mod snapshot;
mod tls_front;

pub use authority::{Authority, Issued, MOMENTS, Validity};
pub use command::{
    Ended, Running, end, end_after_input, run_in, server_place, tijian, wait_until, with_server_programs,
};
pub use database::{TestDatabase, connect, create_login, execute, lines, server, server_options, url_of};
pub use discretion::{assert_discreet, marked_record};
pub use final_state::FinalState;
pub use hospital::{Hospital, record};
pub use recorder::{Recorded, Recorder, TOKEN, cipher, encrypted};
pub use snapshot::{assert_snapshot, literal};
pub use tls_front::{Opening, TlsFront};
