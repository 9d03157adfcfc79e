//! tijian

pub mod pipeline;
pub mod platform;
pub mod reservation;
pub mod settings;
pub mod validate;
