//! What the marts say, against the story.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::story::{STORY, Version, arrival_of, asked, day, hospital, instant, or_dash, sorted, versions};

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
