//! Erase: one person's identity out of the warehouse, account by account.
//!
//! By the number, in whatever writing, a version is the person's; and by one of them, all versions of its reservation, whose
//! number may have been mistyped or absent in others. Where a reservation is somebody else's by now, or looks like the
//! person's and has another number, a person has to decide.

use crate::failure::UnknownReservation;
use secrecy::{ExposeSecret, SecretString};

use crate::failure::RunError;
use crate::files::DataPackage;
use crate::night::journal::Journal;
use crate::pipeline::{ExportDefinition, Pipeline};
use crate::reservation::PersonId;
use crate::seal::QuarantineKey;
use crate::settings::SiteKey;
use crate::transform::{PersonKey, fold_number, holds_number};
use crate::validate::is_identity_number;
use crate::warehouse::{AccountSession, OwnedReservation, Person, PersonCounts, Warehouse};

/// `cardType` of the citizens' identity card, the only document whose number proves itself.
const IDENTITY_CARD: &str = "1";

/// The person whose identity is to be erased.
pub struct ErasureRequest {
    /// The platform's code, `cardType`. `None`: reservations that were delivered without one.
    pub card_type: Option<String>,
    /// Never printed.
    pub number: SecretString,
    /// Who asks for it, for the access log.
    pub operator: String,
    /// Reservations that are the person's, as somebody has decided: account and serial number.
    pub also: Vec<(String, String)>,
}

/// Counts of what an account holds about the person, or held until now.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AccountErasure {
    pub account: String,
    #[serde(flatten)]
    pub counts: PersonCounts,
    /// `None`: nothing was there, or nothing was to be erased yet.
    pub erasure_id: Option<i64>,
    /// Reservations that may be the person's, and are not taken in.
    pub undecided: Vec<Undecided>,
}

/// A reservation that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Undecided {
    pub serial_number: String,
    pub reason: Doubt,
}

/// Why it is not simply the person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It was the person's, and is somebody else's by now: only the person's own versions are erased.
    OtherOwner,
    /// The name and the phone, the health card, or the number of another kind of document are the same.
    Lookalike,
}

/// Whether to erase, or only to count what would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Count,
    /// `successor`, made at random, replaces the person's pseudonym from now on.
    Erase {
        successor: PersonId,
    },
}

/// Every account of the warehouse, each in one transaction under its lock. `pipelines` say where landing folders are. An account that is held by a run ends it with
/// [`RunError::Locked`]; those before it are done, and to begin again harms nothing.
pub async fn erase(
    warehouse: &Warehouse,
    site_key: &SiteKey,
    pipelines: &[Pipeline],
    request: &ErasureRequest,
    extent: Extent,
) -> Result<Vec<AccountErasure>, RunError> {
    let key = PersonKey::derive(site_key.expose());
    let quarantine_key = QuarantineKey::derive(site_key.expose());
    let number = fold_number(request.number.expose_secret());
    if number.is_empty() {
        return Ok(Vec::new());
    }
    let accounts = warehouse.accounts().await?;
    check_named(warehouse, &accounts, request).await?;
    let mut erasures = Vec::new();
    for account in accounts {
        let mut session = warehouse.lock_account(&account).await?.ok_or(RunError::Locked)?;
        // Or another key would find nobody, and say so.
        session.check_site_key(&key.key_id()).await?;
        let rejection_ids = session.find_rejections(&quarantine_key, |record| holds_number(record, &number)).await?;
        let inbox_ids = session.find_inbox_rows(|text| holds_number(text.as_bytes(), &number)).await?;
        let found = find_person(&session, &key, request, &number, &account).await?;
        let Found { person_ids, serial_numbers, undecided } = found;
        let person = Person {
            person_ids: &person_ids,
            serial_numbers: &serial_numbers,
            rejection_ids: &rejection_ids,
            inbox_ids: &inbox_ids,
        };
        let counts = session.count_person(person).await?;
        let erasure_id = match extent {
            Extent::Erase { successor } if !counts.is_nothing() => {
                let journal = journal_of(pipelines, site_key, &session).await?;
                let erasure_id = session.erase_person(person, counts, &successor, &request.operator, None).await?;
                if let Some(journal) = journal {
                    journal.copy(&session).await?;
                }
                forget_superseded(pipelines, &account);
                tracing::info!(account, erasure_id, versions = counts.versions, "identity erased");
                Some(erasure_id)
            }
            Extent::Erase { .. } => {
                // A state that was decoded for a lake may be of the person all the same.
                session.withdraw_decoded().await?;
                None
            }
            Extent::Count => None,
        };
        session.release().await;
        erasures.push(AccountErasure { account, counts, erasure_id, undecided });
    }
    Ok(erasures)
}

/// The journal of an account's landing folder, so that nobody comes back with a backup. `None`: no pipeline names the folder.
async fn journal_of(
    pipelines: &[Pipeline],
    site_key: &SiteKey,
    session: &AccountSession,
) -> Result<Option<Journal>, RunError> {
    let account = session.account();
    let Some(pipeline) = pipelines.iter().find(|pipeline| pipeline.account == account) else {
        tracing::warn!(
            account,
            "no pipeline here says where the landing folder of this account is: the next run records the erasure there, \
             and until then a restored backup would bring the person back"
        );
        return Ok(None);
    };
    Journal::of(pipeline, site_key, session).await.map(Some)
}

/// Files of the history that stay for readers under way hold the person, too: nobody is waited for. Those of the newest
/// package go when the next one takes its place, as the months with the person are owed from now on.
fn forget_superseded(pipelines: &[Pipeline], account: &str) {
    for pipeline in pipelines.iter().filter(|pipeline| pipeline.account == account) {
        for export in &pipeline.exports {
            if let ExportDefinition::History { dir, .. } = export
                && let Err(error) = DataPackage::open(dir, account).and_then(|package| package.forget_superseded())
            {
                // The erasure is committed: a share that is away now must not keep other accounts from theirs.
                let error = RunError::from(error).chain();
                tracing::warn!(account, error, "superseded files are still there: the next export removes them");
            }
        }
    }
}

/// Before anything is erased anywhere: a slip of the hand must not cost half a person.
async fn check_named(warehouse: &Warehouse, accounts: &[String], request: &ErasureRequest) -> Result<(), RunError> {
    for (account, serial_number) in &request.also {
        let unknown = || UnknownReservation { account: account.clone(), serial_number: serial_number.clone() };
        if !accounts.contains(account) {
            return Err(unknown().into());
        }
        let session = warehouse.lock_account(account).await?.ok_or(RunError::Locked)?;
        let is_unknown = session.find_unknown(std::slice::from_ref(serial_number)).await?.is_some();
        session.release().await;
        if is_unknown {
            return Err(unknown().into());
        }
    }
    Ok(())
}

/// The person in one account.
struct Found {
    person_ids: Vec<Vec<u8>>,
    serial_numbers: Vec<String>,
    undecided: Vec<Undecided>,
}

async fn find_person(
    session: &AccountSession,
    key: &PersonKey,
    request: &ErasureRequest,
    number: &str,
    account: &str,
) -> Result<Found, RunError> {
    let card_type = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let wanted = card_type(request.card_type.as_deref());
    let mut person_ids =
        session.find_spellings(|of, idcard| card_type(of) == wanted && fold_number(idcard) == number).await?;
    person_ids.extend(key.person_id(wanted.as_deref(), Some(number)).map(Vec::from));
    let also = request.also.iter().filter(|(of, _)| of == account).map(|(_, serial_number)| serial_number);
    let mut serial_numbers: Vec<String> = also.cloned().collect();
    let mut undecided = Vec::new();
    for reservation in session.owned_reservations(&person_ids).await? {
        if serial_numbers.contains(&reservation.serial_number) {
            continue;
        }
        if has_other_owner(&reservation, number) {
            let serial_number = reservation.serial_number;
            undecided.push(Undecided { serial_number, reason: Doubt::OtherOwner });
        } else {
            serial_numbers.push(reservation.serial_number);
        }
    }
    for serial_number in session.lookalikes(&person_ids, &serial_numbers, number).await? {
        if undecided.iter().all(|known| known.serial_number != serial_number) {
            undecided.push(Undecided { serial_number, reason: Doubt::Lookalike });
        }
    }
    Ok(Found { person_ids, serial_numbers, undecided })
}

/// Whether a reservation that was the person's has another one's document now: not a mistyped number of the person.
fn has_other_owner(reservation: &OwnedReservation, number: &str) -> bool {
    let Some(idcard) = reservation.idcard.as_deref().map(fold_number).filter(|idcard| !idcard.is_empty()) else {
        return false;
    };
    if reservation.is_own || reservation.is_alike || idcard == number {
        return false;
    }
    let is_identity_card = reservation.card_type.as_deref().is_some_and(|of| of.trim() == IDENTITY_CARD);
    !is_identity_card || is_identity_number(&idcard)
}
