//! `tijian doctor` against a real database and a simulated platform: all well, each trouble by itself, nothing changed.

use chrono::Utc;
use serde_json::Value;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::{Endpoint, Fault};
use tokio::task::block_in_place;

use crate::support::{
    Authority, Ended, Hospital, Opening, Running, TestDatabase, TlsFront, Validity, assert_discreet, assert_snapshot,
    client_program, create_login, end, literal, marked_record, record, server, server_options, server_place,
    start_pooler, url_of, with_private_server,
};

/// What is in the ledger, where that cannot be read.
const LEDGER: [&str; 8] = [
    "warehouse left_out",
    "acknowledgements left_out",
    "arrivals left_out",
    "quarantine left_out",
    "last_night left_out",
    "lost_runs left_out",
    "timestamps left_out",
    "retention left_out",
];

/// A hospital whose platform has the same time as this machine.
async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    set_clock(&hospital, 0);
    hospital
}

/// Sets the platform's clock to this many seconds from ours.
fn set_clock(hospital: &Hospital, seconds: i64) {
    hospital.simulator.set_timestamp(Some(Utc::now().timestamp_millis() + seconds * 1000));
}

fn doctor(hospital: &Hospital) -> Ended {
    hospital.command(&["doctor", hospital.pipeline_file.to_str().unwrap()])
}

/// The findings as `check state`, those that are not good; checks that the exit status is the worst of them.
fn troubles(ended: &Ended) -> Vec<String> {
    let document = ended.json();
    assert_eq!(document["exit_code"], ended.code);
    let checks = document["checks"].as_array().unwrap();
    let of = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    for check in checks {
        let is_trouble = matches!(check["state"].as_str(), Some("watch" | "broken"));
        assert_eq!(check["what_to_do"].is_string(), is_trouble, "a trouble has a way out: {check}");
    }
    let ranks = [2, 1, 75, 4, 3, 0];
    let worst = ranks.into_iter().find(|code| checks.iter().any(|check| check["exit_code"] == *code));
    assert_eq!(worst, Some(ended.code));
    let bad = checks.iter().filter(|check| check["state"] != "good");
    bad.map(|check| format!("{} {}", of(check, "check"), of(check, "state"))).collect()
}

/// The troubles that doctor finds, with these variables set otherwise.
fn troubles_with(hospital: &Hospital, variables: &[(&str, Option<&str>)], code: i32) -> Vec<String> {
    let mut command = hospital.tijian();
    command.args(["doctor", "--output", "json"]).arg(&hospital.pipeline_file);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    troubles(&end(command).expect(code))
}

/// What differs from machine to machine.
fn assert_text(name: &str, text: &str, hospital: &Hospital) {
    let dir = literal(hospital.dir.path().display().to_string());
    let version = r"PostgreSQL \d[\w.]*";
    let replacements = [
        (dir.as_str(), "<dir>"),
        (r"[\d.]+ GiB", "<n> GiB"),
        (r"\d+ ms", "<n> ms"),
        (r"\d+ seconds?", "<n> seconds"),
        (r"all \d+ of", "all <n> of"),
        (r"version \d+", "version <n>"),
        (version, "PostgreSQL <version>"),
    ];
    assert_snapshot(name, text, &replacements);
}

/// Invariant: A check-up changes nothing, and one problem hides no other.
/// Held by: no lock, no migration; independent checks.
#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_before_the_first_night_and_after_a_good_one_and_nothing_is_changed_by_looking() {
    let hospital = hospital().await;
    doctor(&hospital).expect(0);
    hospital.simulator.insert_records(vec![record("GOOD-1", "")]);
    hospital.night(&[]).expect(0);

    let state = async || {
        let tables = "select format('%s.%s %s', schemaname, relname,
                (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I.%I', schemaname, relname),
                    false, true, '')))[1])
            from pg_stat_user_tables order by 1";
        (hospital.database.lines(tables).await, hospital.files(), hospital.calls(Endpoint::Order))
    };
    let begun = "insert into etl.runs (account, program_version) values ('demo', '0')";
    hospital.database.client.batch_execute(begun).await.unwrap();
    let before = state().await;
    let tokens = hospital.calls(Endpoint::Token);
    // Also while a run holds the account: it has begun, and is not killed.
    let lock = hospital.database.warehouse.lock_account("demo").await.unwrap().expect("nobody else holds it");
    let ended = doctor(&hospital).expect(0);
    lock.release().await;
    assert_text("doctor-well", &ended.stdout, &hospital);
    assert_eq!(ended.stderr, "");
    assert_eq!(state().await, before);
    assert_eq!(hospital.calls(Endpoint::Token), tokens + 1);
    assert_eq!(hospital.calls(Endpoint::Callback), 1, "the night's own");
    assert_eq!(troubles_with(&hospital, &[], 0), ["lost_runs watch"], "now nobody holds the account for it");
    hospital.database.client.batch_execute("delete from etl.runs where outcome is null").await.unwrap();
    assert_eq!(troubles_with(&hospital, &[], 0), [""; 0]);
}

/// Invariant: A check-up changes nothing, and one problem hides no other.
#[tokio::test(flavor = "multi_thread")]
async fn many_troubles_are_all_told_each_with_what_to_do_and_without_a_value() {
    let hospital = hospital().await;
    hospital.simulator.insert_records(vec![
        marked_record("BAD-1", r#""checkDate":"2026-02-30""#),
        marked_record("BAD-2", r#""orderStatus":9"#),
        marked_record("GOOD-1", ""),
    ]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 10);
    hospital.night(&[]).expect(4);
    hospital.simulator.disarm();
    let moved = "update etl.outbox set created_at = now() - interval '3 days';
        insert into etl.outbox (account, kind, key, created_at)
        values ('demo', 'arrival', 'GOOD-1', now() - interval '30 hours');
        update etl.rejections set first_seen_at = now() - interval '50 hours';
        update etl.runs set finished_at = now() - interval '4 days';
        update etl.deliveries set body_bytes = 400 * 1024::bigint ^ 4";
    hospital.database.client.batch_execute(moved).await.unwrap();
    set_clock(&hospital, 120);
    let bad = hospital.dir.path().join("bad.toml");
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&bad, text.replace("account = \"demo\"", "account = \"bad\"\nenabled = 1\ncolour = \"red\""))
        .unwrap();
    let mut command = hospital.tijian();
    command.arg("doctor").arg(&bad).arg(&hospital.pipeline_file);
    command.env("TIJIAN_SITE_KEY", "bm90IHRoZSBrZXkgb2YgdGhlIGZpcnN0IHJ1biwgYnU=");
    let ended = end(command).expect(2);
    assert_text("doctor-troubles", &ended.stdout, &hospital);
    assert_discreet(&format!("{}{}", ended.stdout, ended.stderr), "doctor");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_of_the_ledger_that_somebody_should_see_has_its_exit_status() {
    let hospital = hospital().await;
    let one_record = vec![record("GOOD-1", "")];
    hospital.simulator.insert_records(one_record);
    hospital.night(&[]).expect(0);
    let folder = |state: &str| [format!("landing_folder {state}"), format!("export_folder {state}")];
    let disk = [folder("broken")[0].clone(), folder("broken")[1].clone(), folder("broken")[1].clone()];
    let single = |finding: &str| vec![finding.to_owned()];
    for (change, code, expected) in [
        ("update etl.runs set finished_at = now() - interval '35 hours'", 0, Vec::new()),
        ("update etl.runs set finished_at = now() - interval '37 hours'", 1, single("last_night broken")),
        (
            "update etl.runs set finished_at = now(); insert into etl.runs (account, program_version, outcome)
            values ('demo', '0', 'failed')",
            0,
            vec!["last_night watch".to_owned(), "lost_runs watch".to_owned()],
        ),
        (
            "delete from etl.runs where outcome = 'failed';
            insert into etl.runs (account, program_version) values ('demo', '0')",
            0,
            single("lost_runs watch"),
        ),
        (
            "delete from etl.runs where outcome is null;
            insert into etl.runs (account, program_version, outcome, finished_at) values ('demo', '0', 'pending', now());
            update etl.outbox set state = 'pending'",
            4,
            single("acknowledgements watch"),
        ),
        (
            "update etl.outbox set state = 'done';
            insert into etl.outbox (account, kind, key) values ('demo', 'arrival', 'GOOD-1')",
            4,
            single("arrivals watch"),
        ),
        (
            "update etl.outbox set state = 'done';
            insert into etl.rejections (account, content_sha256, reasons, first_delivery_id, last_delivery_id,
                last_position, first_seen_at, last_seen_at)
            select 'demo', '\\x00', '[]', delivery_id, delivery_id, 1, now(), now() from etl.deliveries",
            3,
            single("quarantine watch"),
        ),
        (
            "update etl.rejections set resolved_at = now(); update etl.deliveries set body_bytes = 1024::bigint ^ 5",
            1,
            disk.to_vec(),
        ),
    ] {
        hospital.database.client.batch_execute(change).await.unwrap();
        assert_eq!(troubles_with(&hospital, &[], code), expected, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_secret_that_is_missing_or_of_a_wrong_length_is_told_and_what_hangs_on_it_left_out() {
    let hospital = hospital().await;
    let unreached = ["platform left_out", "tls left_out", "token left_out", "clock left_out"];
    let with = |own: &[&str]| own.iter().chain(&unreached).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(troubles_with(&hospital, &[("ZHELIBAN_SECRET", None)], 2), with(&["secrets broken"]));
    let without_key = troubles_with(&hospital, &[("ZHELIBAN_AES_KEY", None)], 2);
    assert_eq!(without_key, with(&["secrets broken", "key_length left_out"]));
    let short = troubles_with(&hospital, &[("ZHELIBAN_AES_KEY", Some("seventeen bytes.."))], 2);
    assert_eq!(short, with(&["key_length broken"]));
    assert_eq!(troubles_with(&hospital, &[("TIJIAN_SITE_KEY", None)], 2), ["site_key broken"]);
    assert_eq!(troubles_with(&hospital, &[("TIJIAN_SITE_KEY", Some("c2hvcnQ="))], 2), ["site_key broken"]);
    assert_eq!(hospital.calls(Endpoint::Token), 2, "asked only where everything is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_away_refuses_or_has_another_clock_is_told() {
    let mut hospital = hospital().await;
    let refused = troubles_with(&hospital, &[("ZHELIBAN_SECRET", Some("another"))], 1);
    assert_eq!(refused, ["token broken", "clock left_out"]);
    // Another key than the platform's, of a good length.
    let unread = troubles_with(&hospital, &[("ZHELIBAN_AES_KEY", Some("0123456789abcdef"))], 1);
    assert_eq!(unread, ["token broken", "clock left_out"]);
    hospital.simulator.arm(Endpoint::Token, Fault::Http(503), 1);
    assert_eq!(troubles_with(&hospital, &[], 75), ["token broken", "clock left_out"]);
    hospital.simulator.arm(Endpoint::Token, Fault::TimestampAbsent, 1);
    assert_eq!(troubles_with(&hospital, &[], 0), ["clock left_out"]);

    for (seconds, code, found) in [
        (20, 0, None),
        (-120, 0, Some("clock watch")),
        (360, 1, Some("clock broken")),
        (-7200, 1, Some("clock broken")),
    ] {
        set_clock(&hospital, seconds);
        assert_eq!(troubles_with(&hospital, &[], code), Vec::from_iter(found.map(str::to_owned)), "{seconds}");
    }

    let port = hospital.simulator.url();
    hospital.redefine(|text| text.replace(&port, "http://127.0.0.1:9"));
    let away = ["platform broken", "tls left_out", "token left_out", "clock left_out"];
    assert_eq!(troubles_with(&hospital, &[], 75), away);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_trusted_is_told_as_such_and_one_that_is_as_good() {
    let mut hospital = hospital().await;
    let authority = Authority::new("tijian test CA");
    let behind = hospital.simulator.url().trim_start_matches("http://").to_owned();
    let issued = authority.issue("localhost", Validity::Now);
    let front = TlsFront::start(([127, 0, 0, 1], 0).into(), behind, Opening::Nothing, &issued).await;
    let (http, https) = (hospital.simulator.url(), format!("https://localhost:{}", front.address.port()));
    hospital.redefine(|text| text.replace(&http, &https));
    assert_eq!(troubles_with(&hospital, &[], 1), ["tls broken", "token left_out", "clock left_out"]);
    let ca_file = authority.write(hospital.dir.path(), "ca.pem");
    hospital.redefine(|text| text.replace("[contract]", &format!("ca_file = \"{}\"\n[contract]", ca_file.display())));
    assert_eq!(troubles_with(&hospital, &[], 0), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_leaves_out_what_stands_in_it_and_nothing_else() {
    let hospital = hospital().await;
    let left_out = ["version left_out", "rights left_out", "migrations left_out"];
    let server = ["server", "session", "pooler", "standbys", "database_clock"].map(|name| format!("{name} left_out"));
    let before = ["database broken"].into_iter().chain(left_out).map(str::to_owned);
    let expected: Vec<String> = before.chain(server).chain(LEDGER.map(str::to_owned)).collect();
    let away = "postgresql://nobody@127.0.0.1:9/tijian?sslmode=disable";
    assert_eq!(troubles_with(&hospital, &[("DATABASE_URL", Some(away))], 75), expected);
    assert_eq!(troubles_with(&hospital, &[("DATABASE_URL", Some("no address"))], 2), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_without_rights_and_a_schema_of_another_version_are_told() {
    let hospital = hospital().await;
    let with = |own: &[&str]| own.iter().chain(&LEDGER).map(ToString::to_string).collect::<Vec<_>>();
    create_login(server(), "tijian_test_uninvited", "tijian_analyst").await;
    let stranger = url_of(&hospital.database.owner_url, "tijian_test_uninvited");
    let strange = troubles_with(&hospital, &[("DATABASE_URL", Some(&stranger))], 1);
    assert_eq!(strange, with(&["rights broken", "migrations broken"]));

    // Everything but one right: that one is told.
    create_login(server(), "tijian_test_partial", "tijian_analyst").await;
    let partial = url_of(&hospital.database.owner_url, "tijian_test_partial");
    let grants = "grant usage on schema etl, warehouse, mart, finance to tijian_test_partial;
        grant all on all tables in schema etl, warehouse, mart, finance to tijian_test_partial;
        revoke insert on etl.outbox from tijian_test_partial";
    hospital.database.client.batch_execute(grants).await.unwrap();
    assert_eq!(troubles_with(&hospital, &[("DATABASE_URL", Some(&partial))], 1), ["rights broken"]);
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &partial).arg("doctor").arg(&hospital.pipeline_file);
    let told = end(command).expect(1).stdout;
    assert!(
        told.contains("tijian_test_partial may not do what a night does: etl.outbox: insert; what to do"),
        "{told}"
    );
    hospital.database.client.batch_execute("revoke all on schema etl from tijian_loader").await.unwrap();
    assert_eq!(troubles_with(&hospital, &[], 1), with(&["migrations broken"]), "not even its group may");
    hospital.database.client.batch_execute("grant usage on schema etl to tijian_loader").await.unwrap();

    let behind = "delete from etl.schema_migrations where version = (select max(version) from etl.schema_migrations)";
    hospital.database.client.batch_execute(behind).await.unwrap();
    assert_eq!(troubles_with(&hospital, &[], 1), with(&["migrations broken"]));
    let owner = hospital.database.owner_url.clone();
    assert_eq!(troubles_with(&hospital, &[("DATABASE_URL", Some(&owner))], 0), with(&["migrations watch"]));
    let ahead = "insert into etl.schema_migrations (version, name, applied_on, checksum) values (999, 'x', '', '0')";
    hospital.database.client.batch_execute(ahead).await.unwrap();
    assert_eq!(troubles_with(&hospital, &[("DATABASE_URL", Some(&owner))], 1), with(&["migrations broken"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_server_that_is_not_there_yet_is_no_trouble_and_is_not_made() {
    let hospital = hospital().await;
    let place = server_place();
    let data_dir = place.path().join("data");
    let mut command = hospital.tijian();
    with_private_server(&mut command).args(["doctor", "--data-dir"]).arg(&data_dir).arg(&hospital.pipeline_file);
    let ended = end(command).expect(0);
    assert!(ended.stdout.starts_with("no database\n"), "{}", ended.stdout);
    let said = "✔ database          there is no private PostgreSQL server in ";
    assert!(ended.stdout.contains(said) && ended.stdout.contains("yet: `tijian run` creates it"), "{}", ended.stdout);
    assert!(ended.stdout.contains("– last night        left out: "), "{}", ended.stdout);
    assert!(!data_dir.exists());
    let absent = hospital.command(&["doctor", "absent.toml", "--output", "json"]).expect(2);
    assert_eq!(troubles(&absent), ["pipelines broken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_no_commit_waits_for_and_defaults_that_do_not_count_are_told() {
    let place = server_place();
    let options = server_options(place.path().join("postgres"), Durability::Disposable);
    let server = block_in_place(|| LocalPostgres::start(&options).unwrap());
    let hospital = Hospital::of(TestDatabase::create_on(&server, "followed").await, "demo", Default::default()).await;
    set_clock(&hospital, 0);
    let alter = "alter database followed set statement_timeout = '1s';
        alter database followed set synchronous_commit = off";
    hospital.database.client.batch_execute(alter).await.unwrap();
    let told = doctor(&hospital).expect(0).stdout;
    let expected = "✔ session           defaults that tijian overrides: statement_timeout = 1000ms, \
                    synchronous_commit = off\n✔ pooler            none in transaction mode\n\
                    ✔ standbys          none\n";
    assert!(told.contains(expected), "{told}");

    // As a standby does, it takes the log over.
    let wal = place.path().join("wal");
    std::fs::create_dir(&wal).unwrap();
    let mut follower = std::process::Command::new(client_program(&server, "pg_receivewal"));
    follower.args(["--no-sync", "-d", &server.url(), "-D"]).arg(&wal);
    let mut follower = Running::start(&mut follower);
    let connected = "select pid::text from pg_stat_replication";
    while hospital.database.lines(connected).await.is_empty() {
        let ended = follower.child().try_wait().unwrap();
        assert_eq!(ended, None, "pg_receivewal has ended: is it older than the server?");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(troubles_with(&hospital, &[], 0), ["standbys watch"]);
    let told = doctor(&hospital).expect(0).stdout;
    assert!(told.contains("! standbys          1 connected, none of them synchronous: "), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_takes_connections_away_between_transactions_is_told() {
    let hospital = hospital().await;
    let url = hospital.database.url_through(start_pooler(hospital.database.socket()));
    // What else is asked may or may not find its prepared statement where it left it.
    let troubles = troubles_with(&hospital, &[("DATABASE_URL", Some(&url))], 1);
    assert!(troubles.contains(&"pooler broken".to_owned()), "{troubles:?}");
}
