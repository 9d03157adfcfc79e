//! `tijian audit`: the warehouse's promises, each as a query that must return no row.

use std::io::Write;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::{language, say};
use crate::cli::{GlobalArgs, OutputFormat, runtime};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::wording::{Message, Spoken};

/// Check the warehouse: every query of sql/checks must return no row
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tijian audit && echo clean")]
pub(super) struct AuditArgs {
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &AuditArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let database = Database::find(global, settings)?;
    let results = runtime()?.block_on(async { Ok::<_, CliError>(database.connect_current().await?.audit().await?) })?;
    let violations: u64 = results.iter().map(|result| result.violations).sum();
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let checks: serde_json::Map<_, _> =
                results.iter().map(|result| (result.name.to_owned(), result.violations.into())).collect();
            writeln!(
                stdout,
                "{}",
                serde_json::json!({ "database": database.name(), "violations": violations, "checks": checks })
            )?;
        }
        OutputFormat::Text => {
            writeln!(stdout, "{}", database.name().message().text(language()))?;
            for result in &results {
                let promise = Message::of("audit", result.name, Vec::new());
                let (mark, text) = match result.violations {
                    0 => ('✔', promise.text(language())),
                    rows => ('✘', say!("audit-broken", promise, rows)),
                };
                writeln!(stdout, "{mark} {text}")?;
            }
        }
    }
    Ok(if violations == 0 { ExitCode::Good } else { ExitCode::Failed })
}
