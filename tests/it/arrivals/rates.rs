//! The mart: who came, who did not, and how many of a day.

use crate::arrivals::{arrive, hospital, submit};
use crate::support::{Hospital, record};

/// What analysts read.
const RATES: &str = "select concat_ws('|', check_date - (now() at time zone 'Asia/Shanghai')::date, is_over, booked,
        coalesce(arrived::text, '-'), coalesce(no_shows::text, '-'), coalesce(arrival_rate::text, '-'))
    from mart.arrival_rates
    order by check_date, hospital_package_id";

/// So many days from today, by the hospital's clock.
async fn day(hospital: &Hospital, days: i32) -> String {
    let query = format!("select ((now() at time zone 'Asia/Shanghai')::date + {days})::text");
    hospital.database.lines(&query).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rates_are_those_of_who_booked_and_came() {
    let hospital = hospital(&[]).await;
    let [past, today, future] = [day(&hospital, -2).await, day(&hospital, 0).await, day(&hospital, 3).await];
    let on = |serial_number: &str, date: &str, status: u8| {
        record(serial_number, &format!(r#""checkDate":"{date}","orderStatus":{status}"#))
    };
    let mut records: Vec<String> = (1..=3).map(|number| on(&format!("P-{number}"), &past, 1)).collect();
    records.extend([on("P-4", &past, 5), on("T-1", &today, 1), on("T-2", &today, 1), on("F-1", &future, 1)]);
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    assert_eq!(
        hospital.database.lines(RATES).await,
        ["-2|t|3|-|-|-", "0|f|2|-|-|-", "3|f|1|-|-|-"],
        "where nobody is reported, it is unknown who came"
    );

    submit(&hospital, &["P-1", "P-2", "T-1", "F-1"]).await;
    arrive(&hospital, &[]).expect(0);
    let rates = ["-2|t|3|2|1|0.6667", "0|f|2|1|-|-", "3|f|1|1|-|-"];
    assert_eq!(hospital.database.lines(RATES).await, rates, "fresh without a night");
    hospital.database.assert_sound().await;
    hospital.run_well().await;
    assert_eq!(hospital.database.lines(RATES).await, rates);

    // Who came and is cancelled afterwards is out of both; who moves takes the arrival along.
    hospital.simulator.insert_records(vec![on("P-1", &past, 5), on("F-1", &past, 2)]);
    hospital.run_well().await;
    assert_eq!(hospital.database.lines(RATES).await, ["-2|t|3|2|1|0.6667", "0|f|2|1|-|-"]);
    hospital.database.assert_sound().await;

    let kept = "update warehouse.daily_volumes set arrived = 0 where order_status = '2'";
    assert_eq!(hospital.database.client.execute(kept, &[]).await.unwrap(), 1);
    assert_eq!(broken(&hospital).await, ["daily_volumes_are_those_of_the_history"]);
}

async fn broken(hospital: &Hospital) -> Vec<&'static str> {
    let audit = hospital.database.warehouse.audit().await.unwrap();
    audit.into_iter().filter(|check| check.violations > 0).map(|check| check.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_the_arrivals_finds_what_is_wrong() {
    let damages = [
        "delete from etl.outbox where kind = 'arrival'",
        "insert into etl.outbox (account, kind, key) values ('demo', 'arrival', 'A-2')",
        "update etl.arrival_inbox set serial_number = 'A-2'",
        "update warehouse.arrivals set serial_number = 'NOBODY'; update etl.outbox set key = 'NOBODY' where kind = 'arrival';
        update etl.arrival_inbox set serial_number = 'NOBODY'; update warehouse.daily_volumes set arrived = 0, arrivals_reported = false",
    ];
    for damage in damages {
        let hospital = hospital(&["A-1", "A-2"]).await;
        submit(&hospital, &["A-1"]).await;
        arrive(&hospital, &[]).expect(0);
        assert_eq!(broken(&hospital).await, [] as [&str; 0]);
        hospital.database.client.batch_execute(damage).await.unwrap();
        assert_eq!(broken(&hospital).await, ["arrivals_are_of_reservations_and_owed_once"], "{damage}");
    }
}
