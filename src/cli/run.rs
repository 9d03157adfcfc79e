//! `tijian run`: the nightly job.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::round::{ACCOUNTS_AT_ONCE, ACCOUNTS_AT_ONCE_MAX, Round};
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::local_postgres::FetchPolicy;
use crate::run::{ExitCode, RunReport};
use crate::settings::Settings;

const EXAMPLE: &str = "\
Examples:
  tijian run                                  every enabled pipeline in pipelines/
  tijian run pipelines/hangzhou-third.toml    this one, enabled or not
  tijian run --output json > run.json         one JSON document for the scheduler";

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
    /// Accounts that run side by side
    #[arg(long, value_name = "NUMBER", default_value_t = ACCOUNTS_AT_ONCE,
        value_parser = clap::value_parser!(u8).range(1..=i64::from(ACCOUNTS_AT_ONCE_MAX)))]
    accounts_at_once: u8,
    /// Without DATABASE_URL: fetch PostgreSQL's server programs if this machine has none
    #[arg(long)]
    fetch_postgres: bool,
}

pub(super) fn execute(args: &RunArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines: Vec<_> = pipelines::select(&args.files)?.into_iter().map(Arc::new).collect();
    let site_key = settings.site_key()?;
    let fetch = if args.fetch_postgres { FetchPolicy::Fetch } else { FetchPolicy::Refuse };
    let database = Database::open(global, settings, fetch)?;
    let reports = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let round = Round {
            warehouse: database.connect().await?,
            settings: settings.clone(),
            site_key: Arc::new(site_key),
            stop,
            accounts_at_once: args.accounts_at_once,
        };
        Ok::<_, CliError>(round.run(&pipelines).await)
    })?;
    for report in &reports {
        if let Some(error) = &report.error {
            error::report_run(&report.account, error, global.log_format);
        }
    }
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Text => writeln!(stdout, "{}", table(&reports))?,
        OutputFormat::Json => writeln!(stdout, "{}", json!({ "runs": reports }))?,
    }
    Ok(reports.iter().map(RunReport::exit_code).min().unwrap_or(ExitCode::Good))
}

/// One line per account.
pub(super) fn table(reports: &[RunReport]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "account",
        "delivery",
        "received",
        "accepted",
        "rejected",
        "unchanged",
        "opened",
        "closed",
        "acknowledged",
        "pending",
        "files",
        "seconds",
        "outcome",
    ]);
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
            outcome(report.exit_code()).to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(11) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

pub(super) fn outcome(code: ExitCode) -> &'static str {
    match code {
        ExitCode::Good => "good",
        ExitCode::Quarantined => "some in quarantine",
        ExitCode::Pending => "acknowledgements pending",
        ExitCode::Locked => "held by another run",
        ExitCode::Temporary => "temporary failure: run again",
        ExitCode::Failed => "failed",
        ExitCode::Definition => "definition error",
    }
}
