//! tijian

pub mod cli;
pub mod disposition;
pub mod export;
pub mod landing;
pub mod local_postgres;
pub mod pipeline;
pub mod platform;
pub mod reservation;
pub mod run;
pub mod settings;
pub mod simulator;
pub mod transform;
pub mod validate;
pub mod warehouse;
