//! Which warehouse this is, and where: its id, and the name of its database.

use serde::Serialize;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::warehouse::session::connection_string::{ConnectionString, PORT};
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{Warehouse, WarehouseError};
use crate::warehouse_id::WarehouseId;
use crate::wording::{Message, Spoken, display_in_english, message};

const SELECT_WAREHOUSE_ID: Statement = sql!("session/select_warehouse_id", "read the warehouse's id");
const SELECT_KNOWS_DELIVERIES: Statement =
    sql!("session/select_knows_deliveries", "look for deliveries of the account");

/// The database that a connection string leads to, without who logs in and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseName {
    /// A host, several with commas between them, or the folder of a socket. Where ports differ, each has its own behind it.
    pub host: String,
    /// `None`: not the same for all.
    pub port: Option<u16>,
    pub name: String,
}

/// The wording for people.
impl Spoken for DatabaseName {
    fn message(&self) -> Message {
        // A URL may contain anything: a name stays on its line.
        let plain = |text: &str| text.replace(char::is_control, " ");
        message!("database-name", name = plain(&self.name), host = plain(&self.host), port = self.port)
    }
}

display_in_english!(DatabaseName);

impl DatabaseName {
    pub(in crate::warehouse) fn of(config: &Config) -> DatabaseName {
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        };
        let mut hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
        if hosts.is_empty() {
            hosts = config.get_hostaddrs().iter().map(ToString::to_string).collect();
        }
        // libpq's rule: a database without a name is called as the login.
        let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
        let ports = config.get_ports();
        let first = ports.first().copied().unwrap_or(PORT);
        let port = ports.iter().all(|port| *port == first).then_some(first);
        if port.is_none() {
            for (host, port) in hosts.iter_mut().zip(ports) {
                *host = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
            }
        }
        DatabaseName { host: hosts.join(","), port, name: name.to_owned() }
    }
}

impl ConnectionString {
    /// The database that it leads to.
    pub fn database(&self) -> DatabaseName {
        DatabaseName::of(&self.config)
    }
}

/// Login, database, host and port, for messages about a failed connection.
pub(in crate::warehouse) fn target(config: &Config) -> Message {
    let login = config.get_user().unwrap_or_default().replace(char::is_control, " ");
    message!("database-target", database = &DatabaseName::of(config), login)
}

impl Warehouse {
    /// The database that this is connected to.
    pub fn database(&self) -> &DatabaseName {
        &self.database
    }

    /// The warehouse's id. The schema must be current.
    pub async fn identity(&self) -> Result<WarehouseId, WarehouseError> {
        let row = SELECT_WAREHOUSE_ID.row_if_any(&self.client().await?, &[]).await?;
        let id = row.map(|row| row.get("warehouse_id").map(WarehouseId::parse)).transpose()?;
        id.flatten().ok_or_else(|| WarehouseError::Schema(message!("schema-warehouse-lost")))
    }

    /// Whether any delivery of the account was loaded here.
    pub async fn knows_deliveries(&self, account: &str) -> Result<bool, WarehouseError> {
        SELECT_KNOWS_DELIVERIES.row(&self.client().await?, &[&account]).await?.get("knows_deliveries")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_login_and_password() {
        let named = |url| ConnectionString::read(url).unwrap().database().to_string();
        let expected = "database tijian, host db.hospital.example, port 6543";
        let url = "postgresql://nightly:marker@db.hospital.example:6543/tijian?sslmode=verify-full&application_name=x";
        assert_eq!(named(url), expected);
        assert_eq!(named("postgresql://nightly:marker@127.0.0.1"), "database nightly, host 127.0.0.1, port 5432");
        assert_eq!(
            named("postgresql:///tijian?host=/run/postgresql&user=nightly"),
            "database tijian, host /run/postgresql, port 5432"
        );
        assert_eq!(named("postgresql://x@a,b/t?hostaddr=10.0.0.1,10.0.0.2"), "database t, host a,b, port 5432");
        assert_eq!(
            named("postgresql:///t?hostaddr=127.0.0.1&user=x&sslmode=disable"),
            "database t, host 127.0.0.1, port 5432"
        );
        assert_eq!(named("postgresql://x@a:5432,b:6543/t"), "database t, host a:5432,b:6543");
        assert_eq!(named("postgresql://x@[::1]:5433,b/t"), "database t, host [::1]:5433,b:5432");
        assert_eq!(named("postgresql://x@a:6543,b:6543/t"), "database t, host a,b, port 6543");
        let target = target(&ConnectionString::read(url).unwrap().config);
        assert_eq!(target.to_string(), "database tijian, host db.hospital.example, port 6543, login nightly");
        let chinese = target.text(crate::wording::Language::Chinese);
        assert_eq!(chinese, "数据库 tijian，主机 db.hospital.example，端口 6543，登录名 nightly");
    }
}
