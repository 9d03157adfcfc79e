//! What is published to a lake, against what is in the database: a hospital whose lake is in its folder, and readers of it.

mod at_once;
mod damaged;
mod decoded;
mod decodings;
mod identity;
mod objects;
mod publications;
mod readers;
mod restored;
mod stopped;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use tijian::failure::{RunError, Stopped};
use tijian::lake::Pointer;
use tijian::night::{FILE_ROWS, OnPublish, PublishContext, PublishReport, PublishStep, lakes, publish};
use tijian::simulator::{Endpoint, Fault};
use tijian::transform::ContentKey;

use crate::support::{Hospital, TestDatabase, eventful_hospital, parquet_contents, tell_night};

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
    publish_observed(hospital, is_complete, file_rows, &on_step).await
}

async fn publish_observed(
    hospital: &Hospital,
    is_complete: bool,
    file_rows: u64,
    on_step: &OnPublish<'_>,
) -> Result<PublishReport, RunError> {
    let site_key = hospital.settings.site_key().unwrap();
    let (warehouse, settings) = (&hospital.database.warehouse, &hospital.settings);
    let context = PublishContext { warehouse, settings, site_key: &site_key, is_complete, file_rows, on_step };
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
