//! What a command prints when it fails: what failed, why, and what to do next.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use crate::cli::LogFormat;
use crate::cli::language::{language, say};
use crate::failure::{RunError, spoken_causes};
use crate::files::ExportError;
use crate::guidance::{ExitCode, Guidance};
use crate::local_postgres::LocalPostgresError;
use crate::night::RunReport;
use crate::pipeline::DefinitionErrors;
use crate::settings::SettingsError;
use crate::simulator::SimulatorError;
use crate::warehouse::WarehouseError;
use crate::wording::{Language, Message, Spoken, display_in_english, message, operation_on};

/// A command that could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Definitions(#[from] DefinitionErrors),
    NoPipeline(Message),
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
    Runtime(#[source] io::Error),
    Output(#[from] io::Error),
    Usage(Message),
    Line(Message),
    Io {
        operation: Message,
        #[source]
        source: io::Error,
    },
}

impl Spoken for CliError {
    fn message(&self) -> Message {
        match self {
            CliError::Definitions(error) => error.message(),
            CliError::NoPipeline(problem) | CliError::Usage(problem) | CliError::Line(problem) => problem.clone(),
            CliError::Settings(error) => error.message(),
            CliError::Warehouse(error) => error.message(),
            CliError::Run(error) => error.message(),
            CliError::Export(error) => error.message(),
            CliError::LocalPostgres(error) => error.message(),
            CliError::Simulator(error) => error.message(),
            CliError::Runtime(_) => message!("TJ-1021"),
            CliError::Output(_) => message!("TJ-1022"),
            CliError::Io { operation, .. } => operation.clone().coded("TJ-1023"),
        }
    }
}

display_in_english!(CliError);

impl CliError {
    /// For `map_err`: a failed operation, worded to follow "cannot".
    pub(crate) fn io(words: &str) -> impl FnOnce(io::Error) -> CliError + use<> {
        let operation = Message::of("operation", words, Vec::new());
        move |source| CliError::Io { operation, source }
    }

    /// Like [`CliError::io`], for a file or a folder whose path the words leave out.
    pub(crate) fn io_on(words: &str, path: &Path) -> impl FnOnce(io::Error) -> CliError + use<> {
        let operation = operation_on(words, path);
        move |source| CliError::Io { operation, source }
    }

    /// One for each problem: definitions may have many.
    pub(crate) fn messages(&self) -> Vec<Message> {
        match self {
            CliError::Definitions(errors) => errors.0.iter().map(Spoken::message).collect(),
            error => vec![error.message()],
        }
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
            CliError::Runtime(_) | CliError::Output(_) | CliError::Line(_) | CliError::Io { .. } => {
                ExitCode::Failed.without_remedy()
            }
        }
    }
}

/// A problem under its code, where a mark says already that it is one.
pub(crate) fn with_code(problem: &Message) -> Message {
    message!("coded", code = problem.code(), problem)
}

/// Tells of a command's failure on standard error, in the form of the log. Of a reader that has seen enough (`| head`)
/// there is nothing to tell.
pub(crate) fn report(error: &CliError, format: LogFormat) {
    if matches!(error, CliError::Output(source) if source.kind() == io::ErrorKind::BrokenPipe) {
        return;
    }
    report_with_guidance(None, &error.messages(), error, &error.guidance(), format);
}

/// Tells of one account's failed run.
pub(crate) fn report_run(account: &str, error: &RunError, format: LogFormat) {
    report_with_guidance(Some(account), &[error.message()], error, &error.guidance(), format);
}

/// Tells of a failure that is no single account's.
pub(crate) fn report_shared(error: &RunError, format: LogFormat) {
    report_with_guidance(None, &[error.message()], error, &error.guidance(), format);
}

/// Keeps the result of one of several accounts. An error is printed, makes `code` worse, and does not stop the others.
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

/// For a person: the error, its causes below it, and what to do. For programs: a line of the log for each problem.
fn report_with_guidance(
    account: Option<&str>,
    messages: &[Message],
    error: &dyn Error,
    guidance: &Guidance,
    format: LogFormat,
) {
    let what_to_do = guidance.remedy.as_ref().map(Spoken::message);
    match format {
        LogFormat::Json => {
            let causes: Vec<String> = spoken_causes(error, Language::English).iter().map(Message::to_string).collect();
            let because = (!causes.is_empty()).then(|| causes.join(": "));
            let what_to_do = what_to_do.map(|remedy| remedy.to_string());
            for message in messages {
                let code = message.code();
                tracing::error!(account, code, because, what_to_do, "{message}");
            }
        }
        LogFormat::Text => {
            if let Some(account) = account {
                tell(&say!("account", account));
            }
            for message in messages {
                tell(&say!("error", code = message.code(), message));
            }
            for cause in spoken_causes(error, language()) {
                tell(&format!("  {}", say!("because", code = cause.code(), message = cause)));
            }
            if let Some(remedy) = what_to_do {
                tell(&format!("  {}", say!("what-to-do", remedy)));
            }
        }
    }
}

/// A line on standard error. The terminal may be closed, which stops nobody.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
