//! The steps of a run at which it is killed, and how each is held from outside until the kill.

/// Where a kill found the run, as far as what it left behind can tell. In the order of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The ledger does not know the run yet.
    Starting,
    /// Nothing is pulled.
    BeforePull,
    /// The delivery was asked for, and has not landed.
    Pulling,
    /// The delivery has landed; the load has not claimed it.
    Landed,
    /// The load has begun, and the delivery is not read to its end.
    Decoding,
    /// In the middle of a COPY.
    Copying,
    /// Everything is read; COMMIT was not sent.
    BeforeCommit,
    /// COMMIT was sent, and has not returned.
    Committing,
    /// The load is committed; the platform knows of nothing.
    Committed,
    /// Some callbacks are confirmed and struck off, others are owed.
    Acknowledging,
    /// The platform has acted, and the outbox does not know.
    ActedUnmarked,
    /// Everything is acknowledged; the marts are old, while files of the history may be half written.
    Refreshing,
    /// A file is half written, or still to be written.
    Exporting,
    /// A file is in place, and the ledger does not know.
    ExportUnrecorded,
    /// Everything is done, but the ledger does not know that the run has ended.
    Finishing,
}

impl Step {
    /// Those that the named part must hit.
    pub const NAMED: [Step; 14] = [
        Step::Starting,
        Step::Pulling,
        Step::Landed,
        Step::Decoding,
        Step::Copying,
        Step::BeforeCommit,
        Step::Committing,
        Step::Committed,
        Step::Acknowledging,
        Step::ActedUnmarked,
        Step::Refreshing,
        Step::Exporting,
        Step::ExportUnrecorded,
        Step::Finishing,
    ];
}

/// What holds a run at its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// A table that the step writes is locked, from before the run.
    Table(&'static str),
    /// The same, from when the delivery is on its way: earlier steps write it, too.
    TableSincePull(&'static str),
    /// A row in the middle of the delivery is just being written by somebody else.
    Row,
    /// COMMIT waits for a standby that is not there.
    Standby,
    /// The delivery's body trickles.
    SlowBody,
    /// Callbacks: so many are answered, and the next ones are not; the platform has acted on these, or has not.
    Callbacks { answered: u32, has_effect: bool },
    /// Nothing: the process is stopped and looked at, and let go on until it is there.
    Nothing,
}

/// A step to be killed at, one after the other in a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Starting,
    Pulling,
    Landed,
    BeforeCommit,
    Committing,
    /// Two kills: what the first run owes is delivered again to the second one.
    CommittedTwice,
    Acknowledging,
    ActedUnmarked,
    Refreshing,
    Exporting,
    ExportUnrecorded,
    Finishing,
    Decoding,
    Copying,
}

impl Moment {
    /// In the order of a run, in a night of their own each.
    pub const ALL: [Moment; 12] = [
        Moment::Starting,
        Moment::Pulling,
        Moment::Landed,
        Moment::BeforeCommit,
        Moment::Committing,
        Moment::CommittedTwice,
        Moment::Acknowledging,
        Moment::ActedUnmarked,
        Moment::Refreshing,
        Moment::Exporting,
        Moment::ExportUnrecorded,
        Moment::Finishing,
    ];

    /// Those that would be over too soon: in nights of more records.
    pub const IN_BULK: [Moment; 2] = [Moment::Decoding, Moment::Copying];

    /// The runs of the night that are killed: what holds each, and the step that the kill must hit.
    pub fn kills(self) -> Vec<(Hold, Step)> {
        match self {
            Moment::Starting => vec![(Hold::Table("etl.runs"), Step::Starting)],
            Moment::Pulling => vec![(Hold::SlowBody, Step::Pulling)],
            Moment::Landed => vec![(Hold::Table("etl.deliveries"), Step::Landed)],
            Moment::BeforeCommit => vec![(Hold::Table("etl.stale_check_dates"), Step::BeforeCommit)],
            Moment::Committing => vec![(Hold::Standby, Step::Committing)],
            Moment::CommittedTwice => {
                let silent = Hold::Callbacks { answered: 0, has_effect: false };
                vec![(silent, Step::Committed), (silent, Step::Committed)]
            }
            Moment::Acknowledging => {
                vec![(Hold::Callbacks { answered: 1, has_effect: false }, Step::Acknowledging)]
            }
            Moment::ActedUnmarked => vec![(Hold::Callbacks { answered: 3, has_effect: true }, Step::ActedUnmarked)],
            Moment::Refreshing => vec![(Hold::Table("warehouse.daily_volumes"), Step::Refreshing)],
            Moment::Exporting => vec![(Hold::Nothing, Step::Exporting)],
            Moment::ExportUnrecorded => vec![(Hold::Table("etl.exports"), Step::ExportUnrecorded)],
            Moment::Finishing => vec![(Hold::TableSincePull("etl.runs"), Step::Finishing)],
            Moment::Decoding => vec![(Hold::Nothing, Step::Decoding)],
            Moment::Copying => vec![(Hold::Row, Step::Copying)],
        }
    }
}
