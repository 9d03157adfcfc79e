//! Refused records that come again night after night: one row each, however little of them can be read.

use std::collections::BTreeSet;

use tijian::guidance::ExitCode;

use super::{hospital, quarantine, retry};
use crate::support::{assert_snapshot, record};

/// Records that are no readable JSON, each in another way.
fn unreadable() -> Vec<String> {
    let name = r#""name":"张三""#;
    [r#""name":"\u5f20\ud83d""#, r#""name":NaN"#, "\"name\":\"a\u{1}b\"", r#""name":"张三" "mobile2":"1""#]
        .iter()
        .enumerate()
        .map(|(place, broken)| {
            // The batch first, so that it is known in spite of the fault.
            let record = record(&format!("U-{place}"), "").replace(r#""requestId":"$request","#, "");
            record.replacen('{', r#"{"requestId":"$request","#, 1).replace(name, broken)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_record_is_one_row_however_often_it_comes() {
    let hospital = hospital(unreadable()).await;
    let mut batches = BTreeSet::new();
    for night in 1..=5 {
        hospital.simulator.advance_night();
        let report = hospital.run_well().await;
        assert_eq!((report.counts.received, report.counts.rejected), (4, 4), "night {night}");
        batches.extend(hospital.database.lines("select request_id from etl.rejections").await);
    }
    assert_eq!(batches.len(), 5, "the platform gives a new requestId every night: {batches:?}");
    let query = "select concat_ws(' ', serial_number, attempts, resolution) from etl.rejections order by serial_number";
    assert_eq!(hospital.database.lines(query).await, ["U-0 5", "U-1 5", "U-2 5", "U-3 5"]);

    // The test's platform cannot read the records' names either, and refuses their callbacks.
    quarantine(&hospital, &["discard", "--rule", "syntax", "--yes"]).expect(4);
    hospital.simulator.advance_night();
    let report = hospital.run_well().await;
    assert_eq!((report.counts.discarded, report.refused), (4, 0), "what is discarded stays so when it comes again");
    let query = "select concat_ws(' ', count(*), min(resolution), max(resolution)) from etl.rejections";
    assert_eq!(hospital.database.lines(query).await, ["4 discarded discarded"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_is_refused_by_itself() {
    let large = |bytes: usize| {
        let record = record("LARGE", "").replacen('{', r#"{"serialNumber":"LARGE","#, 1);
        let record = record.replacen(r#","serialNumber":"LARGE""#, "", 1);
        record.replacen('}', &format!(r#","note":"{}"}}"#, "x".repeat(bytes)), 1)
    };
    let hospital = hospital(vec![record("S-1", ""), large(9 * 1024 * 1024), record("S-2", "")]).await;
    for night in 1..=2 {
        hospital.simulator.advance_night();
        let report = hospital.run_well().await;
        assert_eq!((report.counts.accepted, report.counts.rejected), (if night == 1 { 2 } else { 0 }, 1), "{night}");
        assert_eq!(report.exit_code(), ExitCode::Quarantined);
    }
    let listed = hospital.command(&["quarantine", "list"]).expect(0).stdout;
    assert!(listed.contains("LARGE") && listed.contains("bytes, more than any record needs"), "{listed}");
    let kept =
        "select concat_ws(' ', serial_number, attempts, octet_length(sealed_record) < 70000) from etl.rejections";
    assert_eq!(hospital.database.lines(kept).await, ["LARGE 2 t"]);
    assert_eq!(retry(&hospital, &[], 3)[..3], [1, 0, 1]);
    assert_snapshot("quarantine-retry-zh", &quarantine(&hospital, &["retry", "--lang", "zh"]).expect(3).stdout, &[]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pipeline_ignores_makes_no_other_refused_record() {
    for is_broken in [false, true] {
        // No date, and no JSON either.
        let state = |time: &str| {
            let record = record("S-1", &format!(r#""updateTime":{time},"checkDate":"2026-02-30""#));
            // The batch first, so that it is known in spite of the fault.
            let record = record.replace(r#""requestId":"$request","#, "");
            let record = record.replacen('{', r#"{"requestId":"$request","#, 1);
            if is_broken { record.replace("\"张三\"", "NaN") } else { record }
        };
        let mut hospital = hospital(["OLD-1", "OLD-2", "OLD-3"].map(|name| record(name, "")).to_vec()).await;
        // Acknowledged, so that the platform gives each state once.
        let own = "on_reject = \"ack\"\nignore = [\"updateTime\"]\nreject_max = \"30%\"";
        hospital.redefine(|text| text.replace("on_reject = \"hold\"", own));
        let rows = "select concat_ws(' ', serial_number, attempts, resolution) from etl.rejections";
        for (night, time) in (1..).zip(["1", "2", r#""2026-12-06 08:00:00""#, "null"]) {
            hospital.simulator.insert_records(vec![state(time)]);
            let report = hospital.run_well().await;
            assert_eq!(
                report.counts.rejected, 1,
                "{is_broken}, night {night}: new in the first one only, or reject_max would stop it"
            );
            assert_eq!(hospital.database.lines(rows).await, [format!("S-1 {night}")], "{is_broken}");
        }
        let id = hospital.database.lines("select rejection_id::text from etl.rejections").await.concat();
        let discarded = quarantine(&hospital, &["discard", &id, "--yes", "--lang", "zh"]).expect(0).stdout;
        assert!(discarded.contains("放弃") && discarded.contains("正常"), "{discarded}");
        hospital.simulator.insert_records(vec![state("5")]);
        assert_eq!(hospital.run_well().await.counts.discarded, 1, "what is discarded stays so");
        assert_eq!(hospital.database.lines(rows).await, ["S-1 5 discarded"]);
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_too_large_holds_back_its_reservation_wherever_its_serial_number_stands() {
    let large = |mark: &str, last: &str| {
        let note = "x".repeat(9 * 1024 * 1024);
        let record = record("S-1", &format!(r#""requestId":"$request","mobile":"{mark}""#));
        // All of it behind the large member.
        record.replacen('{', &format!(r#"{{"note":"{note}{last}","#), 1)
    };
    let hospital =
        hospital(vec![record("S-1", ""), large("1", ""), large("2", ""), large("2", "y"), record("S-2", "")]).await;
    for night in 1..=2 {
        hospital.simulator.advance_night();
        hospital.run_well().await;
        let rows = "select concat_ws(' ', serial_number, attempts) from etl.rejections order by rejection_id";
        let expected = format!("S-1 {night}");
        assert_eq!(hospital.database.lines(rows).await, [&*expected; 3], "three states");
        let told = "select key from etl.outbox where kind = 'reservation_ack' order by 1";
        assert_eq!(
            hospital.database.lines(told).await,
            ["S-2"],
            "the platform is not told that a state of S-1 is known"
        );
    }
    hospital.database.assert_sound().await;
}
