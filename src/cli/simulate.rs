//! `tijian simulate`: the platform as a local server, until Ctrl-C.
//!
//! Standard output is a shell script that prepares a pipeline's environment; everything else goes to the log.

use std::io::Write;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use crate::cli::language::{language, say};
use crate::pipeline::parse_duration;
use crate::simulator::{
    Arming, Callbacks, Credentials, Exposure, FailureForm, GeneratorOptions, Marks, SimulatedTime, Simulator,
    SimulatorError, SimulatorOptions, Tally,
};
use crate::wording::Spoken;

const EXAMPLE: &str = "\
Example: 2,000 reservations, a new night every ten minutes, and the first two pulls fail:
  tijian simulate --listen 127.0.0.1:8999 --reservations 2000 --night-every 10m --fault order=http-503:2

Then, in another terminal, with the printed exports and base_url = \"http://127.0.0.1:8999\" in the pipeline:
  tijian run pipelines/rehearsal.toml
  curl -s -X POST http://127.0.0.1:8999/simulator/night
  curl -s http://127.0.0.1:8999/simulator/state
  curl -s http://127.0.0.1:8999/simulator/log
  curl -s -d '{\"endpoint\":\"callback\",\"fault\":\"effect-then-502\",\"times\":1}' http://127.0.0.1:8999/simulator/faults

Faults: http-<status>, garbage, empty, plain-failure, encrypted-failure, expired-token, hang, busy, redirect (the call does
nothing); effect-then-502, effect-then-hang, truncated, disconnect, cut-chunks, drip, trailing-garbage, false-gzip,
gzip-bomb, wrong-key, bad-padding, null-result, missing-result (it does, the answer is lost); slow, string-code,
result-as-string, plain-success, timestamp-absent, gzip, wrong-charset (it does, the answer is unusual).";

/// Play the platform on this machine: made-up reservations, encrypted answers, faults on demand
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct SimulateArgs {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8999")]
    listen: SocketAddr,

    /// Listen on an address that other machines reach; the simulator has no protection
    #[arg(long)]
    allow_remote: bool,

    /// Play this many accounts with the same access, each on a port of its own: the given one and those that follow it
    #[arg(long, value_name = "NUMBER", default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=i64::from(ACCOUNTS_MAX)))]
    accounts: u16,

    /// Reservations on the first night
    #[arg(long, value_name = "NUMBER", default_value_t = 2000)]
    reservations: u32,

    /// New reservations on every later night
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    new_per_night: u32,

    /// Share of the reservations that change in a night
    #[arg(long, value_name = "SHARE", default_value_t = 0.17)]
    changes: f64,

    /// Share of the records that come with a defect; the platform corrects them one to three nights later
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    defects: f64,

    /// Random seed: the same seed gives the same people
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Serial numbers are PREFIX-000123
    #[arg(long, value_name = "PREFIX", default_value = "ZJ109")]
    serial_prefix: String,

    /// Make calls fail, like order=http-503:2; may be given several times
    #[arg(long = "fault", value_name = "ENDPOINT=FAULT[:TIMES]", value_parser = spoken::<Arming>)]
    faults: Vec<Arming>,

    /// Begin the next night automatically, like 90s, 10m or 24h; otherwise POST /simulator/night begins it
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    night_every: Option<Duration>,

    /// Wait before every answer, like 200ms
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    latency: Duration,

    /// How long a token is valid
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "24h")]
    token_lifetime: Duration,

    /// The form field that requests must use; any, if not given. Bodies that are not forms are always taken
    #[arg(long, value_name = "NAME")]
    form_field: Option<String>,

    /// Send refusals in plain text
    #[arg(long)]
    plain_failures: bool,

    /// What a callback by serialNumber marks as received: marks-reservation, whatever its state at that moment, or
    /// marks-delivered, what was delivered of it
    #[arg(long, value_name = "READING", value_parser = spoken::<Marks>, default_value_t = Callbacks::default().single)]
    single_callback: Marks,

    /// What a callback by requestId marks as received: marks-delivered, what that batch held, or marks-reservation,
    /// its reservations, whatever their state at that moment
    #[arg(long, value_name = "READING", value_parser = spoken::<Marks>, default_value_t = Callbacks::default().batch)]
    batch_callback: Marks,

    /// The account's API key
    #[arg(long, value_name = "TEXT", default_value = "simulated-api-key")]
    api_key: String,

    /// The account's secret
    #[arg(long, value_name = "TEXT", default_value = "simulated-secret")]
    secret: String,

    /// The account's AES key: 16, 24 or 32 bytes
    #[arg(long, value_name = "TEXT", default_value = "simulated-aeskey")]
    aes_key: String,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| say!("duration-form"))
}

/// Parses with `FromStr`; errors are in the program's language.
fn spoken<T: FromStr<Err: Spoken>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.message().text(language()))
}

/// Most accounts: more than any province has. Each needs a file handle or two of this process.
const ACCOUNTS_MAX: u16 = 10_000;

/// How often the calls since are summed up.
const SUMMARY_EVERY: Duration = Duration::from_secs(1);

/// Serves until Ctrl-C or SIGTERM. `now` is the first night's day.
pub async fn execute(args: SimulateArgs, now: DateTime<Utc>) -> Result<(), SimulatorError> {
    let credentials = Credentials { api_key: args.api_key, secret: args.secret, aes_key: args.aes_key };
    let options = SimulatorOptions {
        listen: args.listen,
        exposure: if args.allow_remote { Exposure::AnyAddress } else { Exposure::LoopbackOnly },
        credentials: credentials.clone(),
        generator: GeneratorOptions {
            seed: args.seed,
            reservations: args.reservations,
            new_per_night: args.new_per_night,
            changes: args.changes,
            defects: args.defects,
            faultless_from: u16::MAX,
            serial_prefix: args.serial_prefix,
        },
        token_lifetime: args.token_lifetime,
        latency: args.latency,
        starts_at: now,
        time: SimulatedTime::Clock,
        form_field: args.form_field,
        callbacks: Callbacks { single: args.single_callback, batch: args.batch_callback },
        failure_form: if args.plain_failures { FailureForm::Plain } else { FailureForm::Encrypted },
        ..SimulatorOptions::default()
    };
    let mut simulators = Vec::new();
    for number in 0..args.accounts {
        let simulator = Simulator::start(of_account(&options, number)?).await?;
        for Arming { endpoint, fault, times } in &args.faults {
            simulator.arm(*endpoint, *fault, *times);
        }
        simulators.push(simulator);
    }

    let mut stdout = std::io::stdout();
    stdout
        .write_all(environment(&simulators, &credentials).as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(SimulatorError::Print)?;

    tokio::select! {
        signal = wait_for_signal() => signal.map_err(SimulatorError::Signal)?,
        () = advance_nights(&simulators, args.night_every) => {}
        () = sum_up(&simulators) => {}
    }
    join_all(simulators.into_iter().map(Simulator::stop)).await;
    Ok(())
}

/// Other people, and the next port.
fn of_account(options: &SimulatorOptions, number: u16) -> Result<SimulatorOptions, SimulatorError> {
    let mut options = options.clone();
    options.generator.seed = options.generator.seed.wrapping_add(number.into());
    if options.listen.port() != 0 {
        let port = options.listen.port().checked_add(number);
        options.listen.set_port(port.ok_or(SimulatorError::Option("--accounts"))?);
    }
    Ok(options)
}

/// Shell lines that can be evaluated as they are.
fn environment(simulators: &[Simulator], credentials: &Credentials) -> String {
    let addresses = simulators.iter().map(|simulator| format!("# base_url = \"{}\"\n", simulator.url()));
    format!(
        "{}{}{}{}",
        addresses.collect::<String>(),
        export_line("ZHELIBAN_API_KEY", &credentials.api_key),
        export_line("ZHELIBAN_SECRET", &credentials.secret),
        export_line("ZHELIBAN_AES_KEY", &credentials.aes_key),
    )
}

/// A line that sets a variable in any POSIX shell, whatever the value holds.
pub(super) fn export_line(name: &str, value: &str) -> String {
    format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
}

/// Never ends.
async fn advance_nights(simulators: &[Simulator], every: Option<Duration>) {
    let Some(every) = every else { return std::future::pending().await };
    loop {
        tokio::time::sleep(every).await;
        simulators.iter().for_each(Simulator::advance_night);
        tracing::info!(night = simulators[0].counts().night, "the simulator's next night");
    }
}

/// Logs what was called, a line a second at most. Never ends.
async fn sum_up(simulators: &[Simulator]) {
    let mut seen = vec![0; simulators.len()];
    loop {
        tokio::time::sleep(SUMMARY_EVERY).await;
        let mut all: Vec<Tally> = Vec::new();
        for (simulator, seen) in simulators.iter().zip(&mut seen) {
            for tally in simulator.tallies(*seen) {
                *seen += tally.calls;
                add(&mut all, tally);
            }
        }
        if !all.is_empty() {
            tracing::info!("{}", summary(&all));
        }
    }
}

fn add(all: &mut Vec<Tally>, one: Tally) {
    match all.iter_mut().find(|known| known.endpoint == one.endpoint) {
        Some(known) => {
            known.calls += one.calls;
            known.ok += one.ok;
        }
        None => all.push(one),
    }
}

/// `token: 1, 1 ok; callback: 300, 298 ok`.
fn summary(tallies: &[Tally]) -> String {
    let of_one = |tally: &Tally| format!("{}: {}, {} ok", tally.endpoint, tally.calls, tally.ok);
    tallies.iter().map(of_one).collect::<Vec<_>>().join("; ")
}

#[cfg(unix)]
async fn wait_for_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::simulator::{Endpoint, Fault};

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        args: SimulateArgs,
    }

    #[test]
    fn faults_and_durations_are_read_from_the_command_line() {
        let line = ["simulate", "--fault", "order=http-503:2", "--fault", "callback=hang", "--night-every", "10m"];
        let args = CommandLine::try_parse_from(line).unwrap().args;
        assert_eq!(args.faults[0], Arming { endpoint: Endpoint::Order, fault: Fault::Http(503), times: 2 });
        assert_eq!(args.faults[1], Arming { endpoint: Endpoint::Callback, fault: Fault::Hang, times: 1 });
        assert_eq!(args.night_every, Some(Duration::from_secs(600)));
        assert!(CommandLine::try_parse_from(["simulate", "--fault", "order=sunshine"]).is_err());
        assert!(CommandLine::try_parse_from(["simulate", "--single-callback", "marks-everything"]).is_err());
    }

    #[test]
    fn calls_are_summed_up_by_endpoint() {
        let mut all = Vec::new();
        for (endpoint, calls, ok) in
            [(Endpoint::Token, 1, 1), (Endpoint::Callback, 100, 99), (Endpoint::Callback, 200, 199)]
        {
            add(&mut all, Tally { endpoint, calls, ok });
        }
        assert_eq!(summary(&all), "token: 1, 1 ok; callback: 300, 298 ok");
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(parse_duration("200ms"), Some(Duration::from_millis(200)));
        assert_eq!(parse_duration("24h"), Some(Duration::from_secs(86_400)));
        for text in ["10", "m", "", "1.5s", "1d", "99999999999999999999s"] {
            assert!(parse_duration(text).is_none(), "{text}");
        }
    }

    #[test]
    fn exports_survive_the_shell() {
        let credentials = Credentials { secret: "it's $HOME".to_owned(), ..Credentials::default() };
        let text = environment(&[], &credentials);
        assert!(text.contains(r"export ZHELIBAN_SECRET='it'\''s $HOME'"));
    }

    #[tokio::test]
    async fn every_account_has_people_and_a_port_of_its_own() {
        let any = SimulatorOptions::default();
        let (one, other) = (of_account(&any, 0).unwrap(), of_account(&any, 1).unwrap());
        assert_ne!(one.generator.seed, other.generator.seed);
        let simulators = [Simulator::start(one).await.unwrap(), Simulator::start(other).await.unwrap()];
        let text = environment(&simulators, &Credentials::default());
        let expected = simulators.iter().map(|simulator| format!("# base_url = \"{}\"", simulator.url()));
        assert_eq!(text.lines().take(2).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert_ne!(simulators[0].url(), simulators[1].url());

        let last = SimulatorOptions { listen: "127.0.0.1:65535".parse().unwrap(), ..any };
        assert_eq!(of_account(&last, 0).unwrap().listen.port(), 65535);
        assert!(of_account(&last, 1).is_err());
    }

    #[test]
    fn the_help_names_every_fault() {
        assert!(Fault::names().all(|name| EXAMPLE.contains(name)));
    }
}
