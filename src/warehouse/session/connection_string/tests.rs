//! What `DATABASE_URL` may say, and when it asks for TLS.
//!
//! Invariant: Nothing is sent to an untrusted server: chain, name and dates are checked on every encrypted connection,
//! or the server has exactly the certificate that the pipeline names; and connections to other machines are encrypted
//! unless the URL says `disable` or the pipeline `allow_http`.

mod variables;

use std::net::IpAddr;

use super::*;

/// A CA file whose path needs quoting and encoding.
fn ca_file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("医院 ca.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    std::fs::write(&file, certificate.pem()).unwrap();
    (folder, file.display().to_string())
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn read(text: &str) -> ConnectionString {
    ConnectionString::read(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn is_tls(text: &str) -> bool {
    match read(text).config.get_ssl_mode() {
        SslMode::Require => true,
        SslMode::Disable => false,
        other => panic!("{text}: {other:?} falls back silently"),
    }
}

#[test]
fn what_leaves_this_machine_is_encrypted_unless_the_url_says_otherwise() {
    for host in ["db.hospital.invalid", "10.0.0.7", "[2001:db8::7]", "127.0.0.1,db.hospital.invalid"] {
        for (mode, expected) in [("", true), ("?sslmode=prefer", true), ("?sslmode=disable", false)] {
            assert_eq!(is_tls(&format!("postgresql://u:p@{host}/d{mode}")), expected, "{host} {mode}");
        }
    }
    for host in ["127.0.0.1", "127.8.8.8:5433", "[::1]", "localhost"] {
        for (mode, expected) in [("", false), ("?sslmode=prefer", false), ("?sslmode=disable", false)] {
            assert_eq!(is_tls(&format!("postgres://u:p@{host}/d{mode}")), expected, "{host} {mode}");
        }
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        for host in ["127.0.0.1", "localhost", "db.hospital.invalid"] {
            assert!(is_tls(&format!("postgresql://{host}/d?sslmode={mode}")), "{host} {mode}");
        }
        // A socket never does, whatever is said; nor does one beside nothing else.
        assert!(!is_tls(&format!("postgresql:///d?host=/run/postgresql&sslmode={mode}")));
    }
    // Beside another machine, it does not, either; who is on this machine does then.
    let mixed = read("postgresql://%2Frun%2Fpostgresql,db.hospital.invalid,127.0.0.1/d").servers;
    let modes: Vec<SslMode> = mixed.iter().map(Config::get_ssl_mode).collect();
    assert_eq!(modes, [SslMode::Disable, SslMode::Require, SslMode::Require]);
    // The address is what is connected to; the name is what the certificate must be for.
    assert!(is_tls("postgresql://localhost/d?hostaddr=10.0.0.7"));
    assert!(!is_tls("postgresql://db.hospital.invalid/d?hostaddr=127.0.0.1"));
    assert!(matches!(ConnectionString::read("postgresql:///d?hostaddr=10.0.0.7"), Err(UrlProblem::NoName(None))));
}

#[test]
fn options_are_taken_out_wherever_they_stand_and_everything_else_stays() {
    let (_folder, file) = ca_file();
    let encoded = encode(&file);
    for text in [
        format!("postgresql://u:p%20w@h:5433/d?sslmode=verify-full&sslrootcert={encoded}&application_name=a&port=5433"),
        format!("postgresql://u:p%20w@h:5433/d?application_name=a&%73slmode=require&sslrootcert={encoded}"),
        format!(
            "postgresql://u:p%20w@h:5433/d?sslmode=disable&sslrootcert=absent&application_name=a&sslmode=verify-full&sslrootcert={encoded}"
        ),
    ] {
        let ConnectionString { config, ca_file, .. } = read(&text);
        assert_eq!(config.get_hosts(), [Host::Tcp("h".to_owned())], "{text}");
        assert_eq!((config.get_user(), config.get_dbname()), (Some("u"), Some("d")), "{text}");
        assert_eq!(config.get_password(), Some(&b"p w"[..]), "{text}");
        assert_eq!(config.get_application_name(), Some("a"), "{text}");
        assert_eq!(config.get_ssl_mode(), SslMode::Require, "{text}");
        assert_eq!(ca_file.expect("it is named").path, Path::new(&file), "{text}");
    }
    // In a value, it is no option.
    let in_password = read("postgresql://u:a%3Fsslmode=require&b'\\@localhost/d");
    assert_eq!(in_password.config.get_password(), Some(&b"a?sslmode=require&b'\\"[..]));
    assert_eq!(in_password.config.get_ssl_mode(), SslMode::Disable);
}

#[test]
fn a_ca_file_asks_for_tls_and_must_be_readable_where_tls_is_spoken() {
    let (_folder, file) = ca_file();
    assert!(is_tls(&format!("postgresql://localhost/d?sslrootcert={}", encode(&file))));
    assert!(read("postgresql://h/d?sslrootcert=system").ca_file.is_none());
    assert!(read("postgresql://h/d?sslmode=disable&sslrootcert=/absent").ca_file.is_none());
    let problem = ConnectionString::read("postgresql://h/d?sslmode=verify-full&sslrootcert=/absent").unwrap_err();
    assert!(
        matches!(&problem, UrlProblem::RootCertificate(error) if error.to_string().starts_with("/absent: cannot be read"))
    );
}

#[test]
fn what_cannot_be_used_is_refused_without_repeating_what_may_be_a_password() {
    for (text, expected) in [
        (
            "postgresql://u:secret@h/d?sslmode=allow",
            "its sslmode must be disable, prefer, require, verify-ca or verify-full",
        ),
        ("postgresql://h/d?sslmode=secret", "its sslmode must be disable, prefer, require, verify-ca or verify-full"),
        ("postgresql://u:secret@h/d?sslcert=c&sslkey=k", "its option sslcert is not supported"),
        ("postgresql://h/d?sslcrl=secret", "its option sslcrl is not supported"),
        ("postgresql://h/d?service=secret", "its option service is not supported"),
        ("mysql://u:secret@h/d?sslmode=require", ""),
        ("mysql://u:secret@h/d", ""),
        ("postgresql://u:p@secret?secret=1@h/d", &UrlProblem::NotEncoded.to_string()),
        ("postgresql://h:secret/d", "its port is not a number from 1 to 65535"),
        ("postgresql://h/d?port=secret", ""),
        ("postgresql:///d?host=u:secret%40db", "its host is not a valid host"),
        ("postgresql://a,,b/d", "one of its hosts is empty"),
        ("postgresql://,h:1/d", "one of its hosts is empty"),
        ("postgresql://h,/d", "one of its hosts is empty"),
        ("postgresql://,/d", "one of its hosts is empty"),
        ("postgresql:///d?host=a,", "one of its hosts is empty"),
        ("postgresql://,b/d?hostaddr=10.0.0.1,10.0.0.2", "one of its hosts is empty"),
        ("postgresql://a,b/d?hostaddr=10.0.0.1,", ""),
        ("postgresql://h/d?ssl=secret", ""),
        ("postgresql://h/d?port=0", ""),
        ("postgresql://h/d?secret'=1", ""),
        ("postgresql://h/d?=secret", ""),
        ("postgresql://h/d?target_session_attrs=secret", ""),
        ("postgresql://a,b/d?port=1,2,3", "the number of ports, or of addresses, does not match the number of hosts"),
        (
            "postgresql://a,b/d?hostaddr=10.0.0.1",
            "the number of ports, or of addresses, does not match the number of hosts",
        ),
        ("host=h user=u password=secret dbname=d", ""),
        ("postgresql://h/d?secret", ""),
    ] {
        let problem = ConnectionString::read(text).unwrap_err();
        let said = format!("{problem} {problem:?}");
        assert!(!said.contains("secret"), "{text}: {said}");
        let expected = if expected.is_empty() { UrlProblem::Form.to_string() } else { expected.to_owned() };
        assert_eq!(problem.to_string(), expected, "{text}");
    }
}

fn settings(variables: &[(&str, &str)]) -> Settings {
    variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// What a URL, or none, comes to with these variables: login, password, hosts, ports, database, as one line.
fn said(url: Option<&str>, variables: &[(&str, &str)]) -> String {
    let read = ConnectionString::read_with_variables(url, &settings(variables));
    let read = match read {
        Ok(read) => read,
        Err(problem) => return problem.to_string(),
    };
    let password = |server: &Config| server.get_password().map(|text| String::from_utf8_lossy(text).into_owned());
    let mut passwords: Vec<String> = read.servers.iter().map(|server| password(server).unwrap_or_default()).collect();
    passwords.dedup();
    let place = |server: &Config| match (server.get_hosts(), server.get_hostaddrs(), server.get_ports()) {
        ([Host::Tcp(name)], [] | [_], [port]) => format!("{name}:{port}"),
        ([Host::Unix(folder)], [], [port]) => format!("{}:{port}", folder.display()),
        ([], [address], [port]) => format!("{address}:{port}"),
        other => panic!("no single server: {other:?}"),
    };
    let places: Vec<String> = read.servers.iter().map(place).collect();
    let (user, database) = (read.config.get_user().unwrap_or_default(), read.config.get_dbname().unwrap_or_default());
    for server in &read.servers {
        assert_eq!((server.get_user(), server.get_dbname()), (read.config.get_user(), read.config.get_dbname()));
    }
    format!("{user}/{}@{}/{database}", passwords.join(","), places.join(","))
}

#[test]
fn each_server_of_a_list_is_one_by_itself_with_what_is_said_of_all() {
    let text =
        "postgresql://u:p@a:1,b,%2Frun/d?hostaddr=10.0.0.1,10.0.0.2,10.0.0.3&connect_timeout=7&application_name=x";
    let hosts = [Host::Tcp("a".into()), Host::Tcp("b".into()), Host::Unix("/run".into())];
    for (number, server) in read(text).servers.into_iter().enumerate() {
        assert_eq!(server.get_hosts(), [hosts[number].clone()]);
        assert_eq!(server.get_hostaddrs(), [IpAddr::from([10, 0, 0, number as u8 + 1])]);
        assert_eq!(server.get_ports(), [[1, 5432, 5432][number]]);
        assert_eq!((server.get_user(), server.get_password()), (Some("u"), Some(&b"p"[..])));
        assert_eq!((server.get_dbname(), server.get_application_name()), (Some("d"), Some("x")));
        assert_eq!(server.get_ssl_mode(), SslMode::Require);
        assert_eq!(server.get_connect_timeout(), Some(&std::time::Duration::from_secs(7)));
    }
    assert_eq!(said(Some("postgresql://u@a,b/d?port=1"), &[]), "u/@a:1,b:1/d");
    assert_eq!(
        said(Some("postgresql://u@/d?hostaddr=10.0.0.1,10.0.0.2&sslmode=disable"), &[]),
        "u/@10.0.0.1:5432,10.0.0.2:5432/d"
    );
}

#[test]
fn no_password_is_shown() {
    let read = read("postgresql://u:marker@h/d");
    assert!(!format!("{read:?}").contains("marker"));
}
