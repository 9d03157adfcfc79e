//! The rules of the history as a table: what is there, what is delivered, what is there then.
//!
//! `10: r1 A, r2 B` is a delivery at second 10 in which r1 is in state A and r2 in state B.
//! `r1 v2 amended 10..20 B` is version 2 of r1, valid from second 10 until before second 20, in state B.

use super::*;

struct Scenario {
    claim: &'static str,
    given: &'static [&'static str],
    when: &'static str,
    then: &'static [&'static str],
    /// Of `when`: opened, closed, unchanged, adjusted.
    counts: [usize; 4],
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        claim: "a new reservation is booked",
        given: &[],
        when: "10: r1 A",
        then: &["r1 v1 booked 10.. A"],
        counts: [1, 0, 0, 0],
    },
    Scenario {
        claim: "a reservation that is first seen cancelled is cancelled",
        given: &[],
        when: "10: r1 X",
        then: &["r1 v1 cancelled 10.. X"],
        counts: [1, 0, 0, 0],
    },
    Scenario {
        claim: "a reservation that is first seen as rescheduled is booked: nothing is known from before",
        given: &[],
        when: "10: r1 R",
        then: &["r1 v1 booked 10.. R"],
        counts: [1, 0, 0, 0],
    },
    Scenario {
        claim: "a change ends the version before where the new one starts",
        given: &["10: r1 A"],
        when: "20: r1 B",
        then: &["r1 v1 booked 10..20 A", "r1 v2 amended 20.. B"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "an unchanged reservation opens nothing",
        given: &["10: r1 A"],
        when: "20: r1 A",
        then: &["r1 v1 booked 10.. A"],
        counts: [0, 0, 1, 0],
    },
    Scenario {
        claim: "A, B, A makes three versions",
        given: &["10: r1 A", "20: r1 B"],
        when: "30: r1 A",
        then: &["r1 v1 booked 10..20 A", "r1 v2 amended 20..30 B", "r1 v3 amended 30.. A"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "null, value, null makes three versions",
        given: &["10: r1 N", "20: r1 A"],
        when: "30: r1 N",
        then: &["r1 v1 booked 10..20 N", "r1 v2 amended 20..30 A", "r1 v3 amended 30.. N"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "null and empty are one state, and it stays as it came first",
        given: &["10: r1 N, r2 E"],
        when: "20: r1 E, r2 N, r1 N",
        then: &["r1 v1 booked 10.. N", "r2 v1 booked 10.. E"],
        counts: [0, 0, 3, 0],
    },
    Scenario {
        claim: "twice in one delivery: array order is time order",
        given: &[],
        when: "10: r1 A, r1 B",
        then: &["r1 v1 booked 10..10+1µs A", "r1 v2 amended 10+1µs.. B"],
        counts: [2, 0, 0, 1],
    },
    Scenario {
        claim: "twice in one delivery: the database's version ends at the first change only",
        given: &["10: r1 A"],
        when: "20: r1 B, r2 A, r1 D",
        then: &[
            "r1 v1 booked 10..20 A",
            "r1 v2 amended 20..20+1µs B",
            "r1 v3 rescheduled 20+1µs.. D",
            "r2 v1 booked 20.. A",
        ],
        counts: [3, 1, 0, 1],
    },
    Scenario {
        claim: "there and back in one delivery makes both versions",
        given: &["10: r1 A"],
        when: "20: r1 B, r1 A",
        then: &["r1 v1 booked 10..20 A", "r1 v2 amended 20..20+1µs B", "r1 v3 amended 20+1µs.. A"],
        counts: [2, 1, 0, 1],
    },
    Scenario {
        claim: "a repeat within a delivery opens nothing",
        given: &["10: r1 A"],
        when: "20: r1 A, r1 B, r1 B",
        then: &["r1 v1 booked 10..20 A", "r1 v2 amended 20.. B"],
        counts: [1, 1, 2, 0],
    },
    Scenario {
        claim: "a clock that goes back moves the start to just after the version before",
        given: &["20: r1 A"],
        when: "10: r1 B, r2 A",
        then: &["r1 v1 booked 20..20+1µs A", "r1 v2 amended 20+1µs.. B", "r2 v1 booked 10.. A"],
        counts: [2, 1, 0, 1],
    },
    Scenario {
        claim: "a clock that stands still moves the start, too",
        given: &["10: r1 A"],
        when: "10: r1 B",
        then: &["r1 v1 booked 10..10+1µs A", "r1 v2 amended 10+1µs.. B"],
        counts: [1, 1, 0, 1],
    },
    Scenario {
        claim: "a clock that goes back does not matter to what is unchanged",
        given: &["20: r1 A"],
        when: "10: r1 A",
        then: &["r1 v1 booked 20.. A"],
        counts: [0, 0, 1, 0],
    },
    Scenario {
        claim: "a re-delivery after a lost acknowledgement opens only what is new",
        given: &["10: r1 A, r2 A"],
        when: "20: r1 A, r2 A, r3 A",
        then: &["r1 v1 booked 10.. A", "r2 v1 booked 10.. A", "r3 v1 booked 20.. A"],
        counts: [1, 0, 2, 0],
    },
    Scenario {
        claim: "a re-delivery with a change behind it opens the change",
        given: &["10: r1 A"],
        when: "20: r1 A, r1 X",
        then: &["r1 v1 booked 10..20 A", "r1 v2 cancelled 20.. X"],
        counts: [1, 1, 1, 0],
    },
    Scenario {
        claim: "what is absent stays open: it was acknowledged, not deleted",
        given: &["10: r1 A, r2 A"],
        when: "20: r3 A",
        then: &["r1 v1 booked 10.. A", "r2 v1 booked 10.. A", "r3 v1 booked 20.. A"],
        counts: [1, 0, 0, 0],
    },
    Scenario {
        claim: "cancelled, then reinstated",
        given: &["10: r1 A", "20: r1 X"],
        when: "30: r1 A",
        then: &["r1 v1 booked 10..20 A", "r1 v2 cancelled 20..30 X", "r1 v3 reinstated 30.. A"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "reinstated at another date is reinstated",
        given: &["10: r1 X"],
        when: "20: r1 D",
        then: &["r1 v1 cancelled 10..20 X", "r1 v2 reinstated 20.. D"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "cancelled with another date is cancelled",
        given: &["10: r1 A"],
        when: "20: r1 Y",
        then: &["r1 v1 booked 10..20 A", "r1 v2 cancelled 20.. Y"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "other content of a cancelled reservation is an amendment, its date included",
        given: &["10: r1 X"],
        when: "20: r1 Y",
        then: &["r1 v1 cancelled 10..20 X", "r1 v2 amended 20.. Y"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "another date is a rescheduling, whatever the status says",
        given: &["10: r1 A"],
        when: "20: r1 D",
        then: &["r1 v1 booked 10..20 A", "r1 v2 rescheduled 20.. D"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "a status that becomes 2 is a rescheduling, even on the same date",
        given: &["10: r1 A"],
        when: "20: r1 R",
        then: &["r1 v1 booked 10..20 A", "r1 v2 rescheduled 20.. R"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "a status that stays 2 or ceases to be 2 is no rescheduling",
        given: &["10: r1 R", "20: r1 S"],
        when: "30: r1 A",
        then: &["r1 v1 booked 10..20 R", "r1 v2 amended 20..30 S", "r1 v3 amended 30.. A"],
        counts: [1, 1, 0, 0],
    },
    Scenario {
        claim: "an empty delivery changes nothing",
        given: &["10: r1 A"],
        when: "20:",
        then: &["r1 v1 booked 10.. A"],
        counts: [0, 0, 0, 0],
    },
];

#[test]
fn the_history_follows_its_rules() {
    for Scenario { claim, given, when, then, counts } in SCENARIOS {
        let mut history = History::default();
        for delivery in *given {
            history.deliver(&parse(delivery), &[]);
        }
        let counted = history.deliver(&parse(when), &[]);
        assert_eq!(render(&history), *then, "{claim}");
        let [opened, closed, unchanged, adjusted] = *counts;
        assert_eq!(counted, Counts { opened, closed, unchanged, adjusted: adjusted as u64 }, "{claim}");
    }
}

fn parse(text: &str) -> Delivery {
    let (seconds, states) = text.split_once(':').unwrap();
    let state = |text: &str| {
        let (serial_number, name) = text.trim().split_once(' ').unwrap();
        in_state(serial_number, name.parse().unwrap())
    };
    Delivery {
        effective_at: at(seconds.parse().unwrap()),
        reservations: states.split(',').filter(|state| !state.is_empty()).map(state).collect(),
    }
}

fn render(history: &History) -> Vec<String> {
    let version = |version: &Version| {
        let serial_number = &version.reservation.serial_number;
        let (name, _) =
            STATES.into_iter().find(|(name, _)| in_state(serial_number, *name) == version.reservation).unwrap();
        let valid_to = version.valid_to.map(render_time).unwrap_or_default();
        let (number, change, valid_from) = (version.version, version.change.as_str(), render_time(version.valid_from));
        format!("{serial_number} v{number} {change} {valid_from}..{valid_to} {name}")
    };
    history.0.values().flatten().map(version).collect()
}

fn render_time(time: DateTime<Utc>) -> String {
    let since_start = time - at(0);
    match since_start.subsec_nanos() {
        0 => since_start.num_seconds().to_string(),
        nanoseconds => format!("{}+{}µs", since_start.num_seconds(), nanoseconds / 1000),
    }
}
