//! Tasks outside the nights: checking a warehouse, comparing it, replaying it, and removing data from it.

mod doctor;
mod erase;
mod month;
mod reconcile;
mod replay;
mod rotate;
mod schema;
mod verify;
mod withdraw;

pub use doctor::{Check, DEMO_MARKER, Finding, Trouble, examine};
pub use erase::{AccountErasure, Doubt, ErasureRequest, Extent, Undecided, erase};
pub use month::{FinanceMonth, close_month, month_folder};
pub use reconcile::{ReconcileError, ReconcileReport, ReconcileRequest, reconcile};
pub use replay::{OnReplay, ReplayExtent, ReplayGoal, ReplayPlace, ReplayReport, ReplayStep, replay};
pub use rotate::{OnRotation, RotationReport, RotationStep, rotate_site_key};
pub use schema::{bring_up_to_date, set_grants};
pub use verify::verify_finance;
pub use withdraw::{WithdrawalReport, WithdrawalRequest, withdraw_arrivals};
