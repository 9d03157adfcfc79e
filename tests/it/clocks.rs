//! Clocks of others: a platform that is years ahead, and a machine that is.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::block_in_place;

use crate::support::{Ended, Hospital, end, record};

/// Three years, as a clock without a battery is off.
const YEARS: TimeDelta = TimeDelta::days(3 * 365);

fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The platform's clock stands there from now on.
fn set_clock(hospital: &Hospital, time: DateTime<Utc>) {
    hospital.simulator.set_timestamp(Some(time.timestamp_millis()));
}

fn deliveries(hospital: &Hospital) -> usize {
    hospital.files().iter().filter(|file| file.ends_with(".delivery")).count()
}

fn retain(hospital: &Hospital, options: &[&str]) -> Ended {
    let mut command = hospital.tijian();
    command.arg("retain").args(options).arg(&hospital.pipeline_file);
    block_in_place(|| end(command))
}

/// The finding of one of doctor's checks.
fn finding(hospital: &Hospital, check: &str) -> String {
    let mut command = hospital.tijian();
    command.args(["doctor", "--output", "json"]).arg(&hospital.pipeline_file);
    let document = block_in_place(|| end(command)).json();
    let checks = document["checks"].as_array().unwrap();
    let found = checks.iter().find(|found| found["check"] == check).unwrap();
    format!("{} {}", found["state"].as_str().unwrap(), found["finding"].as_str().unwrap())
}

/// Invariant: No version begins later than its receipt.
/// Held by: a timestamp more than five minutes after its receipt counts as absent.
#[tokio::test(flavor = "multi_thread")]
async fn a_timestamp_in_the_future_counts_as_absent_and_is_told() {
    let hospital = Hospital::new().await;
    let told = "the answer's timestamp is in the future: the time of receipt is used instead";
    for (nth, ahead, counts) in [
        (1, TimeDelta::minutes(4), true),
        (2, TimeDelta::minutes(6), false),
        (3, TimeDelta::days(20 * 365), false),
        (4, TimeDelta::zero(), true),
    ] {
        hospital.simulator.insert_records(vec![record("A-1", &format!(r#""mobile":"1390000000{nth}""#))]);
        set_clock(&hospital, now() + ahead);
        let night = block_in_place(|| hospital.night(&[])).expect(0);
        assert_eq!(night.stderr.matches(told).count(), usize::from(!counts), "{nth}: {}", night.stderr);
        let source = "select concat_ws(' ', effective_source, effective_at = received_at, effective_at = platform_at,
            platform_at is not null) from etl.deliveries order by delivery_id desc limit 1";
        let expected = if counts { "envelope f t t" } else { "receipt t f t" };
        assert_eq!(hospital.database.lines(source).await, [expected], "{nth}");
        let is_watched = finding(&hospital, "timestamps").starts_with("watch");
        assert_eq!(is_watched, !counts, "{nth}: {}", finding(&hospital, "timestamps"));
    }
    assert!(finding(&hospital, "timestamps").contains("2 were in the future"), "{}", finding(&hospital, "timestamps"));
    let beyond =
        "select count(*)::text from warehouse.reservation_versions where valid_from > now() + interval '5 minutes'";
    assert_eq!(hospital.database.lines(beyond).await, ["0"]);
    assert_eq!(hospital.database.versions().await.len(), 4);

    // A replay asks the ledger, and not the clock of its own day.
    let mut replay = hospital.tijian();
    replay.env("DATABASE_URL", &hospital.database.owner_url).args(["replay", "--output", "json"]);
    replay.arg(&hospital.pipeline_file);
    let replayed = block_in_place(|| end(replay)).expect(0);
    assert!(replayed.stdout.contains(r#""is_identical":true"#), "{}", replayed.stdout);
    hospital.database.assert_sound().await;
}

/// Everything that was kept becomes three years old: file names, and what the ledger and the quarantine say. Twice: one that
/// is not delivered any more, and one that is.
async fn age(hospital: &Hospital) {
    let then = (now() - YEARS).format("%Y%m%d");
    let mut names = Vec::new();
    for file in hospital.files().iter().filter(|file| file.ends_with(".delivery")) {
        let file = hospital.dir.path().join(file);
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let aged = format!("{then}{}", &name[8..]);
        std::fs::rename(&file, file.with_file_name(&aged)).unwrap();
        names.push((name, aged));
    }
    for (name, aged) in names {
        let rename = format!("update etl.deliveries set landing_file = '{aged}' where landing_file = '{name}'");
        hospital.database.client.batch_execute(&rename).await.unwrap();
    }
    // And one of before, that the ledger has forgotten.
    let forgotten = format!("landing/demo/{then}T000000.000Z-0-0.delivery");
    std::fs::write(hospital.dir.path().join(forgotten), "").unwrap();
    let client = &hospital.database.client;
    client.batch_execute("update etl.deliveries set received_at = received_at - interval '3 years'").await.unwrap();
    let records = "update etl.rejections set first_seen_at = first_seen_at - interval '3 years',
            last_seen_at = last_seen_at - interval '3 years';
        update etl.rejections set last_delivery_id = first_delivery_id where serial_number = 'GONE'";
    client.batch_execute(records).await.unwrap();
}

/// Invariant: Only expired data is removed: nothing while clocks differ, and never the newest deliveries or a refused
/// record that still comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_three_years_ahead_removes_nothing_and_says_so() {
    let hospital = Hospital::new().await;
    let bad = r#""checkDate":"2026-02-30""#;
    hospital.simulator.insert_records(vec![record("GONE", bad), record("COMES", bad), record("A-1", "")]);
    for _ in 0..2 {
        set_clock(&hospital, now() - YEARS);
        block_in_place(|| hospital.night(&[])).expect(3);
    }
    age(&hospital).await;
    let records = "select serial_number from etl.rejections order by 1";
    let count = deliveries(&hospital);

    // For this machine all of it is three years old; for the platform it is of today.
    set_clock(&hospital, now() - YEARS);
    let refused = retain(&hospital, &[]).expect(1);
    let years = [now(), now() - YEARS].map(|time| time.format("%Y-%m-%d").to_string());
    for year in &years {
        assert!(refused.stdout.contains(year), "{}", refused.stdout);
    }
    assert!(refused.stdout.starts_with("demo: nothing removed, because clocks differ: "), "{}", refused.stdout);
    assert_eq!((deliveries(&hospital), hospital.database.lines(records).await.len()), (count, 2));

    let night = block_in_place(|| hospital.night(&[])).expect(3);
    assert!(night.stderr.contains("nothing was removed, because clocks differ"), "{}", night.stderr);
    assert!(night.stderr.contains(&years[1]), "{}", night.stderr);
    assert_eq!(deliveries(&hospital), count + 1, "nothing went, and tonight's came");
    assert!(finding(&hospital, "retention").starts_with("watch the last night kept expired data"));

    // Whoever vouches for this machine's clock may go on, and the newest deliveries stay all the same.
    let vouched = retain(&hospital, &["--clock-is-right", "--output", "json"]);
    assert_eq!(vouched.code, 0, "{vouched:?}");
    assert_eq!(deliveries(&hospital), count, "the forgotten one went");
}

/// Invariant: Only expired data is removed: nothing while clocks differ, and never the newest deliveries or a refused
/// record that still comes.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_deliveries_and_a_refused_record_that_still_comes_stay_whatever_their_age() {
    let hospital = Hospital::new().await;
    let bad = r#""checkDate":"2026-02-30""#;
    hospital.simulator.insert_records(vec![record("COMES", bad)]);
    set_clock(&hospital, now());
    block_in_place(|| hospital.night(&[])).expect(3);
    // Older deliveries than it, and one file that the ledger does not know.
    let landing = hospital.dir.path().join("landing/demo");
    for number in 0..35 {
        std::fs::write(landing.join(format!("202301{:02}T000000.000Z-old.delivery", number % 31 + 1)), "").unwrap();
    }
    for number in 0..35 {
        let name = format!("20230201T0000{number:02}.000Z-old.delivery");
        std::fs::write(landing.join(&name), "").unwrap();
        let insert = format!(
            "insert into etl.deliveries (run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes)
            select run_id, 'demo', '2023-02-01', 'receipt', '2023-02-01', '{name}', 0 from etl.runs limit 1"
        );
        hospital.database.client.batch_execute(&insert).await.unwrap();
    }
    let records = "update etl.rejections set last_seen_at = '2023-02-01', first_seen_at = '2023-02-01'";
    hospital.database.client.batch_execute(records).await.unwrap();
    // The record came with the first delivery, and 35 came after it: it does not come any more.
    let still = "update etl.rejections set last_delivery_id = (select max(delivery_id) from etl.deliveries)";
    hospital.database.client.batch_execute(still).await.unwrap();

    let removed = retain(&hospital, &["--output", "json"]).expect(0).json();
    assert_eq!(removed["accounts"]["demo"]["records"], 0, "{removed}");
    // 31 unknown ones, and those of the ledger but for the newest 30. The real one is not old.
    assert_eq!(removed["accounts"]["demo"]["deliveries"], 31 + 5, "{removed}");
    let left: Vec<String> = hospital.files().into_iter().filter(|file| file.ends_with("Z-old.delivery")).collect();
    assert_eq!(left.len(), 30);
    assert!(left[0].ends_with("20230201T000005.000Z-old.delivery"), "the oldest ones went: {left:?}");

    let gone = "update etl.rejections set last_delivery_id = (select min(delivery_id) from etl.deliveries)";
    hospital.database.client.batch_execute(gone).await.unwrap();
    let removed = retain(&hospital, &["--output", "json"]).expect(0).json();
    assert_eq!(removed["accounts"]["demo"]["records"], 1, "{removed}");
}
