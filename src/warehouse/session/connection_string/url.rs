//! A connection URL, cut into libpq's parameters. Pure.
//!
//! Cut as libpq does, but strictly: what a login or a password holds unencoded would move the cuts, and a piece of the
//! password would become a host, a port or a database, which messages name. So `@` occurs once at most, before any `/` or `?`, and
//! `#`, blanks and a `%` that encodes nothing nowhere.

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::UrlProblem;

/// Keyword and value of each parameter, decoded; of several of one keyword, the last one counts.
pub(super) fn parameters(text: &str) -> Result<Vec<(String, String)>, UrlProblem> {
    // libpq's other form, `key=value` pairs, is left out: one way to say it is enough.
    let rest =
        text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://")).ok_or(UrlProblem::Form)?;
    if rest.chars().any(|sign| sign == '#' || sign.is_whitespace() || sign.is_control()) || !is_encoded(rest) {
        return Err(UrlProblem::NotEncoded);
    }
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let (login, servers) = authority.split_once('@').unwrap_or(("", authority));
    if [servers, database, options].iter().any(|piece| piece.contains('@')) {
        return Err(UrlProblem::NotEncoded);
    }
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (hosts, ports) = servers_of(servers)?;
    let given = [("user", decode(user)?), ("password", decode(password)?), ("host", hosts), ("port", ports)];
    let given = given.into_iter().chain([("dbname", decode(database)?)]);
    let mut parameters: Vec<(String, String)> =
        given.filter(|(_, value)| !value.is_empty()).map(|(keyword, value)| (keyword.to_owned(), value)).collect();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (keyword, value) = option.split_once('=').ok_or(UrlProblem::Form)?;
        parameters.push(match (decode(keyword)?, decode(value)?) {
            // Of JDBC; libpq reads it so.
            (keyword, value) if keyword == "ssl" && value == "true" => ("sslmode".to_owned(), "require".to_owned()),
            parameter => parameter,
        });
    }
    Ok(parameters)
}

/// Hosts and ports, each with commas between them; no ports where none is given.
fn servers_of(text: &str) -> Result<(String, String), UrlProblem> {
    let mut servers = Vec::new();
    for server in text.split(',') {
        let (host, port) = match server.strip_prefix('[') {
            Some(address) => {
                let (address, behind) = address.split_once(']').ok_or(UrlProblem::Host)?;
                let port =
                    behind.strip_prefix(':').or_else(|| behind.is_empty().then_some("")).ok_or(UrlProblem::Host)?;
                (address, port)
            }
            None => server.split_once(':').unwrap_or((server, "")),
        };
        if !port.is_empty() && !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(UrlProblem::Port);
        }
        let host = decode(host)?;
        let is_possible = if server.starts_with('[') { is_address(&host) } else { is_host(&host) };
        if !is_possible || host.contains(',') {
            return Err(UrlProblem::Host);
        }
        servers.push((host, port));
    }
    let join = |pieces: Vec<&str>| pieces.join(",");
    let ports = match servers.iter().any(|(_, port)| !port.is_empty()) {
        true => join(servers.iter().map(|(_, port)| *port).collect()),
        false => String::new(),
    };
    Ok((join(servers.iter().map(|(host, _)| host.as_str()).collect()), ports))
}

/// Whether it can be a host: the folder of a socket is a path, a name is of letters.
pub(super) fn is_host(text: &str) -> bool {
    text.starts_with('/') || text.chars().all(is_of_name) || is_address(text)
}

/// Whether it is an address of version 6, with its zone behind a `%`.
fn is_address(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<Ipv6Addr>().is_ok() && zone.chars().all(is_of_name)
}

fn is_of_name(sign: char) -> bool {
    sign.is_alphanumeric() || "-_.".contains(sign)
}

/// Whether two hexadecimal digits follow each `%`.
fn is_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|behind| matches!(behind.as_bytes(), [first, second, ..] if first.is_ascii_hexdigit() && second.is_ascii_hexdigit()))
}

/// What cannot be said to a server is no value: not UTF-8, or with a NUL, which ends a text there.
fn decode(text: &str) -> Result<String, UrlProblem> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| UrlProblem::Form)?;
    if decoded.contains('\0') { Err(UrlProblem::Form) } else { Ok(decoded.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parameters(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(keyword, value)| ((*keyword).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_url_is_cut_as_libpq_cuts_it() {
        for (text, expected) in [
            ("postgresql://", &[][..]),
            ("postgres://u@h", &[("user", "u"), ("host", "h")]),
            (
                "postgresql://u:p@h:6543/d",
                &[("user", "u"), ("password", "p"), ("host", "h"), ("port", "6543"), ("dbname", "d")],
            ),
            ("postgresql://:p@/d", &[("password", "p"), ("dbname", "d")]),
            ("postgresql://u:@h/", &[("user", "u"), ("host", "h")]),
            ("postgresql://u:a:b@h", &[("user", "u"), ("password", "a:b"), ("host", "h")]),
            (
                "postgresql://u:!$&'()*+,;=^|~[]{}密@h",
                &[("user", "u"), ("password", "!$&'()*+,;=^|~[]{}密"), ("host", "h")],
            ),
            (
                "postgresql://a%40b:%23%2f%3F%25%20@h/d%2Fe",
                &[("user", "a@b"), ("password", "#/?% "), ("host", "h"), ("dbname", "d/e")],
            ),
            ("postgresql://h:1,k/d", &[("host", "h,k"), ("port", "1,"), ("dbname", "d")]),
            ("postgresql://h,k:2", &[("host", "h,k"), ("port", ",2")]),
            ("postgresql://[2001:db8::7]:5433,[::1]", &[("host", "2001:db8::7,::1"), ("port", "5433,")]),
            ("postgresql://[fe80::1%25eth0]", &[("host", "fe80::1%eth0")]),
            (
                "postgresql://%2Frun%2Fpostgresql:5433/d",
                &[("host", "/run/postgresql"), ("port", "5433"), ("dbname", "d")],
            ),
            ("postgresql://db.hospital-1_a.example", &[("host", "db.hospital-1_a.example")]),
            ("postgresql://医院.example", &[("host", "医院.example")]),
            ("postgresql:///d?host=/run&us%65r=u&", &[("dbname", "d"), ("host", "/run"), ("user", "u")]),
            ("postgresql://h?a=b=c&d=/?", &[("host", "h"), ("a", "b=c"), ("d", "/?")]),
            ("postgresql://h:1", &[("host", "h"), ("port", "1")]),
            ("postgresql://h?ssl=true", &[("host", "h"), ("sslmode", "require")]),
            ("postgresql://h?ssl=false", &[("host", "h"), ("ssl", "false")]),
            ("postgresql://h?sslcert=true", &[("host", "h"), ("sslcert", "true")]),
            ("postgresql://h:65535", &[("host", "h"), ("port", "65535")]),
        ] {
            assert_eq!(read(text), pairs(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_kind() {
        for (text, expected) in [
            ("postgresql:/h", "Form"),
            ("POSTGRESQL://h", "Form"),
            ("host=h", "Form"),
            ("postgresql://h?a", "Form"),
            ("postgresql://u:%ff@h", "Form"),
            ("postgresql://u:%00@h", "Form"),
            ("postgresql://h:0", "Port"),
            ("postgresql://h:65536", "Port"),
            ("postgresql://h:x", "Port"),
            ("postgresql://::1", "Port"),
            ("postgresql://[::1", "Host"),
            ("postgresql://[]", "Host"),
            ("postgresql://[::1]x", "Host"),
            ("postgresql://[a*b]", "Host"),
            ("postgresql://[::1%25a*b]", "Host"),
            ("postgresql://[h]", "Host"),
            ("postgresql://a*b", "Host"),
            ("postgresql://a%3Ab", "Host"),
            ("postgresql://%2Fa%2Cb", "Host"),
        ] {
            assert_eq!(format!("{:?}", parameters(text).unwrap_err()), expected, "{text}");
        }
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_wherever_it_would_be_cut() {
        let special = ["@", "#", "/", "?", "%", " ", "%x1", "%1x", "\t", "\n"];
        let behind = ["", "marker", "1", "a=b", "a=b&user=c", "marker:1", "[marker]", "a/b", "a?b=c"];
        for sign in special {
            for before in ["", "1", "marker", "a:b"] {
                for behind in behind {
                    for place in ["h", "h:5432/d", "h/d?sslmode=disable", "[::1]/d"] {
                        let text = format!("postgresql://u:{before}{sign}{behind}@{place}");
                        let Err(problem) = parameters(&text) else { panic!("{text}: {:?}", read(&text)) };
                        assert_eq!(problem.to_string(), UrlProblem::NotEncoded.to_string(), "{text}");
                    }
                }
            }
        }
    }
}
