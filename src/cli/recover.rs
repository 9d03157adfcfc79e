//! `tijian recover`: after a restored backup, what the landing folder knows and the database does not.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::{language, say};
use crate::cli::round::Round;
use crate::cli::run::outcome;
use crate::cli::stop::StopRequest;
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::night::{OnLoss, Runner, Task};
use crate::settings::Settings;

const HELP: &str = "\
Run this after you restored the database from a backup, or promoted a standby: the landing folder has every delivery that was
committed since, and a journal of what was decided. They are loaded again in order, with their old numbers and times; handoffs
to finance and closed months come out identical byte for byte. The platform is not called. `tijian run` also does this first.

Exit status: 0 the database is up to date with the landing folder; 1 it is not, and why (if files are missing, nothing was
changed); 2 usage or definition error; 5 a run holds an account; 75 temporary: run it again.

Examples:
  tijian recover                                    every enabled pipeline in pipelines/
  tijian recover pipelines/our.toml --accept-loss   continue without the missing files";

/// After restoring a backup: load again what the landing folder has and the database lacks
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct RecoverArgs {
    /// Pipeline files; none: every enabled one in pipelines/. Name all that share the database
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// Continue without files that are missing or do not fit: what they held is lost, unless the platform delivers it again
    #[arg(long)]
    accept_loss: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &RecoverArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let site_key = settings.site_key()?;
    let database = Database::find(global, settings)?;
    let on_loss = if args.accept_loss { OnLoss::Accept } else { OnLoss::Stop };
    let reports = runtime()?.block_on(async {
        let round =
            Round::in_turn(database.connect_current().await?, settings, site_key, &pipelines, StopRequest::listen()?);
        let mut reports = Vec::new();
        for pipeline in &pipelines {
            reports.push(round.run_one(pipeline, Task::Recover(on_loss)).await);
        }
        Ok::<_, CliError>(reports)
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let accounts: Vec<_> = reports
                .iter()
                .map(|report| {
                    json!({
                        "account": report.account,
                        "entries": report.recovered.entries,
                        "deliveries": report.recovered.deliveries,
                        "lost": report.recovered.lost,
                        "exit_code": report.exit_code().status(),
                        "code": report.error.as_ref().and_then(RunError::code),
                        "error": report.error.as_ref().map(RunError::chain),
                    })
                })
                .collect();
            writeln!(stdout, "{}", json!({ "recoveries": accounts }))?;
        }
        OutputFormat::Text => {
            let headings = [
                say!("column-account"),
                say!("column-entries"),
                say!("column-deliveries"),
                say!("column-lost"),
                say!("column-outcome"),
            ];
            let mut table = table(headings, 1..4);
            for report in &reports {
                table.add_row([
                    report.account.clone(),
                    report.recovered.entries.to_string(),
                    report.recovered.deliveries.to_string(),
                    report.recovered.lost.to_string(),
                    outcome(report.exit_code()).text(language()),
                ]);
            }
            writeln!(stdout, "{table}")?;
        }
    }
    Ok(error::report_runs(&reports, global.log_format))
}
