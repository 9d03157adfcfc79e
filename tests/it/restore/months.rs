//! Months that finance has closed, and of which the backup does not know.

use std::collections::BTreeMap;

use tijian::night::OnLoss;

use super::{assert_same, contents, exports, recover};
use crate::support::{Hospital, record};

/// A moment of this month ago, Beijing's clock, as SQL.
fn moment(months_ago: u32, day: u32) -> String {
    format!(
        "((date_trunc('month', now() at time zone 'Asia/Shanghai') - interval '{months_ago} months'
            + interval '{} days 2 hours') at time zone 'Asia/Shanghai')",
        day - 1
    )
}

/// The month so many months ago, like 2026-11.
async fn month(hospital: &Hospital, months_ago: u32) -> String {
    let text = format!("select to_char({} at time zone 'Asia/Shanghai', 'YYYY-MM')", moment(months_ago, 2));
    hospital.database.lines(&text).await.concat()
}

/// A night of that month.
async fn night(hospital: &Hospital, months_ago: u32, records: Vec<String>) {
    let at = format!("select (extract(epoch from {}) * 1000)::bigint::text", moment(months_ago, 10));
    hospital.simulator.set_timestamp(hospital.database.lines(&at).await[0].parse().ok());
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
}

/// Somebody came; the next night hears of it.
async fn arrive(hospital: &Hospital, serial_number: &str, months_ago: u32) {
    let insert = format!(
        "insert into etl.arrival_inbox (account, serial_number, arrived_at) values ('demo', '{serial_number}', {})",
        moment(months_ago, 20)
    );
    hospital.database.client.batch_execute(&insert).await.unwrap();
}

async fn close(hospital: &Hospital, months_ago: u32) {
    let (month, pipeline) = (month(hospital, months_ago).await, hospital.pipeline_file.to_str().unwrap());
    hospital.command(&["finance", "month", &month, "--pipeline", pipeline]).expect(0);
}

/// The files of closed months, by their bytes.
fn months(hospital: &Hospital) -> BTreeMap<String, Vec<u8>> {
    exports(hospital).into_iter().filter(|(file, _)| file.starts_with("finance/months/")).collect()
}

fn state(serial_number: &str, changes: &str) -> String {
    record(serial_number, &format!(r#""checkDate":"2027-02-03"{changes}"#))
}

/// Three closed months. What is known now of arrivals, names and words is not what was known when they were closed. Backups
/// of moments on the way: before everything, before the second closing.
async fn closed() -> (Hospital, [String; 2]) {
    let mut hospital = Hospital::new().await;
    let empty = hospital.database.back_up().await;
    night(&hospital, 4, vec![state("A-1", ""), state("A-2", r#","payType":1"#)]).await;
    arrive(&hospital, "A-1", 4).await;
    night(&hospital, 3, vec![state("A-3", r#","examinationFee":9999999999.99"#)]).await;
    close(&hospital, 4).await;
    let first_closed = hospital.database.back_up().await;
    // Reported late, and said otherwise.
    arrive(&hospital, "A-2", 4).await;
    arrive(&hospital, "A-3", 3).await;
    hospital.redefine_contract(|text| text.replace("支付宝", "现金"));
    night(&hospital, 2, vec![state("A-2", r#","payType":0,"hospitalName":"改名""#)]).await;
    close(&hospital, 2).await;
    arrive(&hospital, "A-2", 2).await;
    night(&hospital, 1, vec![state("A-1", r#","orderStatus":5"#)]).await;
    (hospital, [empty, first_closed])
}

/// Invariant: A closed month never changes, and its closing balance is the next month's opening balance.
#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_was_closed_since_the_backup_is_closed_again_as_it_was() {
    let (mut hospital, backups) = closed().await;
    let (mut expected, files) = (contents(&hospital.database).await, months(&hospital));
    assert_eq!((expected["finance.months"].len(), files.len()), (3, 4));
    let performed = "select (count(distinct coalesce(performed, -1)) > 2)::text from finance.month_balances";
    assert_eq!(
        hospital.database.lines(performed).await,
        ["true"],
        "some have come, some not, and of some it is unknown"
    );
    // The marts follow with the next exports.
    expected.remove("warehouse.daily_volumes");
    for backup in &backups {
        hospital.database.restore(backup).await;
        let report = recover(&hospital, OnLoss::Stop).await;
        assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
        let mut made = contents(&hospital.database).await;
        made.remove("warehouse.daily_volumes");
        assert_same(&made, &expected, "as it was");
        hospital.database.assert_sound().await;

        // The same bytes, whether the files are there still or not.
        close(&hospital, 2).await;
        assert_eq!(months(&hospital), files);
        for file in files.keys() {
            std::fs::remove_file(hospital.dir.path().join(file)).unwrap();
        }
        for months_ago in [2, 4] {
            close(&hospital, months_ago).await;
        }
        assert_eq!(months(&hospital), files);
        let journal = "select count(*)::text from etl.journal";
        assert_eq!(hospital.database.lines(journal).await, [expected["etl.journal"].len().to_string()], "closed once");
    }

    // And the next month goes on from there.
    close(&hospital, 1).await;
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_month_is_known_to_the_landing_folder_before_a_file_has_it() {
    let hospital = Hospital::new().await;
    night(&hospital, 2, vec![state("A-1", "")]).await;
    let journal = |hospital: &Hospital| hospital.files().iter().filter(|file| file.ends_with(".journal")).count();
    let before = journal(&hospital);
    // No file can be made: its folder is a file.
    std::fs::write(hospital.dir.path().join("finance/months"), "").unwrap();
    let (month, pipeline) = (month(&hospital, 2).await, hospital.pipeline_file.to_str().unwrap());
    hospital.command(&["finance", "month", &month, "--pipeline", pipeline]).expect(1);
    assert_eq!(hospital.database.lines("select count(*)::text from finance.months").await, ["1"]);
    assert_eq!(journal(&hospital), before + 1);
}
