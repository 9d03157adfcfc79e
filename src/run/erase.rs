//! Erase: one person's identity out of the warehouse, account by account.

use secrecy::{ExposeSecret, SecretString};

use crate::reservation::PersonId;
use crate::run::error::RunError;
use crate::run::seal_plain_records;
use crate::seal::QuarantineKey;
use crate::settings::SiteKey;
use crate::transform::{PersonKey, holds_number};
use crate::warehouse::{Person, PersonCounts, Warehouse};

/// Whose identity shall go.
pub struct ErasureRequest {
    /// As the platform codes it: `cardType`. `None`: the reservations that were delivered without one.
    pub card_type: Option<String>,
    /// Never printed.
    pub number: SecretString,
    /// Who asks for it, for the access log.
    pub operator: String,
}

/// What an account holds of the person, or held until now.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AccountErasure {
    pub account: String,
    #[serde(flatten)]
    pub counts: PersonCounts,
    /// `None`: nothing was there, or nothing was to be erased yet.
    pub erasure_id: Option<i64>,
}

/// Whether to erase, or only to count what would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Count,
    /// `successor`, made at random, stands for the person from here on.
    Erase {
        successor: PersonId,
    },
}

/// Every account of the warehouse, each in one transaction under its lock. An account that is held by a run ends it with
/// [`RunError::Locked`]; those before it are done, and to begin again harms nothing.
pub async fn erase(
    warehouse: &Warehouse,
    site_key: &SiteKey,
    request: &ErasureRequest,
    extent: Extent,
) -> Result<Vec<AccountErasure>, RunError> {
    let key = PersonKey::derive(site_key.expose());
    let quarantine_key = QuarantineKey::derive(site_key.expose());
    let number = request.number.expose_secret().trim();
    let Some(person_id) = key.person_id(request.card_type.as_deref(), Some(number)) else { return Ok(Vec::new()) };
    let accounts = warehouse.accounts().await?;
    // What is in plain text is looked through, too.
    seal_plain_records(warehouse, site_key).await?;
    let mut erasures = Vec::new();
    for account in accounts {
        let mut session = warehouse.lock_account(&account).await?.ok_or(RunError::Locked)?;
        // Or another key would find nobody, and say so.
        session.check_site_key(&key.key_id()).await?;
        let rejection_ids = session.find_rejections(&quarantine_key, |record| holds_number(record, number)).await?;
        let inbox_ids = session.find_inbox_rows(|text| holds_number(text.as_bytes(), number)).await?;
        let person = Person { person_id: &person_id, rejection_ids: &rejection_ids, inbox_ids: &inbox_ids };
        let counts = session.count_person(person).await?;
        let erasure_id = match extent {
            Extent::Erase { successor } if !counts.is_nothing() => {
                let erasure_id = session.erase_person(person, counts, &successor, &request.operator).await?;
                tracing::info!(account, erasure_id, versions = counts.versions, "identity erased");
                Some(erasure_id)
            }
            Extent::Erase { .. } | Extent::Count => None,
        };
        session.release().await;
        erasures.push(AccountErasure { account, counts, erasure_id });
    }
    Ok(erasures)
}
