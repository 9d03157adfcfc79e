//! tijian

pub mod cli;
pub mod pipeline;
pub mod platform;
pub mod reservation;
pub mod simulator;
