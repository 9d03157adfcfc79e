//! What a person sees when a command fails: what failed, why, and what to do next.

use std::error::Error;
use std::io;

use crate::disposition::Disposition;
use crate::local_postgres::LocalPostgresError;
use crate::pipeline::DefinitionErrors;
use crate::run::{ExitCode, RunError};
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
            CliError::Warehouse(error) if error.disposition() == Disposition::Retry => ExitCode::Temporary,
            _ => ExitCode::Failed,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            CliError::Definitions(_) => {
                Some("mend the lines above; `tijian check` tries again without running anything")
            }
            CliError::Run(error) => error.hint(),
            CliError::Warehouse(WarehouseError::Connect(_) | WarehouseError::Url(_)) => {
                Some("check DATABASE_URL and that the server accepts connections")
            }
            _ => None,
        }
    }
}

/// Prints an error with its causes below it.
pub(crate) fn print(error: &CliError) {
    print_with_causes(error, error.hint());
}

/// Prints any error the same way.
pub(crate) fn print_with_causes(error: &dyn Error, hint: Option<&str>) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(source) = cause {
        eprintln!("  because: {source}");
        cause = source.source();
    }
    if let Some(hint) = hint {
        eprintln!("  what to do: {hint}");
    }
}
