//! Snapshots whose days are over. Deltas stay for good, and so does what has no manifest of ours.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::manifest::{Kind, MANIFEST_ENDING, Manifest, manifest_path};
use super::verify::read_manifest;
use crate::files::ExportError;
use crate::files::atomic;

/// A snapshot that may go, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldSnapshot(PathBuf);

/// The account's snapshots in this folder, and in its folders of months, that are as of an earlier time than this one. The newest
/// one is none of them, whatever its age.
pub fn old_snapshots(dir: &Path, account: &str, oldest: DateTime<Utc>) -> Result<Vec<OldSnapshot>, ExportError> {
    let (mut manifests, folders) = look(dir)?;
    for folder in folders {
        manifests.extend(look(&folder)?.0);
    }
    let mut snapshots: Vec<(i64, DateTime<Utc>, PathBuf)> =
        manifests.iter().filter_map(|path| snapshot(path, account)).collect();
    snapshots.sort();
    let newest = snapshots.last().map(|(delivery_id, ..)| *delivery_id);
    let is_old =
        |(delivery_id, as_of, _): &(i64, DateTime<Utc>, PathBuf)| *as_of < oldest && Some(*delivery_id) != newest;
    Ok(snapshots.into_iter().filter(is_old).map(|(_, _, path)| OldSnapshot(path)).collect())
}

/// Each file before its manifest: where this stops, what is left is found again.
pub fn remove_snapshots(snapshots: &[OldSnapshot]) -> Result<(), ExportError> {
    for OldSnapshot(path) in snapshots {
        atomic::remove_file(path)?;
        atomic::remove_file(&manifest_path(path))?;
    }
    Ok(())
}

/// The manifests in a folder, and its folders of months. Nothing where there is no folder.
fn look(dir: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), ExportError> {
    let error = |source| ExportError::file("list the folder", dir, source);
    let entries = match fs::read_dir(dir) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        entries => entries.map_err(error)?,
    };
    let (mut manifests, mut folders) = (Vec::new(), Vec::new());
    for entry in entries {
        let entry = entry.map_err(error)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(MANIFEST_ENDING) {
            manifests.push(entry.path());
        } else if is_month(&name) && entry.file_type().map_err(error)?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok((manifests, folders))
}

/// Such as `2026-11`.
fn is_month(name: &str) -> bool {
    name.len() == 7 && chrono::NaiveDate::parse_from_str(&format!("{name}-01"), "%Y-%m-%d").is_ok()
}

/// Which delivery a manifest's snapshot is of, its time, and where it is; `None` where it is none of this account's.
fn snapshot(manifest: &Path, account: &str) -> Option<(i64, DateTime<Utc>, PathBuf)> {
    let Manifest { kind, account: owner, file, delivery_id, as_of, .. } = read_manifest(manifest).ok()?;
    let path = manifest.with_file_name(file);
    let is_ours = kind == Kind::Snapshot && owner == account && manifest_path(&path) == manifest;
    is_ours.then_some((delivery_id, as_of.parse().ok()?, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::finance::{FinanceFile, SnapshotHeader, Subject};
    use crate::files::samples::{ACCOUNT, contract, entry, finance_row, names_in, rows};
    use crate::pipeline::{FinanceLayout, TableFormat};
    use crate::reservation::Handoff;

    /// All in one folder, and a folder for each month under Chinese names.
    const LAYOUTS: [FinanceLayout; 2] = [FinanceLayout::ALL[0], FinanceLayout::ALL[3]];

    fn snapshot_of(dir: &Path, layout: FinanceLayout, account: &str, delivery_id: i64, as_of: &str) -> PathBuf {
        let header = SnapshotHeader { account: account.to_owned(), delivery_id, as_of: as_of.parse().unwrap() };
        let (subject, columns) = (Subject::Snapshot(header), finance_row().columns());
        let file = FinanceFile::create(dir, layout, TableFormat::Xlsx, subject, &contract(), &columns);
        file.unwrap().finish().unwrap().path
    }

    fn delta_of(dir: &Path, layout: FinanceLayout, handoff_number: i32) {
        let handoff = Handoff {
            account: ACCOUNT.to_owned(),
            handoff_number,
            first_delivery_id: 1,
            last_delivery_id: 1,
            as_of: "2020-01-01T00:00:00Z".parse().unwrap(),
            first_entry_number: 1,
            entries: 1,
            amount: "-120.00".parse().unwrap(),
            balance: "0.00".parse().unwrap(),
        };
        let (subject, columns) = (Subject::Delta(handoff), entry().columns());
        let file = FinanceFile::create(dir, layout, TableFormat::Xlsx, subject, &contract(), &columns);
        let mut file = file.unwrap();
        file.write(&rows(&[entry()])).unwrap();
        file.finish().unwrap();
    }

    fn old(dir: &Path, oldest: &str) -> Vec<PathBuf> {
        let old = old_snapshots(dir, ACCOUNT, oldest.parse().unwrap()).unwrap();
        old.into_iter().map(|OldSnapshot(path)| path).collect()
    }

    #[test]
    fn snapshots_go_by_their_time_and_neither_the_newest_nor_deltas_nor_others() {
        let dir = tempfile::tempdir().unwrap();
        let mut made = Vec::new();
        for (delivery_id, layout) in (1..).zip(LAYOUTS) {
            let as_of = format!("2026-0{delivery_id}-01T00:00:00Z");
            made.push(snapshot_of(dir.path(), layout, ACCOUNT, delivery_id, &as_of));
            delta_of(dir.path(), layout, delivery_id as i32);
        }
        made.push(snapshot_of(dir.path(), LAYOUTS[0], ACCOUNT, 3, "2026-03-01T00:00:00Z"));
        snapshot_of(dir.path(), LAYOUTS[0], "another", 1, "2020-01-01T00:00:00Z");
        // One that was renamed, a manifest that is none, and a folder that is not a month's.
        let renamed = snapshot_of(&dir.path().join("2026-13"), LAYOUTS[0], ACCOUNT, 1, "2020-01-01T00:00:00Z");
        std::fs::rename(manifest_path(&renamed), dir.path().join("other.xlsx.manifest.json")).unwrap();
        snapshot_of(&dir.path().join("2026-13"), LAYOUTS[0], ACCOUNT, 2, "2020-01-02T00:00:00Z");
        std::fs::write(dir.path().join("x.manifest.json"), "{").unwrap();

        assert_eq!(made[1], dir.path().join("2026-02/hangzhou-third_财务快照_20260201T080000_2.xlsx"));
        assert!(old(dir.path(), "2026-01-01T00:00:00Z").is_empty());
        assert_eq!(old(dir.path(), "2026-01-01T00:00:00.000001Z"), made[..1]);
        assert_eq!(old(dir.path(), "2099-01-01T00:00:00Z"), made[..2], "never the newest");
        assert!(old(&dir.path().join("none"), "2099-01-01T00:00:00Z").is_empty());

        let snapshots = old_snapshots(dir.path(), ACCOUNT, "2099-01-01T00:00:00Z".parse().unwrap()).unwrap();
        // Stopped between the two: found again.
        std::fs::remove_file(&made[0]).unwrap();
        assert_eq!(old_snapshots(dir.path(), ACCOUNT, "2099-01-01T00:00:00Z".parse().unwrap()).unwrap(), snapshots);
        remove_snapshots(&snapshots).unwrap();
        assert_eq!(names_in(&dir.path().join("2026-02")), [""; 0]);
        assert!(old(dir.path(), "2099-01-01T00:00:00Z").is_empty());
        assert!(made[2].exists() && !made[0].exists() && !manifest_path(&made[0]).exists());
        let deltas = [
            "hangzhou-third_finance_delta_000001_20200101T080000.xlsx",
            "2020-01/hangzhou-third_财务增量_000002_20200101T080000.xlsx",
        ];
        assert!(deltas.iter().all(|delta| dir.path().join(delta).exists()));
    }
}
