//! `tijian quarantine retry` and `discard`: loads refused records into the history, or deletes them.

use std::convert::Infallible;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::FilterArgs;
use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::{language, say};
use crate::cli::round::Round;
use crate::cli::run::outcome;
use crate::cli::stop::StopRequest;
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::night::{RunReport, Runner, Selection, Task, choose_records, recover_first};
use crate::settings::Settings;
use crate::warehouse::RejectionFilter;
use crate::wording::message;

const RETRY_HELP: &str = "\
Every record is checked against today's contract. A record that passes becomes a version, as of the delivery that it came in.
Several states of a reservation are taken in the order in which they were delivered. A record older than what the history has taken
since is marked superseded and never applied. Records that are still refused stay, with today's reasons. A person who was erased
does not come back. Then a pull follows, as in a night: the platform delivers the reservations in their present state, and they are
acknowledged, unless another state of the reservation is still refused.

Exit status: as for `tijian run`; 3: some records are still refused.

Examples:
  tijian quarantine retry                                          everything in quarantine
  tijian quarantine retry pipelines/our.toml --field payType       what the changed contract may let through
  tijian quarantine retry 42 43                                    these two";

/// After a change of the contract: load the records that pass now, and acknowledge them
#[derive(clap::Args)]
#[command(after_help = RETRY_HELP)]
pub(in crate::cli) struct RetryArgs {
    /// Pipeline files (none: every enabled one in pipelines/), and numbers of records as `tijian quarantine list` has them
    #[arg(value_name = "PIPELINE.toml|ID", value_parser = target)]
    targets: Vec<Target>,
    #[command(flatten)]
    filter: FilterArgs,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

const DISCARD_HELP: &str = "\
The record is deleted and cannot be restored; etl.rejections still says that it was refused, why, and who discarded it. Then a
pull follows, as in a night: the platform delivers the record once more, it stays discarded, and its reservation is acknowledged
by its serialNumber, unless another state of it is still refused. A record without a readable serialNumber cannot be acknowledged,
and comes again every night.

Exit status: 0 discarded; 2 without --yes; 4 discarded, acknowledgements pending: the next run pulls and acknowledges again.

Examples:
  tijian quarantine discard 42 --yes
  tijian quarantine discard --rule calendar_date --older-than-days 90 --yes";

/// Delete refused records for good, and acknowledge them
#[derive(clap::Args)]
#[command(after_help = DISCARD_HELP)]
pub(in crate::cli) struct DiscardArgs {
    /// Pipeline files (none: every enabled one in pipelines/), and numbers of records as `tijian quarantine list` has them
    #[arg(value_name = "PIPELINE.toml|ID", value_parser = target)]
    targets: Vec<Target>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Do it: it cannot be undone. Without this, the records are only counted
    #[arg(long)]
    yes: bool,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

/// The meaning of an argument without a name: no pipeline file has a name of digits only.
#[derive(Clone)]
enum Target {
    Record(i64),
    File(PathBuf),
}

fn target(text: &str) -> Result<Target, Infallible> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    Ok(text.parse().ok().filter(|_| is_number).map_or_else(|| Target::File(text.into()), Target::Record))
}

pub(super) fn retry(args: &RetryArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let reports =
        settle(&args.targets, &args.filter, true, global, settings, |selection| Some(Task::Retry(selection)))?;
    print(args.output, "retries", &reports, retried, &retry_columns())?;
    Ok(error::report_runs(&reports, global.log_format))
}

pub(super) fn discard(args: &DiscardArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    if args.filter.is_anything() && args.targets.iter().all(|target| matches!(target, Target::File(_))) {
        return Err(CliError::Usage(message!("TJ-1052")));
    }
    let mut counted = 0;
    let reports = settle(&args.targets, &args.filter, args.yes, global, settings, |selection| {
        counted += selection.rejection_ids.len();
        args.yes.then_some(Task::Discard(selection))
    })?;
    if !args.yes {
        return Err(CliError::Usage(message!("TJ-1053", counted)));
    }
    print(args.output, "discards", &reports, discarded, &discard_columns())?;
    Ok(error::report_runs(&reports, global.log_format))
}

/// Finds the records that are meant, and does the task of each account, one after the other. `pulls`: not only counting, so what a restored
/// database lacks comes first, of all accounts.
fn settle(
    targets: &[Target],
    filter: &FilterArgs,
    pulls: bool,
    global: &GlobalArgs,
    settings: &Settings,
    mut task: impl FnMut(&Selection) -> Option<Task<'_>>,
) -> Result<Vec<RunReport>, CliError> {
    let (mut files, mut ids) = (Vec::new(), Vec::new());
    for target in targets {
        match target {
            Target::Record(id) => ids.push(*id),
            Target::File(file) => files.push(file.clone()),
        }
    }
    let pipelines = pipelines::select(&files)?;
    let site_key = settings.site_key()?;
    let database = Database::find(global, settings)?;
    runtime()?.block_on(async {
        let round =
            Round::in_turn(database.connect_current().await?, settings, site_key, &pipelines, StopRequest::listen()?);
        if pulls && let Err(held_back) = recover_first(&round, &round.warehouse, &pipelines).await {
            return Ok(held_back);
        }
        let filter = RejectionFilter { ids: Some(ids).filter(|ids| !ids.is_empty()), ..filter.of(None) };
        let chosen = choose_records(&round.warehouse, &pipelines, &filter, &settings.operator()).await?;
        let mut reports = Vec::new();
        for (pipeline, selection) in chosen {
            if let Some(task) = task(&selection) {
                reports.push(round.run_one(pipeline, task).await);
            }
        }
        if !reports.is_empty() {
            round.publish(&pipelines, &mut reports).await;
        }
        Ok(reports)
    })
}

/// A key of the document, and what it is called in the table.
type Column = (&'static str, String);

fn retry_columns() -> [Column; 9] {
    [
        ("account", say!("column-account")),
        ("delivery", say!("column-delivery")),
        ("tried", say!("column-tried")),
        ("loaded", say!("column-loaded")),
        ("refused", say!("column-refused")),
        ("superseded", say!("column-superseded")),
        ("left_out", say!("column-left-out")),
        ("acknowledged", say!("column-callbacks")),
        ("pending", say!("column-pending")),
    ]
}

fn retried(report: &RunReport) -> Value {
    let settled = &report.settled;
    let counts = &settled.counts;
    json!({
        "account": report.account,
        "delivery": settled.delivery,
        "tried": counts.accepted + settled.refused + settled.superseded + settled.left_out,
        "loaded": counts.accepted,
        "opened": counts.opened,
        "closed": counts.closed,
        "unchanged": counts.unchanged,
        "refused": settled.refused,
        "superseded": settled.superseded,
        "left_out": settled.left_out,
        "acknowledged": report.acknowledged,
        "pending": report.pending,
        "exported": report.exported,
        "exit_code": report.exit_code().status(),
        "outcome": outcome(report.exit_code()).to_string(),
        "code": report.error.as_ref().and_then(RunError::code),
        "error": report.error.as_ref().map(RunError::chain),
    })
}

fn discard_columns() -> [Column; 4] {
    [
        ("account", say!("column-account")),
        ("discarded", say!("column-discarded")),
        ("acknowledged", say!("column-callbacks")),
        ("pending", say!("column-pending")),
    ]
}

fn discarded(report: &RunReport) -> Value {
    json!({
        "account": report.account,
        "discarded": report.settled.discarded,
        "acknowledged": report.acknowledged,
        "pending": report.pending,
        "exit_code": report.exit_code().status(),
        "outcome": outcome(report.exit_code()).to_string(),
        "code": report.error.as_ref().and_then(RunError::code),
        "error": report.error.as_ref().map(RunError::chain),
    })
}

fn print(
    output: OutputFormat,
    name: &str,
    reports: &[RunReport],
    entry: impl Fn(&RunReport) -> Value,
    columns: &[Column],
) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    if output == OutputFormat::Json {
        let entries: Vec<Value> = reports.iter().map(entry).collect();
        return Ok(writeln!(stdout, "{}", json!({ name: entries }))?);
    }
    let headings = columns.iter().map(|(_, heading)| heading.clone()).chain([say!("column-outcome")]);
    let mut table = table(headings, 1..columns.len());
    for report in reports {
        let entry = entry(report);
        let cells = columns.iter().map(|(key, _)| match &entry[*key] {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        table.add_row(cells.chain([outcome(report.exit_code()).text(language())]));
    }
    Ok(writeln!(stdout, "{table}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_a_record_and_all_else_is_a_file() {
        assert!(matches!(target("42"), Ok(Target::Record(42))));
        for file in ["our.toml", "-1", "+1", "", "4 2", "99999999999999999999"] {
            assert!(matches!(target(file), Ok(Target::File(_))), "{file}");
        }
    }
}
