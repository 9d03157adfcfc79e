//! What can go wrong on demand, per endpoint, and how it is spelled on the command line and over HTTP.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::wording::{Message, Spoken, display_in_english, message};

/// One of the platform's four calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Endpoint {
    Token,
    Order,
    Callback,
    Arrival,
}

impl Endpoint {
    pub const ALL: [Endpoint; 4] = [Endpoint::Token, Endpoint::Order, Endpoint::Callback, Endpoint::Arrival];

    /// The last part of its path, and its name everywhere else.
    pub const fn name(self) -> &'static str {
        match self {
            Endpoint::Token => "token",
            Endpoint::Order => "order",
            Endpoint::Callback => "callback",
            Endpoint::Arrival => "arrival",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Endpoint {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Endpoint, FaultError> {
        Endpoint::ALL.into_iter().find(|endpoint| endpoint.name() == text).ok_or(FaultError::Endpoint)
    }
}

/// A way for a call to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Fault {
    // The call does nothing.
    /// This HTTP status, with a page of HTML.
    Http(u16),
    /// HTML with HTTP 200, as a proxy or a captive portal answers.
    Garbage,
    /// HTTP 200 and no body.
    Empty,
    /// The document's sample: code 500, no `success`, no `timestamp`, not encrypted.
    PlainFailure,
    /// Code 50002, encrypted.
    EncryptedFailure,
    /// The token is refused; from the token endpoint: a token that is refused by the other calls.
    ExpiredToken,
    /// No answer until the simulator stops.
    Hang,
    /// HTTP 429 that asks to wait a second.
    Busy,
    /// HTTP 307 to an address without TLS.
    Redirect,

    // The call does its work, and its answer is lost or damaged.
    /// HTTP 502 after the work was done.
    EffectThen502,
    /// No answer after the work was done.
    EffectThenHang,
    /// Half of the body, with a Content-Length that agrees.
    Truncated,
    /// Half of the body, then the connection ends although Content-Length promised more.
    Disconnect,
    /// Half of the body in chunks, without a length, then the connection ends.
    CutChunks,
    /// Half of the body, then a line break now and then, without end.
    Drip,
    /// The envelope, then something that is not JSON, encrypted together.
    TrailingGarbage,
    /// `Content-Encoding: gzip`, and it is not.
    FalseGzip,
    /// Little gzip that becomes very much.
    GzipBomb,
    /// Encrypted under another key.
    WrongKey,
    /// Under the right key, without PKCS5 padding.
    BadPadding,
    /// `"result":null`.
    NullResult,
    /// No `result`.
    MissingResult,

    // The call does its work, and its answer is unusual but readable.
    /// The first bytes trickle.
    Slow,
    /// `"code":"200"`.
    StringCode,
    /// `"result"` is a JSON string that holds the JSON.
    ResultAsString,
    /// A success in plain text.
    PlainSuccess,
    /// No `timestamp`.
    TimestampAbsent,
    /// Compressed, and labelled so.
    Gzip,
    /// `Content-Type` names a character set that it is not in.
    WrongCharset,
}

/// Every fault's name but the HTTP statuses', which are `http-` and the number.
const NAMES: [(&str, Fault); 28] = [
    ("garbage", Fault::Garbage),
    ("empty", Fault::Empty),
    ("plain-failure", Fault::PlainFailure),
    ("encrypted-failure", Fault::EncryptedFailure),
    ("expired-token", Fault::ExpiredToken),
    ("hang", Fault::Hang),
    ("busy", Fault::Busy),
    ("redirect", Fault::Redirect),
    ("effect-then-502", Fault::EffectThen502),
    ("effect-then-hang", Fault::EffectThenHang),
    ("truncated", Fault::Truncated),
    ("disconnect", Fault::Disconnect),
    ("cut-chunks", Fault::CutChunks),
    ("drip", Fault::Drip),
    ("trailing-garbage", Fault::TrailingGarbage),
    ("false-gzip", Fault::FalseGzip),
    ("gzip-bomb", Fault::GzipBomb),
    ("wrong-key", Fault::WrongKey),
    ("bad-padding", Fault::BadPadding),
    ("null-result", Fault::NullResult),
    ("missing-result", Fault::MissingResult),
    ("slow", Fault::Slow),
    ("string-code", Fault::StringCode),
    ("result-as-string", Fault::ResultAsString),
    ("plain-success", Fault::PlainSuccess),
    ("timestamp-absent", Fault::TimestampAbsent),
    ("gzip", Fault::Gzip),
    ("wrong-charset", Fault::WrongCharset),
];

impl Fault {
    /// Whether what was asked for is done nevertheless.
    pub fn has_effect(self) -> bool {
        !matches!(
            self,
            Fault::Http(_)
                | Fault::Garbage
                | Fault::Empty
                | Fault::PlainFailure
                | Fault::EncryptedFailure
                | Fault::ExpiredToken
                | Fault::Hang
                | Fault::Busy
                | Fault::Redirect
        )
    }

    /// Whether the answer's payload reaches a client that is lenient enough.
    pub fn is_readable(self) -> bool {
        matches!(
            self,
            Fault::Slow
                | Fault::StringCode
                | Fault::ResultAsString
                | Fault::PlainSuccess
                | Fault::TimestampAbsent
                | Fault::Gzip
                | Fault::WrongCharset
        )
    }

    /// Every name, for help texts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once("http-<status>").chain(NAMES.into_iter().map(|(name, _)| name))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(_, fault)| fault == self) {
            Some((name, _)) => formatter.write_str(name),
            None => match self {
                Fault::Http(status) => write!(formatter, "http-{status}"),
                other => write!(formatter, "{other:?}"),
            },
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        if let Some(status) = text.strip_prefix("http-") {
            let status = status.parse().ok().filter(|status| (200..600).contains(status));
            return status.map(Fault::Http).ok_or(FaultError::Status);
        }
        NAMES.iter().find(|(name, _)| *name == text).map(|(_, fault)| *fault).ok_or(FaultError::Fault)
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> String {
        fault.to_string()
    }
}

impl TryFrom<String> for Fault {
    type Error = FaultError;

    fn try_from(text: String) -> Result<Fault, FaultError> {
        text.parse()
    }
}

/// A fault for the next calls of an endpoint; as text `order=http-503:2`, or `order=http-503` for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arming {
    pub endpoint: Endpoint,
    pub fault: Fault,
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

impl FromStr for Arming {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Arming, FaultError> {
        let (endpoint, fault) = text.split_once('=').ok_or(FaultError::Form)?;
        let (fault, times) = match fault.split_once(':') {
            None => (fault, once()),
            Some((fault, times)) => (fault, times.parse().map_err(|_| FaultError::Times)?),
        };
        Ok(Arming { endpoint: endpoint.parse()?, fault: fault.parse()?, times })
    }
}

/// Why a text is not a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    Form,
    Endpoint,
    Fault,
    Status,
    Times,
}

impl Spoken for FaultError {
    fn message(&self) -> Message {
        match self {
            FaultError::Form => message!("TJ-8021"),
            FaultError::Endpoint => message!("TJ-8022"),
            FaultError::Fault => {
                message!("TJ-8023", faults = Fault::names().map(ToString::to_string).collect::<Vec<_>>())
            }
            FaultError::Status => message!("TJ-8024"),
            FaultError::Times => message!("TJ-8025"),
        }
    }
}

display_in_english!(FaultError);

/// The faults that wait for their calls, first armed, first served.
#[derive(Debug, Default)]
pub struct ArmedFaults(VecDeque<Arming>);

impl ArmedFaults {
    pub fn arm(&mut self, arming: Arming) {
        if arming.times > 0 {
            self.0.push_back(arming);
        }
    }

    /// The fault for a call of `endpoint` that has just come in.
    pub fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let position = self.0.iter().position(|arming| arming.endpoint == endpoint)?;
        let arming = &mut self.0[position];
        arming.times -= 1;
        let (fault, times_left) = (arming.fault, arming.times);
        if times_left == 0 {
            self.0.remove(position);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_reads_back_from_its_name() {
        for fault in NAMES.map(|(_, fault)| fault).into_iter().chain([Fault::Http(503), Fault::Http(404)]) {
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
    }

    #[test]
    fn an_arming_reads_from_its_text() {
        let expected = Arming { endpoint: Endpoint::Order, fault: Fault::Http(503), times: 2 };
        assert_eq!("order=http-503:2".parse(), Ok(expected));
        assert_eq!("order=http-503".parse(), Ok(Arming { times: 1, ..expected }));
        for (text, error) in [
            ("order", FaultError::Form),
            ("orders=empty", FaultError::Endpoint),
            ("order=broken", FaultError::Fault),
            ("order=http-7", FaultError::Status),
            ("order=empty:x", FaultError::Times),
        ] {
            assert_eq!(text.parse::<Arming>(), Err(error));
        }
    }

    #[test]
    fn faults_are_used_up_in_order_by_their_own_endpoint() {
        let mut faults = ArmedFaults::default();
        for text in ["order=empty:2", "callback=slow", "order=garbage", "order=hang:0"] {
            faults.arm(text.parse().unwrap());
        }
        assert_eq!(faults.take(Endpoint::Token), None);
        assert_eq!(faults.take(Endpoint::Callback), Some(Fault::Slow));
        let orders: Vec<_> = (0..4).map(|_| faults.take(Endpoint::Order)).collect();
        assert_eq!(orders, [Some(Fault::Empty), Some(Fault::Empty), Some(Fault::Garbage), None]);
    }
}
