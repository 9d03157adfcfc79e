//! Which arrivals of the inbox are taken, which wait, and which are refused.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::reservation::{ArrivalReason, ArrivalVerdict, KnownReservation, OpenArrival};

/// How far the front desk's clock may be ahead of ours.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(10);

/// Whatever is further back is a mistyped year, not a late report.
const BACK_MAX: TimeDelta = TimeDelta::days(366);

/// How long an arrival waits for its reservation. Who books on the day and comes at once is delivered the night after; a
/// record that the contract refused may take some days to be corrected.
const PATIENCE: TimeDelta = TimeDelta::days(7);

/// One verdict for each of them, in their order. Of several for one reservation the first good one is taken.
pub fn judge_arrivals(open: &[OpenArrival], judged_at: DateTime<Utc>) -> Vec<ArrivalVerdict> {
    let mut taken = HashSet::new();
    open.iter()
        .map(|arrival| {
            if arrival.is_taken || taken.contains(arrival.serial_number.as_str()) {
                return ArrivalVerdict::Repeated;
            }
            let verdict = judge(arrival, judged_at);
            if verdict == ArrivalVerdict::Taken {
                taken.insert(arrival.serial_number.as_str());
            }
            verdict
        })
        .collect()
}

fn judge(arrival: &OpenArrival, judged_at: DateTime<Utc>) -> ArrivalVerdict {
    // Differences, not sums: they cannot overflow.
    let age = judged_at.signed_duration_since(arrival.arrived_at);
    if age < -AHEAD_MAX {
        return ArrivalVerdict::Refused(ArrivalReason::ArrivedInFuture);
    }
    if age > BACK_MAX {
        return ArrivalVerdict::Refused(ArrivalReason::ArrivedLongAgo);
    }
    match arrival.reservation {
        KnownReservation::Active => ArrivalVerdict::Taken,
        KnownReservation::Cancelled => ArrivalVerdict::Refused(ArrivalReason::CancelledReservation),
        KnownReservation::Unknown if judged_at.signed_duration_since(arrival.submitted_at) <= PATIENCE => {
            ArrivalVerdict::Waiting
        }
        KnownReservation::Unknown => ArrivalVerdict::Refused(ArrivalReason::UnknownReservation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reservation::ArrivalSource;
    use ArrivalReason::{ArrivedInFuture, ArrivedLongAgo, CancelledReservation, UnknownReservation};
    use ArrivalVerdict::{Refused, Repeated, Taken, Waiting};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn arrival(serial_number: &str, reservation: KnownReservation, arrived_at: &str) -> OpenArrival {
        OpenArrival {
            inbox_id: 1,
            serial_number: serial_number.to_owned(),
            arrived_at: at(arrived_at),
            submitted_at: at("2026-01-05T02:00:00Z"),
            source: ArrivalSource::Inbox,
            reservation,
            is_taken: false,
        }
    }

    #[test]
    fn an_arrival_is_taken_waits_or_is_refused_by_its_reservation_and_its_time() {
        use KnownReservation::{Active, Cancelled, Unknown};
        let now = at("2026-01-05T03:00:00Z");
        for (reservation, arrived_at, verdict) in [
            (Active, "2026-01-05T02:59:00Z", Taken),
            (Active, "2026-01-05T03:10:00Z", Taken),
            (Active, "2026-01-05T03:10:01Z", Refused(ArrivedInFuture)),
            (Active, "2099-12-31T23:59:59Z", Refused(ArrivedInFuture)),
            (Active, "2025-01-04T03:00:00Z", Taken),
            (Active, "2025-01-04T02:59:59Z", Refused(ArrivedLongAgo)),
            (Active, "2000-01-01T00:00:00Z", Refused(ArrivedLongAgo)),
            (Cancelled, "2026-01-05T02:00:00Z", Refused(CancelledReservation)),
            (Unknown, "2026-01-05T02:00:00Z", Waiting),
            (Unknown, "2036-01-05T02:00:00Z", Refused(ArrivedInFuture)),
        ] {
            assert_eq!(judge_arrivals(&[arrival("A", reservation, arrived_at)], now), [verdict], "{arrived_at}");
        }
    }

    #[test]
    fn an_arrival_of_an_unknown_reservation_waits_a_week() {
        let waiting = [arrival("A", KnownReservation::Unknown, "2026-01-05T02:00:00Z")];
        assert_eq!(judge_arrivals(&waiting, at("2026-01-12T02:00:00Z")), [Waiting]);
        assert_eq!(judge_arrivals(&waiting, at("2026-01-12T02:00:01Z")), [Refused(UnknownReservation)]);
    }

    #[test]
    fn of_several_the_first_good_one_is_taken() {
        let now = at("2026-01-05T03:00:00Z");
        let active = |arrived_at| arrival("A", KnownReservation::Active, arrived_at);
        let open = [
            active("2026-01-06T02:00:00Z"),
            active("2026-01-05T02:00:00Z"),
            arrival("B", KnownReservation::Active, "2026-01-05T02:00:00Z"),
            active("2026-01-05T01:00:00Z"),
            active("2026-01-06T02:00:00Z"),
        ];
        assert_eq!(judge_arrivals(&open, now), [Refused(ArrivedInFuture), Taken, Taken, Repeated, Repeated]);
        // Also where the reservation was cancelled since.
        let known = OpenArrival { is_taken: true, ..arrival("A", KnownReservation::Cancelled, "2026-01-05T02:00:00Z") };
        assert_eq!(judge_arrivals(&[known], now), [Repeated]);
    }
}
