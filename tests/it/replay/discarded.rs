//! What an operator has discarded: a replay refuses it where it was refused, and never brings its person back.

use tijian::simulator::Endpoint;

use super::retries::{long_named, loosen, quarantine};
use super::{assert_identical, compare, swap};
use crate::support::{Hospital, marked_record, record};

/// What is left of the discarded records.
const DISCARDED: &str = "select concat_ws(' ', serial_number, resolution, sealed_record is null, replay_id is null)
    from etl.rejections where resolution = 'discarded' order by 1";

/// A good record, one that is discarded, and one that stays in quarantine.
async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    let name = format!(r#""name":"标记姓名{}""#, "长".repeat(25));
    hospital.simulator.insert_records(vec![record("A-1", ""), marked_record("B-1", &name), long_named("C-1", "")]);
    hospital.run_well().await;
    let id = "select rejection_id::text from etl.rejections where serial_number = 'B-1'";
    let id = hospital.database.lines(id).await.concat();
    quarantine(&hospital, &["discard", &id, "--yes"], 0);
    hospital.run_well().await;
    hospital
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_discarded_is_no_difference_while_the_contract_refuses_it() {
    let hospital = hospital().await;
    assert_eq!(hospital.database.lines(DISCARDED).await, ["B-1 discarded t t"]);
    assert_identical(&hospital).await;
    assert!(!swap(&hospital).await.is_swapped, "there is nothing to swap");
    assert_eq!(hospital.database.lines(DISCARDED).await, ["B-1 discarded t t"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_discarded_counts_without_its_person_where_the_contract_accepts_it() {
    let mut hospital = hospital().await;
    let callbacks = hospital.calls(Endpoint::Callback);
    loosen(&mut hospital);
    let report = compare(&hospital).await;
    let replayed: Vec<String> = (report.difference.differing_versions.iter())
        .map(|version| format!("{} {} {}", version.serial_number, version.version, version.kind))
        .collect();
    assert_eq!(replayed, ["B-1 1 replay_only", "C-1 1 replay_only"]);
    assert_eq!((report.difference.newly_accepted, report.difference.newly_refused), (2, 0), "{report:#?}");
    assert!(swap(&hospital).await.is_swapped);
    let kept = "select concat_ws(' ', serial_number, name is null, idcard is null, mobile is null, erhc_no is null,
        check_date, length(person_id)) from warehouse.reservation_versions order by 1";
    assert_eq!(
        hospital.database.lines(kept).await,
        ["A-1 f f f f 2026-02-03 32", "B-1 t t t t 2026-02-03 32", "C-1 f f f f 2026-02-03 32"]
    );
    assert_eq!(hospital.database.lines(DISCARDED).await, ["B-1 discarded t t"]);
    for schema in ["warehouse", "replay"] {
        let rows = format!("select row::text from {schema}.reservation_versions as row");
        assert!(!hospital.database.lines(&rows).await.join("\n").contains("标记姓名"), "the person is in {schema}");
    }
    assert_eq!(hospital.calls(Endpoint::Callback), callbacks, "the platform is told nothing");
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;
    // The one that was held back comes again, is known, and is acknowledged.
    let night = hospital.run_well().await;
    assert_eq!((night.counts.received, night.counts.unchanged, night.counts.opened), (1, 1, 0));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_discarded_is_known_as_long_as_its_landed_file_is_there() {
    let mut hospital = hospital().await;
    hospital.redefine(|text| format!("{text}\n[quarantine]\nkeep_days = 1\n"));
    let age = "update etl.rejections set first_seen_at = first_seen_at - interval '3 days',
        last_seen_at = last_seen_at - interval '3 days', resolved_at = resolved_at - interval '3 days';
        update etl.deliveries set platform_at = now()";
    hospital.database.client.batch_execute(age).await.unwrap();
    hospital.command(&["retain", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    let known = "select serial_number || ' ' || coalesce(resolution, 'open') from etl.rejections
        order by 1";
    let left = hospital.database.lines(known).await;
    assert_eq!(
        left,
        ["B-1 discarded", "C-1 open"],
        "what is past its days goes but for this one, and what still comes"
    );

    loosen(&mut hospital);
    assert!(swap(&hospital).await.is_swapped);
    let named = "select serial_number from warehouse.reservation_versions where name is not null order by 1";
    assert_eq!(hospital.database.lines(named).await, ["A-1", "C-1"]);

    // With the file, the row goes: when it is none of the newest ones any more.
    let later = "insert into etl.deliveries (run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes)
        select run_id, account, effective_at, effective_source, received_at, 'later ' || number, 0
        from (select * from etl.deliveries limit 1) as one, generate_series(1, 30) as number";
    hospital.redefine(|text| text.replace("\n[landing]\n", "\n[landing]\nkeep_days = 1\n"));
    for file in hospital.files().iter().filter(|file| file.ends_with(".delivery")) {
        let file = hospital.dir.path().join(file);
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let (_, rest) = name.split_once('-').unwrap();
        std::fs::rename(&file, file.with_file_name(format!("20240101T000000.000Z-{rest}"))).unwrap();
    }
    hospital.database.client.batch_execute(age).await.unwrap();
    hospital.command(&["retain", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(hospital.database.lines(known).await, left, "the file is of the newest delivery");
    hospital.database.client.batch_execute(later).await.unwrap();
    hospital.command(&["retain", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(hospital.database.lines(known).await, [""; 0]);
}
