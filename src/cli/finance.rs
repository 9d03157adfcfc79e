//! `tijian finance`: finance files, looked at after they were made.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::{language, say};
use crate::cli::places::folder_place;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::clock::now;
use crate::files::{Finding, MANIFEST_ENDING};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::upkeep::{FinanceMonth, close_month, month_folder, verify_finance};
use crate::wording::{Message, message};

/// The finance files
#[derive(clap::Subcommand)]
pub(super) enum FinanceCommand {
    Verify(VerifyArgs),
    Month(MonthArgs),
}

const MONTH_EXAMPLE: &str = "\
Example:
  tijian finance month 2026-11

The handoffs' as-of time, in Beijing, decides which month they belong to. A month must be over before you can close it. Closing it
also closes earlier months that are still open. A closed month never changes; the command then makes the same files again.";

/// Close a month: its balances by hospital and way of payment, as a workbook and as CSV
#[derive(clap::Args)]
#[command(after_help = MONTH_EXAMPLE)]
pub(super) struct MonthArgs {
    /// The month, like 2026-11
    #[arg(value_name = "YYYY-MM")]
    month: String,
    /// Pipeline file, once or several times; none: every enabled one in pipelines/
    #[arg(long = "pipeline", value_name = "PIPELINE.toml")]
    pipelines: Vec<PathBuf>,
    /// Folder for the files; otherwise months/ in the folder of the pipeline's finance export
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const EXAMPLE: &str = "\
Example:
  tijian finance verify data/export/finance/our-hospital_finance_delta_000042_20260107T020001.csv

Exit status: 0 all good; 1 something is wrong with the file.";

/// Check a finance file against its manifest and the warehouse, or a closed month against the warehouse
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct VerifyArgs {
    /// The file: a snapshot or a delta with its manifest beside it, or a closed month under its own name
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Check against the manifest only, without a database; a closed month has no manifest
    #[arg(long)]
    offline: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(
    command: &FinanceCommand,
    global: &GlobalArgs,
    settings: &Settings,
) -> Result<ExitCode, CliError> {
    match command {
        FinanceCommand::Verify(args) => verify(args, global, settings),
        FinanceCommand::Month(args) => month(args, global, settings),
    }
}

fn month(args: &MonthArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let text = &args.month;
    let month = FinanceMonth::parse(text).ok_or_else(|| CliError::Usage(message!("TJ-1046")))?;
    if now() < month.ended_at() {
        let next = month.next();
        return Err(CliError::Usage(message!("TJ-1047", month = text, from = next.to_string())));
    }
    if let Some(out) = &args.out {
        folder_place("--out", out)?;
    }
    let pipelines = pipelines::select(&args.pipelines)?;
    let mut folders = Vec::new();
    for pipeline in &pipelines {
        let none = || CliError::Usage(message!("TJ-1060", account = &pipeline.account));
        folders.push(args.out.clone().or_else(|| month_folder(pipeline)).ok_or_else(none)?);
    }
    let site_key = settings.site_key()?;
    let database = Database::find(global, settings)?;
    let mut made = Vec::new();
    let code = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let mut code = ExitCode::Good;
        for (pipeline, dir) in pipelines.iter().zip(&folders) {
            let account = &pipeline.account;
            let outcome = close_month(pipeline, &warehouse, &site_key, month, dir).await;
            match error::keep(account, outcome, &mut code, global.log_format) {
                Some(Some(files)) => made.extend(files.into_iter().map(|file| file.path)),
                Some(None) => tracing::warn!(account, month = text, "nothing was handed over by the end of the month"),
                None => {}
            }
        }
        Ok::<_, CliError>(code)
    })?;
    let mut stdout = std::io::stdout().lock();
    for path in made {
        writeln!(stdout, "{}", path.display())?;
    }
    Ok(code)
}

fn verify(args: &VerifyArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let file = finance_file(&args.file);
    let findings = if args.offline {
        runtime()?.block_on(verify_finance(&file, None))?
    } else {
        let database = Database::find(global, settings)?;
        runtime()?.block_on(async {
            let warehouse = database.connect_current().await?;
            Ok::<_, CliError>(verify_finance(&file, Some(&warehouse)).await?)
        })?
    };
    print(args.output, &file, &findings)?;
    let is_good = findings.iter().all(|finding| finding.problem.is_none());
    Ok(if is_good { ExitCode::Good } else { ExitCode::Failed })
}

/// Whoever names the manifest means the file beside it.
fn finance_file(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|name| name.to_str());
    match name.and_then(|name| name.strip_suffix(MANIFEST_ENDING)) {
        Some(name) => path.with_file_name(name),
        None => path.to_owned(),
    }
}

fn print(output: OutputFormat, file: &Path, findings: &[Finding]) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    match output {
        OutputFormat::Json => {
            let check = |Finding { claim, problem }: &Finding| serde_json::json!({ "check": claim, "problem": problem.as_ref().map(Message::to_string) });
            let checks: Vec<_> = findings.iter().map(check).collect();
            let problems = findings.iter().filter(|finding| finding.problem.is_some()).count();
            let document = serde_json::json!({ "file": file, "problems": problems, "checks": checks });
            writeln!(stdout, "{document}")?;
        }
        OutputFormat::Text => {
            for finding in findings {
                let claim = finding.message();
                match &finding.problem {
                    None => writeln!(stdout, "✔ {}", claim.text(language()))?,
                    // An edited manifest may hold anything; a finding stays on its line.
                    Some(problem) => {
                        let line = say!("finance-problem", claim, problem);
                        writeln!(stdout, "✘ {}", line.replace(char::is_control, " "))?;
                    }
                }
            }
        }
    }
    Ok(())
}
