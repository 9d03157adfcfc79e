//! What must be true in every world that can come about, in words.

use stateright::Property;

use crate::rules::Recovery;
use crate::steps::Protocol;
use crate::world::*;

pub const NOTHING_LOST: &str =
    "what the platform holds as received is committed here, or lies in the landing folder and will be loaded";
pub const REFUSED_HELD: &str = "a refused state is not acknowledged as long as it is the present one";
pub const OWN_SESSION: &str = "nothing is sent from memory of another session";
pub const IN_ORDER: &str = "versions are opened in the order of the changes, each once";
pub const KIND_NIGHT: &str = "whatever has happened, one kind night takes everything over";

/// What must be possible, or the models would prove nothing.
pub const ALL_TAKEN_OVER: &str = "every state of every reservation is taken over and acknowledged";
pub const DATABASE_BEHIND: &str = "a database lacks what the platform holds as received";

/// Those that must hold.
pub const CLAIMS: [&str; 5] = [NOTHING_LOST, REFUSED_HELD, OWN_SESSION, IN_ORDER, KIND_NIGHT];

pub fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(NOTHING_LOST, |protocol, world| {
            let landed = match protocol.rules.recovery {
                Recovery::Never => [0; RESERVATIONS],
                _ => protocol.still_to_recover(world),
            };
            let kept = |at: usize| world.database.known[at] | landed[at];
            (0..RESERVATIONS).all(|at| received(world, at) & !kept(at) == 0)
        }),
        Property::always(REFUSED_HELD, |protocol, world| {
            let is_present = is_refused_present(protocol, world);
            !is_present || received(world, REFUSED.0) & bit(REFUSED.1) == 0
        }),
        Property::always(OWN_SESSION, |_, world: &World| {
            let is_own = |flight: Flight| world.run == Run::Acknowledging && flight.callback.pull == world.pulls;
            world.flight.is_none_or(is_own)
        }),
        Property::always(IN_ORDER, |_, world: &World| !world.database.is_disordered),
        Property::always(KIND_NIGHT, |protocol: &Protocol, world: &World| {
            let world = protocol.after_a_kind_night(world);
            let is_held = |at: usize| at == REFUSED.0 && is_refused_present(protocol, &world);
            let is_over = |at: usize| world.platform.pending[at] == 0 || is_held(at);
            (0..RESERVATIONS).all(|at| world.database.known[at] == so_far(&world, at) && is_over(at))
        }),
        Property::sometimes(ALL_TAKEN_OVER, |_, world: &World| {
            let is_last = |at: usize| world.platform.state[at] == STATES && world.platform.pending[at] == 0;
            (0..RESERVATIONS).all(|at| is_last(at) && world.database.known[at] == so_far(world, at))
        }),
        Property::sometimes(DATABASE_BEHIND, |_, world: &World| {
            (0..RESERVATIONS).any(|at| received(world, at) & !world.database.known[at] != 0)
        }),
    ]
}

/// All states that the reservation has had.
fn so_far(world: &World, at: usize) -> States {
    bit(world.platform.state[at] + 1) - 1
}

/// Those that the platform will not deliver again.
fn received(world: &World, at: usize) -> States {
    so_far(world, at) & !world.platform.pending[at]
}

fn is_refused_present(protocol: &Protocol, world: &World) -> bool {
    protocol.rules.refused_records && world.platform.state[REFUSED.0] == REFUSED.1
}
