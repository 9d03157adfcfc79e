//! What libpq's variables and its password file say beside the URL.

use std::net::IpAddr;

use super::*;

#[test]
fn variables_say_what_the_url_leaves_open() {
    let all = [
        ("PGHOST", "db.hospital.invalid"),
        ("PGPORT", "6543"),
        ("PGUSER", "nightly"),
        ("PGPASSWORD", r"p'\ @"),
        ("PGDATABASE", "tijian"),
    ];
    assert_eq!(said(None, &all), r"nightly/p'\ @@db.hospital.invalid:6543/tijian");
    for (url, expected) in [
        ("postgresql://", r"nightly/p'\ @@db.hospital.invalid:6543/tijian"),
        ("postgresql:///other", r"nightly/p'\ @@db.hospital.invalid:6543/other"),
        ("postgresql://other@", r"other/p'\ @@db.hospital.invalid:6543/tijian"),
        ("postgresql://u:q@h:1/d", "u/q@h:1/d"),
        ("postgresql://h/d", r"nightly/p'\ @@h:6543/d"),
        ("postgresql:///?port=1", r"nightly/p'\ @@db.hospital.invalid:1/tijian"),
    ] {
        assert_eq!(said(Some(url), &all), expected, "{url}");
    }
    // By itself, a URL is what it says: the private server's is nobody else's.
    assert_eq!(read("postgresql://u@h/d").config.get_ports(), [0_u16; 0]);
    let several = [("PGHOST", "a,b"), ("PGPORT", "1,2"), ("PGUSER", "u")];
    assert_eq!(said(None, &several), "u/@a:1,b:2/");
    for host in ["::1", "fe80::1%eth0", "10.0.0.7", "db-1_a.example", "/run/a:b@c"] {
        assert_eq!(
            said(None, &[("PGHOST", host), ("PGUSER", "u"), ("PGSSLMODE", "disable")]),
            format!("u/@{host}:5432/")
        );
    }
    assert_eq!(said(None, &[("PGHOST", "h"), ("PGUSER", "u"), ("PGDATABASE", "a:b/c=d")]), "u/@h:5432/a:b/c=d");
}

#[test]
fn variables_beside_the_place_do_what_they_do_for_psql() {
    let (_folder, file) = ca_file();
    let read = |variables: &[(&str, &str)]| {
        let own = [("PGHOST", "db.hospital.invalid"), ("PGUSER", "u")];
        ConnectionString::read_with_variables(None, &settings(&[&own, variables].concat())).unwrap()
    };
    let config = |variables: &[(&str, &str)]| read(variables).config;
    assert_eq!(config(&[("PGSSLMODE", "disable")]).get_ssl_mode(), SslMode::Disable);
    assert_eq!(config(&[]).get_ssl_mode(), SslMode::Require);
    assert_eq!(config(&[("PGSSLMODE", "verify-full")]).get_ssl_mode(), SslMode::Require);
    assert_eq!(read(&[("PGSSLROOTCERT", &file)]).ca_file.unwrap().path, Path::new(&file));
    assert_eq!(config(&[("PGAPPNAME", "ours")]).get_application_name(), Some("ours"));
    assert_eq!(config(&[("PGOPTIONS", "-c x=y")]).get_options(), Some("-c x=y"));
    let timeout = config(&[("PGCONNECT_TIMEOUT", "7")]).get_connect_timeout().copied();
    assert_eq!(timeout, Some(std::time::Duration::from_secs(7)));
    assert_eq!(config(&[("PGHOSTADDR", "10.0.0.7")]).get_hostaddrs(), ["10.0.0.7".parse::<IpAddr>().unwrap()]);
    for attributes in ["read-write", "primary"] {
        let attributes = config(&[("PGTARGETSESSIONATTRS", attributes)]).get_target_session_attrs();
        assert_eq!(attributes, tokio_postgres::config::TargetSessionAttrs::ReadWrite);
    }
    let binding = config(&[("PGCHANNELBINDING", "require")]).get_channel_binding();
    assert_eq!(binding, tokio_postgres::config::ChannelBinding::Require);
    assert_eq!(
        config(&[("PGLOADBALANCEHOSTS", "random")]).get_load_balance_hosts(),
        tokio_postgres::config::LoadBalanceHosts::Random
    );
    // Nothing depends on them: sessions are in UTF8, and nobody asks for Kerberos.
    config(&[
        ("PGCLIENTENCODING", "GBK"),
        ("PGKRBSRVNAME", "x"),
        ("PGGSSENCMODE", "prefer"),
        ("PGSERVICEFILE", "/absent"),
    ]);
    assert!(ConnectionString::read("postgresql://h/d?keepalives_count=3&client_encoding=GBK").is_ok());
}

#[test]
fn a_variable_that_asks_for_what_is_not_done_is_refused_by_its_name() {
    for (variable, value) in [
        ("PGSSLCERT", "/secret"),
        ("PGSSLKEY", "/secret"),
        ("PGSSLCRL", "/secret"),
        ("PGSSLCERTMODE", "require"),
        ("PGREQUIREAUTH", "scram-sha-256"),
        ("PGREQUIREPEER", "secret"),
        ("PGREQUIRESSL", "1"),
        ("PGGSSENCMODE", "require"),
        ("PGSERVICE", "secret"),
        ("PGSSLMINPROTOCOLVERSION", "TLSv1.3"),
    ] {
        let expected = format!("{variable} asks for something that is not supported");
        assert_eq!(said(Some("postgresql://u@h/d"), &[(variable, value)]), expected);
    }
    for (variable, value) in [
        ("PGHOST", "u:secret@db"),
        ("PGHOST", "db:5432"),
        ("PGHOST", "a,db:5432"),
        ("PGHOST", "a,,b"),
        ("PGHOST", ",h"),
        ("PGHOST", "h,"),
        ("PGHOST", "postgresql://secret"),
        ("PGDATABASE", "postgresql://u:secret@db/d"),
        ("PGDATABASE", "host=db password=secret"),
        ("PGPORT", "secret"),
        ("PGPORT", "0"),
        ("PGPORT", "65536"),
        ("PGSSLMODE", "allow"),
        ("PGSSLMODE", "secret"),
        ("PGHOSTADDR", "secret"),
        ("PGCONNECT_TIMEOUT", "secret"),
        ("PGTARGETSESSIONATTRS", "standby"),
        ("PGCHANNELBINDING", "secret"),
    ] {
        let expected = format!("{variable} has an unknown value");
        let own = [("PGHOST", "h"), (variable, value)];
        let own = if variable == "PGHOST" { &own[1..] } else { &own[..] };
        assert_eq!(said(None, own), expected, "{value}");
    }
    let bytes = std::os::unix::ffi::OsStringExt::from_vec(vec![b'p', 0xff]);
    let settings = Settings::from_iter([("PGPASSWORD".into(), bytes)]);
    let problem = ConnectionString::read_with_variables(None, &settings).unwrap_err();
    assert_eq!(problem.to_string(), "PGPASSWORD has an unknown value");
    // What the URL says comes first: what it replaces asks for nothing.
    assert_eq!(said(Some("postgresql://u@h/d?sslmode=disable"), &[("PGSSLMODE", "allow")]), "u/@h:5432/d");
}

#[test]
fn where_nobody_says_it_the_server_is_this_machines_and_the_login_the_users() {
    let read = ConnectionString::read_with_variables(None, &settings(&[("PGDATABASE", "tijian")])).unwrap().config;
    assert!(
        matches!(read.get_hosts(), [Host::Unix(folder)] if SOCKET_FOLDERS.iter().any(|own| folder == Path::new(own)))
    );
    assert_eq!(read.get_user(), Some(whoami::username().unwrap().as_str()));
    assert_eq!(read.get_ssl_mode(), SslMode::Disable);
}

#[test]
fn what_is_empty_is_unsaid_and_no_variable_says_it_instead() {
    let (_folder, file) = ca_file();
    for keyword in
        ["sslrootcert", "passfile", "sslmode", "sslcert", "sslcrl", "service", "requirepeer", "connect_timeout"]
    {
        assert_eq!(
            said(Some(&format!("postgresql://u:p@localhost/d?{keyword}=")), &[]),
            "u/p@localhost:5432/d",
            "{keyword}"
        );
        assert!(!is_tls(&format!("postgresql://u@localhost/d?{keyword}=")), "{keyword}");
    }
    let variables = settings(&[("PGSSLROOTCERT", &file), ("PGSSLMODE", "disable")]);
    let read = |url| ConnectionString::read_with_variables(Some(url), &variables).unwrap();
    assert!(read("postgresql://u@h/d?sslmode=&sslrootcert=").ca_file.is_none());
    assert_eq!(read("postgresql://u@h/d?sslmode=").config.get_ssl_mode(), SslMode::Require);
    assert_eq!(read("postgresql://u@h/d?sslrootcert=").config.get_ssl_mode(), SslMode::Disable);
    assert_eq!(
        said(Some("postgresql://u@/d?host=&hostaddr=&port="), &[("PGHOST", "h")]),
        said(Some("postgresql://u@/d"), &[])
    );
    // An empty name of a password file leaves the user's own.
    let (folder, _) = password_file("*:*:*:u:marker\n");
    let home = folder.path().display().to_string();
    assert_eq!(said(Some("postgresql://u@h/d?passfile="), &[("HOME", &home)]), "u/marker@h:5432/d");
}

#[test]
fn what_a_variable_does_wrong_is_its_own() {
    let problem = |url: &str, variables: &[(&str, &str)]| {
        let problem = ConnectionString::read_with_variables(Some(url), &settings(variables)).unwrap_err();
        (problem.is_of_variables(), problem.to_string())
    };
    for (url, variable, value, expected) in [
        ("postgresql://u@h/d", "PGSSLROOTCERT", "/absent", "the certificates that PGSSLROOTCERT names cannot be used"),
        (
            "postgresql://u@h/d",
            "PGSSLROOTCERT",
            "/dev/null",
            "the certificates that PGSSLROOTCERT names cannot be used",
        ),
        (
            "postgresql://u@/d",
            "PGHOSTADDR",
            "10.0.0.7",
            "TLS compares the server's name with its certificate: PGHOSTADDR needs host, too",
        ),
        (
            "postgresql://u@a,b/d",
            "PGPORT",
            "1,2,3",
            "the number of ports, or of addresses, does not match the number of hosts (PGPORT)",
        ),
        (
            "postgresql://u@a,b/d",
            "PGHOSTADDR",
            "10.0.0.7",
            "the number of ports, or of addresses, does not match the number of hosts (PGHOSTADDR)",
        ),
        (
            "postgresql://u@/d?port=1,2",
            "PGHOST",
            "a,b,c",
            "the number of ports, or of addresses, does not match the number of hosts (PGHOST)",
        ),
    ] {
        assert_eq!(problem(url, &[(variable, value)]), (true, expected.to_owned()), "{url}");
    }
    // What the URL does is not.
    let absent = problem("postgresql://u@h/d?sslrootcert=/absent", &[("PGSSLROOTCERT", "/other")]);
    assert_eq!(absent, (false, "its sslrootcert cannot be used".to_owned()));
    let count = problem("postgresql://u@a,b/d?port=1,2,3", &[("PGSSLMODE", "require")]);
    assert_eq!(count, (false, "the number of ports, or of addresses, does not match the number of hosts".to_owned()));
    // Where no TLS is spoken, nobody reads the file.
    assert_eq!(
        said(Some("postgresql://u@localhost/d?sslmode=disable"), &[("PGSSLROOTCERT", "/absent")]),
        "u/@localhost:5432/d"
    );
}

/// A password file with this text, for its owner alone.
fn password_file(text: &str) -> (tempfile::TempDir, String) {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".pgpass");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    (folder, file.display().to_string())
}

#[test]
fn a_password_that_nobody_says_is_looked_up_in_the_password_file() {
    let (folder, file) =
        password_file("h:5432:d:u:marker\n*:*:*:v:other\nlocalhost:5432:d:socket:here\n10.0.0.7:*:*:*:by-address\n");
    let own =
        |url, variables: &[(&str, &str)]| said(Some(url), &[&[("PGPASSFILE", file.as_str())], variables].concat());
    assert_eq!(own("postgresql://u@h/d", &[]), "u/marker@h:5432/d");
    assert_eq!(own("postgresql://v@h:1/d", &[]), "v/other@h:1/d");
    assert_eq!(own("postgresql://u@h:1/d", &[]), "u/@h:1/d");
    assert_eq!(own("postgresql://u:own@h/d", &[]), "u/own@h:5432/d");
    assert_eq!(own("postgresql://u@h/d", &[("PGPASSWORD", "first")]), "u/first@h:5432/d");
    assert_eq!(own("postgresql://socket@/d?host=/tmp", &[]), "socket/here@/tmp:5432/d");
    assert_eq!(own("postgresql://u@/d?host=/elsewhere", &[]), "u/@/elsewhere:5432/d");
    assert_eq!(own("postgresql://x@/d?hostaddr=10.0.0.7&sslmode=disable", &[]), "x/by-address@10.0.0.7:5432/d");
    assert_eq!(own("postgresql://v@h,k/d", &[]), "v/other@h:5432,k:5432/d");
    // Each of several servers has its own, or none.
    assert_eq!(own("postgresql://u@h,k/d", &[]), "u/marker,@h:5432,k:5432/d");
    // In the user's own folder, and where the URL says so.
    let home = folder.path().display().to_string();
    assert_eq!(said(Some("postgresql://u@h/d"), &[("HOME", &home)]), "u/marker@h:5432/d");
    let named = format!("postgresql://u@h/d?passfile={}", encode(&file));
    assert_eq!(said(Some(&named), &[]), "u/marker@h:5432/d");
    assert_eq!(said(Some("postgresql://u@h/d"), &[]), "u/@h:5432/d");
    // One that is not there, or that others may read, is as good as none.
    assert_eq!(said(Some("postgresql://u@h/d"), &[("PGPASSFILE", "/absent")]), "u/@h:5432/d");
    assert_eq!(said(Some("postgresql://u@h/d"), &[("PGPASSFILE", "/dev/null")]), "u/@h:5432/d");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(own("postgresql://u@h/d", &[]), "u/@h:5432/d");
}
