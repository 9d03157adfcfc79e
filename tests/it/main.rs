//! All integration tests, as one program: it links once, and its tests can share a server.

mod crash;
mod discretion;
mod local_postgres;
mod night;
mod platform;
mod platform_answers;
mod platform_requests;
mod platform_tokens;
mod postgres_faults;
mod support;
mod tidy;
