//! Our files in the programs of those who get them: real readers of Parquet, a real spreadsheet, a real browser, a
//! real monitor; and our nights through a real pooler.
//!
//! A program of its own, because it needs what Rust and PostgreSQL alone do not bring (`Cargo.toml`). What is missing
//! fails the test that needs it, with one line that says what to install. Nothing is skipped.
//!
//! Invariant: Other programs read the values that we wrote into our files.
//! Held by: types that they know; typed or guarded cells.

#![allow(clippy::disallowed_methods, reason = "tests make files and connections of their own")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a failed unwrap is a failed test, in helpers, too")]

mod dbt;
mod frictionless;
mod lake;
mod libreoffice;
mod parquet;
mod pgbouncer;
mod prometheus;
mod python;
mod report;
mod spreadsheet;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "made for the other tests; these need a part of it")]
mod support;
mod views;
