//! What is published to a lake, against what stands in the database; whoever stops it, or takes the database back.

mod damaged;
mod identity;
mod readers;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use tijian::failure::{RunError, Stopped};
use tijian::guidance::ExitCode;
use tijian::lake::{LakeError, Pointer};
use tijian::night::{FILE_ROWS, PublishContext, PublishReport, PublishStep, lakes, publish};
use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};
use tijian::transform::ContentKey;

use crate::support::{Hospital, Running, TestDatabase, eventful_hospital, parquet_contents, record, tell_night};

/// The columns that others read, by these names.
const STATES: &str = "account serial_number delivery_id position content_id unconfirmed_pull person_id card_type age_years \
    age_band sex_code is_pregnant married hospital_code hospital_name check_date hospital_package_id hospital_package_name \
    add_combination_id add_combination_name examination_fee order_status pay_type data_sources effective_at";
const DELIVERIES: &str = "delivery_id account is_retry effective_at received_at received accepted rejected unchanged opened \
    closed adjusted states";

type Row = Vec<Option<String>>;

/// The pipeline publishes to a lake in the hospital's folder, which keeps nothing that its pointer does not name.
fn add_lake(hospital: &mut Hospital) {
    let folder = hospital.dir.path().display().to_string();
    hospital.redefine(|text| {
        format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{folder}/lake\"\nkeep_hours = 0\n")
    });
}

/// Publishes in pieces of so many rows, and stops after the `nth` step of a name.
async fn publish_until(
    hospital: &Hospital,
    is_complete: bool,
    file_rows: u64,
    last: Option<(&str, usize)>,
) -> Result<PublishReport, RunError> {
    let seen = Mutex::new(0);
    let on_step = |step: Option<PublishStep>| match last {
        Some((name, nth)) if step.is_some_and(|step| step.name() == name) => {
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            if *seen == nth { Err(Stopped) } else { Ok(()) }
        }
        _ => Ok(()),
    };
    let site_key = hospital.settings.site_key().unwrap();
    let (warehouse, settings) = (&hospital.database.warehouse, &hospital.settings);
    let context =
        PublishContext { warehouse, settings, site_key: &site_key, is_complete, file_rows, on_step: &on_step };
    publish(&lakes([&hospital.pipeline])[0], &context).await
}

async fn publish_all(hospital: &Hospital) -> PublishReport {
    let published = publish_until(hospital, false, FILE_ROWS, None).await;
    published.unwrap_or_else(|error| panic!("{}", error.chain()))
}

/// The warehouse's place in the lake.
fn root(hospital: &Hospital) -> PathBuf {
    let lake = hospital.dir.path().join("lake");
    let mut folders = std::fs::read_dir(lake).unwrap().map(|entry| entry.unwrap().path());
    let root = folders.next().unwrap();
    assert_eq!(folders.next(), None);
    root
}

fn pointer(hospital: &Hospital) -> Pointer {
    Pointer::from_json(&std::fs::read(root(hospital).join("pointer.json")).unwrap(), "here").unwrap()
}

/// All rows of some of the lake's files, sorted; each file is in its own order, and as large as the pointer says.
fn rows_of(hospital: &Hospital, files: &[tijian::lake::LakeFile], columns: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in files {
        let path = root(hospital).join(&file.path);
        assert_eq!(path.metadata().unwrap().len(), file.bytes, "{}", file.path);
        let contents = parquet_contents::read(&path);
        assert_eq!(contents.columns, columns.split_whitespace().collect::<Vec<_>>());
        assert_eq!(contents.rows.len() as u64, file.rows, "{}", file.path);
        assert!(file.rows > 0, "{}", file.path);
        rows.extend(contents.rows);
    }
    rows.sort();
    rows
}

/// Files on the disk, beside the pointer and its lock.
fn files_on_disk(hospital: &Hospital) -> BTreeSet<String> {
    let prefix = format!("lake/{}/", root(hospital).file_name().unwrap().to_str().unwrap());
    let files = hospital.all_files().into_iter().filter_map(|file| file.strip_prefix(&prefix).map(str::to_owned));
    files.filter(|file| !["pointer.json", "pointer.lock"].contains(&file.as_str())).collect()
}

/// What the database says that the lake must hold, by statements of the test's own.
async fn expected(hospital: &Hospital) -> (Vec<Row>, Vec<Row>) {
    let states = "select account, serial_number, delivery_id::text,
            (select count(*) from warehouse.reservation_versions as earlier
                where (earlier.account, earlier.serial_number, earlier.delivery_id)
                    = (v.account, v.serial_number, v.delivery_id) and earlier.version <= v.version)::text,
            encode(fingerprint, 'hex'), null::text, encode(person_id, 'hex'), card_type,
            extract(year from age(check_date, birthdate))::text,
            mart.age_band(extract(year from age(check_date, birthdate))::integer), sex_code, is_pregnant::text, married,
            hospital_code, hospital_name, check_date::text, hospital_package_id, hospital_package_name,
            add_combination_id, add_combination_name, examination_fee::text, order_status, pay_type, data_sources,
            (extract(epoch from valid_from) * 1000000)::bigint::text
        from warehouse.reservation_versions as v";
    let deliveries =
        "select delivery_id::text, account, is_retry::text, (extract(epoch from effective_at) * 1000000)::bigint::text,
            (extract(epoch from received_at) * 1000000)::bigint::text, received::text, accepted::text, rejected::text,
            unchanged::text, opened::text, closed::text, adjusted::text, opened::text
        from etl.deliveries";
    let key = ContentKey::derive(&key_of(hospital));
    let client = crate::support::connect(&hospital.database.owner_url).await;
    let mut sets = Vec::new();
    for query in [states, deliveries] {
        let rows = client.query(query, &[]).await.unwrap();
        let mut rows: Vec<Row> = rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect();
        if query == states {
            for row in &mut rows {
                row[4] = key.content_id(row[4].as_deref().unwrap());
            }
        }
        rows.sort();
        sets.push(rows);
    }
    let deliveries = sets.remove(1);
    (sets.remove(0), deliveries)
}

fn key_of(hospital: &Hospital) -> [u8; 32] {
    *hospital.settings.site_key().unwrap().expose()
}

/// The lake holds exactly what the database says, and nothing that its pointer does not name.
async fn assert_published(hospital: &Hospital, at: &str) {
    let pointer = pointer(hospital);
    let (states, deliveries) = expected(hospital).await;
    assert!(rows_of(hospital, &pointer.states, STATES) == states, "{at}: states");
    assert_eq!(rows_of(hospital, &pointer.deliveries, DELIVERIES), deliveries, "{at}");
    let named: BTreeSet<String> = pointer.paths().map(str::to_owned).collect();
    assert_eq!(files_on_disk(hospital), named, "{at}");
    let stale = "select delivery_id::text from etl.lake_deliveries where is_stale
        union all select number::text from etl.lake_publications where published_at is null";
    assert_eq!(hospital.database.lines(stale).await, Vec::<String>::new(), "{at}");
}

/// Nights in which callbacks fail, records are refused and tried again, and a reservation changes twice in one delivery.
async fn hospital() -> Hospital {
    let mut hospital = eventful_hospital(TestDatabase::create().await, 3).await;
    add_lake(&mut hospital);
    hospital
}

async fn night(hospital: &Hospital, night: usize) {
    tell_night(hospital, night);
    if night % 2 == 1 {
        hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 3);
    }
    let report = hospital.run().await;
    assert!(report.error.is_none(), "{:?}", report.error.map(|error| error.chain()));
}

/// Invariant: A lake holds exactly the versions that the warehouse's deliveries have opened.
/// Held by: it is published from the history, by a ledger that claims each delivery once.
#[tokio::test(flavor = "multi_thread")]
async fn nights_with_failing_callbacks_and_retries_publish_exactly_what_they_opened() {
    let mut hospital = hospital().await;
    hospital.simulator.insert_records(vec![record("LONG-1", &format!(r#""name":"{}""#, "长".repeat(25)))]);
    for number in 0..5 {
        night(&hospital, number).await;
        if number == 3 {
            hospital.redefine_contract(|text| text.replace("max_characters = 20", "max_characters = 60"));
            let report = hospital.retry_with(&|_| Ok(())).await;
            assert!(report.error.is_none());
        }
        let report = publish_all(&hospital).await;
        assert_eq!(report.publications, 1);
        assert_published(&hospital, &format!("night {number}")).await;
        let before = std::fs::read(root(&hospital).join("pointer.json")).unwrap();
        let again = publish_all(&hospital).await;
        assert_eq!((again.publications, again.states, again.number), (0, 0, report.number));
        assert_eq!(std::fs::read(root(&hospital).join("pointer.json")).unwrap(), before);
    }
    let retried = "select opened::text from etl.deliveries where is_retry and opened > 0";
    assert_eq!(hospital.database.lines(retried).await, ["1"]);
    let twice =
        rows_of(&hospital, &pointer(&hospital).states, STATES).into_iter().any(|row| row[3].as_deref() == Some("2"));
    assert!(twice, "a reservation has two states in one delivery");
    hospital.database.assert_sound().await;
}

/// Invariant: A publication that is stopped anywhere is completed by the next, without a version lost or twice.
/// Held by: the ledger's claim before the files, and the pointer, which says whether it was moved.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_stopped_after_any_step_is_completed_by_the_next() {
    let hospital = hospital().await;
    let mut number = 0;
    for step in PublishStep::NAMES {
        for nth in 1..=2 {
            night(&hospital, number).await;
            number += 1;
            // Five rows in a file: each publication has several.
            let stopped = publish_until(&hospital, false, 5, Some((step, nth))).await;
            let at = format!("{step} {nth}");
            match stopped {
                Err(RunError::Stopped(_)) => {}
                Ok(report) => assert!(report.publications < nth as u64, "{at}"),
                Err(error) => panic!("{at}: {}", error.chain()),
            }
            publish_until(&hospital, false, 5, None).await.unwrap();
            assert_published(&hospital, &at).await;
        }
    }
    // And everything anew, likewise.
    for step in PublishStep::NAMES {
        let stopped = publish_until(&hospital, true, 50, Some((step, 1))).await;
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{step}");
        let before = pointer(&hospital).number;
        publish_until(&hospital, false, 50, None).await.unwrap();
        assert!(pointer(&hospital).number >= before);
        assert_published(&hospital, step).await;
    }
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn years_are_published_in_pieces_that_are_split_between_deliveries_and_within_large_ones() {
    let hospital = hospital().await;
    for number in 0..4 {
        night(&hospital, number).await;
    }
    let report = publish_until(&hospital, false, 20, None).await.unwrap();
    assert!(report.publications > 1, "{report:?}");
    assert_eq!(report.number, report.publications);
    let pointer = pointer(&hospital);
    // Rows come in batches, of which a file takes the last one whole.
    let largest = pointer.states.iter().map(|file| file.rows).max().unwrap();
    assert!(largest < 20 + 256, "{largest}");
    assert_published(&hospital, "pieces").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_writers_at_the_same_time_nobody_loses_anything() {
    let hospital = hospital().await;
    for number in 0..3 {
        night(&hospital, number).await;
    }
    let one = || publish_until(&hospital, false, 10, None);
    let (a, b, c) = tokio::join!(one(), one(), one());
    let published: u64 = [a, b, c].into_iter().map(|report| report.unwrap().publications).sum();
    let recorded = hospital.database.lines("select count(*)::text from etl.lake_publications").await;
    assert_eq!(recorded, [published.to_string()]);
    assert_published(&hospital, "three writers").await;
}

/// A copy of the database publishes to the same lake, and knows nothing of what the other one has published.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_of_a_warehouse_the_one_that_comes_late_is_refused() {
    let mut hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    night(&hospital, 1).await;
    let backup = hospital.database.back_up().await;
    publish_all(&hospital).await;
    let ahead = pointer(&hospital);
    hospital.database.restore(&backup).await;
    let late = publish_until(&hospital, false, FILE_ROWS, None).await;
    let Err(RunError::Lake(LakeError::OtherPosition { found: 2, known: 1, .. })) = late else { panic!("{late:?}") };
    assert_eq!(pointer(&hospital), ahead, "nothing was written");
}

/// Invariant: A lake whose pointer is not where the ledger has moved it is written to only when somebody asks for all of it.
/// Held by: number and id in the pointer, compared with the ledger's before anything is claimed.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_restored_backup_the_lake_is_published_anew_on_request_only() {
    let mut hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    let backup = hospital.database.back_up().await;
    for number in 1..3 {
        night(&hospital, number).await;
        publish_all(&hospital).await;
    }
    let ahead = pointer(&hospital);
    hospital.database.restore(&backup).await;
    tell_night(&hospital, 3);
    // The run recovers the nights; the lake is another matter.
    let ended = hospital.night(&[]).expect(1);
    assert!(ended.stderr.contains("TJ-5108") && ended.stderr.contains("--again"), "{}", ended.stderr);
    assert_eq!(pointer(&hospital), ahead);
    let file = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["lake", "publish", &file]).expect(1);
    // Readers see all deliveries of the first pointer that is moved.
    let stopped = publish_until(&hospital, true, 10, Some(("pointer_moved", 1))).await;
    assert!(matches!(stopped, Err(RunError::Stopped(_))));
    let deliveries = hospital.database.lines("select count(*)::text from etl.deliveries").await;
    let published: u64 = pointer(&hospital).deliveries.iter().map(|file| file.rows).sum();
    assert_eq!(deliveries, [published.to_string()]);
    let ended = hospital.command(&["lake", "publish", "--again", &file]).expect(0);
    assert!(ended.stdout.contains("/lake: published up to "), "{}", ended.stdout);
    assert!(pointer(&hospital).number > ahead.number);
    assert_published(&hospital, "again").await;
    hospital.command(&["lake", "publish", &file]).expect(0);

    // Somebody has emptied the lake.
    std::fs::remove_dir_all(hospital.dir.path().join("lake")).unwrap();
    hospital.command(&["lake", "publish", &file]).expect(1);
    hospital.command(&["lake", "publish", "--again", &file]).expect(0);
    assert_published(&hospital, "emptied").await;
}

/// Invariant: A lake that is down undoes nothing, and the next run publishes what it lacks.
/// Held by: what is owed is what the ledger does not have.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_that_is_down_did_not_get_is_published_by_the_next_run() {
    let generator = GeneratorOptions { reservations: 20, ..Default::default() };
    let mut hospital =
        Hospital::of(TestDatabase::create().await, "demo", SimulatorOptions { generator, ..Default::default() }).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    hospital.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"s3://lake/tijian\"\n"));
    let mut command = hospital.tijian();
    command.arg("run").arg(&hospital.pipeline_file);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "planted-id"),
        ("AWS_SECRET_ACCESS_KEY", "planted-secret"),
        ("AWS_REGION", "here"),
        ("AWS_ENDPOINT_URL", &format!("http://{closed}")),
        ("AWS_ALLOW_HTTP", "true"),
    ] {
        command.env(name, value);
    }
    let ended = crate::support::end(command).expect(75);
    assert!(ended.stderr.contains("TJ-5101") && ended.stderr.contains("still owed"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.database.versions().await.len(), 20);

    // In a folder, and a file is in its place.
    let folder = hospital.dir.path().display().to_string();
    hospital.redefine(|text| text.replace("s3://lake/tijian", &format!("file://{folder}/lake")));
    std::fs::write(hospital.dir.path().join("lake"), "").unwrap();
    hospital.simulator.insert_records(vec![record("MORE", "")]);
    hospital.night(&[]).expect(1);
    std::fs::remove_file(hospital.dir.path().join("lake")).unwrap();
    hospital.night(&[]).expect(0);
    let states: u64 = pointer(&hospital).states.iter().map(|file| file.rows).sum();
    assert_eq!(states, 21);
    let kept = hospital.night(&["--output", "json"]).expect(0).json();
    assert_eq!(kept["runs"][0]["exit_code"], i64::from(ExitCode::Good.status()));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_share_a_lake_and_a_run_publishes_once_for_all_of_them() {
    let database = TestDatabase::create().await;
    let options = |seed| SimulatorOptions {
        generator: GeneratorOptions { reservations: 20, seed, ..Default::default() },
        ..Default::default()
    };
    let second_database = database.share().await;
    let mut first = Hospital::of(database, "hospital-a", options(1)).await;
    add_lake(&mut first);
    let mut second = Hospital::of(second_database, "hospital-b", options(2)).await;
    let folder = first.dir.path().display().to_string();
    second.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{folder}/lake/\"\n"));
    let mut command = first.tijian();
    command.arg("run").args([&first.pipeline_file, &second.pipeline_file]);
    crate::support::end(command).expect(0);
    let published = pointer(&first);
    assert_eq!((published.number, published.states.len(), published.deliveries.len()), (1, 1, 1));
    assert_published(&first, "both").await;
    let rows = parquet_contents::read(&root(&first).join(&published.states[0].path)).rows;
    assert!(rows.is_sorted_by_key(|row| (row[0].clone(), row[1].clone())), "by account and serial number");

    // Its own command publishes an account's deliveries, and no other one's.
    second.simulator.insert_records(vec![record("NEW-B", "")]);
    second.run_well().await;
    assert_eq!(publish_all(&first).await.publications, 0);
    assert_eq!(publish_all(&second).await.publications, 1);
    assert_published(&first, "the second").await;
    first.command(&["lake", "publish", first.pipeline_file.to_str().unwrap()]).expect(0);
}

/// What changes while it is written, as by an erasure, is read again: no reader sees some of it before and some after.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_it_is_written_is_written_once_more_before_anybody_reads_it() {
    let hospital = hospital().await;
    for number in 0..2 {
        night(&hospital, number).await;
        publish_all(&hospital).await;
    }
    night(&hospital, 2).await;
    let owner = crate::support::connect(&hospital.database.owner_url).await;
    let change = "update warehouse.reservation_versions set hospital_name = 'changed meanwhile';
        update etl.lake_deliveries set is_stale = true";
    let before = pointer(&hospital);
    let (changed, moved) = (Mutex::new(false), Mutex::new(0));
    let on_step = |step: Option<PublishStep>| {
        if step == Some(PublishStep::LakeFileWritten) && !std::mem::replace(&mut *changed.lock().unwrap(), true) {
            assert_eq!(pointer(&hospital), before);
            let change = owner.batch_execute(change);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(change)).unwrap();
        }
        if step == Some(PublishStep::PointerMoved) {
            *moved.lock().unwrap() += 1;
            for row in rows_of(&hospital, &pointer(&hospital).states, STATES) {
                assert_eq!(row[14].as_deref(), Some("changed meanwhile"));
            }
        }
        Ok(())
    };
    let site_key = hospital.settings.site_key().unwrap();
    let (warehouse, settings) = (&hospital.database.warehouse, &hospital.settings);
    let (is_complete, file_rows) = (false, FILE_ROWS);
    let context =
        PublishContext { warehouse, settings, site_key: &site_key, is_complete, file_rows, on_step: &on_step };
    let report = publish(&lakes([&hospital.pipeline])[0], &context).await.unwrap();
    assert_eq!((*moved.lock().unwrap(), report.publications), (1, 3));
    assert_published(&hospital, "changed meanwhile").await;
}

/// Paths that the pointer names, and those that it has replaced.
fn named_and_replaced(hospital: &Hospital) -> (BTreeSet<String>, BTreeSet<String>) {
    let pointer = pointer(hospital);
    let replaced = pointer.replaced.iter().map(|replaced| replaced.path.clone()).collect();
    (pointer.paths().map(str::to_owned).collect(), replaced)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_stays_for_readers_under_way_for_as_long_as_is_said() {
    let mut hospital = hospital().await;
    hospital.redefine(|text| text.replace("keep_hours = 0", "keep_hours = 1"));
    hospital.run_well().await;
    publish_all(&hospital).await;
    let (first, _) = named_and_replaced(&hospital);
    let publish_next = async |serial_number: &str| {
        hospital.simulator.insert_records(vec![record(serial_number, "")]);
        hospital.run_well().await;
        publish_all(&hospital).await;
        named_and_replaced(&hospital)
    };
    let (named, replaced) = publish_next("A-1").await;
    let old = &named - &first;
    assert_eq!((old.len(), replaced.len()), (2, 0));
    // Written days ago, but in use until now.
    for file in &old {
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(100_000);
        let file = std::fs::File::options().write(true).open(root(&hospital).join(file)).unwrap();
        file.set_modified(earlier).unwrap();
    }
    // As much again: both are one publication from here on.
    let (named, replaced) = publish_next("A-2").await;
    assert_eq!((old.intersection(&named).count(), &replaced), (0, &old));
    assert_eq!(files_on_disk(&hospital), &old | &named);
    let (named, replaced) = publish_next("A-3").await;
    assert_eq!(replaced, old, "the others are still named");
    assert_eq!(files_on_disk(&hospital), &old | &named);

    // Everything once more: nobody knows what the lake held, so nothing of it stays.
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    let (named, replaced) = named_and_replaced(&hospital);
    assert_eq!((files_on_disk(&hospital), replaced.len()), (named, 0));
    hospital.redefine(|text| text.replace("keep_hours = 1", "keep_hours = 0"));
    hospital.simulator.insert_records(vec![record("A-4", ""), record("A-5", ""), record("A-6", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    assert_published(&hospital, "nothing is kept").await;
}

/// Invariant: A lake has few objects, however many publications there were.
/// Held by: a publication takes those before it along that are no larger.
#[tokio::test(flavor = "multi_thread")]
async fn many_small_publications_become_few() {
    let hospital = hospital().await;
    for number in 0..20 {
        hospital.simulator.insert_records(vec![record(&format!("A-{number}"), "")]);
        hospital.run_well().await;
        publish_all(&hospital).await;
        // A run with nothing new makes no publication of its own.
        hospital.run_well().await;
        assert_eq!(publish_all(&hospital).await.publications, 0);
    }
    let numbers: BTreeSet<u64> = pointer(&hospital).states.iter().filter_map(|file| file.publication()).collect();
    assert!(numbers.len() <= 5, "{numbers:?}");
    let recorded =
        "select string_agg(number::text, ',' order by number), sum(versions)::text from etl.lake_publications";
    let recorded = hospital.database.lines(&recorded.replace(", sum", " || ' ' || sum")).await;
    let listed: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let versions = hospital.database.lines("select count(*)::text from warehouse.reservation_versions").await;
    assert_eq!(recorded, [format!("{} {}", listed.join(","), versions[0])]);
    hospital.simulator.insert_records(vec![record("LAST", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    assert_published(&hospital, "twenty nights").await;
}

/// Who marks and who claims at the same moment: no mark is lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_while_a_publisher_waits_is_published_anew() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    night(&hospital, 1).await;
    let owner = crate::support::connect(&hospital.database.owner_url).await;
    owner
        .batch_execute(
            "begin;
            lock table etl.lake_deliveries in share row exclusive mode;
            update etl.lake_deliveries set is_stale = true;
            update warehouse.reservation_versions set hospital_name = 'changed meanwhile'",
        )
        .await
        .unwrap();
    let commit = async {
        // The publisher waits for the marks.
        let waiting =
            "select count(*)::text from pg_locks where not granted and relation = 'etl.lake_deliveries'::regclass";
        while hospital.database.lines(waiting).await != ["1"] {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        owner.batch_execute("commit").await.unwrap();
    };
    let (published, ()) = tokio::join!(publish_all(&hospital), commit);
    assert!(published.publications >= 2, "{published:?}");
    for row in rows_of(&hospital, &pointer(&hospital).states, STATES) {
        assert_eq!(row[14].as_deref(), Some("changed meanwhile"));
    }
    assert_published(&hospital, "marked meanwhile").await;
}

/// Two databases of the same id have claimed the same number, and only one of them has moved the pointer.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_of_the_same_number_is_not_taken_for_ones_own() {
    let mut hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    night(&hospital, 1).await;
    publish_until(&hospital, false, FILE_ROWS, Some(("claimed", 1))).await.unwrap_err();
    let backup = hospital.database.back_up().await;
    publish_all(&hospital).await;
    let moved = pointer(&hospital);
    hospital.database.restore(&backup).await;
    let late = publish_until(&hospital, false, FILE_ROWS, None).await;
    assert!(matches!(late, Err(RunError::Lake(LakeError::OtherPosition { .. }))), "{late:?}");
    assert_eq!(pointer(&hospital), moved, "nothing was written");
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    assert_published(&hospital, "everything again").await;
}

/// Killed, not stopped: what lies half written is gone with the next publication.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_killed_at_any_moment_is_completed_by_the_next() {
    let hospital = hospital().await;
    for number in 0..3 {
        night(&hospital, number).await;
    }
    let file = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["lake", "publish", &file]).expect(0);
    for round in 0..12 {
        let mut command = hospital.tijian();
        command.args(["lake", "publish", "--again", &file]);
        let mut running = Running::start(&mut command);
        std::thread::sleep(std::time::Duration::from_millis(15 * round));
        running.child().kill().unwrap();
        running.child().wait().unwrap();
        drop(running);
        // The server may still hold the killed one's lock for a moment; the next one waits for it.
        hospital.command(&["lake", "publish", &file]).expect(0);
        let (states, deliveries) = expected(&hospital).await;
        let pointer = pointer(&hospital);
        assert!(rows_of(&hospital, &pointer.states, STATES) == states, "round {round}");
        assert_eq!(rows_of(&hospital, &pointer.deliveries, DELIVERIES), deliveries, "round {round}");
    }
    hospital.command(&["lake", "publish", "--again", &file]).expect(0);
    assert_published(&hospital, "killed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_where_a_lake_is_and_what_it_lacks() {
    let hospital = hospital().await;
    let said = |marks: &str| {
        let ended = hospital.command(&["doctor", hospital.pipeline_file.to_str().unwrap()]);
        let line = ended.stdout.lines().find(|line| line.contains(" lake ")).unwrap_or_else(|| panic!("{ended:?}"));
        assert!(line.trim_start().starts_with(marks), "{line}");
        line.to_owned()
    };
    assert!(said("✔").ends_with("/lake is at publication 0, and lacks nothing"));
    night(&hospital, 0).await;
    assert!(said("!").contains("/lake lacks 1 delivery"));
    night(&hospital, 1).await;
    assert!(said("!").contains("/lake lacks 2 deliveries"));
    publish_all(&hospital).await;
    assert!(said("✔").ends_with("/lake is at publication 1, and lacks nothing"));
    std::fs::remove_file(root(&hospital).join("pointer.json")).unwrap();
    assert!(said("✘").contains("TJ-5108"));
    std::fs::write(root(&hospital).join("pointer.json"), "{}").unwrap();
    assert!(said("✘").contains("TJ-5103"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_without_a_lake_has_nothing_to_publish() {
    let hospital = Hospital::new().await;
    let ended = hospital.command(&["lake", "publish", hospital.pipeline_file.to_str().unwrap()]).expect(2);
    assert!(ended.stderr.contains("TJ-1081"), "{}", ended.stderr);
}
