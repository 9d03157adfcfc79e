//! Persons in the marts: who comes back, who books again, how old they are, and what nobody may see; and the calendar.

use super::story::asked;
use super::{NIGHTS, nights};
use crate::support::{Hospital, record};

const PERSONS: [&str; 3] = ["11010519491231002X", "11010519491231010X", "110105194912310290"];

fn of(person: usize, serial_number: &str, check_date: &str, status: u8, more: &str) -> String {
    let idcard = PERSONS[person];
    record(serial_number, &format!(r#""idcard":"{idcard}","checkDate":"{check_date}","orderStatus":{status}{more}"#))
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_count_by_person_and_cancelled_people_who_book_again_are_found() {
    let hospital = Hospital::new().await;
    let nobody = record("V-7", r#""idcard":null"#);
    nights(
        &hospital,
        &[
            (
                NIGHTS[0],
                vec![
                    of(0, "V-1", "2026-01-20", 1, ""),
                    of(1, "V-2", "2026-01-20", 1, ""),
                    // When this one was cancelled, nobody knows, nor whether V-2 was booked before or after that.
                    of(1, "V-0", "2026-01-19", 5, ""),
                    nobody,
                ],
            ),
            // Cancelled and booked again in one night.
            (NIGHTS[1], vec![of(0, "V-1", "2026-01-20", 5, ""), of(0, "V-3", "2026-02-10", 1, "")]),
            (NIGHTS[2], vec![of(1, "V-4", "2026-03-05", 1, ""), of(2, "V-5", "2026-02-05", 5, "")]),
            (
                NIGHTS[2] + 86_400_000,
                vec![
                    of(0, "V-6", "2026-02-01", 1, ""),
                    of(0, "V-1", "2026-01-20", 5, r#","examinationFee":10.00"#),
                    of(1, "V-8", "2026-03-05", 5, ""),
                ],
            ),
        ],
    )
    .await;
    let visits =
        "select concat_ws('|', serial_number, coalesce(visit_number::text, '-'), coalesce(is_returning::text, '-'),
            coalesce(previous_check_date::text, '-'), coalesce(is_rebooking::text, '-'), coalesce(cancelled_date::text, '-'),
            coalesce(rebooked_date::text, '-'), was_rebooked::text)
        from mart.person_visits";
    assert_eq!(
        asked(&hospital, visits).await,
        [
            "V-0|-|-|-|-|-|2026-01-08|true",
            "V-1|-|-|-|-|2026-01-07|2026-01-07|true",
            "V-2|1|false|-|-|-|-|false",
            "V-3|2|true|2026-02-01|true|-|-|false",
            "V-4|2|true|2026-01-20|true|-|-|false",
            "V-5|-|-|-|false|2026-01-08|-|false",
            "V-6|1|false|-|true|-|-|false",
            "V-8|-|-|2026-03-05|true|2026-01-09|-|false",
        ],
        "V-7 is nobody's; V-1 was amended after its cancellation, which stays where it was; V-0 is known to be cancelled, but not since when"
    );
    let persons = "select count(distinct person_id)::text from mart.person_visits";
    assert_eq!(asked(&hospital, persons).await, ["3"]);
}

/// Invariant: No aggregate shows a cell of fewer people than the owner allows.
/// Held by: `mart.privacy`, which every such view reads.
#[tokio::test(flavor = "multi_thread")]
async fn cells_of_few_people_are_hidden_as_the_owner_says() {
    let hospital = Hospital::new().await;
    let person = |serial_number: &str, number: usize, sex: u8, status: u8| {
        let changes = format!(
            r#""idcard":"1101051949123100{number:02}","sexCode":{sex},"birthdate":"1980-05-05","orderStatus":{status}"#
        );
        record(serial_number, &changes)
    };
    let mut records: Vec<String> = (1..=5).map(|number| person(&format!("F-{number}"), number, 2, 1)).collect();
    records.push(person("F-6", 5, 2, 2));
    records.push(person("F-7", 17, 2, 5));
    records.extend((1..=4).map(|number| person(&format!("M-{number}"), 10 + number, 1, 1)));
    nights(&hospital, &[(NIGHTS[0], records)]).await;
    let cells = "select concat_ws('|', check_month, hospital_code, age_band, sex_zh, sex_en,
            coalesce(reservations::text, '-'), coalesce(people::text, '-'), is_suppressed::text)
        from mart.demographics";
    let women = "2026-02-01|100637|40-49|女|female|6|5|false";
    assert_eq!(asked(&hospital, cells).await, [women, "2026-02-01|100637|40-49|男|male|-|-|true"]);
    let allow = |min_cell: i32| format!("update mart.privacy set min_cell = {min_cell}");
    hospital.database.client.batch_execute(&allow(4)).await.unwrap();
    assert_eq!(asked(&hospital, cells).await, [women, "2026-02-01|100637|40-49|男|male|4|4|false"]);
    hospital.database.client.batch_execute(&allow(6)).await.unwrap();
    assert!(asked(&hospital, cells).await.iter().all(|cell| cell.ends_with("|-|-|true")));
    assert!(hospital.database.client.batch_execute(&allow(0)).await.is_err());
    assert!(hospital.database.client.batch_execute("insert into mart.privacy values (1)").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_are_seen_by_those_names_only_that_the_owner_has_released() {
    let hospital = Hospital::new().await;
    let extra = |campaign: &str| format!(r#""campaign":"{campaign}","contactName":"李四","level":{{"of":2}}"#);
    nights(
        &hospital,
        &[
            (NIGHTS[0], vec![record("A-1", &extra("spring")), record("A-2", "")]),
            (NIGHTS[1], vec![record("A-1", &extra("summer"))]),
        ],
    )
    .await;
    let unknown = "select concat_ws('|', account, serial_number, version, field, value) from mart.unknown_fields";
    assert_eq!(asked(&hospital, unknown).await, [""; 0]);
    let release = "insert into mart.released_fields values ('campaign'), ('level')";
    hospital.database.client.batch_execute(release).await.unwrap();
    assert_eq!(
        asked(&hospital, unknown).await,
        [
            "demo|A-1|1|campaign|spring",
            r#"demo|A-1|1|level|{"of": 2}"#,
            "demo|A-1|2|campaign|summer",
            r#"demo|A-1|2|level|{"of": 2}"#
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_has_every_day_and_what_the_hospital_says_of_it() {
    let hospital = Hospital::new().await;
    let days = "select count(*)::text from mart.calendar_days";
    assert_eq!(asked(&hospital, days).await, ["0"], "of an empty warehouse");
    nights(&hospital, &[(NIGHTS[0], vec![record("A-1", "")])]).await;
    assert_eq!(asked(&hospital, days).await, ["365"]);
    let weekend = "select string_agg(day::text, ' ' order by day) from mart.calendar_days
        where month = '2026-02-01' and not is_workday";
    let before = "2026-02-01 2026-02-07 2026-02-08 2026-02-14 2026-02-15 2026-02-21 2026-02-22 2026-02-28";
    assert_eq!(asked(&hospital, weekend).await, [before]);

    let notice = include_str!("../../../deploy/calendar-2026.sql");
    for _ in 0..2 {
        hospital.database.client.batch_execute(notice).await.unwrap();
    }
    let totals = "select concat_ws(' ', count(*) filter (where is_holiday), count(*) filter (where is_makeup_workday),
            count(*) filter (where is_workday), count(*))
        from mart.calendar_days";
    // 261 weekdays; the notice takes 33 days, 14 of them at weekends, and makes six weekend days workdays.
    assert_eq!(asked(&hospital, totals).await, ["33 6 248 365"]);
    let told = "select concat_ws(' ', day, weekday_zh, weekday_en, iso_year, iso_week, weekday, is_workday::text, holiday)
        from mart.calendar_days
        where day in ('2026-01-01', '2026-01-04', '2026-02-14', '2026-02-23', '2026-02-24', '2026-10-01', '2026-12-31')";
    assert_eq!(
        asked(&hospital, told).await,
        [
            "2026-01-01 周四 Thursday 2026 1 4 false 元旦",
            "2026-01-04 周日 Sunday 2026 1 7 true 元旦",
            "2026-02-14 周六 Saturday 2026 7 6 true 春节",
            "2026-02-23 周一 Monday 2026 9 1 false 春节",
            "2026-02-24 周二 Tuesday 2026 9 2 true",
            "2026-10-01 周四 Thursday 2026 40 4 false 国庆节",
            "2026-12-31 周四 Thursday 2026 53 4 true",
        ]
    );
}
