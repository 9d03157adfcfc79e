//! What a person sees when a command fails: what failed, why, and what to do next.

use std::error::Error;
use std::io;

use crate::cli::LogFormat;
use crate::cli::remedies::words;
use crate::failure::{RunError, causes};
use crate::files::ExportError;
use crate::guidance::{ExitCode, Guidance};
use crate::local_postgres::LocalPostgresError;
use crate::night::RunReport;
use crate::pipeline::DefinitionErrors;
use crate::settings::SettingsError;
use crate::simulator::SimulatorError;
use crate::warehouse::WarehouseError;

/// A command that could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Definitions(#[from] DefinitionErrors),
    #[error("no pipeline to run: {0}")]
    NoPipeline(String),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    LocalPostgres(#[from] LocalPostgresError),
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    #[error("cannot start the async runtime")]
    Runtime(#[source] io::Error),
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
    #[error("{0}")]
    Usage(String),
    #[error("cannot {operation}")]
    Io {
        operation: String,
        #[source]
        source: io::Error,
    },
}

impl CliError {
    /// For `map_err`: a failed file operation, worded to follow "cannot".
    pub(crate) fn io(operation: impl Into<String>) -> impl FnOnce(io::Error) -> CliError {
        let operation = operation.into();
        move |source| CliError::Io { operation, source }
    }

    /// How it ends, and what to do.
    pub(crate) fn guidance(&self) -> Guidance {
        match self {
            CliError::Definitions(error) => error.guidance(),
            CliError::Settings(error) => error.guidance(),
            CliError::Warehouse(error) => error.guidance(),
            CliError::Run(error) => error.guidance(),
            CliError::Export(error) => error.guidance(),
            CliError::LocalPostgres(error) => error.guidance(),
            CliError::Simulator(error) => error.guidance(),
            CliError::NoPipeline(_) | CliError::Usage(_) => ExitCode::Definition.without_remedy(),
            CliError::Runtime(_) | CliError::Output(_) | CliError::Io { .. } => ExitCode::Failed.without_remedy(),
        }
    }
}

/// Tells of a command's failure on standard error, in the form of the log. Of a reader that has seen enough (`| head`)
/// there is nothing to tell.
pub(crate) fn report(error: &CliError, format: LogFormat) {
    if matches!(error, CliError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe) {
        return;
    }
    report_with_guidance(None, error, error.guidance(), format);
}

/// Tells of one account's failed run.
pub(crate) fn report_run(account: &str, error: &RunError, format: LogFormat) {
    report_with_guidance(Some(account), error, error.guidance(), format);
}

/// What the work of one of several accounts gave. An error is told, makes `code` worse, and stops no other account.
pub(crate) fn keep<T>(
    account: &str,
    outcome: Result<T, RunError>,
    code: &mut ExitCode,
    format: LogFormat,
) -> Option<T> {
    let tell = |error: &RunError| {
        report_run(account, error, format);
        *code = (*code).min(error.guidance().exit_code);
    };
    outcome.inspect_err(tell).ok()
}

/// Tells of all that failed among these runs. The code that they end with together: the worst.
pub(crate) fn report_runs(reports: &[RunReport], format: LogFormat) -> ExitCode {
    for report in reports {
        if let Some(error) = &report.error {
            report_run(&report.account, error, format);
        }
    }
    reports.iter().map(RunReport::exit_code).min().unwrap_or(ExitCode::Good)
}

/// For a person: the error, its causes below it, and what to do. For programs: one more line of the log.
fn report_with_guidance(account: Option<&str>, error: &dyn Error, guidance: Guidance, format: LogFormat) {
    let what_to_do = guidance.remedy.as_ref().map(words);
    let causes: Vec<String> = causes(error).collect();
    match format {
        LogFormat::Json => {
            let because = (!causes.is_empty()).then(|| causes.join(": "));
            tracing::error!(account, because, what_to_do = what_to_do.as_deref(), "{error}");
        }
        LogFormat::Text => {
            if let Some(account) = account {
                eprintln!("account {account}:");
            }
            // Definitions have many problems, one a line.
            for problem in error.to_string().lines() {
                eprintln!("error: {problem}");
            }
            for cause in causes {
                eprintln!("  because: {cause}");
            }
            if let Some(what_to_do) = what_to_do {
                eprintln!("  what to do: {what_to_do}");
            }
        }
    }
}
