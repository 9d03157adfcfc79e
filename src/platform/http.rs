//! The HTTP client under the platform's: time-outs, certificates, cookies, and the head of an answer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::header::{DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};

use crate::certificates;
use crate::clock::now;
use crate::pipeline::{Channel, PlatformDefinition, ProxyDefinition};
use crate::platform::error::PlatformError;

/// Longest wait for a connection, whatever silence the pipeline allows afterwards.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(15);

/// The login that a proxy asks for.
pub struct ProxyCredentials {
    pub user: SecretString,
    pub password: SecretString,
}

/// The other end of a connection, as errors name it: host and port, and those of the pipeline's proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    address: String,
    proxy: Option<String>,
}

impl Peer {
    pub(super) fn new(definition: &PlatformDefinition) -> Peer {
        let proxy = match &definition.proxy {
            ProxyDefinition::Named { url, .. } => Some(host_and_port(url)),
            ProxyDefinition::Environment | ProxyDefinition::Direct => None,
        };
        Peer { address: host_and_port(&definition.base_url), proxy }
    }

    /// Host and port of the server itself.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.address)?;
        match &self.proxy {
            Some(proxy) => write!(formatter, " through the proxy {proxy}"),
            None => Ok(()),
        }
    }
}

fn host_and_port(url: &str) -> String {
    let url = Url::parse(url).ok();
    let address = url.and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
    address.unwrap_or_else(|| "an address that is none".to_owned())
}

/// A client for one run: it keeps the cookies by which a load balancer knows where its token is known.
pub(super) fn client(
    definition: &PlatformDefinition,
    login: Option<&ProxyCredentials>,
) -> Result<reqwest::Client, PlatformError> {
    let tls = certificates::https(definition.ca_file.as_ref(), definition.certificate_sha256);
    let builder = reqwest::Client::builder()
        .user_agent(concat!("tijian/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(definition.timeout.min(CONNECT_TIMEOUT_MAX))
        .read_timeout(definition.timeout)
        .cookie_store(true)
        // A redirect would carry the token to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(tls.map_err(PlatformError::Tls)?)
        .https_only(definition.channel == Channel::Https);
    let builder = match (&definition.proxy, definition.channel) {
        (ProxyDefinition::Named { url, .. }, _) => {
            let proxy = reqwest::Proxy::all(url).map_err(PlatformError::Client)?;
            builder.proxy(match login {
                Some(login) => proxy.basic_auth(login.user.expose_secret(), login.password.expose_secret()),
                None => proxy,
            })
        }
        (ProxyDefinition::Direct, _) | (ProxyDefinition::Environment, Channel::Loopback) => builder.no_proxy(),
        (ProxyDefinition::Environment, Channel::Https | Channel::PlainHttp) => builder,
    };
    builder.build().map_err(PlatformError::Client)
}

/// Whether a proxy asked for a login before it would open a way through. The client library has no type for it that can be
/// named, so `tests/it/platform_networks.rs` holds these words against a real proxy.
pub(super) fn is_proxy_login_wanted(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (**error).source())
        .any(|error| error.to_string().ends_with("proxy authorization required"))
}

/// How long an answer asks to wait (RFC 9110, 10.2.3): seconds, or a date, which is the answerer's and so is set beside its
/// own clock.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = text(headers, RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date(asked)?;
    let from = text(headers, DATE).and_then(date).unwrap_or_else(now);
    Some((until - from).to_std().unwrap_or_default())
}

/// The target of a redirect: its scheme and host. The rest may hold a token.
pub(super) fn redirect_target(from: &Url, headers: &HeaderMap) -> Option<String> {
    let target = from.join(text(headers, LOCATION)?).ok()?;
    Some(format!("{} at {}", target.scheme(), target.host_str()?))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// `Wed, 21 Oct 2015 07:28:00 GMT`, the form of dates in HTTP.
fn date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_until_a_date_by_the_answerers_clock() {
        let wait = |asked: &str, date: &str| retry_after(&headers(&[(RETRY_AFTER, asked), (DATE, date)]));
        let clock = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(wait(" 7 ", clock), Some(Duration::from_secs(7)));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:30 GMT", clock), Some(Duration::from_secs(30)));
        assert_eq!(wait("Wed, 21 Oct 2015 07:27:30 GMT", clock), Some(Duration::ZERO), "over already");
        // Without a readable clock of its own, by ours: that date is long over.
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:30 GMT", "soon"), Some(Duration::ZERO));
        for nonsense in ["", "soon", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(wait(nonsense, clock), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn of_a_redirect_scheme_and_host_are_named_and_nothing_that_may_be_secret() {
        let from = Url::parse("http://platform.invalid:8080/path").unwrap();
        let target = |location: &str| redirect_target(&from, &headers(&[(LOCATION, location)]));
        for (location, expected) in [
            ("https://login.invalid/sso?token=secret#secret", Some("https at login.invalid")),
            ("https://user:secret@login.invalid", Some("https at login.invalid")),
            ("/login?ticket=secret", Some("http at platform.invalid")),
            ("//other.invalid/", Some("http at other.invalid")),
            ("mailto:secret@invalid", None),
            ("http://[", None),
        ] {
            assert_eq!(target(location).as_deref(), expected, "{location}");
        }
        assert_eq!(redirect_target(&from, &HeaderMap::new()), None);
    }

    #[test]
    fn an_address_is_named_with_its_port() {
        assert_eq!(host_and_port("https://platform.invalid/health"), "platform.invalid:443");
        assert_eq!(host_and_port("http://10.1.2.3"), "10.1.2.3:80");
        assert_eq!(host_and_port("http://[::1]:8999/a"), "[::1]:8999");
    }
}
