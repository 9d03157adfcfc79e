//! What an operator has discarded: a replay refuses it where it was refused, and never brings its person back.

use tijian::simulator::{Endpoint, Fault};

use super::retries::{long_named, loosen, quarantine};
use super::{assert_identical, compare, swap};
use crate::support::{Hospital, end_after_input, marked_record, record};

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

/// From here on, other members make no version.
fn ignore(hospital: &mut Hospital, names: &[&str]) {
    hospital.redefine(|text| {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("ignore = ")).collect();
        kept.join("\n").replace("[contract]", &format!("[contract]\nignore = {names:?}")) + "\n"
    });
}

/// One refused record of the reservation S-1 is forgotten: discarded, or its person erased.
fn forget(hospital: &Hospital, is_erased: bool) {
    if !is_erased {
        return quarantine(hospital, &["discard", "--rule", "max_characters", "--yes"], 0);
    }
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "11010519491231002X").expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_state_keeps_its_person_whatever_was_ignored_when_another_one_was_forgotten() {
    let changes: [(&str, &[&str], &[&str], bool); 5] = [
        ("updateTime", &["updateTime"], &[], false),
        ("updateTime", &["updateTime", "seenAt"], &["seenAt"], true),
        ("updateTime", &[], &["updateTime"], true),
        ("hospitalName", &["hospitalName"], &[], false),
        ("mobile", &["mobile"], &[], false),
    ];
    for (member, before, after, is_erased) in changes {
        let case = format!("{member} {before:?} {after:?} {is_erased}");
        let mut hospital = Hospital::new().await;
        // What is erased, and not acknowledged, comes again.
        hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
        ignore(&mut hospital, before);
        let state = |value: u8| {
            let other = r#""idcard":"11010519491231010X","name":"李四""#;
            record("S-1", &format!(r#"{other},"{member}":"1390000000{value}""#))
        };
        // What the refused record itself holds, in what names a person, is not told from what came beside it.
        let beside = if member == "mobile" { 2 } else { 3 };
        let name = format!(r#""checkDate":"2026-02-04","name":"标记姓名{}""#, "长".repeat(25));
        let nights = [vec![state(1)], vec![state(2)], vec![state(beside), marked_record("S-1", &name)]];
        for states in nights {
            hospital.simulator.insert_records(states);
            hospital.run_well().await;
        }
        forget(&hospital, is_erased);
        // Another list between the two, which nobody replays.
        ignore(&mut hospital, &["nobody"]);
        hospital.run_well().await;
        ignore(&mut hospital, after);
        loosen(&mut hospital);
        assert!(swap(&hospital).await.is_swapped, "{case}");
        let persons = "select coalesce(name, '-') from warehouse.reservation_versions order by version";
        let accepted = if after.contains(&member) { 1 } else { usize::from(beside) };
        let mut expected = vec!["李四"; accepted];
        expected.push("-");
        assert_eq!(hospital.database.lines(persons).await, expected, "{case}");
        hospital.database.assert_sound().await;
        assert_identical(&hospital).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_stays_refused_whatever_was_ignored_when_another_one_was_forgotten() {
    let changes: [(&[&str], &[&str], bool); 3] =
        [(&["updateTime"], &[], false), (&[], &["updateTime"], true), (&["updateTime"], &["seenAt"], true)];
    for (before, after, is_erased) in changes {
        let case = format!("{before:?} {after:?} {is_erased}");
        let mut hospital = Hospital::new().await;
        ignore(&mut hospital, before);
        // What is erased, and not acknowledged, comes again.
        hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
        let forgotten = format!(r#""updateTime":1,"name":"标记姓名{}""#, "长".repeat(25));
        let kept =
            record("S-1", r#""idcard":"11010519491231010X","name":"李四","updateTime":2,"checkDate":"2026-02-30""#);
        hospital.simulator.insert_records(vec![marked_record("S-1", &forgotten), kept, record("A-1", "")]);
        hospital.run_well().await;
        forget(&hospital, is_erased);
        hospital.run_well().await;
        // Something else differs, so that there is something to swap.
        hospital.simulator.insert_records(vec![long_named("B-1", "")]);
        hospital.run_well().await;
        ignore(&mut hospital, after);
        let open = "select concat_ws(' ', serial_number, reasons -> 0 ->> 'field') from etl.rejections
                where resolved_at is null order by 1";
        assert_eq!(hospital.database.lines(open).await, ["B-1 name", "S-1 checkDate"], "{case}");
        loosen(&mut hospital);
        assert!(swap(&hospital).await.is_swapped, "{case}");
        let open_after = hospital.database.lines(open).await;
        assert!(open_after.contains(&"S-1 checkDate".to_owned()), "{case}: {open_after:?}");
        let loaded = "select count(*)::text from etl.rejections where serial_number = 'S-1' and resolution = 'loaded'";
        assert_eq!(hospital.database.lines(loaded).await, ["0"], "{case}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_swap_has_ignored_does_not_cost_a_person_either() {
    let mut hospital = Hospital::new().await;
    let state = |value: u8| record("S-1", &format!(r#""updateTime":{value}"#));
    for states in [vec![state(1)], vec![state(2), long_named("S-1", r#","updateTime":3"#)]] {
        hospital.simulator.insert_records(states);
        hospital.run_well().await;
    }
    quarantine(&hospital, &["discard", "--rule", "max_characters", "--yes"], 0);
    // An arrival that was taken back stays so, whatever is swapped.
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.simulator.arm(Endpoint::Arrival, Fault::EncryptedFailure, 1_000);
    hospital.command(&["arrive", &pipeline, "--serial-number", "S-1"]).expect(4);
    hospital.command(&["arrive", &pipeline, "--withdraw", "S-1"]).expect(0);
    hospital.simulator.disarm();
    let arrivals = "select concat_ws(' ', key, state, withdrawn_by is null) from etl.outbox where kind = 'arrival'
        union all select serial_number from warehouse.arrivals order by 1";
    let withdrawn = hospital.database.lines(arrivals).await;
    assert_eq!(withdrawn.len(), 1, "{withdrawn:?}");
    let persons = "select concat_ws(' ', version, name) from warehouse.reservation_versions order by version";
    for (ignored, expected) in [(&["updateTime"][..], &["1 张三"][..]), (&[], &["1 张三", "2 张三"])] {
        ignore(&mut hospital, ignored);
        assert!(swap(&hospital).await.is_swapped);
        assert_eq!(hospital.database.lines(persons).await, expected);
        assert_eq!(hospital.database.lines(arrivals).await, withdrawn);
        assert_identical(&hospital).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_discarded_for_what_names_its_person_does_not_come_back_since_that_was_ignored() {
    let mut hospital = Hospital::new().await;
    ignore(&mut hospital, &["mobile"]);
    let phone = "139".repeat(10);
    hospital.simulator.insert_records(vec![record("S-1", ""), record("S-1", &format!(r#""mobile":"{phone}""#))]);
    hospital.run_well().await;
    quarantine(&hospital, &["discard", "--field", "mobile", "--yes"], 0);
    ignore(&mut hospital, &[]);
    hospital.redefine_contract(|text| {
        text.replace(
            "[fields.mobile]\ntype = \"text\"\nmax_characters = 15",
            "[fields.mobile]\ntype = \"text\"\nmax_characters = 60",
        )
    });
    assert!(swap(&hospital).await.is_swapped);
    let persons = "select concat_ws(' ', version, coalesce(name, '-'), mobile) from warehouse.reservation_versions
        order by version";
    assert_eq!(hospital.database.lines(persons).await, ["1 张三 13900000000", "2 -"]);
    assert_identical(&hospital).await;
}
