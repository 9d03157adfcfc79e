//! libpq's parameters: the environment variable for each, and how unsupported ones are handled. Pure.

/// libpq's variables, and the parameter that each one sets where `DATABASE_URL` does not.
pub(super) const VARIABLES: [(&str, &str); 37] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCOMPRESSION", "sslcompression"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLSNI", "sslsni"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGKRBSRVNAME", "krbsrvname"),
    ("PGGSSLIB", "gsslib"),
    ("PGGSSDELEGATION", "gssdelegation"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGMAXPROTOCOLVERSION", "max_protocol_version"),
];

/// The variables that name a database. The others say how to get there: a shell may have them for all that it starts.
pub const NAMING_VARIABLES: [&str; 4] = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"];

/// All of libpq's variables that say where a server is and how to get there.
pub fn libpq_variables() -> impl Iterator<Item = &'static str> {
    VARIABLES.into_iter().map(|(variable, _)| variable)
}

/// Parameters that change who is trusted, who we are, or what is sent, with the values that ask for what is done anyway. Any
/// other value is refused, because ignoring it would give less than was asked for.
const UNSUPPORTED: [(&str, &[&str]); 17] = [
    // Client certificates are not sent.
    ("sslcert", &[]),
    ("sslkey", &[]),
    ("sslpassword", &[]),
    ("sslcertmode", &["disable", "allow"]),
    // No revocation list is read.
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    // TLS 1.2 and 1.3, whatever the server would like.
    ("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    ("ssl_max_protocol_version", &["TLSv1.3"]),
    ("sslsni", &["1"]),
    ("requiressl", &["0"]),
    // No Kerberos.
    ("gssencmode", &["disable", "prefer"]),
    ("gssdelegation", &["0"]),
    ("require_auth", &[]),
    ("requirepeer", &[]),
    ("min_protocol_version", &["3.0"]),
    // It may name another server.
    ("service", &[]),
    ("replication", &["0", "false", "off", "no"]),
];

/// Parameters that nothing depends on here: our sessions are in UTF8 whatever is said, and the others are about what we do not
/// have.
const WITHOUT_EFFECT: [&str; 6] =
    ["client_encoding", "gsslib", "krbsrvname", "max_protocol_version", "servicefile", "sslcompression"];

/// How a parameter is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// For those who know it, under this name.
    Kept(&'static str),
    /// As it is: it is theirs to refuse.
    Unknown,
    Dropped,
    Refused(&'static str),
}

/// What becomes of a parameter with this value.
pub(super) fn treatment(keyword: &str, value: &str) -> Treatment {
    if let Some((keyword, asking_nothing)) = UNSUPPORTED.into_iter().find(|(name, _)| *name == keyword) {
        return if asking_nothing.contains(&value) { Treatment::Dropped } else { Treatment::Refused(keyword) };
    }
    if WITHOUT_EFFECT.contains(&keyword) {
        return Treatment::Dropped;
    }
    match keyword {
        // libpq's name, and that of tokio_postgres.
        "keepalives_count" => Treatment::Kept("keepalives_retries"),
        "fallback_application_name" => Treatment::Dropped,
        _ => Treatment::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_acts_upon_is_refused_unless_it_asks_for_what_is_done_anyway() {
        for (keyword, value, expected) in [
            ("sslcert", "", Treatment::Refused("sslcert")),
            ("sslcertmode", "allow", Treatment::Dropped),
            ("sslcertmode", "require", Treatment::Refused("sslcertmode")),
            ("gssencmode", "prefer", Treatment::Dropped),
            ("gssencmode", "require", Treatment::Refused("gssencmode")),
            ("require_auth", "scram-sha-256", Treatment::Refused("require_auth")),
            ("service", "hospital", Treatment::Refused("service")),
            ("ssl_min_protocol_version", "TLSv1.2", Treatment::Dropped),
            ("ssl_min_protocol_version", "TLSv1.3", Treatment::Refused("ssl_min_protocol_version")),
            ("client_encoding", "GBK", Treatment::Dropped),
            ("fallback_application_name", "psql", Treatment::Dropped),
            ("keepalives_count", "3", Treatment::Kept("keepalives_retries")),
            ("host", "h", Treatment::Unknown),
            ("secret", "secret", Treatment::Unknown),
        ] {
            assert_eq!(treatment(keyword, value), expected, "{keyword}={value}");
        }
    }

    #[test]
    fn each_parameter_has_one_variable_and_one_treatment() {
        for (number, (variable, keyword)) in VARIABLES.into_iter().enumerate() {
            assert!(!VARIABLES[..number].iter().any(|other| other.0 == variable || other.1 == keyword), "{variable}");
            let is_refused = UNSUPPORTED.iter().any(|(name, _)| *name == keyword);
            assert!(!(is_refused && WITHOUT_EFFECT.contains(&keyword)), "{keyword}");
        }
        assert!(NAMING_VARIABLES.iter().all(|name| VARIABLES.iter().any(|(variable, _)| variable == name)));
    }
}
