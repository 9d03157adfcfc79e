//! What each step does to the world, and which of them the rules allow.

use crate::rules::{Marks, Recovery, Rules};
use crate::world::*;

/// Program and platform under these rules, for so many pulls.
#[derive(Clone, Debug)]
pub struct Protocol {
    pub rules: Rules,
    pub pulls: Pull,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody changes a reservation.
    Change(usize),
    /// A backup is taken, or the standby catches up.
    Copy(usize),
    /// The backup is restored, or the standby promoted. Who was connected is connected no longer.
    Restore(usize),
    Start,
    Recover,
    Pull,
    Land,
    Commit,
    Journal,
    Send(Callback),
    /// The platform does what the callback asks for.
    Act,
    Confirm,
    /// The callback is lost, or its answer.
    GiveUp,
    Expire,
    /// The run is done, or killed, or out of its session.
    End,
    /// The session is lost, and the run goes on from memory.
    Orphan,
    ActLate,
    /// The late callback never acts.
    Vanish,
}

impl Protocol {
    /// What landed and will be loaded by a run that starts now.
    pub fn still_to_recover(&self, world: &World) -> [States; RESERVATIONS] {
        let mut states = [0; RESERVATIONS];
        for pull in (1..=world.pulls).filter(|pull| self.is_recoverable(world, *pull)) {
            let delivered = world.delivery(pull).states;
            states.iter_mut().zip(delivered).for_each(|(states, delivered)| *states |= delivered);
        }
        states
    }

    fn is_recoverable(&self, world: &World, pull: Pull) -> bool {
        let delivery = world.delivery(pull);
        let is_meant = delivery.is_journalled || self.rules.recovery == Recovery::OfAllThatLanded;
        delivery.is_landed && is_meant && world.database.ledger & bit(pull) == 0
    }

    /// The oldest delivery that the run must load before it goes on.
    pub fn to_recover(&self, world: &World) -> Option<Pull> {
        let is_time = match self.rules.recovery {
            Recovery::BeforePull | Recovery::OfAllThatLanded => world.run == Run::Started,
            Recovery::AfterLoad => world.run == Run::Acknowledging,
            Recovery::Never => false,
        };
        (1..=world.pulls).find(|pull| is_time && self.is_recoverable(world, *pull))
    }

    pub fn may_pull(&self, world: &World) -> bool {
        matches!(world.run, Run::Started | Run::Expired) && self.to_recover(world).is_none()
    }

    /// What may be sent now.
    pub fn sendable(&self, world: &World) -> Vec<Callback> {
        let owed_for = |pull: Pull| self.callbacks(world, pull, world.database.owed.map(|owed| owed == pull));
        let mut callbacks = match world.run {
            Run::Acknowledging => owed_for(world.pulls),
            Run::Started if self.rules.drains_first => (1..=world.pulls).flat_map(owed_for).collect(),
            _ => Vec::new(),
        };
        if world.orphan > 0 {
            let delivery = world.delivery(world.orphan);
            let is_due = [0, 1].map(|reservation| self.is_accepted(delivery, reservation));
            callbacks.extend(self.callbacks(world, world.orphan, is_due));
        }
        callbacks
    }

    /// The callbacks of one delivery: one for its batch, or one for each reservation that is due.
    fn callbacks(&self, world: &World, pull: Pull, is_due: [bool; RESERVATIONS]) -> Vec<Callback> {
        let holds_refused = self.rules.refused_records && world.delivery(pull).states[REFUSED.0] & bit(REFUSED.1) != 0;
        if holds_refused || self.rules.singles_only {
            let due = (0..RESERVATIONS).filter(|reservation| is_due[*reservation]);
            due.map(|reservation| Callback { pull, names: Names::SerialNumber(reservation) }).collect()
        } else {
            let whole = Callback { pull, names: Names::RequestId };
            is_due.contains(&true).then_some(whole).into_iter().collect()
        }
    }

    /// It was delivered, and its last state is not refused.
    fn is_accepted(&self, delivery: &Delivery, reservation: usize) -> bool {
        let last = last(delivery.states[reservation]);
        last > 0 && !(self.rules.refused_records && (reservation, last) == REFUSED)
    }

    pub fn apply(&self, world: &mut World, action: Action) {
        match action {
            Action::Change(reservation) => {
                world.platform.state[reservation] += 1;
                world.platform.pending[reservation] |= bit(world.platform.state[reservation]);
            }
            Action::Copy(copy) => world.copies[copy] = world.database,
            Action::Restore(copy) => {
                self.leave(world);
                world.database = world.copies[copy];
            }
            Action::Start => world.run = Run::Started,
            Action::Recover => {
                if let Some(pull) = self.to_recover(world) {
                    let delivery = *world.delivery(pull);
                    world.database.load(pull, &delivery);
                }
            }
            Action::Pull => self.pull(world),
            Action::Land => {
                world.run = Run::Landed;
                world.last_delivery().is_landed = true;
            }
            Action::Commit => self.commit(world),
            Action::Journal => {
                world.run = Run::Acknowledging;
                world.last_delivery().is_journalled = true;
            }
            Action::Send(callback) => world.flight = Some(Flight { callback, has_acted: false }),
            Action::Act => {
                if let Some(flight) = &mut world.flight {
                    flight.has_acted = true;
                    let callback = flight.callback;
                    self.mark(world, callback);
                }
            }
            Action::Confirm => confirm(world),
            Action::GiveUp => self.give_up(world),
            Action::Expire => world.run = Run::Expired,
            Action::End => self.leave(world),
            Action::Orphan => {
                world.orphan = world.pulls;
                self.leave(world);
            }
            Action::ActLate => {
                if let Some(callback) = world.late.take() {
                    self.mark(world, callback);
                }
            }
            Action::Vanish => world.late = None,
        }
    }

    /// The platform answers with everything that it does not hold as received.
    fn pull(&self, world: &mut World) {
        world.run = Run::Pulled;
        world.pulls += 1;
        let states = world.platform.pending;
        *world.last_delivery() = Delivery { states, ..Delivery::default() };
        if self.rules.single == Marks::Delivered {
            world.platform.delivered.iter_mut().zip(states).for_each(|(delivered, states)| *delivered |= states);
        }
    }

    /// One transaction. What older deliveries owed is superseded, or settled: it was not delivered again.
    fn commit(&self, world: &mut World) {
        let delivery = *world.last_delivery();
        let pull = world.pulls;
        world.database.load(pull, &delivery);
        for (reservation, owed) in world.database.owed.iter_mut().enumerate() {
            *owed = if self.is_accepted(&delivery, reservation) { pull } else { 0 };
        }
        world.run = if self.rules.journals_late { Run::Acknowledging } else { Run::Committed };
    }

    fn mark(&self, world: &mut World, callback: Callback) {
        let held = world.delivery(callback.pull).states;
        let Platform { pending, delivered, .. } = &mut world.platform;
        match callback.names {
            Names::RequestId => {
                for (pending, held) in pending.iter_mut().zip(held) {
                    match self.rules.batch {
                        Marks::Delivered => *pending &= !held,
                        Marks::Reservation if held != 0 => *pending = 0,
                        Marks::Reservation => {}
                    }
                }
            }
            Names::SerialNumber(reservation) => match self.rules.single {
                Marks::Delivered => pending[reservation] &= !delivered[reservation],
                Marks::Reservation => pending[reservation] = 0,
            },
        }
    }

    fn leave(&self, world: &mut World) {
        world.run = Run::None;
        self.give_up(world);
    }

    fn give_up(&self, world: &mut World) {
        if let Some(flight) = world.flight.take()
            && self.rules.late_callbacks
            && !flight.has_acted
        {
            world.late = Some(flight.callback);
        }
    }

    /// A whole night in which nothing fails and nothing changes, from wherever the world is.
    pub fn after_a_kind_night(&self, world: &World) -> World {
        let mut world = World { orphan: 0, late: None, flight: None, run: Run::None, ..world.clone() };
        while let Some(action) = self.kind_step(&world) {
            self.apply(&mut world, action);
        }
        world
    }

    fn kind_step(&self, world: &World) -> Option<Action> {
        if let Some(flight) = world.flight {
            return Some(if flight.has_acted { Action::Confirm } else { Action::Act });
        }
        if self.to_recover(world).is_some() {
            return Some(Action::Recover);
        }
        if let Some(callback) = self.sendable(world).first() {
            return Some(Action::Send(*callback));
        }
        match world.run {
            Run::None => Some(Action::Start),
            Run::Started | Run::Expired => Some(Action::Pull),
            Run::Pulled => Some(Action::Land),
            Run::Landed => Some(Action::Commit),
            Run::Committed => Some(Action::Journal),
            Run::Acknowledging => None,
        }
    }
}

/// The run strikes off what the platform has confirmed. (Who goes on from memory has no database to strike it off in.)
fn confirm(world: &mut World) {
    let Some(Flight { callback, .. }) = world.flight.take() else { return };
    for (reservation, owed) in world.database.owed.iter_mut().enumerate() {
        let is_named = callback.names == Names::RequestId || callback.names == Names::SerialNumber(reservation);
        if *owed == callback.pull && is_named && callback.pull != world.orphan {
            *owed = 0;
        }
    }
}
