//! `tijian report`: the marts' figures as one page for people who read no SQL.

use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::ValueEnum;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::{GlobalArgs, runtime};
use crate::clock::{beijing, now};
use crate::files::{ReportHeader, ReportLanguage, report_period, write_report};
use crate::guidance::ExitCode;
use crate::settings::Settings;

/// Longest period: three years. The page holds numbers for every day of it.
const DAYS_MAX: i64 = 3 * 366;

const EXAMPLE: &str = "\
Examples:
  tijian report --out report.html                                         half a year back, 90 days ahead
  tijian report --out q1.html --from 2026-01-01 --to 2026-03-31 --lang en

The page holds counts and sums, nothing about a person, and no fees of a few. It opens without a network, also from a file share.";

/// Make one HTML page of volumes, changes, packages, fees and data quality
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ReportArgs {
    /// The page; replaced if it is there
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// This account only; may be given several times [default: every account]
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    /// First day, like 2026-01-31 [default: the month 180 days before the last delivery]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last day [default: the end of the month 90 days after it]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Language in which the page opens; the reader can change it there
    #[arg(long, value_enum, default_value = "zh", value_name = "LANGUAGE")]
    lang: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    Zh,
    En,
}

pub(super) fn execute(args: &ReportArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    if args.out.file_name().and_then(|name| name.to_str()).is_none() {
        return Err(CliError::Usage(format!("--out {} is not a file name", args.out.display())));
    }
    let generated_at = beijing(now());
    let language = match args.lang {
        Language::Zh => ReportLanguage::Chinese,
        Language::En => ReportLanguage::English,
    };
    let database = Database::find(global, settings)?;
    let accounts = (!args.account.is_empty()).then_some(args.account.as_slice());
    let (header, rows) = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let known = warehouse.report_accounts(accounts).await?;
        if let Some(unknown) = args.account.iter().find(|name| known.iter().all(|known| known.account != **name)) {
            return Err(CliError::Usage(format!(
                "the warehouse has no delivery of account {unknown}; `tijian status` lists the accounts"
            )));
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
        ..0 => Err(CliError::Usage(format!("the period ends before it begins: {first} to {last}"))),
        days => Err(CliError::Usage(format!(
            "the period has {} days, from {first} to {last}; at most {DAYS_MAX} fit on the page",
            days + 1
        ))),
    }
}
