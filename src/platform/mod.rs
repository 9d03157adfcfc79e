//! The platform's interface.

pub mod cipher;
