//! How a hospital gets there: an administrator makes roles, the owner migrates, and the nights run as the loader. On
//! servers of their own, since a role belongs to a whole server.

use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::{GeneratorOptions, SimulatorOptions};
use tokio::task::block_in_place;

use crate::support::{
    Ended, Hospital, TestDatabase, end, execute, fast_folder, record, server_options, tijian, url_of,
};

/// A server that no test has made a role on.
fn new_server(name: &str) -> LocalPostgres {
    let dir = fast_folder().join(format!("tijian-tests-{name}-{}", std::process::id()));
    block_in_place(|| LocalPostgres::start(&server_options(dir, Durability::Disposable)).unwrap())
}

/// A hospital whose nights run as this login.
async fn hospital(server: &LocalPostgres, database: &str, login: &str) -> Hospital {
    let database = TestDatabase::open(server.database_url(database), login).await;
    let generator = GeneratorOptions { reservations: 30, ..Default::default() };
    Hospital::of(database, "demo", SimulatorOptions { generator, ..Default::default() }).await
}

/// `tijian` with these arguments as this login.
fn as_login(hospital: &Hospital, url: &str, arguments: &[&str]) -> Ended {
    let mut command = tijian(hospital.dir.path());
    command.env("DATABASE_URL", url).args(arguments);
    end(command)
}

/// What the installation page lets an administrator paste into psql.
fn administrators_statements(readme: &str) -> &str {
    let (_, rest) = readme.split_once("psql <<'SQL'\n").expect("the page has the block");
    let (statements, _) = rest.split_once("\nSQL\n").expect("the block ends");
    statements
}

/// Invariant: A login that may not change the schema runs nights on a current schema, and nothing on another.
/// Held by: the history of migrations is read first; nothing is tried where it is current.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_readme_says_sets_up_roles_logins_and_nights() {
    let [english, chinese] = [include_str!("../../../docs/install.md"), include_str!("../../../docs/install.zh-CN.md")]
        .map(administrators_statements);
    assert_eq!(english, chinese);
    let server = new_server("readme");
    // The private server has a database of that name already.
    for statement in english.replace("database tijian", "database hospital").split_inclusive(';') {
        execute(&server, statement).await;
    }
    let owner = url_of(&server.database_url("hospital"), "tijian_owner");
    let mut hospital = hospital(&server, "hospital", "tijian_nightly").await;

    let early = hospital.night(&[]).expect(1);
    assert!(early.stderr.contains("the database has no schema of tijian yet"), "{}", early.stderr);
    assert!(early.stderr.contains("tijian_nightly") && early.stderr.contains("run `tijian migrate` once"));
    let migrated = as_login(&hospital, &owner, &["migrate"]).expect(0);
    assert!(migrated.stdout.starts_with("applied V1__") && !migrated.stderr.contains("WARN"), "{migrated:?}");

    // Every kind of export, changes, a refused record that is corrected, and everything twice.
    let folder = hospital.dir.path().display().to_string();
    hospital.redefine(|text| {
        format!(
            "{text}\n[[export]]\nkind = \"daily_volumes\"\nformat = \"parquet\"\ndir = \"{folder}/volumes\"\n\
             \n[[export]]\nkind = \"finance\"\nformat = \"xlsx\"\ndir = \"{folder}/workbooks\"\n"
        )
    });
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    hospital.night(&[]).expect(3);
    hospital.night(&[]).expect(3);
    hospital.simulator.insert_records(vec![record("BAD-1", "")]);
    hospital.simulator.advance_night();
    // Refused state and corrected one come together.
    hospital.night(&[]).expect(3);
    hospital.night(&[]).expect(0);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    let files = hospital.files();
    for kind in ["history/", "volumes/", "finance/", "workbooks/"] {
        assert!(files.iter().any(|file| file.starts_with(kind)), "{kind}: {files:?}");
    }
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["export", "--all", &pipeline]).expect(0);
    hospital.command(&["status"]).expect(0);
    hospital.command(&["audit"]).expect(0);
    hospital.command(&["report", "--out", "report.html"]).expect(0);
    let delta = files.iter().find(|file| file.contains("_delta_") && file.ends_with(".csv")).unwrap();
    hospital.command(&["finance", "verify", delta]).expect(0);
    hospital.database.assert_sound().await;

    // Migrating is not the loader's business, and does no harm.
    let again = hospital.command(&["migrate"]).expect(0);
    assert_eq!(again.stdout, "the schema is up to date\n");
    assert!(again.stderr.contains("this login does not own the schema"), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_may_not_make_roles_says_what_an_administrator_has_to_run() {
    let server = new_server("owner");
    execute(&server, "create role hospital_owner login").await;
    execute(&server, "create database hospital owner hospital_owner").await;
    let mut hospital = hospital(&server, "hospital", "hospital_owner").await;
    let migrated = hospital.command(&["migrate"]).expect(0);
    let statements = "create role tijian_analyst nologin; create role tijian_dashboard nologin; \
                      create role tijian_finance nologin; create role tijian_frontdesk nologin; create role tijian_loader nologin;";
    assert!(migrated.stderr.contains(&format!("administrator_runs=\"{statements}\"")), "{}", migrated.stderr);

    // One login that owns everything works as before, without any group.
    hospital.night(&[]).expect(0);
    hospital.night(&[]).expect(0);
    hospital.command(&["audit"]).expect(0);

    for statement in statements.split_inclusive(';') {
        execute(&server, statement).await;
    }
    let again = hospital.command(&["migrate"]).expect(0);
    assert_eq!((again.stdout.as_str(), again.stderr.contains("WARN")), ("the schema is up to date\n", false));
    execute(&server, "create role nightly login in role tijian_loader").await;
    let url = url_of(&server.database_url("hospital"), "nightly");
    hospital.settings = hospital.settings.with(&[("DATABASE_URL", &url)]);
    hospital.simulator.advance_night();
    hospital.night(&[]).expect(0);
}

/// Invariant: A login that may not change the schema runs nights on a current schema, and nothing on another.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_cannot_work_here_is_told_what_to_do_and_pulls_nothing() {
    let database = TestDatabase::create().await;
    let mut hospital = Hospital::of(database, "demo", SimulatorOptions::default()).await;
    let owner = &hospital.database.client;

    // A newer program than the schema: the owner has not migrated yet.
    let kept = "create temporary table kept as select * from etl.schema_migrations order by version desc limit 1;
        delete from etl.schema_migrations where version = (select version from kept)";
    owner.batch_execute(kept).await.unwrap();
    let behind = hospital.night(&[]).expect(1);
    assert!(behind.stderr.contains("error TJ-4013: the database's schema is at version "), "{}", behind.stderr);
    assert!(behind.stderr.contains("the login tijian_test_loader may not change it"), "{}", behind.stderr);
    assert!(behind.stderr.contains("what to do: run `tijian migrate` once, with the DATABASE_URL of the login that"));
    owner.batch_execute("insert into etl.schema_migrations select * from kept").await.unwrap();
    hospital.night(&[]).expect(0);

    // Somebody who is in no group.
    let calls = hospital.simulator.log().len();
    drop(crate::roles::log_in(&hospital.database, None).await);
    let url = url_of(&hospital.database.owner_url, "tijian_test_stranger");
    hospital.settings = hospital.settings.with(&[("DATABASE_URL", &url)]);
    let stranger = hospital.night(&[]).expect(1);
    assert!(stranger.stderr.contains("because: permission denied for schema etl"), "{}", stranger.stderr);
    assert!(stranger.stderr.contains("make this login a member of tijian_loader"), "{}", stranger.stderr);
    assert_eq!(hospital.simulator.log().len(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_of_another_version_keep_no_night_away_and_the_owner_renews_them() {
    let database = TestDatabase::create().await;
    let hospital = Hospital::of(database, "demo", SimulatorOptions::default()).await;
    let comments = "select coalesce(obj_description('etl.schema_migrations'::regclass), 'none')
        union all select coalesce(col_description('etl.runs'::regclass, 1), 'none')";
    let current = hospital.database.lines(comments).await;
    let other = "comment on table etl.schema_migrations is 'of before'; comment on column etl.runs.run_id is null";
    hospital.database.client.batch_execute(other).await.unwrap();
    hospital.night(&[]).expect(0);
    assert_eq!(hospital.database.lines(comments).await, ["of before", "none"]);
    for _ in 0..2 {
        let migrated = as_login(&hospital, &hospital.database.owner_url, &["migrate"]).expect(0);
        assert_eq!(migrated.stdout, "the schema is up to date\n");
        assert_eq!(hospital.database.lines(comments).await, current);
    }
}
