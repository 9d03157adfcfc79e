//! The whole history of one reservation, from its accepted states of all deliveries, as the nights made it one by one: the planner
//! is theirs, and what they ask the warehouse for is remembered here.
//!
//! Of the past it holds only what a later delivery can repeat, so that its memory does not grow with the versions. It grows with
//! what waits: the states of one delivery that may repeat known ones, and the places of those that have changed nothing since the
//! newest version, which follow that version, and its end is not known before the next one begins.

use std::collections::VecDeque;

use chrono::{DateTime, NaiveDate, Utc};

use crate::reservation::{Change, CurrentVersion, Fingerprint, HistoryPlan, OpenedVersion, PlannedState, Text};
use crate::transform::{HistoryPlanner, KnownContents};

/// States of one delivery that are planned together.
const CHUNK_STATES: usize = 1_000;

/// How many deliveries are remembered. The last pull alone can be repeated, but what was loaded from the quarantine since is
/// a delivery, too, and looks like any other.
const DELIVERIES_MAX: usize = 100;

/// Of how many versions the contents are remembered, three megabytes, where a pull did not bring more: since equal states in a
/// row count, too, a pull can be repeated from versions on that are older than itself.
const VERSIONS_MAX: i64 = 100_000;

/// The planner gets one reservation at a time, whatever its name.
static ANY_NAME: Text = Text::const_new("");

/// One accepted state.
#[derive(Debug, Clone)]
pub struct DeliveredState {
    pub place: Place,
    /// When the delivery's states take effect.
    pub effective_at: DateTime<Utc>,
    /// Equal for states of the same content, and for no others.
    pub content: Fingerprint,
    pub order_status: Text,
    pub check_date: NaiveDate,
    /// The pull since which the platform may deliver states of the reservation again, if any. Of what was loaded from the
    /// quarantine: `None`, since the platform did not deliver it.
    pub unconfirmed_pull: Option<i64>,
}

/// Where a state came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub delivery_id: i64,
    pub position: i64,
}

impl PlannedState for DeliveredState {
    type Unchanged = Place;

    fn serial_number(&self) -> &Text {
        &ANY_NAME
    }

    fn content(&self) -> &Fingerprint {
        &self.content
    }

    fn order_status(&self) -> &str {
        &self.order_status
    }

    fn check_date(&self) -> NaiveDate {
        self.check_date
    }

    fn unchanged(self) -> Place {
        self.place
    }
}

/// What became of a state.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub place: Place,
    /// `None`: it changed nothing.
    pub version: Option<MadeVersion>,
}

/// A version that a state has made.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeVersion {
    pub version: i32,
    pub valid_from: DateTime<Utc>,
    /// `None`: it is current.
    pub valid_to: Option<DateTime<Utc>>,
    pub change: Change,
}

/// What a state contradicts: itself, or those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The unconfirmed pull is not earlier than the delivery.
    LaterPull,
    /// The unconfirmed pull is earlier than what a delivery can repeat.
    ForgottenPull,
    /// The delivery has another unconfirmed pull, too.
    OtherPull,
    /// The delivery has another time, too, though it was pulled.
    OtherTime,
}

/// One reservation, delivery by delivery.
#[derive(Default)]
pub struct WholeHistory {
    known: KnownContents,
    past: Past,
    delivery: Option<Delivery>,
    newest: Option<Outcome>,
    /// What has changed nothing since the newest version.
    unchanged: Vec<Place>,
}

/// The delivery that is being taken.
struct Delivery {
    delivery_id: i64,
    effective_at: DateTime<Utc>,
    unconfirmed_pull: Option<i64>,
    states: i64,
    /// Those of the states that are not planned yet.
    chunk: Vec<DeliveredState>,
}

impl WholeHistory {
    /// Takes the next state, in the order of deliveries, and of places in each. `decided` gets one outcome for each state, in
    /// this order, as soon as it cannot change.
    pub fn take(&mut self, state: DeliveredState, decided: &mut impl FnMut(Outcome)) -> Result<(), Contradiction> {
        let mut delivery = match self.delivery.take() {
            Some(delivery) if delivery.goes_on_with(&state)? => delivery,
            before => {
                if let Some(before) = before {
                    self.end_delivery(before, decided);
                }
                self.begin_delivery(&state)?
            }
        };
        delivery.states += 1;
        delivery.chunk.push(state);
        // What may repeat known states is planned at once: it cannot be read again.
        if delivery.chunk.len() == CHUNK_STATES && self.known.unconfirmed.is_empty() {
            self.plan_chunk(&mut delivery, decided);
        }
        self.delivery = Some(delivery);
        Ok(())
    }

    /// There is no further state.
    pub fn end(mut self, decided: &mut impl FnMut(Outcome)) {
        if let Some(last) = self.delivery.take() {
            self.end_delivery(last, decided);
        }
        self.give_out(decided);
    }

    fn begin_delivery(&mut self, first: &DeliveredState) -> Result<Delivery, Contradiction> {
        let &DeliveredState { place: Place { delivery_id, .. }, effective_at, unconfirmed_pull, .. } = first;
        self.known.unconfirmed.clear();
        if unconfirmed_pull >= Some(delivery_id) {
            return Err(Contradiction::LaterPull);
        }
        let tail = self.past.begin_delivery(unconfirmed_pull).ok_or(Contradiction::ForgottenPull)?;
        if !tail.is_empty() {
            self.known.unconfirmed.insert(ANY_NAME.to_string(), tail);
        }
        Ok(Delivery { delivery_id, effective_at, unconfirmed_pull, states: 0, chunk: Vec::new() })
    }

    fn end_delivery(&mut self, mut delivery: Delivery, decided: &mut impl FnMut(Outcome)) {
        self.plan_chunk(&mut delivery, decided);
        self.past.end_delivery(delivery.delivery_id, delivery.states);
    }

    fn plan_chunk(&mut self, delivery: &mut Delivery, decided: &mut impl FnMut(Outcome)) {
        let states = std::mem::take(&mut delivery.chunk);
        let plan = |mut planner: HistoryPlanner| {
            let plan = planner.plan(states.clone(), &self.known);
            planner.finish().map(|()| plan)
        };
        let plan = plan(HistoryPlanner::new(delivery.effective_at))
            .or_else(|again| plan(HistoryPlanner::again(delivery.effective_at, again)))
            .expect("how many states repeat known ones is known the second time");
        self.apply(plan, decided);
    }

    /// Takes over a plan as the warehouse does, and gives out the outcomes that it makes certain.
    fn apply(&mut self, plan: HistoryPlan<DeliveredState>, decided: &mut impl FnMut(Outcome)) {
        if let Some(newest) = self.newest.as_mut().and_then(|newest| newest.version.as_mut()) {
            newest.valid_to = plan.closed.first().map(|closed| closed.valid_to);
        }
        let unchanged = plan.unchanged.into_iter().map(|place| (place, None));
        let opened = plan.opened.into_iter().map(|opened| (opened.state.place, Some(opened)));
        let mut states: Vec<(Place, Option<OpenedVersion<DeliveredState>>)> = unchanged.chain(opened).collect();
        states.sort_unstable_by_key(|(place, _)| *place);
        for (place, opened) in states {
            let Some(OpenedVersion { version, valid_from, valid_to, change, state }) = opened else {
                self.unchanged.push(place);
                continue;
            };
            self.give_out(decided);
            self.newest = Some(Outcome { place, version: Some(MadeVersion { version, valid_from, valid_to, change }) });
            self.past.open_version(state.content);
            let DeliveredState { content, order_status, check_date, .. } = state;
            let current =
                CurrentVersion { version, valid_from, fingerprint: content, content, order_status, check_date };
            self.known.current.insert(ANY_NAME.to_string(), current);
        }
    }

    /// The newest version's end is known now.
    fn give_out(&mut self, decided: &mut impl FnMut(Outcome)) {
        self.newest.take().into_iter().for_each(&mut *decided);
        self.unchanged.drain(..).for_each(|place| decided(Outcome { place, version: None }));
    }
}

impl Delivery {
    /// Whether the state is planned with those before it. What is loaded from the quarantine counts from the deliveries that it
    /// came in, each with its own time.
    fn goes_on_with(&self, state: &DeliveredState) -> Result<bool, Contradiction> {
        if state.place.delivery_id != self.delivery_id {
            return Ok(false);
        }
        if state.unconfirmed_pull != self.unconfirmed_pull {
            return Err(Contradiction::OtherPull);
        }
        match (state.effective_at == self.effective_at, self.unconfirmed_pull) {
            (true, _) => Ok(true),
            (false, None) => Ok(false),
            (false, Some(_)) => Err(Contradiction::OtherTime),
        }
    }
}

/// What a later delivery can repeat.
struct Past {
    /// The contents of the newest versions, oldest first.
    contents: VecDeque<Fingerprint>,
    /// The number of the newest version; 0: there is none.
    version: i64,
    /// The newest deliveries, oldest first; never none.
    deliveries: VecDeque<PastDelivery>,
    /// The pull that the last delivery named as unconfirmed, and since which version that is. Until it is confirmed, later ones
    /// name it again.
    unconfirmed: Option<(i64, i64)>,
}

#[derive(Clone, Copy)]
struct PastDelivery {
    delivery_id: i64,
    /// The newest version after it.
    version: i64,
    states: i64,
}

impl PastDelivery {
    /// The first version that its states may have made: they end with the one that was current then.
    /// `sql/load/note_unconfirmed_reservations.sql` says the same.
    fn since_version(&self) -> i64 {
        (self.version - self.states + 1).max(1)
    }
}

impl Default for Past {
    fn default() -> Past {
        let before_all = PastDelivery { delivery_id: i64::MIN, version: 0, states: 0 };
        Past { contents: VecDeque::new(), version: 0, deliveries: [before_all].into(), unconfirmed: None }
    }
}

impl Past {
    /// The contents that the delivery may repeat; `None`: they are forgotten.
    fn begin_delivery(&mut self, unconfirmed_pull: Option<i64>) -> Option<Vec<Fingerprint>> {
        let Some(pull) = unconfirmed_pull else {
            self.unconfirmed = None;
            return Some(Vec::new());
        };
        let since = match self.unconfirmed {
            Some((before, since)) if before == pull => since,
            _ => self.since_version(pull)?,
        };
        let others = self.contents.len().checked_sub(self.versions_since(since))?;
        self.unconfirmed = Some((pull, since));
        Some(self.contents.range(others..).copied().collect())
    }

    fn since_version(&self, pull: i64) -> Option<i64> {
        let last = self.deliveries.iter().rev().find(|delivery| delivery.delivery_id <= pull)?;
        // Of a pull that is not here, nothing was accepted.
        let states = if last.delivery_id == pull { last.states } else { 0 };
        Some(PastDelivery { states, ..*last }.since_version())
    }

    fn open_version(&mut self, content: Fingerprint) {
        self.contents.push_back(content);
        self.version += 1;
    }

    fn end_delivery(&mut self, delivery_id: i64, states: i64) {
        let version = self.version;
        match self.deliveries.back_mut().filter(|last| last.delivery_id == delivery_id) {
            Some(last) => *last = PastDelivery { delivery_id, version, states: last.states + states },
            None => self.deliveries.push_back(PastDelivery { delivery_id, version, states }),
        }
        if self.deliveries.len() > DELIVERIES_MAX {
            self.deliveries.pop_front();
        }
        self.forget_contents();
    }

    fn forget_contents(&mut self) {
        let last = self.deliveries.back().map(PastDelivery::since_version);
        let unconfirmed = self.unconfirmed.map(|(_, since)| since);
        let newest = self.version - VERSIONS_MAX + 1;
        let since = last.into_iter().chain(unconfirmed).fold(newest, i64::min);
        let others = self.contents.len().saturating_sub(self.versions_since(since));
        self.contents.drain(..others);
    }

    fn versions_since(&self, since: i64) -> usize {
        (self.version - since + 1) as usize
    }
}

#[cfg(test)]
mod tests;
