//! `tijian report`: the marts' figures as one page for people who read no SQL.

use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::LanguageName;
use crate::cli::places::file_place;
use crate::cli::{GlobalArgs, runtime};
use crate::clock::{beijing, now};
use crate::files::{ReportHeader, report_period, write_report};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::wording::{Language, message};

/// Longest period: three years. The page holds numbers for every day of it.
const DAYS_MAX: i64 = 3 * 366;

const EXAMPLE: &str = "\
Examples:
  tijian report --out report.html                                         half a year back, 90 days ahead
  tijian report --out q1.html --from 2026-01-01 --to 2026-03-31 --lang en

The page opens in Chinese, or in the language of --lang; its reader can change that. It contains counts and sums, nothing about
single people, and no fees of small groups. It opens without a network, also from a file share.";

/// Make one HTML page of volumes, changes, packages, fees and data quality
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ReportArgs {
    /// The page; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only this account; may be given several times [default: every account]
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    /// First day, like 2026-01-31 [default: the month 180 days before the last delivery]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last day [default: the end of the month 90 days after it]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
}

pub(super) fn execute(args: &ReportArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    file_place("--out", &args.out)?;
    let generated_at = beijing(now());
    // The page is for other people than the terminal; its reader can change its language.
    let language = global.lang.map_or(Language::Chinese, LanguageName::language);
    let database = Database::find(global, settings)?;
    let accounts = (!args.account.is_empty()).then_some(args.account.as_slice());
    let (header, rows) = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let known = warehouse.report_accounts(accounts).await?;
        if let Some(unknown) = args.account.iter().find(|name| known.iter().all(|known| known.account != **name)) {
            return Err(CliError::Usage(message!("TJ-6404", account = unknown)));
        }
        let (first, last) = report_period(&known, args.from, args.to, generated_at);
        check_period(args.from.unwrap_or(first), args.to.unwrap_or(last))?;
        let header = ReportHeader { generated_at, first, last, language };
        Ok::<_, CliError>((header, warehouse.report(accounts, first, last).await?))
    })?;
    let written = write_report(&args.out, &header, &rows)?;
    writeln!(std::io::stdout().lock(), "{}", written.path.display())?;
    Ok(ExitCode::Good)
}

fn check_period(first: NaiveDate, last: NaiveDate) -> Result<(), CliError> {
    match (last - first).num_days() {
        0..DAYS_MAX => Ok(()),
        ..0 => Err(CliError::Usage(message!("TJ-1054", first = first.to_string(), last = last.to_string()))),
        days => Err(CliError::Usage(message!(
            "TJ-1062",
            first = first.to_string(),
            last = last.to_string(),
            days_max = DAYS_MAX,
            days = days + 1
        ))),
    }
}
