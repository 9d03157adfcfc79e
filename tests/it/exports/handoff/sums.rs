//! Random nights, booked as an accountant would: the deltas add up to the snapshot, and hold every movement once.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{csv_files, manifest, rows};
use crate::support::{Dice, Hospital, record};

/// Sums by a key.
type Sums = BTreeMap<String, Decimal>;

/// What finance can see changing, and something that it cannot.
fn changes(dice: &mut Dice) -> String {
    format!(
        r#""examinationFee":{},"checkDate":"{}","hospitalCode":"{}","payType":{},"orderStatus":{},"mobile":"1390000000{}""#,
        dice.pick(&["null", "0.00", "100.10", "2881.00", "9999999999.99"]),
        dice.pick(&["2026-02-03", "2026-02-20", "2026-03-01", "2027-02-03"]),
        dice.pick(&["100637", "0571"]),
        dice.pick(&["null", r#""""#, "0", "1"]),
        dice.pick(&["1", "1", "2", "5"]),
        dice.below(10),
    )
}

/// What is booked for a state, and where, as an accountant would say it.
fn booked(state: &Value) -> (Decimal, String) {
    let fee = state["examinationFee"].to_string().parse().unwrap_or_default();
    let month = &state["checkDate"].as_str().unwrap()[..7];
    let pay_type = state["payType"].to_string().replace("null", "").replace('"', "");
    let place = format!("{month}|{}|{pay_type}", state["hospitalCode"].as_str().unwrap());
    (if state["orderStatus"] == json!(5) { Decimal::ZERO } else { fee }, place)
}

/// What a sequence of states moves, entry by entry.
#[derive(Default)]
pub struct Journal {
    states: BTreeMap<String, (Decimal, String)>,
    entries: Vec<(String, String, Decimal)>,
}

impl Journal {
    fn deliver(&mut self, serial_number: &str, changes: &str) {
        let state = booked(&serde_json::from_str(&format!("{{{changes}}}")).unwrap());
        let before = self.states.insert(serial_number.to_owned(), state.clone());
        let (before, before_place) = before.unwrap_or((Decimal::ZERO, state.1.clone()));
        let moved = if before_place == state.1 {
            vec![(state.1, state.0 - before)]
        } else {
            vec![(before_place, -before), (state.1, state.0)]
        };
        let moved = moved.into_iter().filter(|(_, amount)| !amount.is_zero());
        self.entries.extend(moved.map(|(place, amount)| (serial_number.to_owned(), place, amount)));
    }

    fn sorted(&self) -> Vec<(String, String, Decimal)> {
        let mut entries = self.entries.clone();
        entries.sort();
        entries
    }
}

fn place(row: &BTreeMap<String, String>) -> String {
    format!("{}|{}|{}", &row["check_date"][..7], row["hospital_code"], row["pay_type"])
}

fn add(sums: &mut Sums, key: &str, amount: &str) {
    *sums.entry(key.to_owned()).or_default() += amount.parse::<Decimal>().unwrap_or_default();
}

/// Sums that are not nothing.
fn without_nothing(sums: Sums) -> Sums {
    sums.into_iter().filter(|(_, sum)| !sum.is_zero()).collect()
}

/// By place, of all deltas; by place, of the newest snapshot's active rows.
fn sums(hospital: &Hospital) -> (Sums, Sums) {
    let (mut moved, mut active) = (Sums::new(), Sums::new());
    for file in csv_files(hospital, "finance", true) {
        for row in rows(hospital, &file) {
            add(&mut moved, &place(&row), &row["amount"]);
        }
    }
    for row in rows(hospital, csv_files(hospital, "finance", false).last().unwrap()) {
        if row["order_status"] != "5" {
            add(&mut active, &place(&row), &row["examination_fee"]);
        }
    }
    (without_nothing(moved), without_nothing(active))
}

/// What the manifests of the deltas say, summed up by one of their keys.
fn sums_of_manifests(hospital: &Hospital, key: &str) -> Sums {
    let mut sums = Sums::new();
    for file in csv_files(hospital, "finance", true) {
        for (part, totals) in manifest(hospital, &file)[key].as_object().unwrap() {
            add(&mut sums, part, totals["amount"].as_str().unwrap());
        }
    }
    without_nothing(sums)
}

/// The same, of the newest snapshot.
fn sums_of_snapshot(hospital: &Hospital, key: &str) -> Sums {
    let mut sums = Sums::new();
    let file = csv_files(hospital, "finance", false).pop().unwrap();
    for (part, totals) in manifest(hospital, &file)[key].as_object().unwrap() {
        add(&mut sums, part, totals["fee_total_active"].as_str().unwrap());
    }
    without_nothing(sums)
}

/// Nights of random states, some reservations several times in one delivery.
pub async fn random_nights(hospital: &Hospital, seed: u64, nights: usize, journal: &mut Journal) {
    let mut dice = Dice::new(seed);
    for _ in 0..nights {
        let mut records = Vec::new();
        for _ in 0..20 {
            let serial_number = format!("{}-{}", dice.pick(&["a", "B", "c"]), dice.below(5));
            let changes = changes(&mut dice);
            // The first state of a reservation is a booking.
            let changes = match journal.states.contains_key(&serial_number) {
                true => changes,
                false => changes.replace(r#""orderStatus":5"#, r#""orderStatus":1"#),
            };
            journal.deliver(&serial_number, &changes);
            records.push(record(&serial_number, &changes));
        }
        hospital.simulator.insert_records(records);
        hospital.run_well().await;
    }
}

/// Invariant: All finance deltas of an account add up to its snapshot, in total, by month, by hospital and by way of
/// payment; each movement is booked once.
/// Held by: entries are derived from the versions, which are only ever added; handoffs cover the deliveries without
/// gap or overlap.
#[tokio::test(flavor = "multi_thread")]
async fn the_deltas_add_up_to_the_snapshot_and_hold_every_movement_once() {
    for seed in 1..=4 {
        let hospital = Hospital::new().await;
        let mut journal = Journal::default();
        for night in 1..=4 {
            random_nights(&hospital, seed * 100 + night, 1, &mut journal).await;
            let (moved, active) = sums(&hospital);
            assert!(!active.is_empty());
            assert_eq!(moved, active, "seed {seed}, night {night}: by month, hospital and way of payment");
            for key in ["by_month", "by_hospital", "by_pay_type"] {
                assert_eq!(sums_of_manifests(&hospital, key), sums_of_snapshot(&hospital, key), "seed {seed}: {key}");
            }
        }
        let files = csv_files(&hospital, "finance", true);
        assert_eq!(files.len(), 4, "one per night");
        let all: Vec<_> = files.iter().flat_map(|file| rows(&hospital, file)).collect();
        let numbers: Vec<usize> = all.iter().map(|row| row["entry_number"].parse().unwrap()).collect();
        assert_eq!(numbers, (1..=all.len()).collect::<Vec<_>>(), "seed {seed}");
        let mut found: Vec<_> = all
            .iter()
            .map(|row| (row["serial_number"].clone(), place(row), row["amount"].parse::<Decimal>().unwrap()))
            .collect();
        found.sort();
        assert_eq!(found, journal.sorted(), "seed {seed}");
        for row in &all {
            let [before, after, amount] =
                ["amount_before", "amount_after", "amount"].map(|name| row[name].parse::<Decimal>().unwrap());
            let kind = match (before.is_zero(), after.is_zero()) {
                (true, false) => "posting",
                (false, true) => "reversal",
                _ => "adjustment",
            };
            assert_eq!((row["entry_kind"].as_str(), amount), (kind, after - before));
        }
        hospital.database.assert_sound().await;
    }
}
