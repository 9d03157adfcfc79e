//! TLS to PostgreSQL: whom we trust, and what went wrong where we do not.
//!
//! There is one way to connect, and it checks the server's chain and name.

use std::error::Error;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::certificates::{CaFile, TlsProblem, roots};
use crate::guidance::Remedy;
use crate::wording::{Message, Spoken, message};

/// PostgreSQL's name for its protocol (17 and later ask for it where TLS begins without a question).
const PROTOCOL: &[u8] = b"postgresql";

/// How `tokio_postgres` says that the server has answered "no TLS here". It is the one answer without a type, so
/// `tests/it/tls.rs` holds these words against a real server.
const NOT_OFFERED: &str = "server does not support TLS";

/// Why there is no connection over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFailure {
    NotOffered,
    Server(TlsProblem),
}

impl Spoken for TlsFailure {
    fn message(&self) -> Message {
        match self {
            TlsFailure::NotOffered => message!("tls-not-offered"),
            TlsFailure::Server(problem) => problem.message(),
        }
    }
}

impl TlsFailure {
    /// The failure of TLS in a failed connection, if that is what it is.
    pub(in crate::warehouse) fn find_in(error: &tokio_postgres::Error) -> Option<TlsFailure> {
        if error.source().is_some_and(|source| source.to_string() == NOT_OFFERED) {
            return Some(TlsFailure::NotOffered);
        }
        TlsProblem::find_in(error).map(TlsFailure::Server)
    }

    /// What the operator can do.
    pub(in crate::warehouse) fn remedy(self) -> Remedy {
        match self {
            TlsFailure::NotOffered => Remedy::OfferTls,
            TlsFailure::Server(TlsProblem::UnknownIssuer | TlsProblem::NotPinned) => Remedy::TrustServer,
            TlsFailure::Server(TlsProblem::WrongName) => Remedy::NameServerAsCertified,
            TlsFailure::Server(TlsProblem::Expired) => Remedy::RenewCertificate,
            TlsFailure::Server(TlsProblem::NotValidYet) => Remedy::CheckClockThenCertificate,
            TlsFailure::Server(TlsProblem::UnusableCertificate) => Remedy::CertifyServer,
            TlsFailure::Server(TlsProblem::NoCommonGround) => Remedy::ModernizeTls,
        }
    }
}

/// For connections that trust this machine's CAs, and those of the file.
pub(in crate::warehouse) fn connector(ca_file: Option<&CaFile>) -> Result<MakeRustlsConnect, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(ca_file)?)
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}
