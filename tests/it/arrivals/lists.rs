//! Many at once: a CSV file, or standard input.

use crate::arrivals::{arrive, hospital, inbox, kept, reported, time_ago};
use crate::support::{assert_snapshot, end_after_input};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_taken_and_its_bad_lines_are_told_by_number() {
    let hospital = hospital(&["A-1", "A-2", "A-3", "GONE"]).await;
    let time = time_ago(&hospital, "2 hours").await;
    let list = hospital.dir.path().join("arrivals.csv");
    let text = format!(
        "\u{feff}serialNumber,arriveDate\r\nA-1,{time}\r\n张三,\r\nA-2,yesterday\r\nGONE,{time}\r\n\r\nA-1,\r\nA-3,{}\r\n",
        time.replace('-', "/")
    );
    std::fs::write(&list, text).unwrap();
    let ended = arrive(&hospital, &["--from", list.to_str().unwrap()]).expect(3);
    assert_snapshot("arrive-list", &ended.stdout, &[]);
    assert!(!format!("{ended:?}").contains("张三"), "what is mistyped may be anything: {ended:?}");
    assert_eq!(kept(&hospital).await, ["A-1 file done", "A-3 file done"]);
    let told = hospital.simulator.arrivals();
    let dates: Vec<_> = told.iter().map(|arrival| arrival.arrive_date.clone().unwrap()).collect();
    assert_eq!(dates, [time.clone(), time]);

    // The whole list again: nothing is told twice.
    let chinese = arrive(&hospital, &["--lang", "zh", "--from", list.to_str().unwrap()]).expect(3);
    assert_snapshot("arrive-list-zh", &chinese.stdout, &[]);
    let again = arrive(&hospital, &["--from", list.to_str().unwrap(), "--output", "json"]).expect(3);
    let account = &again.json()["accounts"][0];
    assert_eq!((account["submitted"].as_u64(), account["taken"].as_u64()), (Some(5), Some(0)), "{account}");
    assert_eq!(account["bad_lines"].to_string(), r#"[{"line":4,"reason":"arrive_date"}]"#);
    assert_eq!(account["repeated"], 3, "{account}");
    assert_eq!(hospital.simulator.arrivals(), told);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_a_list_too() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    let mut command = hospital.tijian();
    command.arg("arrive").arg(&hospital.pipeline_file).args(["--from", "-"]);
    end_after_input(command, "serialNumber\nA-2\nA-1\n").expect(0);
    assert_eq!(reported(&hospital).len(), 2);
    assert_eq!(inbox(&hospital).await, ["A-2 taken", "A-1 taken"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_or_header_is_refused_before_anything_is_written() {
    let hospital = hospital(&["A-1"]).await;
    let list = hospital.dir.path().join("arrivals.csv");
    std::fs::write(&list, "serialNumber,name\nA-1,张三\n").unwrap();
    let header = arrive(&hospital, &["--from", list.to_str().unwrap()]).expect(2);
    assert!(header.stderr.contains("cell 2 of the header is neither"), "{}", header.stderr);
    arrive(&hospital, &["--serial-number", "A-1", "--arrived-at", "tomorrow"]).expect(2);
    arrive(&hospital, &["--serial-number", " "]).expect(2);
    arrive(&hospital, &["--arrived-at", "2026-11-25 08:10:00"]).expect(2);
    arrive(&hospital, &["--serial-number", "A-1", "--from", "-"]).expect(2);
    arrive(&hospital, &["--from", "absent.csv"]).expect(2);

    // One account's arrivals are not written into the inboxes of two.
    let other = hospital.dir.path().join("other.toml");
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&other, text.replace("account = \"demo\"", "account = \"other\"").replace("127.0.0.1", "localhost"))
        .unwrap();
    let two = arrive(&hospital, &[other.to_str().unwrap(), "--serial-number", "A-1"]).expect(2);
    assert!(two.stderr.contains("name its pipeline file"), "{}", two.stderr);
    // A secret that is missing is known first, too.
    let mut command = hospital.tijian();
    command.env_remove("ZHELIBAN_SECRET").arg("arrive").arg(&hospital.pipeline_file);
    crate::support::end({
        command.args(["--serial-number", "A-1"]);
        command
    })
    .expect(2);
    assert_eq!(inbox(&hospital).await, [] as [&str; 0]);
}
