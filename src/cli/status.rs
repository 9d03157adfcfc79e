//! `tijian status`: the last runs, the volumes around them, what is pending, what is in quarantine.

use std::io::Write;

use indicatif::HumanCount;
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::sparkline::sparkline;
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, runtime, to_the_minute};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::warehouse::{AccountStatus, DayVolume};

/// Show the last runs, the volumes around them, pending acknowledgements, and the quarantine by reason
#[derive(clap::Args)]
#[command(after_help = "Example:\n  tijian status --runs 7")]
pub(super) struct StatusArgs {
    /// Runs to show per account
    #[arg(long, value_name = "NUMBER", default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=1000))]
    runs: i64,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &StatusArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let database = Database::find(global, settings)?;
    let accounts =
        runtime()?.block_on(async { Ok::<_, CliError>(database.connect_current().await?.status(args.runs).await?) })?;
    let mut stdout = std::io::stdout().lock();
    if args.output == OutputFormat::Text {
        writeln!(stdout, "{}", database.name())?;
    }
    match args.output {
        OutputFormat::Json => {
            writeln!(stdout, "{}", json!({ "database": database.name(), "accounts": accounts }))?;
        }
        OutputFormat::Text if accounts.is_empty() => writeln!(stdout, "no run yet")?,
        OutputFormat::Text => {
            for account in &accounts {
                write!(stdout, "{}", text(account))?;
            }
        }
    }
    Ok(ExitCode::Good)
}

/// One account, as a person reads it. Times are Beijing time, as the hospital's clock shows them.
fn text(status: &AccountStatus) -> String {
    let mut runs = table(["run", "started", "outcome", "received", "rejected", "unchanged", "opened", "closed"], 3..8);
    for run in &status.runs {
        let count = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        runs.add_row([
            run.run_id.to_string(),
            to_the_minute(run.started_at),
            run.outcome.clone().unwrap_or_else(|| "running or killed".to_owned()),
            count(run.received),
            count(run.rejected),
            count(run.unchanged),
            count(run.opened),
            count(run.closed),
        ]);
    }
    let mut text = format!("account {}\n{runs}\n", status.account);
    if let Some(failure) = status.runs.first().and_then(|run| run.failure.as_deref()) {
        text.push_str(&format!("last run: {failure}\n"));
    }
    text.push_str(&volumes(&status.volumes));
    match status.pending_since {
        None => text.push_str("acknowledgements and arrivals pending: none\n"),
        Some(since) => {
            text.push_str(&format!(
                "acknowledgements and arrivals pending: {} since {}\n",
                status.pending,
                to_the_minute(since)
            ));
        }
    }
    if let Some(since) = status.inbox_open_since {
        text.push_str(&format!("arrivals in the inbox: {} since {}\n", status.inbox_open, to_the_minute(since)));
    }
    if status.inbox_refused > 0 {
        text.push_str(&format!("arrivals refused in the last seven days: {}\n", status.inbox_refused));
    }
    if status.quarantine.is_empty() {
        text.push_str("quarantine: empty\n");
    } else {
        let mut quarantine = table(["field", "rule", "records", "oldest"], 0..0);
        for reason in &status.quarantine {
            quarantine.add_row([
                reason.field.clone(),
                reason.rule.clone(),
                reason.records.to_string(),
                to_the_minute(reason.oldest_at),
            ]);
        }
        text.push_str(&format!("quarantine:\n{quarantine}\n"));
    }
    text.push('\n');
    text
}

/// Six weeks of check dates as a line of bars, one a day, with the numbers that a line cannot tell.
fn volumes(days: &[DayVolume]) -> String {
    let ([first, .., last], Some(fullest)) = (days, days.iter().max_by_key(|day| day.reservations)) else {
        return String::new();
    };
    let reservations: Vec<u64> = days.iter().map(|day| day.reservations).collect();
    let total: u64 = reservations.iter().sum();
    if total == 0 {
        return format!("reservations for {} to {}: none\n", first.check_date, last.check_date);
    }
    format!(
        "reservations for {} to {}: {}, most on {}: {}\n {}\n",
        first.check_date,
        last.check_date,
        HumanCount(total),
        fullest.check_date,
        HumanCount(fullest.reservations),
        sparkline(&reservations),
    )
}
