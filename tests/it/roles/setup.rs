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

const PAGES: [&str; 2] = [include_str!("../../../docs/install.md"), include_str!("../../../docs/install.zh-CN.md")];

/// What the installation page lets an administrator say to psql.
fn administrators_statements(page: &str) -> &str {
    let (_, rest) = block_with(page, " <<SQL &&\n").split_once(" <<SQL &&\n").expect("the block speaks to psql");
    let (statements, _) = rest.split_once("\nSQL\n").expect("the statements end");
    statements
}

/// The block of commands of the page that holds these words.
fn block_with<'page>(page: &'page str, words: &str) -> &'page str {
    let mut blocks = page.split("\n```sh\n").skip(1).map(|rest| rest.split_once("```\n").expect("the block ends").0);
    blocks.find(|block| block.contains(words)).expect("the page has the block")
}

/// Invariant: A login that may not change the schema runs nights on a current schema, and nothing on another.
/// Held by: the history of migrations is read first; nothing is tried where it is current.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_readme_says_sets_up_roles_logins_and_nights() {
    let [english, chinese] = PAGES.map(administrators_statements);
    assert_eq!(english, chinese);
    let server = new_server("readme");
    // The private server has a database of that name already.
    let statements = english.replace("database tijian", "database hospital");
    let (before, roles) = statements.split_once("begin;").expect("roles come or do not come together");
    for statement in before.split_inclusive(';') {
        execute(&server, statement).await;
    }
    execute(&server, roles.strip_suffix("commit;").unwrap()).await;
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

/// The second step, with a psql that writes down what it is told, and ends with this status.
struct SecondStep {
    etc: tempfile::TempDir,
}

impl SecondStep {
    fn new() -> SecondStep {
        let step = SecondStep { etc: tempfile::tempdir().unwrap() };
        std::fs::write(step.path("environment"), include_str!("../../../deploy/environment")).unwrap();
        step
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.etc.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Pastes a block; every program that it starts writes down its arguments, and psql what it reads.
    fn paste(&self, block: &str, status_of_psql: u8) {
        let etc = self.etc.path().display().to_string();
        let block = block.replace("/etc/tijian", &etc).replace("cd /var/lib/tijian\n", "");
        let programs = ["head", "base64", "sed", "tr", "install", "openssl", "echo"].map(|program| {
            format!("{program}() {{ builtin printf '%s\\n' \"{program} $*\" >> {etc}/arguments; command {program} \"$@\"; }}\n")
        });
        let psql = format!(
            "runuser() {{ builtin printf '%s\\n' \"runuser $*\" >> {etc}/arguments; cat > {etc}/told; return {status_of_psql}; }}\n"
        );
        let script = format!("{}{psql}{block}", programs.concat());
        let ended = std::process::Command::new("bash").arg("-c").arg(script).output().unwrap();
        assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    }
}

/// The value of a variable, as a shell and systemd read it.
fn value_of<'text>(file: &'text str, variable: &str) -> Option<&'text str> {
    let mut lines = file.lines().filter_map(|line| line.strip_prefix(variable)?.strip_prefix("='")?.strip_suffix('\''));
    let value = lines.next();
    assert_eq!(lines.next(), None, "{variable} is there once");
    value
}

#[test]
fn the_second_step_makes_the_site_key_once_and_only_that() {
    let block = block_with(PAGES[0], "TIJIAN_SITE_KEY");
    assert_eq!(block, block_with(PAGES[1], "TIJIAN_SITE_KEY").trim_start());
    let step = SecondStep::new();
    let before = step.read("environment");
    step.paste(block, 0);
    let after = step.read("environment");
    let key = value_of(&after, "TIJIAN_SITE_KEY").unwrap();
    assert_eq!((key.len(), key.ends_with('=')), (44, true), "32 bytes in Base64");
    assert_eq!(after.replace(key, ""), before, "nothing else has changed");
    assert!(!step.read("arguments").contains(key), "the key was an argument");

    step.paste(block, 0);
    assert_eq!(step.read("environment"), after, "a second key would close the data of the first");
}

#[test]
fn the_second_step_makes_logins_whose_passwords_no_command_line_shows() {
    use std::os::unix::fs::PermissionsExt;

    let block = block_with(PAGES[0], "psql");
    let step = SecondStep::new();
    step.paste(block, 0);
    let (environment, owner, told) = (step.read("environment"), step.read("owner"), step.read("told"));
    let logins = [(&environment, "tijian_nightly"), (&owner, "tijian_owner")].map(|(file, login)| {
        let url = value_of(file, "DATABASE_URL").unwrap();
        let password =
            url.strip_prefix(&format!("postgresql://{login}:")).and_then(|rest| rest.strip_suffix("@127.0.0.1/tijian"));
        (login, password.unwrap_or_else(|| panic!("{login} is not who the address names")))
    });
    for (login, password) in logins {
        assert!(password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(told.contains(&format!("create role {login} login password '{password}'")), "{login}");
        assert!(!step.read("arguments").contains(password), "the password of {login} was an argument");
    }
    assert_ne!(logins[0].1, logins[1].1);
    // Before the first password, the server is told to keep what follows out of its log.
    let (before, _) = told.split_once("password '").unwrap();
    for setting in ["log_statement = 'none'", "log_min_duration_statement = -1", "log_min_error_statement = 'panic'"] {
        assert!(before.contains(setting), "{setting}");
    }
    assert_eq!(step.path("owner").metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_second_step_that_the_server_refuses_leaves_the_files_as_they_were() {
    let step = SecondStep::new();
    let before = step.read("environment");
    step.paste(block_with(PAGES[0], "psql"), 3);
    assert_eq!(step.read("environment"), before);
    assert!(!step.path("owner").exists());
}

/// Pastes a block into a shell that starts in this folder, under this mask.
fn paste_under(mask: &str, folder: &std::path::Path, block: &str) -> String {
    let mut command = std::process::Command::new("bash");
    let ended = command.args(["-ec", &format!("umask {mask}\n{block}")]).current_dir(folder).output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

/// Root's umask may be 027 or 077; the user of the nights starts the program all the same, and reads the pipeline.
#[test]
fn what_the_first_step_installs_by_hand_can_be_used_by_everybody() {
    use std::os::unix::fs::PermissionsExt;

    for page in PAGES {
        let archive = block_with(page, "-linux-x86_64.tar.gz\ncd").trim_start();
        let source = block_with(page, "cargo build").trim_start();
        for block in [archive, source] {
            assert!(block.starts_with("umask 022\n"), "{block}");
        }
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        let release = dir.path().join("tijian-0.1.0-linux-x86_64");
        let pipelines = "etc/tijian/pipelines";
        for (folder, file, mode) in [("usr/bin", "tijian", 0o755), (pipelines, "zheliban.toml", 0o644)] {
            std::fs::create_dir_all(release.join(folder)).unwrap();
            let file = release.join(folder).join(file);
            std::fs::write(&file, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        std::fs::create_dir_all(root.join("var/lib/tijian/pipelines")).unwrap();
        paste_under("022", dir.path(), "tar -czf tijian-0.1.0-linux-x86_64.tar.gz tijian-0.1.0-linux-x86_64");
        let here = format!("{}/", root.display());
        let by_hand = archive.replace("/usr/libexec/tijian/set-up", "").replace(" /\n", &format!(" {here}\n"));
        paste_under("077", dir.path(), &by_hand);
        let copied = block_with(page, "our-hospital.toml").replace(" /", &format!(" {here}"));
        paste_under("077", dir.path(), &copied);
        for (file, mode) in [
            ("usr/bin/tijian", 0o755),
            ("usr/bin", 0o755),
            ("etc/tijian/pipelines/zheliban.toml", 0o644),
            ("var/lib/tijian/pipelines/our-hospital.toml", 0o644),
        ] {
            assert_eq!(root.join(file).metadata().unwrap().permissions().mode() & 0o777, mode, "{file}");
        }
    }
}

/// Keys that only make sense for the real platform are left out, since they are refused over http to this machine; neither do
/// folders outside of the rehearsal's own.
#[test]
fn the_fourth_step_rehearses_a_pipeline_with_a_proxy_and_certificates() {
    let block = block_with(PAGES[0], "rehearsal=");
    assert_eq!(block, block_with(PAGES[1], "rehearsal="));
    let (_, prepares) = block.split_once("rehearsal=").unwrap();
    let (prepares, _) = prepares.split_once("\ntijian simulate").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let pipelines = dir.path().join("pipelines");
    std::fs::create_dir_all(pipelines.join("contracts")).unwrap();
    std::fs::write(
        pipelines.join("contracts/reservation.toml"),
        include_str!("../../../pipelines/contracts/reservation.toml"),
    )
    .unwrap();
    // All that the template offers for a network.
    let mut pipeline = include_str!("../../../pipelines/zheliban.toml").replace("your-hospital", "our-hospital");
    for key in ["ca_file", "certificate_sha256", "proxy", "proxy_user", "proxy_password"] {
        assert!(pipeline.contains(&format!("\n# {key} = ")), "{key}");
        pipeline = pipeline.replace(&format!("\n# {key} = "), &format!("\n{key} = "));
    }
    let pipeline = pipeline.replace("dir = \"data/", "dir = \"/srv/data/");
    std::fs::write(pipelines.join("our-hospital.toml"), pipeline).unwrap();
    let prepares = format!("rehearsal={prepares}\necho $rehearsal");
    let prepares = prepares.replace("/etc/tijian", &dir.path().display().to_string());
    let rehearsal = paste_under("022", dir.path(), &prepares).trim().to_owned();
    let checked = crate::support::run_in(rehearsal.as_ref(), &["check", "pipelines/our-hospital.toml"]);
    let copy = std::fs::read_to_string(format!("{rehearsal}/pipelines/our-hospital.toml")).unwrap();
    assert!(
        copy.contains("\ndir = \"srv/data/landing\"") && !copy.contains("\ndir = \"/"),
        "it writes elsewhere: {copy}"
    );
    std::fs::remove_dir_all(rehearsal).unwrap();
    checked.expect(0);
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
