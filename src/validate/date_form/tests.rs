//! Claims about dates in other forms: which are read, which are refused, and summer time.

use serde_json::json;

use super::*;
use crate::reservation::Severity;
use crate::validate::fixture::{accepted, contract, contract_with, problems, record_with};

/// What is read of this JSON, for a birth date.
fn born(json: &str) -> Option<String> {
    day(Field::Birthdate, json)
}

/// By the whole way: the day that is kept, where nothing but its form is wrong.
fn day(field: Field, json: &str) -> Option<String> {
    let record = record_with(field.name(), json!("MARK")).replace("\"MARK\"", json);
    let rules: Vec<_> = problems(&record, &contract()).into_iter().map(|(field, rule, _)| (field, rule)).collect();
    if rules != [(field.name(), "form")] {
        let is_named = matches!(rules[..], [(name, "calendar_date" | "type")] if name == field.name());
        assert!(is_named, "{json}: {rules:?}");
        return None;
    }
    let reservation = accepted(&record, &contract_with(Severity::Warn));
    let day = if field == Field::CheckDate { Some(reservation.check_date) } else { reservation.birthdate };
    Some(day.unwrap().to_string())
}

/// Milliseconds of that moment.
fn milliseconds(utc: &str) -> String {
    utc.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_millis().to_string()
}

#[test]
fn one_day_in_many_forms() {
    for json in [
        r#""2026-12-06 00:00:00""#,
        r#""2026-12-06T00:00:00""#,
        r#""2026-12-06 00:00:00.0""#,
        r#""2026-12-06T00:00:00.000""#,
        r#""2026-12-06T00:00:00.000000000""#,
        r#""2026-12-06T00:00""#,
        r#""2026-12-6 0:00:00""#,
        r#""2026-12-05T16:00:00Z""#,
        r#""2026-12-05T16:00:00.000Z""#,
        r#""2026-12-05T16:00:00.000+0000""#,
        r#""2026-12-05T16:00:00.000+00:00""#,
        r#""2026-12-05T11:00:00-05:00""#,
        r#""2026-12-05T21:30:00+05:30""#,
        r#""2026-12-06T00:00:00+08:00""#,
        r#""2026-12-06T00:00:00.000+0800""#,
        r#""2026-12-06 00:00:00+08""#,
        r#""2026/12/06""#,
        r#""2026/12/06 00:00:00""#,
        r#""2026/12/6""#,
        r#""2026-12-6""#,
        r#""2026.12.06""#,
        r#""2026年12月06日""#,
        r#""2026年12月6日 00:00:00""#,
        r#""20261206""#,
        r#""20261206000000""#,
        "20261206",
        "20261206.0",
        "20261206000000",
        "1796486400000",
        "1.7964864E12",
        r#""1796486400000""#,
        "[2026,12,6]",
        "[2026, 12, 6, 0, 0]",
        r#"" 2026-12-06 ""#,
        r#""2026-12-06          ""#,
    ] {
        for field in [Field::CheckDate, Field::Birthdate] {
            assert_eq!(day(field, json).as_deref(), Some("2026-12-06"), "{field}: {json}");
        }
    }
}

#[test]
fn what_may_be_another_day_or_has_a_time_is_refused() {
    for json in [
        // A time of the day, or midnight elsewhere.
        r#""2026-12-06 08:30:00""#,
        r#""2026-12-06 00:30:00""#,
        r#""2026-12-06 00:00:01""#,
        r#""2026-12-06 00:00:00.001""#,
        r#""2026-12-06T24:00:00""#,
        r#""2026-12-06T00:00:00Z""#,
        r#""2026-12-05T16:00:01Z""#,
        r#""2026-12-06T00:00:00+09:00""#,
        r#""2026-12-05T16:00:00.500Z""#,
        r#""1988-06-04 23:00:00""#,
        "1796486400001",
        "1796482800000",
        "[2026,12,6,8,30]",
        // More than one order, or only half a year.
        r#""06/12/2026""#,
        r#""12/06/2026""#,
        r#""26-12-06""#,
        r#""06-12-2026""#,
        r#""2026-12/06""#,
        // A count of days or seconds.
        "46362",
        r#""46362""#,
        "46362.0",
        "1796486400",
        r#""1796486400""#,
        // No day of the calendar, or of a person.
        r#""2026-02-29 00:00:00""#,
        r#""2026/13/01""#,
        r#""2026/00/10""#,
        "20260229",
        "20261301",
        "18991231",
        "22000101",
        r#""1899/12/31""#,
        r#""2200/1/1""#,
        "[2026,2,29]",
        "-2209104000000",
        "7258089600000",
        "20261206083000",
        "20260229000000",
        // Half of a form, or more than one.
        r#""2026-12""#,
        r#""2026-12-""#,
        r#""2026-12-006""#,
        r#""02026-12-06""#,
        r#""2026-12-06T""#,
        r#""2026-12-06T00""#,
        r#""2026-12-06 00:0:00""#,
        r#""2026-12-06 000:00:00""#,
        r#""2026-12-06 00:00:000""#,
        r#""2026-12-06 00:00:00:00""#,
        r#""2026-12-06 00:00:00.""#,
        r#""2026-12-06 00:00:00.x""#,
        r#""2026-12-06 00:00:00 +0800""#,
        r#""2026-12-06  00:00:00""#,
        r#""2026-12-06t00:00:00""#,
        r#""2026年12月06""#,
        r#""2026-12-06日""#,
        r#""+20261206""#,
        r#""--20261206""#,
        r#""2026-12-05T16:00:00ZZ""#,
        r#""2026-12-05T16:00:00+""#,
        r#""2026-12-06T00:00:00+8""#,
        r#""2026-12-06T00:00:00+8:00""#,
        r#""2026-12-06T00:00:00+080""#,
        r#""2026-12-06T00:00:00+08:""#,
        r#""2026-12-06T00:00:00+08000""#,
        r#""2026-12-06T00:00:00+32:00""#,
        r#""2026-12-06T00:00:00+07:60""#,
        r#""2026-12-06T00:00:00+体检""#,
        r#""2026-12-06T00:00:00-08:00""#,
        r#""２０２６-12-06""#,
        r#""２０２６1206""#,
        r#""Dec 6, 2026 12:00:00 AM""#,
        r#""Sun Dec 06 00:00:00 CST 2026""#,
        r#""today""#,
        r#""\t2026-12-06""#,
        r#""  ""#,
        "[2026,12]",
        "[2026,12,6.0]",
        "[[2026,12,6]]",
        r#"{"year":2026,"month":12,"day":6}"#,
        "true",
        "-1",
        "0.5",
        "9223372036854775807",
        r#""9223372036854775807""#,
        r#""-9223372036854775808""#,
        r#""99999999999999999999""#,
    ] {
        for field in [Field::CheckDate, Field::Birthdate] {
            assert_eq!(day(field, json), None, "{field}: {json}");
        }
    }
}

#[test]
fn milliseconds_are_days_before_1970_too() {
    assert_eq!(born("-631267200000").as_deref(), Some("1949-12-31"));
    assert_eq!(born("\"-631267200000\"").as_deref(), Some("1949-12-31"));
    assert_eq!(born("-28800000").as_deref(), Some("1970-01-01"));
    assert_eq!(born(&milliseconds("1899-12-31T16:00:00Z")).as_deref(), Some("1900-01-01"));
    assert_eq!(born(&milliseconds("2199-12-30T16:00:00Z")).as_deref(), Some("2199-12-31"));
}

#[test]
fn a_midnight_in_summer_time_is_a_midnight() {
    for (utc, expected) in [
        // With summer time, and by a clock that has none.
        ("1988-06-04T15:00:00Z", Some("1988-06-05")),
        ("1988-06-04T16:00:00Z", Some("1988-06-05")),
        // 23:00 the day before.
        ("1988-01-04T15:00:00Z", None),
        ("1992-06-04T15:00:00Z", None),
        ("1985-06-04T15:00:00Z", None),
        ("1975-06-04T15:00:00Z", None),
    ] {
        assert_eq!(born(&milliseconds(utc)).as_deref(), expected, "{utc}");
        assert_eq!(born(&format!("\"{utc}\"")).as_deref(), expected, "{utc}");
    }
    assert_eq!(born("\"1988-06-05T00:00:00.000+0900\"").as_deref(), Some("1988-06-05"));
    assert_eq!(born("\"1988-06-05 00:00:00\"").as_deref(), Some("1988-06-05"));
}

#[test]
fn every_summer_time_begins_and_ends_as_the_time_zone_database_has_it() {
    let is_read = |day: NaiveDate| {
        let moment = day.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - 9 * 3_600_000;
        midnight_in_shanghai(moment).inspect(|read| assert_eq!(*read, day)).is_some()
    };
    let days = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap().iter_days();
    let days = days.take_while(|day| day.year() < 2030).collect::<Vec<_>>();
    let turns = days.windows(2).filter(|pair| is_read(pair[0]) != is_read(pair[1]));
    let turns: Vec<String> = turns.map(|pair| pair[1].to_string()).collect();
    assert_eq!(
        turns.chunks(2).map(|turns| turns.join(" ")).collect::<Vec<_>>(),
        [
            "1919-04-14 1919-10-01",
            "1940-06-02 1940-10-13",
            "1941-03-16 1941-11-02",
            "1942-02-01 1945-09-02",
            "1946-05-16 1946-10-01",
            "1947-04-16 1947-11-01",
            "1948-05-02 1948-10-01",
            "1949-05-02 1949-05-28",
            "1986-05-05 1986-09-15",
            "1987-04-13 1987-09-14",
            "1988-04-11 1988-09-12",
            "1989-04-17 1989-09-18",
            "1990-04-16 1990-09-17",
            "1991-04-15 1991-09-16",
        ]
    );
}

#[test]
fn what_may_be_seconds_is_no_appointment() {
    // In seconds 2023-11-06, in milliseconds 1970-01-21.
    assert_eq!(day(Field::CheckDate, "1699200000"), None);
    assert_eq!(born("1699200000").as_deref(), Some("1970-01-21"));
}

/// Days of 1976 in milliseconds that are a minute of another year in `yyyyMMddHHmm`, too. No other day is.
const TWO_READINGS: [(&str, i64); 9] = [
    ("1976-02-04", 192_211_200_000),
    ("1976-02-19", 193_507_200_000),
    ("1976-03-05", 194_803_200_000),
    ("1976-06-08", 203_011_200_000),
    ("1976-06-23", 204_307_200_000),
    ("1976-07-08", 205_603_200_000),
    ("1976-10-11", 213_811_200_000),
    ("1976-10-26", 215_107_200_000),
    ("1976-11-10", 216_403_200_000),
];

#[test]
fn what_may_be_a_day_of_1976_or_a_minute_of_another_year_is_refused() {
    for (day, number) in TWO_READINGS {
        assert_eq!(midnight_in_shanghai(number).map(|day| day.to_string()).as_deref(), Some(day));
        for json in [number.to_string(), format!("\"{number}\"")] {
            assert_eq!(born(&json), None, "{json}");
            assert_eq!(super::tests::day(Field::CheckDate, &json), None, "{json}");
        }
    }
    for (number, expected) in [
        (203_011_202_359, true),
        (203_011_200_000, true),
        (203_011_202_400, false),
        (203_011_202_360, false),
        (203_011_310_000, false),
        (203_013_200_000, false),
        (190_001_010_000, true),
        (189_912_312_359, false),
        (219_912_312_359, true),
        (220_001_010_000, false),
        (-203_011_200_000, false),
        (20_301_120, false),
    ] {
        assert_eq!(is_minute(number), expected, "{number}");
    }
}

#[test]
fn the_milliseconds_that_may_be_seconds_are_one_winters() {
    let days = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap().iter_days().take_while(|day| day.year() < 2200);
    let milliseconds = |day: &NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - 8 * 3_600_000;
    let unclear: Vec<NaiveDate> =
        days.filter(|day| midnight_in_shanghai(milliseconds(day) * 1_000).is_some()).collect();
    let ends = [unclear[0], unclear[unclear.len() - 1]].map(|day| day.to_string());
    assert_eq!((unclear.len(), ends), (110, ["1969-12-07".to_owned(), "1970-03-26".to_owned()]));
    assert!(unclear.iter().all(|day| born(&milliseconds(day).to_string()) == Some(day.to_string())));
}

#[test]
fn every_midnight_of_the_years_is_its_day_in_every_form() {
    let mut day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();
    while day.year() < 2200 {
        let utc = day.and_time(NaiveTime::MIN).and_utc();
        let text = |text: String| from_text(Field::Birthdate, &text);
        let number = |number: i64| from_number(Field::Birthdate, number);
        let has_two_readings = || TWO_READINGS.iter().any(|(unclear, _)| *unclear == day.to_string());
        let read = number(utc.timestamp_millis() - 8 * 3_600_000);
        assert_eq!(read.or_else(|| has_two_readings().then_some(day)), Some(day));
        // Every eleventh day is a day of each month and a leap day, too.
        if day.num_days_from_ce() % 11 == 0 {
            for read in [
                number(day.format("%Y%m%d").to_string().parse().unwrap()),
                number(day.format("%Y%m%d000000").to_string().parse().unwrap()),
                text(day.format("%Y/%-m/%-d").to_string()),
                text(day.format("%Y-%m-%dT00:00:00+08:00").to_string()),
            ] {
                assert_eq!(read, Some(day));
            }
        }
        day = day + chrono::Days::new(1);
    }
}
