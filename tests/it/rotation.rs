//! A new site key: everything that is sealed or keyed comes under it, once, whatever it is stopped by.

use std::io::Read;
use std::time::{Duration, Instant};

use tijian::failure::{RunError, Stopped};
use tijian::guidance::{ExitCode, Remedy};
use tijian::landing::{Landing, LandingError};
use tijian::seal::{LandingKey, QuarantineKey};
use tijian::settings::{Settings, SiteKey};
use tijian::simulator::GeneratorOptions;
use tijian::transform::PersonKey;
use tijian::upkeep::{RotationReport, RotationStep, rotate_site_key};
use tijian::warehouse::Warehouse;

use crate::support::{Hospital, Running, end, record};

/// The key of the tests' hospital, and the one that takes its place.
const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];
pub const OLD_TEXT: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
pub const NEW_TEXT: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";
const THIRD_TEXT: &str = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";

/// Two nights of thirty people, and two refused records.
async fn hospital() -> Hospital {
    let options = GeneratorOptions { reservations: 30, changes: 0.5, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    for number in 1..=2 {
        let bad = record(&format!("BAD-{number}"), r#""checkDate":"2026-02-30""#);
        hospital.simulator.insert_records(vec![bad]);
        hospital.run_well().await;
        hospital.simulator.advance_night();
    }
    hospital
}

fn with_new_key(settings: &Settings) -> Settings {
    settings.with(&[("TIJIAN_SITE_KEY", NEW_TEXT), ("TIJIAN_SITE_KEY_PREVIOUS", OLD_TEXT)])
}

/// The warehouse as the schema's owner has it.
async fn owner(hospital: &Hospital) -> Warehouse {
    Warehouse::connect(&hospital.database.owner_url).await.unwrap()
}

/// Replaces the old key by the new one, and stops after a step.
async fn rotate_until(hospital: &Hospital, last: Option<&str>) -> Result<RotationReport, RunError> {
    let on_step = |step: RotationStep| if last == Some(step.name()) { Err(Stopped) } else { Ok(()) };
    let pipelines = std::slice::from_ref(&hospital.pipeline);
    let (old, new) = (SiteKey::from_bytes(OLD), SiteKey::from_bytes(NEW));
    rotate_site_key(pipelines, &owner(hospital).await, &old, &new, &on_step).await
}

async fn rotate(hospital: &Hospital) -> RotationReport {
    rotate_until(hospital, None).await.unwrap_or_else(|error| panic!("{}", error.chain()))
}

/// Deliveries and files of the journal.
fn sealed_files(hospital: &Hospital) -> usize {
    let is_sealed = |file: &&String| file.ends_with(".delivery") || file.ends_with(".journal");
    hospital.files().iter().filter(is_sealed).count()
}

/// Landed files that open under a key.
fn files_under(hospital: &Hospital, site_key: &[u8; 32]) -> usize {
    let landing = Landing::open(&hospital.pipeline.landing.dir, "demo", LandingKey::derive(site_key)).unwrap();
    let opens = |delivery: &tijian::landing::LandedDelivery| {
        delivery.open().is_ok_and(|mut body| body.read_to_end(&mut Vec::new()).is_ok())
    };
    landing.sealed_files().unwrap().iter().filter(|delivery| opens(delivery)).count()
}

/// Quarantined records that open under a key.
async fn records_under(hospital: &Hospital, site_key: &[u8; 32]) -> usize {
    let key = QuarantineKey::derive(site_key);
    let mut opened = 0;
    for id in 1..=2 {
        opened += usize::from(hospital.database.warehouse.open_rejected_record(&key, id).await.is_ok());
    }
    opened
}

/// Versions whose `person_id` is that of their document under a key, and all of them.
async fn persons_under(hospital: &Hospital, site_key: &[u8; 32]) -> (usize, usize) {
    let key = PersonKey::derive(site_key);
    let versions = "select person_id, card_type, idcard from warehouse.reservation_versions where idcard is not null";
    let rows = hospital.database.client.query(versions, &[]).await.unwrap();
    let is_right = |row: &&tokio_postgres::Row| {
        row.get::<_, Option<&[u8]>>(0) == key.person_id(row.get(1), row.get(2)).as_ref().map(|id| &id[..])
    };
    (rows.iter().filter(is_right).count(), rows.len())
}

/// The history without `person_id`, and who shares a person with whom.
async fn history(hospital: &Hospital) -> Vec<String> {
    hospital
        .database
        .lines(
            "select (to_jsonb(versions) - 'person_id')::text || ' ' || dense_rank() over (
                order by (select min(same.serial_number) from warehouse.reservation_versions as same
                    where same.person_id = versions.person_id))
            from warehouse.reservation_versions as versions order by account, serial_number, version",
        )
        .await
}

/// Invariant: A key rotation changes everything to the new site key once, wherever it is stopped.
/// Held by: files by their key id, each replaced whole; the database in one transaction; a lock that keeps every run
/// away.
#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_under_the_new_key_once_and_nothing_else_changes() {
    let mut hospital = hospital().await;
    let before = history(&hospital).await;
    let files = hospital.files();
    let months = hospital.database.lines("select count(*)::text from etl.touched_months").await;
    let report = rotate(&hospital).await;
    let (rotated, versions) = persons_under(&hospital, &NEW).await;
    assert!(versions > 30 && rotated == versions);
    let sealed = sealed_files(&hospital);
    assert_eq!((report.files, report.files_before, report.database.records), (sealed as u64, 0, 2));
    assert_eq!(report.database.versions, versions as u64);
    assert_eq!(vec![report.database.files_owed.to_string()], months);
    let people = hospital.database.lines("select count(distinct person_id)::text from warehouse.reservation_versions");
    assert_eq!(people.await, [report.database.persons.to_string()]);
    assert_eq!((files_under(&hospital, &NEW), files_under(&hospital, &OLD)), (sealed, 0));
    assert_eq!((records_under(&hospital, &NEW).await, records_under(&hospital, &OLD).await), (2, 0));
    assert_eq!(history(&hospital).await, before);
    assert_eq!(hospital.files(), files);
    hospital.database.assert_sound().await;

    let again = rotate(&hospital).await;
    assert_eq!((again.files, again.files_before, again.is_database_before), (0, sealed as u64, true));
    assert_eq!(again.database, Default::default());

    // The old key is refused, and told that it was replaced; with the new one, the same records are known.
    let refused = hospital.run().await;
    assert_eq!(refused.exit_code(), ExitCode::Definition);
    assert!(refused.error.unwrap().chain().contains("was replaced on"));
    hospital.settings = with_new_key(&hospital.settings);
    let night = hospital.run_well().await;
    assert_eq!((night.counts.rejected, night.counts.opened), (2, night.counts.received - 2));
    assert_eq!(
        hospital.database.lines("select attempts::text from etl.rejections order by rejection_id").await,
        ["3", "2"]
    );
    // The history's files hold the new ids: every month was made again.
    assert!(
        night.exported.iter().filter(|path| path.extension().is_some_and(|end| end == "parquet")).count() as u64
            >= report.database.files_owed
    );
    hospital.database.assert_sound().await;
}

/// Invariant: A key rotation changes everything to the new site key once, wherever it is stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_stopped_after_any_step_is_completed_by_the_next() {
    for step in RotationStep::NAMES {
        let mut hospital = hospital().await;
        let before = history(&hospital).await;
        let stopped = rotate_until(&hospital, Some(step)).await.unwrap_err();
        assert_eq!(stopped.guidance().exit_code, ExitCode::Temporary, "{step}");
        let under_new = files_under(&hospital, &NEW);
        assert_eq!(under_new, if *step == RotationStep::FileSealed.name() { 1 } else { sealed_files(&hospital) });
        assert_eq!(files_under(&hospital, &OLD), sealed_files(&hospital) - under_new);
        if *step != RotationStep::Rotated.name() {
            // The old key is the warehouse's still; a night in between does no harm.
            assert_eq!(records_under(&hospital, &OLD).await, 2);
            assert_eq!(hospital.run_with(&|_| Err(Stopped)).await.exit_code(), ExitCode::Temporary, "it may run");
        }
        rotate(&hospital).await;
        assert_eq!((files_under(&hospital, &NEW), records_under(&hospital, &NEW).await), (sealed_files(&hospital), 2));
        let (rotated, versions) = persons_under(&hospital, &NEW).await;
        assert_eq!(rotated, versions);
        assert_eq!(history(&hospital).await, before);
        hospital.settings = with_new_key(&hospital.settings);
        hospital.run_well().await;
        hospital.database.assert_sound().await;
    }
}

/// Invariant: A key rotation changes everything to the new site key once, wherever it is stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_killed_between_files_and_database_is_completed_by_the_next() {
    let hospital = hospital().await;
    let rotation = || {
        let mut command = hospital.tijian();
        command.env("TIJIAN_SITE_KEY", NEW_TEXT).env("TIJIAN_SITE_KEY_PREVIOUS", OLD_TEXT);
        command.env("DATABASE_URL", &hospital.database.owner_url);
        command.arg("rotate-key").arg(&hospital.pipeline_file);
        command
    };
    // The database's part waits for somebody else, and is killed there.
    let other = hospital.database.share().await;
    other.client.batch_execute("begin; lock table etl.rejections in exclusive mode").await.unwrap();
    let mut running = Running::start(&mut rotation());
    let begin = Instant::now();
    let waiting = "select pid::text from pg_stat_activity
        where datname = current_database() and application_name = 'tijian' and wait_event_type = 'Lock'";
    while hospital.database.lines(waiting).await.is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(120), "nobody waits");
        tokio::task::yield_now().await;
    }
    // Meanwhile nobody runs.
    assert_eq!(hospital.run().await.exit_code(), ExitCode::Locked);
    running.child().kill().unwrap();
    running.child().wait().unwrap();
    other.client.batch_execute("rollback").await.unwrap();
    assert_eq!((files_under(&hospital, &NEW), records_under(&hospital, &OLD).await), (sealed_files(&hospital), 2));
    let (old, versions) = persons_under(&hospital, &OLD).await;
    assert_eq!(old, versions);

    // The server notices the dead connection by and by.
    let ended = loop {
        let ended = end(rotation());
        if ended.code != 5 {
            break ended.expect(0);
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "{}", ended.stderr);
    };
    let before = format!("0 landed files sealed under the new key ({} were already)", sealed_files(&hospital));
    for words in [before.as_str(), "2 quarantined records", "30 people"] {
        assert!(ended.stdout.contains(words), "{}", ended.stdout);
    }
    let said = ended.stdout + &ended.stderr;
    assert!(!said.contains(OLD_TEXT) && !said.contains(NEW_TEXT), "{said}");
    let mut chinese = rotation();
    chinese.args(["--lang", "zh"]);
    let said = end(chinese).expect(0).stdout;
    let before =
        format!("已用新密钥封存 0 个落地文件（另有 {} 个此前已封存）\n仓库此前已换到新密钥\n", sealed_files(&hospital));
    assert_eq!(said, before);
    let again = end(rotation()).expect(0);
    assert!(again.stdout.contains("the warehouse already uses the new key"), "{}", again.stdout);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_neither_is_told_by_its_id_and_nothing_is_changed() {
    let hospital = hospital().await;
    let rotation = |previous: &str| {
        let mut command = hospital.tijian();
        command.env("TIJIAN_SITE_KEY", NEW_TEXT).env("TIJIAN_SITE_KEY_PREVIOUS", previous);
        command.env("DATABASE_URL", &hospital.database.owner_url);
        command.arg("rotate-key").arg(&hospital.pipeline_file);
        end(command)
    };
    let wrong = rotation(THIRD_TEXT).expect(2);
    assert!(wrong.stderr.contains("neither TIJIAN_SITE_KEY nor TIJIAN_SITE_KEY_PREVIOUS"), "{}", wrong.stderr);
    for (previous, words) in [("", "is not set"), ("c2hvcnQ=", "not 32 bytes"), (NEW_TEXT, "the same key")] {
        let ended = rotation(previous).expect(2);
        assert!(ended.stderr.contains(words) && !ended.stderr.contains("c2hvcnQ"), "{}", ended.stderr);
    }
    assert_eq!(files_under(&hospital, &OLD), sealed_files(&hospital));

    // One file, and then one record, of a key that nobody has any more.
    let third = LandingKey::derive(&[9; 32]);
    let dir = &hospital.pipeline.landing.dir;
    let landing = Landing::open(dir, "demo", third.clone()).unwrap();
    let last = landing.deliveries().unwrap().pop().unwrap();
    let sealed = std::fs::read(&last.path).unwrap();
    landing.reseal(&last, &LandingKey::derive(&OLD)).unwrap();
    let error = rotate_until(&hospital, None).await.unwrap_err();
    assert!(matches!(error, RunError::Landing(LandingError::Open { .. })));
    let ids = [third.id(), LandingKey::derive(&OLD).id(), LandingKey::derive(&NEW).id()].map(|id| id.to_string());
    assert!(ids.iter().all(|id| error.chain().contains(id)), "{}", error.chain());
    assert_eq!(records_under(&hospital, &OLD).await, 2, "the database comes last");
    std::fs::write(&last.path, sealed).unwrap();

    let foreign = tijian::seal::seal_record(&QuarantineKey::derive(&[9; 32]), "demo", &[1; 32], b"{}").unwrap();
    let update = "update etl.rejections set sealed_record = $1, content_sha256 = $2 where rejection_id = 2";
    hospital.database.client.execute(update, &[&foreign.sealed, &&foreign.keyed_digest[..]]).await.unwrap();
    let error = rotate_until(&hospital, None).await.unwrap_err();
    assert!(error.chain().contains("rejection 2") && ids.iter().all(|id| error.chain().contains(id)));
    assert_eq!(records_under(&hospital, &OLD).await, 1, "all of the transaction or nothing");
    let (old, versions) = persons_under(&hospital, &OLD).await;
    assert_eq!(old, versions);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_replaces_the_key_during_a_run_and_what_is_left_out_is_said() {
    let hospital = hospital().await;
    let held = hospital.database.warehouse.lock_account("somebody else").await.unwrap().expect("nobody holds it");
    assert_eq!(rotate_until(&hospital, None).await.unwrap_err().guidance().exit_code, ExitCode::Locked);
    held.release().await;
    // Nor does the loader, whose files are not touched for nothing, either.
    let (old, new) = (SiteKey::from_bytes(OLD), SiteKey::from_bytes(NEW));
    let pipelines = std::slice::from_ref(&hospital.pipeline);
    let refused = rotate_site_key(pipelines, &hospital.database.warehouse, &old, &new, &|_| Ok(())).await.unwrap_err();
    assert!(refused.chain().contains("does not own the schema") && refused.guidance().remedy == Some(Remedy::UseOwner));
    assert_eq!(files_under(&hospital, &OLD), sealed_files(&hospital));
    std::fs::remove_dir_all(&hospital.pipeline.landing.dir).unwrap();
    let report = rotate_site_key(&[], &owner(&hospital).await, &old, &new, &|_| Ok(())).await.unwrap();
    assert_eq!(report.accounts_unnamed, ["demo"]);
    let report = rotate(&hospital).await;
    assert_eq!(report.folders_absent, ["demo"]);
    assert!(!hospital.pipeline.landing.dir.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_persons_stay_strangers() {
    let hospital = hospital().await;
    let client = &hospital.database.client;
    // Somebody whose document is gone, under a person_id that no key makes.
    let erase = "update warehouse.reservation_versions set idcard = null, person_id = '\\xff'
        where serial_number = (select min(serial_number) from warehouse.reservation_versions)";
    client.batch_execute(erase).await.unwrap();
    let report = rotate(&hospital).await;
    let sealed = sealed_files(&hospital);
    assert_eq!((report.files, report.database.records), (sealed as u64, 2));
    assert_eq!((files_under(&hospital, &NEW), records_under(&hospital, &NEW).await), (sealed, 2));
    let erased = "select count(*)::text from warehouse.reservation_versions where person_id = '\\xff'";
    assert!(hospital.database.lines(erased).await != ["0"]);
}
