//! Which servers an encrypted connection trusts: those certified by a CA of this machine or of a named file, and those that have
//! exactly the named certificate, whatever it says.
//!
//! A certificate that a server made for itself often has no name, or another one, or says that it is a CA. Whoever named it
//! knows the server by it as one knows an SSH host by its key, so name, chain and dates add nothing then. That the server also has
//! the certificate's key is checked in every handshake.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use super::CaFile;

/// The SHA-256 of a certificate in DER form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal digits, with or without the colons that `openssl x509 -fingerprint -sha256` puts between bytes.
    pub fn parse(text: &str) -> Option<Fingerprint> {
        let has_colons = text.contains(':');
        if has_colons && !text.split(':').all(|byte| byte.len() == 2) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.replace(':', ""), &mut bytes).ok()?;
        Some(Fingerprint(bytes))
    }

    fn of(certificate: &CertificateDer<'_>) -> Fingerprint {
        Fingerprint(Sha256::digest(certificate).into())
    }
}

/// The CAs of this machine, and those of the file.
pub fn roots(ca_file: Option<&CaFile>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    // A certificate of the machine that is damaged, or of no use to us, trusts nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in ca_file.into_iter().flat_map(CaFile::certificates) {
        roots.add(certificate.clone())?;
    }
    Ok(roots)
}

/// For HTTPS. With a fingerprint, only that certificate is trusted; otherwise the certificates in the file, exactly as they
/// are, and any server that a CA certifies.
pub fn https(ca_file: Option<&CaFile>, pinned: Option<Fingerprint>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = if pinned.is_some() { RootCertStore::empty() } else { roots(ca_file)? };
    // A machine without any CA trusts nobody by them.
    let by_chain = if roots.is_empty() {
        None
    } else {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        Some(verifier.map_err(|error| Error::Other(OtherError(Arc::new(error))))?)
    };
    let named = ca_file.map(|file| file.certificates().to_vec()).unwrap_or_default();
    let verifier = Verifier { provider: Arc::clone(&provider), pinned, named, by_chain };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    pinned: Option<Fingerprint>,
    named: Vec<CertificateDer<'static>>,
    by_chain: Option<Arc<WebPkiServerVerifier>>,
}

/// A server that has another certificate than the pinned one.
#[derive(Debug)]
pub(super) struct NotPinned;

impl fmt::Display for NotPinned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("another certificate than the one whose fingerprint is pinned")
    }
}

impl std::error::Error for NotPinned {}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.pinned {
            Some(pinned) if pinned == Fingerprint::of(end_entity) => return Ok(ServerCertVerified::assertion()),
            Some(_) => return Err(CertificateError::Other(OtherError(Arc::new(NotPinned))).into()),
            None if self.named.contains(end_entity) => return Ok(ServerCertVerified::assertion()),
            None => {}
        }
        let by_chain = self.by_chain.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        by_chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
