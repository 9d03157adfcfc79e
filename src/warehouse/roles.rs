//! Who may see what: the groups `tijian_loader`, `tijian_analyst`, `tijian_dashboard`, `tijian_finance` and `tijian_frontdesk`,
//! and what each is granted.
//!
//! The rights themselves are in `sql/roles/`. Only the login that owns the schema can give them.

use crate::warehouse::statement::{Connection, Row, Statement, begin, commit, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const SET: &str = "set the rights of the groups";

const LOCK_GRANTS: Statement = sql!("roles/lock_grants", SET);
const CREATE_GROUPS: Statement = sql!("roles/create_groups", SET);
const SELECT_MISSING_GROUPS: Statement = sql!("roles/select_missing_groups", SET);
const REVOKE_ALL: Statement = sql!("roles/revoke_all", SET);
const SELECT_LOGIN: Statement = sql!("roles/select_login", "ask who is logged in");

const MAKE: &str = "make the login of the readers";

const SELECT_READER: Statement = sql!("roles/select_reader", MAKE);
const MAKE_READER: Statement = sql!("roles/make_reader", MAKE);

/// The statement that grants each group its rights.
const GRANTS: [(&str, Statement); 5] = [
    ("tijian_loader", sql!("roles/grant_loader", SET)),
    ("tijian_analyst", sql!("roles/grant_analyst", SET)),
    ("tijian_dashboard", sql!("roles/grant_dashboard", SET)),
    ("tijian_finance", sql!("roles/grant_finance", SET)),
    ("tijian_frontdesk", sql!("roles/grant_frontdesk", SET)),
];

/// The login of this session.
pub(super) struct Login {
    pub name: String,
    /// Owner of the schema, or a member of its owner; before the first migration, whoever may make one.
    pub may_change_schema: bool,
}

/// A group that the server does not have, and that this login may not make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGroup {
    pub name: String,
    /// What an administrator has to run.
    pub statement: String,
}

/// The outcome of setting the groups' rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Every group that is there has its rights and no others.
    Set { missing: Vec<MissingGroup> },
    /// This login does not own the schema: they were left as they are.
    NotOurs,
}

impl Warehouse {
    /// Makes the groups that are missing, as far as this login may, and gives every group exactly its rights. Nobody else
    /// has any.
    pub async fn set_grants(&self) -> Result<Grants, WarehouseError> {
        let mut client = self.client().await?;
        if !login(&client).await?.may_change_schema {
            return Ok(Grants::NotOurs);
        }
        let transaction = begin(&mut client, SET).await?;
        LOCK_GRANTS.run_all(&transaction).await?;
        CREATE_GROUPS.run_all(&transaction).await?;
        let missing = SELECT_MISSING_GROUPS.rows(&transaction, &[]).await?;
        let group = |row: &Row| Ok(MissingGroup { name: row.get("name")?, statement: row.get("statement")? });
        let missing = missing.iter().map(group).collect::<Result<Vec<_>, WarehouseError>>()?;
        REVOKE_ALL.run_all(&transaction).await?;
        for (group, grant) in GRANTS {
            if missing.iter().all(|missing| missing.name != group) {
                grant.run_all(&transaction).await?;
            }
        }
        commit(transaction, SET).await?;
        Ok(Grants::Set { missing })
    }
}

/// A group whose members only read, and may be let in over the private server's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The marts, row by row.
    Analysts,
    /// Aggregates whose small groups are hidden.
    Dashboards,
}

impl Readers {
    pub fn group(self) -> &'static str {
        match self {
            Readers::Analysts => "tijian_analyst",
            Readers::Dashboards => "tijian_dashboard",
        }
    }

    /// The schema that the group reads.
    pub fn schema(self) -> &'static str {
        match self {
            Readers::Analysts => "mart",
            Readers::Dashboards => "dashboard",
        }
    }
}

/// The outcome of creating a reader's login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// It is a member of the group and nothing else.
    Ready { has_password: bool },
    /// A role of that name may do more than read: it was left as it is.
    Unfit,
}

impl Warehouse {
    /// Makes a login that does nothing but read, if need be. For the superuser.
    pub async fn make_reader(&self, login: &str, readers: Readers) -> Result<Reader, WarehouseError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client, MAKE).await?;
        LOCK_GRANTS.as_part_of(MAKE).run_all(&transaction).await?;
        let group = readers.group();
        let mut has_password = false;
        if let Some(found) = SELECT_READER.row_if_any(&transaction, &[&login, &group]).await? {
            if found.get("may_more")? || !found.get::<bool>("may_log_in")? {
                return Ok(Reader::Unfit);
            }
            has_password = found.get("has_password")?;
        }
        MAKE_READER.run_given(&transaction, &[&login, &group]).await?;
        commit(transaction, MAKE).await?;
        Ok(Reader::Ready { has_password })
    }
}

/// Reads the login of this connection.
pub(super) async fn login(client: &impl Connection) -> Result<Login, WarehouseError> {
    let row = SELECT_LOGIN.row(client, &[]).await?;
    Ok(Login { name: row.get("login")?, may_change_schema: row.get("may_change_schema")? })
}
