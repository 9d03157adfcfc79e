//! What a platform makes up stays bounded: names of fields, states of one reservation, replays of what has no statistics yet,
//! names in folders that lead to no plain file.
//!
//! Invariant: Memory and disk do not grow with anything a platform sends (names, states of one reservation, an endless
//! body), and only regular files are read.
//! Held by: `reservation::UnknownFields`, `transform::HistoryPlanner` with a second reading, a reserve of the landing
//! disk, `plain_files`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tijian::simulator::{Endpoint, Fault};
use tijian::upkeep::{ReplayExtent, ReplayGoal, ReplayPlace, replay};
use tijian::warehouse::Warehouse;
use tokio::task::block_in_place;

use crate::support::{Hospital, record};

/// States of one reservation, each another content.
fn states(serial_number: &str, count: usize) -> Vec<String> {
    (0..count).map(|state| record(serial_number, &format!(r#""name":"{}""#, state % 997))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_unknown_fields_are_cut_and_counted_in_log_and_ledger() {
    let hospital = Hospital::new().await;
    let name = |number: usize| format!("{number:04}{}", "名".repeat(300));
    let records = (0..1_200).map(|number| record(&format!("A-{number}"), &format!(r#""{}":1"#, name(number))));
    hospital.simulator.insert_records(records.collect());
    let ended = block_in_place(|| hospital.night(&[]));
    let log = &ended.stderr;
    assert!(log.contains("and 1180 more") && log.len() < 20_000, "{log}");
    assert!(log.contains("0000名") && !log.contains(&"名".repeat(64)), "{log}");
    let kept = "select concat_ws(' ', cardinality(unknown_fields), unknown_fields_more,
        (select max(length(name)) from unnest(unknown_fields) as name)) from etl.deliveries";
    assert_eq!(hospital.database.lines(kept).await, ["100 1100 64"]);
    hospital.database.assert_sound().await;
}

/// The most memory of its own that a night of the built program was seen to have, in MiB: not the pages of the program's
/// file, which are many in an unoptimised build.
fn peak_of_a_night(hospital: &Hospital) -> u64 {
    let mut command = hospital.tijian();
    command.args(["run", "--quiet"]).arg(&hospital.pipeline_file);
    let mut night = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak_kib = 0;
    while night.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", night.id())).unwrap_or_default();
        let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB"));
        peak_kib = peak_kib.max(own.and_then(|kib| kib.parse().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(peak_kib > 0, "the night was seen");
    peak_kib / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_megabytes_of_names_take_no_memory_to_speak_of() {
    let hospital = Hospital::new().await;
    let name = |number: usize| format!("{number:06}{}", "n".repeat(2_000));
    let records = (0..20_000).map(|number| record(&format!("A-{number}"), &format!(r#""{}":1"#, name(number))));
    hospital.simulator.insert_records(records.collect());
    let peak = block_in_place(|| peak_of_a_night(&hospital));
    assert!(peak < 38, "{peak} MiB");
    let kept = "select concat_ws(' ', received, unknown_fields_more between 19890 and 19900) from etl.deliveries";
    assert_eq!(hospital.database.lines(kept).await, ["20000 t"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_states_of_a_reservation_that_come_again_are_told_from_changes() {
    let hospital = Hospital::new().await;
    // Their callbacks fail, so all of them come again.
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1000);
    hospital.simulator.insert_records(states("A-1", 12_000));
    let first = hospital.run().await;
    assert_eq!((first.counts.received, first.counts.opened), (12_000, 12_000));
    // Nothing of it has changed, and something else has.
    hospital.simulator.insert_records(vec![record("B-1", "")]);
    let second = tokio::time::timeout(Duration::from_secs(60), hospital.run()).await.expect("a minute is enough");
    assert_eq!((second.counts.received, second.counts.opened, second.counts.unchanged), (12_001, 1, 12_000));
    hospital.simulator.insert_records(states("A-1", 1));
    let third = hospital.run().await;
    assert_eq!((third.counts.received, third.counts.opened, third.counts.unchanged), (12_002, 1, 12_001));
    let chained = "select concat_ws(' ', count(*), max(version), count(*) filter (where valid_to = 'infinity'))
        from warehouse.reservation_versions where serial_number = 'A-1'";
    assert_eq!(hospital.database.lines(chained).await, ["12001 12001 1"]);
    hospital.database.assert_sound().await;
    let site_key = hospital.settings.site_key().unwrap();
    let owner = Warehouse::connect(&hospital.database.owner_url).await.unwrap();
    let place = ReplayPlace { warehouse: &owner, settings: &hospital.settings, site_key: &site_key };
    let extent = ReplayExtent::from(ReplayGoal::Compare);
    let report = replay(&hospital.pipeline, place, extent, &|_| Ok(())).await.unwrap();
    assert!(report.is_identical, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn states_of_many_reservations_that_come_again_every_night_take_no_memory_to_speak_of() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(1);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 100_000);
    // Whether the first state of a reservation repeats the history is clear when the second one comes, behind all others.
    for date in ["2026-02-03", "2026-02-05"] {
        let state = |number: usize| record(&format!("A-{number}"), &format!(r#""checkDate":"{date}""#));
        hospital.simulator.insert_records((0..12_000).map(state).collect());
    }
    let first = block_in_place(|| peak_of_a_night(&hospital));
    let second = block_in_place(|| peak_of_a_night(&hospital));
    assert!(second < first + 6, "{first} MiB, then {second} MiB");
    let counts = "select concat_ws(' ', received, opened, unchanged) from etl.deliveries order by delivery_id";
    assert_eq!(hospital.database.lines(counts).await, ["24000 24000 0", "24000 0 24000"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_replay_right_after_a_load_takes_seconds() {
    let hospital = Hospital::new().await;
    // As right after a load: nobody has counted the rows yet.
    let quiet = "do $$ declare name text; begin
        for name in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('etl', 'warehouse', 'replay')
        loop execute format('alter table %s set (autovacuum_enabled = false)', name); end loop; end $$";
    let owner = Warehouse::connect(&hospital.database.owner_url).await.unwrap();
    hospital.database.client.batch_execute(quiet).await.unwrap();
    hospital.simulator.insert_records((0..600).map(|number| record(&format!("A-{number}"), "")).collect());
    hospital.run_well().await;
    let site_key = hospital.settings.site_key().unwrap();
    let place = ReplayPlace { warehouse: &owner, settings: &hospital.settings, site_key: &site_key };
    let began = Instant::now();
    let extent = ReplayExtent::from(ReplayGoal::Compare);
    let replayed = replay(&hospital.pipeline, place, extent, &|_| Ok(()));
    let report = tokio::time::timeout(Duration::from_secs(60), replayed).await.expect("a minute is enough").unwrap();
    assert!(report.is_identical && report.versions == 600, "{report:#?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_to_no_plain_file_ends_the_night_with_an_error_that_names_it() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    let finance = hospital.dir.path().join("finance");
    let delta = |file: &&String| file.starts_with("finance/") && file.contains("_delta_") && !file.ends_with(".json");
    let first = hospital.files().iter().find(delta).unwrap().clone();
    // The next handoff's name is taken by a pipe, into which nobody writes.
    hospital.simulator.insert_records(vec![record("A-1", r#""examinationFee":1.00"#)]);
    for file in std::fs::read_dir(&finance).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let taken = hospital.dir.path().join(&first);
    mknodat(CWD, &taken, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    let ended = block_in_place(|| hospital.command(&["export", "--all", pipeline]));
    assert_ne!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("not a regular file") && ended.stderr.contains("_delta_"), "{}", ended.stderr);
    let verified = block_in_place(|| hospital.command(&["finance", "verify", taken.to_str().unwrap()]));
    assert_ne!(verified.code, 0, "{}", verified.stdout);
}
