//! The history by another engine: a real Spark, its master and its workers processes of their own, on what nights have published.
//!
//! A program of its own, because it needs what Rust and PostgreSQL alone do not bring (`Cargo.toml`): Java, and Python, by which it
//! gets Spark. What is missing fails the tests, with one line that says what to install. Nothing is skipped.

#![allow(clippy::disallowed_methods, reason = "tests make files and connections of their own")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a failed unwrap is a failed test, in helpers, too")]

mod decoded;
#[path = "../readers/python.rs"]
#[allow(dead_code, reason = "made for the readers; these tests need a part of it")]
mod python;
mod rebuild;
mod refused;
mod spark;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "made for the other tests; these need a part of it")]
mod support;
