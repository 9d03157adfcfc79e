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
    let play = || {
        let mut command = tijian(place.path());
        // Somebody else's warehouse, which the demo leaves alone.
        command.env("DATABASE_URL", "postgresql://127.0.0.1:1/other");
        with_server_programs(&mut command).args(["demo", "--reservations", "500", "--dir"]).arg(&dir);
        end(command).expect(0)
    };
    let first = play();
    let replacements =
        [(&*literal(dir.to_str().unwrap()), "<dir>"), (r" +\d+\.\d  ", "  <s>  "), (r"Took \d+\.\d s", "Took <s> s")];
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

    fs::write(dir.join("left-over"), "").unwrap();
    let second = play();
    assert!(!dir.join("left-over").exists(), "the folder is replaced");
    let essence = |summary: &str| {
        let lines = summary.lines().filter(|line| !line.starts_with("Took"));
        lines.map(|line| line.split_whitespace().take(7).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(essence(&second.stdout), essence(&first.stdout), "the same people, the same changes");
}

#[test]
fn a_folder_that_is_no_demo_is_refused_and_left_as_it_is() {
    let place = server_place();
    let precious = place.path().join("precious");
    fs::write(&precious, "kept").unwrap();
    for dir in [place.path(), &precious] {
        let ended = run_in(place.path(), &["demo", "--dir", dir.to_str().unwrap()]).expect(2);
        assert!(ended.stderr.contains("is not a demo's folder: name another one with --dir"), "{}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&precious).unwrap(), "kept");
}
