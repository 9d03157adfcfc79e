//! What can happen next. Everything may happen at any moment; what is bounded is the number of pulls.

use stateright::{Model, Property};

use crate::properties;
use crate::steps::{Action, Protocol};
use crate::world::*;

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::first()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if self.rules.changes_in_window || !world.is_window_open() {
            let changeable = (0..RESERVATIONS).filter(|reservation| world.platform.state[*reservation] < STATES);
            actions.extend(changeable.map(Action::Change));
        }
        // A copy that is like the database changes nothing.
        let differing = (0..self.rules.copies).filter(|copy| world.copies[*copy] != world.database);
        actions.extend(differing.flat_map(|copy| [Action::Copy(copy), Action::Restore(copy)]));

        let may_pull_more = world.pulls < self.pulls;
        match world.run {
            Run::None => actions.push(Action::Start),
            Run::Started | Run::Expired if self.may_pull(world) && may_pull_more => actions.push(Action::Pull),
            Run::Started | Run::Expired => {}
            Run::Pulled => actions.push(Action::Land),
            Run::Landed => actions.push(Action::Commit),
            Run::Committed => actions.push(Action::Journal),
            Run::Acknowledging => {
                if !world.delivery(world.pulls).is_journalled {
                    actions.push(Action::Journal);
                }
                // It waits for every callback that is under way before it pulls again.
                if world.flight.is_none() && may_pull_more {
                    actions.push(Action::Expire);
                }
                if self.rules.acknowledges_from_memory {
                    actions.push(Action::Orphan);
                }
            }
        }
        if self.to_recover(world).is_some() {
            actions.push(Action::Recover);
        }
        match world.flight {
            None => actions.extend(self.sendable(world).into_iter().map(Action::Send)),
            Some(Flight { has_acted: false, .. }) => actions.extend([Action::Act, Action::GiveUp]),
            Some(Flight { has_acted: true, .. }) => actions.extend([Action::Confirm, Action::GiveUp]),
        }
        if world.run != Run::None {
            actions.push(Action::End);
        }
        if world.late.is_some() {
            actions.extend([Action::ActLate, Action::Vanish]);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        self.apply(&mut next, action);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Protocol>> {
        properties::all()
    }
}
