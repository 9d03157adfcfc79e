//! The files of a dataset as one snapshot: whoever goes by `datapackage.json` never sees part of an export.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tijian::night::Step;

use super::{add_export, files_in};
use crate::support::parquet_contents::{Contents, read};
use crate::support::{Ended, Hospital, end_after_input, marked_record, record};

/// Reservations whose check dates move through the months, night by night.
const RESERVATIONS: usize = 40;

/// `2026-02` to `2026-05`.
const MONTHS: usize = 4;

/// A folder of files by month, and the column that is counted there: in the history, one reservation is one current version.
const DATASETS: [(&str, &str); 2] = [("history", "is_current"), ("mart/daily_volumes", "reservations")];

/// What a package comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    delivery_id: i64,
    reservations: i64,
    /// In fen.
    fees: i64,
}

fn package_file(dir: &Path) -> PathBuf {
    dir.join("_snapshots/demo/datapackage.json")
}

fn package(dir: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(package_file(dir)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// The files that a package names. Each is as the package says.
fn files_of(dir: &Path, package: &Value) -> Vec<Contents> {
    let resources = package["resources"].as_array().unwrap().iter();
    let file = |resource: &Value| {
        let path = package_file(dir).with_file_name(resource["path"].as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(resource["hash"], format!("sha256:{}", hex::encode(Sha256::digest(&bytes))));
        assert_eq!(resource["bytes"], bytes.len());
        let contents = read(&path);
        assert_eq!(resource["rows"], contents.rows.len());
        let fields: Vec<&str> = resource["schema"]["fields"].as_array().unwrap().iter().map(name).collect();
        assert_eq!(fields, contents.columns);
        contents
    };
    resources.map(file).collect()
}

fn name(field: &Value) -> &str {
    field["name"].as_str().unwrap()
}

/// Reads all that the package names, and fails where a reservation has not exactly one current version.
fn look(dir: &Path, counted: &str) -> Option<Seen> {
    let package = package(dir)?;
    let mut current: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = Seen { delivery_id: package["delivery_id"].as_i64().unwrap(), reservations: 0, fees: 0 };
    for file in files_of(dir, &package) {
        let at = |name: &str| file.columns.iter().position(|column| column == name);
        let fee = at("examination_fee").or_else(|| at("fee_total")).unwrap();
        for row in &file.rows {
            let cell = |at: usize| row[at].as_deref().unwrap();
            let reservations = match cell(at(counted).unwrap()) {
                "true" => 1,
                "false" => 0,
                number => number.parse().unwrap(),
            };
            if let Some(serial_number) = at("serial_number") {
                *current.entry(cell(serial_number).to_owned()).or_default() += usize::from(reservations == 1);
            }
            if reservations > 0 {
                seen.reservations += reservations;
                seen.fees += cell(fee).replace('.', "").parse::<i64>().unwrap();
            }
        }
    }
    assert!(current.values().all(|versions| *versions == 1), "{current:?}");
    Some(seen)
}

/// By SQL: what there was after that delivery.
async fn expected(hospital: &Hospital, delivery_id: i64) -> Seen {
    let query = format!(
        "select count(*) || ' ' || (sum(examination_fee) * 100)::bigint from (
            select distinct on (serial_number) examination_fee from warehouse.reservation_versions
            where delivery_id <= {delivery_id} order by serial_number, version desc
        ) as newest"
    );
    let line = hospital.database.lines(&query).await.remove(0);
    let (reservations, fees) = line.split_once(' ').unwrap();
    Seen { delivery_id, reservations: reservations.parse().unwrap(), fees: fees.parse().unwrap() }
}

async fn hospital() -> Hospital {
    let mut hospital = Hospital::new().await;
    add_export(&mut hospital, "daily_volumes", "mart/daily_volumes", "");
    hospital
}

/// What the platform holds in a night: every reservation is in another month, at another fee, than in the night before.
fn tell(hospital: &Hospital, night: usize) {
    let told = (0..RESERVATIONS).map(|number| {
        let (month, fee) = (2 + (number + night) % MONTHS, 100 * night + number);
        record(&format!("A-{number}"), &format!(r#""checkDate":"2026-{month:02}-09","examinationFee":{fee}.05"#))
    });
    hospital.simulator.insert_records(told.collect());
}

/// Invariant: Files of a dataset are one snapshot for readers of its data package.
/// Held by: names that always have the same content, and a package that is renamed into place when all files are
/// complete.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_by_the_package_sees_one_delivery_however_often_it_looks() {
    let hospital = hospital().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let readers = DATASETS.map(|(dir, counted)| {
        let (dir, is_over) = (hospital.dir.path().join(dir), is_over.clone());
        std::thread::spawn(move || {
            let mut seen: Vec<Seen> = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                seen.extend(look(&dir, counted));
                seen.dedup();
            }
            seen.extend(look(&dir, counted));
            seen.dedup();
            seen
        })
    });
    for night in 0..6 {
        tell(&hospital, night);
        hospital.run_well().await;
    }
    is_over.store(true, Ordering::Relaxed);
    for reader in readers {
        let seen = reader.join().unwrap();
        let deliveries: Vec<i64> = seen.iter().map(|seen| seen.delivery_id).collect();
        assert!(seen.len() > 1 && deliveries.is_sorted(), "{deliveries:?}");
        for seen in seen {
            assert_eq!(seen, expected(&hospital, seen.delivery_id).await);
        }
    }
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_any_step_the_package_is_whole_and_the_next_run_brings_the_newest() {
    let steps = ["refreshed", "month_written", "published", "file_written"];
    assert!(steps.iter().all(|step| Step::NAMES.contains(step)));
    let hospital = hospital().await;
    tell(&hospital, 0);
    hospital.run_well().await;
    let mut night = 0;
    for step in steps {
        for nth in [1, 2, 5, 9] {
            let at = format!("{step} {nth}");
            night += 1;
            tell(&hospital, night);
            hospital.run_until(step, nth).await;
            for (dir, counted) in DATASETS {
                let seen = look(&hospital.dir.path().join(dir), counted).unwrap();
                assert_eq!(seen, expected(&hospital, seen.delivery_id).await, "{at}: {dir}");
            }
            hospital.run_well().await;
            let newest = "select max(delivery_id)::text from etl.deliveries where opened > 0";
            let newest = hospital.database.lines(newest).await;
            for (dir, counted) in DATASETS {
                let seen = look(&hospital.dir.path().join(dir), counted).unwrap();
                assert_eq!(seen, expected(&hospital, newest[0].parse().unwrap()).await, "{at}: {dir}");
                assert_same_by_pattern(&hospital, dir, &at);
            }
        }
    }
    let left = hospital.all_files().into_iter().filter(|file| file.contains(".tijian-"));
    assert_eq!(left.count(), 0, "temporary files");
    hospital.database.assert_sound().await;
}

/// Whoever opens all files of the folder sees what the package names.
fn assert_same_by_pattern(hospital: &Hospital, dir: &str, at: &str) {
    let path = hospital.dir.path().join(dir);
    let by_package: Vec<_> = files_of(&path, &package(&path).unwrap()).into_iter().map(|file| file.rows).collect();
    let by_pattern: Vec<_> =
        files_in(hospital, dir).iter().map(|file| read(&hospital.dir.path().join(file)).rows).collect();
    assert_eq!(by_package, by_pattern, "{at}: {dir}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_package_says_of_what_it_is() {
    let hospital = hospital().await;
    tell(&hospital, 0);
    hospital.run_well().await;
    let contract = hex::encode(Sha256::digest(std::fs::read("pipelines/contracts/reservation.toml").unwrap()));
    let line =
        "select format('%s %s', delivery_id, to_char(effective_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS'))
        from etl.deliveries";
    let line = hospital.database.lines(line).await.remove(0);
    let (delivery_id, as_of) = line.split_once(' ').unwrap();
    for (dir, _) in DATASETS {
        let found = package(&hospital.dir.path().join(dir)).unwrap();
        let dataset = dir.rsplit('/').next().unwrap();
        assert_eq!(found["account"], "demo");
        assert_eq!(found["dataset"], dataset);
        assert_eq!(found["name"], format!("demo-{dataset}"));
        assert_eq!(found["delivery_id"].to_string(), delivery_id);
        assert!(found["as_of"].as_str().unwrap().starts_with(as_of), "{found}");
        assert_eq!(found["contract_sha256"], contract);
        assert_eq!(found["tijian_version"], env!("CARGO_PKG_VERSION"));
        for resource in found["resources"].as_array().unwrap() {
            for field in resource["schema"]["fields"].as_array().unwrap() {
                let (zh, en) = field["description"].as_str().unwrap().split_once(" | ").unwrap();
                assert!(!zh.is_ascii() && en.len() > 2, "{field}");
                assert_eq!(field["title"], zh);
            }
        }
        // Each file says it, too, to whoever has only the file.
        for file in files_in(&hospital, dir) {
            let file = std::fs::File::open(hospital.dir.path().join(file)).unwrap();
            let reader = parquet::file::reader::SerializedFileReader::new(file).unwrap();
            let metadata = parquet::file::reader::FileReader::metadata(&reader).file_metadata().clone();
            let said = metadata.key_value_metadata().unwrap().clone();
            let said = |key: &str| said.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.clone());
            assert_eq!(said("account").as_deref(), Some("demo"));
            assert_eq!(said("dataset").as_deref(), Some(dataset));
            assert_eq!(said("delivery_id").as_deref(), Some(delivery_id));
            assert_eq!(said("as_of").as_deref(), found["as_of"].as_str());
            assert_eq!(said("contract_sha256"), Some(contract.clone()));
            assert_eq!(said("tijian_version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_read_a_package_can_read_its_files_until_they_are_past_their_hours() {
    let mut hospital = hospital().await;
    tell(&hospital, 0);
    hospital.run_well().await;
    let packages = || DATASETS.map(|(dir, _)| package(&hospital.dir.path().join(dir)).unwrap());
    let rows = |package: &Value, dir: &str| -> Vec<_> {
        files_of(&hospital.dir.path().join(dir), package).into_iter().map(|file| file.rows).collect()
    };
    let before = packages();
    let read_before: Vec<_> = before.iter().zip(DATASETS).map(|(package, (dir, _))| rows(package, dir)).collect();
    for night in 1..3 {
        tell(&hospital, night);
        hospital.run_well().await;
    }
    let read_again: Vec<_> = before.iter().zip(DATASETS).map(|(package, (dir, _))| rows(package, dir)).collect();
    assert_eq!(read_again, read_before);

    // They may stay for no time at all.
    hospital.redefine(|text| text.replace("format = \"parquet\"", "format = \"parquet\"\nkeep_hours = 0"));
    tell(&hospital, 3);
    hospital.run_well().await;
    for (dir, _) in DATASETS {
        assert_eq!(unnamed(&hospital, dir), [""; 0]);
    }
}

/// Files of months that the package does not name.
fn unnamed(hospital: &Hospital, dir: &str) -> Vec<String> {
    let found = package(&hospital.dir.path().join(dir)).unwrap();
    let named = |file: &str| {
        found["resources"].as_array().unwrap().iter().any(|resource| file.ends_with(resource["path"].as_str().unwrap()))
    };
    let prefix = format!("{dir}/_snapshots/");
    let files = hospital.all_files().into_iter();
    files.filter(|file| file.starts_with(&prefix) && !file.ends_with(".json") && !named(file)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_took_out_of_a_package_is_made_again_with_the_next() {
    let hospital = hospital().await;
    tell(&hospital, 0);
    hospital.run_well().await;
    let changed = |night: usize| {
        let fee = format!(r#""checkDate":"2026-02-09","examinationFee":{night}"#);
        hospital.simulator.insert_records(vec![record("NEW", &fee)]);
    };
    for (night, damage) in [(1, "file"), (2, "package"), (3, "folder")] {
        let history = hospital.dir.path().join("history");
        let snapshots = history.join("_snapshots/demo");
        match damage {
            "file" => std::fs::remove_dir_all(snapshots.join("check_month=2026-05")).unwrap(),
            "package" => std::fs::write(snapshots.join("datapackage.json"), "{").unwrap(),
            _ => std::fs::remove_dir_all(history).unwrap(),
        }
        changed(night);
        hospital.run_well().await;
        for (dir, counted) in DATASETS {
            let seen = look(&hospital.dir.path().join(dir), counted).unwrap();
            assert_eq!(seen, expected(&hospital, seen.delivery_id).await, "{damage}");
            assert_eq!(seen.reservations, RESERVATIONS as i64 + 1, "{damage}");
            assert_same_by_pattern(&hospital, dir, damage);
        }
    }
}

/// How many files of the history have the marked name, kept ones included.
fn files_with_the_name(hospital: &Hospital) -> usize {
    let is_holding = |file: &String| {
        let rows = read(&hospital.dir.path().join(file)).rows;
        rows.iter().flatten().flatten().any(|cell| cell == "标记姓名")
    };
    let files = files_in(hospital, "history").into_iter().chain(unnamed(hospital, "history"));
    files.filter(is_holding).count()
}

/// Invariant: An erased person is found nowhere, and all counts stay correct.
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_in_no_file_that_was_kept_for_readers() {
    let number = "11010519491231002X";
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replacen("format = \"parquet\"", "format = \"parquet\"\ninclude_identity = true", 1));
    for date in ["2026-02-05", "2026-03-05"] {
        hospital.simulator.insert_records(vec![
            marked_record("M-1", &format!(r#""checkDate":"{date}""#)),
            record("OTHER", &format!(r#""checkDate":"2026-02-06","remark":"{date}","mobile":"1{date}""#)),
        ]);
        hospital.night(&[]);
    }
    assert_eq!(unnamed(&hospital, "history").len(), 1);
    assert_eq!(files_with_the_name(&hospital), 3);

    // Where the pipelines are at hand, what was kept goes with the erasure itself.
    let erase = |hospital: &Hospital| -> Ended {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &hospital.database.owner_url);
        command.args(["erase", "--card-type", "1", "--confirm"]);
        end_after_input(command, number)
    };
    let pipelines = hospital.dir.path().join("pipelines");
    std::fs::create_dir(&pipelines).unwrap();
    std::fs::copy(&hospital.pipeline_file, pipelines.join("demo.toml")).unwrap();
    let erased = erase(&hospital).expect(0);
    assert_eq!(unnamed(&hospital, "history"), [""; 0], "{}", erased.stderr);
    hospital.command(&["export", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(unnamed(&hospital, "history"), [""; 0]);
    assert_eq!(files_with_the_name(&hospital), 0);

    // And where they are not, with the export that the erasure makes owed.
    hospital.simulator.insert_records(vec![marked_record("M-5", r#""checkDate":"2026-04-05""#)]);
    hospital.night(&[]);
    std::fs::remove_dir_all(&pipelines).unwrap();
    assert_eq!(files_with_the_name(&hospital), 1);
    erase(&hospital).expect(0);
    hospital.command(&["export", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(unnamed(&hospital, "history"), [""; 0]);
    assert_eq!(files_with_the_name(&hospital), 0);
    hospital.database.assert_sound().await;
}
