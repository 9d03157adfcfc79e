//! Tasks outside the nights: checking a warehouse, comparing it, replaying it, and removing data from it.

mod decode_states;
mod decoded_rows;
mod doctor;
mod erase;
mod month;
mod rebuild;
mod reconcile;
mod replay;
mod rotate;
mod schema;
mod sorted_rows;
mod verify;
mod verify_lake;
mod withdraw;

pub use decode_states::{DecodeContext, DecodeReport, DecodeStep, OnDecode, decode_account};
pub use doctor::{Check, DEMO_MARKER, Finding, Trouble, examine};
pub use erase::{AccountErasure, Doubt, ErasureRequest, Extent, Undecided, erase};
pub use month::{FinanceMonth, close_month, month_folder};
pub use rebuild::{OnRebuild, RebuildReport, RebuildRequest, RebuildSource, rebuild};
pub use reconcile::{ReconcileError, ReconcileReport, ReconcileRequest, reconcile};
pub use replay::{OnReplay, ReplayExtent, ReplayGoal, ReplayPlace, ReplayReport, ReplayStep, replay};
pub use rotate::{OnRotation, RotationReport, RotationStep, rotate_site_key};
pub use schema::{bring_up_to_date, set_grants};
pub use sorted_rows::RowDifferences;
pub use verify::verify_finance;
pub use verify_lake::{LakeVerified, PartVerified, verify_lake};
pub use withdraw::{WithdrawalReport, WithdrawalRequest, withdraw_arrivals};
