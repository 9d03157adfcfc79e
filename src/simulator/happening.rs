//! What happens at the platform just before a call acts: a citizen cancels between the pull and the callback.

use super::fault::Endpoint;

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// These JSON texts join the queue as records.
    Records(Vec<String>),
    /// The next night begins: generated reservations are booked and change.
    Night,
}

/// The happenings that wait for their calls.
#[derive(Debug, Default)]
pub struct Happenings(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    endpoint: Endpoint,
    /// Calls of the endpoint up to this one and including it.
    calls_left: u32,
    happening: Happening,
}

impl Happenings {
    /// `nth` counts calls of `endpoint` from now on, from 1; 0 is the next one, too.
    pub fn add(&mut self, endpoint: Endpoint, nth: u32, happening: Happening) {
        self.0.push(Waiting { endpoint, calls_left: nth.max(1), happening });
    }

    /// Takes the events due before the call of `endpoint` that has just come in, in the order of adding.
    pub fn take(&mut self, endpoint: Endpoint) -> Vec<Happening> {
        self.0.iter_mut().filter(|waiting| waiting.endpoint == endpoint).for_each(|waiting| waiting.calls_left -= 1);
        self.0.extract_if(.., |waiting| waiting.calls_left == 0).map(|waiting| waiting.happening).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn happenings_wait_for_the_nth_call_of_their_endpoint() {
        let mut happenings = Happenings::default();
        happenings.add(Endpoint::Callback, 2, Happening::Night);
        happenings.add(Endpoint::Callback, 2, Happening::Records(vec![]));
        happenings.add(Endpoint::Order, 1, Happening::Night);
        assert_eq!(happenings.take(Endpoint::Callback), []);
        assert_eq!(happenings.take(Endpoint::Order), [Happening::Night]);
        assert_eq!(happenings.take(Endpoint::Callback), [Happening::Night, Happening::Records(vec![])]);
        assert_eq!(happenings.take(Endpoint::Callback), []);
    }
}
