//! `tijian finance verify`: what it finds right, and what it finds wrong.

use std::path::{Path, PathBuf};

use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tijian::files::{Finding, manifest_path, verify_file};
use tijian::simulator::GeneratorOptions;
use tijian::upkeep::verify_finance;
use tijian::wording::Language;

use super::{add_export, files_in};
use crate::support::{Hospital, record};

/// Three nights into every format.
async fn hospital() -> Hospital {
    let options = GeneratorOptions { reservations: 40, new_per_night: 5, changes: 0.6, ..Default::default() };
    let mut hospital = Hospital::with_reservations(options).await;
    add_export(&mut hospital, "finance", "clerk", "profile = \"excel\"");
    add_export(&mut hospital, "finance", "legacy", "encoding = \"gb18030\"");
    add_export(&mut hospital, "finance", "workbooks", "format = \"xlsx\"");
    hospital.simulator.insert_records(vec![
        record("=A-1", r#""hospitalCode":"0571","payType":null,"hospitalName":"甲,“乙”\"丙\"""#),
        record("20261101000000000001", r#""examinationFee":null,"hospitalPackageName":"=1+1""#),
    ]);
    for _ in 0..3 {
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    hospital
}

fn csv_files(hospital: &Hospital) -> Vec<PathBuf> {
    let files = files_in(hospital, "finance").into_iter().chain(files_in(hospital, "clerk"));
    files.filter(|file| file.ends_with(".csv")).map(|file| hospital.dir.path().join(file)).collect()
}

fn files_of(hospital: &Hospital, dir: &str, extension: &str) -> Vec<PathBuf> {
    let files = files_in(hospital, dir).into_iter().filter(|file| file.ends_with(extension));
    files.map(|file| hospital.dir.path().join(file)).collect()
}

fn delta(hospital: &Hospital, number: u32) -> PathBuf {
    let name = format!("_delta_{number:06}_");
    csv_files(hospital).into_iter().find(|file| file.display().to_string().contains(&name)).unwrap()
}

/// Claims that do not hold, and why.
async fn problems(hospital: &Hospital, file: &Path) -> Vec<(&'static str, String)> {
    broken(verify_finance(file, Some(&hospital.database.warehouse)).await.unwrap())
}

fn broken(findings: Vec<Finding>) -> Vec<(&'static str, String)> {
    for finding in &findings {
        assert_ne!(finding.message().text(Language::Chinese), finding.claim, "said in Chinese");
        assert_eq!(finding.message().to_string(), finding.claim);
    }
    findings.into_iter().filter_map(|finding| Some((finding.claim, finding.problem?.to_string()))).collect()
}

fn claims(problems: &[(&'static str, String)]) -> Vec<&'static str> {
    problems.iter().map(|(claim, _)| *claim).collect()
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) {
    std::fs::write(file, change(std::fs::read_to_string(file).unwrap())).unwrap();
}

fn edit_manifest(file: &Path, change: impl FnOnce(&mut Value)) {
    edit(&manifest_path(file), |text| {
        let mut manifest = serde_json::from_str(&text).unwrap();
        change(&mut manifest);
        manifest.to_string()
    });
}

/// Makes the manifest say what the edited file is, as somebody would who knows how.
fn forge(file: &Path, totals: impl Fn(&mut Value)) {
    let bytes = std::fs::read(file).unwrap();
    edit_manifest(file, |manifest| {
        manifest["bytes"] = json!(bytes.len());
        manifest["sha256"] = json!(hex::encode(Sha256::digest(&bytes)));
        totals(manifest);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_that_was_written_is_good_and_stays_good() {
    let hospital = hospital().await;
    let mut files = csv_files(&hospital);
    files.extend(files_of(&hospital, "legacy", ".csv"));
    files.extend(files_of(&hospital, "workbooks", ".xlsx"));
    assert_eq!(files.len(), 4 * 2 * 3, "snapshot and delta, of three nights, in four formats");
    for file in &files {
        assert_eq!(problems(&hospital, file).await, [], "{}", file.display());
    }
    let ended = hospital.command(&["finance", "verify", files[0].to_str().unwrap()]).expect(0);
    assert!(ended.stdout.lines().count() > 12 && ended.stdout.lines().all(|line| line.starts_with("✔ ")), "{ended:?}");
    let manifest = manifest_path(&files[0]);
    let ended = hospital.command(&["finance", "verify", "--output", "json", manifest.to_str().unwrap()]).expect(0);
    let document = ended.json();
    assert_eq!((&document["problems"], &document["file"]), (&json!(0), &json!(files[0])));
    // Without any database.
    let mut offline = crate::support::tijian(hospital.dir.path());
    offline.args(["finance", "verify", "--offline"]).arg(&files[1]).env("DATABASE_URL", "postgresql://127.0.0.1:1/x");
    crate::support::end(offline).expect(0);
}

/// Invariant: A finance file that was changed is detected, even if its manifest was forged.
/// Held by: `tijian finance verify`: digest, totals and rows, against the manifest and the warehouse.
#[tokio::test(flavor = "multi_thread")]
async fn an_edited_amount_is_found_even_where_the_manifest_was_made_to_fit() {
    let hospital = hospital().await;
    let file = delta(&hospital, 1);
    let original = std::fs::read_to_string(&file).unwrap();
    let line = original.lines().nth(1).unwrap();
    let amount = line.rsplit(',').next().unwrap();
    let edited = format!("{}9.99", &line[..line.len() - amount.len()]);
    edit(&file, |text| text.replacen(line, &edited, 1));
    let found = problems(&hospital, &file).await;
    let expected = [
        "the file has its length",
        "the file has its SHA-256",
        "the file comes to its totals",
        "the file comes to its totals by month",
        "the file comes to its totals by hospital",
        "the file comes to its totals by way of payment",
        "the warehouse has the same rows, cell by cell",
    ];
    assert_eq!(claims(&found), expected, "{found:?}");
    let first = "select format('row 1 differs from the warehouse in amount (serialNumber %s, entry 1)', serial_number)
        from finance.entries where entry_number = 1";
    assert_eq!(found[6].1, hospital.database.lines(first).await[0]);

    let ended = hospital.command(&["finance", "verify", "--lang", "en", file.to_str().unwrap()]).expect(1);
    assert_eq!(ended.stdout.matches('✘').count(), expected.len(), "{}", ended.stdout);
    let first = "select format('✘ 数据仓库与文件逐格一致：第 1 行的“amount”与数据仓库不一致（预约编号 %s，分录号 1）', serial_number)
        from finance.entries where entry_number = 1";
    let first = hospital.database.lines(first).await.concat();
    let verify = |locale: [(&str, &str); 2], arguments: &[&str]| {
        let mut command = hospital.tijian();
        command.args(["finance", "verify"]).args(arguments).arg(&file).env_remove("LC_MESSAGES").envs(locale);
        crate::support::end(command).expect(1).stdout
    };
    let (english, chinese) = ([("LANG", "en_US.UTF-8"), ("LC_ALL", "")], [("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]);
    assert_eq!(verify(english, &[]), ended.stdout);
    assert_eq!(verify(chinese, &["--lang", "en"]), ended.stdout);
    assert_eq!(verify([("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], &[]), ended.stdout);
    let said = verify(chinese, &[]);
    assert_eq!(verify(english, &["--lang", "zh"]), said);
    assert!(said.contains(&first), "{said}");
    assert!(said.lines().all(|line| line.contains(|sign: char| !sign.is_ascii() && !"✔✘".contains(sign))), "{said}");

    // A forged manifest, with the totals that the edited file comes to.
    let off = found[2].1.rsplit("amount ").next().unwrap().to_owned();
    forge(&file, |manifest| manifest["amount"] = json!(off));
    let found = problems(&hospital, &file).await;
    assert!(claims(&found).contains(&"the warehouse comes to the same totals"), "{found:?}");
    assert!(claims(&found).contains(&"the warehouse has the same rows, cell by cell"), "{found:?}");
    assert!(!claims(&found).contains(&"the file comes to its totals"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_with_other_rows_is_found_even_where_the_manifest_was_made_to_fit() {
    let hospital = hospital().await;
    let workbooks = files_of(&hospital, "workbooks", ".xlsx");
    let deltas: Vec<&PathBuf> =
        workbooks.iter().filter(|file| file.display().to_string().contains("_delta_")).collect();
    std::fs::copy(deltas[0], deltas[1]).unwrap();
    forge(deltas[1], |_| {});
    let found = problems(&hospital, deltas[1]).await;
    assert!(claims(&found).contains(&"the file comes to its totals"), "{found:?}");
    let (claim, problem) = found.last().unwrap();
    assert_eq!(*claim, "the warehouse has the same rows, cell by cell");
    assert!(problem.starts_with("row 1 differs from the warehouse in handoff_number (serialNumber "), "{problem}");

    std::fs::write(deltas[1], "no workbook").unwrap();
    forge(deltas[1], |_| {});
    let found = problems(&hospital, deltas[1]).await;
    assert!(found.contains(&("the heading is the manifest's", "it is not an Excel workbook".to_owned())), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_and_added_rows_and_torn_files_are_found() {
    let hospital = hospital().await;
    for file in csv_files(&hospital) {
        let original = std::fs::read(&file).unwrap();
        let text = String::from_utf8(original.clone()).unwrap();
        let at = text[..text.len() - 2].rfind("\r\n").unwrap() + 2;
        for (edited, row) in [
            (original[..at].to_vec(), "the file ends before row"),
            ([&original, &original[at..]].concat(), "the file has more"),
            (original[..original.len() - 5].to_vec(), ""),
            (original[..at + 4].to_vec(), "cells instead of"),
        ] {
            std::fs::write(&file, edited).unwrap();
            let found = problems(&hospital, &file).await;
            assert!(claims(&found).contains(&"the file has its SHA-256"), "{found:?}");
            let (claim, problem) = found.last().unwrap();
            assert_eq!(*claim, "the warehouse has the same rows, cell by cell");
            assert!(problem.contains(row), "{problem}");
        }
        std::fs::write(&file, original).unwrap();
        assert_eq!(problems(&hospital, &file).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_that_are_missing_swapped_unknown_or_foreign_are_told_apart() {
    let hospital = hospital().await;
    let (file, other) = (delta(&hospital, 1), delta(&hospital, 2));
    let (manifest, others) = (manifest_path(&file), std::fs::read(manifest_path(&other)).unwrap());
    let good = std::fs::read(&manifest).unwrap();

    std::fs::write(&manifest, &others).unwrap();
    let found = problems(&hospital, &file).await;
    assert_eq!(claims(&found)[..2], ["the manifest is of this file", "the file has its length"], "{found:?}");
    assert!(found[0].1.contains("swapped, or the file renamed"), "{found:?}");

    std::fs::write(&manifest, &good).unwrap();
    for (key, value, expected) in [
        ("format_version", json!(3), "its format version is 3, and this tijian knows 2"),
        ("format_version", json!(null), "has no format_version"),
        ("rows", json!("many"), "lacks entries of a tijian manifest"),
        ("account", json!("other\nhospital"), "row 1 belongs to another account"),
        ("profile", json!("clay tablets"), "this tijian does not know it"),
    ] {
        edit_manifest(&file, |manifest| manifest[key] = value);
        let found = problems(&hospital, &file).await;
        assert!(found[0].1.contains(expected), "{found:?}");
        std::fs::write(&manifest, &good).unwrap();
    }
    edit_manifest(&file, |manifest| manifest["handoff"]["handoff_number"] = json!(77));
    assert_eq!(problems(&hospital, &file).await[0].1, "it has no handoff 77 of this account");
    std::fs::write(&manifest, &good).unwrap();
    edit_manifest(&file, |manifest| manifest["handoff"]["balance_before"] = json!("0.01"));
    assert_eq!(claims(&problems(&hospital, &file).await), ["the warehouse knows the handoff"]);
    std::fs::write(&manifest, b"\xff{").unwrap();
    assert_eq!(problems(&hospital, &file).await[0].1, "it is not JSON (line 1)");

    std::fs::remove_file(&manifest).unwrap();
    let found = problems(&hospital, &file).await;
    assert!(found.len() == 1 && found[0].1.contains("is missing: the export did not finish"), "{found:?}");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(claims(&problems(&hospital, &file).await), ["the file is there"]);

    // A good file, asked of a warehouse that does not know the hospital.
    let stranger = Hospital::new().await;
    let found = problems(&stranger, &other).await;
    assert_eq!(claims(&found), ["the warehouse knows the account"]);
    assert!(found[0].1.contains("is this the right database"), "{found:?}");
}

/// Invariant: A finance file that was changed is detected, even if its manifest was forged.
#[tokio::test(flavor = "multi_thread")]
async fn no_damage_makes_it_panic_or_pass() {
    let hospital = hospital().await;
    let workbook = files_of(&hospital, "workbooks", ".xlsx").pop().unwrap();
    for file in [delta(&hospital, 2), csv_files(&hospital).pop().unwrap(), workbook] {
        let (good, good_manifest) = (std::fs::read(&file).unwrap(), std::fs::read(manifest_path(&file)).unwrap());
        let damage = (any::<bool>(), any::<proptest::sample::Index>(), any::<u8>(), any::<bool>());
        let damage = damage.prop_filter("a change", |(_, _, by, is_cut)| *by != 0 || *is_cut);
        TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() })
            .run(&damage, |(is_manifest, at, by, is_cut)| {
                let (path, good) = match is_manifest {
                    true => (manifest_path(&file), &good_manifest),
                    false => (file.clone(), &good),
                };
                let mut bytes = good.clone();
                let at = at.index(bytes.len());
                match is_cut {
                    true => bytes.truncate(at),
                    false => bytes[at] ^= by,
                }
                std::fs::write(&path, &bytes).unwrap();
                let found = broken(verify_file(&file).findings);
                std::fs::write(&path, good).unwrap();
                // What a manifest says for the warehouse's eyes only, and blanks, are not for this check.
                assert!(is_manifest || !found.is_empty(), "{at}");
                Ok(())
            })
            .unwrap();
    }
}
