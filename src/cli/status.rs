//! `tijian status`: the last runs, the volumes around them, what is pending, what a lake lacks, what is in quarantine.

use std::io::Write;

use comfy_table::Table;
use indicatif::HumanCount;
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::language::{language, say};
use crate::cli::pipelines::select_readable;
use crate::cli::quarantine::ReasonNames;
use crate::cli::sparkline::sparkline;
use crate::cli::table::table;
use crate::cli::{GlobalArgs, OutputFormat, runtime, to_the_minute};
use crate::guidance::ExitCode;
use crate::night::lakes;
use crate::settings::Settings;
use crate::warehouse::{AccountStatus, DayVolume, LakeStatus, QuarantineCount};
use crate::wording::{Language, Spoken};

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
    // Without one at hand, nothing is said of lakes.
    let (pipelines, _) = select_readable(&[]);
    let accounts = runtime()?.block_on(async {
        let warehouse = database.connect_current().await?;
        let mut accounts = warehouse.status(args.runs).await?;
        for status in &mut accounts {
            for lake in lakes(pipelines.iter().filter(|pipeline| pipeline.account == status.account)) {
                let lake = lake.url.to_string();
                let (_, deliveries_owed) = warehouse.lake_state(&lake, &status.account).await?;
                status.lakes.push(LakeStatus { lake, deliveries_owed });
            }
        }
        Ok::<_, CliError>(accounts)
    })?;
    let mut stdout = std::io::stdout().lock();
    if args.output == OutputFormat::Text {
        writeln!(stdout, "{}", database.name().message().text(language()))?;
    }
    match args.output {
        OutputFormat::Json => {
            writeln!(stdout, "{}", json!({ "database": database.name(), "accounts": accounts }))?;
        }
        OutputFormat::Text if accounts.is_empty() => writeln!(stdout, "{}", say!("status-no-run"))?,
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
    let headings = [
        say!("column-run"),
        say!("column-started"),
        say!("column-outcome"),
        say!("column-received"),
        say!("column-rejected"),
        say!("column-unchanged"),
        say!("column-opened"),
        say!("column-closed"),
    ];
    let mut runs = table(headings, 3..8);
    for run in &status.runs {
        let count = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        runs.add_row([
            run.run_id.to_string(),
            to_the_minute(run.started_at),
            ended(run.outcome.as_deref()),
            count(run.received),
            count(run.rejected),
            count(run.unchanged),
            count(run.opened),
            count(run.closed),
        ]);
    }
    let mut lines = vec![say!("status-account", account = &status.account), runs.to_string()];
    if let Some(failure) = status.runs.first().and_then(|run| run.failure.as_deref()) {
        lines.push(say!("status-last-run", failure));
    }
    lines.extend(volumes(&status.volumes));
    lines.push(match status.pending_since {
        None => say!("status-none-pending"),
        Some(since) => say!("status-pending", pending = status.pending, since = to_the_minute(since)),
    });
    if let Some(since) = status.inbox_open_since {
        lines.push(say!("status-inbox", arrivals = status.inbox_open, since = to_the_minute(since)));
    }
    if status.inbox_refused > 0 {
        lines.push(say!("status-inbox-refused", arrivals = status.inbox_refused));
    }
    for LakeStatus { lake, deliveries_owed } in &status.lakes {
        lines.push(say!("status-lake", lake, count = *deliveries_owed));
    }
    if status.quarantine.is_empty() {
        lines.push(say!("status-quarantine-empty"));
    } else {
        lines.extend([say!("status-quarantine"), quarantine(&status.quarantine).to_string()]);
    }
    lines.iter().map(|line| format!("{line}\n")).collect::<String>() + "\n"
}

/// How a run ended, by the ledger's word for it.
fn ended(stored: Option<&str>) -> String {
    match stored {
        None => say!("outcome-running"),
        Some("succeeded") => say!("outcome-good"),
        Some("quarantined") => say!("outcome-quarantined"),
        Some("pending") => say!("outcome-pending"),
        Some("temporary") => say!("outcome-temporary"),
        Some("failed") => say!("outcome-failed"),
        Some(other) => other.to_owned(),
    }
}

fn quarantine(counts: &[QuarantineCount]) -> Table {
    let headings = [say!("column-field"), say!("column-rule"), say!("column-records"), say!("column-oldest")];
    let mut table = table(headings, 0..0);
    let names = ReasonNames::new();
    for reason in counts {
        // As `--field` and `--rule` want them, in either language.
        let (field, rule) = match language() {
            Language::English => (reason.field.clone(), reason.rule.clone()),
            Language::Chinese => (names.labelled_field(&reason.field), names.labelled_rule(&reason.rule)),
        };
        table.add_row([field, rule, reason.records.to_string(), to_the_minute(reason.oldest_at)]);
    }
    table
}

/// Six weeks of check dates as a line of bars, one a day, with the numbers that a line cannot tell.
fn volumes(days: &[DayVolume]) -> Vec<String> {
    let ([first, .., last], Some(fullest)) = (days, days.iter().max_by_key(|day| day.reservations)) else {
        return Vec::new();
    };
    let reservations: Vec<u64> = days.iter().map(|day| day.reservations).collect();
    let total: u64 = reservations.iter().sum();
    let (first, last) = (first.check_date.to_string(), last.check_date.to_string());
    if total == 0 {
        return vec![say!("status-no-reservations", first, last)];
    }
    let (day, most) = (fullest.check_date.to_string(), HumanCount(fullest.reservations).to_string());
    let total = HumanCount(total).to_string();
    vec![say!("status-reservations", first, last, total, day, most), format!(" {}", sparkline(&reservations))]
}
