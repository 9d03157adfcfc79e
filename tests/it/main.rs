//! All integration tests, as one program: it links once, and its tests can share a server.

mod cli;
mod crash;
mod exports;
mod local_postgres;
mod night;
mod platform;
mod support;
mod tidy;
