//! Arrivals: taken once, reported to the platform, shown in the marts; by command, by list, by inbox.

mod frontdesk;
mod lists;
mod rates;
mod trouble;
mod withdrawal;

use tijian::failure::Stopped;
use tijian::night::{ArrivalContext, ArrivalReport, Step, arrive_account};
use tijian::simulator::Endpoint;

use crate::support::{Hospital, record};

/// A hospital whose platform and warehouse have these reservations; the one called `GONE` is cancelled.
async fn hospital(serial_numbers: &[&str]) -> Hospital {
    let hospital = Hospital::new().await;
    let status = |serial_number: &str| if serial_number == "GONE" { r#""orderStatus":5"# } else { "" };
    let records = serial_numbers.iter().map(|serial_number| record(serial_number, status(serial_number)));
    hospital.simulator.insert_records(records.collect());
    hospital.run_well().await;
    hospital
}

/// `tijian arrive` with these options and the hospital's pipeline.
fn arrive(hospital: &Hospital, options: &[&str]) -> crate::support::Ended {
    hospital.command(&[&["arrive", hospital.pipeline_file.to_str().unwrap()], options].concat())
}

/// The same in this process, for who wants to be told of the steps.
async fn arrive_with(
    hospital: &Hospital,
    on_step: &(dyn Fn(Step) -> Result<(), Stopped> + Send + Sync),
) -> ArrivalReport {
    let context = ArrivalContext { warehouse: &hospital.database.warehouse, settings: &hospital.settings, on_step };
    arrive_account(&hospital.pipeline, &context, None).await
}

/// Puts arrivals of now into the inbox, as the front desk does.
async fn submit(hospital: &Hospital, serial_numbers: &[&str]) {
    for serial_number in serial_numbers {
        let insert = "insert into etl.arrival_inbox (account, serial_number) values ('demo', $1)";
        hospital.database.client.execute(insert, &[serial_number]).await.unwrap();
    }
}

/// `serial_number state reason` of the inbox, in its order.
async fn inbox(hospital: &Hospital) -> Vec<String> {
    let query = "select concat_ws(' ', serial_number, state, reason) from etl.arrival_inbox order by inbox_id";
    hospital.database.lines(query).await
}

/// Whose arrival is in the warehouse, and whether the platform has confirmed it.
async fn kept(hospital: &Hospital) -> Vec<String> {
    let query = "select concat_ws(' ', arrival.serial_number, arrival.source, owed.state)
        from warehouse.arrivals as arrival
        join etl.outbox as owed on owed.key = arrival.serial_number and owed.kind = 'arrival'
        order by 1";
    hospital.database.lines(query).await
}

/// Whom the platform has been told of, in its order.
fn reported(hospital: &Hospital) -> Vec<String> {
    hospital.simulator.arrivals().into_iter().map(|arrival| arrival.serial_number).collect()
}

/// A time so long ago, as people write it.
async fn time_ago(hospital: &Hospital, interval: &str) -> String {
    let query =
        format!("select to_char(now() at time zone 'Asia/Shanghai' - interval '{interval}', 'YYYY-MM-DD HH24:MI:SS')");
    hospital.database.lines(&query).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_is_taken_once_and_reported_with_its_time() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    let time = time_ago(&hospital, "1 hour").await;
    let ended = arrive(&hospital, &["--serial-number", " A-1", "--arrived-at", &time]).expect(0);
    crate::support::assert_snapshot("arrive", &ended.stdout, &[]);
    let told = hospital.simulator.arrivals();
    assert_eq!((told.len(), told[0].serial_number.as_str()), (1, "A-1"));
    assert_eq!(told[0].arrive_date.as_deref(), Some(time.as_str()));
    assert_eq!(kept(&hospital).await, ["A-1 command done"]);

    // Again, with another time and by another way: the first one stays, and nobody is told.
    let again = arrive(&hospital, &["--serial-number", "A-1"]).expect(0);
    assert!(again.stdout.contains("not taken again: "), "{}", again.stdout);
    submit(&hospital, &["A-1"]).await;
    arrive(&hospital, &[]).expect(0);
    hospital.night(&[]).expect(0);
    assert_eq!(hospital.simulator.arrivals(), told);
    let kept_time = "select to_char(arrived_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')
        from warehouse.arrivals";
    assert_eq!(hospital.database.lines(kept_time).await, [time]);
    let states = ["A-1 taken", "A-1 repeated already_taken", "A-1 repeated already_taken"];
    assert_eq!(inbox(&hospital).await, states);

    // Without a time it is the time of taking that is told, not that of a call.
    arrive(&hospital, &["--serial-number", "A-2"]).expect(0);
    assert!(hospital.simulator.arrivals()[1].arrive_date.is_some());
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_that_is_not_taken_has_a_reason_and_holds_nobody_back() {
    let hospital = hospital(&["A-1", "A-2", "GONE", "LATE", "EARLY"]).await;
    submit(&hospital, &["A-1", "NOBODY", "GONE"]).await;
    let times = "insert into etl.arrival_inbox (account, serial_number, arrived_at, submitted_at) values
        ('demo', 'EARLY', now() + interval '8 hours', now()), ('demo', 'LATE', now() - interval '2 years', now()),
        ('demo', 'LOST', now() - interval '9 days', now() - interval '8 days'), ('other', 'A-2', now(), now())";
    hospital.database.client.batch_execute(times).await.unwrap();
    let ended = arrive(&hospital, &["--output", "json"]).expect(3);
    let account = &ended.json()["accounts"][0];
    for (name, expected) in
        [("taken", 1), ("repeated", 0), ("waiting", 1), ("refused", 4), ("confirmed", 1), ("pending", 0)]
    {
        assert_eq!(account[name], expected, "{name}: {account}");
    }
    let not_taken: Vec<String> = account["not_taken"].as_array().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(not_taken.len(), 5);
    assert_eq!(not_taken[0], r#"{"inbox_id":2,"line":null,"reason":"unknown_reservation","state":"waiting"}"#);
    let states = [
        "A-1 taken",
        "NOBODY open unknown_reservation",
        "GONE refused cancelled_reservation",
        "EARLY refused arrived_in_future",
        "LATE refused arrived_long_ago",
        "LOST refused unknown_reservation",
        // Another account's, and none of ours.
        "A-2 open",
    ];
    assert_eq!(inbox(&hospital).await, states);
    // Reservations that are not known are not named: what is mistyped may be anything.
    assert!(!format!("{ended:?}").contains("NOBODY"), "{ended:?}");
    assert_eq!(reported(&hospital), ["A-1"]);
    arrive(&hospital, &[]).expect(3);
    assert_eq!(inbox(&hospital).await, states);
    // The operator sees what waits, under a mistyped account, too.
    let status = hospital.command(&["status"]).expect(0).stdout;
    assert!(status.contains("arrivals in the inbox: 1 since 2"), "{status}");
    assert!(status.contains("arrivals refused in the last seven days: 4\n"), "{status}");
    assert!(status.contains("account other\n"), "{status}");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_takes_the_inbox_after_its_load() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    submit(&hospital, &["SAME-DAY", "A-1", "A-2"]).await;
    assert_eq!(arrive_with(&hospital, &|_| Ok(())).await.counts.waiting, 1);
    submit(&hospital, &["LATER"]).await;
    // The night brings who booked and came at once, and that A-2 is cancelled: too late for what is taken already.
    hospital.simulator.insert_records(vec![record("SAME-DAY", ""), record("A-2", r#""orderStatus":5"#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.arrivals.taken, report.arrivals.confirmed, report.arrivals.waiting), (1, 1, 1));
    assert_eq!(report.exit_code().status(), 3, "one waits");
    assert_eq!(reported(&hospital), ["A-1", "A-2", "SAME-DAY"]);
    assert_eq!(inbox(&hospital).await[0], "SAME-DAY taken");

    // And what a night brings is known before the inbox is taken.
    hospital.simulator.insert_records(vec![record("LATER", r#""orderStatus":5"#)]);
    assert_eq!(hospital.run_well().await.arrivals.refused, 1);
    assert_eq!(inbox(&hospital).await[3], "LATER refused cancelled_reservation");
    let quiet = hospital.run_well().await;
    assert_eq!((quiet.arrivals, quiet.exit_code().status()), (Default::default(), 0));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_is_written_as_the_pipeline_says() {
    let mut hospital = hospital(&["A-1", "A-2"]).await;
    for (serial_number, form, length) in [("A-1", "yyyy-MM-ddTHH:mm:ss+08:00", 25), ("A-2", "yyyy-MM-ddTHH:mm:ss", 19)]
    {
        hospital.redefine(|text| {
            let kept = text.lines().filter(|line| !line.starts_with("arrive_date_format"));
            let text: Vec<&str> = kept.collect();
            text.join("\n").replace("[platform]", &format!("[platform]\narrive_date_format = \"{form}\""))
        });
        arrive(&hospital, &["--serial-number", serial_number]).expect(0);
        let told = hospital.simulator.arrivals().pop().unwrap();
        let written = told.arrive_date.unwrap();
        assert!(told.serial_number == serial_number && written.len() == length && written.contains('T'), "{written}");
    }
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&hospital.pipeline_file, text.replace("yyyy-MM-ddTHH:mm:ss", "dd.MM.")).unwrap();
    let refused = arrive(&hospital, &[]).expect(2);
    assert!(refused.stderr.contains("platform.arrive_date_format"), "{}", refused.stderr);
    assert_eq!(hospital.calls(Endpoint::Arrival), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_persons_arrival_stays_and_old_rows_of_the_inbox_go() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    submit(&hospital, &["A-1", "A-2", "NOBODY"]).await;
    arrive(&hospital, &[]).expect(3);
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    crate::support::end_after_input(command, "11010519491231002X").expect(0);
    assert_eq!(kept(&hospital).await, ["A-1 inbox done", "A-2 inbox done"]);
    assert_eq!(inbox(&hospital).await, ["NOBODY open unknown_reservation"]);
    hospital.database.assert_sound().await;

    submit(&hospital, &["A-1", "A-2"]).await;
    arrive(&hospital, &[]).expect(3);
    let aged =
        "update etl.arrival_inbox set finished_at = finished_at - interval '401 days' where serial_number = 'A-1';
        update etl.arrival_inbox set submitted_at = now() - interval '6 days' where serial_number = 'NOBODY';
        update etl.deliveries set platform_at = now()";
    hospital.database.client.batch_execute(aged).await.unwrap();
    let retained = hospital.command(&["retain", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert!(retained.stdout.contains(", 1 row of the arrival inbox\n"), "{}", retained.stdout);
    assert_eq!(inbox(&hospital).await, ["NOBODY open unknown_reservation", "A-2 repeated already_taken"]);
    assert_eq!(kept(&hospital).await.len(), 2);
    // Nobody who came can come again because of it.
    arrive(&hospital, &["--serial-number", "A-1"]).expect(3);
    assert_eq!(reported(&hospital), ["A-1", "A-2"]);
    hospital.database.assert_sound().await;
}
