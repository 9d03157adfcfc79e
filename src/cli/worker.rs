//! `tijian worker`: what another engine lets do by a child process, so that it makes the same as the nights. It needs no
//! definitions, no database and no environment, and says nothing on standard output but its lines.

mod lines;

use std::io::{self, BufRead, BufReader, BufWriter, Write};

use crate::cli::error::CliError;
use crate::guidance::ExitCode;
use crate::transform::{MadeVersion, Outcome, WholeHistory};
use lines::{NULL, StateLines};

/// Bytes that are read, and written, at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Work for another engine, such as Spark
#[derive(clap::Subcommand)]
pub(super) enum WorkerCommand {
    History(HistoryArgs),
}

const LINES: &str = "\
Example:
  tijian worker history < states.tsv > versions.tsv

Input, one line per accepted state: account, serial_number, delivery_id, position (its place in the delivery), effective_at
(microseconds since 1970), content_id (hexadecimal, equal for equal contents), order_status, check_date, unconfirmed_pull (the earlier
pull since which the platform may deliver states of the reservation again, or null; null also for records that were loaded from the
quarantine). Lines are in UTF-8 and sorted by account, serial_number (both by bytes), delivery_id and position; tabs separate their
cells, and a cell \\N is null.

Output, one line per line, in the same order: account, serial_number, delivery_id, position, version, valid_from, valid_to
(microseconds since 1970; null: current), change. The last four are null for a state that changed nothing.

A backslash elsewhere is a character like any other: account and serial_number are written as they were read. Characters that a line
cannot hold (tab, line feed, carriage return), and a value that is \\N itself, have to be replaced before, and put back afterwards.

Exit status: 0 all good; 1 a line that cannot be read, which is named on standard error, and no result counts.";

/// The history of reservations, as the nights make it: states on standard input, their versions on standard output
#[derive(clap::Args)]
#[command(after_help = LINES)]
pub(super) struct HistoryArgs {}

pub(super) fn execute(command: &WorkerCommand) -> Result<ExitCode, CliError> {
    match command {
        WorkerCommand::History(HistoryArgs {}) => {
            let input = BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock());
            history(input, BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock()))?;
        }
    }
    Ok(ExitCode::Good)
}

/// Reads states, and writes what became of each.
fn history(input: impl BufRead, output: impl Write) -> Result<(), CliError> {
    let mut lines = StateLines::new(input);
    let mut outcomes = OutcomeLines { output, of: String::new(), written: Ok(()) };
    let mut history = WholeHistory::default();
    while let Some(line) = lines.next()? {
        if line.begins_reservation {
            std::mem::take(&mut history).end(&mut |outcome| outcomes.write(&outcome));
            outcomes.of = format!("{}\t{}", line.account, line.serial_number);
        }
        let state = line.state;
        history
            .take(state, &mut |outcome| outcomes.write(&outcome))
            .map_err(|contradiction| lines.contradiction(contradiction))?;
        std::mem::replace(&mut outcomes.written, Ok(()))?;
    }
    history.end(&mut |outcome| outcomes.write(&outcome));
    outcomes.written?;
    outcomes.output.flush()?;
    Ok(())
}

/// Lines of one reservation's outcomes, which begin with its key as it was read.
struct OutcomeLines<W> {
    output: W,
    of: String,
    /// Nothing is written after a failure.
    written: io::Result<()>,
}

impl<W: Write> OutcomeLines<W> {
    fn write(&mut self, outcome: &Outcome) {
        if self.written.is_ok() {
            self.written = self.try_to_write(outcome);
        }
    }

    fn try_to_write(&mut self, Outcome { place, version }: &Outcome) -> io::Result<()> {
        write!(self.output, "{}\t{}\t{}\t", self.of, place.delivery_id, place.position)?;
        let Some(MadeVersion { version, valid_from, valid_to, change }) = version else {
            return writeln!(self.output, "{NULL}\t{NULL}\t{NULL}\t{NULL}");
        };
        write!(self.output, "{version}\t{}\t", valid_from.timestamp_micros())?;
        match valid_to {
            Some(valid_to) => write!(self.output, "{}", valid_to.timestamp_micros())?,
            None => write!(self.output, "{NULL}")?,
        }
        writeln!(self.output, "\t{}", change.as_str())
    }
}
