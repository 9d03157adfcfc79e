//! tijian

pub mod export;
pub mod pipeline;
pub mod platform;
pub mod reservation;
