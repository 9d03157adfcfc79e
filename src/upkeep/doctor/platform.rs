//! The way to the platform: secrets, key, connection, certificate, token, clock. One token is asked for, nothing else.

use std::path::Path;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use crate::clock::now;
use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::night::client::platform_client;
use crate::pipeline::{Channel, Pipeline, ProxyDefinition};
use crate::platform::cipher::Cipher;
use crate::platform::{Platform, PlatformError};
use crate::settings::Settings;
use crate::upkeep::doctor::finding::{Finding, Findings, span};
use crate::wording::{Message, Spoken, message};

/// A clock that is kept by a time server is nearer than this, network and all.
const CLOCK_SKEW_GOOD: TimeDelta = TimeDelta::seconds(30);

/// Beyond this, times of the ledger (ours) and of the history (the platform's) cannot be set beside each other any more,
/// and certificates and tokens may count as expired.
pub(super) const CLOCK_SKEW_MAX: TimeDelta = TimeDelta::minutes(5);

/// A file in the folder of a demo, which the demo made and may empty.
pub const DEMO_MARKER: &str = ".tijian-demo";

/// Looks at the secrets, and asks the platform for a token if they can be used.
pub(super) async fn examine(pipeline: &Pipeline, settings: &Settings) -> Findings {
    let mut findings =
        vec![("secrets", examine_secrets(pipeline, settings)), ("key length", examine_key(pipeline, settings))];
    let is_usable = findings.iter().all(|(_, finding)| matches!(finding, Finding::Good(_)));
    let answers = match platform_client(pipeline, settings) {
        Ok(platform) => examine_platform(pipeline, &platform).await,
        Err(error) if is_usable => left_out([Finding::of_error(&error)], "there is no client to ask with"),
        Err(_) => left_out([], "the secrets cannot be used"),
    };
    findings.extend(["platform", "TLS", "token", "clock"].into_iter().zip(answers));
    findings
}

fn examine_secrets(pipeline: &Pipeline, settings: &Settings) -> Finding {
    let platform = &pipeline.platform;
    let mut names = vec![&platform.api_key, &platform.secret, &platform.aes_key];
    if let ProxyDefinition::Named { login: Some(login), .. } = &platform.proxy {
        names.extend([&login.user, &login.password]);
    }
    let problems: Vec<Message> =
        names.iter().filter_map(|name| settings.secret(name).err()).map(|error| error.message()).collect();
    if problems.is_empty() {
        let names: Vec<&str> = names.iter().map(|name| name.env.as_str()).collect();
        return Finding::Good(message!("doctor-secrets-set", names));
    }
    Finding::broken(ExitCode::Definition, message!("doctor-secrets", problems), Remedy::SetSecret)
}

fn examine_key(pipeline: &Pipeline, settings: &Settings) -> Finding {
    let Ok(key) = settings.secret(&pipeline.platform.aes_key) else { return Finding::LeftOut("there is no key") };
    let length = key.expose_secret().len();
    match Cipher::new(key.expose_secret()) {
        Ok(_) => Finding::Good(message!("doctor-key-length", bytes = length, bits = length * 8)),
        Err(error) => Finding::of_error(&RunError::from(PlatformError::Key(error))),
    }
}

/// The findings of a chain that ends here: those that there are, and of the rest why they are left out.
fn left_out<const N: usize>(found: [Finding; N], why: &'static str) -> Vec<Finding> {
    found.into_iter().chain(std::iter::repeat_n(Finding::LeftOut(why), 4 - N)).collect()
}

/// Platform, TLS, token and clock.
async fn examine_platform(pipeline: &Pipeline, platform: &Platform) -> Vec<Finding> {
    let (asked_at, stopwatch) = (now(), Instant::now());
    let outcome = platform.probe().await;
    let elapsed = stopwatch.elapsed();
    let reachable = Finding::Good(message!("doctor-answers", url = pipeline.platform.base_url.to_string()));
    let trusted = match pipeline.platform.channel {
        Channel::Https if pipeline.platform.certificate_sha256.is_some() => Finding::Good(message!("doctor-pinned")),
        Channel::Https => Finding::Good(message!("doctor-trusted")),
        Channel::Loopback => Finding::Good(message!("doctor-loopback")),
        Channel::PlainHttp => Finding::watch(ExitCode::Good, message!("plain-http"), Remedy::KeepNetworkClosed),
    };
    match outcome {
        Ok(platform_time) => {
            let token = Finding::Good(message!("doctor-token", milliseconds = elapsed.as_millis().to_string()));
            // The answer was made somewhere between question and arrival.
            let own_time = asked_at + TimeDelta::from_std(elapsed / 2).unwrap_or_default();
            let clock = platform_time.map(|platform_time| compare_clocks(platform_time, own_time));
            vec![reachable, trusted, token, clock.unwrap_or(Finding::LeftOut("the platform's answer says no time"))]
        }
        Err(PlatformError::Transport { .. }) if is_of_demo(pipeline) => {
            left_out([], "the demo's platform ended with the demo")
        }
        Err(
            error @ (PlatformError::Transport { .. } | PlatformError::Crawl { .. } | PlatformError::ProxyLogin { .. }),
        ) => left_out([Finding::of_error(&error.into())], "the platform is out of reach"),
        Err(error @ PlatformError::Certificate { .. }) => {
            left_out([reachable, Finding::of_error(&error.into())], "the server is not trusted")
        }
        Err(error) => left_out([reachable, trusted, Finding::of_error(&error.into())], "there is no token"),
    }
}

/// A demo's simulated platform lives as long as `tijian demo`.
fn is_of_demo(pipeline: &Pipeline) -> bool {
    let folder = pipeline.file.parent().unwrap_or(Path::new(""));
    matches!(pipeline.platform.channel, Channel::Loopback) && folder.join(DEMO_MARKER).exists()
}

fn compare_clocks(platform_time: DateTime<Utc>, own_time: DateTime<Utc>) -> Finding {
    let skew = own_time - platform_time;
    let is_ahead = skew > TimeDelta::zero();
    let problem = message!("doctor-platform-clock", span = span(skew.abs()), is_ahead);
    if skew.abs() <= CLOCK_SKEW_GOOD {
        Finding::Good(message!("doctor-platform-clock-good", span = span(skew.abs())))
    } else if skew.abs() <= CLOCK_SKEW_MAX {
        Finding::watch(ExitCode::Good, problem, Remedy::KeepTime)
    } else {
        Finding::broken(ExitCode::Failed, problem, Remedy::KeepTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_seconds_are_watched_for_minutes_and_wrong_beyond() {
        let platform_time: DateTime<Utc> = "2026-11-25T02:00:00Z".parse().unwrap();
        let at = |seconds| compare_clocks(platform_time, platform_time + TimeDelta::seconds(seconds));
        assert_eq!(at(-30), Finding::Good(message!("doctor-platform-clock-good", span = span(TimeDelta::seconds(30)))));
        for (seconds, words) in [(31, "31 seconds ahead of"), (-300, "5 minutes behind")] {
            let Finding::Watch(trouble) = at(seconds) else { panic!("{seconds}") };
            assert!(trouble.problem.to_string().contains(words), "{trouble:?}");
            assert_eq!(trouble.exit_code, ExitCode::Good);
        }
        for (seconds, words) in [(301, "5 minutes ahead of"), (-12_000, "3 hours behind"), (540_000, "6 days ahead of")]
        {
            let Finding::Broken(trouble) = at(seconds) else { panic!("{seconds}") };
            assert!(trouble.problem.to_string().contains(words), "{trouble:?}");
            assert_eq!(trouble.exit_code, ExitCode::Failed);
        }
    }
}
