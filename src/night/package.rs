//! The data package of a dataset: which months the next one lacks, and how it takes the place of the one before.

use std::path::PathBuf;

use chrono::{NaiveDate, TimeDelta};
use sha2::{Digest, Sha256};

use crate::clock::now;
use crate::failure::RunError;
use crate::files::{
    DataPackage, ExportError, MonthHeader, MonthlyDataset, NewMonth, Origin, PackageHeader, PublishedPackage,
};
use crate::night::belonging::claim_exports;
use crate::pipeline::{Pipeline, SnapshotRhythm};
use crate::warehouse::{AccountSession, OwedMonth, OwedSnapshot, Warehouse};

/// A pipeline's export of a monthly dataset.
pub(super) struct MonthlyTarget {
    /// Name of the export in the ledger.
    pub name: String,
    pub dir: PathBuf,
    pub dataset: MonthlyDataset,
    /// How long files that the package does not name any more may be read.
    pub keep_hours: u32,
}

/// A data package whose next one lacks months.
pub(super) struct OwedPackage {
    pub target: MonthlyTarget,
    /// The owed months; at least one.
    pub owed: Vec<OwedMonth>,
    /// Months that stay as they are.
    kept: Vec<NaiveDate>,
    package: DataPackage,
    origin: Origin,
    /// The last delivery that changed the history.
    newest: OwedSnapshot,
}

impl OwedPackage {
    /// What the target's next package lacks; with `is_complete`, every month. `None`: nothing, and the folder was not even
    /// looked at.
    pub(super) async fn find(
        session: &AccountSession,
        pipeline: &Pipeline,
        warehouse: &Warehouse,
        target: MonthlyTarget,
        is_complete: bool,
    ) -> Result<Option<OwedPackage>, RunError> {
        let mut owed = session.owed_months(&target.name, is_complete).await?;
        // Months are owed to nobody before a delivery has opened a version.
        let newest = session.owed_snapshot(&target.name, SnapshotRhythm::Nightly, true).await?;
        let Some(newest) = newest.filter(|_| !owed.is_empty()) else { return Ok(None) };
        claim_exports(&target.dir, &pipeline.account, warehouse).await?;
        let mut standing = session.made_months(&target.name).await?;
        standing.retain(|(month, _)| owed.iter().all(|part| part.check_month != *month));
        let mut kept = standing.iter().map(|(month, _)| *month).collect();
        let (dir, account) = (target.dir.clone(), pipeline.account.clone());
        let look = move || {
            let package = DataPackage::open(&dir, &account)?;
            let is_whole = standing.iter().all(|(month, sha256)| package.has(*month, sha256));
            Ok::<_, ExportError>((package, is_whole))
        };
        let (package, is_whole) = tokio::task::spawn_blocking(look).await.map_err(RunError::Worker)??;
        if !is_whole {
            let dir = target.dir.display();
            tracing::warn!(%dir, "exported files are missing or changed: all months are made again");
            (owed, kept) = (session.owed_months(&target.name, true).await?, Vec::new());
        }
        let contract_sha256 = hex::encode(Sha256::digest(&pipeline.contract.text));
        let origin = Origin { account: pipeline.account.clone(), dataset: target.dataset, contract_sha256 };
        Ok(Some(OwedPackage { target, owed, kept, package, origin, newest }))
    }

    /// The header of an owed month's file.
    pub(super) fn header(&self, month: &OwedMonth) -> MonthHeader {
        let OwedMonth { check_month, delivery_id, as_of, .. } = *month;
        MonthHeader { origin: self.origin.clone(), check_month, delivery_id, as_of }
    }

    /// Puts the package in its place, with the months that were owed.
    pub(super) async fn publish(self, made: Vec<NewMonth>) -> Result<PublishedPackage, RunError> {
        let OwedPackage { target, kept, package, origin, newest, .. } = self;
        let header = PackageHeader { origin, delivery_id: newest.delivery_id, as_of: newest.as_of, created: now() };
        let keep = TimeDelta::hours(target.keep_hours.into());
        let publish = move || package.publish(&header, made, &kept, keep);
        Ok(tokio::task::spawn_blocking(publish).await.map_err(RunError::Worker)??)
    }
}
