//! Files and folders that a command line names and that cannot be had: each has its own sentence, names the path, and ends with 2,
//! in both languages.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Hospital, end, server_place, tijian, with_server_programs};

/// Commands that write a file, by their last argument, and what its argument is called.
const FILES_WRITTEN: [&[&str]; 4] = [
    &["report", "--out"],
    &["docs", "--out"],
    &["support", "--out"],
    &["reconcile", "list.csv", "--account", "demo", "--out"],
];

/// Commands that write into a folder, and whether it has to be there.
const FOLDERS_WRITTEN: [(&[&str], bool); 2] = [(&["man"], true), (&["finance", "month", "2026-01", "--out"], false)];

/// Commands that look for the private server, and one that makes it.
const SERVER_FOUND: [&[&str]; 4] = [&["status"], &["audit"], &["report", "--out", "page.html"], &["db", "psql"]];
const SERVER_MADE: &[&str] = &["db", "serve"];

/// A folder with an empty file `file` in it.
fn folder() -> TempDir {
    let place = server_place();
    std::fs::write(place.path().join("file"), "").unwrap();
    place
}

/// That the command is refused with this code, by a sentence that names the path, in either language.
#[track_caller]
fn assert_refused(place: &TempDir, arguments: &[&str], code: &str, named: &str) {
    let mut sentences = Vec::new();
    for (language, error) in [("en", "error "), ("zh", "错误 ")] {
        let mut command = tijian(place.path());
        command.env("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none");
        if arguments.contains(&"--data-dir") {
            command.env_remove("DATABASE_URL");
            with_server_programs(&mut command).env("TIJIAN_PRIVATE_SERVER", "1");
        }
        let ended = end_of(command, arguments, language);
        let line =
            ended.lines().find(|line| line.starts_with(error)).unwrap_or_else(|| panic!("{arguments:?}: {ended}"));
        assert!(line.contains(code) && line.contains(named), "{arguments:?}: {line}");
        sentences.push(line.to_owned());
    }
    assert_ne!(sentences[0], sentences[1]);
}

#[track_caller]
fn end_of(mut command: std::process::Command, arguments: &[&str], language: &str) -> String {
    command.args(arguments).args(["--lang", language]);
    end(command).expect(2).stderr
}

#[test]
fn a_file_that_cannot_be_written_is_refused() {
    let place = folder();
    std::fs::create_dir(place.path().join("folder")).unwrap();
    for command in FILES_WRITTEN {
        let refused = |path: &str, code, named| assert_refused(&place, &[command, &[path]].concat(), code, named);
        refused("missing/page", "TJ-1070", "missing");
        refused("file/page", "TJ-1075", "file");
        // Where not even root may write.
        refused("/proc/page", "TJ-1072", "/proc");
        // What is never replaced is told so, whatever is there.
        let is_kept = matches!(command[0], "support" | "reconcile");
        refused("folder", if is_kept { "TJ-1055" } else { "TJ-1071" }, "folder");
        let long = format!("{}.zip", "n".repeat(300));
        refused(&long, "TJ-1078", &long);
        refused("missing/..", "TJ-1043", "missing/..");
        refused("..", if command[0] == "support" { "TJ-1055" } else { "TJ-1071" }, "..");
    }
}

#[test]
fn a_file_name_that_is_no_text_is_refused() {
    let place = folder();
    for command in FILES_WRITTEN {
        for (language, words) in [("en", "is not a file name in UTF-8"), ("zh", "不是 UTF-8 的文件名")] {
            let mut bare = tijian(place.path());
            bare.env("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none");
            bare.args(command).arg(OsStr::from_bytes(b"\xff.zip"));
            let said = end_of(bare, &[], language);
            assert!(said.contains("TJ-1077") && said.contains(words), "{command:?}: {said}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_into_is_refused() {
    let place = folder();
    for (command, has_to_be_there) in FOLDERS_WRITTEN {
        let refused = |path: &str, code, named| assert_refused(&place, &[command, &[path]].concat(), code, named);
        refused("file", "TJ-1075", "file");
        refused("/proc", "TJ-1072", "/proc");
        if has_to_be_there {
            refused("missing", "TJ-1070", "missing");
            refused("file/folder", "TJ-1070", "file/folder");
        } else {
            refused("file/folder", "TJ-1075", "file");
            let long = "n".repeat(300);
            refused(&long, "TJ-1078", &long);
            refused("/proc/folder", "TJ-1072", "/proc");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_read_is_refused() {
    let hospital = Hospital::new().await;
    hospital.run_well().await;
    std::fs::write(hospital.dir.path().join("file"), "").unwrap();
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    for command in [&["reconcile", "--account", "demo"][..], &["arrive", pipeline, "--from"]] {
        for path in ["missing", ".", "file/list"] {
            for language in ["en", "zh"] {
                let ended = hospital.command(&[command, &[path, "--lang", language]].concat()).expect(2);
                // A folder is no file that could be a list of whatever form.
                let code = if (command[0], path) == ("reconcile", ".") { "TJ-1034" } else { "TJ-1076" };
                let line = ended.stderr.lines().find(|line| line.contains(code)).unwrap_or_default();
                assert!(line.contains(path) && line.starts_with("error") == (language == "en"), "{}", ended.stderr);
            }
        }
    }
}

#[test]
fn a_demo_or_a_contract_that_cannot_be_had_is_refused() {
    let place = folder();
    for (path, code) in [("file", "TJ-1040"), ("file/demo", "TJ-1073"), ("/proc/demo", "TJ-1073")] {
        assert_refused(&place, &["demo", "--dir", path], code, path);
    }
    for path in ["missing", ".", "file/contract"] {
        assert_refused(&place, &["docs", "--out", "page.html", "--contract", path], "TJ-1201", path);
        assert_refused(&place, &["run", path], "TJ-1201", path);
    }
    assert!(!Path::exists(&place.path().join("page.html")));
}

#[test]
fn a_data_folder_that_cannot_be_had_is_refused() {
    let place = folder();
    let with = |command: &[&'static str], path: &str, code: &str| {
        assert_refused(&place, &[command, &["--data-dir", path]].concat(), code, path);
    };
    for command in SERVER_FOUND {
        with(command, "missing", "TJ-7003");
        with(command, "file", "TJ-7014");
        with(command, "file/data", "TJ-7014");
        with(command, "/proc/data", "TJ-7003");
    }
    // A missing one is made.
    with(SERVER_MADE, "file", "TJ-7014");
    with(SERVER_MADE, "file/data", "TJ-7014");
    with(SERVER_MADE, "/proc/data", "TJ-7014");
    std::fs::create_dir(place.path().join("data")).unwrap();
    std::fs::write(place.path().join("data/postgres"), "").unwrap();
    with(SERVER_MADE, "data", "TJ-7014");
    // As the variable says it.
    let mut command = tijian(place.path());
    command.env("TIJIAN_DATA_DIR", place.path().join("file"));
    with_server_programs(&mut command);
    assert!(end_of(command, SERVER_MADE, "en").contains("TJ-7014"));
}
