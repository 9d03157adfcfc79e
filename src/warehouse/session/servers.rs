//! The servers of a connection string, and their addresses, in the order in which they are tried.
//!
//! `tokio_postgres` knows lists, too, and times of each server only the way there: one that takes the connection and says
//! nothing would use up the time of all.

use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts};

use crate::warehouse::session::ConnectionString;

impl ConnectionString {
    /// Each of the servers, as a configuration of its own.
    pub(in crate::warehouse) fn servers(&self) -> Vec<Config> {
        in_order(self.servers.clone())
    }
}

/// Each address of a server's name separately; the server unchanged if it has no name or the name is unknown: connecting then
/// reports why.
pub(in crate::warehouse) async fn addresses(server: Config, patience: Duration) -> Vec<Config> {
    let ([Host::Tcp(name)], []) = (server.get_hosts(), server.get_hostaddrs()) else { return vec![server] };
    // The port is the server's own.
    let found = match timeout(patience, lookup_host((name.as_str(), 0))).await {
        Ok(Ok(found)) => found.map(|address| server.clone().hostaddr(address.ip()).clone()).collect(),
        _ => Vec::new(),
    };
    if found.is_empty() { vec![server] } else { in_order(found) }
}

/// In the given order, or at random if that is asked for.
fn in_order(mut servers: Vec<Config>) -> Vec<Config> {
    if servers.iter().any(|server| server.get_load_balance_hosts() == LoadBalanceHosts::Random) {
        servers.sort_by_cached_key(|_| getrandom::u32().unwrap_or_default());
    }
    servers
}
