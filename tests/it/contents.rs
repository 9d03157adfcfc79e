//! What makes a version, and what does not: null and empty, members that the pipeline ignores, and whatever a fingerprint of
//! another version of the encoding stands for.
//!
//! Invariant: Delivering something again opens nothing.

use serde_json::Value;
use tijian::night::{OnLoss, RunReport, Task};
use tijian::reservation::{Field, FieldKind};
use tijian::warehouse::Warehouse;

use crate::support::{Hospital, end, end_after_input, marked_record, record};

/// Of the pipeline's `[contract]`, from here on.
fn ignore(hospital: &mut Hospital, names: &[&str]) {
    hospital.redefine(|text| {
        let lines = text.lines().filter(|line| !line.starts_with("ignore = "));
        let own = format!("on_reject = \"hold\"\nignore = {names:?}");
        lines.collect::<Vec<_>>().join("\n").replace("on_reject = \"hold\"", &own)
    });
}

/// A night with these records; `received opened unchanged` of it.
async fn deliver(hospital: &Hospital, records: &[String]) -> [u64; 3] {
    hospital.simulator.insert_records(records.to_vec());
    counts(&hospital.run_well().await)
}

fn counts(report: &RunReport) -> [u64; 3] {
    [report.counts.received, report.counts.opened, report.counts.unchanged]
}

/// `tijian replay` with these options, as the schema's owner.
fn replay(hospital: &Hospital, options: &[&str]) -> Value {
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["replay", "--output", "json"]).args(options);
    command.arg(&hospital.pipeline_file);
    end(command).json()["replays"][0].take()
}

/// The checks of the whole warehouse, and a replay that gives the same history.
async fn assert_right(hospital: &Hospital) {
    hospital.database.assert_sound().await;
    let report = replay(hospital, &[]);
    assert_eq!((&report["is_identical"], &report["differing"]), (&Value::Bool(true), &Value::from(0)), "{report:#}");
}

/// What is stored of these members of extra and of `mobile`, version by version.
async fn stored(hospital: &Hospital) -> Vec<String> {
    let query = "select concat_ws(' ', serial_number, version, coalesce(mobile, 'null'), extra ->> 'updateTime')
        from warehouse.reservation_versions order by serial_number, version";
    hospital.database.lines(query).await
}

fn is_optional_text(field: &Field) -> bool {
    field.kind() == FieldKind::Text && !field.is_essential()
}

#[tokio::test(flavor = "multi_thread")]
async fn null_then_empty_then_null_is_no_change_in_any_optional_text_field() {
    let hospital = Hospital::new().await;
    let fields: Vec<Field> = Field::ALL.into_iter().filter(is_optional_text).collect();
    assert_eq!(fields.len(), 14);
    let records = |first: &str, second: &str| -> Vec<String> {
        let each = fields.iter().flat_map(|field| {
            let of = |kind: &str, value: &str| record(&format!("{kind}-{field}"), &format!("\"{field}\":{value}"));
            [of("N", first), of("E", second)]
        });
        each.collect()
    };
    let count = fields.len() as u64 * 2;
    assert_eq!(deliver(&hospital, &records("null", "\"\"")).await, [count, count, 0]);
    let history = hospital.database.history().await;
    for (first, second) in [("\"\"", "null"), ("null", "\"\""), ("\"\"", "null")] {
        assert_eq!(deliver(&hospital, &records(first, second)).await, [count, 0, count]);
        assert_eq!(hospital.database.history().await, history, "what is stored stays as it came first");
    }
    // A value is a change, and so is its going.
    let stored = "select serial_number || ' ' || coalesce(quote_literal(mobile), 'null')
        from warehouse.reservation_versions where serial_number like '%-mobile' order by serial_number, version";
    assert_eq!(hospital.database.lines(stored).await, ["E-mobile ''", "N-mobile null"]);
    let with = |mobile: &str| [record("N-mobile", &format!(r#""mobile":{mobile}"#))];
    for (mobile, opened) in [("\"1\"", 1), ("\"\"", 1), ("null", 0), ("\"1\"", 1), ("\" \"", 1)] {
        assert_eq!(deliver(&hospital, &with(mobile)).await, [1, opened, 1 - opened], "{mobile}");
    }
    // Twice in one delivery, as well.
    let both = [&with("null")[..], &with("\"\"")].concat();
    assert_eq!(deliver(&hospital, &both).await, [2, 1, 1]);
    assert_right(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_say_nothing_are_no_content_also_where_nobody_knows_them() {
    let hospital = Hospital::new().await;
    let with = |changes: &str| [record("A-1", changes)];
    assert_eq!(deliver(&hospital, &with(r#""newField":null"#)).await, [1, 1, 0]);
    for same in ["", r#""newField":"""#, r#""other":null,"newField":null"#] {
        assert_eq!(deliver(&hospital, &with(same)).await, [1, 0, 1], "{same}");
    }
    for change in [r#""newField":"x""#, "", r#""newField":[null]"#, r#""newField":0"#] {
        assert_eq!(deliver(&hospital, &with(change)).await, [1, 1, 0], "{change}");
    }
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_version_of_the_encoding_has_stored_opens_nothing_and_a_change_opens_one() {
    let hospital = Hospital::new().await;
    let known = || {
        vec![
            record("A-1", r#""mobile":null,"newField":{"b":[1e22,0.1],"a":"x"}"#),
            record("A-2", r#""orderStatus":5,"birthdate":null,"examinationFee":null"#),
            record("A-3", r#""isPregnant":true"#),
        ]
    };
    assert_eq!(deliver(&hospital, &known()).await, [3, 3, 0]);
    hospital.database.outdate_fingerprints().await;
    let history = hospital.database.history().await;
    assert_right(&hospital).await;
    // With null for empty, too, and in other words.
    let same = [record("A-1", r#""mobile":"","newField":{"a":"x","b":[10000000000000000000000,0.10]}"#)];
    for _ in 0..2 {
        assert_eq!(deliver(&hospital, &known()).await, [3, 0, 3]);
        assert_eq!(deliver(&hospital, &same).await, [1, 0, 1]);
    }
    assert_eq!(hospital.database.history().await, history, "the stored fingerprint stays as it is");
    // One change, once; what comes in the same delivery is compared with it.
    let changed = record("A-1", r#""mobile":"1""#);
    assert_eq!(deliver(&hospital, &[known().remove(0), changed.clone(), changed.clone()]).await, [3, 1, 2]);
    assert_eq!(deliver(&hospital, &[changed, known().remove(1), known().remove(2)]).await, [3, 0, 3]);
    assert_eq!(deliver(&hospital, &[record("A-2", "")]).await, [1, 1, 0]);
    assert_eq!(
        hospital.database.versions().await,
        [
            "A-1 1 booked 2026-02-03 ended",
            "A-1 2 amended 2026-02-03 current",
            "A-2 1 cancelled 2026-02-03 ended",
            "A-2 2 reinstated 2026-02-03 current",
            "A-3 1 booked 2026-02-03 current"
        ]
    );
    assert_right(&hospital).await;
    // From the middle on, too: what was before is taken from the live history, old fingerprints with it.
    let last = "select max(delivery_id)::text from etl.deliveries";
    let from = hospital.database.lines(last).await.remove(0);
    assert_eq!(replay(&hospital, &["--from", &from])["is_identical"], true);
    assert_eq!(replay(&hospital, &["--swap"])["is_swapped"], false, "there is nothing to swap");
}

/// Invariant: Several states of one reservation that are delivered again together open nothing either.
#[tokio::test(flavor = "multi_thread")]
async fn several_states_that_come_again_open_nothing_whatever_has_stored_them() {
    for ignored in [&[][..], &["updateTime"]] {
        let mut hospital = Hospital::new().await;
        ignore(&mut hospital, ignored);
        let state = |date: &str, time: u8| {
            let time = if ignored.is_empty() { 0 } else { time };
            record("A-1", &format!(r#""checkDate":"{date}","mobile":null,"updateTime":{time}"#))
        };
        // The refused state holds the others back.
        let refused = record("A-1", r#""checkDate":"2026-02-30""#);
        hospital.simulator.insert_records(vec![state("2026-02-03", 1), state("2026-02-05", 2), refused]);
        assert_eq!(counts(&hospital.run_well().await), [3, 2, 0]);
        let history = hospital.database.versions().await;
        for _ in 0..2 {
            hospital.database.outdate_fingerprints().await;
            assert_eq!(counts(&hospital.run_well().await), [3, 0, 2]);
        }
        assert_eq!(hospital.database.versions().await, history);
        // The same states with a change behind them: it opens, and only it.
        hospital.simulator.insert_records(vec![state("2026-02-03", 3)]);
        assert_eq!(counts(&hospital.run_well().await), [4, 1, 2]);
        assert_right(&hospital).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ignored_member_makes_no_version_and_is_stored_with_those_that_others_make() {
    let mut hospital = Hospital::new().await;
    let state = |time: u8, mobile: &str| [record("A-1", &format!(r#""updateTime":"{time}","mobile":"{mobile}""#))];
    // Not ignored yet.
    assert_eq!(deliver(&hospital, &state(1, "7")).await, [1, 1, 0]);
    assert_right(&hospital).await;
    ignore(&mut hospital, &["updateTime", "nobodyKnows"]);
    for time in [2, 3, 2] {
        assert_eq!(deliver(&hospital, &state(time, "7")).await, [1, 0, 1]);
        assert_right(&hospital).await;
    }
    let both = [state(4, "8"), state(5, "8")].concat();
    assert_eq!(deliver(&hospital, &both).await, [2, 1, 1]);
    assert_eq!(stored(&hospital).await, ["A-1 1 7 1", "A-1 2 8 4"]);
    assert_right(&hospital).await;
    // Also against what another version of the encoding has stored.
    hospital.database.outdate_fingerprints().await;
    assert_eq!(deliver(&hospital, &state(6, "8")).await, [1, 0, 1]);
    assert_right(&hospital).await;
    // An optional field of the interface may be ignored, too.
    ignore(&mut hospital, &["mobile", "updateTime"]);
    assert_eq!(deliver(&hospital, &state(7, "9")).await, [1, 0, 1]);
    assert_eq!(deliver(&hospital, &[record("A-1", r#""orderStatus":5,"updateTime":"8""#)]).await, [1, 1, 0]);
    assert_eq!(stored(&hospital).await.last().unwrap(), "A-1 3 13900000000 8");
    hospital.database.assert_sound().await;
    // Not ignored any more: it is compared with what is stored.
    ignore(&mut hospital, &[]);
    let cancelled = |time: u8| [record("A-1", &format!(r#""orderStatus":5,"updateTime":"{time}""#))];
    assert_eq!(deliver(&hospital, &cancelled(8)).await, [1, 0, 1]);
    assert_eq!(deliver(&hospital, &cancelled(9)).await, [1, 1, 0]);
    hospital.database.assert_sound().await;
    // A replay goes by what is ignored today, as by all of today's contract: what was left out then would be in it now.
    let report = replay(&hospital, &[]);
    assert_eq!((&report["versions"], &report["deliveries"]), (&Value::from(10), &Value::from(10)), "{report:#}");
    assert_eq!(replay(&hospital, &["--swap"])["is_swapped"], true);
    assert_right(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_is_made_good_by_what_was_ignored_then() {
    let mut hospital = Hospital::new().await;
    let state = |time: u8| [record("A-1", &format!(r#""updateTime":{time}"#))];
    assert_eq!(deliver(&hospital, &state(1)).await, [1, 1, 0]);
    let backups = [hospital.database.back_up().await];
    ignore(&mut hospital, &["updateTime"]);
    assert_eq!(deliver(&hospital, &state(2)).await, [1, 0, 1]);
    let backups = [&backups[..], &[hospital.database.back_up().await]].concat();
    assert_eq!(deliver(&hospital, &state(3)).await, [1, 0, 1]);
    ignore(&mut hospital, &["somethingElse"]);
    assert_eq!(deliver(&hospital, &state(4)).await, [1, 1, 0]);
    let history = hospital.database.history().await;
    let ignored = "select concat_ws(' ', entry_number, entry -> 'ignore') from etl.journal
        where entry ->> 'kind' = 'contract' order by entry_number";
    let journal = hospital.database.lines(ignored).await;
    assert_eq!(journal.len(), 3, "{journal:?}");
    assert!(journal[1].ends_with("[\"updateTime\"]") && journal[2].ends_with("[\"somethingElse\"]"), "{journal:?}");
    for backup in backups {
        // By another list again, of today.
        ignore(&mut hospital, &["today"]);
        hospital.database.restore(&backup).await;
        let owner = Warehouse::connect(&hospital.database.owner_url).await.unwrap();
        let report = hospital.run_task_as(&owner, Task::Recover(OnLoss::Stop), &|_| Ok(())).await;
        assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
        assert_ne!(report.recovered.deliveries, 0);
        assert_eq!(hospital.database.history().await, history);
        assert_eq!(hospital.database.lines(ignored).await, journal);
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_opens_nothing_for_what_is_ignored_or_was_stored_by_another_encoding() {
    let mut hospital = Hospital::new().await;
    ignore(&mut hospital, &["updateTime"]);
    let known = |name: &str| record(name, r#""updateTime":1,"mobile":null"#);
    assert_eq!(deliver(&hospital, &[known("A-1"), known("A-2"), known("A-3")]).await, [3, 3, 0]);
    // Refused until the contract has the code.
    let refused = |name: &str, changes: &str| record(name, &format!(r#""updateTime":2,"sexCode":2,{changes}"#));
    hospital.redefine_contract(|text| text.replace("{ code = \"2\", zh = \"女\", en = \"female\" },", ""));
    let report = {
        let records = ["A-1", "A-2"].map(|name| refused(name, r#""mobile":"""#));
        hospital.simulator.insert_records([&records[..], &[refused("A-3", r#""mobile":"1""#)]].concat());
        hospital.run().await
    };
    assert_eq!((report.counts.rejected, report.counts.opened), (3, 0));
    let outdate = "update warehouse.reservation_versions set fingerprint = '\\x01'::bytea || sha256(fingerprint)
        where serial_number = 'A-2'";
    hospital.database.client.execute(outdate, &[]).await.unwrap();
    let shipped = include_str!("../../pipelines/contracts/reservation.toml").to_owned();
    hospital.redefine_contract(|_| shipped);
    let report = hospital.retry_with(&|_| Ok(())).await;
    assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
    let settled = report.settled.counts;
    assert_eq!((settled.accepted, settled.opened, settled.unchanged), (3, 1, 2));
    assert_eq!(stored(&hospital).await, ["A-1 1 null 1", "A-2 1 null 1", "A-3 1 null 1", "A-3 2 1 2"]);
    hospital.database.assert_sound().await;
}

/// Invariant: An erased person is found nowhere, and all counts stay correct.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_like_nothing_that_comes_whatever_is_ignored() {
    let mut hospital = Hospital::new().await;
    ignore(&mut hospital, &["name", "mobile", "idcard", "erhcNo", "birthdate", "newField", "updateTime"]);
    hospital.simulator.insert_records(vec![
        marked_record("M-1", r#""updateTime":1"#),
        // Somebody else's from the second night on.
        marked_record("M-2", r#""checkDate":"2026-02-04""#),
    ]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("M-2", r#""idcard":"11010519491231010X","checkDate":"2026-02-05""#)]);
    hospital.run_well().await;
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "11010519491231002X").expect(0);
    assert_right(&hospital).await;
    // What is left of it could be what comes, where all else is ignored: it opens all the same.
    assert_eq!(deliver(&hospital, &[marked_record("M-1", r#""updateTime":2"#)]).await, [1, 1, 0]);
    assert_eq!(deliver(&hospital, &[marked_record("M-1", r#""updateTime":3"#)]).await, [1, 0, 1]);
    assert_right(&hospital).await;
    // The live history of another encoding: who was erased stays it, and nobody else is taken out.
    hospital.database.outdate_fingerprints().await;
    assert_right(&hospital).await;
    let others = "select count(*)::text from replay.reservation_versions where get_byte(fingerprint, 0) <> 0";
    assert_eq!(hospital.database.lines(others).await, ["2"]);
}
