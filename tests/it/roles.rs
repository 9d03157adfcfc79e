//! Who may see what: the groups, their logins, and everybody else. Everything is read from PostgreSQL's own catalogue, so
//! that a table, view or function that is added later is covered by itself.
//!
//! That the loader's rights are enough is shown by all other tests: their warehouses log in as a member of that group.

mod dashboard;
mod personal_data;
mod refusals;
mod setup;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::support::{TestDatabase, connect, create_login, execute, lines, server, url_of};

/// Tables, views and sequences of our schemas: kind and qualified name.
const RELATIONS: &str = "select relation.relkind::text || ' ' || relation.oid::regclass
    from pg_class as relation
    join pg_namespace as schema on schema.oid = relation.relnamespace
    where schema.nspname in ('etl', 'warehouse', 'mart', 'dashboard', 'finance', 'replay')
        and relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    order by 1";

/// A connection of a login that is in one group, or in none.
pub async fn log_in(database: &TestDatabase, group: Option<&str>) -> Client {
    let login = format!("tijian_test_{}", group.unwrap_or("stranger").trim_start_matches("tijian_"));
    match group {
        Some(group) => create_login(server(), &login, group).await,
        None => {
            let statement = format!(
                "do $$ begin create role {login} login; exception when duplicate_object or unique_violation then null;
                end $$"
            );
            execute(server(), &statement).await;
        }
    }
    connect(&url_of(&database.owner_url, &login)).await
}

/// The qualified names of what [`RELATIONS`] finds, of these kinds.
async fn relations(database: &TestDatabase, kinds: &str) -> Vec<String> {
    let found = lines(&database.client, RELATIONS).await;
    let of_kind = found.iter().filter(|line| kinds.contains(&line[..1]));
    of_kind.map(|line| line[2..].to_owned()).collect()
}

/// The statement is refused for want of a right, and for no other reason.
#[track_caller]
pub fn assert_denied(outcome: Result<(), tokio_postgres::Error>, what: &str) {
    let code = outcome.as_ref().err().and_then(tokio_postgres::Error::code);
    assert_eq!(code, Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{what}: {outcome:?}");
}
