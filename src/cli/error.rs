//! What a person sees when a command fails: what failed, why, and what to do next.

use std::error::Error;
use std::io;

use crate::cli::LogFormat;
use crate::failure::{RunError, causes};
use crate::files::ExportError;
use crate::guidance::Disposition;
use crate::guidance::ExitCode;
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

    /// The exit code that it asks for.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            CliError::Definitions(_) | CliError::NoPipeline(_) | CliError::Settings(_) | CliError::Usage(_) => {
                ExitCode::Definition
            }
            CliError::Run(error) => error.exit_code(),
            CliError::Warehouse(error) if error.is_of_settings() => ExitCode::Definition,
            CliError::Warehouse(error) if error.disposition() == Disposition::Retry => ExitCode::Temporary,
            CliError::Export(error) if error.disposition() == Disposition::Retry => ExitCode::Temporary,
            _ => ExitCode::Failed,
        }
    }

    /// What the operator can do, in one sentence.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            CliError::Definitions(_) => {
                Some("mend the lines above; `tijian check` tries again without running anything")
            }
            CliError::Run(error) => error.hint(),
            CliError::Warehouse(error) => error.hint(),
            _ => None,
        }
    }
}

/// Tells of a command's failure on standard error, in the form of the log. Of a reader that has seen enough (`| head`)
/// there is nothing to tell.
pub(crate) fn report(error: &CliError, format: LogFormat) {
    if matches!(error, CliError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe) {
        return;
    }
    report_with_hint(None, error, error.hint(), format);
}

/// Tells of one account's failed run.
pub(crate) fn report_run(account: &str, error: &RunError, format: LogFormat) {
    report_with_hint(Some(account), error, error.hint(), format);
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
        *code = (*code).min(error.exit_code());
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
fn report_with_hint(account: Option<&str>, error: &dyn Error, hint: Option<&str>, format: LogFormat) {
    let causes: Vec<String> = causes(error).collect();
    match format {
        LogFormat::Json => {
            let because = (!causes.is_empty()).then(|| causes.join(": "));
            tracing::error!(account, because, what_to_do = hint, "{error}");
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
            if let Some(hint) = hint {
                eprintln!("  what to do: {hint}");
            }
        }
    }
}
