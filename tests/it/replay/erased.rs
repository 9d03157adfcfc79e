//! Who was erased stays erased, and nobody else is: whatever the numbers of versions are in a replay, and however an older
//! program has stored what says nothing.
//!
//! Invariant: A replay reads everything that was committed, unchanged, brings no erased person back, and changes
//! nothing before it is swapped in.

use super::retries::quarantine;
use super::{assert_identical, swap};
use crate::privacy::whole_database;
use crate::support::{Hospital, end_after_input, marked_record, record};

/// `serial_number version person` of the history; the person, by its name, or `-`.
const PERSONS: &str =
    "select concat_ws(' ', serial_number, version, coalesce(name, '-')) from warehouse.reservation_versions
    order by serial_number, version";

fn ignore_update_time(hospital: &mut Hospital) {
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"hold\"\nignore = [\"updateTime\"]"));
}

fn ignore_nothing(hospital: &mut Hospital) {
    hospital.redefine(|text| text.replace("\nignore = [\"updateTime\"]", ""));
}

/// One reservation: twice the person who is then erased, with another `updateTime`, and then twice somebody else.
async fn deliver_and_erase(hospital: &Hospital) {
    let other = r#""idcard":"11010519491231010X","name":"李四","updateTime"#;
    for state in [
        marked_record("M-1", r#""updateTime":1"#),
        marked_record("M-1", r#""updateTime":2"#),
        record("M-1", &format!("{other}\":3")),
        record("M-1", &format!("{other}\":4")),
    ] {
        hospital.simulator.insert_records(vec![state]);
        hospital.run_well().await;
    }
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "11010519491231002X").expect(0);
}

/// As a program that kept null members stored them, and null where an empty text is delivered today.
async fn store_as_an_older_program(hospital: &Hospital) {
    let older = "update warehouse.reservation_versions
        set extra = coalesce(extra, '{}') || '{\"campus\": null, \"note\": \"\"}', fingerprint = '\\x01'::bytea || sha256(fingerprint),
            erhc_no = nullif(erhc_no, ''), data_sources = coalesce(data_sources, '')
        where get_byte(fingerprint, 0) <> 0";
    assert_ne!(hospital.database.client.execute(older, &[]).await.unwrap(), 0);
}

async fn assert_gone(hospital: &Hospital) {
    for table in ["warehouse.reservation_versions", "replay.reservation_versions"] {
        let rows = hospital.database.lines(&format!("select t::text from {table} as t")).await.join("\n");
        for gone in ["标记姓名", "MARKED-CARD", "11010519491231002X", "13912345678", "MARKED-EXTRA"] {
            assert!(!rows.contains(gone), "{gone} is in {table}");
        }
    }
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_not_erased_keeps_the_identity_where_a_replay_counts_fewer_versions() {
    for is_older in [false, true] {
        let mut hospital = Hospital::new().await;
        deliver_and_erase(&hospital).await;
        assert_eq!(hospital.database.lines(PERSONS).await, ["M-1 1 -", "M-1 2 -", "M-1 3 李四", "M-1 4 李四"]);
        if is_older {
            store_as_an_older_program(&hospital).await;
        }
        ignore_update_time(&mut hospital);
        assert!(swap(&hospital).await.is_swapped);
        assert_eq!(hospital.database.lines(PERSONS).await, ["M-1 1 -", "M-1 2 李四"]);
        assert_gone(&hospital).await;
        assert_identical(&hospital).await;
        // And back again.
        ignore_nothing(&mut hospital);
        assert!(swap(&hospital).await.is_swapped);
        assert_eq!(hospital.database.lines(PERSONS).await, ["M-1 1 -", "M-1 2 -", "M-1 3 李四", "M-1 4 李四"]);
        assert_gone(&hospital).await;
        assert_identical(&hospital).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_stays_erased_where_a_replay_counts_more_versions() {
    let mut hospital = Hospital::new().await;
    ignore_update_time(&mut hospital);
    deliver_and_erase(&hospital).await;
    assert_eq!(hospital.database.lines(PERSONS).await, ["M-1 1 -", "M-1 2 李四"]);
    // The person comes back by a later delivery, and counts from there on only.
    hospital.simulator.insert_records(vec![marked_record("M-1", r#""updateTime":2"#)]);
    hospital.run_well().await;
    let last = "select max(delivery_id)::text from etl.deliveries";
    let from: i64 = hospital.database.lines(last).await.concat().parse().unwrap();
    ignore_nothing(&mut hospital);
    let extent = tijian::upkeep::ReplayExtent { goal: tijian::upkeep::ReplayGoal::Compare, from: Some(from) };
    assert!(super::try_replay(&hospital, extent).await.unwrap().is_identical, "what came later is not erased");
    assert!(swap(&hospital).await.is_swapped);
    assert_eq!(
        hospital.database.lines(PERSONS).await,
        ["M-1 1 -", "M-1 2 -", "M-1 3 李四", "M-1 4 李四", "M-1 5 标记姓名"]
    );
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_erased_by_a_discard_for_what_an_older_program_stored_in_another_way() {
    let hospital = Hospital::new().await;
    let state = r#""campus":null,"note":"","erhcNo":"","dataSources":null"#;
    hospital.simulator.insert_records(vec![record("S-1", state)]);
    hospital.run_well().await;
    store_as_an_older_program(&hospital).await;
    // Another state of it is refused, and discarded.
    hospital.simulator.insert_records(vec![record("S-1", r#""checkDate":"2026-02-30""#)]);
    hospital.run_well().await;
    quarantine(&hospital, &["discard", "--rule", "calendar_date", "--yes"], 0);
    assert!(swap(&hospital).await.is_swapped, "what is stored differs");
    assert_eq!(hospital.database.lines(PERSONS).await, ["S-1 1 张三"]);
    let stored = "select concat_ws(' ', extra, idcard) from warehouse.reservation_versions";
    assert_eq!(hospital.database.lines(stored).await, [r#"{"note": ""} 11010519491231002X"#]);
    assert_identical(&hospital).await;
}

/// The number that is erased.
const NUMBER: &str = "11010519491231002X";

/// From here on, other members make no version.
fn ignore(hospital: &mut Hospital, names: &[&str]) {
    hospital.redefine(|text| {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("ignore = ")).collect();
        kept.join("\n").replace("[contract]", &format!("[contract]\nignore = {names:?}")) + "\n"
    });
}

fn erase(hospital: &Hospital, number: &str) {
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, number).expect(0);
}

/// Its name, what is ignored meanwhile, and what is delivered night by night after a first state, before the erasure.
type Story = (&'static str, &'static [&'static str], Vec<Vec<String>>);

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_number_does_not_come_back_in_a_member_that_was_ignored_once() {
    let other = |changes: &str| {
        record("S-1", &format!(r#""idcard":"11010519491231010X","name":"李四","mobile":"13800000001"{changes}"#))
    };
    let number = format!(r#","contact":"tel. {NUMBER}""#);
    let contact = || other(&number);
    let refused = |changes: &str| other(&format!(r#"{changes},"name":"{}""#, "长".repeat(25)));
    let by_channel = || other(&format!(r#"{number},"dataSources":"{}""#, "道".repeat(21)));
    let idcard = || other(&format!(r#","idcard":"{NUMBER}""#));
    let in_idcard = || refused(&format!(r#","idcard":"{NUMBER}""#));
    let nested = || other(&format!(r#","contact":[{{"of":"{NUMBER}"}}],"note":"x""#));
    let stories: [Story; 9] = [
        ("beside a refused record", &["contact"], vec![vec![contact(), refused(&number)]]),
        ("before a refused record", &["contact"], vec![vec![contact()], vec![refused(&number)]]),
        ("after a refused record", &["contact"], vec![vec![refused(&number)], vec![contact()]]),
        ("in a refused record", &["contact", "dataSources"], vec![vec![by_channel()]]),
        (
            "in a refused record that came again without it",
            &["contact"],
            vec![
                vec![marked_record("S-1", "")],
                vec![other("")],
                vec![refused(&number)],
                vec![refused(r#","contact":1"#)],
            ],
        ),
        (
            "after the person's own",
            &["contact"],
            vec![vec![marked_record("S-1", "")], vec![other("")], vec![contact()]],
        ),
        ("deeper", &["contact", "note"], vec![vec![nested(), refused(&number)], vec![nested()]]),
        ("as the document", &["idcard"], vec![vec![idcard()], vec![in_idcard()]]),
        ("as the document, beside", &["idcard", "cardType"], vec![vec![idcard(), in_idcard()], vec![idcard()]]),
    ];
    for (at, (story, ignored, nights)) in stories.into_iter().enumerate() {
        let after: &[&str] = if at % 2 == 0 { &[] } else { &["seenAt"] };
        let mut hospital = Hospital::new().await;
        hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
        ignore(&mut hospital, ignored);
        // Somebody who has nothing to do with it.
        let friend = r#""idcard":"110105194912310030""#;
        let first = vec![other(""), record("A-1", friend)];
        for states in [vec![first], nights].concat() {
            hospital.simulator.insert_records(states);
            hospital.simulator.insert_records(vec![record("A-1", &format!(r#"{friend},"contact":"a friend""#))]);
            hospital.run_well().await;
        }
        erase(&hospital, NUMBER);
        assert!(!whole_database(&hospital).await.contains(NUMBER), "{story}: the erasure left it");

        ignore(&mut hospital, after);
        hospital.redefine_contract(|text| text.replace("max_characters = 20", "max_characters = 60"));
        assert!(swap(&hospital).await.is_swapped, "{story}");
        assert!(!whole_database(&hospital).await.contains(NUMBER), "{story}: it came back");
        assert_identical(&hospital).await;
        let everything = whole_database(&hospital).await;
        assert!(!everything.contains(NUMBER), "{story}: it is in the shadow");
        assert!(everything.contains("李四"), "{story}: who was not erased stays");
        assert!(everything.contains("a friend"), "{story}: what was ignored of others comes");
        // Who is there now can be erased as everybody can.
        erase(&hospital, "11010519491231010X");
        let everything = whole_database(&hospital).await;
        assert!(!everything.contains("李四") && !everything.contains("11010519491231010X"), "{story}");
        swap(&hospital).await;
        let everything = whole_database(&hospital).await;
        assert!(!everything.contains("李四") && !everything.contains(NUMBER), "{story}");
        assert_identical(&hospital).await;
    }
}

/// A landed file may hold, in what was ignored, the number of somebody who was erased later than the record that says so.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_erasure_emptied_is_known_as_long_as_a_file_of_before_the_erasure_may_be_there() {
    let mut hospital = Hospital::new().await;
    for state in [marked_record("M-2", r#""mobile":"13912345678901234567890""#), marked_record("M-2", "")] {
        hospital.simulator.insert_records(vec![state]);
        hospital.run().await;
    }
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "11010519491231002X").expect(0);
    // The record was refused and superseded long before; its deliveries are none of the newest, and their files are gone.
    let old = "update etl.rejections set first_seen_at = now() - interval '9 days', last_seen_at = now() - interval '9 days',
            resolved_at = now() - interval '9 days';
        insert into etl.deliveries (run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, platform_at)
        select run_id, account, effective_at, effective_source, received_at, 'later ' || number, 0, now()
        from (select * from etl.deliveries limit 1) as one, generate_series(1, 30) as number";
    hospital.database.client.batch_execute(old).await.unwrap();
    hospital.redefine(|text| {
        format!("{}\n[quarantine]\nkeep_days = 2\n", text.replace("\n[landing]\n", "\n[landing]\nkeep_days = 2\n"))
    });
    let known = "select concat_ws(' ', serial_number, resolution, sealed_record is null) from etl.rejections";
    for (days, left) in [(0, vec!["M-2 superseded t"]), (1, vec!["M-2 superseded t"]), (3, vec![])] {
        let age = format!("update etl.erasures set erased_at = now() - interval '{days} days'");
        hospital.database.client.batch_execute(&age).await.unwrap();
        hospital.command(&["retain", hospital.pipeline_file.to_str().unwrap()]).expect(0);
        assert_eq!(hospital.database.lines(known).await, left, "{days} days after the erasure");
    }
}
