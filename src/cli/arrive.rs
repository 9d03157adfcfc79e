//! `tijian arrive`: reports arrivals to the platform: one, a list, or the inbox.

mod withdraw;

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use comfy_table::Table;
use serde_json::{Value, json};

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::{language, say};
use crate::cli::places::unreadable;
use crate::cli::stop::StopRequest;
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::local_postgres::FetchPolicy;
use crate::night::{ArrivalContext, ArrivalReport, Submission, arrive_account};
use crate::reservation::{ArrivalSource, ArrivalVerdict, NewArrival};
use crate::settings::Settings;
use crate::validate::{ArrivalList, arrival_time, read_arrival_list, serial_number};
use crate::wording::{Argument, Message, message};

const EXAMPLE: &str = "\
Examples:
  tijian arrive                                              the inbox of every enabled pipeline
  tijian arrive our.toml --serial-number ZJ109-000001        somebody has just arrived
  tijian arrive our.toml --serial-number ZJ109-000001 --arrived-at '2026-11-25 08:10:00'
  tijian arrive our.toml --from arrivals.csv                 a list; - reads standard input
  tijian arrive our.toml --withdraw ZJ109-000001             a mistake, or one that the platform keeps refusing

A list is CSV with the header serialNumber,arriveDate. Times are those of the hospital's clock; the second column may be
left out or empty, which means now. A bad line is reported by its number and does not stop the others. The hospital's own
system writes into the table etl.arrival_inbox instead (group tijian_frontdesk); `tijian run` takes the inbox, too, after
its load.

Each reservation's arrival is reported once: running it again does no harm. An arrival whose reservation is not known yet
waits in the inbox for a week.

An arrival that the platform has not confirmed can be withdrawn: it is no longer owed or counted, etl.outbox records who
withdrew it and when, and it can be reported again. The platform is not called; an arrival whose answer was lost may have
reached it.

Exit status: 0 reported, or nothing to do; 3 some were refused or are waiting; 4 taken, but not yet confirmed by the
platform: run again; 5 a run holds the account: they are in the inbox, for that run or the next. With --withdraw: 0 all are
withdrawn, now or earlier; 3 some cannot be; 5 a run holds the account: try again when it has ended.";

/// Longest list: a hospital of a thousand people a day needs years to fill it.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// Report arrivals to the platform (到检)
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ArriveArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// The platform's id of one reservation
    #[arg(long, value_name = "ID")]
    serial_number: Option<String>,
    /// When that person arrived, by the hospital's clock [default: now]
    #[arg(long, value_name = "TIME", requires = "serial_number")]
    arrived_at: Option<String>,
    /// A list as CSV, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "serial_number")]
    from: Option<PathBuf>,
    /// Withdraw arrivals that the platform has not confirmed
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["serial_number", "arrived_at", "from"])]
    withdraw: Vec<String>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &ArriveArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    if !args.withdraw.is_empty() {
        return withdraw::execute(&args.withdraw, &pipelines, args.output, global, settings);
    }
    let list = read_list(args)?;
    if list.is_some() && pipelines.len() > 1 {
        return Err(CliError::Usage(message!("TJ-1032")));
    }
    let (list, submission) = match list {
        Some((source, list)) => {
            let arrivals = list.arrivals.iter().map(|(_, arrival)| arrival.clone()).collect();
            (list, Some(Submission { source, arrivals }))
        }
        None => (ArrivalList::default(), None),
    };
    let database = Database::open(global, settings, FetchPolicy::Refuse)?;
    let reports = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect(pipelines.iter()).await?;
        let on_step = |_| stop.check();
        let context = ArrivalContext { warehouse: &warehouse, settings, on_step: &on_step };
        let mut reports = Vec::with_capacity(pipelines.len());
        for pipeline in &pipelines {
            reports.push(arrive_account(pipeline, &context, submission.as_ref()).await);
        }
        Ok::<_, CliError>(reports)
    })?;
    for report in &reports {
        if let Some(error) = &report.error {
            error::report_run(&report.account, error, global.log_format);
            if matches!(error, RunError::Locked) && !report.submitted.is_empty() {
                tracing::info!("the arrivals are in the inbox: that run or the next `tijian arrive` takes them");
            }
        }
    }
    print(args.output, &reports, &list)?;
    let code = reports.iter().map(ArrivalReport::exit_code).min().unwrap_or(ExitCode::Good);
    Ok(if list.bad_lines.is_empty() { code } else { code.min(ExitCode::Quarantined) })
}

/// The arrivals from the command line or a file; `None`: only the inbox.
fn read_list(args: &ArriveArgs) -> Result<Option<(ArrivalSource, ArrivalList)>, CliError> {
    if let Some(given) = &args.serial_number {
        let serial_number = serial_number(given).ok_or_else(|| CliError::Usage(message!("TJ-1057")))?;
        let arrived_at = match &args.arrived_at {
            None => None,
            Some(text) => Some(arrival_time(text).ok_or_else(|| CliError::Usage(message!("TJ-1058")))?),
        };
        let arrivals = vec![(0, NewArrival { serial_number, arrived_at })];
        return Ok(Some((ArrivalSource::Command, ArrivalList { arrivals, bad_lines: Vec::new() })));
    }
    let Some(path) = &args.from else { return Ok(None) };
    let is_standard_input = path == Path::new("-");
    let name = if is_standard_input { message!("standard-input").into() } else { Argument::from(path) };
    let failed = |error| match is_standard_input {
        true => CliError::io("read the list from standard input")(error),
        false => unreadable(path)(error),
    };
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if is_standard_input {
        Box::new(std::io::stdin().lock())
    } else {
        // Somebody names it now: it may well be a pipe.
        #[allow(clippy::disallowed_methods, reason = "any file is a list that somebody is waiting for")]
        Box::new(File::open(path).map_err(failed)?)
    };
    source.take(LIST_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LIST_BYTES_MAX {
        return Err(CliError::Usage(message!("TJ-1033", list = name, bytes = LIST_BYTES_MAX)));
    }
    let list = read_arrival_list(&bytes)
        .map_err(|error| CliError::Usage(message!("TJ-1034", list = name, problem = &error)))?;
    Ok(Some((ArrivalSource::ListFile, list)))
}

fn print(output: OutputFormat, reports: &[ArrivalReport], list: &ArrivalList) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    if output == OutputFormat::Json {
        let accounts: Vec<Value> = reports.iter().map(|report| document(report, list)).collect();
        writeln!(stdout, "{}", json!({ "accounts": accounts }))?;
        return Ok(());
    }
    writeln!(stdout, "{}", summary(reports))?;
    for (line, bad) in &list.bad_lines {
        writeln!(stdout, "{}", say!("arrive-line", line, said = bad))?;
    }
    for report in reports {
        let lines = lines_of(report, list);
        for finding in &report.findings {
            let Some(said) = said(finding.verdict) else { continue };
            let text = match lines.get(&finding.inbox_id) {
                None => say!("arrive-inbox", account = &report.account, inbox_id = finding.inbox_id, said),
                Some(0) => said.text(language()),
                Some(line) => say!("arrive-line", line, said),
            };
            writeln!(stdout, "{text}")?;
        }
    }
    Ok(())
}

/// The line of each number in the inbox that this command has submitted; 0: the command line.
fn lines_of(report: &ArrivalReport, list: &ArrivalList) -> HashMap<i64, u64> {
    report.submitted.iter().copied().zip(list.arrivals.iter().map(|(line, _)| *line)).collect()
}

/// The message about an arrival that is not taken, and why.
fn said(verdict: ArrivalVerdict) -> Option<Message> {
    let reason = &verdict.reason()?;
    Some(match verdict {
        ArrivalVerdict::Taken => return None,
        ArrivalVerdict::Repeated => message!("arrival-not-again", reason),
        ArrivalVerdict::Waiting => message!("arrival-waits", reason),
        ArrivalVerdict::Refused(_) => message!("arrival-refused", reason),
    })
}

/// The account's entry in `{"accounts": […]}`; its keys are part of the public surface.
fn document(report: &ArrivalReport, list: &ArrivalList) -> Value {
    let lines = lines_of(report, list);
    let not_taken: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "inbox_id": finding.inbox_id,
                "line": lines.get(&finding.inbox_id).filter(|line| **line > 0),
                "state": if finding.verdict == ArrivalVerdict::Waiting { "waiting" } else { finding.verdict.state() },
                "reason": finding.verdict.reason(),
            })
        })
        .collect();
    let bad_lines: Vec<Value> =
        list.bad_lines.iter().map(|(line, bad)| json!({ "line": line, "reason": bad })).collect();
    let counts = report.counts;
    json!({
        "account": report.account,
        "submitted": report.submitted.len(),
        "taken": counts.taken,
        "repeated": counts.repeated,
        "waiting": counts.waiting,
        "refused": counts.refused,
        "confirmed": counts.confirmed,
        "pending": report.pending,
        "not_taken": not_taken,
        "bad_lines": bad_lines,
        "exit_code": report.exit_code().status(),
        "code": report.error.as_ref().and_then(RunError::code),
        "error": report.error.as_ref().map(RunError::chain),
    })
}

/// One line per account.
fn summary(reports: &[ArrivalReport]) -> Table {
    let headings = [
        say!("column-account"),
        say!("column-taken"),
        say!("column-repeated"),
        say!("column-waiting"),
        say!("column-refused"),
        say!("column-confirmed"),
        say!("column-pending"),
    ];
    let mut table = table(headings, 1..7);
    for report in reports {
        let counts = report.counts;
        let numbers = [counts.taken, counts.repeated, counts.waiting, counts.refused, counts.confirmed, report.pending];
        table.add_row(std::iter::once(report.account.clone()).chain(numbers.map(|number| number.to_string())));
    }
    table
}
