//! A story whose answers are worked out here, not by the program: a backlog, hospitals that report nobody, reinstatements
//! and cancellations that move the date, and nights around midnight in Beijing.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};

use super::nights;
use crate::support::{Hospital, record};

/// A state as the platform tells it.
#[derive(Clone, Copy)]
pub struct Told {
    pub serial_number: &'static str,
    pub hospital: &'static str,
    pub check_date: &'static str,
    pub status: u8,
}

/// One version of a reservation, as it must be.
pub struct Version {
    pub at: DateTime<Utc>,
    pub night: usize,
    pub event: &'static str,
    pub told: Told,
    pub check_date: NaiveDate,
    pub before: Option<NaiveDate>,
}

const fn told(serial_number: &'static str, hospital: &'static str, check_date: &'static str, status: u8) -> Told {
    Told { serial_number, hospital, check_date, status }
}

/// The nights, in UTC. The second and the fourth begin after midnight in Beijing, the third ends before it.
pub const STORY: [(&str, &[Told]); 4] = [
    (
        "2026-01-05T18:00:00Z",
        &[
            told("B-1", "H1", "2026-02-10", 1),
            told("B-2", "H1", "2025-11-20", 1),
            told("B-3", "H2", "2025-11-20", 1),
            told("B-4", "H1", "2025-11-20", 1),
            told("B-5", "H2", "2026-02-01", 5),
        ],
    ),
    ("2026-01-06T16:30:00Z", &[told("N-1", "H1", "2026-02-03", 1), told("N-2", "H2", "2026-01-10", 1)]),
    (
        "2026-01-07T15:30:00Z",
        &[
            told("N-3", "H2", "2026-01-10", 1),
            told("B-1", "H1", "2026-02-20", 5),
            told("N-1", "H1", "2026-02-10", 2),
            told("B-4", "H1", "2025-11-20", 5),
        ],
    ),
    (
        "2026-01-08T16:10:00Z",
        &[
            told("B-1", "H1", "2026-03-01", 1),
            told("N-2", "H2", "2026-01-10", 2),
            told("N-1", "H1", "2026-02-10", 5),
            told("B-5", "H2", "2026-01-31", 5),
        ],
    ),
];

/// Who came, in UTC: in Beijing it is the day after.
const ARRIVALS: [(&str, &str); 2] = [("B-2", "2025-11-19T23:30:00Z"), ("N-3", "2026-01-09T23:59:00Z")];

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The day in Beijing, which is eight hours ahead of UTC all year round.
pub fn day(at: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(8 * 3600).unwrap().from_utc_datetime(&at.naive_utc()).date_naive()
}

/// Every version, by reservation, from the rules of the interface and nothing of the program.
pub fn versions() -> BTreeMap<&'static str, Vec<Version>> {
    let mut history: BTreeMap<&str, Vec<Version>> = BTreeMap::new();
    for (night, (at, states)) in STORY.iter().enumerate() {
        for told in *states {
            let known = history.entry(told.serial_number).or_default();
            let before = known.last().map(|last| (last.told.status, last.check_date));
            let check_date: NaiveDate = told.check_date.parse().unwrap();
            let event = match before {
                None if told.status == 5 => "cancelled",
                None => "booked",
                Some((5, _)) if told.status == 5 => "amended",
                Some((5, _)) => "reinstated",
                Some(_) if told.status == 5 => "cancelled",
                Some((status, date)) if date != check_date || (told.status == 2 && status != 2) => "rescheduled",
                Some(_) => "amended",
            };
            let before = before.map(|(_, date)| date);
            known.push(Version { at: instant(at), night, event, told: *told, check_date, before });
        }
    }
    history
}

pub async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    let told = STORY.map(|(at, states)| {
        let records = states.iter().map(|told| {
            let Told { serial_number, hospital, check_date, status } = told;
            let changes = format!(
                r#""hospitalCode":"{hospital}","hospitalName":"{hospital}","checkDate":"{check_date}","orderStatus":{status}"#
            );
            record(serial_number, &changes)
        });
        (instant(at).timestamp_millis(), records.collect())
    });
    nights(&hospital, &told).await;
    for (serial_number, at) in ARRIVALS {
        let taken = format!(
            "insert into warehouse.arrivals (account, serial_number, arrived_at, source)
                values ('demo', '{serial_number}', '{at}', 'command');
            insert into etl.outbox (account, kind, key) values ('demo', 'arrival', '{serial_number}');
            insert into etl.stale_check_dates (account, check_date)
            select account, check_date from warehouse.reservation_versions
            where serial_number = '{serial_number}' and valid_to = 'infinity'"
        );
        hospital.database.client.batch_execute(&taken).await.unwrap();
    }
    hospital.simulator.insert_records(Vec::new());
    hospital.run_well().await;
    hospital.database.assert_sound().await;
    hospital
}

/// Asks for lines in a session of each zone: the answers are the same, sorted.
pub async fn asked(hospital: &Hospital, query: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for zone in ["UTC", "America/New_York", "Asia/Shanghai"] {
        hospital.database.client.batch_execute(&format!("set timezone to '{zone}'")).await.unwrap();
        let mut lines = hospital.database.lines(query).await;
        lines.sort();
        answers.push(lines);
    }
    assert!(answers.iter().all(|lines| *lines == answers[0]), "{query}: {answers:?}");
    answers.swap_remove(0)
}

pub fn sorted(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().collect();
    lines.sort();
    lines
}

pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

pub fn arrival_of(serial_number: &str) -> Option<DateTime<Utc>> {
    ARRIVALS.iter().find(|(known, _)| *known == serial_number).map(|(_, at)| instant(at))
}
