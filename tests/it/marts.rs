//! The marts: what analysts ask, fresh after every night, equal to a full recomputation, and without anybody's name.

use std::collections::BTreeMap;

use tijian::simulator::GeneratorOptions;

mod answers;
mod first_load;
mod people;
mod questions;
mod story;

use story::asked;

use crate::support::{Hospital, record};

/// 02:00 in Hangzhou on 6 January 2026, and on the nights after it.
const NIGHTS: [i64; 3] = [1_767_636_000_000, 1_767_722_400_000, 1_767_808_800_000];

/// The volumes as one line per row.
const VOLUMES: &str = "select volumes::text from (
        select account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name,
            data_sources, order_status, reservations, people, fee_total
        from mart.daily_volumes
    ) as volumes
    order by 1";

async fn nights(hospital: &Hospital, nights: &[(i64, Vec<String>)]) {
    for (timestamp, records) in nights {
        hospital.simulator.set_timestamp(Some(*timestamp));
        hospital.simulator.insert_records(records.clone());
        hospital.run_well().await;
    }
}

/// Invariant: The volumes that analysts see are those of the history, and only touched dates are computed again.
/// Held by: dates marked in the load's transaction, unmarked in the refresh's.
#[tokio::test(flavor = "multi_thread")]
async fn volumes_stay_equal_to_a_full_recomputation_night_after_night() {
    let options = GeneratorOptions { reservations: 400, new_per_night: 20, changes: 0.3, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    for _ in 0..4 {
        hospital.run_well().await;
        let volumes = hospital.database.lines(VOLUMES).await;
        // From nothing, with the statements of the same name in sql/mart: a second account of the truth.
        let recomputed = hospital
            .database
            .lines(
                "select volumes::text from (
                    select account, check_date, hospital_code, max(hospital_name), hospital_package_id,
                        max(hospital_package_name), data_sources, order_status, count(*), count(distinct person_id),
                        sum(examination_fee)
                    from mart.reservations_current
                    group by account, check_date, hospital_code, hospital_package_id, data_sources, order_status
                ) as volumes
                order by 1",
            )
            .await;
        assert!(volumes.len() > 50, "{}", volumes.len());
        assert_eq!(volumes, recomputed);
        hospital.database.assert_sound().await;
        hospital.simulator.advance_night();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_several_reservations_counts_once_where_they_are_alike() {
    let hospital = Hospital::new().await;
    let (other, nobody) = (r#""idcard":"11010519491231010X""#, r#""idcard":null"#);
    let records = [
        ("A-1", r#""hospitalName":"甲""#),
        ("A-2", r#""hospitalName":"乙""#),
        ("A-3", other),
        ("A-4", nobody),
        ("A-5", nobody),
        ("A-6", r#""hospitalPackageId":null"#),
        ("A-7", r#""hospitalPackageId":null"#),
        ("A-8", r#""checkDate":"2026-02-20""#),
    ];
    let records = records.map(|(serial_number, changes)| record(serial_number, changes));
    nights(&hospital, &[(NIGHTS[0], records.to_vec())]).await;
    let volumes =
        "select concat_ws(' ', check_date, hospital_package_id is null, max(hospital_name), sum(reservations),
            sum(people)) from mart.daily_volumes group by check_date, hospital_package_id is null order by 1";
    let expected = ["2026-02-03 f 甲 5 2", "2026-02-03 t 体检中心 2 1", "2026-02-20 f 体检中心 1 1"];
    assert_eq!(hospital.database.lines(volumes).await, expected);
    hospital.database.assert_sound().await;
}

/// Invariant: The volumes that analysts see are those of the history, and only touched dates are computed again.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_touched_dates_are_made_anew() {
    let hospital = Hospital::new().await;
    let first = (1..=9).map(|day| record(&format!("A-{day}"), &format!(r#""checkDate":"2026-02-0{day}""#))).collect();
    nights(&hospital, &[(NIGHTS[0], first)]).await;
    let places = "select check_date || ' ' || xmin from warehouse.daily_volumes order by 1";
    let before = hospital.database.lines(places).await;
    let moved = record("A-3", r#""checkDate":"2026-02-07","orderStatus":2"#);
    nights(&hospital, &[(NIGHTS[1], vec![moved])]).await;
    let after = hospital.database.lines(places).await;
    let untouched: Vec<_> = before.iter().filter(|row| !row.contains("-03 ") && !row.contains("-07 ")).collect();
    assert_eq!(untouched.len(), 7);
    assert!(untouched.iter().all(|row| after.contains(row)), "{before:?} {after:?}");
    let remade: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert_eq!(remade.len(), 2, "the 3rd is gone, the 7th has two statuses: {remade:?}");
    assert!(remade.iter().all(|row| row.starts_with("2026-02-07 ")), "{remade:?}");
    hospital.run_well().await;
    assert_eq!(hospital.database.lines(places).await, after, "a night without changes remakes nothing");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_tell_date_and_fee_before_and_after() {
    let hospital = Hospital::new().await;
    nights(
        &hospital,
        &[
            (NIGHTS[0], vec![record("A-1", ""), record("B-1", r#""checkDate":"2026-01-20""#)]),
            (NIGHTS[1], vec![record("A-1", r#""checkDate":"2026-02-10","orderStatus":2"#)]),
            (
                NIGHTS[2],
                vec![
                    record("A-1", r#""checkDate":"2026-02-10","orderStatus":2,"examinationFee":100.50"#),
                    record("B-1", r#""checkDate":"2026-01-20","orderStatus":5"#),
                ],
            ),
        ],
    )
    .await;
    let arrival = "insert into warehouse.arrivals (account, serial_number, arrived_at, source)
            values ('demo', 'A-1', '2026-02-10 08:00+08', 'command');
        insert into etl.outbox (account, kind, key) values ('demo', 'arrival', 'A-1');
        insert into etl.stale_check_dates (account, check_date) values ('demo', '2026-02-10')";
    hospital.database.client.batch_execute(arrival).await.unwrap();
    let events = hospital
        .database
        .lines(
            "select concat_ws('|', serial_number, event, event_zh, coalesce(check_date_before::text, '-'),
                check_date_after, coalesce(days_moved::text, '-'), coalesce(fee_before::text, '-'), fee_after,
                coalesce(fee_change::text, '-'))
            from mart.reservation_events
            order by serial_number, event_at",
        )
        .await;
    assert_eq!(
        events,
        [
            "A-1|booked|新预约|-|2026-02-03|-|-|2881.00|-",
            "A-1|rescheduled|改期|2026-02-03|2026-02-10|7|2881.00|2881.00|0.00",
            "A-1|amended|信息变更|2026-02-10|2026-02-10|0|2881.00|100.50|-2780.50",
            "A-1|arrived|到检|2026-02-10|2026-02-10|0|100.50|100.50|0.00",
            "B-1|booked|新预约|-|2026-01-20|-|-|2881.00|-",
            "B-1|cancelled|取消|2026-01-20|2026-01-20|0|2881.00|2881.00|0.00",
        ]
    );
    let reschedules = hospital
        .database
        .lines(
            "select concat_ws('|', rescheduled_date, check_date_before, check_date_after, days_moved, reschedules)
            from mart.reschedules",
        )
        .await;
    assert_eq!(reschedules, ["2026-01-07|2026-02-03|2026-02-10|7|1"]);
    let cancellations = hospital
        .database
        .lines(
            "select concat_ws('|', cancelled_date, check_date, days_before_check, cancellations, fee_total)
            from mart.cancellations",
        )
        .await;
    assert_eq!(cancellations, ["2026-01-08|2026-01-20|12|1|2881.00"]);
    let pace = hospital
        .database
        .lines(
            "select concat_ws('|', check_date, coalesce(lead_days::text, '-'), is_backlog, reservations, cancelled)
            from mart.booking_pace
            order by 1",
        )
        .await;
    assert_eq!(pace, ["2026-01-20|-|t|1|1", "2026-02-10|-|t|1|0"], "both came with the first load");
    let current = hospital
        .database
        .lines(
            "select concat_ws('|', serial_number, version, order_status_zh, order_status_en, sex_zh, married_zh,
                is_pregnant_zh, card_type_zh, age_years, change_zh, arrived_at at time zone 'Asia/Shanghai')
            from mart.reservations_current
            order by 1",
        )
        .await;
    assert_eq!(
        current,
        [
            "A-1|3|已改期|rescheduled|女|未婚|未怀孕|身份证|76|信息变更|2026-02-10 08:00:00",
            "B-1|2|已取消|cancelled|女|未婚|未怀孕|身份证|76|取消",
        ]
    );
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn add_ons_are_split_and_paired_by_position() {
    let hospital = Hospital::new().await;
    let add_ons = |serial: &str, codes: &str, names: &str| {
        record(serial, &format!(r#""addCombinationId":"{codes}","addCombinationName":"{names}""#))
    };
    let records = vec![
        add_ons("A-1", "A1,A2", "甲,乙"),
        add_ons("A-2", " A2 ，A3,A2", "乙，丙,乙"),
        add_ons("A-3", "A1,A4", "甲"),
        add_ons("A-4", "", ""),
        record("A-5", r#""orderStatus":5"#),
    ];
    nights(&hospital, &[(NIGHTS[0], records)]).await;
    let uptake = hospital
        .database
        .lines(
            "select concat_ws('|', add_on_id, coalesce(add_on_name, '-'), reservations)
            from mart.add_on_uptake
            order by 1",
        )
        .await;
    assert_eq!(uptake, ["A1|甲|2", "A2|乙|2", "A3|丙|1", "A4|-|1"]);
    let mix = hospital
        .database
        .lines("select concat_ws('|', hospital_package_id, reservations, share_of_day) from mart.package_mix")
        .await;
    assert_eq!(mix, ["RM16|4|1.0000"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_of_a_past_moment_are_those_that_were_shown_then() {
    let options = GeneratorOptions { reservations: 200, new_per_night: 20, changes: 0.4, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for _ in 0..3 {
        hospital.run_well().await;
        let known = hospital.database.lines("select max(valid_from)::text from warehouse.reservation_versions").await;
        shown.insert(known[0].clone(), hospital.database.lines(VOLUMES).await);
        hospital.simulator.advance_night();
    }
    assert_eq!(shown.len(), 3);
    for (moment, volumes) in shown {
        let as_of = format!(
            "select volumes::text
            from mart.daily_volumes_as_of('{moment}', '2000-01-01', '2099-12-31') as volumes
            order by 1"
        );
        assert_eq!(hospital.database.lines(&as_of).await, volumes, "{moment}");
    }
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_tells_its_quality_by_rule() {
    let hospital = Hospital::new().await;
    let records = vec![
        record("A-1", ""),
        record("A-2", r#""idcard":"110105194912310021""#),
        record("BAD-1", r#""checkDate":"2026-02-30","sexCode":9"#),
        record("BAD-2", r#""sexCode":9"#),
    ];
    nights(&hospital, &[(NIGHTS[0], records)]).await;
    let quality = "select concat_ws('|', received, accepted, rejected, opened, warned) from mart.load_quality";
    assert_eq!(hospital.database.lines(quality).await, ["4|2|2|2|1"]);
    let by_rule = hospital
        .database
        .lines("select concat_ws('|', field, rule, is_rejecting, records) from mart.load_quality_by_rule order by 1")
        .await;
    assert_eq!(by_rule, ["checkDate|calendar_date|t|1", "idcard|identity_check_digit|f|1", "sexCode|dictionary|t|2"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_codes_follow_the_contract() {
    let mut hospital = Hospital::new().await;
    nights(&hospital, &[(NIGHTS[0], vec![record("A-1", "")])]).await;
    hospital.redefine_contract(|text| text.replace("zh = \"已预约\"", "zh = \"已约\""));
    hospital.run_well().await;
    let status = "select distinct order_status_zh from mart.daily_volumes";
    assert_eq!(hospital.database.lines(status).await, ["已约"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_have_the_contracts_words_and_ages_their_bands() {
    let hospital = Hospital::new().await;
    let ages = [
        ("A-00", r#""birthdate":"2026-02-03""#),
        ("A-17", r#""birthdate":"2008-02-04""#),
        ("A-18", r#""birthdate":"2008-02-03""#),
        ("A-29", r#""birthdate":"1996-02-04""#),
        ("A-30", r#""birthdate":"1996-02-03","payType":1,"orderStatus":2"#),
        ("A-40", r#""birthdate":"1986-02-03","payType":7,"orderStatus":5"#),
        ("A-50", r#""birthdate":"1976-02-03""#),
        ("A-60", r#""birthdate":"1966-02-03""#),
        ("A-69", r#""birthdate":"1956-02-04","payType":null"#),
        ("A-70", r#""birthdate":"1956-02-03""#),
        ("A-XX", r#""birthdate":null"#),
        ("A-YY", r#""birthdate":"2026-03-01""#),
    ];
    let records = ages.map(|(serial_number, changes)| record(serial_number, changes)).to_vec();
    nights(&hospital, &[(NIGHTS[0], records)]).await;
    let current = "select concat_ws('|', serial_number, coalesce(age_years::text, '-'), coalesce(age_band, '-'),
            coalesce(pay_type_zh, '-'), coalesce(pay_type_en, '-'), order_status_zh, coalesce(data_sources_zh, '-'))
        from mart.reservations_current";
    assert_eq!(
        asked(&hospital, current).await,
        [
            "A-00|0|0-17|未说明|not stated|已预约|-",
            "A-17|17|0-17|未说明|not stated|已预约|-",
            "A-18|18|18-29|未说明|not stated|已预约|-",
            "A-29|29|18-29|未说明|not stated|已预约|-",
            "A-30|30|30-39|支付宝|Alipay|已改期|-",
            "A-40|40|40-49|-|-|已取消|-",
            "A-50|50|50-59|未说明|not stated|已预约|-",
            "A-60|60|60-69|未说明|not stated|已预约|-",
            "A-69|69|60-69|-|-|已预约|-",
            "A-70|70|70+|未说明|not stated|已预约|-",
            "A-XX|-|-|未说明|not stated|已预约|-",
            "A-YY|0|0-17|未说明|not stated|已预约|-",
        ]
    );
    let bands = "select concat_ws(' ', years, coalesce(mart.age_band(years), '-')) from unnest(
            array[-1, 0, 17, 18, 29, 30, 39, 40, 49, 50, 59, 60, 69, 70, 120]) as years";
    let expected = [
        "-1 -", "0 0-17", "17 0-17", "18 18-29", "29 18-29", "30 30-39", "39 30-39", "40 40-49", "49 40-49",
        "50 50-59", "59 50-59", "60 60-69", "69 60-69", "70 70+", "120 70+",
    ];
    assert_eq!(hospital.database.lines(bands).await, expected);
    let reported = "select concat_ws(' ', field, rule, is_rejecting::text, records) from mart.load_quality_by_rule
        where field = 'payType'";
    assert_eq!(
        asked(&hospital, reported).await,
        ["payType dictionary false 1"],
        "an unknown code loads, and is reported"
    );
    // A contract that names the channels gives them their words.
    let named = "insert into mart.code_labels values ('demo', 'data_sources', '益往健康', '益往', 'Yiwang')";
    hospital.database.client.batch_execute(named).await.unwrap();
    let channels = "select distinct data_sources_zh || ' ' || data_sources_en from mart.reservations_current";
    assert_eq!(asked(&hospital, channels).await, ["益往 Yiwang"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_the_volumes_finds_what_is_wrong() {
    for damage in [
        "update warehouse.daily_volumes set fee_total = fee_total + 0.01
            where check_date = (select min(check_date) from warehouse.daily_volumes)",
        "delete from warehouse.daily_volumes
            where check_date = (select min(check_date) from warehouse.daily_volumes)",
        // Once more, whether or not it has a package and a source.
        "insert into warehouse.daily_volumes select * from warehouse.daily_volumes
            where hospital_package_id is not null and data_sources is not null limit 1",
        "insert into warehouse.daily_volumes select * from warehouse.daily_volumes
            where hospital_package_id is null and data_sources is null limit 1",
    ] {
        let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 50, ..Default::default() }).await;
        hospital.simulator.insert_records(vec![record("A-1", r#""hospitalPackageId":null,"dataSources":null"#)]);
        hospital.run_well().await;
        hospital.database.assert_sound().await;
        assert!(hospital.database.client.execute(damage, &[]).await.unwrap() > 0, "{damage}");
        let audit = hospital.database.warehouse.audit().await.unwrap();
        let broken: Vec<&str> = audit.iter().filter(|check| check.violations > 0).map(|check| check.name).collect();
        assert_eq!(broken, ["daily_volumes_are_those_of_the_history"], "{damage}");
    }
}
