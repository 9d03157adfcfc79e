//! Encrypted connections, to PostgreSQL and to the platform: good certificates are taken, all others refused with one clear
//! line, and nothing is sent to a server that is not trusted.

mod platform;
mod postgres;
