//! Certificates: the CA files that somebody names, and what is wrong with a server's certificate.
//!
//! A named file adds to the CAs that this machine trusts. Nothing turns the checks off.

mod trust;

use std::error::Error;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{AlertDescription, CertificateError, RootCertStore};

use crate::plain_files::open_plain;
use crate::wording::{Message, Spoken, display_in_english, message};

pub use trust::{Fingerprint, https, roots};

/// Largest CA file: twenty times all that a browser trusts.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A file of CA certificates, read and checked: PEM, one or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    pub path: PathBuf,
    /// Never empty.
    certificates: Vec<CertificateDer<'static>>,
}

/// Why a CA file cannot be used. One line; the file is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CaFileError {
    pub path: PathBuf,
    problem: Message,
}

impl Spoken for CaFileError {
    fn message(&self) -> Message {
        message!("TJ-1301", path = &self.path, problem = &self.problem)
    }
}

impl CaFile {
    /// Reads the file. Anything in it besides certificates is ignored.
    pub fn read(path: &Path) -> Result<CaFile, CaFileError> {
        let fail = |problem: Message| CaFileError { path: path.to_owned(), problem };
        let mut bytes = Vec::new();
        open_plain(path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(|error| fail(message!("ca-file-unread", reason = &error)))?;
        let certificates = certificates(&bytes).map_err(fail)?;
        Ok(CaFile { path: path.to_owned(), certificates })
    }

    /// The certificates in DER form, at least one.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Message> {
    match bytes {
        [] => return Err(message!("ca-file-empty")),
        // How a certificate in DER form begins: a sequence with a length of two bytes.
        [0x30, 0x82, ..] => {
            return Err(message!("ca-file-der"));
        }
        _ if bytes.len() as u64 > FILE_BYTES_MAX => return Err(message!("ca-file-large")),
        _ => {}
    }
    let mut certificates = Vec::new();
    for (certificate, number) in CertificateDer::pem_slice_iter(bytes).zip(1..) {
        let certificate = certificate.map_err(|_| message!("ca-file-no-pem", number))?;
        let is_usable = RootCertStore::empty().add(certificate.clone()).is_ok();
        if !is_usable {
            return Err(message!("ca-file-damaged", number));
        }
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(message!("ca-file-none"));
    }
    Ok(certificates)
}

/// Why the server's certificate or TLS is refused, worded to follow the server's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProblem {
    UnknownIssuer,
    WrongName,
    Expired,
    NotValidYet,
    /// Not the one that is pinned.
    NotPinned,
    /// Damaged, revoked, not for servers, a CA's own, …: the cause says what.
    UnusableCertificate,
    /// No version or method of TLS that both know.
    NoCommonGround,
}

impl Spoken for TlsProblem {
    fn message(&self) -> Message {
        match self {
            TlsProblem::UnknownIssuer => message!("tls-unknown-issuer"),
            TlsProblem::WrongName => message!("tls-wrong-name"),
            TlsProblem::Expired => message!("tls-expired"),
            TlsProblem::NotValidYet => message!("tls-not-valid-yet"),
            TlsProblem::NotPinned => message!("tls-not-pinned"),
            TlsProblem::UnusableCertificate => message!("tls-unusable-certificate"),
            TlsProblem::NoCommonGround => message!("tls-no-common-ground"),
        }
    }
}

display_in_english!(CaFileError, TlsProblem);

impl TlsProblem {
    /// The problem at the bottom of a failed connection, if repeating does not help. By type, never by text.
    pub fn find_in(error: &(dyn Error + 'static)) -> Option<TlsProblem> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return TlsProblem::of(error);
            }
            // The source of an I/O error is the source of the error inside it.
            next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }

    fn of(error: &rustls::Error) -> Option<TlsProblem> {
        match error {
            rustls::Error::InvalidCertificate(error) => Some(match error {
                CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    TlsProblem::WrongName
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsProblem::NotValidYet,
                CertificateError::Other(error) if error.0.is::<trust::NotPinned>() => TlsProblem::NotPinned,
                _ => TlsProblem::UnusableCertificate,
            }),
            rustls::Error::PeerIncompatible(_)
            | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
                Some(TlsProblem::NoCommonGround)
            }
            // Damaged on its way, perhaps.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
