//! One warehouse, known by name: nothing is made where nobody asked for it, another warehouse in the place of the right one is
//! refused before anything is pulled, and every command says which database it works on.

use std::collections::BTreeMap;
use std::path::Path;

use tijian::night::refuse_absent_warehouse;
use tijian::simulator::{Endpoint, GeneratorOptions};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{Ended, Hospital, TestDatabase, end, record, server_place, tijian, with_private_server};

/// Every command that works on a database, as a user types it; `PIPELINE` and `FILE` stand for a hospital's own.
const COMMANDS: [&[&str]; 14] = [
    &["run", "PIPELINE"],
    &["arrive", "PIPELINE"],
    &["migrate"],
    &["export", "PIPELINE"],
    &["status"],
    &["audit"],
    &["doctor", "PIPELINE"],
    &["report", "--out", "report.html"],
    &["quarantine", "list"],
    &["quarantine", "show", "1"],
    &["quarantine", "retry", "PIPELINE"],
    &["replay", "PIPELINE"],
    &["retain", "PIPELINE"],
    &["adopt", "PIPELINE"],
];

/// Those of them that may make a warehouse.
const MAKERS: [&str; 3] = ["run", "arrive", "migrate"];

async fn hospital() -> Hospital {
    Hospital::with_reservations(GeneratorOptions { reservations: 30, ..GeneratorOptions::default() }).await
}

/// Runs a command in the hospital's folder with another address, or none.
fn command(hospital: &Hospital, arguments: &[&str], url: Option<&str>) -> Ended {
    let mut command = hospital.tijian();
    let file = hospital.pipeline_file.to_str().unwrap();
    command.args(arguments.iter().map(|argument| if *argument == "PIPELINE" { file } else { argument }));
    match url {
        Some(url) => command.env("DATABASE_URL", url),
        None => command.env_remove("DATABASE_URL"),
    };
    end(command)
}

/// Every file of the hospital's folder and what it holds.
fn contents(hospital: &Hospital) -> BTreeMap<String, Vec<u8>> {
    let read = |file: String| {
        let content = std::fs::read(hospital.dir.path().join(&file)).unwrap();
        (file, content)
    };
    hospital.all_files().into_iter().map(read).collect()
}

/// The schemas of a database that are not PostgreSQL's own.
async fn schemas(database: &TestDatabase) -> Vec<String> {
    database
        .lines("select nspname::text from pg_namespace where nspname !~ '^pg_|^information_schema$' order by 1")
        .await
}

/// Invariant: Nothing is created unless somebody asks for it.
/// Held by: the private server only by a flag or a variable; commands that read connect to existing servers only.
#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_database_url_makes_nothing_and_is_told_in_one_line_with_both_ways() {
    let hospital = hospital().await;
    let before = contents(&hospital);
    for arguments in COMMANDS {
        let ended = command(&hospital, arguments, None).expect(2);
        let said = if arguments[0] == "doctor" { &ended.stdout } else { &ended.stderr };
        let lines: Vec<&str> = said.lines().filter(|line| line.contains("no database is named")).collect();
        let [line] = lines[..] else { panic!("{arguments:?}: {ended:?}") };
        for way in ["DATABASE_URL", "--private-server", "TIJIAN_PRIVATE_SERVER=1"] {
            assert!(line.contains(way), "{line}");
        }
        assert!(arguments[0] == "doctor" || said.lines().count() == 1, "{said}");
    }
    assert_eq!(contents(&hospital), before, "no data folder, no server, no file");
    assert_eq!(hospital.calls(Endpoint::Order), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_beside_a_wish_for_the_private_server_is_refused() {
    let hospital = hospital().await;
    let refused = hospital.command(&["status", "--private-server"]).expect(2);
    assert!(refused.stderr.contains("DATABASE_URL names a database, and --private-server asks"), "{}", refused.stderr);
    let mut both = hospital.tijian();
    both.env("TIJIAN_PRIVATE_SERVER", "1").arg("status");
    let refused = end(both).expect(2);
    assert!(refused.stderr.contains("and TIJIAN_PRIVATE_SERVER asks"), "{}", refused.stderr);
    let mut unclear = hospital.tijian();
    unclear.env("TIJIAN_PRIVATE_SERVER", "yes").arg("status");
    assert!(end(unclear).expect(2).stderr.contains("TIJIAN_PRIVATE_SERVER is neither 1"));
    let fetched = hospital.night(&["--fetch-postgres"]).expect(2);
    assert!(fetched.stderr.contains("--fetch-postgres is for the private server"), "{}", fetched.stderr);
    assert_eq!(hospital.calls(Endpoint::Order), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_reads_makes_no_private_server() {
    let place = server_place();
    for arguments in [&["status"][..], &["audit"], &["quarantine", "list"], &["report", "--out", "x"], &["db", "psql"]]
    {
        let mut command = tijian(place.path());
        with_private_server(&mut command).args(arguments);
        let ended = end(command).expect(2);
        assert!(ended.stderr.contains("there is no private PostgreSQL server in "), "{}", ended.stderr);
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// Invariant: Nothing is created unless somebody asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn commands_that_work_with_what_is_there_make_and_migrate_nothing() {
    let hospital = hospital().await;
    let empty = TestDatabase::create_empty().await;
    let before = contents(&hospital);
    let readers = || COMMANDS.into_iter().filter(|arguments| !MAKERS.contains(&arguments[0]));
    for arguments in readers().filter(|arguments| arguments[0] != "doctor") {
        let ended = command(&hospital, arguments, Some(&empty.url)).expect(1);
        assert!(ended.stderr.contains("the database has no schema of tijian yet"), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("`tijian migrate`"), "{}", ended.stderr);
    }
    assert_eq!(schemas(&empty).await, ["public"]);

    // A schema that lacks a migration, and a login that could change it.
    let owner_url = &hospital.database.owner_url;
    let forget = "delete from etl.schema_migrations where version = (select max(version) from etl.schema_migrations)";
    hospital.database.client.batch_execute(forget).await.unwrap();
    let versions = "select version::text from etl.schema_migrations order by version";
    let old = hospital.database.lines(versions).await;
    for arguments in readers().filter(|arguments| arguments[0] != "doctor") {
        let ended = command(&hospital, arguments, Some(owner_url)).expect(1);
        assert!(ended.stderr.contains("the database's schema is at version"), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("make a backup"), "{}", ended.stderr);
    }
    command(&hospital, &["doctor", "PIPELINE"], Some(owner_url));
    assert_eq!(hospital.database.lines(versions).await, old);
    assert_eq!(contents(&hospital), before);
}

/// Invariant: A folder belongs to one warehouse, and another one is refused before the pull.
/// Held by: the id in `etl.warehouse`, and a file in each landing and export folder; only `tijian adopt` changes it.
#[tokio::test(flavor = "multi_thread")]
async fn another_empty_database_is_refused_before_the_pull_and_stays_empty() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(0);
    hospital.simulator.advance_night();
    let other = TestDatabase::create_empty().await;
    let (before, calls) = (contents(&hospital), hospital.simulator.log().len());
    for arguments in [&["run", "PIPELINE"][..], &["arrive", "PIPELINE"], &["doctor", "PIPELINE"]] {
        let ended = command(&hospital, arguments, Some(&other.url)).expect(2);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("landing/demo belongs to warehouse "), "{said}");
        assert!(said.contains("there is no warehouse here yet (database test_"), "{said}");
        assert!(said.contains("`tijian adopt --confirm`"), "{said}");
    }
    assert_eq!(contents(&hospital), before);
    let pulls =
        hospital.simulator.log().into_iter().skip(calls).filter(|call| call.endpoint != Endpoint::Token).count();
    assert_eq!(pulls, 0, "doctor asks for a token, and nobody for anything else");
    assert_eq!(schemas(&other).await, ["public"]);
}

/// Invariant: A folder belongs to one warehouse, and another one is refused before the pull.
#[tokio::test(flavor = "multi_thread")]
async fn another_warehouse_is_refused_by_everything_that_pulls_exports_or_removes_until_it_is_adopted() {
    let hospital = hospital().await;
    hospital.simulator.insert_records(vec![record("bad", r#""checkDate":"soon""#)]);
    hospital.night(&[]).expect(3);
    hospital.simulator.advance_night();
    let other = TestDatabase::create().await;
    let id = "select left(warehouse_id::text, 8) from etl.warehouse";
    let (ours, theirs) = (hospital.database.lines(id).await.remove(0), other.lines(id).await.remove(0));
    let (before, calls) = (contents(&hospital), hospital.simulator.log().len());
    for arguments in [
        &["run", "PIPELINE"][..],
        &["export", "--all", "PIPELINE"],
        &["replay", "PIPELINE"],
        &["arrive", "PIPELINE", "--serial-number", "ZJ109-000001"],
        &["arrive", "PIPELINE", "--withdraw", "ZJ109-000001"],
        &["retain", "PIPELINE"],
        &["quarantine", "retry", "PIPELINE"],
    ] {
        let ended = command(&hospital, arguments, Some(&other.owner_url)).expect(2);
        let (from, to) =
            (format!("belongs to warehouse {ours}"), format!("this is warehouse {theirs} (database test_"));
        assert!(ended.stderr.contains(&from) && ended.stderr.contains(&to), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(contents(&hospital), before);
    assert_eq!(hospital.simulator.log().len(), calls, "the platform was not called");
    assert_eq!(
        other.lines("select kind from etl.outbox union all select serial_number from etl.arrival_inbox").await,
        [""; 0]
    );

    let look = command(&hospital, &["adopt", "PIPELINE"], Some(&other.url)).expect(2);
    assert_eq!(look.stdout.matches(&format!("belongs to warehouse {ours}\n")).count(), 3, "{}", look.stdout);
    let chinese = command(&hospital, &["adopt", "PIPELINE", "--lang", "zh"], Some(&other.url)).expect(2);
    assert_eq!(chinese.stdout.matches(&format!(" 属于仓库 {ours}\n")).count(), 3, "{}", chinese.stdout);
    assert_eq!(contents(&hospital), before, "only looked");
    let adopted =
        command(&hospital, &["adopt", "PIPELINE", "--confirm", "--output", "json"], Some(&other.url)).expect(0);
    assert_eq!(adopted.json()["folders"].as_array().unwrap().len(), 3, "{}", adopted.stdout);
    assert!(adopted.json()["warehouse"].as_str().unwrap().starts_with(&theirs));
    let again = command(&hospital, &["adopt", "PIPELINE", "--confirm"], Some(&other.url)).expect(0);
    assert!(again.stdout.contains("no folder belongs to another warehouse"), "{}", again.stdout);
    let refused = hospital.night(&[]).expect(2);
    assert!(refused.stderr.contains(&format!("belongs to warehouse {theirs}")), "{}", refused.stderr);
    command(&hospital, &["adopt", "PIPELINE", "--confirm"], Some(&hospital.database.url)).expect(0);
    hospital.night(&[]).expect(3);
    hospital.night(&[]).expect(3);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_remembers_nothing_is_marked_unless_its_deliveries_are_strangers_to_the_warehouse() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(0);
    let marks = ["landing/demo/.warehouse", "history/.warehouse", "finance/.warehouse"];
    let files = hospital.all_files();
    assert!(marks.iter().all(|mark| files.contains(&(*mark).to_owned())), "{files:?}");
    let forget = |marks: &[&str]| {
        marks.iter().for_each(|mark| std::fs::remove_file(hospital.dir.path().join(mark)).unwrap());
    };
    forget(&marks);
    let (empty, other) = (TestDatabase::create_empty().await, TestDatabase::create().await);
    for (database, present) in [(&empty, "there is no warehouse here yet"), (&other, "this is warehouse ")] {
        let refused = command(&hospital, &["run", "PIPELINE"], Some(&database.url)).expect(2);
        let said = "landing/demo holds deliveries of demo, and ";
        assert!(refused.stderr.contains(&format!("{said}{present}")), "{}", refused.stderr);
    }
    assert_eq!(hospital.calls(Endpoint::Order), 1);

    hospital.simulator.advance_night();
    hospital.night(&[]).expect(0);
    assert!(marks.iter().all(|mark| hospital.dir.path().join(mark).exists()));
    // A folder alone remembers, too.
    forget(&["landing/demo/.warehouse"]);
    let refused = command(&hospital, &["export", "PIPELINE"], Some(&other.url)).expect(2);
    assert!(refused.stderr.contains("holds deliveries of demo"), "{}", refused.stderr);
    std::fs::remove_dir_all(hospital.dir.path().join("landing")).unwrap();
    let refused = command(&hospital, &["run", "PIPELINE"], Some(&other.url)).expect(2);
    assert!(refused.stderr.contains("history belongs to warehouse"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_mark_is_told_with_its_file_and_nothing_is_pulled() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(0);
    std::fs::write(hospital.dir.path().join("landing/demo/.warehouse"), "").unwrap();
    let ended = hospital.night(&[]).expect(1);
    assert!(ended.stderr.contains("landing/demo/.warehouse"), "{}", ended.stderr);
    assert_eq!(hospital.calls(Endpoint::Order), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_named_in_the_first_line_and_in_json_and_its_password_nowhere() {
    let hospital = hospital().await;
    let url = format!("{}&password=marker-password", hospital.database.url);
    let name = hospital.database.lines("select current_database()::text").await.remove(0);
    let line = format!("database {name}, host /");
    let run = command(&hospital, &["run", "PIPELINE", "--output", "json"], Some(&url)).expect(0);
    let first = run.stderr.lines().next().unwrap();
    assert!(first.contains("this is the warehouse's database") && first.contains(&name), "{first}");
    let mut said = vec![run];
    for arguments in [&["status"][..], &["audit"], &["doctor", "PIPELINE"]] {
        let text = command(&hospital, arguments, Some(&url));
        assert!(text.stdout.starts_with(&line), "{}", text.stdout);
        said.push(text);
        said.push(command(&hospital, &[arguments, &["--output", "json"]].concat(), Some(&url)));
    }
    for ended in &said {
        assert!(!ended.stdout.contains("marker") && !ended.stderr.contains("marker"), "{ended:?}");
        if ended.stdout.starts_with('{') {
            assert!(ended.json()["database"]["host"].as_str().unwrap().contains("/tijian-tests-"));
            assert_eq!(ended.json()["database"]["name"], *name);
            assert_eq!(ended.json()["database"]["port"], 5432);
        }
    }
    // What cannot be reached is named, too.
    let away = "postgresql://tijian:marker-password@127.0.0.1:9/elsewhere?sslmode=disable";
    let run = command(&hospital, &["run", "PIPELINE"], Some(away)).expect(75);
    assert!(run.stderr.contains("elsewhere") && !run.stderr.contains("marker"), "{}", run.stderr);
    let doctor = command(&hospital, &["doctor", "PIPELINE"], Some(away));
    assert!(doctor.stdout.starts_with("database elsewhere, host 127.0.0.1, port 9\n"), "{}", doctor.stdout);
    let slip = "postgresql://tijian:mar@ker@127.0.0.1:9/elsewhere";
    let slip = command(&hospital, &["status"], Some(slip)).expect(2);
    assert!(slip.stderr.contains("write @ as %40") && !slip.stderr.contains("ker@127"), "{}", slip.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pipelines_with_one_access_to_the_platform_are_refused() {
    let hospital = hospital().await;
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let copy = |account: &str, more: &str| {
        let file = hospital.dir.path().join(format!("{account}.toml"));
        let text = text.replace("account = \"demo\"", &format!("account = \"{account}\"\n{more}"));
        std::fs::write(&file, text).unwrap();
        file
    };
    let (second, template) = (copy("second", ""), copy("template", "enabled = false"));
    let files = |files: &[&Path]| files.iter().map(|file| file.to_str().unwrap().to_owned()).collect::<Vec<_>>();
    let with = |command: &str, names: &[&Path]| {
        let mut arguments = vec![command.to_owned()];
        arguments.extend(files(names));
        hospital.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let said = "uses ZHELIBAN_API_KEY at this base_url, too: each of the two accounts would take";
    let first = hospital.pipeline_file.as_path();
    let checked = with("check", &[first, &second]).expect(2);
    assert!(checked.stdout.contains(said), "{}", checked.stdout);
    let run = with("run", &[first, &second]).expect(2);
    assert!(run.stderr.contains(said), "{}", run.stderr);
    // A template that is not enabled may be like its copy, as long as it does not run with it.
    with("check", &[first, &template]).expect(0);
    with("run", &[first, &template]).expect(2);
    assert_eq!(hospital.calls(Endpoint::Order), 0);
    with("run", &[first]).expect(0);
}

/// Processes that begin at the same time, before there is a warehouse.
#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_that_another_process_makes_meanwhile_is_no_other_one() {
    let hospital = Hospital::of(TestDatabase::create_empty().await, "demo", Default::default()).await;
    // When the folders are looked at, there was no warehouse a moment ago.
    let meanwhile = std::iter::once_with(|| {
        block_in_place(|| {
            Handle::current().block_on(async {
                hospital.database.warehouse.migrate().await.unwrap();
                hospital.run_well().await;
            })
        });
        &hospital.pipeline
    });
    refuse_absent_warehouse(meanwhile, &hospital.database.warehouse).await.unwrap();

    // One that is not there at all is still missed.
    let empty = TestDatabase::create_empty().await;
    let refused = refuse_absent_warehouse(std::iter::once(&hospital.pipeline), &empty.warehouse).await.unwrap_err();
    assert!(refused.to_string().contains("belongs to warehouse"), "{refused}");
}
