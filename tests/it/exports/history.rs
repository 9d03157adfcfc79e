//! The history as Parquet, against SQL.

use tijian::simulator::GeneratorOptions;

use super::{add_export, files_in, inode, relative};
use crate::support::parquet_contents::read;
use crate::support::{Hospital, TestDatabase, record};

/// Columns that name a person, or nearly.
const IDENTITY: [&str; 5] = ["erhc_no", "name", "idcard", "birthdate", "mobile"];

/// By SQL: years between two dates, as people count them; below zero for whoever is born after the check.
const AGE: &str = "(sign(check_date - birthdate) * (
        extract(year from greatest(check_date, birthdate)) - extract(year from least(check_date, birthdate))
        - (to_char(greatest(check_date, birthdate), 'MMDD') < to_char(least(check_date, birthdate), 'MMDD'))::integer
    ))::integer";

/// The bands, from the lowest.
const AGE_BAND: &str = "(array['0-17', '18-29', '30-39', '40-49', '50-59', '60-69', '70+'])";

/// The same rows by SQL, column by column, in the order of the file.
async fn rows_by_sql(database: &TestDatabase, month: &str, columns: &[String]) -> Vec<Vec<Option<String>>> {
    let expressions: Vec<String> = columns
        .iter()
        .map(|column| match column.as_str() {
            "is_current" => "(valid_to = 'infinity')::text".to_owned(),
            "valid_to" => "(extract(epoch from nullif(valid_to, 'infinity')) * 1000000)::bigint::text".to_owned(),
            "valid_from" | "recorded_at" => format!("(extract(epoch from {column}) * 1000000)::bigint::text"),
            "person_id" => "encode(person_id, 'hex')".to_owned(),
            "event_date" => "to_char(valid_from + interval '8 hours', 'YYYY-MM-DD')".to_owned(),
            "age_years" => format!("{AGE}::text"),
            "age_band" => format!("{AGE_BAND}[width_bucket({AGE}, array[0, 18, 30, 40, 50, 60, 70])]"),
            column => format!("{column}::text"),
        })
        .collect();
    let query = format!(
        "select json_build_array({})::text from warehouse.reservation_versions
        where to_char(check_date, 'YYYY-MM') = '{month}' order by serial_number, version",
        expressions.join(", ")
    );
    database.lines(&query).await.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// The file's columns must be these: those of the table but our own digests and what the contract does not know, and
/// what is said of them for whoever does not see them, or reads dates in another zone.
async fn expected_columns(database: &TestDatabase, without: &[&str]) -> Vec<String> {
    let columns = database
        .lines(
            "select column_name::text from information_schema.columns
            where table_schema = 'warehouse' and table_name = 'reservation_versions'
                and column_name not in ('extra', 'fingerprint')
            order by ordinal_position",
        )
        .await;
    let mut expected = Vec::new();
    for column in columns {
        let behind: &[&str] = match column.as_str() {
            "valid_from" => &["event_date"],
            "valid_to" => &["is_current"],
            "birthdate" => &["age_years", "age_band"],
            _ => &[],
        };
        if !without.contains(&column.as_str()) {
            expected.push(column);
        }
        expected.extend(behind.iter().map(|column| (*column).to_owned()));
    }
    expected
}

/// Compares every file of an export folder with the database; returns the number of rows.
pub async fn assert_same_as_database(hospital: &Hospital, dir: &str, without: &[&str]) -> usize {
    let columns = expected_columns(&hospital.database, without).await;
    let mut rows = 0;
    for file in files_in(hospital, dir) {
        let contents = read(&hospital.dir.path().join(&file));
        assert_eq!(contents.columns, columns, "{file}");
        let month = file.split(['=', '/']).nth(2).unwrap();
        assert_eq!(contents.rows, rows_by_sql(&hospital.database, month, &columns).await, "{file}");
        rows += contents.rows.len();
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_stands_in_its_months_file_as_in_the_database() {
    let options = GeneratorOptions { reservations: 150, new_per_night: 10, changes: 0.5, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    hospital.simulator.insert_records(vec![
        record("A-1", r#""erhcNo":"","mobile":null,"addCombinationName":null,"addCombinationId":"","payType":null"#),
        record("A-2", r#""examinationFee":9999999999.99"#),
        record("A-3", r#""examinationFee":0,"hospitalPackageName":"套餐 “一”, 二\t三""#),
        record("A-4", r#""examinationFee":null,"idcard":null,"isPregnant":null,"birthdate":"1800-01-01""#),
        record("A-5", r#""idcard":null,"birthdate":null"#),
        // Of age on the day before, on the day, and on the day after.
        record("A-6", r#""idcard":null,"birthdate":"2008-03-01","checkDate":"2026-03-02""#),
        record("A-7", r#""idcard":null,"birthdate":"2008-03-02","checkDate":"2026-03-02""#),
        record("A-8", r#""idcard":null,"birthdate":"2008-03-03","checkDate":"2026-03-02""#),
    ]);
    hospital.run_well().await;
    for _ in 1..3 {
        hospital.simulator.advance_night();
        hospital.run_well().await;
    }
    let versions = hospital.database.versions().await.len();
    assert!(versions > 250, "{versions}");
    assert_eq!(assert_same_as_database(&hospital, "history", &IDENTITY).await, versions);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_months_that_a_night_touched_are_written_again() {
    let hospital = Hospital::new().await;
    let in_month = |serial: &str, date: &str, fee: &str| {
        record(serial, &format!(r#""checkDate":"{date}","examinationFee":{fee}"#))
    };
    hospital.simulator.insert_records(vec![
        in_month("A-1", "2026-02-27", "100.00"),
        in_month("A-2", "2026-03-02", "100.00"),
        in_month("A-3", "2026-05-04", "100.00"),
    ]);
    hospital.run_well().await;
    let file = |month: &str| format!("history/check_month={month}/demo.parquet");
    let [february, march, april, may] = ["2026-02", "2026-03", "2026-04", "2026-05"].map(file);
    assert_eq!(files_in(&hospital, "history"), [&*february, &march, &may]);
    let before = [&february, &march, &may].map(|file| inode(&hospital, file));

    // One moves from February to April, one is sent again without a change, one has another fee.
    hospital.simulator.insert_records(vec![
        in_month("A-1", "2026-04-01", "100.00"),
        in_month("A-2", "2026-03-02", "100.00"),
        in_month("A-3", "2026-05-04", "100.01"),
    ]);
    let report = hospital.run_well().await;
    let exported = relative(&hospital, &report.exported);
    assert_eq!(exported[..3], [&*february, &april, &may]);
    assert!(exported[3..].iter().all(|file| file.starts_with("finance/")) && exported.len() == 5, "{exported:?}");
    assert_ne!(inode(&hospital, &february), before[0]);
    assert_eq!(inode(&hospital, &march), before[1]);
    assert_ne!(inode(&hospital, &may), before[2]);
    assert_eq!(assert_same_as_database(&hospital, "history", &IDENTITY).await, 5);

    // And a night without news writes nothing.
    assert!(hospital.run_well().await.exported.is_empty());
}

/// Invariant: No export names a person unless the pipeline asks for it.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_in_the_files_only_where_the_pipeline_asks_for_them() {
    let options = GeneratorOptions { reservations: 40, ..Default::default() };
    let mut hospital = Hospital::with_reservations(options).await;
    hospital.run_well().await;
    let anonymous = files_in(&hospital, "history");
    let people = hospital.database.lines("select name from warehouse.reservation_versions").await;
    for file in &anonymous {
        let contents = read(&hospital.dir.path().join(file));
        let cells = contents.rows.iter().flatten().flatten();
        assert_eq!(cells.filter(|cell| people.contains(cell)).count(), 0, "{file}");
    }

    // A target that is added later is owed everything, though nothing new was delivered.
    add_export(&mut hospital, "history", "named", "include_identity = true");
    let report = hospital.run_well().await;
    assert_eq!(report.counts.received, 0);
    let named: Vec<String> = anonymous.iter().map(|file| file.replacen("history", "named", 1)).collect();
    assert_eq!(relative(&hospital, &report.exported), named);
    assert_eq!(assert_same_as_database(&hospital, "named", &[]).await, 40);
    assert_eq!(assert_same_as_database(&hospital, "history", &IDENTITY).await, 40);
    assert!(hospital.run_well().await.exported.is_empty());

    // Who has made them is on record, once for each time.
    let log = "select format('%s %s %s %s', account, action, subject_id, operator <> '') from etl.access_log";
    let delivery = hospital.database.lines("select max(delivery_id)::text from warehouse.reservation_versions").await;
    let line = format!("demo identity_export {} t", delivery[0]);
    assert_eq!(hospital.database.lines(log).await, [line.as_str()]);
    hospital.command(&["export", "--all", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(hospital.database.lines(log).await, [line.as_str(), &line]);
}
