//! `tijian run`: the nightly job.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use comfy_table::Table;
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::{language, say};
use crate::cli::monitors::{MonitorArgs, Monitors};
use crate::cli::round::{ACCOUNTS_AT_ONCE, ACCOUNTS_AT_ONCE_MAX, Round};
use crate::cli::stop::StopRequest;
use crate::cli::table::table;
use crate::cli::watch::{Watch, parse_pause};
use crate::cli::{GlobalArgs, LogFormat, OutputFormat, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::local_postgres::FetchPolicy;
use crate::night::RunReport;
use crate::pipeline::{Pipeline, Shard};
use crate::settings::Settings;
use crate::telemetry::Lineage;
use crate::warehouse::DatabaseName;
use crate::wording::{Message, message};

const EXAMPLE: &str = "\
Examples:
  tijian run                                  every enabled pipeline in pipelines/
  tijian run pipelines/hangzhou-third.toml    this one, enabled or not
  tijian run --output json > run.json         one JSON document for the scheduler
  tijian run --shard 0/4                      the first of four processes that share the accounts
  tijian run --watch 5m --metrics-listen 127.0.0.1:9464
                                              through the day; ends with 0 when you stop it";

/// The nightly job: pull, load, acknowledge after the commit, export
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct RunArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
    /// How many accounts to run at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = ACCOUNTS_AT_ONCE,
        value_parser = clap::value_parser!(u8).range(1..=i64::from(ACCOUNTS_AT_ONCE_MAX)))]
    accounts_at_once: u8,
    /// Work on one of N shares of the accounts, counted from 0; other processes work on the others. Give all of them the same pipelines
    #[arg(long, value_name = "I/N", value_parser = pipelines::parse_shard)]
    shard: Option<Shard>,
    /// Keep running: pause for about this long after every round, like 5m, until Ctrl-C or SIGTERM
    #[arg(long, value_name = "DURATION", value_parser = parse_pause)]
    watch: Option<Duration>,
    #[command(flatten)]
    monitors: MonitorArgs,
    /// For the private server: fetch PostgreSQL's server programs if this machine has none
    #[arg(long)]
    fetch_postgres: bool,
}

pub(super) fn execute(args: &RunArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    // All of them, whosever they are: nobody knows whose a file is that cannot be read.
    let all: Vec<Arc<Pipeline>> = pipelines::select(&args.files)?.into_iter().map(Arc::new).collect();
    let is_ours = |pipeline: &Arc<Pipeline>| args.shard.is_none_or(|shard| shard.holds(&pipeline.account));
    let (pipelines, elsewhere): (Vec<_>, Vec<_>) = all.into_iter().partition(is_ours);
    let elsewhere: Arc<[Arc<Pipeline>]> = elsewhere.into();
    let site_key = Arc::new(settings.site_key()?);
    let lineage = settings.lineage().and_then(Lineage::new).map(Arc::new);
    let monitors = Monitors::new(&args.monitors, args.shard, &pipelines, &elsewhere);
    let fetch = if args.fetch_postgres { FetchPolicy::Fetch } else { FetchPolicy::Refuse };
    let database = Database::open(global, settings, fetch)?;
    let DatabaseName { host, port, name } = database.name();
    tracing::info!(database = name, host, port, "this is the warehouse's database");
    if let Some(shard) = args.shard {
        let (accounts, of) = (pipelines.len(), pipelines.len() + elsewhere.len());
        tracing::info!(%shard, accounts, of, "these accounts are this shard's");
        if accounts == 0 && args.watch.is_none() {
            return print(database.name(), args.shard, &[], args.output, global.log_format);
        }
    }
    runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let round = |warehouse| Round {
            warehouse,
            settings: settings.clone(),
            site_key: Arc::clone(&site_key),
            accounts: accounts_at_hand(&pipelines, &elsewhere),
            elsewhere: Arc::clone(&elsewhere),
            stop: stop.clone(),
            accounts_at_once: args.accounts_at_once,
            health: Arc::clone(&monitors.health),
            lineage: lineage.clone(),
        };
        if let Some(pause) = args.watch {
            let log_format = global.log_format;
            let print = |reports: &[RunReport]| {
                // Whoever read it is gone: the reservations still come.
                if let Err(error) = print(database.name(), args.shard, reports, args.output, log_format) {
                    tracing::warn!("{error}");
                }
            };
            let (pipelines, database, monitors) = (&pipelines[..], &database, &monitors);
            let watch = Watch { pipelines, database, monitors, stop: stop.clone(), log_format, round, print };
            return watch.run(pause).await;
        }
        let warehouse = monitors.connect(&database, &pipelines).await?;
        let reports = round(warehouse.clone()).run(&pipelines).await;
        monitors.observe(&reports, &warehouse).await;
        if database.is_private()
            && let Err(error) = warehouse.vacuum_if_due().await
        {
            tracing::warn!("{error}");
        }
        print(database.name(), args.shard, &reports, args.output, global.log_format)
    })
}

/// The accounts that a recovery here may take for looked after: those of other shards get theirs back themselves, before anybody
/// pulls. If the folder of one is not on this machine, nobody here can see when it has.
fn accounts_at_hand(pipelines: &[Arc<Pipeline>], elsewhere: &[Arc<Pipeline>]) -> Arc<[String]> {
    let is_at_hand = |pipeline: &&Arc<Pipeline>| pipeline.landing.dir.join(&pipeline.account).is_dir();
    let at_hand = pipelines.iter().chain(elsewhere.iter().filter(is_at_hand));
    at_hand.map(|pipeline| pipeline.account.clone()).collect()
}

/// Prints errors to standard error, and results to standard output.
fn print(
    database: &DatabaseName,
    shard: Option<Shard>,
    reports: &[RunReport],
    output: OutputFormat,
    log_format: LogFormat,
) -> Result<ExitCode, CliError> {
    let code = error::report_runs(reports, log_format);
    let mut stdout = std::io::stdout().lock();
    match (output, shard) {
        (OutputFormat::Text, Some(shard)) if reports.is_empty() => {
            writeln!(stdout, "{}", say!("shard-empty", shard = shard.to_string()))?;
        }
        (OutputFormat::Text, _) => writeln!(stdout, "{}", summary(reports))?,
        (OutputFormat::Json, _) => {
            let mut document = json!({ "database": database, "runs": reports });
            if let Some(shard) = shard {
                document["shard"] = shard.to_string().into();
            }
            writeln!(stdout, "{document}")?;
        }
    }
    Ok(code)
}

/// One line per account.
pub(super) fn summary(reports: &[RunReport]) -> Table {
    let headings = [
        say!("column-account"),
        say!("column-delivery"),
        say!("column-received"),
        say!("column-accepted"),
        say!("column-rejected"),
        say!("column-unchanged"),
        say!("column-opened"),
        say!("column-closed"),
        say!("column-callbacks"),
        say!("column-pending"),
        say!("column-files"),
        say!("column-seconds"),
        say!("column-outcome"),
    ];
    let mut table = table(headings, 1..12);
    for report in reports {
        let counts = &report.counts;
        table.add_row([
            report.account.clone(),
            report.delivery.map(|delivery| delivery.to_string()).unwrap_or_else(|| "-".to_owned()),
            counts.received.to_string(),
            counts.accepted.to_string(),
            counts.rejected.to_string(),
            counts.unchanged.to_string(),
            counts.opened.to_string(),
            counts.closed.to_string(),
            report.acknowledged.to_string(),
            report.pending.to_string(),
            report.exported.len().to_string(),
            format!("{:.1}", report.total_seconds()),
            outcome(report.exit_code()).text(language()),
        ]);
    }
    table
}

pub(super) fn outcome(code: ExitCode) -> Message {
    match code {
        ExitCode::Good => message!("outcome-good"),
        ExitCode::Quarantined => message!("outcome-quarantined"),
        ExitCode::Pending => message!("outcome-pending"),
        ExitCode::Locked => message!("outcome-locked"),
        ExitCode::Temporary => message!("outcome-temporary"),
        ExitCode::Failed => message!("outcome-failed"),
        ExitCode::Definition => message!("outcome-definition"),
    }
}
