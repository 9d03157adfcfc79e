//! tijian

pub mod disposition;
pub mod pipeline;
pub mod platform;
pub mod reservation;
pub mod warehouse;
