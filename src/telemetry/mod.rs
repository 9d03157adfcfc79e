//! What machines that watch over tijian get to see: figures for Prometheus, traces and metrics for a collector, whether all
//! is well, and systemd's questions.
//!
//! Counts, times and account names, and nothing else: this module must never be handed a record, a reservation's id, or an
//! error's text. Nothing here ends a run: what cannot be told is a warning.

mod endpoint;
mod figures;
mod health;
mod lineage;
mod otlp;
mod service_manager;

pub use endpoint::serve;
pub use figures::{Figures, beside_other_shards};
pub use health::Health;
pub use lineage::Lineage;
pub use otlp::{Instruments, Otlp};
pub use service_manager::{keep_telling_alive, tell_ready, tell_status, tell_stopping};
