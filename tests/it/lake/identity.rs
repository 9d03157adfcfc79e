//! Nobody can be told from a lake, and who is erased, or has another id, is gone from every object.
//!
//! Invariant: No name, no document and no unkeyed digest is in a lake, and what is erased or renewed is in no object of it.
//! Held by: the published columns; the key of `content_id`; files that are rewritten, and old ones that are removed at once.

use std::collections::BTreeSet;

use super::{FILE_ROWS, add_lake, assert_published, pointer, publish_all, publish_until, root};
use crate::rotation::{NEW_TEXT, OLD_TEXT};
use crate::support::{Hospital, end, end_after_input, marked_record, parquet_contents, record};
use tijian::night::PublishStep;

const NUMBER: &str = "11010519491231002X";
const OTHER: &str = "11010519491231010X";

/// What nobody is to find.
const PLANTED: [&str; 9] =
    ["标记姓名", "李四", "MARKED-CARD", NUMBER, OTHER, "13912345678", "13800000001", "MARKED-EXTRA", "unknownField"];

async fn hospital() -> Hospital {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("M-2", r#""checkDate":"2026-03-04""#),
        record("OTHER", &format!(r#""name":"李四","idcard":"{OTHER}","mobile":"13800000001""#)),
    ]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    // More than come behind it, which it stays apart from.
    let other = record("OTHER-2", &format!(r#""name":"李四","idcard":"{OTHER}""#));
    hospital.simulator.insert_records(vec![marked_record("M-1", r#""checkDate":"2026-02-05""#), other]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    hospital.simulator.insert_records(vec![record("LAST", &format!(r#""name":"李四","idcard":"{OTHER}""#))]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    hospital
}

/// Every file in the lake, as bytes and as what its rows say.
fn objects(hospital: &Hospital) -> Vec<(String, Vec<u8>, String)> {
    let lake = hospital.dir.path().join("lake");
    let files = hospital.all_files().into_iter().filter_map(|file| file.strip_prefix("lake/").map(str::to_owned));
    let object = |file: String| {
        let path = lake.join(&file);
        let bytes = std::fs::read(&path).unwrap();
        let rows = if file.ends_with(".parquet") {
            let rows = parquet_contents::read(&path).rows.into_iter();
            rows.map(|row| row.into_iter().flatten().collect::<Vec<_>>().join("\t")).collect::<Vec<_>>().join("\n")
        } else {
            String::new()
        };
        (file, bytes, rows)
    };
    files.map(object).collect()
}

fn assert_nowhere(hospital: &Hospital, values: &[Vec<u8>], at: &str) {
    for (file, bytes, rows) in objects(hospital) {
        for value in values {
            let is_in = |bytes: &[u8]| bytes.windows(value.len()).any(|window| window == value);
            let shown = String::from_utf8_lossy(value);
            assert!(!is_in(&bytes) && !is_in(rows.as_bytes()), "{at}: {shown} is in {file}");
        }
    }
}

/// Bytes and text of a column of the history.
async fn both_forms(hospital: &Hospital, column: &str, which: &str) -> Vec<Vec<u8>> {
    let query = format!("select encode({column}, 'hex') from warehouse.reservation_versions where {which}");
    let texts = hospital.database.lines(&query).await;
    assert!(!texts.is_empty());
    texts.into_iter().flat_map(|text| [hex::decode(&text).unwrap(), text.into_bytes()]).collect()
}

async fn assert_nobody_is_told(hospital: &Hospital, at: &str) {
    let mut values: Vec<Vec<u8>> = PLANTED.iter().map(|value| value.as_bytes().to_vec()).collect();
    values.push(b"1949-12-31".to_vec());
    values.extend(both_forms(hospital, "fingerprint", "true").await);
    assert_nowhere(hospital, &values, at);
    for (file, _, rows) in objects(hospital) {
        assert!(!file.starts_with("states") || rows.contains("M-"), "{file} has rows");
    }
}

fn erase(hospital: &Hospital) {
    let pipelines = hospital.dir.path().join("pipelines");
    std::fs::create_dir_all(&pipelines).unwrap();
    std::fs::copy(&hospital.pipeline_file, pipelines.join("demo.toml")).unwrap();
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    let ended = end_after_input(command, NUMBER).expect(0);
    assert!(!ended.stderr.contains("still holds"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_in_no_object_of_the_lake() {
    let hospital = hospital().await;
    assert_nobody_is_told(&hospital, "published").await;
    let old_ids = both_forms(&hospital, "person_id", &format!("idcard = '{NUMBER}'")).await;
    let untouched: BTreeSet<String> = pointer(&hospital).states.iter().map(|file| file.path.clone()).collect();
    erase(&hospital);
    assert_published(&hospital, "erased").await;
    assert_nobody_is_told(&hospital, "erased").await;
    assert_nowhere(&hospital, &old_ids, "erased");
    let files: BTreeSet<String> = pointer(&hospital).states.iter().map(|file| file.path.clone()).collect();
    assert_eq!(files.intersection(&untouched).count(), 1, "a file without the person stays as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_stopped_while_the_lake_is_written_is_completed_by_the_next_publication() {
    for step in PublishStep::NAMES {
        let hospital = hospital().await;
        let old_ids = both_forms(&hospital, "person_id", &format!("idcard = '{NUMBER}'")).await;
        // No pipeline there names the lake: the database is done, and the lake is not.
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
        let ended = end_after_input(command, NUMBER).expect(0);
        let folder = hospital.dir.path().join("lake").display().to_string();
        let is_told = |line: &str| line.contains("still holds what was there before") && line.contains(&folder);
        assert!(ended.stderr.lines().any(is_told), "{}", ended.stderr);
        // A writer was killed, too.
        let left = root(&hospital).join("states/0000000009-0000000000000001.parquet#1");
        std::fs::write(&left, &old_ids[0]).unwrap();
        publish_until(&hospital, false, FILE_ROWS, Some((step, 1))).await.unwrap_err();
        publish_all(&hospital).await;
        assert!(!left.exists());
        assert_published(&hospital, step).await;
        assert_nowhere(&hospital, &old_ids, step);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_object_of_the_lake_has_an_id_of_before_a_new_key() {
    let mut hospital = hospital().await;
    let old_ids = both_forms(&hospital, "person_id", "person_id is not null").await;
    let mut command = hospital.tijian();
    command
        .env("DATABASE_URL", &hospital.database.owner_url)
        .env("TIJIAN_SITE_KEY", NEW_TEXT)
        .env("TIJIAN_SITE_KEY_PREVIOUS", OLD_TEXT)
        .arg("rotate-key")
        .arg(&hospital.pipeline_file);
    end(command).expect(0);
    // With the old key nothing is published.
    assert!(publish_until(&hospital, false, FILE_ROWS, None).await.is_err());
    hospital.settings = hospital.settings.with(&[("TIJIAN_SITE_KEY", NEW_TEXT)]);
    assert_published(&hospital, "rotated").await;
    assert_nobody_is_told(&hospital, "rotated").await;
    assert_nowhere(&hospital, &old_ids, "rotated");
    assert_eq!(publish_all(&hospital).await.publications, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_history_takes_the_old_ones_place_in_the_lake() {
    let hospital = hospital().await;
    let client = crate::support::connect(&hospital.database.owner_url).await;
    // A version that the deliveries do not give: the replay takes it back.
    client
        .batch_execute(
            "update warehouse.reservation_versions set hospital_name = 'changed by hand' where serial_number = 'LAST'",
        )
        .await
        .unwrap();
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["replay", "--swap"]).arg(&hospital.pipeline_file);
    end(command).expect(0);
    assert_published(&hospital, "swapped").await;
    assert_nowhere(&hospital, &[b"changed by hand".to_vec()], "swapped");
}
