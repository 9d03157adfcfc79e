//! What the packages and the archive hold: laid out by `deploy/stage.sh` for all of them, with nothing left out. That they install
//! is tried where their managers are: `tests/package`.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::support::assert_snapshot;
use crate::tidy::assert_none;
use crate::tidy::pages::{links, resolve};
use crate::tidy::source::{Source, files, read, sources};

/// Where the pages are, beside each other as in the repository.
const DOC: &str = "usr/share/doc/tijian/";

/// What makes packages.
const NOT_BESIDE_THE_PAGES: [&str; 5] =
    ["deploy/debian/", "deploy/dist.sh", "deploy/rpm/", "deploy/set-up", "deploy/stage.sh"];

/// Folders that only whoever changes the code has.
const SOURCE: [&str; 6] = ["src", "sql", "tests", ".ci", ".config", "Cargo.toml"];

/// Every staged file with its rights.
fn staged(root: &Path) -> BTreeMap<String, u32> {
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/stage.sh"))
        .args([cargo_bin!("tijian"), root])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = path.symlink_metadata().unwrap().permissions().mode() & 0o7777;
            if path.is_dir() {
                assert_eq!(mode, 0o755, "{}", path.display());
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), mode);
            }
        }
    }
    found
}

#[test]
fn every_file_for_an_operator_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let staged = staged(folder.path());

    let mut problems = Vec::new();
    let deploy =
        files("deploy", "").into_iter().filter(|file| !NOT_BESIDE_THE_PAGES.iter().any(|left| file.starts_with(left)));
    for file in deploy.chain(files("docs", ".md")).chain(files("pipelines", ".md")) {
        if !staged.contains_key(&format!("{DOC}{file}")) {
            problems.push(file);
        }
    }
    // The demo's is inside the program.
    for file in files("pipelines", ".toml").into_iter().filter(|file| file != "pipelines/demo.toml") {
        if !staged.contains_key(&format!("etc/tijian/{file}")) {
            problems.push(file);
        }
    }
    for file in files("deploy/systemd", ".service").into_iter().chain(files("deploy/systemd", ".timer")) {
        if !staged.contains_key(&file.replace("deploy/", "usr/lib/").replace("systemd/", "systemd/system/")) {
            problems.push(file);
        }
    }
    assert_none(problems, "lay the file out in deploy/stage.sh, or say here why no package holds it");

    // Pages and manual pages come and go; the rest is for a person to judge.
    let is_page = |file: &str| file.starts_with(DOC) || file.starts_with("usr/share/man/");
    let listed = staged.iter().filter(|(file, _)| !is_page(file)).map(|(file, mode)| format!("{mode:o} {file}\n"));
    assert_snapshot("installed-files", &listed.collect::<String>(), &[]);
    let commands = staged.keys().filter(|file| file.starts_with("usr/share/man/man1/tijian-")).count();
    assert!(commands > 20, "{commands} manual pages");
}

#[test]
fn links_of_installed_pages_lead_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut problems = Vec::new();
    for page in staged(folder.path()).keys().filter(|file| file.ends_with(".md")) {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        let within = page.strip_prefix(DOC).unwrap();
        for (target, _) in links(&text) {
            let file = resolve(within, target);
            let is_source = SOURCE.contains(&file.split('/').next().unwrap());
            if !is_source && !folder.path().join(DOC).join(&file).exists() {
                problems.push(format!("{page}: {target}"));
            }
        }
    }
    assert_none(problems, "install what a page links to, beside it");
}

/// The two lists in Cargo.toml take everything that is laid out, with its rights; what an operator changes is configuration.
#[test]
fn both_packages_hold_all_that_is_laid_out() {
    let manifest: toml::Value = toml::from_str(&read("Cargo.toml")).unwrap();
    let of = |package: &str| manifest["package"]["metadata"][package]["assets"].as_array().unwrap().clone();
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let deb: BTreeSet<(String, String, String)> =
        of("deb").iter().map(|asset| (text(&asset[0]), format!("/{}", text(&asset[1])), text(&asset[2]))).collect();
    let rpm: BTreeSet<(String, String, String)> = of("generate-rpm")
        .iter()
        .map(|asset| (text(&asset["source"]), text(&asset["dest"]), text(&asset["mode"])))
        .collect();
    assert_eq!(deb, rpm);

    let folder = tempfile::tempdir().unwrap();
    for (file, mode) in staged(folder.path()) {
        let taken: Vec<_> = rpm
            .iter()
            .filter(|(source, destination, _)| {
                let taken = source.split('*').next().unwrap().strip_prefix("target/stage").unwrap();
                assert_eq!(taken, destination);
                format!("/{file}").starts_with(taken)
            })
            .collect();
        assert!(matches!(&taken[..], [(_, _, given)] if *given == format!("{mode:o}")), "{file}, {mode:o}: {taken:?}");
    }
    for asset in of("generate-rpm") {
        let is_configuration = asset.get("config").and_then(toml::Value::as_str) == Some("noreplace");
        assert_eq!(is_configuration, text(&asset["dest"]) == "/etc/");
    }
}

/// Two archives of one commit are the same, so what they are packed from is.
#[test]
fn the_same_is_laid_out_twice() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = staged(one.path());
    assert_eq!(files, staged(other.path()));
    for file in files.keys() {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(read(one.path()) == read(other.path()), "{file}");
    }
}

/// The top folders of the files that the program is compiled with: what `include_str!` and its kin name, `sql!` among them.
fn embedded(source: &Source) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for at in 0..source.tokens.len() {
        let embeds = matches!(source.word(at), Some("include_str" | "include_bytes" | "include" | "embed_migrations"));
        if !embeds || !source.is_sign(at + 1, '!') {
            continue;
        }
        let literals = (at + 3..).take_while(|at| !source.is_sign(*at, ';')).filter_map(|at| source.literal(at));
        let of_the_manifest = "\"CARGO_MANIFEST_DIR\"";
        let first = literals.clone().next().unwrap();
        let is_of_the_manifest = first == of_the_manifest || source.word(at) == Some("embed_migrations");
        let named = literals.clone().find(|literal| *literal != of_the_manifest).unwrap().trim_matches('"');
        let file =
            if is_of_the_manifest { named.trim_start_matches('/').to_owned() } else { resolve(&source.path, named) };
        folders.insert(file.split('/').next().unwrap().to_owned());
    }
    folders
}

/// An image that lacks one of them is not built, and nobody builds one before a release.
#[test]
fn the_image_is_built_from_every_folder_that_the_program_embeds() {
    let containerfile = read("deploy/container/Containerfile");
    let copies =
        containerfile.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|copy| !copy.starts_with('-'));
    let copied: BTreeSet<String> = copies
        .flat_map(|copy| copy.rsplit_once(' ').unwrap().0.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let ignore = read(".containerignore");
    let allowed: BTreeSet<String> =
        ignore.lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect();
    assert_eq!(copied, allowed, "what is copied is allowed, and nothing else");

    let needed: BTreeSet<String> = sources().iter().flat_map(embedded).collect();
    assert!(["src", "sql", "texts"].iter().all(|folder| needed.contains(*folder)), "{needed:?}");
    let missing = needed.into_iter().filter(|folder| !copied.contains(folder));
    assert_none(
        missing.collect(),
        "copy the folder in deploy/container/Containerfile, and allow it in .containerignore",
    );
}
