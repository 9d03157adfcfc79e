//! Reading the keys that say how the platform is reached: address, certificates, proxy.

use std::net::IpAddr;
use std::path::Path;

use reqwest::Url;

use super::{beside, secret};
use crate::certificates::{CaFile, Fingerprint};
use crate::pipeline::reader::{Item, Table};
use crate::pipeline::{Channel, ProxyDefinition, ProxyLogin};
use crate::wording::{Spoken, message};

/// The keys of `[platform]` about the network.
pub(super) struct Network {
    pub base_url: String,
    pub channel: Channel,
    pub ca_file: Option<CaFile>,
    pub certificate_sha256: Option<Fingerprint>,
    pub proxy: ProxyDefinition,
}

pub(super) fn network(pipeline_file: &Path, table: &Table<'_>) -> Option<Network> {
    let allow_http = table.get("allow_http").map_or(Some(false), |item| item.boolean());
    let address = table.need("base_url", message!("definition-no-address"));
    // One problem is enough for an `allow_http` that is neither true nor false.
    let address = address.and_then(|item| base_url(item, allow_http != Some(false)));
    let ca_file = table.get("ca_file").map_or(Some(None), |item| ca_file(pipeline_file, &item).map(Some));
    let is_https = address.as_ref().is_none_or(|(_, channel)| *channel == Channel::Https);
    let certificate_sha256 =
        table.get("certificate_sha256").map_or(Some(None), |item| fingerprint(&item, is_https).map(Some));
    let proxy = proxy(table);
    let (base_url, channel) = address?;
    let (is_allowed, proxy) = (allow_http?, proxy?);
    let channel = match &proxy {
        // What is meant for this machine leaves it then.
        ProxyDefinition::Named { url, .. } if channel == Channel::Loopback && !is_on_this_machine(url) => {
            if !is_allowed {
                return table.get("proxy")?.refuse_unseen(message!("definition-proxy-elsewhere"));
            }
            Channel::PlainHttp
        }
        _ => channel,
    };
    Some(Network { base_url, channel, ca_file: ca_file?, certificate_sha256: certificate_sha256?, proxy })
}

/// The address without a trailing slash. It is never repeated in a message: it may hold a password.
fn base_url(item: Item<'_>, allows_http: bool) -> Option<(String, Channel)> {
    let Ok(url) = Url::parse(item.text()?) else {
        return item.refuse_unseen(message!("definition-must-be-address"));
    };
    let channel = match url.scheme() {
        "https" => Channel::Https,
        "http" if is_loopback(&url) => Channel::Loopback,
        "http" if allows_http => Channel::PlainHttp,
        "http" => {
            return item.refuse_unseen(message!("definition-must-be-https"));
        }
        _ => return item.refuse_unseen(message!("definition-must-begin-with-https")),
    };
    if has_login(&url) {
        return item.refuse_unseen(message!("definition-login-in-address"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return item.refuse_unseen(message!("definition-query-in-address"));
    }
    Some((url.as_str().trim_end_matches('/').to_owned(), channel))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_on_this_machine(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_loopback(&url))
}

fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Read here, so that a file that cannot be used is reported together with everything else.
fn ca_file(pipeline_file: &Path, item: &Item<'_>) -> Option<CaFile> {
    let path = beside(pipeline_file, item.text()?);
    CaFile::read(&path).map_err(|error| item.refuse_unseen::<()>(error.message())).ok()
}

fn fingerprint(item: &Item<'_>, is_https: bool) -> Option<Fingerprint> {
    if !is_https {
        return item.refuse_unseen(message!("definition-fingerprint-over-http"));
    }
    match Fingerprint::parse(item.text()?) {
        Some(fingerprint) => Some(fingerprint),
        None => item.refuse(|found| message!("definition-must-be-fingerprint", found)),
    }
}

fn proxy(table: &Table<'_>) -> Option<ProxyDefinition> {
    let proxy = table.get("proxy").map_or(Some(ProxyDefinition::Environment), |item| proxy_address(&item));
    let (user, password) = (table.get("proxy_user"), table.get("proxy_password"));
    let login = match (user, password) {
        (None, None) => None,
        (Some(user), Some(password)) => {
            let (user, password) = (secret(user), secret(password));
            Some(ProxyLogin { user: user?, password: password? })
        }
        (Some(one), None) | (None, Some(one)) => {
            return one.refuse_unseen(message!("definition-half-a-login"));
        }
    };
    match (proxy?, login) {
        (ProxyDefinition::Named { url, .. }, login) => Some(ProxyDefinition::Named { url, login }),
        (proxy, None) => Some(proxy),
        (_, Some(_)) => table.get("proxy_user")?.refuse_unseen(message!("definition-login-without-proxy")),
    }
}

/// `"none"`, or an address. It is never repeated in a message: it may hold a password.
fn proxy_address(item: &Item<'_>) -> Option<ProxyDefinition> {
    let text = item.text()?;
    if text == "none" {
        return Some(ProxyDefinition::Direct);
    }
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "http");
    let Some(url) = url else { return item.refuse_unseen(message!("definition-must-be-proxy")) };
    if has_login(&url) {
        return item.refuse_unseen(message!("definition-login-in-proxy"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return item.refuse_unseen(message!("definition-path-in-proxy"));
    }
    Some(ProxyDefinition::Named { url: url.to_string(), login: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::files::tests::{SMALL, folder};
    use crate::pipeline::{Pipeline, PlatformDefinition, SecretName};

    const FINGERPRINT: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    /// The least that a pipeline file can say, at this address and with these keys, or its problems without their place.
    fn read(url: &str, keys: &str) -> Result<PlatformDefinition, Vec<String>> {
        let text = SMALL
            .replace("https://platform.invalid/health/", url)
            .replace("[platform]\n", &format!("[platform]\n{keys}\n"));
        let folder = folder(&[("x.toml", &text)]);
        match Pipeline::read(&folder.path().join("x.toml")) {
            Ok(pipeline) => Ok(pipeline.platform),
            Err(errors) => Err(errors.0.iter().map(|error| format!("{}: {}", error.key, error.problem)).collect()),
        }
    }

    #[test]
    fn plain_http_to_another_machine_has_to_be_allowed_and_is_said_aloud() {
        for (url, keys, channel) in [
            ("https://platform.invalid", "", Channel::Https),
            ("https://platform.invalid", "allow_http = true", Channel::Https),
            ("http://127.0.0.1:1", "", Channel::Loopback),
            ("http://localhost", "allow_http = true", Channel::Loopback),
            ("http://10.1.2.3:8080/front", "allow_http = true", Channel::PlainHttp),
        ] {
            let platform = read(url, keys).unwrap();
            assert_eq!(platform.channel, channel, "{url} {keys}");
            assert_eq!(platform.warning().is_some(), channel == Channel::PlainHttp, "{url} {keys}");
        }
        for keys in ["", "allow_http = false"] {
            let found = read("http://10.1.2.3", keys).unwrap_err();
            let [problem] = &found[..] else { panic!("{found:?}") };
            assert!(problem.contains("unless allow_http = true; then the token is sent unencrypted"), "{problem}");
        }
        // A proxy on another machine takes even what is meant for this one over the network.
        for (proxy, keys, channel) in [
            ("http://127.0.0.1:3128", "", Some(Channel::Loopback)),
            ("http://[::1]:3128", "", Some(Channel::Loopback)),
            ("http://10.1.2.3:3128", "", None),
            ("http://proxy.local:3128", "allow_http = false", None),
            ("http://10.1.2.3:3128", "allow_http = true", Some(Channel::PlainHttp)),
        ] {
            let found = read("http://127.0.0.1:1", &format!("proxy = \"{proxy}\"\n{keys}"));
            assert_eq!(found.as_ref().ok().map(|platform| platform.channel), channel, "{proxy} {keys}");
            assert!(found.err().is_none_or(|found| found[0].contains("is on another machine")), "{proxy} {keys}");
        }
        let found = read("http://10.1.2.3", "allow_http = \"yes\"").unwrap_err();
        assert_eq!(found, ["platform.allow_http: must be true or false, found \"yes\""]);
        assert_eq!(
            read("ftp://10.1.2.3", "allow_http = true").unwrap_err(),
            ["platform.base_url: must begin with https://"]
        );
    }

    #[test]
    fn a_fingerprint_is_for_https_and_has_32_bytes() {
        let pinned = |url: &str, text: &str| read(url, &format!("certificate_sha256 = \"{text}\""));
        let read = pinned("https://platform.invalid", FINGERPRINT).unwrap().certificate_sha256;
        assert!(read.is_some_and(|read| Some(read) == Fingerprint::parse(FINGERPRINT)));
        let expected = "platform.certificate_sha256: must be 64 hexadecimal digits, as openssl x509 -noout -fingerprint \
                        -sha256 prints them, found \"AB:CD\"";
        assert_eq!(pinned("https://platform.invalid", "AB:CD").unwrap_err(), [expected]);
        let expected = "platform.certificate_sha256: is for https only: over http, the server shows no certificate";
        assert_eq!(pinned("http://127.0.0.1", FINGERPRINT).unwrap_err(), [expected]);
    }

    #[test]
    fn a_proxy_is_the_environments_none_or_one_with_a_login_from_the_environment() {
        let proxy = |keys: &str| read("https://platform.invalid", keys).map(|platform| platform.proxy);
        let login = "proxy_user = { env = \"PROXY_USER\" }\nproxy_password = { env = \"PROXY_PASSWORD\" }";
        assert_eq!(proxy(""), Ok(ProxyDefinition::Environment));
        assert_eq!(proxy("proxy = \"none\""), Ok(ProxyDefinition::Direct));
        for url in ["http://proxy.local:3128", "http://proxy.local:3128/", "http://proxy.local", "http://[::1]:8"] {
            let Ok(ProxyDefinition::Named { url: read, login: None }) = proxy(&format!("proxy = \"{url}\"")) else {
                panic!("{url}")
            };
            assert_eq!(read.trim_end_matches('/'), url.trim_end_matches('/'));
        }
        let name = |env: &str| SecretName { env: env.to_owned() };
        let with_login = proxy(&format!("proxy = \"http://proxy.local:3128\"\n{login}")).unwrap();
        let expected = ProxyLogin { user: name("PROXY_USER"), password: name("PROXY_PASSWORD") };
        assert_eq!(
            with_login,
            ProxyDefinition::Named { url: "http://proxy.local:3128/".to_owned(), login: Some(expected) }
        );

        let address = "platform.proxy: must be \"none\", or a proxy like http://proxy.local:3128";
        let user_info = "platform.proxy: must not hold a user name or password: proxy_user and proxy_password name the \
                         variables that hold them";
        let end = "platform.proxy: must end with the proxy's port, like http://proxy.local:3128";
        let companion = "needs its counterpart: proxy_user and proxy_password go together";
        let named = "platform.proxy_user: is for a proxy that the file names: proxy = \"http://…\"";
        let secret = "must be { env = \"NAME\" }, the name of an environment variable: secrets stay out of files";
        for (keys, expected) in [
            ("proxy = \"proxy.local:3128\"".to_owned(), address.to_owned()),
            ("proxy = \"user:very-secret@proxy.local:3128\"".to_owned(), address.to_owned()),
            ("proxy = \"socks5://proxy.local\"".to_owned(), address.to_owned()),
            ("proxy = \"https://proxy.local\"".to_owned(), address.to_owned()),
            ("proxy = \"NONE\"".to_owned(), address.to_owned()),
            ("proxy = \"http://user:very-secret@proxy.local:3128\"".to_owned(), user_info.to_owned()),
            ("proxy = \"http://user@proxy.local:3128\"".to_owned(), user_info.to_owned()),
            ("proxy = \"http://proxy.local:3128/path\"".to_owned(), end.to_owned()),
            ("proxy = \"http://proxy.local:3128/?very-secret\"".to_owned(), end.to_owned()),
            (format!("proxy = \"none\"\n{login}"), named.to_owned()),
            (login.to_owned(), named.to_owned()),
            ("proxy_user = { env = \"A\" }".to_owned(), format!("platform.proxy_user: {companion}")),
            ("proxy_password = { env = \"A\" }".to_owned(), format!("platform.proxy_password: {companion}")),
            (
                "proxy = \"http://p\"\nproxy_user = { env = \"A\" }\nproxy_password = \"very-secret\"".to_owned(),
                format!("platform.proxy_password: {secret}"),
            ),
        ] {
            assert_eq!(proxy(&keys).unwrap_err(), [expected], "{keys}");
        }
    }
}
