//! Which versions an erasure meant. They are named by the deliveries that brought them, since after a loss they have other
//! numbers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::warehouse::statement::{Connection, Row, Statement, sql};
use crate::warehouse::{AccountSession, WarehouseError};

const SELECT_OWN_VERSIONS: Statement = sql!("journal/select_own_versions", "look up the person's versions");
const SELECT_OWNERS: Statement = sql!("journal/select_owners", "look up whose versions are");

/// A version that was an erased person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnVersion {
    pub serial_number: String,
    pub version: i32,
    /// What opened the version. `None`: an older program erased it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<i64>,
    /// Versions that the same delivery opened behind it.
    #[serde(default, skip_serializing_if = "is_none_behind")]
    pub behind: i32,
    /// The delivery that opened the next version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_none_behind(behind: &i32) -> bool {
    *behind == 0
}

/// Whose versions those of an erasure are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Owners {
    pub person_ids: Vec<Vec<u8>>,
    /// Reservations that may contain the person but cannot be distinguished from others.
    pub doubtful: Vec<String>,
}

/// The versions that are the person's, before they forget it.
pub(in crate::warehouse) async fn own_versions(
    on: &impl Connection,
    account: &str,
    person_ids: &[Vec<u8>],
) -> Result<Vec<OwnVersion>, WarehouseError> {
    let rows = SELECT_OWN_VERSIONS.rows(on, &[&account, &person_ids]).await?;
    let own = |row: &Row| {
        Ok(OwnVersion {
            serial_number: row.get("serial_number")?,
            version: row.get("version")?,
            delivery_id: row.get("delivery_id")?,
            behind: row.get("behind")?,
            until: row.get("until")?,
        })
    };
    rows.iter().map(own).collect()
}

impl AccountSession {
    /// Whose these versions are. `is_whole`: nothing was lost before them, so that their numbers can be relied upon where
    /// nothing else is known of them.
    pub async fn owners_of(&self, versions: &[OwnVersion], is_whole: bool) -> Result<Owners, WarehouseError> {
        let serial_numbers: Vec<&str> = versions.iter().map(|own| own.serial_number.as_str()).collect();
        let numbers: Vec<Option<i32>> = versions.iter().map(|own| is_whole.then_some(own.version)).collect();
        let deliveries: Vec<Option<i64>> = versions.iter().map(|own| own.delivery_id).collect();
        let behind: Vec<i32> = versions.iter().map(|own| own.behind).collect();
        let until: Vec<Option<i64>> = versions.iter().map(|own| own.until).collect();
        let rows = SELECT_OWNERS
            .rows(&self.client, &[&self.account, &serial_numbers, &numbers, &deliveries, &behind, &until])
            .await?;
        let (mut person_ids, mut doubtful) = (BTreeSet::new(), BTreeSet::new());
        for row in &rows {
            person_ids.extend(row.get::<Option<Vec<u8>>>("person_id")?);
            if row.get("is_doubtful")? {
                doubtful.insert(row.get("serial_number")?);
            }
        }
        Ok(Owners { person_ids: person_ids.into_iter().collect(), doubtful: doubtful.into_iter().collect() })
    }
}
