//! Nights in which everything happens, published, rebuilt by a cluster, and compared row for row.
//!
//! Invariant: What another engine rebuilds from the lake is what the nights have made, row for row.
//! Held by: the planner of the nights as a process beside the engine's own; checks before the pointer moves; this comparison.

use std::path::{Path, PathBuf};

use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};

use crate::spark::{Cluster, engine};
use crate::support::{
    Ended, Hospital, Running, TestDatabase, end, end_after_input, marked_record, parquet_contents, record, wait_until,
};

/// The person whom somebody wants to be forgotten.
const NUMBER: &str = "11010519491231002X";

/// A hospital that names a lake in its folder.
pub async fn hospital_with_a_lake(
    database: TestDatabase,
    account: &str,
    lake: &Path,
    generator: GeneratorOptions,
) -> Hospital {
    let options = SimulatorOptions { generator, requests_per_delivery: 3, ..Default::default() };
    let mut hospital = Hospital::of(database, account, options).await;
    hospital.hurry(1);
    let lake = lake.display();
    hospital.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{lake}\"\n"));
    hospital
}

/// What the engine is told, and by whom.
pub fn rebuild(hospital: &Hospital, engine: &str, options: &[&str]) -> std::process::Command {
    let mut command = hospital.tijian();
    command.args(["lake", "rebuild", "--engine", engine]).args(options).arg(&hospital.pipeline_file);
    command
}

/// The folder of the warehouse in the lake.
pub async fn place(hospital: &Hospital, lake: &Path) -> PathBuf {
    lake.join(&hospital.database.lines("select warehouse_id::text from etl.warehouse").await[0])
}

pub fn pointer(place: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(place.join("pointer.json")).unwrap()).unwrap()
}

/// The rows of a part of what was built, each as JSON texts in the order of the columns.
fn built(place: &Path, part: &str) -> Vec<String> {
    let folder = place.join(pointer(place)["built"][part].as_str().unwrap());
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "parquet") {
            rows.extend(parquet_contents::read(&path).rows.iter().map(|row| serde_json::to_string(row).unwrap()));
        }
    }
    rows.sort();
    rows
}

/// The same by SQL.
async fn rows(hospital: &Hospital, columns: &str, from: &str) -> Vec<String> {
    // A comma within a column has no blank behind it.
    let columns: Vec<String> = columns.split(", ").map(|column| format!("({column})::text")).collect();
    let query = format!("select json_build_array({})::text from {from}", columns.join(", "));
    let rows = hospital.database.lines(&query).await;
    let plain = |row: String| serde_json::from_str::<Vec<Option<String>>>(&row).unwrap();
    let mut rows: Vec<String> = rows.into_iter().map(|row| serde_json::to_string(&plain(row)).unwrap()).collect();
    rows.sort();
    rows
}

const HISTORY: &str = "account, serial_number, version, (extract(epoch from valid_from) * 1000000)::bigint, \
    (extract(epoch from valid_to) * 1000000)::bigint, change, person_id, card_type, age_years, age_band, sex_code, is_pregnant, \
    married, hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name, add_combination_id, \
    add_combination_name, examination_fee, order_status, pay_type, data_sources, delivery_id";
const VOLUMES: &str = "account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name, \
    data_sources, order_status, reservations, people, fee_total::numeric(24,2)";
const JOURNAL: &str =
    "account, check_month, hospital_code, coalesce(pay_type,''), count(*), sum(amount)::numeric(24,2)";

#[track_caller]
fn assert_same(found: &[String], expected: &[String], what: &str) {
    let missing: Vec<_> = expected.iter().filter(|row| found.binary_search(row).is_err()).take(3).collect();
    let surplus: Vec<_> = found.iter().filter(|row| expected.binary_search(row).is_err()).take(3).collect();
    assert!(found == expected, "{what}: missing {missing:#?}, surplus {surplus:#?}");
}

/// What was built is what the nights have made: history, volumes, journal.
pub async fn assert_built(hospital: &Hospital, place: &Path) {
    let history = rows(hospital, HISTORY, "mart.reservation_versions").await;
    assert_same(&built(place, "history"), &history, "history");
    assert_same(&built(place, "daily_volumes"), &rows(hospital, VOLUMES, "warehouse.daily_volumes").await, "volumes");
    let from = "finance.version_movements group by account, check_month, hospital_code, coalesce(pay_type,'')";
    assert_same(&built(place, "journal_totals"), &rows(hospital, JOURNAL, from).await, "journal");
}

/// Two accounts: callbacks that fail, some of them with their work done all the same; refused records that a changed contract lets
/// in; keys with whatever a contract allows; an erased person; a backup that was restored.
async fn eventful_hospitals(lake: &Path) -> [Hospital; 2] {
    let generator = |seed, reservations| GeneratorOptions {
        seed,
        reservations,
        new_per_night: 200,
        changes: 0.3,
        defects: 0.01,
        ..Default::default()
    };
    let first = hospital_with_a_lake(TestDatabase::create().await, "first", lake, generator(1, 5000)).await;
    let second = hospital_with_a_lake(first.database.share().await, "second", lake, generator(2, 1000)).await;
    let mut hospitals = [first, second];
    for hospital in &mut hospitals {
        let odd = [r"A\\1", r"\\N", r"T\t1", r"L\n1", r"中\\t"];
        let odd = odd.map(|name| record("$", "").replace("\"$\"", &format!("\"{name}\"")));
        hospital.simulator.insert_records(odd.to_vec());
        hospital.simulator.insert_records(vec![marked_record("M-1", ""), record("LONG-1", &long_name(""))]);
        hospital.run().await;
    }
    a_night_with_failing_callbacks(&hospitals, 1, Fault::Http(503)).await;

    let backup = hospitals[0].database.back_up().await;
    hospitals[1].database = hospitals[0].database.share().await;
    a_night_with_failing_callbacks(&hospitals, 2, Fault::EffectThen502).await;
    hospitals[0].database.restore(&backup).await;
    hospitals[1].database = hospitals[0].database.share().await;
    let mut recover = hospitals[0].tijian();
    recover.env("DATABASE_URL", &hospitals[0].database.owner_url).arg("recover");
    recover.args(hospitals.iter().map(|hospital| &hospital.pipeline_file));
    end(recover).expect(4);

    let mut erase = hospitals[0].tijian();
    erase.env("DATABASE_URL", &hospitals[0].database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    let erased = end_after_input(erase, NUMBER).expect(0);
    assert!(erased.stdout.contains("first") && erased.stdout.contains("second"), "{}", erased.stdout);

    a_night_with_failing_callbacks(&hospitals, 3, Fault::Http(503)).await;
    hospitals[0].redefine_contract(|text| {
        let name = "[fields.name]\ntype = \"text\"\nmax_characters = ";
        text.replace(&format!("{name}20"), &format!("{name}60"))
    });
    let mut retry = hospitals[0].tijian();
    retry.args(["quarantine", "retry"]).arg(&hospitals[0].pipeline_file);
    end(retry).expect(3);
    for hospital in &hospitals {
        hospital.simulator.advance_night();
        hospital.run().await;
    }
    let retried = "select count(*)::text from etl.deliveries where is_retry and opened > 0";
    assert_eq!(hospitals[0].database.lines(retried).await, ["1"]);
    let erased = "select count(*)::text from warehouse.reservation_versions where get_byte(fingerprint, 0) = 0";
    assert_ne!(hospitals[0].database.lines(erased).await, ["0"]);
    hospitals[0].database.assert_sound().await;
    hospitals
}

/// Every callback fails, and all that this night brought comes again.
pub async fn a_night_with_failing_callbacks(hospitals: &[Hospital], night: u8, fault: Fault) {
    for hospital in hospitals {
        hospital.simulator.advance_night();
        let state = |status: u8| record("M-2", &format!(r#""mobile":"{night}","orderStatus":{status}"#));
        let fee = format!(r#""examinationFee":{night}.50"#);
        hospital.simulator.insert_records(vec![state(1), state(5), marked_record("M-1", &fee)]);
        hospital.simulator.arm(Endpoint::Callback, fault, 100_000);
        hospital.run().await;
        hospital.simulator.disarm();
    }
}

/// Refused until the contract is loosened.
pub fn long_name(changes: &str) -> String {
    format!(r#""name":"{}"{changes}"#, "长".repeat(25))
}

/// Publishes what the nights have made.
pub fn publish(hospitals: &[Hospital]) {
    let mut command = hospitals[0].tijian();
    command.args(["lake", "publish"]).args(hospitals.iter().map(|hospital| &hospital.pipeline_file));
    end(command).expect(0);
}

/// `tijian lake verify` of both accounts.
pub fn verify(hospitals: &[Hospital], options: &[&str], code: i32) -> Ended {
    let mut command = hospitals[0].tijian();
    command.args(["lake", "verify"]).args(options).args(hospitals.iter().map(|hospital| &hospital.pipeline_file));
    end(command).expect(code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_makes_the_history_that_the_nights_have_made() {
    let lake = tempfile::tempdir().unwrap();
    let hospitals = eventful_hospitals(lake.path()).await;
    let place = place(&hospitals[0], lake.path()).await;
    publish(&hospitals);
    let cluster = Cluster::start(2);
    let engine = engine(&cluster.master, "");

    // One of its processes is killed in the middle of it.
    let rebuilding = Running::start(&mut rebuild(&hospitals[0], &engine, &["--output", "json"]));
    wait_until("the engine works", || {
        walk(&place.join("built")).iter().any(|file| file.contains("/begun/") && file.contains("/part-"))
    });
    assert!(cluster.kill_executor(), "there was no process to kill");
    let document = &rebuilding.end().expect(0).json()["lakes"][0];
    let versions = hospitals[0].database.lines("select count(*)::text from warehouse.reservation_versions").await;
    assert_eq!(document["versions"].to_string(), versions[0]);
    assert!(document["versions"].as_u64().unwrap() > 8_000, "{document}");
    assert_built(&hospitals[0], &place).await;
    let words = verify(&hospitals, &["--rows"], 0).stdout;
    assert_eq!(words.matches('✔').count(), 4, "{words}");

    // An account of which nothing is built is a difference, and keeps nobody from the others.
    let third =
        hospital_with_a_lake(hospitals[0].database.share().await, "third", lake.path(), GeneratorOptions::default())
            .await;
    let mut command = hospitals[0].tijian();
    command.args(["lake", "verify", "--rows"]).args([&hospitals[0], &third].map(|hospital| &hospital.pipeline_file));
    let words = end(command).expect(1).stdout;
    assert_eq!((words.matches('✔').count(), words.matches('✘').count()), (4, 1), "{words}");
    assert!(words.contains("✘ nothing of account third is built yet"), "{words}");

    // A night that is published, and not rebuilt yet, is no difference; a changed row is one.
    hospitals[0].simulator.advance_night();
    hospitals[0].run().await;
    publish(&hospitals);
    verify(&hospitals, &["--rows"], 0);
    let damage = "update warehouse.reservation_versions set examination_fee = 99999.5
        where account = 'second' and serial_number = 'M-1' and version = 2";
    assert_eq!(hospitals[0].database.client.execute(damage, &[]).await.unwrap(), 1);
    let words = verify(&hospitals, &["--rows"], 1).stdout;
    assert!(words.contains("second 2026-02 100637 0"), "{words}");
    for silent in ["M-1", "99999", NUMBER] {
        assert!(!words.contains(silent), "{words}");
    }
    let found = verify(&hospitals, &["--rows", "--output", "json"], 1).json();
    assert_eq!(found["lakes"][0]["parts"]["history"]["different"], 1, "{found}");
}

/// Every file below a folder that others may be changing.
pub fn walk(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path.display().to_string()] }).collect()
}
