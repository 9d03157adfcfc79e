//! What a model takes for granted: how the platform reads a callback, and by which rules the program goes.

/// What a callback marks as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// What was delivered: of that batch, or of that reservation by any answer so far.
    Delivered,
    /// The reservation, or every reservation of that batch, whatever its state is at that moment.
    Reservation,
}

/// When the program loads what landed, was committed once, and is not in its database any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// As a run begins.
    BeforePull,
    /// As a run begins, and also what has landed without ever having been committed.
    OfAllThatLanded,
    /// Only when the new delivery has been loaded.
    AfterLoad,
    Never,
}

#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A callback by `serialNumber`.
    pub single: Marks,
    /// A callback by `requestId`.
    pub batch: Marks,
    /// Something can change between a pull's answer and the last callback that the pull allows.
    pub changes_in_window: bool,
    /// A callback that nobody waits for any more can still act.
    pub late_callbacks: bool,
    /// One state breaks the contract: it is held back, and the others of its batch are acknowledged one by one.
    pub refused_records: bool,
    /// Batches are never acknowledged whole.
    pub singles_only: bool,
    /// How many copies of the database there are that can take its place: a backup, a standby.
    pub copies: usize,
    pub recovery: Recovery,
    /// What an earlier run owes is sent before the pull.
    pub drains_first: bool,
    /// Callbacks begin before the landing folder's note of the commit is written.
    pub journals_late: bool,
    /// A run goes on with its callbacks after its session has been lost.
    pub acknowledges_from_memory: bool,
}

impl Rules {
    /// The program as it is, on a platform that marks what was delivered. One backup.
    pub const KIND: Rules = Rules {
        single: Marks::Delivered,
        batch: Marks::Delivered,
        changes_in_window: true,
        late_callbacks: false,
        refused_records: true,
        singles_only: false,
        copies: 1,
        recovery: Recovery::BeforePull,
        drains_first: false,
        journals_late: false,
        acknowledges_from_memory: false,
    };

    /// On a platform whose single callback marks the reservation; nothing changes while callbacks are owed.
    pub const STRICT: Rules = Rules { single: Marks::Reservation, changes_in_window: false, ..Rules::KIND };

    /// The same of both callbacks.
    pub const STRICTEST: Rules = Rules { batch: Marks::Reservation, ..Rules::STRICT };
}
