//! The commands between two nights: migrate, export, status, audit.

use std::collections::BTreeMap;

use tijian::simulator::{Endpoint, Fault, GeneratorOptions};

use crate::support::{Hospital, assert_snapshot, end, record, server, tijian};

async fn hospital() -> Hospital {
    Hospital::with_reservations(GeneratorOptions { reservations: 30, ..Default::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_does_nothing_the_second_time() {
    let hospital = Hospital::new().await;
    let name = "not_migrated";
    hospital.database.client.batch_execute(&format!("create database {name}")).await.unwrap();
    let migrate = |language: &str| {
        let mut command = tijian(hospital.dir.path());
        command.env("DATABASE_URL", server().database_url(name)).args(["migrate", "--lang", language]);
        end(command).expect(0).stdout
    };
    assert_snapshot("migrate", &format!("{}---\n{}", migrate("en"), migrate("en")), &[]);
    assert_eq!(migrate("zh"), "表结构已是最新版本\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_exports_are_made_again_byte_for_byte() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(0);
    hospital.simulator.advance_night();
    hospital.night(&[]).expect(0);
    let read = || -> BTreeMap<String, Vec<u8>> {
        let files = hospital.files().into_iter();
        let exports = files.filter(|file| file.starts_with("history/") || file.starts_with("finance/"));
        exports.map(|file| (file.clone(), std::fs::read(hospital.dir.path().join(file)).unwrap())).collect()
    };
    let files = read();
    let pipeline = hospital.pipeline_file.to_str().unwrap();

    let nothing = hospital.command(&["export", pipeline]).expect(0);
    assert_eq!(nothing.stdout, "", "nothing is owed");

    std::fs::remove_dir_all(hospital.dir.path().join("history")).unwrap();
    let newest = files.keys().filter(|file| file.starts_with("finance/")).max().unwrap();
    let newest = newest.strip_suffix(".manifest.json").unwrap_or(newest);
    std::fs::remove_file(hospital.dir.path().join(newest)).unwrap();
    std::fs::remove_file(hospital.dir.path().join(format!("{newest}.manifest.json"))).unwrap();
    let all = hospital.command(&["export", "--all", pipeline]).expect(0);
    assert_eq!(read(), files);
    let months = files.keys().filter(|file| file.starts_with("history/")).count();
    // The snapshot, and the handoffs of both nights.
    assert_eq!(all.stdout.lines().count(), months + 3, "{}", all.stdout);
    assert!(all.stdout.lines().all(|path| std::path::Path::new(path).is_file()), "{}", all.stdout);
    // Without a pull, and for the files' sake alone.
    assert_eq!(hospital.database.lines("select count(*)::text from etl.runs").await, ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_account_does_not_keep_the_others_from_their_files() {
    let held = hospital().await;
    let other = held.dir.path().join("other.toml");
    let text = std::fs::read_to_string(&held.pipeline_file).unwrap();
    std::fs::write(&other, text.replace("account = \"demo\"", "account = \"other\"").replace("127.0.0.1", "localhost"))
        .unwrap();
    held.command(&["run", other.to_str().unwrap()]).expect(0);
    let lock = held.database.warehouse.lock_account("demo").await.unwrap().expect("nobody else holds it");
    let arguments = ["export", "--all", held.pipeline_file.to_str().unwrap(), other.to_str().unwrap()];
    let ended = held.command(&arguments).expect(5);
    assert!(ended.stdout.lines().count() > 1 && ended.stdout.contains("other"), "{}", ended.stdout);
    assert_snapshot("export-held", &ended.stderr, &[(r"(?m)^\d{4}-\d\d-\d\d .*\n", "")]);
    lock.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_runs_debts_and_quarantine() {
    let hospital = hospital().await;
    let status = hospital.command(&["status"]).expect(0).stdout;
    assert_eq!(status.split_once('\n').unwrap().1, "no run yet\n");
    hospital.simulator.insert_records(vec![
        record("BAD-1", r#""checkDate":"2026-02-30","orderStatus":9"#),
        record("BAD-2", r#""checkDate":"soon""#),
        "42".to_owned(),
    ]);
    hospital.night(&[]).expect(3);
    hospital.simulator.insert_records(vec![record("GOOD-1", "")]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 10);
    hospital.night(&[]).expect(4);
    // With the token of the callbacks before it, and once more with a fresh one.
    hospital.simulator.arm(Endpoint::Order, Fault::ExpiredToken, 2);
    hospital.night(&[]).expect(1);
    // A run that was killed has no end in the ledger.
    hospital
        .database
        .client
        .batch_execute("insert into etl.runs (account, program_version) values ('second', '0.0.1')")
        .await
        .unwrap();

    assert_snapshot("status", &hospital.command(&["status"]).expect(0).stdout, &[]);
    assert_snapshot("status-zh", &hospital.command(&["status", "--lang", "zh"]).expect(0).stdout, &[]);
    for (name, language) in [("quarantine-list", "en"), ("quarantine-list-zh", "zh")] {
        // One after the other: their numbers are in no order.
        let lists = ["dictionary", "syntax"]
            .map(|rule| hospital.command(&["quarantine", "list", "--rule", rule, "--lang", language]).expect(0).stdout);
        assert_snapshot(name, &lists.concat(), &[(r"(?m)^ \d+ +", " <id>  ")]);
    }
    let status = hospital.command(&["status", "--runs", "1", "--output", "json"]).expect(0).json();
    let accounts = status["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    let demo = &accounts[0];
    assert_eq!((demo["account"].as_str(), demo["runs"].as_array().map(Vec::len)), (Some("demo"), Some(1)));
    assert_eq!((demo["runs"][0]["outcome"].as_str(), demo["pending"].as_u64()), (Some("failed"), Some(1)));
    let volumes = demo["volumes"].as_array().unwrap();
    let reservations: u64 = volumes.iter().map(|day| day["reservations"].as_u64().unwrap()).sum();
    let expected = "select count(*)::text from mart.reservations_current
        where not is_cancelled and check_date between '2025-12-23' and '2026-02-02'";
    assert_eq!((volumes.len(), vec![reservations.to_string()]), (42, hospital.database.lines(expected).await));
    let rules: Vec<_> = demo["quarantine"].as_array().unwrap().iter().map(|reason| &reason["rule"]).collect();
    assert_eq!(rules, ["calendar_date", "syntax", "dictionary"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_clean_until_somebody_damages_a_row_and_then_names_what_is_broken() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(0);
    assert_snapshot("audit-clean", &hospital.command(&["audit"]).expect(0).stdout, &[]);

    let damage = "update warehouse.reservation_versions set version = 3
        where serial_number = (select min(serial_number) from warehouse.reservation_versions)";
    hospital.database.client.batch_execute(damage).await.unwrap();
    assert_snapshot("audit-damaged", &hospital.command(&["audit"]).expect(1).stdout, &[]);
    assert_snapshot("audit-damaged-zh", &hospital.command(&["audit", "--lang", "zh"]).expect(1).stdout, &[]);
    let found = hospital.command(&["audit", "--output", "json"]).expect(1).json();
    assert_eq!(found["violations"], 1);
    assert_eq!(found["checks"]["versions_count_from_one_without_gaps"], 1);
}
