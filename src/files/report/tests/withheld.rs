//! What the page keeps to itself, so that nothing in it is about few people, and what it says in its stead.

use super::*;

/// Of six people five cancelled: whether the sixth came is one person's.
#[test]
fn who_came_is_not_in_the_page_where_few_did_not_cancel() {
    let rows = ReportRows {
        people: vec![count("H1", "people", 3, 6, 1), count("H1", "people", 4, 9, 9), count("H1", "people", 5, 10, 10)],
        statuses: vec![count("H1", "2", 3, 1, 0), count("H1", "5", 3, 5, 0), count("H1", "2", 5, 10, 0)],
        arrivals: vec![count("H1", "reported", 3, 1, 1), count("H1", "reported", 5, 10, 8)],
        ..rows()
    };
    let data = data(&html(&header(), &rows));
    let keys = serde_json::json!([{ "code": "reported" }, { "code": "untold" }]);
    let series = serde_json::json!([[0, 0, 4, [10], [8]], [0, 1, 2, [1]]]);
    assert_eq!(data["arrivals"], serde_json::json!({ "keys": keys, "series": series }));
    let keys = serde_json::json!([{ "code": "2" }, { "code": "untold" }, { "code": "5" }]);
    let series = serde_json::json!([[0, 0, 4, [10]], [0, 1, 2, [1]]]);
    assert_eq!(data["statuses"], serde_json::json!({ "keys": keys, "series": series }));
}

/// Invariant: The report page does not reveal few people's cancellations, not even by subtraction.
/// Held by: events only of months with enough people; the smallest other month of the hospital is left out, too.
#[test]
fn what_happened_to_few_people_is_not_in_the_page() {
    // The amount is how many people something happened to in that month.
    let events = vec![
        count("H1", "booked", 3, 7, 5),
        count("H1", "cancelled", 4, 1, 5),
        DayCount { day: day(1) - chrono::Days::new(1), ..count("H1", "cancelled", 1, 3, 4) },
        count("H2", "booked", 3, 9, 8),
        count("H2", "cancelled", 3, 1, 8),
    ];
    let month = |months: u32, cell: MonthCell| MonthCell { month: day(1) + chrono::Months::new(months), ..cell };
    // Few people in every month of H2.
    let cells = vec![
        cell("total", "H1", "", 9, 0),
        cell("total", "H2", "", 4, 0),
        month(1, cell("total", "H2", "", 4, 0)),
        month(2, cell("total", "H1", "", 4, 0)),
    ];
    let data = data(&html(&header(), &ReportRows { events, cells, ..rows() }));
    let keys = serde_json::json!([{ "code": "booked" }, { "code": "cancelled" }]);
    let series = serde_json::json!([[0, 0, 2, [7]], [0, 1, 3, [1]]]);
    assert_eq!(data["events"], serde_json::json!({ "keys": keys, "series": series }));
}

/// Invariant: The report page does not reveal few people's cancellations, not even by subtraction.
#[test]
fn cancellations_of_few_people_are_nowhere_and_cannot_be_subtracted() {
    let cancelled = |months: u32, cell: MonthCell| MonthCell {
        month: day(1) + chrono::Months::new(months),
        cancelled: 2,
        payers: cell.people - 2,
        reservations: cell.people - 2,
        own_payers: cell.people - 2,
        ..cell
    };
    let mut cells = Vec::new();
    for (dimension, code) in
        [("total", ""), ("package", "P"), ("channel", "C"), ("lead_time", "1"), ("backlog", ""), ("age_sex", "30-39/1")]
    {
        for (months, people) in [(0, 4), (1, 9), (2, 8), (3, 20)] {
            cells.push(cancelled(months, cell(dimension, "H1", code, people, 0)));
        }
        cells.push(cancelled(0, cell(dimension, "H2", code, 9, 0)));
    }
    let later = |status: DayCount, months: u32| DayCount { day: status.day + chrono::Months::new(months), ..status };
    let each_month = |code: &str, number: i64| {
        (0..4).map(|months| later(count("H1", code, 3, number, number), months)).collect::<Vec<_>>()
    };
    let rows = ReportRows {
        cells,
        statuses: [each_month("1", 6), each_month("5", 2), vec![count("H2", "5", 3, 2, 0)]].concat(),
        people: [each_month("people", 9), vec![count("H2", "people", 3, 9, 9)]].concat(),
        ..rows()
    };
    let data = data(&html(&ReportHeader { last: day(1) + chrono::Months::new(4), ..header() }, &rows));
    let told = |dimension: &str| {
        let cells = data[dimension]["cells"].as_array().unwrap().iter();
        cells.map(|cell| format!("{} {} {}", cell[0], cell[2], cell[4])).collect::<Vec<_>>()
    };
    // February of H1 has few people; April is the smallest other month.
    for dimension in ["totals", "packages", "channels"] {
        let mut told = told(dimension);
        told.sort();
        assert_eq!(told, ["0 0 null", "0 1 2", "0 2 null", "0 3 2", "1 0 2"], "{dimension}");
    }
    for dimension in ["lead_times", "backlog", "age_sex"] {
        assert_eq!(told(dimension).len(), 5, "{dimension}");
        assert!(told(dimension).iter().all(|cell| cell.ends_with("null")), "{dimension}");
    }
    // The days of these two months do not add it up.
    let cancelled = data["statuses"]["keys"].as_array().unwrap().iter().position(|key| key["code"] == "5").unwrap();
    let series: Vec<&Value> =
        data["statuses"]["series"].as_array().unwrap().iter().filter(|one| one[1] == cancelled).collect();
    let days: Vec<i64> = series[0][3].as_array().unwrap().iter().map(|count| count.as_i64().unwrap()).collect();
    assert_eq!((series.len(), days.iter().sum::<i64>(), days.len()), (2, 4, 62), "3 March and 3 May: {series:?}");
    assert_eq!(series[1][3], serde_json::json!([2]));
}

/// The page tells by it which reservations stand.
#[test]
fn the_key_of_cancelled_ones_is_there_whatever_the_days_say() {
    let label = CodeLabel {
        column_name: "order_status".to_owned(),
        code: "5".to_owned(),
        zh: "已取消".to_owned(),
        en: "cancelled".to_owned(),
    };
    let keys = |statuses: Vec<DayCount>| {
        let rows = ReportRows { statuses, labels: vec![label.clone()], ..rows() };
        data(&html(&header(), &rows))["statuses"]["keys"].clone()
    };
    let cancelled = serde_json::json!({ "code": "5", "labels": ["已取消", "cancelled"] });
    assert_eq!(keys(vec![count("H1", "1", 3, 5, 0)]), serde_json::json!([{ "code": "1" }, cancelled]));
    assert_eq!(keys(vec![count("H1", "5", 3, 5, 0)]), serde_json::json!([cancelled]));
}
