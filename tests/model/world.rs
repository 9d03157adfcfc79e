//! Everything that there is between platform, landing folder and database, as small numbers.
//!
//! Two reservations of three states each stand for all of them. A state is a number: booked, moved, cancelled, booked
//! again, whatever it is.

/// Two: what is true of one must not hide behind the other, and a batch has both.
pub const RESERVATIONS: usize = 2;

/// Of each reservation.
pub const STATES: u8 = 3;

/// Three pulls are as many as can be looked at in a test's time; a kind night has one more.
pub const PULLS_MAX: usize = 4;

/// A backup that somebody took, and a standby that lags behind.
pub const COPIES_MAX: usize = 2;

/// The reservation and the state of it that break the contract, where there are refused records. The state before was
/// good, the one after corrects it.
pub const REFUSED: (usize, u8) = (0, 2);

/// States of one reservation: bit 0 is state 1.
pub type States = u8;

/// The number of a pull, from 1; 0: none.
pub type Pull = u8;

/// Of state or pull number `number`.
pub fn bit(number: u8) -> u8 {
    1 << (number - 1)
}

/// The highest number of a set, or 0.
pub fn last(numbers: u8) -> u8 {
    8 - numbers.leading_zeros() as u8
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub platform: Platform,
    pub pulls: Pull,
    /// What each pull answered, and what became of the answer at the hospital.
    pub deliveries: [Delivery; PULLS_MAX],
    pub database: Database,
    pub copies: [Database; COPIES_MAX],
    pub run: Run,
    /// The pull of a run that has lost its session and goes on from memory; only where the rules let it.
    pub orphan: Pull,
    /// The callback whose answer somebody waits for.
    pub flight: Option<Flight>,
    /// A callback that nobody waits for any more and that can still act; only where the rules know of such.
    pub late: Option<Callback>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    /// The present one, from 1.
    pub state: [u8; RESERVATIONS],
    /// Not marked as received: these are what a pull answers.
    pub pending: [States; RESERVATIONS],
    /// Answered by some pull. Counted only where single callbacks mark these.
    pub delivered: [States; RESERVATIONS],
}

/// One answer. The file in the landing folder stays, whatever happens to the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Delivery {
    pub states: [States; RESERVATIONS],
    pub is_landed: bool,
    /// The landing folder's own note that a database has committed it.
    pub is_journalled: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Database {
    /// Versions, and refused records in quarantine.
    pub known: [States; RESERVATIONS],
    /// Deliveries that it has loaded: bit 0 is pull 1.
    pub ledger: u8,
    /// The delivery for which the reservation's acknowledgement is owed.
    pub owed: [Pull; RESERVATIONS],
    /// A version was opened although a later state of its reservation had one.
    pub is_disordered: bool,
}

/// How far the run is with the last pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Run {
    None,
    /// It has the account's lock, and has not pulled yet.
    Started,
    Pulled,
    Landed,
    Committed,
    Acknowledging,
    /// Too much time has gone by since the pull: it must pull again.
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Callback {
    /// The delivery that it was meant for.
    pub pull: Pull,
    pub names: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Names {
    /// The delivery's batch.
    RequestId,
    /// A reservation.
    SerialNumber(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    pub callback: Callback,
    pub has_acted: bool,
}

impl World {
    /// One state of each reservation that nobody has pulled yet, and an empty database with a backup of it.
    pub fn first() -> World {
        World {
            platform: Platform {
                state: [1; RESERVATIONS],
                pending: [bit(1); RESERVATIONS],
                delivered: [0; RESERVATIONS],
            },
            pulls: 0,
            deliveries: [Delivery::default(); PULLS_MAX],
            database: Database::default(),
            copies: [Database::default(); COPIES_MAX],
            run: Run::None,
            orphan: 0,
            flight: None,
            late: None,
        }
    }

    pub fn delivery(&self, pull: Pull) -> &Delivery {
        &self.deliveries[usize::from(pull) - 1]
    }

    pub fn last_delivery(&mut self) -> &mut Delivery {
        &mut self.deliveries[usize::from(self.pulls) - 1]
    }

    /// From the pull's answer until nobody waits for a callback any more.
    pub fn is_window_open(&self) -> bool {
        matches!(self.run, Run::Pulled | Run::Landed | Run::Committed | Run::Acknowledging) || self.flight.is_some()
    }
}

impl Database {
    /// One transaction: what is new becomes a version, or a row in quarantine.
    pub fn load(&mut self, pull: Pull, delivery: &Delivery) {
        for (known, states) in self.known.iter_mut().zip(delivery.states) {
            let opened = states & !*known;
            let up_to_last = bit(last(*known) + 1) - 1;
            self.is_disordered |= opened & up_to_last != 0;
            *known |= opened;
        }
        self.ledger |= bit(pull);
    }
}
