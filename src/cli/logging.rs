//! Logs on standard error, as text or as JSON lines.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::{GlobalArgs, LogFormat, progress};

/// Starts logging. Only this crate's own words are let through: libraries may print what they handle.
///
/// `is_terse`: for the demo, whose summary says what the log would.
pub(super) fn start(global: &GlobalArgs, is_terse: bool) {
    let level = match (global.verbose, global.quiet) {
        (true, _) => "off,tijian=debug",
        (_, true) => "off,tijian=error",
        _ if is_terse => "off,tijian=error,tijian::cli::demo=info,tijian::local_postgres=info",
        _ => "off,tijian=info",
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(StandardError)
        .with_ansi(io::stderr().is_terminal());
    match global.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

/// Standard error, above the progress bar if one is shown.
struct StandardError;

impl<'a> MakeWriter<'a> for StandardError {
    type Writer = StandardError;

    fn make_writer(&'a self) -> StandardError {
        StandardError
    }
}

impl Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        progress::suspended(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
