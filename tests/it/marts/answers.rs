//! What the marts say, against a story that this file reckons through by itself: a backlog, hospitals that report nobody,
//! reinstatements and cancellations that move the date, and nights around midnight in Beijing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeZone, Utc};

use super::nights;
use crate::support::{Dice, Hospital, record};

/// A state as the platform tells it.
#[derive(Clone, Copy)]
struct Told {
    serial_number: &'static str,
    hospital: &'static str,
    check_date: &'static str,
    status: u8,
}

/// One version of a reservation, as it must be.
struct Version {
    at: DateTime<Utc>,
    night: usize,
    event: &'static str,
    told: Told,
    check_date: NaiveDate,
    before: Option<NaiveDate>,
}

const fn told(serial_number: &'static str, hospital: &'static str, check_date: &'static str, status: u8) -> Told {
    Told { serial_number, hospital, check_date, status }
}

/// The nights, in UTC. The second and the fourth begin after midnight in Beijing, the third ends before it.
const STORY: [(&str, &[Told]); 4] = [
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

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The day in Beijing, which is eight hours ahead of UTC all year round.
fn day(at: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(8 * 3600).unwrap().from_utc_datetime(&at.naive_utc()).date_naive()
}

/// Every version, by reservation, from the rules of the interface and nothing of the program.
fn versions() -> BTreeMap<&'static str, Vec<Version>> {
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

fn sorted(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.into_iter().collect();
    lines.sort();
    lines
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

fn arrival_of(serial_number: &str) -> Option<DateTime<Utc>> {
    ARRIVALS.iter().find(|(known, _)| *known == serial_number).map(|(_, at)| instant(at))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_cancelled_with_the_first_load_has_no_day_of_cancellation() {
    let hospital = hospital().await;
    let mut lines = Vec::new();
    for versions in versions().values() {
        for (at, version) in versions.iter().enumerate().filter(|(_, version)| version.event == "cancelled") {
            let is_backlog = at == 0 && version.night == 0;
            let cancelled = (!is_backlog).then(|| day(version.at));
            let days = cancelled.map(|cancelled| (version.check_date - cancelled).num_days());
            lines.push(format!("{is_backlog}|{}|{}|{}|1", or_dash(cancelled), version.check_date, or_dash(days)));
        }
    }
    let cancellations = "select concat_ws('|', is_backlog::text, coalesce(cancelled_date::text, '-'), check_date,
            coalesce(days_before_check::text, '-'), cancellations)
        from mart.cancellations";
    let answer = asked(&hospital, cancellations).await;
    assert_eq!(answer, sorted(lines));
    assert!(answer.contains(&"true|-|2026-02-01|-|1".to_owned()), "{answer:?}");
}

/// `true` where somebody is known to have come to this hospital on this check date.
fn is_reported(history: &BTreeMap<&str, Vec<Version>>, hospital: &str, check_date: NaiveDate) -> bool {
    let current = history.values().filter_map(|versions| versions.last());
    current
        .filter(|current| current.told.hospital == hospital && current.check_date == check_date)
        .any(|current| arrival_of(current.told.serial_number).is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_those_of_beijing_and_the_current_version_has_no_end() {
    let hospital = hospital().await;
    let history = versions();
    let lines = history.iter().flat_map(|(serial, versions)| {
        versions.iter().enumerate().map(move |(at, version)| {
            let end = versions.get(at + 1).map(|next| next.at.timestamp());
            let is_backlog = versions[0].night == 0;
            format!("{serial}|{}|{}|{}|{}|{is_backlog}", at + 1, day(version.at), or_dash(end), end.is_none())
        })
    });
    let versions = "select concat_ws('|', serial_number, version, event_date,
            coalesce(extract(epoch from valid_to)::bigint::text, '-'), is_current::text, is_backlog::text)
        from mart.reservation_versions";
    assert_eq!(asked(&hospital, versions).await, sorted(lines));

    let lines = history.iter().map(|(serial, versions)| {
        let (first, last) = (&versions[0], versions.last().unwrap());
        let arrived = or_dash(arrival_of(serial).map(day));
        format!("{serial}|{}|{}|{arrived}|{}", day(first.at), day(last.at), first.night == 0)
    });
    let current = "select concat_ws('|', serial_number, booked_date, changed_date, coalesce(arrived_date::text, '-'),
            is_backlog::text)
        from mart.reservations_current";
    assert_eq!(asked(&hospital, current).await, sorted(lines));

    let nights = "select night::text from mart.load_quality where opened > 0";
    assert_eq!(asked(&hospital, nights).await, sorted(STORY.map(|(at, _)| day(instant(at)).to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_move_of_a_date_is_a_reschedule_whatever_it_came_with() {
    let hospital = hospital().await;
    let history = versions();
    let mut moves: BTreeMap<String, u32> = BTreeMap::new();
    let mut events = Vec::new();
    for (serial, versions) in &history {
        let is_backlog = versions[0].night == 0;
        for version in versions {
            let days = version.before.map(|before| (version.check_date - before).num_days());
            events.push(format!("{serial}|{}|{}|{}|{is_backlog}", version.event, day(version.at), or_dash(days)));
            if version.event == "rescheduled" || days.is_some_and(|days| days != 0) {
                let group = [
                    day(version.at).to_string(),
                    version.event.to_owned(),
                    version.told.hospital.to_owned(),
                    or_dash(version.before),
                    version.check_date.to_string(),
                    or_dash(days),
                ];
                *moves.entry(group.join("|")).or_default() += 1;
            }
        }
        let came = arrival_of(serial).map(|at| format!("{serial}|arrived|{}|0|{is_backlog}", day(at)));
        events.extend(came);
    }
    let told =
        "select concat_ws('|', serial_number, event, event_date, coalesce(days_moved::text, '-'), is_backlog::text)
        from mart.reservation_events";
    assert_eq!(asked(&hospital, told).await, sorted(events));
    let reschedules =
        "select concat_ws('|', rescheduled_date, event, hospital_code, check_date_before, check_date_after,
            days_moved, reschedules)
        from mart.reschedules";
    let moves = moves.into_iter().map(|(group, reschedules)| format!("{group}|{reschedules}"));
    let answer = asked(&hospital, reschedules).await;
    assert_eq!(answer, sorted(moves));
    for event in ["rescheduled", "cancelled", "reinstated", "amended"] {
        assert!(
            answer.iter().any(|line| line.contains(&format!("|{event}|"))),
            "the story has a move of each: {event}"
        );
    }
    let labels = "select distinct concat_ws(' ', event, event_zh) from mart.reschedules where event = 'rescheduled'";
    assert_eq!(asked(&hospital, labels).await, ["rescheduled 改期"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lead_times_leave_the_backlog_out_and_say_how_much_that_was() {
    let hospital = hospital().await;
    let mut groups: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for versions in versions().values() {
        let (first, last) = (&versions[0], versions.last().unwrap());
        let is_backlog = first.night == 0;
        let lead = (!is_backlog).then(|| (last.check_date - day(first.at)).num_days());
        let group = format!("{}|{}|{is_backlog}|{}", last.told.hospital, last.check_date, or_dash(lead));
        let (reservations, cancelled) = groups.entry(group).or_default();
        *reservations += 1;
        *cancelled += u32::from(last.told.status == 5);
    }
    let pace = "select concat_ws('|', hospital_code, check_date, is_backlog::text, coalesce(lead_days::text, '-'),
            reservations, cancelled)
        from mart.booking_pace";
    let lines = groups.into_iter().map(|(group, (all, cancelled))| format!("{group}|{all}|{cancelled}"));
    assert_eq!(asked(&hospital, pace).await, sorted(lines));
    let told = "select concat_ws('|', is_backlog::text, sum(reservations), min(lead_days)) from mart.booking_pace
        group by is_backlog";
    assert_eq!(asked(&hospital, told).await, ["false|3|3", "true|5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_count_on_the_day_that_brought_them_and_the_backlog_apart() {
    let hospital = hospital().await;
    let mut groups: BTreeMap<String, u32> = BTreeMap::new();
    for versions in versions().values() {
        let first = &versions[0];
        let group = format!("{}|{}|{}", day(first.at), first.told.hospital, first.night == 0);
        *groups.entry(group).or_default() += 1;
    }
    let bookings = "select concat_ws('|', booked_date, hospital_code, is_backlog::text, reservations)
        from mart.bookings_by_day";
    let answer = asked(&hospital, bookings).await;
    assert_eq!(answer, sorted(groups.into_iter().map(|(group, reservations)| format!("{group}|{reservations}"))));
    assert_eq!(answer.iter().filter(|line| line.contains("|true|")).count(), 2, "one per hospital: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_date_stands_on_the_days_before_it_as_it_was_known_at_their_end() {
    let hospital = hospital().await;
    let history = versions();
    let first_load = day(instant(STORY[0].0));
    let dates: BTreeSet<(&str, NaiveDate)> =
        history.values().flatten().map(|version| (version.told.hospital, version.check_date)).collect();
    let mut lines = Vec::new();
    for (hospital, check_date) in dates {
        for days_before in 0..=60 {
            let evening = check_date - Days::new(days_before);
            if evening < first_load {
                continue;
            }
            // Of each reservation what was told last by the end of that day.
            let standing =
                history.values().filter_map(|versions| versions.iter().rfind(|version| day(version.at) <= evening));
            let reservations = standing
                .filter(|version| version.told.hospital == hospital && version.check_date == check_date)
                .filter(|version| version.told.status != 5)
                .count();
            lines.push(format!("{hospital}|{check_date}|{days_before}|{evening}|{reservations}"));
        }
    }
    let pickup = "select concat_ws('|', hospital_code, check_date, days_before, standing_date, reservations)
        from mart.pickup";
    let answer = asked(&hospital, pickup).await;
    assert_eq!(answer, sorted(lines));
    assert!(answer.iter().any(|line| line.ends_with("|1")) && answer.iter().any(|line| line.ends_with("|2")));
    // Of days to come nobody knows anything.
    let today = "(now() at time zone 'Asia/Shanghai')::date";
    let moved =
        format!("update warehouse.reservation_versions set check_date = {today} + 10 where serial_number = 'N-3'");
    hospital.database.client.batch_execute(&moved).await.unwrap();
    let known = format!(
        "select concat_ws(' ', min(days_before), max(standing_date) = {today}) from mart.pickup
        where check_date > {today}"
    );
    assert_eq!(hospital.database.lines(&known).await, ["10 t"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_reported_who_came_is_unknown() {
    let hospital = hospital().await;
    let history = versions();
    // Booked and arrived, by hospital and check date; the days of the story are all over.
    let mut booked: BTreeMap<(&str, NaiveDate), (u32, u32)> = BTreeMap::new();
    for versions in history.values() {
        let current = versions.last().unwrap();
        if current.told.status != 5 {
            let (booked, arrived) = booked.entry((current.told.hospital, current.check_date)).or_default();
            *booked += 1;
            *arrived += u32::from(arrival_of(current.told.serial_number).is_some());
        }
    }
    let lines = booked.iter().map(|((hospital, check_date), (booked, arrived))| {
        let is_reported = is_reported(&history, hospital, *check_date);
        let arrived = is_reported.then_some(*arrived);
        let no_shows = or_dash(arrived.map(|arrived| booked - arrived));
        let rate = or_dash(arrived.map(|arrived| format!("{:.4}", f64::from(arrived) / f64::from(*booked))));
        format!("{hospital}|{check_date}|{is_reported}|{booked}|{}|{no_shows}|{rate}", or_dash(arrived))
    });
    let rates = "select concat_ws('|', hospital_code, check_date, arrivals_reported::text, booked,
            coalesce(arrived::text, '-'), coalesce(no_shows::text, '-'), coalesce(arrival_rate::text, '-'))
        from mart.arrival_rates";
    let answer = asked(&hospital, rates).await;
    assert_eq!(answer, sorted(lines));
    assert!(answer.contains(&"H2|2025-11-20|false|1|-|-|-".to_owned()), "{answer:?}");
    assert!(answer.contains(&"H2|2026-01-10|true|2|1|1|0.5000".to_owned()), "{answer:?}");

    // A cancelled reservation of a reported day: nobody came, and that is known.
    let volumes = "select concat_ws('|', hospital_code, check_date, order_status, arrivals_reported::text,
            coalesce(arrived::text, '-'))
        from mart.daily_volumes
        where check_date < '2026-01-31'";
    let expected = [
        "H1|2025-11-20|1|true|1",
        "H1|2025-11-20|5|true|0",
        "H2|2025-11-20|1|false|-",
        "H2|2026-01-10|1|true|1",
        "H2|2026-01-10|2|true|0",
    ];
    assert_eq!(asked(&hospital, volumes).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backlog_is_what_came_with_the_run_of_the_first_load() {
    let hospital = hospital().await;
    let backlog = "select serial_number from mart.reservations_current where is_backlog";
    assert_eq!(asked(&hospital, backlog).await, ["B-1", "B-2", "B-3", "B-4", "B-5"]);
    // A run that pulls twice.
    let second = "update etl.deliveries set run_id = (select min(run_id) from etl.deliveries where opened > 0)
        where delivery_id = (select delivery_id from warehouse.reservation_versions where serial_number = 'N-1' and version = 1)";
    assert_eq!(hospital.database.client.execute(second, &[]).await.unwrap(), 1);
    assert_eq!(asked(&hospital, backlog).await, ["B-1", "B-2", "B-3", "B-4", "B-5", "N-1", "N-2"]);
    // A journal that was applied to an empty warehouse: one run, deliveries of many nights.
    let restored = "update etl.deliveries set received_at = effective_at where opened > 0";
    hospital.database.client.batch_execute(restored).await.unwrap();
    assert_eq!(asked(&hospital, backlog).await, ["B-1", "B-2", "B-3", "B-4", "B-5"]);
    // An account that has loaded nothing yet has none.
    let other = "select count(*)::text from warehouse.backlog_deliveries where account <> 'demo'";
    assert_eq!(hospital.database.lines(other).await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_in_several_deliveries_is_backlog_as_a_whole() {
    let some = |name: &str, count: usize| -> Vec<String> {
        (0..count).map(|at| record(&format!("{name}-{at}"), r#""checkDate":"2026-03-01""#)).collect()
    };
    let mut hospital = Hospital::new().await;
    let night = |night: i64| Some(1_767_636_000_000 + night * 86_400_000);
    let long = format!(r#""checkDate":"2026-03-01","name":"{}""#, "长".repeat(25));
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    // A platform that gives 120 records at a time, and a run that is stopped before it has told it of any.
    hospital.simulator.set_timestamp(night(0));
    hospital.simulator.insert_records([some("first", 119), vec![record("refused-0", &long)]].concat());
    assert!(hospital.run_until("committed", 1).await.error.is_some());
    hospital.simulator.set_timestamp(night(1));
    hospital.run_well().await;
    // What was refused of it is loaded in between, and the next part comes with the retry's pull.
    hospital.redefine_contract(|text| text.replace("max_characters = 20", "max_characters = 60"));
    hospital.simulator.insert_records(some("second", 120));
    let retry = hospital.retry_with(&|_| Ok(())).await;
    assert_eq!((retry.settled.counts.opened, retry.counts.opened), (1, 120));
    for (at, records) in [(2, some("rest", 60)), (3, some("night", 59)), (4, some("busy", 60))] {
        hospital.simulator.set_timestamp(night(at));
        hospital.simulator.insert_records(records);
        hospital.run_well().await;
    }
    let told = "select concat_ws('|', split_part(serial_number, '-', 1), is_backlog, count(*))
        from mart.reservations_current group by split_part(serial_number, '-', 1), is_backlog";
    let expected = ["busy|f|60", "first|t|119", "night|f|59", "refused|t|1", "rest|t|60", "second|t|120"];
    assert_eq!(asked(&hospital, told).await, expected);
    let pace = "select concat_ws('|', is_backlog, lead_days, sum(reservations)) from mart.booking_pace
        group by is_backlog, lead_days";
    assert_eq!(asked(&hospital, pace).await, ["f|50|60", "f|51|59", "t|300"]);
    let first_day = "select min(check_date - days_before)::text from mart.pickup";
    assert_eq!(asked(&hospital, first_day).await, ["2026-01-08"], "the day on which it was whole");
    hospital.database.assert_sound().await;
}

/// A delivery: its run, the hours after the one before it, whether it is a retry, and how many records it had and opened.
type Delivered = (u64, u64, bool, u64, u64);

/// Which of these deliveries are of the first load.
fn first_load(deliveries: &[Delivered]) -> Vec<usize> {
    let Some(first) = deliveries.iter().position(|delivery| delivery.4 > 0) else { return Vec::new() };
    let (mut hours, mut is_over, mut found) = (0, false, vec![first]);
    for (at, (run, later, is_retry, received, _)) in deliveries.iter().enumerate().skip(first + 1) {
        hours += later;
        is_over |= !is_retry && (deliveries[first].3 < 100 || received * 2 < deliveries[first].3 || hours >= 7 * 24);
        if !is_over || (*run == deliveries[first].0 && hours < 12) {
            found.push(at);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_load_ends_where_a_night_is_a_night_whatever_came_before() {
    let hospital = Hospital::new().await;
    let mut dice = Dice::new(11);
    let stories: Vec<Vec<Delivered>> = (0..400)
        .map(|_| {
            let mut run = 0;
            (0..dice.below(12))
                .map(|_| {
                    run += dice.pick(&[0, 1, 1]);
                    let received = dice.pick(&[0, 1, 49, 50, 51, 99, 100, 101, 200, 400]);
                    let opened = dice.pick(&[0, received / 2, received]);
                    (run, dice.pick(&[1, 11, 12, 13, 24, 70]), dice.below(5) == 0, received, opened)
                })
                .collect()
        })
        .collect();
    let mut insert = String::new();
    for (story, deliveries) in stories.iter().enumerate() {
        let mut hours = 0;
        for (at, (run, later, is_retry, received, opened)) in deliveries.iter().enumerate() {
            hours += later;
            let _ = writeln!(
                insert,
                "insert into etl.runs (run_id, account, program_version) overriding system value
                    values ({story} * 100 + {run} + 1000, 'story {story}', '') on conflict do nothing;
                insert into etl.deliveries (run_id, account, is_retry, effective_at, effective_source, received_at,
                    landing_file, body_bytes, received, accepted, unchanged, opened)
                values ({story} * 100 + {run} + 1000, 'story {story}', {is_retry}, now(), 'receipt',
                    timestamptz '2026-01-01Z' + interval '1 hour' * {hours}, '{at}', 0, {received}, {received},
                    {received} - {opened}, {opened});"
            );
        }
    }
    hospital.database.client.batch_execute(&insert).await.unwrap();
    let expected = stories.iter().enumerate().flat_map(|(story, deliveries)| {
        first_load(deliveries).into_iter().map(move |at| format!("story {story} {at}"))
    });
    let told = "select concat_ws(' ', delivery.account, delivery.landing_file) from warehouse.backlog_deliveries
        join etl.deliveries as delivery using (delivery_id)";
    assert_eq!(asked(&hospital, told).await, sorted(expected));
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
    nights(&hospital, &[(1_767_636_000_000, records)]).await;
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

/// As the analysts ask it, so as a login of theirs: what is called is part of the caller's plan, and goes by the date.
#[tokio::test(flavor = "multi_thread")]
async fn volumes_of_a_past_moment_are_planned_by_the_index_on_check_dates() {
    let hospital = hospital().await;
    let explain = "set enable_seqscan = off; set enable_bitmapscan = off";
    hospital.database.client.batch_execute(explain).await.unwrap();
    let plan = "explain (costs off) select check_date, sum(reservations)
        from mart.daily_volumes_as_of('2026-01-08 12:00+08', '2026-02-01', '2026-02-28')
        group by check_date";
    let plan = hospital.database.lines(plan).await.join("\n");
    assert!(plan.contains("reservation_versions_check_date_idx"), "{plan}");
    assert!(plan.contains("Index Cond: ((check_date >= '2026-02-01'::date)"), "{plan}");
    assert!(!plan.contains("Function Scan") && !plan.contains("Nested Loop"), "no look-up per row: {plan}");
}
