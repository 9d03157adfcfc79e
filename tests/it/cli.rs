//! The command line as a user meets it: the built binary, its two streams, its exit status.

mod definitions;
mod demo;
mod deployment;
mod exit_codes;
mod help;
mod inspect;
mod languages;
mod output;
mod places;
mod private_server;
mod secrets;

mod signals;
