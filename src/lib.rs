//! tijian

pub mod local_postgres;
pub mod pipeline;
pub mod platform;
pub mod reservation;
