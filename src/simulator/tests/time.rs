//! Simulated time, and what was called in it.

use std::time::UNIX_EPOCH;

use super::*;

#[tokio::test]
async fn simulated_time_moves_a_day_each_night_and_can_be_set() {
    let client = Client::start(0).await;
    let timestamp = async || client.call("order", json!({})).await["timestamp"].as_i64().unwrap();
    let first = timestamp().await;
    assert_eq!(timestamp().await, first + 1_000);
    client.simulator.advance_night();
    assert_eq!(timestamp().await, first - 1_000 + 86_400_000);
    client.simulator.set_timestamp(Some(12));
    assert_eq!(timestamp().await, 12);
}

#[tokio::test]
async fn the_machines_clock_stays_right_through_calls_and_nights() {
    let clock = || UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let client = Client::start_with(SimulatorOptions { time: SimulatedTime::Clock, clock, ..options(3) }).await;
    for _ in 0..3 {
        client.simulator.advance_night();
        assert_eq!(client.call("order", json!({})).await["timestamp"], 1_800_000_000_000_i64);
    }
    let tally = |endpoint, calls| Tally { endpoint, calls, ok: calls };
    assert_eq!(client.simulator.tallies(0), [tally(Endpoint::Token, 1), tally(Endpoint::Order, 3)]);
    assert_eq!(client.simulator.tallies(2), [tally(Endpoint::Order, 2)]);
    assert_eq!(client.simulator.tallies(4), []);
}
