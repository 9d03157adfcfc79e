//! The daily volumes as Parquet, against the mart that they are taken from.

use tijian::simulator::GeneratorOptions;

use super::{add_export, files_in, inode, relative};
use crate::support::parquet_contents::read;
use crate::support::{Hospital, record};

/// A hospital with this export beside the usual ones.
async fn hospital(options: GeneratorOptions) -> Hospital {
    let mut hospital = Hospital::with_reservations(options).await;
    add_export(&mut hospital, "daily_volumes", "mart/daily_volumes", "");
    hospital
}

fn file(month: &str) -> String {
    format!("mart/daily_volumes/check_month={month}/demo.parquet")
}

/// Compares every file with the mart, column by column and row by row; returns the number of rows.
async fn assert_same_as_mart(hospital: &Hospital) -> usize {
    let columns = hospital
        .database
        .lines(
            "select column_name::text from information_schema.columns
            where table_schema = 'mart' and table_name = 'daily_volumes'
            order by ordinal_position",
        )
        .await;
    let mut rows = 0;
    for file in files_in(hospital, "mart") {
        let contents = read(&hospital.dir.path().join(&file));
        assert_eq!(contents.columns, columns, "{file}");
        let month = file.split(['=', '/']).nth(3).unwrap();
        let expressions: Vec<String> = columns.iter().map(|column| format!("{column}::text")).collect();
        let expected = hospital
            .database
            .lines(&format!(
                "select json_build_array({})::text from mart.daily_volumes
                where to_char(check_date, 'YYYY-MM') = '{month}'
                order by check_date, hospital_code, hospital_package_id, data_sources, order_status",
                expressions.join(", ")
            ))
            .await;
        let expected: Vec<Vec<Option<String>>> =
            expected.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        assert_eq!(contents.rows, expected, "{file}");
        rows += contents.rows.len();
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_stand_in_their_months_file_as_in_the_mart_night_after_night() {
    let options = GeneratorOptions { reservations: 150, new_per_night: 10, changes: 0.5, ..Default::default() };
    let hospital = hospital(options).await;
    // More than one fee can be, on one row; codes that nobody delivered.
    let rich = |serial: &str| {
        record(
            serial,
            r#""examinationFee":9999999999.99,"hospitalPackageId":null,"dataSources":null,"hospitalCode":"R""#,
        )
    };
    hospital.simulator.insert_records(vec![rich("A-1"), rich("A-2")]);
    for night in 0..3 {
        if night > 0 {
            hospital.simulator.advance_night();
        }
        hospital.run_well().await;
        let rows = hospital.database.lines("select count(*)::text from mart.daily_volumes").await;
        assert_eq!(assert_same_as_mart(&hospital).await.to_string(), rows[0]);
    }
    let contents = read(&hospital.dir.path().join(file("2026-02")));
    let rich = contents.rows.iter().find(|row| row[2].as_deref() == Some("R")).unwrap();
    assert_eq!((rich[4].as_ref(), rich[11].as_deref()), (None, Some("2")));
    assert_eq!(rich[13].as_deref(), Some("19999999999.98"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_touched_months_are_written_and_one_that_everybody_left_has_no_file() {
    let hospital = hospital(GeneratorOptions::default()).await;
    let on = |serial: &str, date: &str| record(serial, &format!(r#""checkDate":"{date}""#));
    hospital.simulator.insert_records(vec![on("A-1", "2026-02-27"), on("A-2", "2026-03-02")]);
    hospital.run_well().await;
    let [february, march, april] = ["2026-02", "2026-03", "2026-04"].map(file);
    assert_eq!(files_in(&hospital, "mart"), [&*february, &march]);
    let before = inode(&hospital, &march);

    hospital.simulator.insert_records(vec![on("A-1", "2026-04-01"), on("A-2", "2026-03-02")]);
    let report = hospital.run_well().await;
    let exported = relative(&hospital, &report.exported);
    assert!(!exported.contains(&march), "{exported:?}");
    assert_eq!(files_in(&hospital, "mart"), [&*march, &april]);
    assert_eq!(inode(&hospital, &march), before);
    assert_eq!(assert_same_as_mart(&hospital).await, 2);
    assert!(hospital.run_well().await.exported.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_came_is_in_the_months_file_after_the_run_that_took_it() {
    let hospital = hospital(GeneratorOptions::default()).await;
    let on = |serial: &str, date: &str| record(serial, &format!(r#""checkDate":"{date}""#));
    hospital.simulator.insert_records(vec![on("A-1", "2026-02-27"), on("A-2", "2026-02-27"), on("A-3", "2026-03-02")]);
    hospital.run_well().await;
    let arrived = || -> Vec<[Option<String>; 2]> {
        let contents = read(&hospital.dir.path().join(file("2026-02")));
        let at = |name: &str| contents.columns.iter().position(|column| column == name).unwrap();
        let (is_reported, arrived) = (at("arrivals_reported"), at("arrived"));
        contents.rows.iter().map(|row| [row[is_reported].clone(), row[arrived].clone()]).collect()
    };
    assert_eq!(arrived(), [[Some("false".to_owned()), None]]);

    let insert = "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'A-1')";
    hospital.database.client.batch_execute(insert).await.unwrap();
    let report = hospital.run_well().await;
    assert_eq!(relative(&hospital, &report.exported), [file("2026-02")], "no other month, and not the history");
    assert_eq!(arrived(), [[Some("true".to_owned()), Some("1".to_owned())]]);
    assert_eq!(assert_same_as_mart(&hospital).await, 2);
    let snapshots = hospital.dir.path().join("mart/daily_volumes/_snapshots/demo/check_month=2026-02");
    assert_eq!(std::fs::read_dir(snapshots).unwrap().count(), 2, "who is reading can go on");
    assert!(hospital.run_well().await.exported.is_empty());
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn made_again_the_files_are_the_same_byte_for_byte() {
    let hospital = hospital(GeneratorOptions { reservations: 80, ..Default::default() }).await;
    hospital.run_well().await;
    let contents = || -> Vec<(String, Vec<u8>)> {
        let files = files_in(&hospital, "mart").into_iter();
        files.map(|file| (file.clone(), std::fs::read(hospital.dir.path().join(file)).unwrap())).collect()
    };
    let before = contents();
    assert!(before.len() > 1, "several months");
    let inodes: Vec<u64> = before.iter().map(|(file, _)| inode(&hospital, file)).collect();
    hospital.command(&["export", "--all", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(contents(), before);
    let again: Vec<u64> = before.iter().map(|(file, _)| inode(&hospital, file)).collect();
    assert!(inodes.iter().zip(&again).all(|(before, again)| before != again), "they were written again");
}
