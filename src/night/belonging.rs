//! Belonging: a landing or export folder is of one warehouse, and another one in its place is refused before anything is
//! pulled, exported or removed. Only `tijian adopt` gives a folder to another warehouse.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{OtherWarehouse, Present, RunError};
use crate::files::{ExportError, mark_exports, mark_exports_again, warehouse_of_exports};
use crate::landing::{holds_deliveries, mark_landing, warehouse_of_landing};
use crate::pipeline::{ExportDefinition, Pipeline};
use crate::warehouse::{SchemaState, Warehouse};
use crate::warehouse_id::WarehouseId;

/// Longest look into the export folders before a pull. A file share that hangs must not keep the night from pulling: they
/// are looked at again before a file appears in them.
const LOOK_SECONDS_MAX: u64 = 20;

/// Refuses another warehouse than the one that the account's folders remember; what remembers none yet, remembers this one
/// from now on: the landing folder here, export folders before their first file.
///
/// The caller holds the account's lock.
pub(crate) async fn claim_folders(pipeline: &Pipeline, warehouse: &Warehouse) -> Result<(), RunError> {
    let id = check_folders(pipeline, warehouse).await?;
    let (dir, account) = (&pipeline.landing.dir, &pipeline.account);
    if warehouse_of_landing(dir, account)?.is_none() {
        mark_landing(dir, account, id)?;
    }
    Ok(())
}

/// The same, and marks nothing. The id of the warehouse.
pub(crate) async fn check_folders(pipeline: &Pipeline, warehouse: &Warehouse) -> Result<WarehouseId, RunError> {
    let id = warehouse.identity().await?;
    let present = || Present { id: Some(id), database: warehouse.database().clone() };
    let (dir, account) = (&pipeline.landing.dir, &pipeline.account);
    let folder = || dir.join(account);
    match warehouse_of_landing(dir, account)? {
        Some(remembered) if remembered == id => {}
        Some(remembered) => {
            return Err(OtherWarehouse::Remembered { folder: folder(), remembered, present: present() }.into());
        }
        None if holds_deliveries(dir, account)? && !warehouse.knows_deliveries(account).await? => {
            let account = account.clone();
            return Err(OtherWarehouse::Unknown { folder: folder(), account, present: present() }.into());
        }
        None => {}
    }
    match other_of_exports(pipeline, id).await {
        None => Ok(id),
        Some((folder, remembered)) => Err(OtherWarehouse::Remembered { folder, remembered, present: present() }.into()),
    }
}

/// The first export folder that remembers another warehouse. One that cannot be read now is looked at again before a file
/// appears in it.
async fn other_of_exports(pipeline: &Pipeline, id: WarehouseId) -> Option<(PathBuf, WarehouseId)> {
    let folders = export_folders(pipeline);
    let look = tokio::task::spawn_blocking(move || {
        folders.into_iter().find_map(|folder| {
            let remembered = warehouse_of_exports(&folder).ok().flatten().filter(|remembered| *remembered != id)?;
            Some((folder, remembered))
        })
    });
    tokio::time::timeout(Duration::from_secs(LOOK_SECONDS_MAX), look).await.ok()?.ok()?
}

/// Makes sure that a folder of exports is this warehouse's, before a file appears in it.
pub(crate) async fn claim_exports(folder: &Path, account: &str, warehouse: &Warehouse) -> Result<(), RunError> {
    let id = warehouse.identity().await?;
    let (place, account) = (folder.to_owned(), account.to_owned());
    let claim = move || match warehouse_of_exports(&place)? {
        Some(remembered) => Ok::<_, ExportError>(remembered),
        None => mark_exports(&place, &account, id),
    };
    let remembered = tokio::task::spawn_blocking(claim).await.map_err(RunError::Worker)??;
    if remembered == id {
        return Ok(());
    }
    let present = Present { id: Some(id), database: warehouse.database().clone() };
    Err(OtherWarehouse::Remembered { folder: folder.to_owned(), remembered, present }.into())
}

/// Refuses to make a warehouse in a database that has none, where folders of these pipelines remember one.
pub async fn refuse_absent_warehouse<'a>(
    pipelines: impl Iterator<Item = &'a Pipeline>,
    warehouse: &Warehouse,
) -> Result<(), RunError> {
    if !is_absent(warehouse).await? {
        return Ok(());
    }
    match any_remembered(pipelines, warehouse)? {
        // Asked again after the folders: another process may have made the warehouse meanwhile, and it is this one that they
        // remember.
        Some(other) if is_absent(warehouse).await? => Err(other.into()),
        _ => Ok(()),
    }
}

async fn is_absent(warehouse: &Warehouse) -> Result<bool, RunError> {
    Ok(matches!(warehouse.schema_state().await?, SchemaState::Behind { applied: 0, .. }))
}

/// What the first of the folders remembers that remembers anything.
fn any_remembered<'a>(
    pipelines: impl Iterator<Item = &'a Pipeline>,
    warehouse: &Warehouse,
) -> Result<Option<OtherWarehouse>, RunError> {
    let present = || Present { id: None, database: warehouse.database().clone() };
    for pipeline in pipelines {
        let (dir, account) = (&pipeline.landing.dir, &pipeline.account);
        if let Some(remembered) = warehouse_of_landing(dir, account)? {
            let folder = dir.join(account);
            return Ok(Some(OtherWarehouse::Remembered { folder, remembered, present: present() }));
        }
        if holds_deliveries(dir, account)? {
            let (folder, account) = (dir.join(account), account.clone());
            return Ok(Some(OtherWarehouse::Unknown { folder, account, present: present() }));
        }
    }
    Ok(None)
}

/// A folder that is to belong to this warehouse.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AdoptedFolder {
    pub folder: PathBuf,
    /// The warehouse that it belonged to.
    pub before: Option<WarehouseId>,
}

/// Whether to look only, or to give the folders to the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    Look,
    Adopt,
}

/// The folders of an account that are there and belong to no warehouse or to another one, and gives them to this one.
/// Their files stay as they are. Under the account's lock.
pub async fn adopt(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    adoption: Adoption,
) -> Result<Vec<AdoptedFolder>, RunError> {
    let session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = adopt_locked(pipeline, warehouse, adoption).await;
    session.release().await;
    outcome
}

async fn adopt_locked(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    adoption: Adoption,
) -> Result<Vec<AdoptedFolder>, RunError> {
    let id = warehouse.identity().await?;
    let (dir, account) = (&pipeline.landing.dir, &pipeline.account);
    let mut adopted = Vec::new();
    for folder in export_folders(pipeline) {
        let before = warehouse_of_exports(&folder)?;
        if before != Some(id) && folder.is_dir() {
            if adoption == Adoption::Adopt {
                mark_exports_again(&folder, account, id)?;
            }
            adopted.push(AdoptedFolder { folder, before });
        }
    }
    // The last one: as long as it is not this warehouse's, no run pulls.
    let (folder, before) = (dir.join(account), warehouse_of_landing(dir, account)?);
    if before != Some(id) && folder.is_dir() {
        if adoption == Adoption::Adopt {
            mark_landing(dir, account, id)?;
        }
        adopted.push(AdoptedFolder { folder, before });
    }
    Ok(adopted)
}

/// Every folder of exports once.
fn export_folders(pipeline: &Pipeline) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for dir in pipeline.exports.iter().filter_map(ExportDefinition::dir) {
        if !folders.iter().any(|folder| folder == dir) {
            folders.push(dir.to_owned());
        }
    }
    folders
}
