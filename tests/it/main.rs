//! All integration tests, as one program: it links once, and its tests can share a server.

#![allow(clippy::disallowed_methods, reason = "tests make files and connections of their own")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a failed unwrap is a failed test, in helpers, too")]

mod acknowledging;
mod arrivals;
mod belonging;
mod bounds;
mod cli;
mod clocks;
mod connecting;
mod contents;
mod crash;
mod data_teams;
mod dictionary;
mod discretion;
mod disks;
mod doctor;
mod exports;
mod failed_pull;
mod forms;
mod fuzz;
mod kills;
mod load;
mod local_postgres;
mod many_accounts;
mod marts;
mod night;
mod platform;
mod platform_answers;
mod platform_networks;
mod platform_patience;
mod platform_requests;
mod platform_storms;
mod platform_tokens;
mod postgres_faults;
mod postgres_refusals;
mod postgres_restarts;
mod privacy;
mod properties;
mod quarantine;
mod reconcile;
mod replay;
mod report;
mod restore;
mod roles;
mod rotation;
mod sealing;
mod server_settings;
mod shards;
mod support;
mod support_ticket;
mod telemetry;
mod tidy;
mod tls;
mod two_at_once;
mod watch;
