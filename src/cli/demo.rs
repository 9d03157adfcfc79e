//! `tijian demo`: everything on one machine with nothing prepared, and a summary at the end.
//!
//! The private PostgreSQL server and the simulated platform are the real ones; the nights run through the same code as
//! a hospital's. `DATABASE_URL` is left alone on purpose.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::cli::database::{BINARIES, Database};
use crate::cli::error::CliError;
use crate::cli::round::Round;
use crate::cli::simulate::export_line;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, demo_summary, random_bytes, runtime};
use crate::clock::now;
use crate::guidance::ExitCode;
use crate::local_postgres::{FetchPolicy, SUPPORTED};
use crate::night::RunReport;
use crate::pipeline::contract::SHIPPED;
use crate::pipeline::{Pipeline, read_all};
use crate::reservation::{ArrivalSource, NewArrival};
use crate::settings::Settings;
use crate::simulator::{Credentials, Endpoint, Fault, GeneratorOptions, Simulator, SimulatorOptions};
use crate::upkeep::{Check, DEMO_MARKER, examine};
use crate::warehouse::NAMING_VARIABLES;
use crate::wording::{Message, message};

/// Nights of the demo; the last run after them finds nothing new.
const NIGHTS: usize = 5;

/// The demo's only account.
const ACCOUNT: &str = "demo";

/// Try everything on this machine: private PostgreSQL, simulated platform, five nights with faults
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tijian demo --dir /var/tmp/tijian-demo")]
pub(super) struct DemoArgs {
    /// Folder for warehouse, exports and definitions; an earlier demo there is replaced [default: demo in the data folder]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Reservations on the first night
    #[arg(long, value_name = "NUMBER", default_value_t = 20_000)]
    reservations: u32,
}

/// One run of the demo.
pub(super) struct Night {
    /// What happened in that night, for the summary.
    pub event: Message,
    pub report: RunReport,
}

pub(super) fn execute(args: &DemoArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let dir = match &args.dir {
        Some(dir) => std::path::absolute(dir).map_err(CliError::io("find the demo's folder"))?,
        None => settings.data_dir(global.data_dir.as_deref()).join("demo"),
    };
    // Held to the end: two demos in one folder would be in each other's way.
    let _lock = prepare(&dir)?;
    tracing::info!(dir = %dir.display(), "a demo begins");
    let credentials = Credentials::default();
    let site_key = STANDARD.encode(random_bytes()?);
    let environment = environment(&credentials, &site_key, &dir, settings);
    let global = GlobalArgs { data_dir: Some(dir.clone()), private_server: true, ..global.clone() };
    let database = Database::open(&global, &environment, FetchPolicy::Fetch)?;
    let clock = std::time::Instant::now();
    let (nights, checks) = runtime()?.block_on(play(args, &dir, credentials, &environment, &database))?;
    let (totals, status, audit) = runtime()?.block_on(async {
        let warehouse = database.connect(std::iter::empty()).await?;
        Ok::<_, CliError>((warehouse.totals().await?, warehouse.status(1).await?, warehouse.audit().await?))
    })?;
    let summary = demo_summary::text(&dir, &nights, &totals, &status, &audit, &checks, clock.elapsed());
    write!(std::io::stdout().lock(), "{summary}")?;
    let is_clean = audit.iter().all(|check| check.violations == 0)
        && nights.iter().all(|night| matches!(night.report.exit_code(), ExitCode::Good | ExitCode::Quarantined));
    Ok(if is_clean { ExitCode::Good } else { ExitCode::Failed })
}

/// Plays the nights against the simulator, each as `tijian run` would; then looks at everything as `tijian doctor` would.
async fn play(
    args: &DemoArgs,
    dir: &Path,
    credentials: Credentials,
    settings: &Settings,
    database: &Database,
) -> Result<(Vec<Night>, Vec<Check>), CliError> {
    let stop = StopRequest::listen()?;
    let simulator = Simulator::start(SimulatorOptions {
        credentials,
        generator: GeneratorOptions {
            reservations: args.reservations,
            new_per_night: args.reservations / 40,
            defects: 0.001,
            // So that the last night leaves nothing in quarantine, and `tijian doctor` nothing to look at.
            faultless_from: (NIGHTS - 1) as u16,
            ..GeneratorOptions::default()
        },
        ..SimulatorOptions::default()
    })
    .await?;
    let pipeline = define(dir, &simulator.url())?;
    let warehouse = database.connect(std::iter::empty()).await?;
    let round = Round::in_turn(warehouse, settings, settings.site_key()?, std::slice::from_ref(&pipeline), stop);
    let pipelines = [Arc::new(pipeline)];
    let mut nights = Vec::with_capacity(NIGHTS + 1);
    for night in 0..=NIGHTS {
        let event = match night {
            0 => message!("demo-night-first"),
            1 => message!("demo-night-callback-lost"),
            2 => message!("demo-night-token-expires"),
            3 => message!("demo-night-pull-fails"),
            4 => message!("demo-night-arrivals"),
            NIGHTS => message!("demo-night-again"),
            _ => message!("demo-night-ordinary"),
        };
        match night {
            1 => simulator.arm(Endpoint::Callback, Fault::EffectThen502, 1),
            2 => simulator.arm(Endpoint::Callback, Fault::ExpiredToken, 1),
            3 => simulator.arm(Endpoint::Order, Fault::Http(503), 1),
            4 => {
                round.warehouse.submit_arrivals(ACCOUNT, ArrivalSource::Inbox, &arrivals()).await?;
            }
            _ => {}
        }
        if (1..NIGHTS).contains(&night) {
            simulator.advance_night();
        }
        for report in round.run(&pipelines).await {
            if let Some(error) = report.error {
                return Err(error.into());
            }
            nights.push(Night { event: event.clone(), report });
        }
    }
    // The nights were simulated ones; the clock is looked at as it is.
    simulator.set_timestamp(Some(now().timestamp_millis()));
    let [pipeline] = &pipelines;
    let checks = examine(slice::from_ref(pipeline.as_ref()), settings, &Ok(round.warehouse.clone()), SUPPORTED).await;
    simulator.stop().await;
    Ok((nights, checks))
}

/// As the hospital's own system would write them.
fn arrivals() -> Vec<NewArrival> {
    let arrival = |number| NewArrival { serial_number: format!("ZJ109-{number:06}"), arrived_at: None };
    (1..=3).map(arrival).collect()
}

/// An empty folder that is ours alone while the marker is locked. Where it cannot be had, another one is to be named.
#[allow(clippy::disallowed_methods, reason = "a demo that is cut short is thrown away as a whole")]
fn prepare(dir: &Path) -> Result<File, CliError> {
    let failed = |error: std::io::Error| CliError::Usage(message!("TJ-1073", path = dir, reason = &error));
    let marker = dir.join(DEMO_MARKER);
    if dir.exists() {
        let is_empty = dir.is_dir() && fs::read_dir(dir).map_err(failed)?.next().is_none();
        if !is_empty && !marker.exists() {
            return Err(CliError::Usage(message!("TJ-1040", path = dir)));
        }
    }
    fs::create_dir_all(dir).map_err(failed)?;
    let lock = File::create(&marker).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(CliError::Usage(message!("TJ-1074", path = dir))),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    if dir.join("postgres/data/postmaster.pid").exists() {
        return Err(CliError::Usage(message!("TJ-1041", path = dir)));
    }
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // Fetched server programs cost a download, and are the same for every demo.
        if path.ends_with(BINARIES) || path == marker {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(failed)?;
    }
    Ok(lock)
}

/// Writes the demo's definitions, as a hospital would have them, and reads them back.
#[allow(clippy::disallowed_methods, reason = "a demo that is cut short is thrown away as a whole")]
fn define(dir: &Path, base_url: &str) -> Result<Pipeline, CliError> {
    let contracts = dir.join("contracts");
    fs::create_dir_all(&contracts).map_err(CliError::io("create the demo's definitions"))?;
    fs::write(contracts.join("reservation.toml"), SHIPPED).map_err(CliError::io("write the demo's contract"))?;
    let path = |name: &str| toml::Value::String(dir.join(name).display().to_string());
    let text = format!(
        "version = 1\naccount = \"{ACCOUNT}\"\n\n\
         [platform]\nbase_url = \"{base_url}\"\napi_key = {{ env = \"ZHELIBAN_API_KEY\" }}\n\
         secret = {{ env = \"ZHELIBAN_SECRET\" }}\naes_key = {{ env = \"ZHELIBAN_AES_KEY\" }}\n\n\
         [contract]\nfile = \"contracts/reservation.toml\"\n\n\
         [landing]\ndir = {}\n\n\
         [[export]]\nkind = \"history\"\nformat = \"parquet\"\ndir = {}\n\n\
         [[export]]\nkind = \"daily_volumes\"\nformat = \"parquet\"\ndir = {}\n\n\
         [[export]]\nkind = \"finance\"\nformat = \"csv\"\nprofile = \"excel\"\nsnapshot = \"nightly\"\ndir = {}\n",
        path("landing"),
        path("export/history"),
        path("export/mart/daily_volumes"),
        path("export/finance"),
    );
    let file = dir.join("demo.toml");
    fs::write(&file, text).map_err(CliError::io("write the demo's pipeline"))?;
    let mut pipelines = read_all(&[file])?;
    pipelines.pop().ok_or_else(|| CliError::NoPipeline(message!("TJ-1042")))
}

/// The demo's settings: made-up secrets and a site key of its own, also written to a file for later commands.
fn environment(credentials: &Credentials, site_key: &str, dir: &Path, settings: &Settings) -> Settings {
    let variables = [
        ("ZHELIBAN_API_KEY", credentials.api_key.as_str()),
        ("ZHELIBAN_SECRET", credentials.secret.as_str()),
        ("ZHELIBAN_AES_KEY", credentials.aes_key.as_str()),
        ("TIJIAN_SITE_KEY", site_key),
        ("TIJIAN_DATA_DIR", &dir.display().to_string()),
        ("TIJIAN_PRIVATE_SERVER", "1"),
    ];
    let exports: String = variables.iter().map(|(name, value)| export_line(name, value)).collect();
    // A DATABASE_URL of the shell, or a PGHOST, would name another warehouse than the demo's to the later commands.
    let others = ["DATABASE_URL"].into_iter().chain(NAMING_VARIABLES);
    let mut script = format!("unset {}\n{exports}", others.clone().collect::<Vec<_>>().join(" "));
    // So that the commands in the summary work as printed, wherever this program is installed.
    if let Some(folder) = std::env::current_exe().ok().as_deref().and_then(Path::parent) {
        script.push_str(&export_line("TIJIAN_BIN", &folder.display().to_string()));
        script.push_str("export PATH=\"$TIJIAN_BIN:$PATH\"\n");
    }
    if let Err(error) = write_private(&dir.join("environment.sh"), &script) {
        tracing::warn!("the demo's environment.sh is missing: {error}");
    }
    others.fold(settings.with(&variables), Settings::without)
}

#[allow(clippy::disallowed_methods, reason = "a demo that is cut short is thrown away as a whole")]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
