//! Removes expired snapshots. Deltas stay forever, and so does any file without a manifest of ours.
//!
//! A folder may be shared with others, and be far away: names say what a file is, and only what may go is opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::manifest::{Kind, MANIFEST_ENDING, Manifest, manifest_path};
use super::snapshot_word;
use super::verify::read_manifest;
use crate::files::ExportError;
use crate::files::{atomic, cells};
use crate::pipeline::FinanceNames;

/// A snapshot that may go, by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldSnapshot(PathBuf);

/// A snapshot's as-of time, from its name, to the second; and its path.
type Named = (DateTime<Utc>, PathBuf);

/// The account's snapshots in this folder, and in its folders of months, that are as of an earlier time than this one. None of
/// them, whatever its age, is one of `current`, which the warehouse knows as the newest, or the newest one by its time: another
/// warehouse, which has made nothing yet, may have taken the folder over.
pub fn old_snapshots(
    dir: &Path,
    account: &str,
    oldest: DateTime<Utc>,
    current: &[PathBuf],
) -> Result<Vec<OldSnapshot>, ExportError> {
    let (mut named, folders) = look(dir, account)?;
    for folder in folders {
        named.extend(look(&folder, account)?.0);
    }
    // A name is only exact to the second: the rest of the newest second is checked below.
    if named.iter().all(|(second, _)| *second >= oldest) {
        return Ok(Vec::new());
    }
    named.sort();
    let newest = named.iter().rev().find(|(_, path)| as_of(path, account).is_some()).map(|(second, _)| *second);
    let is_old = |(second, path): &Named| {
        *second < oldest
            && Some(*second) != newest
            && !current.contains(path)
            && as_of(path, account).is_some_and(|as_of| as_of < oldest)
    };
    Ok(named.into_iter().filter(is_old).map(|(_, path)| OldSnapshot(path)).collect())
}

/// Each file before its manifest: where this stops, what is left is found again.
pub fn remove_snapshots(snapshots: &[OldSnapshot]) -> Result<(), ExportError> {
    for OldSnapshot(path) in snapshots {
        atomic::remove_file(path)?;
        atomic::remove_file(&manifest_path(path))?;
    }
    Ok(())
}

/// What in a folder is called like a manifest of the account's snapshots, by time and path of the snapshot; and its folders of
/// months. Nothing where there is no folder.
fn look(dir: &Path, account: &str) -> Result<(Vec<Named>, Vec<PathBuf>), ExportError> {
    let error = |source| ExportError::file("list the folder", dir, source);
    let entries = match fs::read_dir(dir) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        entries => entries.map_err(error)?,
    };
    let (mut named, mut folders) = (Vec::new(), Vec::new());
    for entry in entries {
        let entry = entry.map_err(error)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if let Some(file) = name.strip_suffix(MANIFEST_ENDING) {
            named.extend(second_by_name(file, account).map(|second| (second, dir.join(file))));
        } else if is_month(&name) && entry.file_type().map_err(error)?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok((named, folders))
}

/// Such as `2026-11`.
fn is_month(name: &str) -> bool {
    name.len() == 7 && chrono::NaiveDate::parse_from_str(&format!("{name}-01"), "%Y-%m-%d").is_ok()
}

/// The second that a snapshot is as of; `None`: it is not called like one of this account's.
fn second_by_name(name: &str, account: &str) -> Option<DateTime<Utc>> {
    let behind = name.strip_prefix(account)?.strip_prefix('_')?;
    let words = [FinanceNames::Ascii, FinanceNames::Chinese].map(snapshot_word);
    words.iter().find_map(|word| cells::compact_shanghai(behind.strip_prefix(word)?))
}

/// The time of a snapshot; `None` where its manifest does not say that it is one, and this account's.
fn as_of(snapshot: &Path, account: &str) -> Option<DateTime<Utc>> {
    let Manifest { kind, account: owner, file, as_of, .. } = read_manifest(&manifest_path(snapshot)).ok()?;
    let is_ours = kind == Kind::Snapshot && owner == account && snapshot.with_file_name(file) == snapshot;
    is_ours.then(|| as_of.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::finance::{FinanceFile, SnapshotHeader, Subject};
    use crate::files::samples::{ACCOUNT, contract, entry, finance_row, names_in, rows};
    use crate::pipeline::{CsvProfile, FinanceLayout, TableFormat, TextEncoding};
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
        old_beside(dir, oldest, &[])
    }

    fn old_beside(dir: &Path, oldest: &str, current: &[PathBuf]) -> Vec<PathBuf> {
        let old = old_snapshots(dir, ACCOUNT, oldest.parse().unwrap(), current).unwrap();
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

        let snapshots = old_snapshots(dir.path(), ACCOUNT, "2099-01-01T00:00:00Z".parse().unwrap(), &[]).unwrap();
        // Stopped between the two: found again.
        std::fs::remove_file(&made[0]).unwrap();
        assert_eq!(
            old_snapshots(dir.path(), ACCOUNT, "2099-01-01T00:00:00Z".parse().unwrap(), &[]).unwrap(),
            snapshots
        );
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

    /// Deliveries count from 1 in a warehouse that has taken the folder over, and a platform's clock may have been wrong once.
    #[test]
    fn the_newest_one_is_told_by_its_time_and_by_the_warehouse_and_never_by_its_delivery() {
        let dir = tempfile::tempdir().unwrap();
        let layout = LAYOUTS[0];
        let before = [498, 499]
            .map(|id| snapshot_of(dir.path(), layout, ACCOUNT, id, &format!("2025-12-0{}T00:00:00Z", id - 490)));
        assert_eq!(old(dir.path(), "2099-01-01T00:00:00Z"), before[..1], "taken over, and nothing made yet");
        let since = [1, 2].map(|id| snapshot_of(dir.path(), layout, ACCOUNT, id, &format!("2026-02-0{id}T00:00:00Z")));
        let gone = [&before[..], &since[..1]].concat();
        assert_eq!(old(dir.path(), "2026-01-01T00:00:00Z"), before);
        assert_eq!(old(dir.path(), "2099-01-01T00:00:00Z"), gone);
        assert_eq!(old_beside(dir.path(), "2099-01-01T00:00:00Z", &since[1..]), gone);

        snapshot_of(dir.path(), layout, ACCOUNT, 3, "2098-01-01T00:00:00Z");
        assert_eq!(old_beside(dir.path(), "2099-01-01T00:00:00Z", &since[1..]), gone, "the warehouse knows better");
        // Named like the newest one, and none: it protects itself only.
        let last = dir.path().join("hangzhou-third_finance_20980102T000000_4.xlsx");
        std::fs::write(manifest_path(&last), "{}").unwrap();
        assert_eq!(old_beside(dir.path(), "2099-01-01T00:00:00Z", &since[1..]), gone);
    }

    #[test]
    fn both_forms_of_the_newest_one_stay_and_a_name_alone_lets_nothing_go() {
        let dir = tempfile::tempdir().unwrap();
        let header = || SnapshotHeader {
            account: ACCOUNT.to_owned(),
            delivery_id: 2,
            as_of: "2026-02-01T00:00:00.5Z".parse().unwrap(),
        };
        let csv = TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Utf8 };
        for format in [TableFormat::Xlsx, csv] {
            let (subject, columns) = (Subject::Snapshot(header()), finance_row().columns());
            let file = FinanceFile::create(dir.path(), LAYOUTS[0], format, subject, &contract(), &columns);
            file.unwrap().finish().unwrap();
        }
        let first = snapshot_of(dir.path(), LAYOUTS[0], ACCOUNT, 1, "2026-01-01T00:00:00Z");
        assert_eq!(old(dir.path(), "2099-01-01T00:00:00Z"), std::slice::from_ref(&first));
        std::fs::write(manifest_path(&first), "{}").unwrap();
        assert!(old(dir.path(), "2099-01-01T00:00:00Z").is_empty());
    }

    #[test]
    fn a_shared_folder_is_told_apart_by_names() {
        let account = "our";
        for (name, expected) in [
            ("our_finance_20260101T080000_5.csv", Some("2026-01-01T00:00:00Z")),
            ("our_财务快照_20260101T080001_5.xlsx", Some("2026-01-01T00:00:01Z")),
            ("our_finance_delta_000001_20260101T080000.csv", None),
            ("our_finance_month_2026-01.xlsx", None),
            ("ours_finance_20260101T080000_5.csv", None),
            ("your_finance_20260101T080000_5.csv", None),
            ("our_20260101T080000_5.csv", None),
            ("our_finance_", None),
        ] {
            assert_eq!(second_by_name(name, account), expected.map(|time| time.parse().unwrap()), "{name}");
        }
        // What another name leads to is not even looked at: this one says that it is ours, and old.
        let dir = tempfile::tempdir().unwrap();
        let ours = snapshot_of(dir.path(), LAYOUTS[0], ACCOUNT, 1, "2020-01-01T00:00:00Z");
        snapshot_of(dir.path(), LAYOUTS[0], ACCOUNT, 2, "2026-01-01T00:00:00Z");
        let manifest = std::fs::read_to_string(manifest_path(&ours)).unwrap();
        let other = dir.path().join("other_finance_20200101T080000_1.xlsx");
        let theirs =
            manifest.replace("hangzhou-third_finance_20200101T080000_1.xlsx", "other_finance_20200101T080000_1.xlsx");
        std::fs::write(manifest_path(&other), theirs).unwrap();
        assert_eq!(old(dir.path(), "2099-01-01T00:00:00Z"), [ours]);
    }
}
