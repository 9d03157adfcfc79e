//! A hospital's own CA, and the certificates that it gives to servers: good ones, and such as must be refused.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

/// A CA; every one has a name of its own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate and its key, in PEM.
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy)]
pub enum Validity {
    Now,
    Over,
    Ahead,
}

/// What differs from run to run in the words about a certificate: pattern and what stands for it.
pub const MOMENTS: [(&str, &str); 3] = [
    (r"verification time \d+", "verification time <now>"),
    (r"\(\d+ seconds", "(<a number of> seconds"),
    (r#"DnsName\("localhost"\)"#, "localhost"),
];

/// A certificate that a server made for itself.
pub struct SelfMade {
    /// Its name, as every client checks it; without, there is only the old one (CN).
    pub host: Option<&'static str>,
    pub is_ca: bool,
    pub validity: Validity,
}

impl SelfMade {
    pub fn issue(&self) -> Issued {
        let mut params = CertificateParams::new(self.host.map(str::to_owned).into_iter().collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.is_ca = if self.is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::NoCa };
        self.validity.set(&mut params);
        let key = KeyPair::generate().unwrap();
        Issued { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
    }
}

impl Issued {
    /// The certificate as a file that somebody names.
    pub fn write(&self, dir: &Path, name: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, &self.certificate).unwrap();
        path
    }

    /// As `openssl x509 -noout -fingerprint -sha256` prints it.
    pub fn fingerprint(&self) -> String {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        let bytes: Vec<String> = Sha256::digest(&certificate).iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }
}

impl Validity {
    fn set(self, params: &mut CertificateParams) {
        (params.not_before, params.not_after) = match self {
            Validity::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1)),
            Validity::Over => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
            Validity::Ahead => (date_time_ymd(2110, 1, 1), date_time_ymd(2120, 1, 1)),
        };
    }
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for a server of this name.
    pub fn issue(&self, host: &str, validity: Validity) -> Issued {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        validity.set(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Issued { certificate, key: key.serialize_pem() }
    }

    /// The CA's own certificate, where a server's should be.
    pub fn as_server(&self) -> Issued {
        Issued { certificate: self.0.pem(), key: self.0.key().serialize_pem() }
    }

    /// The file that somebody who trusts this CA names.
    pub fn write(&self, dir: &Path, name: &str) -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, self.0.pem()).unwrap();
        path
    }
}
