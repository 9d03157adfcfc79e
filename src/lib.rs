//! tijian

pub mod disposition;
pub mod landing;
pub mod pipeline;
pub mod platform;
pub mod reservation;
pub mod warehouse;
