//! Every finding, and nothing else; random lists against the plainest comparison.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::reservation::ListPlace;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
}

fn listed(line: u32, serial_number: &str, status: &str, date: u32, fee_fen: i64) -> ListedReservation {
    ListedReservation {
        place: ListPlace { sheet: 1, line },
        serial_number: serial_number.to_owned(),
        order_status: (!status.is_empty()).then(|| status.to_owned()),
        check_date: (date > 0).then(|| day(date)),
        fee_fen: (fee_fen > 0).then_some(fee_fen),
    }
}

fn held(serial_number: &str, status: &str, date: u32, fee_fen: i64) -> HeldReservation {
    let state = HeldState { order_status: status.into(), check_date: day(date), fee_fen: Some(fee_fen) };
    HeldReservation { serial_number: serial_number.into(), current: Some(state), is_quarantined: false }
}

/// Findings as `kind number field line`, and the counts.
fn reconcile(
    list: &[ListedReservation],
    history: &[HeldReservation],
    asked: CheckDates,
) -> (Vec<String>, ReconcileCounts) {
    let mut findings = Vec::new();
    let mut tell = |finding: ReconcileFinding| {
        let field = finding.field.map_or("-", Field::column_name);
        let line = finding.place.map_or(0, |place| place.line);
        let number = finding.serial_number.unwrap_or("?".to_owned());
        findings.push(format!("{} {number} {field} {line}", finding.kind.name()));
    };
    let mut builder = ListBuilder::default();
    for row in list {
        builder.push(row).unwrap();
    }
    let mut reconciliation = builder.build(asked, &mut tell);
    for reservation in history {
        reconciliation.compare(reservation, &mut tell);
    }
    let counts = reconciliation.finish(|number| number != "secret", &mut tell);
    (findings, counts)
}

#[test]
fn what_agrees_is_no_finding() {
    let list = [listed(2, "B", "1", 2, 100), listed(3, "A", "", 0, 0), listed(4, "B", "1", 0, 0)];
    let (findings, counts) = reconcile(&list, &[held("A", "2", 1, 5), held("B", "1", 2, 100)], CheckDates::default());
    assert_eq!(findings, [""; 0]);
    // A has no date, neither here nor there within the list's only day.
    assert_eq!(counts, ReconcileCounts { listed: 3, agree: 1, outside_period: 1, ..Default::default() });
    assert!(counts.is_clean());
}

#[test]
fn every_loss_is_found() {
    let list = [
        listed(2, "gone", "1", 1, 100),
        listed(3, "cancelled", "5", 2, 100),
        listed(4, "moved", "1", 3, 100),
        listed(5, "dearer", "1", 4, 200),
        listed(6, "refused", "1", 5, 100),
        listed(7, "twice", "1", 5, 100),
        listed(8, "twice", "5", 5, 100),
        listed(9, "secret", "1", 9, 100),
        listed(10, "changed", "5", 9, 200),
    ];
    let refused = HeldReservation { current: None, is_quarantined: true, ..held("refused", "1", 1, 1) };
    let changed = HeldReservation { is_quarantined: true, ..held("changed", "1", 9, 200) };
    let history = [
        held("cancelled", "1", 2, 100),
        held("moved", "1", 4, 100),
        held("dearer", "1", 4, 100),
        held("twice", "1", 5, 100),
        held("here", "2", 5, 100),
        held("left", "5", 5, 100),
        held("later", "1", 10, 100),
        refused,
        HeldReservation { current: None, is_quarantined: true, ..held("only refused", "1", 1, 1) },
        changed,
    ];
    let (findings, counts) = reconcile(&list, &history, CheckDates::default());
    assert_eq!(
        findings,
        [
            "contradictory twice order_status 7",
            "contradictory twice order_status 8",
            "different cancelled order_status 3",
            "different moved check_date 4",
            "different dearer examination_fee 5",
            "missing_there here check_date 0",
            "in_quarantine changed order_status 10",
            "missing_here gone order_status 2",
            "in_quarantine refused order_status 6",
            "missing_here ? order_status 9",
        ]
    );
    let expected = ReconcileCounts {
        listed: 9,
        missing_here: 2,
        missing_there: 1,
        different: 3,
        in_quarantine: 2,
        contradictory: 1,
        cancelled_not_listed: 1,
        ..Default::default()
    };
    assert_eq!(counts, expected);
    assert!(!counts.is_clean());
}

#[test]
fn a_period_limits_both_sides_and_a_reservation_that_moved_across_its_end_is_compared() {
    let list = [listed(2, "early", "1", 1, 1), listed(3, "moved", "1", 20, 1), listed(4, "in", "1", 10, 1)];
    let history =
        [held("moved", "1", 10, 1), held("in", "1", 10, 1), held("after", "1", 16, 1), held("miss", "1", 15, 1)];
    let asked = CheckDates { from: Some(day(5)), to: Some(day(15)) };
    let (findings, counts) = reconcile(&list, &history, asked);
    assert_eq!(findings, ["different moved check_date 3", "missing_there miss check_date 0"]);
    assert_eq!((counts.outside_period, counts.agree), (1, 1));
    // Without any date, nothing says what the list is complete for.
    let (findings, _) = reconcile(&[listed(2, "in", "1", 0, 0)], &history, CheckDates::default());
    assert_eq!(findings, [""; 0]);
}

#[test]
fn any_one_finding_is_not_clean_and_what_is_no_difference_is() {
    let found: [fn(&mut ReconcileCounts) -> &mut u64; 6] = [
        |counts| &mut counts.missing_here,
        |counts| &mut counts.missing_there,
        |counts| &mut counts.different,
        |counts| &mut counts.in_quarantine,
        |counts| &mut counts.contradictory,
        |counts| &mut counts.unreadable,
    ];
    for one in found {
        let mut counts = ReconcileCounts { listed: 3, ..Default::default() };
        *one(&mut counts) = 1;
        assert!(!counts.is_clean(), "{counts:?}");
        for other in found {
            let mut both = counts;
            *other(&mut both) = 1;
            assert!(!both.is_clean(), "{both:?}");
        }
    }
    let harmless =
        ReconcileCounts { listed: 3, agree: 1, cancelled_not_listed: 1, outside_period: 1, ..Default::default() };
    assert!(harmless.is_clean());
}

#[test]
fn cells_that_cannot_be_read_are_counted() {
    let mut builder = ListBuilder::default();
    builder.count_unreadable();
    builder.count_unreadable();
    let counts = builder.build(CheckDates::default(), &mut |_| {}).finish(|_| true, &mut |_| {});
    assert_eq!(counts, ReconcileCounts { unreadable: 2, ..Default::default() });
}

#[test]
fn the_period_is_what_is_asked_for_and_where_that_is_open_the_lists_own() {
    let rows = [listed(2, "A", "1", 10, 1), listed(3, "B", "1", 7, 1), listed(4, "C", "1", 0, 1)];
    let dates = |from: Option<u32>, to: Option<u32>| CheckDates { from: from.map(day), to: to.map(day) };
    for (asked, expected) in [
        (dates(None, None), dates(Some(7), Some(10))),
        (dates(Some(1), Some(20)), dates(Some(1), Some(20))),
        (dates(Some(8), None), dates(Some(8), Some(10))),
        (dates(None, Some(8)), dates(Some(7), Some(8))),
        // A list that ends before the period begins, and the other way around.
        (dates(Some(20), None), dates(Some(20), Some(20))),
        (dates(None, Some(1)), dates(Some(1), Some(1))),
    ] {
        let mut builder = ListBuilder::default();
        for row in &rows {
            builder.push(row).unwrap();
        }
        assert_eq!(builder.build(asked, &mut |_| {}).period(), expected, "{asked:?}");
    }
}

#[test]
fn a_contradiction_says_what_each_row_gives() {
    let rows = [listed(2, "A", "", 1, 100), listed(3, "A", "1", 2, 100), listed(4, "A", "1", 0, 100)];
    let mut builder = ListBuilder::default();
    for row in &rows {
        builder.push(row).unwrap();
    }
    let mut told = Vec::new();
    builder.build(CheckDates::default(), &mut |finding| told.push((finding.field, finding.here, finding.there)));
    let date = |date| (Some(Field::CheckDate), None, Some(ComparedValue::CheckDate(day(date))));
    assert_eq!(told, [date(1), date(2), (Some(Field::CheckDate), None, None)]);
}

proptest! {
    #[test]
    fn every_planted_difference_is_found_and_nothing_else(
        rows in prop::collection::btree_map("[ab]{1,3}", (prop::bool::ANY, prop::bool::ANY, 1..=2_i64, 1..=2_i64), 0..20),
    ) {
        let number = |key: &str| key.to_owned();
        let list: Vec<_> = (2..).zip(&rows).filter(|(_, (_, row))| row.0)
            .map(|(line, (key, row))| listed(line, &number(key), "1", 1, row.2)).collect();
        let history: Vec<_> = rows.iter().filter(|(_, row)| row.1).map(|(key, row)| held(key, "1", 1, row.3)).collect();
        let (findings, counts) = reconcile(&list, &history, CheckDates { from: Some(day(1)), to: None });
        let mut expected: BTreeMap<String, &str> = BTreeMap::new();
        for (key, row) in &rows {
            match row {
                (true, false, ..) => drop(expected.insert(number(key), "missing_here")),
                (false, true, ..) => drop(expected.insert(number(key), "missing_there")),
                (true, true, there, here) if there != here => drop(expected.insert(number(key), "different")),
                _ => {}
            }
        }
        let found: BTreeMap<String, &str> = findings.iter().map(|finding| {
            let mut words = finding.split(' ');
            let kind = words.next().unwrap();
            (words.next().unwrap().to_owned(), kind)
        }).collect();
        prop_assert_eq!(found.len(), findings.len());
        prop_assert_eq!(counts.is_clean(), expected.is_empty());
        prop_assert_eq!(found, expected);
    }
}
