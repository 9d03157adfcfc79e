//! The folders that a run writes to: whose they are, and room on their disks.

use std::path::Path;

use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::landing::free_bytes;
use crate::night::belonging::{check_folders, refuse_absent_warehouse};
use crate::pipeline::{ExportDefinition, Pipeline};
use crate::upkeep::doctor::finding::{Finding, Findings};
use crate::warehouse::Warehouse;
use crate::wording::message;

/// Never less than this is to be free where files are written.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;

/// A folder must take this many times the last delivery: it, its exports beside the ones that they replace, and growth.
const FREE_DELIVERIES_MIN: u64 = 4;

/// With less than this many times what is needed, somebody should look while there is time.
const FREE_TIMES_GOOD: u64 = 2;

/// Whether the folders are those of this warehouse, as a run asks before it pulls. `ledger`: the warehouse again, or why
/// nothing in it can be read.
pub(super) async fn examine_warehouse(
    pipeline: &Pipeline,
    database: Option<&Warehouse>,
    ledger: Result<&Warehouse, &'static str>,
) -> Finding {
    match (ledger, database) {
        (Ok(warehouse), _) => match check_folders(pipeline, warehouse).await {
            Ok(id) => Finding::Good(message!("doctor-own-folders", id = id.to_string())),
            Err(error) => Finding::of_error(&error),
        },
        (Err(why), Some(database)) => match refuse_absent_warehouse(std::iter::once(pipeline), database).await {
            Err(error @ RunError::OtherWarehouse(_)) => Finding::of_error(&error),
            // What else is wrong with the schema has its own check.
            Ok(()) | Err(_) => Finding::LeftOut(why),
        },
        (Err(why), None) => Finding::LeftOut(why),
    }
}

/// The landing folder, and every folder of exports once.
pub(super) fn examine(pipeline: &Pipeline, last_bytes: u64) -> Findings {
    let mut findings = vec![("landing folder", examine_folder(&pipeline.landing.dir, last_bytes))];
    let mut seen: Vec<&Path> = Vec::new();
    for dir in pipeline.exports.iter().filter_map(ExportDefinition::dir) {
        if !seen.contains(&dir) {
            seen.push(dir);
            findings.push(("export folder", examine_folder(dir, last_bytes)));
        }
    }
    findings
}

fn examine_folder(dir: &Path, last_bytes: u64) -> Finding {
    match free_bytes(dir) {
        Ok(free) => judge(dir, free, last_bytes),
        Err(error) => Finding::of_error(&RunError::from(error)),
    }
}

fn judge(dir: &Path, free: u64, last_bytes: u64) -> Finding {
    let needed = FREE_BYTES_MIN.max(last_bytes.saturating_mul(FREE_DELIVERIES_MIN));
    let room = gibibytes(free);
    if free < needed {
        let problem = message!("doctor-no-room", dir, free = room, needed = gibibytes(needed));
        Finding::broken(ExitCode::Failed, problem, Remedy::MakeRoom)
    } else if free < needed.saturating_mul(FREE_TIMES_GOOD) {
        let problem = message!("doctor-little-room", dir, free = room, needed = gibibytes(needed));
        Finding::watch(ExitCode::Good, problem, Remedy::MakeRoom)
    } else {
        Finding::Good(message!("doctor-room", dir, free = room))
    }
}

fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1024.0 * 1024.0 * 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_needs_room_for_the_next_deliveries() {
        const GIB: u64 = 1 << 30;
        let judge = |free, last_bytes| judge(Path::new("landing"), free, last_bytes);
        assert_eq!(judge(2 * GIB, 0), Finding::Good(message!("doctor-room", dir = "landing", free = "2.0 GiB")));
        assert!(matches!(judge(2 * GIB - 1, 0), Finding::Watch(trouble) if trouble.exit_code == ExitCode::Good));
        assert_eq!(judge(GIB - 1, 0).exit_code(), ExitCode::Failed);
        assert!(matches!(judge(9 * GIB, 2 * GIB), Finding::Watch(_)));
        assert_eq!(judge(7 * GIB, 2 * GIB).exit_code(), ExitCode::Failed);
        assert_eq!(judge(7 * GIB, u64::MAX).exit_code(), ExitCode::Failed);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_has_the_room_of_the_one_above() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free_bytes(&dir.path().join("not/there/yet")).unwrap() > 0);
        assert!(free_bytes(Path::new("relative/and/absent")).unwrap() > 0);
    }
}
