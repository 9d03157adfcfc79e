//! What the tests stand on: one private PostgreSQL server per run, one database per test, one simulated platform and one
//! pipeline per test; a platform that only records, for what the simulator cannot show.

mod acknowledged;
mod authority;
mod command;
mod database;
mod dice;
mod discretion;
mod final_state;
mod hospital;
mod nights;
pub mod parquet_contents;
mod pooler;
mod proxy;
mod recorder;
mod snapshot;
mod tls_front;

pub use acknowledged::{CommitTime, assert_only_committed_states_were_acknowledged, has_acted};
pub use authority::{Authority, Issued, MOMENTS, SelfMade, Validity};
pub use command::{
    Ended, Running, end, end_after_input, hear_hangups, run_in, server_place, tijian, wait_until, with_private_server,
    with_server_programs,
};
pub use database::{
    TestDatabase, client_program, connect, create_login, execute, fast_folder, lines, server, server_options,
    terminate, url_of,
};
pub use dice::{Dice, number_from_environment};
pub use discretion::{assert_discreet, marked_record};
pub use final_state::FinalState;
pub use hospital::{Hospital, record};
pub use nights::{eventful_hospital, tell_night};
pub use pooler::{start_misquoting, start_pooler, start_refusing};
pub use proxy::Proxy;
pub use recorder::{Recorded, Recorder, TOKEN, cipher, encrypted};
pub use snapshot::{assert_snapshot, literal};
pub use tls_front::{Opening, TlsFront};
