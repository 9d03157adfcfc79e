//! CA files as administrators hand them over, and errors as connections wrap them.

use super::*;

fn ca() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
}

fn read(bytes: &[u8]) -> Result<CaFile, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, bytes).unwrap();
    CaFile::read(&path).map_err(|error| error.to_string().replace(&format!("{}: ", path.display()), ""))
}

#[test]
fn one_or_several_certificates_are_read_with_whatever_stands_around_them() {
    assert_eq!(read(ca().as_bytes()).unwrap().certificates().len(), 1);
    let bundle = format!("# 医院内网\r\n{}\nsubject=…\n{}", ca().replace('\n', "\r\n"), ca());
    assert_eq!(read(bundle.as_bytes()).unwrap().certificates().len(), 2);
}

#[test]
fn what_is_no_ca_file_is_told_by_its_kind() {
    let damaged = ca().replacen("MII", "MIJ", 1);
    let der = rcgen::KeyPair::generate().unwrap();
    let der = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&der).unwrap().der().to_vec();
    // Long enough for the usual length of two bytes.
    let der = [&[0x30, 0x82], &der[2..]].concat();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let none = "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)";
    for (bytes, expected) in [
        (&b""[..], "is empty"),
        (&der, "is not PEM but DER; convert it: openssl x509 -inform der -in FILE -out FILE.pem"),
        (b"not a certificate\n", none),
        (key.as_bytes(), none),
        (damaged.as_bytes(), "certificate 1 in it is damaged"),
        (b"-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n", "certificate 1 in it is not PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "certificate 1 in it is not PEM"),
        (&vec![b' '; FILE_BYTES_MAX as usize + 1], "is too large for a file of certificates"),
    ] {
        assert_eq!(read(bytes).unwrap_err(), expected);
    }
    let missing = CaFile::read(Path::new("/absent/ca.pem")).unwrap_err().to_string();
    assert_eq!(missing, "/absent/ca.pem: cannot be read: No such file or directory (os error 2)");
    assert!(CaFile::read(Path::new("/")).is_err());
}

/// As connections hand it up: an I/O error with the true one inside, inside of somebody's own.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect")]
struct Wrapped(#[source] io::Error);

#[test]
fn problems_are_found_however_deep_they_lie() {
    let find = |error: rustls::Error| TlsProblem::find_in(&Wrapped(io::Error::other(error)));
    assert_eq!(find(CertificateError::UnknownIssuer.into()), Some(TlsProblem::UnknownIssuer));
    assert_eq!(find(CertificateError::NotValidForName.into()), Some(TlsProblem::WrongName));
    assert_eq!(find(CertificateError::Expired.into()), Some(TlsProblem::Expired));
    assert_eq!(find(CertificateError::NotValidYet.into()), Some(TlsProblem::NotValidYet));
    let not_pinned = CertificateError::Other(rustls::OtherError(std::sync::Arc::new(trust::NotPinned)));
    assert_eq!(find(not_pinned.into()), Some(TlsProblem::NotPinned));
    assert_eq!(find(CertificateError::BadSignature.into()), Some(TlsProblem::UnusableCertificate));
    let version = rustls::Error::AlertReceived(AlertDescription::ProtocolVersion);
    assert_eq!(find(version), Some(TlsProblem::NoCommonGround));
    // What may be different the next time is no such problem.
    assert_eq!(find(rustls::Error::DecryptError), None);
    assert_eq!(TlsProblem::find_in(&Wrapped(io::ErrorKind::ConnectionReset.into())), None);
}

#[test]
fn a_fingerprint_is_read_as_openssl_and_browsers_print_it() {
    let plain = "00112233445566778899aabbccddeeff".repeat(2);
    let read = Fingerprint::parse(&plain).unwrap();
    let colons: Vec<_> = plain.as_bytes().chunks(2).map(|byte| String::from_utf8_lossy(byte)).collect();
    let colons = colons.join(":");
    assert_eq!([Fingerprint::parse(&colons), Fingerprint::parse(&colons.to_uppercase())], [Some(read); 2]);
    let other = plain.replacen('0', "1", 1);
    assert!(Fingerprint::parse(&other).is_some_and(|other| other != read));
    let shifted = format!("0:{}", &plain[1..]);
    for text in [
        "",
        ":",
        "sha256",
        &plain[2..],
        &format!("{plain}00"),
        &plain.replace('a', "g"),
        &shifted,
        &format!("{colons}:"),
    ] {
        assert_eq!(Fingerprint::parse(text), None, "{text}");
    }
}
