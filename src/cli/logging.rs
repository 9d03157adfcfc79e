//! Logs on standard error: as text for people, in Beijing time, or as JSON lines for programs, in UTC.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::cli::{GlobalArgs, LogFormat, progress};
use crate::clock::{beijing, now};
use crate::night::STAGE_TARGET;
use crate::telemetry::Otlp;

/// Starts logging. Only this crate's own words are let through: libraries may print what they handle.
///
/// `is_terse`: for the demo, whose summary says what the log would.
pub(super) fn start(global: &GlobalArgs, is_terse: bool, otlp: &Otlp) {
    let level = match (global.verbose, global.quiet) {
        (true, _) => "off,tijian=debug",
        (_, true) => "off,tijian=error",
        _ if is_terse => "off,tijian=error,tijian::cli::demo=info,tijian::local_postgres=info",
        _ => "off,tijian=info",
    };
    // A stage's span is for traces; in the log its lines say enough.
    let filter = || EnvFilter::new(format!("{level},{STAGE_TARGET}=off"));
    let form = tracing_subscriber::fmt::layer().with_writer(StandardError).with_ansi(io::stderr().is_terminal());
    let registry = tracing_subscriber::registry().with(otlp.layer());
    match global.log_format {
        LogFormat::Text => {
            registry.with(form.with_target(false).with_timer(BeijingTime).with_filter(filter())).init();
        }
        LogFormat::Json => registry.with(form.json().flatten_event(true).with_filter(filter())).init(),
    }
    otlp.report();
}

/// To the second, with the zone: `2026-11-25 02:00:01 +08:00`.
struct BeijingTime;

impl FormatTime for BeijingTime {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        write!(line, "{}", beijing(now()).format("%Y-%m-%d %H:%M:%S %:z"))
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
