//! `tijian demo`: everything on one machine with nothing prepared.

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::support::{
    assert_snapshot, end, literal, run_in, server_place, tijian, with_private_server, with_server_programs,
};

#[test]
fn the_demo_plays_its_nights_leaves_a_clean_warehouse_and_can_be_repeated() {
    let place = server_place();
    let dir = place.path().join("it's a demo");
    let play_in = |language: &str| {
        let mut command = tijian(place.path());
        command.args(["--lang", language]);
        // Somebody else's warehouse, which the demo leaves alone.
        command.env("DATABASE_URL", "postgresql://127.0.0.1:1/other");
        with_server_programs(&mut command).args(["demo", "--reservations", "500", "--dir"]).arg(&dir);
        end(command).expect(0)
    };
    let first = play_in("en");
    let replacements =
        [(&*literal(dir.to_str().unwrap()), "<dir>"), (r" +\d+\.\d  ", "  <s>  "), (r"took \d+\.\d s", "took <s> s")];
    assert_snapshot("demo", &first.stdout, &replacements);

    for file in ["demo.toml", "contracts/reservation.toml", "environment.sh"] {
        assert!(dir.join(file).is_file(), "{file}");
    }
    let months = fs::read_dir(dir.join("export/history")).unwrap().count();
    assert!(months >= 2, "{months} months");
    let finance: Vec<String> = fs::read_dir(dir.join("export/finance"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| file != ".warehouse")
        .collect();
    let manifests = finance.iter().filter(|file| file.ends_with(".csv.manifest.json")).count();
    assert_eq!(
        (manifests, finance.len()),
        (10, 20),
        "five nights brought something, to look at and to book: {finance:?}"
    );

    let mut audit = tijian(place.path());
    with_private_server(&mut audit).arg("--data-dir").arg(&dir).arg("audit");
    assert!(!end(audit).expect(0).stdout.contains('✘'));
    // As the summary says, in a shell that has another warehouse in its environment.
    let mut shell = Command::new("sh");
    shell.args(["-c", r#". "$1/environment.sh" && exec "$2" status"#, "sh"]).arg(&dir).arg(cargo_bin!("tijian"));
    with_server_programs(&mut shell).env("DATABASE_URL", "postgresql://127.0.0.1:1/other");
    let status = end(shell).expect(0).stdout;
    assert!(status.starts_with("database tijian, host /") && status.contains("\naccount demo\n"), "{status}");

    // Nothing to fix and nothing to look at; its platform has ended.
    let mut shell = Command::new("sh");
    let doctor = r#". "$1/environment.sh" && exec "$2" doctor --output json "$1/demo.toml""#;
    shell.args(["-c", doctor, "sh"]).arg(&dir).arg(cargo_bin!("tijian"));
    with_server_programs(&mut shell);
    let checks = end(shell).expect(0).json();
    for check in checks["checks"].as_array().unwrap() {
        let expected = match check["check"].as_str().unwrap() {
            "platform" | "tls" | "token" | "clock" => "left_out",
            _ => "good",
        };
        assert_eq!(check["state"], expected, "{check}");
    }

    fs::write(dir.join("left-over"), "").unwrap();
    let second = play_in("zh");
    assert!(!dir.join("left-over").exists(), "the folder is replaced");
    let replacements =
        [(&*literal(dir.to_str().unwrap()), "<dir>"), (r" +\d+\.\d  ", "  <s>  "), (r"用时 \d+\.\d 秒", "用时 <s> 秒")];
    assert_snapshot("demo-zh", &second.stdout, &replacements);
    let nights = |summary: &str| {
        let lines = summary.lines().filter(|line| line.starts_with("    "));
        lines.map(|line| line.split_whitespace().take(7).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(nights(&second.stdout), nights(&first.stdout), "the same people, the same changes");
    assert_eq!(nights(&first.stdout).len(), 6);
}

#[test]
fn a_folder_that_is_no_demo_is_refused_and_left_as_it_is() {
    let place = server_place();
    let precious = place.path().join("precious");
    fs::write(&precious, "kept").unwrap();
    for dir in [place.path(), &precious] {
        let ended = run_in(place.path(), &["demo", "--dir", dir.to_str().unwrap()]).expect(2);
        assert!(ended.stderr.contains("is not a demo's folder: name another with --dir"), "{}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&precious).unwrap(), "kept");
}

#[test]
fn a_folder_that_cannot_be_used_is_said_so() {
    let place = server_place();
    let busy = place.path().join("busy");
    fs::create_dir(&busy).unwrap();
    let marker = fs::File::create(busy.join(".tijian-demo")).unwrap();
    marker.lock().unwrap();
    fs::write(place.path().join("file"), "").unwrap();
    for (dir, words) in [
        (busy.clone(), "another demo is running in"),
        (place.path().join("file/below"), "for the demo (Not a directory"),
        ("/proc/nowhere".into(), "for the demo (No such file or directory"),
    ] {
        let ended = run_in(place.path(), &["demo", "--dir", dir.to_str().unwrap()]).expect(2);
        assert!(ended.stderr.contains(words) && ended.stderr.contains("--dir"), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    drop(marker);
    fs::create_dir_all(busy.join("postgres/data")).unwrap();
    fs::write(busy.join("postgres/data/postmaster.pid"), "").unwrap();
    let ended = run_in(place.path(), &["demo", "--dir", busy.to_str().unwrap()]).expect(2);
    assert!(ended.stderr.contains("the server of an earlier demo is still running"), "{}", ended.stderr);
}
