//! Settings of others: what a session sets for itself whatever they are, and servers on which nothing is done at all.
//!
//! Invariant: No default of server, database, role or address ends a night or weakens a commit, and nothing is written
//! to a server that may lose commits.
//! Held by: every session sets them itself (`sql/session/`); the server is checked before every lock and migration.

use std::time::Duration;

use tijian::guidance::ExitCode;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::Endpoint;
use tokio::task::block_in_place;

use crate::support::{
    Ended, Hospital, TestDatabase, connect, execute, record, server, server_options, server_place, start_misquoting,
};

/// What somebody has set for others: each of them would end a night, or change what it does.
const DEFAULTS: [(&str, &str); 12] = [
    ("client_encoding", "GBK"),
    ("statement_timeout", "300ms"),
    ("lock_timeout", "300ms"),
    ("idle_in_transaction_session_timeout", "300ms"),
    ("idle_session_timeout", "300ms"),
    ("default_transaction_isolation", "serializable"),
    ("default_transaction_read_only", "on"),
    ("default_transaction_deferrable", "on"),
    ("search_path", "public, pg_catalog"),
    ("datestyle", "German"),
    ("standard_conforming_strings", "off"),
    ("timezone", "Asia/Shanghai"),
];

/// Longer than those that are in the way.
const WAIT: Duration = Duration::from_millis(700);

/// Keeps in `public.noted` with which `synchronous_commit` the tables of the nights are written.
const NOTE_DURABILITY: &str = "create table public.noted (setting text, noted_on text);
    create function public.note() returns trigger language plpgsql security definer as $$ begin
        insert into public.noted values (current_setting('synchronous_commit'), tg_table_name);
        return null;
    end $$;
    create trigger note after insert or update on etl.runs execute function public.note();
    create trigger note after insert on etl.deliveries execute function public.note();
    create trigger note after update on etl.outbox execute function public.note();
    create trigger note after insert on finance.handoffs execute function public.note()";

/// Keeps in `public.noted` with which comforts a night is written.
const NOTE_COMFORT: &str = "create table public.noted (setting text);
    create function public.note() returns trigger language plpgsql security definer as $$ begin
        insert into public.noted
        select name || ' ' || setting from pg_settings where name in ('client_connection_check_interval', 'plan_cache_mode');
        return null;
    end $$;
    create trigger note after insert on etl.deliveries execute function public.note()";

async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", "")]);
    hospital
}

/// Gives the hospital's sessions these defaults, by the database or by the role.
async fn set_defaults(hospital: &Hospital, of_role: bool) {
    let known = hospital.database.lines("select name from pg_settings").await;
    // (PostgreSQL 13 has no idle_session_timeout.)
    for (name, value) in DEFAULTS.into_iter().filter(|(name, _)| known.iter().any(|known| known == name)) {
        let whose = if of_role { "role %I in database %I" } else { "database %2$I" };
        // A list is not one value in quotes.
        let value = if name == "search_path" { value.to_owned() } else { format!("'{value}'") };
        let alter = format!(
            "select format('alter {whose} set {name} = {}', 'tijian_test_loader', current_database())",
            value.replace('\'', "''")
        );
        let alter = hospital.database.lines(&alter).await.remove(0);
        connect(&server().url()).await.batch_execute(&alter).await.unwrap();
    }
}

/// A night in which every limit of [`DEFAULTS`] is overstepped: a lock is waited for, and the sessions are idle in and out of
/// a transaction.
async fn run_slowly(hospital: &mut Hospital) {
    let other = connect(&hospital.database.owner_url).await;
    // The test's own session may have the defaults, too.
    other
        .batch_execute("reset all; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0")
        .await
        .unwrap();
    let begin =
        "begin transaction isolation level read committed read write; lock table etl.touched_months in exclusive mode";
    other.batch_execute(begin).await.unwrap();
    let fresh = hospital.database.share().await;
    drop(std::mem::replace(&mut hospital.database, fresh));
    let pause = |step: tijian::night::Step| {
        if ["landed", "chunk_loaded", "committed"].contains(&step.name()) {
            block_in_place(|| std::thread::sleep(WAIT));
        }
        Ok(())
    };
    let (report, ()) = tokio::join!(hospital.run_with(&pause), async {
        let waiting = "select pid::text from pg_stat_activity
            where datname = current_database() and application_name = 'tijian' and wait_event_type = 'Lock'";
        while other.query(waiting, &[]).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(WAIT).await;
        other.batch_execute("rollback").await.unwrap();
    });
    let words = report.error.as_ref().map(|error| error.chain()).unwrap_or_default();
    assert_eq!((report.exit_code(), report.pending), (ExitCode::Good, 0), "{words}");
    // The test's own sessions have no limit any more.
    let name = hospital.database.owner_url.split(['/', '?']).nth(3).unwrap().to_owned();
    for whose in [format!("database {name}"), format!("role tijian_test_loader in database {name}")] {
        connect(&server().url()).await.batch_execute(&format!("alter {whose} reset all")).await.unwrap();
    }
    hospital.database.reconnect().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defaults_of_database_or_role_neither_end_a_night_nor_change_what_it_does() {
    let calm = hospital().await;
    calm.simulator.set_timestamp(Some(1_767_636_000_000));
    assert_eq!(calm.run_well().await.exit_code(), ExitCode::Good);
    for of_role in [false, true] {
        let mut hospital = hospital().await;
        hospital.simulator.set_timestamp(Some(1_767_636_000_000));
        set_defaults(&hospital, of_role).await;
        run_slowly(&mut hospital).await;
        assert_eq!(hospital.database.history().await, calm.database.history().await, "{of_role}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_the_address_do_not_end_a_night_either() {
    let hospital = hospital().await;
    let url = format!("{}&options=-c%20statement_timeout%3D1%20-c%20synchronous_commit%3Doff", hospital.database.url);
    hospital.database.client.batch_execute(NOTE_DURABILITY).await.unwrap();
    // One millisecond would not let a session get through its own first statement on a busy machine.
    let url = url.replace("timeout%3D1%20", "timeout%3D200%20");
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", url).arg("run").arg(&hospital.pipeline_file);
    crate::support::end(command).expect(0);
    assert_eq!(hospital.database.lines("select distinct setting from public.noted").await, ["on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_waits_for_the_disk_whatever_the_default_and_for_more_where_more_is_chosen() {
    for (default, expected) in [
        ("off", "on"),
        ("local", "on"),
        ("on", "on"),
        ("remote_write", "remote_write"),
        ("remote_apply", "remote_apply"),
    ] {
        let mut hospital = hospital().await;
        let client = &hospital.database.client;
        let alter = format!(
            "do $$ begin execute format('alter database %I set synchronous_commit = {default}',
            current_database()); end $$"
        );
        client.batch_execute(&alter).await.unwrap();
        client.batch_execute(NOTE_DURABILITY).await.unwrap();
        let fresh = hospital.database.share().await;
        drop(std::mem::replace(&mut hospital.database, fresh));
        hospital.run_well().await;
        let noted = "select noted_on || ' ' || setting from public.noted group by 1 order by 1";
        let tables = ["deliveries", "handoffs", "outbox", "runs"].map(|table| format!("{table} {expected}"));
        assert_eq!(hospital.database.lines(noted).await, tables, "{default}");
    }
}

/// `run` and `migrate` refuse in one sentence and touch nothing; `doctor` says the same.
async fn assert_refused(hospital: &Hospital, says: &str) {
    let refused = |ended: Ended, command: &str| {
        let ended = ended.expect(1);
        assert!(ended.stderr.contains(says), "{command}: {}", ended.stderr);
        assert!(ended.stderr.contains("what to do: "), "{command}: {}", ended.stderr);
        assert_eq!(ended.stderr.matches(says).count(), 1, "{command}: {}", ended.stderr);
    };
    let owner = |arguments: &[&str]| {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &hospital.database.owner_url).args(arguments);
        crate::support::end(command)
    };
    block_in_place(|| {
        refused(hospital.night(&[]), "run");
        refused(owner(&["migrate"]), "migrate");
    });
    assert_eq!(hospital.calls(Endpoint::Token) + hospital.calls(Endpoint::Order), 0, "{says}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_keep_what_it_is_told_is_refused_before_the_pull() {
    let place = server_place();
    let options = server_options(place.path().join("postgres"), Durability::Durable);
    let start = || block_in_place(|| LocalPostgres::start(&options).unwrap());
    let server = start();
    let database = TestDatabase::create_on(&server, "unfit").await;
    let mut hospital = Hospital::of(database, "demo", Default::default()).await;
    for (setting, bad, says) in [
        ("fsync", "off", "runs with fsync off: a crash of its machine may lose data that was acknowledged"),
        ("full_page_writes", "off", "runs with full_page_writes off"),
        ("default_transaction_read_only", "on", "this PostgreSQL server is read-only"),
    ] {
        // The administrator's own session has to be told, once it is read-only.
        let admin = connect(&server.url()).await;
        for value in [bad, "default"] {
            let change = format!("alter system set {setting} = {value}");
            admin.batch_execute("set default_transaction_read_only = off").await.unwrap();
            admin.batch_execute(&change).await.unwrap();
            admin.batch_execute("select pg_reload_conf()").await.unwrap();
            let shown = format!("select reset_val from pg_settings where name = '{setting}'");
            let expected = if value == "default" && bad == "off" {
                "on"
            } else if value == bad {
                bad
            } else {
                "off"
            };
            while connect(&server.url()).await.query_one(&shown, &[]).await.unwrap().get::<_, String>(0) != expected {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if value == bad {
                assert_refused(&hospital, says).await;
            }
        }
    }
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    block_in_place(|| hospital.night(&[]).expect(0));

    // A server that waits for what another one tells it.
    block_in_place(|| server.stop().unwrap());
    let signal = place.path().join("postgres/data/standby.signal");
    std::fs::write(&signal, "").unwrap();
    let standby = start();
    hospital.simulator = tijian::simulator::Simulator::start(Default::default()).await.unwrap();
    let url = hospital.simulator.url();
    hospital.redefine(|text| {
        let (before, behind) = text.split_once("base_url = \"").unwrap();
        let (_, behind) = behind.split_once('"').unwrap();
        format!("{before}base_url = \"{url}\"{behind}")
    });
    assert_refused(&hospital, "this PostgreSQL server is a standby: it accepts no writes").await;
    // Whoever only reads may read there.
    block_in_place(|| hospital.command(&["status"]).expect(0));
    block_in_place(|| standby.stop().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_encoding_is_refused_before_anything_is_made_in_it() {
    // SQL_ASCII takes every byte for what it is, and calls nothing wrong; EUC_CN has no place for many names.
    for encoding in ["LATIN1", "EUC_CN", "SQL_ASCII"] {
        let name = format!("test_{}", encoding.to_lowercase());
        let create = format!("create database {name} encoding '{encoding}' locale 'C' template template0");
        execute(server(), &create).await;
        let database = TestDatabase::open_as_owner(server().database_url(&name)).await;
        let hospital = Hospital::of(database, "demo", Default::default()).await;
        let says = format!("this database is encoded in {encoding}, but Chinese names need UTF8");
        assert_refused(&hospital, &says).await;
        let mut doctor = hospital.tijian();
        doctor.arg("doctor").arg(&hospital.pipeline_file);
        let doctor = block_in_place(|| crate::support::end(doctor).expect(1));
        assert_eq!(doctor.stdout.matches(&says).count(), 1, "{}", doctor.stdout);
        assert!(doctor.stdout.contains("create database tijian encoding 'UTF8'"), "{}", doctor.stdout);
        let schemas = "select nspname::text from pg_namespace where nspname in ('etl', 'warehouse')";
        assert_eq!(hospital.database.lines(schemas).await, [""; 0], "{encoding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comfort_that_the_server_refuses_is_done_without_and_the_others_are_kept() {
    // As on Windows, which takes no client_connection_check_interval but 0; one after the other. (PostgreSQL 13 has not got it.)
    for (refused, from, to, kept) in [
        ("client_connection_check_interval", "'5s'", "'-1'", "plan_cache_mode force_custom_plan"),
        ("plan_cache_mode", "'force_custom_plan'", "'force_strange_one'", "client_connection_check_interval 5000"),
    ] {
        let hospital = hospital().await;
        let url = hospital.database.url_through(start_misquoting(hospital.database.socket(), from, to));
        hospital.database.client.batch_execute(NOTE_COMFORT).await.unwrap();
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", url).arg("run").arg(&hospital.pipeline_file);
        block_in_place(|| crate::support::end(command).expect(0));
        let noted = hospital.database.lines("select distinct setting from public.noted order by 1").await;
        let known = "select name from pg_settings where name = 'client_connection_check_interval'";
        let is_known = !hospital.database.lines(known).await.is_empty();
        if is_known || !kept.starts_with("client") {
            assert!(noted.contains(&kept.to_owned()), "{refused}: {noted:?}");
        }
        let default = hospital
            .database
            .lines(&format!(
                "select name || ' ' || boot_val from pg_settings
            where name = '{refused}'"
            ))
            .await;
        assert!(default.iter().all(|default| noted.contains(default)), "{refused}: {noted:?}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_what_the_promises_rest_on_is_not_worked_with() {
    let hospital = hospital().await;
    let front = start_misquoting(hospital.database.socket(), "('lock_timeout', '30min')", "('lock_timeout', '-1min')");
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", hospital.database.url_through(front)).arg("run").arg(&hospital.pipeline_file);
    let ended = block_in_place(|| crate::support::end(command).expect(1));
    assert!(ended.stderr.contains("lock_timeout"), "{}", ended.stderr);
    assert_eq!(hospital.calls(Endpoint::Token) + hospital.calls(Endpoint::Order), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_which_postgresql_looks_at_no_foreign_key_is_refused() {
    let hospital = Hospital::new().await;
    for role in ["tijian_test_loader", "tijian"] {
        let alter = format!(
            "select format('alter role {role} in database %I set session_replication_role = replica',
            current_database())"
        );
        let alter = hospital.database.lines(&alter).await.remove(0);
        hospital.database.client.batch_execute(&alter).await.unwrap();
    }
    assert_refused(&hospital, "session_replication_role is replica: PostgreSQL would check no foreign keys").await;
}
