//! The remote API: client, token, envelope, cipher.
//!
//! [`Platform`] does the talking; [`EnvelopeReader`] over [`Plaintext`] turns an answer's bytes into records and does no
//! I/O but reading them.

mod arrive_date;
mod base64_text;
pub mod cipher;
#[cfg(test)]
mod cipher_jdk_tests;
mod client;
mod descent;
mod envelope;
mod error;
mod http;
mod members;
mod order_body;
mod other_text;
mod passing_look;
mod plaintext;
mod request_text;
mod scan;
mod small_answer;
mod token;
mod values;
mod whereabouts;

pub use client::{Acknowledgement, Credentials, Platform};
pub use envelope::{DeliveredRecord, Envelope, EnvelopeReader, ResultKind};
pub use error::{AnswerError, Endpoint, PlatformError};
pub use http::{Peer, ProxyCredentials};
pub use order_body::OrderBody;
pub use plaintext::{Plaintext, ReadError};
pub use token::Token;
pub use whereabouts::{Likeness, Whereabouts};
