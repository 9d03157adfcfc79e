//! The ledger: runs, what is owed to the platform, what is waiting, and the figures that operators and monitors are shown.

mod backlog;
mod health;
mod outbox;
mod receipt;
mod retention;
mod runs;
mod status;
mod totals;

pub use backlog::{Backlog, Waiting};
pub use health::{LoaderRights, Server, Vitals};
pub use outbox::{Owed, OwedCalls, OwedKind};
pub use receipt::CommitReceipt;
pub use retention::{LedgerClocks, Retention, RetentionLimits};
pub use runs::{RunOutcome, RunSummary};
pub use status::{AccountStatus, DayVolume, LakeStatus, QuarantineCount, StatusRun};
pub use totals::AccountTotals;
