//! Connections: where the database is, whether the server is fit, which warehouse it is, and the lock that an account is worked on under.

mod account;
mod connection_string;
mod connections;
mod fitness;
mod identity;
mod servers;
mod settings;
mod site_key;
mod surroundings;
mod tls;

pub use account::AccountSession;
pub use connection_string::{ConnectionString, NAMING_VARIABLES, UrlProblem, libpq_variables};
pub use fitness::ServerFault;
pub use identity::DatabaseName;
pub use surroundings::{NightTroubles, Standbys};

pub(super) use account::{RELEASE_LOCKS, SITE_KEY_LOCK};
pub(super) use connections::{is_pooled, is_unserved};
pub(super) use fitness::check_server;
pub(super) use identity::target;
pub(super) use servers::addresses;
pub(super) use settings::{COMFORT_SESSION, CONFIGURE_SESSION, begin_on_indexes};
pub(super) use tls::{TlsFailure, connector};
