//! `tijian finance`: finance files, looked at after they were made.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::{GlobalArgs, OutputFormat, runtime};
use crate::files::Finding;
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::upkeep::verify_finance;

/// What is beside every finance file.
const MANIFEST_ENDING: &str = ".manifest.json";

/// The finance files
#[derive(clap::Subcommand)]
pub(super) enum FinanceCommand {
    Verify(VerifyArgs),
}

const EXAMPLE: &str = "\
Example:
  tijian finance verify data/export/finance/our-hospital_finance_delta_000042_20260107T020001.csv

Exit status: 0 all good; 1 something is wrong with the file.";

/// Check a finance file against its manifest and the warehouse
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct VerifyArgs {
    /// The file, a snapshot or a delta; its manifest stands beside it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Against the manifest only, where there is no database
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
    let FinanceCommand::Verify(args) = command;
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
            let checks: Vec<_> = findings
                .iter()
                .map(|finding| serde_json::json!({ "check": finding.claim, "problem": finding.problem }))
                .collect();
            let problems = findings.iter().filter(|finding| finding.problem.is_some()).count();
            let document = serde_json::json!({ "file": file, "problems": problems, "checks": checks });
            writeln!(stdout, "{document}")?;
        }
        OutputFormat::Text => {
            for finding in findings {
                match &finding.problem {
                    None => writeln!(stdout, "✔ {}", finding.claim)?,
                    // An edited manifest may hold anything; a finding stays on its line.
                    Some(problem) => {
                        writeln!(stdout, "✘ {}: {}", finding.claim, problem.replace(char::is_control, " "))?;
                    }
                }
            }
        }
    }
    Ok(())
}
