//! Disks that are full, folders that cannot be written, files that may not grow: in the landing folder, and in each export's.
//!
//! The built program runs in a mount namespace of its own (`unshare`), where a tiny file system, or one that is read-only,
//! is in a folder's place. Where a machine allows no namespaces, those tests say so and fail; a limit on the size of
//! files (`ulimit -f`), which needs no right, is tried everywhere.

use std::path::Path;
use std::process::Command;

use tokio::task::block_in_place;

use crate::support::{
    CommitTime, Ended, FinalState, Hospital, TestDatabase, assert_only_committed_states_were_acknowledged, end,
    eventful_hospital, record, tell_night,
};

/// More than a tiny disk or a small file holds.
const RECORDS: usize = 600;

/// Folders that a run writes, and whether the delivery is loaded before.
const FOLDERS: [(&str, bool); 4] = [("landing", false), ("history", true), ("finance", true), ("volumes", true)];

/// Many reservations in one month: each of their files is large.
async fn hospital() -> Hospital {
    let hospital = eventful_hospital(TestDatabase::create().await, 9).await;
    tell_night(&hospital, 0);
    hospital.simulator.insert_records((0..RECORDS).map(|number| record(&format!("D-{number}"), "")).collect());
    hospital
}

async fn undisturbed() -> FinalState {
    let calm = hospital().await;
    calm.run_well().await;
    FinalState::of(&calm).await
}

/// `tijian run`, begun by a shell that first does `preparation`, with `$1` as the folder.
fn run_prepared(hospital: &Hospital, wrapper: &[&str], preparation: &str, folder: &Path) -> Ended {
    let tijian = hospital.tijian();
    let script = format!("{preparation} && shift && exec \"$@\"");
    let mut words = wrapper.iter().copied().chain(["sh", "-c", script.as_str(), "sh"]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).arg(folder).arg(tijian.get_program()).args(["run", "--quiet"]).arg(&hospital.pipeline_file);
    command.current_dir(hospital.dir.path());
    for (name, value) in tijian.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    block_in_place(|| end(command))
}

/// As root a namespace of mounts; else one of users, too, in which we may mount.
fn namespace() -> Vec<&'static str> {
    if rustix::process::geteuid().is_root() {
        vec!["unshare", "--mount"]
    } else {
        vec!["unshare", "--mount", "--map-root-user"]
    }
}

/// A run in trouble with one folder, and a run without.
async fn strike(wrapper: &[&str], preparation: &str, expected: i32, says: &str, undisturbed: &FinalState) {
    for (folder, is_loaded) in FOLDERS {
        let hospital = hospital().await;
        let path = hospital.dir.path().join(folder);
        std::fs::create_dir_all(&path).unwrap();
        let at = format!("{folder}, {preparation}");
        let ended = run_prepared(&hospital, wrapper, preparation, &path);
        assert_eq!(ended.code, expected, "{at}: {}", ended.stderr);
        assert!(ended.stderr.contains(says) && ended.stderr.contains(folder), "{at}: {}", ended.stderr);
        let loaded = hospital.database.lines("select count(*)::text from etl.deliveries").await;
        assert_eq!(loaded, [if is_loaded { "1" } else { "0" }], "{at}");
        assert_eq!(hospital.confirmed().is_empty(), !is_loaded, "{at}");
        block_in_place(|| hospital.night(&["--quiet"]).expect(3));
        // What found room on the other disk went away with it.
        let pipeline = hospital.pipeline_file.to_str().unwrap();
        block_in_place(|| hospital.command(&["--quiet", "export", "--all", pipeline]).expect(0));
        FinalState::of(&hospital).await.assert_is(undisturbed, &at);
        let left = hospital.files().into_iter().filter(|file| file.ends_with(".partial") || file.contains(".tijian-"));
        assert_eq!(left.collect::<Vec<_>>(), [] as [&str; 0], "{at}");
        assert_only_committed_states_were_acknowledged(&hospital, CommitTime::Begun).await;
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_one_run() {
    let tiny = "mount -t tmpfs -o size=8k,mode=0755 tiny \"$1\"";
    strike(&namespace(), tiny, 75, "No space left on device", &undisturbed().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_folder_is_named_and_mended_by_hand() {
    let read_only = "mount -t tmpfs -o ro read-only \"$1\"";
    strike(&namespace(), read_only, 1, "Read-only file system", &undisturbed().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_is_named_and_leaves_no_half_file() {
    let undisturbed = undisturbed().await;
    let hospital = hospital().await;
    // In blocks of 512 bytes. The signal is ignored, as service managers have it, so that the write fails instead.
    let ended = run_prepared(&hospital, &["env"], "trap '' XFSZ && ulimit -f 16", hospital.dir.path());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("File too large") && ended.stderr.contains("landing"), "{}", ended.stderr);
    assert!(hospital.database.versions().await.is_empty() && hospital.confirmed().is_empty());
    block_in_place(|| hospital.night(&["--quiet"]).expect(3));
    FinalState::of(&hospital).await.assert_is(&undisturbed, "after");
}
