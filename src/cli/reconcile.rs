//! `tijian reconcile`: the platform's own list against the history.

use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::say;
use crate::cli::places::{file_place, unreadable};
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime, to_the_minute};
use crate::clock::{beijing, now};
use crate::guidance::ExitCode;
use crate::reconcile::CheckDates;
use crate::reservation::Field;
use crate::settings::Settings;
use crate::upkeep::{ReconcileError, ReconcileReport, ReconcileRequest, reconcile};
use crate::validate::{LIST_FIELDS, NamedHeading, list_date};
use crate::wording::{Spoken, message};

const EXAMPLE: &str = "\
Examples:
  tijian reconcile list.xlsx pipelines/our-hospital.toml
  tijian reconcile list.csv --account our-hospital --from 2026-12-01 --to 2026-12-31
  tijian reconcile list.csv --column serial_number=单号 --out found.csv

The list is exported from the platform's back office: CSV (UTF-8, GB18030 or UTF-16; comma, semicolon or tab) or .xlsx.
A heading row says which column is what, in any order:
  serial_number    平台预约ID, 预约ID, 预约编号, 预约号, serialNumber   (required)
  order_status     预约状态, 状态, orderStatus         code or word: 1 已预约, 2 改约, 5 已取消预约, …
  check_date       体检日期, 预约体检日期, checkDate
  examination_fee  体检费用, 费用, 金额, examinationFee
Other columns are not read. Anything that the list does not contain is not compared.

Findings: missing_here (in the list, not in the history), in_quarantine (missing or different, and a record of it waits in
quarantine), missing_there (active in the history, not in the list), different (state, date or fee), contradictory (the list says
different things about one reservation), unreadable (a cell). missing_there only covers check dates within the list's own, or
within --from and --to. A reservation that is cancelled here and not in the list is counted, but is no finding.

The history is as of the last delivery: changes on the platform since then are found, too, and disappear after the next night.
The file has the columns account, serial_number, finding, field, here, there, line; no personal data is copied into it or printed.
Nothing in the database is changed.

Exit status: 0 everything agrees; 2 the list or the command cannot be used; 3 there are findings, listed in the file.";

/// Compare the platform's own list with the history (对账)
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ReconcileArgs {
    /// The platform's list, CSV or .xlsx
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// The pipeline file of its account; none: the only enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    file: Option<PathBuf>,
    /// The account, if there is no pipeline file
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    account: Option<String>,
    /// The heading of a field's column, like serial_number=单号; may be given several times
    #[arg(long, value_name = "FIELD=HEADING", value_parser = named_heading)]
    column: Vec<NamedHeading>,
    /// First check date, like 2026-12-01 [default: the list's first]
    #[arg(long, value_name = "DATE", value_parser = check_date)]
    from: Option<NaiveDate>,
    /// Last check date [default: the list's last]
    #[arg(long, value_name = "DATE", value_parser = check_date)]
    to: Option<NaiveDate>,
    /// The file for the findings; never replaced [default: reconcile_<account>_<time>.csv]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

fn named_heading(text: &str) -> Result<NamedHeading, String> {
    let names = LIST_FIELDS.map(Field::column_name).to_vec();
    let (name, heading) = text.split_once('=').ok_or_else(|| say!("column-form"))?;
    let field = LIST_FIELDS.into_iter().find(|field| field.column_name() == name.trim());
    let field = field.ok_or_else(|| say!("column-fields", names))?;
    if heading.trim().is_empty() {
        return Err(say!("column-heading-empty"));
    }
    Ok((field, heading.to_owned()))
}

fn check_date(text: &str) -> Result<NaiveDate, String> {
    list_date(text).ok_or_else(|| say!("date-form"))
}

pub(super) fn execute(args: &ReconcileArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        return Err(CliError::Usage(message!("TJ-1054", first = from.to_string(), last = to.to_string())));
    }
    let account = account(args)?;
    let time = beijing(now()).format("%Y%m%dT%H%M%S");
    let out = args.out.clone().unwrap_or_else(|| format!("reconcile_{account}_{time}.csv").into());
    if out.file_name().is_some() && out.symlink_metadata().is_ok() {
        return Err(CliError::Usage(message!("TJ-1055", path = &out)));
    }
    file_place("--out", &out)?;
    let request = ReconcileRequest {
        account,
        list: args.list.clone(),
        headings: args.column.clone(),
        check_dates: CheckDates { from: args.from, to: args.to },
        out,
    };
    let database = Database::find(global, settings)?;
    let report = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        reconcile(&warehouse, &request).await.map_err(|error| failure(error, &request))
    })?;
    print(args.output, &request, &report)?;
    Ok(report.exit_code())
}

fn account(args: &ReconcileArgs) -> Result<String, CliError> {
    if let Some(account) = &args.account {
        return Ok(account.clone());
    }
    let mut pipelines = pipelines::select(args.file.as_slice())?;
    match (pipelines.pop(), pipelines.is_empty()) {
        (Some(pipeline), true) => Ok(pipeline.account),
        _ => Err(CliError::Usage(message!("TJ-1056"))),
    }
}

fn failure(error: ReconcileError, request: &ReconcileRequest) -> CliError {
    let list = &request.list;
    match error {
        ReconcileError::Run(error) => CliError::Run(error),
        ReconcileError::UnknownAccount(_) => CliError::Usage(error.message()),
        ReconcileError::Unusable(crate::spreadsheet::SpreadsheetError::File(source)) => {
            unreadable(&request.list)(source)
        }
        ReconcileError::Unusable(error) => CliError::Usage(message!("TJ-1034", list, problem = &error)),
        ReconcileError::Problem(problem) => CliError::Usage(message!("TJ-1034", list, problem = &problem)),
        ReconcileError::TooLong(error) => CliError::Usage(message!("TJ-1034", list, problem = &error)),
    }
}

fn print(output: OutputFormat, request: &ReconcileRequest, report: &ReconcileReport) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let ReconcileReport { account, as_of, fields, ignored_columns, period, counts, file } = report;
    let columns: Vec<&str> = fields.iter().map(|field| field.column_name()).collect();
    let path = file.as_ref().map(|file| &file.path);
    if output == OutputFormat::Json {
        let mut document = json!({
            "account": account,
            "list": request.list,
            "as_of": as_of,
            "from": period.from,
            "to": period.to,
            "columns": columns,
            "ignored_columns": ignored_columns,
            "file": path,
        });
        if let (Some(document), Ok(serde_json::Value::Object(counts))) =
            (document.as_object_mut(), serde_json::to_value(counts))
        {
            document.extend(counts);
        }
        writeln!(stdout, "{document}")?;
        return Ok(());
    }
    writeln!(stdout, "{}", say!("reconcile-as-of", account, time = to_the_minute(*as_of)))?;
    writeln!(stdout, "{}", say!("reconcile-columns", columns, ignored = *ignored_columns))?;
    let day = |date: &Option<NaiveDate>| date.map_or("…".to_owned(), |date| date.to_string());
    match (period.from, period.to) {
        (None, None) => writeln!(stdout, "{}", say!("reconcile-no-dates"))?,
        _ => {
            let (first, last) = (day(&period.from), day(&period.to));
            writeln!(stdout, "{}", say!("reconcile-dates", first, last))?;
        }
    }
    let mut lines = table([String::new(), say!("column-reservations")], 1..2);
    for (name, count) in [
        (say!("reconcile-listed"), counts.listed),
        (say!("reconcile-agree"), counts.agree),
        (say!("reconcile-missing-here"), counts.missing_here),
        (say!("reconcile-missing-there"), counts.missing_there),
        (say!("reconcile-different"), counts.different),
        (say!("reconcile-in-quarantine"), counts.in_quarantine),
        (say!("reconcile-contradictory"), counts.contradictory),
        (say!("reconcile-unreadable"), counts.unreadable),
        (say!("reconcile-cancelled"), counts.cancelled_not_listed),
        (say!("reconcile-outside"), counts.outside_period),
    ] {
        lines.add_row([name, count.to_string()]);
    }
    writeln!(stdout, "{lines}")?;
    if let Some(path) = path {
        writeln!(stdout, "{}", say!("reconcile-found", path))?;
    }
    Ok(())
}
