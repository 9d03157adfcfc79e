//! Nights in which everything happens: new reservations, changes, defects and their corrections, a record that stays refused,
//! two states at once, a clock that goes back.

use std::time::Duration;

use tijian::simulator::{Callbacks, GeneratorOptions, SimulatorOptions};

use crate::support::acknowledged::MENDED;
use crate::support::{Hospital, TestDatabase, record};

/// When the first night's delivery takes effect, and from one night to the next.
const FIRST_NIGHT: i64 = 1_767_636_000_000;
const DAY: i64 = 24 * 3600 * 1000;

/// In every so-manieth night the platform's clock is two and a half days behind.
const CLOCK_GOES_BACK_EVERY: usize = 5;

/// An account whose nights have everything: several requestIds, defects, and all exports.
pub async fn eventful_hospital(database: TestDatabase, seed: u64) -> Hospital {
    let generator = GeneratorOptions {
        seed,
        reservations: 60,
        new_per_night: 4,
        changes: 0.2,
        defects: 0.02,
        ..Default::default()
    };
    let options = SimulatorOptions {
        generator,
        requests_per_delivery: 3,
        // By the seed, so that many seeds try both readings.
        callbacks: if seed.is_multiple_of(2) { Callbacks::KIND } else { Callbacks::STRICT },
        slow_pause: Duration::from_millis(20),
        ..Default::default()
    };
    let mut hospital = Hospital::of(database, "demo", options).await;
    let volumes = hospital.dir.path().join("volumes");
    hospital.redefine(|text| {
        format!("{text}\n[[export]]\nkind = \"daily_volumes\"\nformat = \"parquet\"\ndir = \"{}\"\n", volumes.display())
    });
    hospital
}

/// What the platform has for a night: generated reservations and their changes, and what these do not bring about.
pub fn tell_night(hospital: &Hospital, night: usize) {
    let simulator = &hospital.simulator;
    if night == 0 {
        simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    } else {
        simulator.advance_night();
    }
    let back = if night % CLOCK_GOES_BACK_EVERY == 3 { DAY * 5 / 2 } else { 0 };
    simulator.set_timestamp(Some(FIRST_NIGHT + night as i64 * DAY - back));
    // Two states of one reservation in one delivery, each new.
    let twice = |status: u8| record("TWICE-1", &format!(r#""mobile":"{night}","orderStatus":{status}"#));
    simulator.insert_records(vec![twice(1), twice(5)]);
    if night % 3 == 1 {
        let name = format!("{MENDED}{night}");
        simulator.insert_records(vec![record(&name, r#""orderStatus":9"#), record(&name, "")]);
    }
}
