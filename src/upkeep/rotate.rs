//! A new site key: landed files first, each whole under the one key or the other; then the database, in one transaction.
//!
//! Stopped anywhere, it is completed by doing it again: a file that is done is known by its key id, and the database
//! says under which key it is. Until it does, the previous key is the warehouse's, and runs want that one.

use crate::failure::RunError;
use crate::failure::Stopped;
use crate::landing::{Landing, Reseal};
use crate::night::belonging::check_folders;
use crate::night::step::steps;
use crate::pipeline::Pipeline;
use crate::seal::{LandingKey, QuarantineKey};
use crate::settings::SiteKey;
use crate::transform::PersonKey;
use crate::warehouse::{KeyRotation, RotationCounts, RotationKeys, Warehouse, WarehouseKey};

steps! {
    /// What has just been done.
    pub enum RotationStep {
        /// One landed file is under the new key.
        FileSealed = "file_sealed",
        /// All of them are; the database is not yet.
        FilesSealed = "files_sealed",
        /// The database uses the new key, too.
        Rotated = "rotated",
    }
}

/// Called after every step.
pub type OnRotation<'a> = dyn Fn(RotationStep) -> Result<(), Stopped> + Send + Sync + 'a;

/// Counts of what was sealed or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct RotationReport {
    /// Landed files sealed again.
    pub files: u64,
    /// Landed files that were under the new key already.
    pub files_before: u64,
    #[serde(flatten)]
    pub database: RotationCounts,
    /// The database was under the new key already.
    pub is_database_before: bool,
    /// Accounts of the warehouse that no pipeline names: their landed files stay as they are.
    pub accounts_unnamed: Vec<String>,
    /// Accounts whose landing folder is not there.
    pub folders_absent: Vec<String>,
}

/// Brings landed files of these pipelines, and the whole warehouse, from under `previous` under `current`.
pub async fn rotate_site_key(
    pipelines: &[Pipeline],
    warehouse: &Warehouse,
    previous: &SiteKey,
    current: &SiteKey,
    on_step: &OnRotation<'_>,
) -> Result<RotationReport, RunError> {
    let mut rotation = warehouse.lock_site_key().await?.ok_or(RunError::Busy)?;
    let outcome = rotate_locked(pipelines, warehouse, &mut rotation, (previous, current), on_step).await;
    rotation.release().await;
    outcome
}

async fn rotate_locked(
    pipelines: &[Pipeline],
    warehouse: &Warehouse,
    rotation: &mut KeyRotation,
    (previous, current): (&SiteKey, &SiteKey),
    on_step: &OnRotation<'_>,
) -> Result<RotationReport, RunError> {
    let (previous_person, current_person) = (PersonKey::derive(previous.expose()), PersonKey::derive(current.expose()));
    let renew = |card_type: Option<&str>, idcard: &str| {
        previous_person.person_id(card_type, Some(idcard)).zip(current_person.person_id(card_type, Some(idcard)))
    };
    let keys = RotationKeys {
        previous_id: previous_person.key_id(),
        current_id: current_person.key_id(),
        previous: &QuarantineKey::derive(previous.expose()),
        current: &QuarantineKey::derive(current.expose()),
        renew: &renew,
    };
    // Before any file is touched: that the previous key is the warehouse's, or was until just now.
    let warehouse_key = rotation.warehouse_key(&keys).await?;
    for pipeline in pipelines {
        check_folders(pipeline, warehouse).await?;
    }
    let mut accounts_unnamed = rotation.accounts().await?;
    accounts_unnamed.retain(|account| !pipelines.iter().any(|pipeline| pipeline.account == *account));
    let mut report = RotationReport { accounts_unnamed, ..RotationReport::default() };
    for pipeline in pipelines {
        seal_files(pipeline, previous, current, &mut report, on_step).await?;
    }
    on_step(RotationStep::FilesSealed)?;
    match warehouse_key {
        WarehouseKey::Current => report.is_database_before = true,
        WarehouseKey::None => {}
        WarehouseKey::Previous => report.database = rotation.rotate(&keys).await?,
    }
    on_step(RotationStep::Rotated)?;
    Ok(report)
}

/// Brings an account's landed files under the current key.
async fn seal_files(
    pipeline: &Pipeline,
    previous: &SiteKey,
    current: &SiteKey,
    report: &mut RotationReport,
    on_step: &OnRotation<'_>,
) -> Result<(), RunError> {
    let (previous, current) = (LandingKey::derive(previous.expose()), LandingKey::derive(current.expose()));
    let Some(landing) = Landing::find(&pipeline.landing.dir, &pipeline.account, current)? else {
        report.folders_absent.push(pipeline.account.clone());
        return Ok(());
    };
    for delivery in landing.sealed_files()? {
        let (landing, previous) = (landing.clone(), previous.clone());
        let outcome = tokio::task::spawn_blocking(move || landing.reseal(&delivery, &previous)).await;
        match outcome.map_err(RunError::Worker)?? {
            Reseal::Done => report.files += 1,
            Reseal::Needless => report.files_before += 1,
        }
        on_step(RotationStep::FileSealed)?;
    }
    Ok(())
}
