//! `tijian replay`: rebuilds the history from the landed deliveries, and shows how it differs from the live one.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::lake::{publish_owed, report_unpublished, warn_of_stale};
use crate::cli::language::say;
use crate::cli::progress::Progress;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::upkeep::{ReplayExtent, ReplayGoal, ReplayPlace, ReplayReport, ReplayStep, replay};
use crate::wording::message;

const EXAMPLE: &str = "\
Examples:
  tijian replay pipelines/our-hospital.toml              rebuild beside the live history, and show the difference
  tijian replay pipelines/our-hospital.toml --from 42    the same from delivery 42 on, if older files are gone
  tijian replay pipelines/our-hospital.toml --swap       the same, then replace the live history

A replay reads the landed deliveries with today's contract, as the schema's owner (the login of `tijian migrate`), and does not
call the platform. If the contract has not changed, the result is identical row for row. A replay is one transaction: if anything
stops it, nothing has changed. The rebuilt history is in schema replay (replay.differences: row by row).

A swap does not keep the old history: back up the database right before it. To go back, restore that backup and run
`tijian recover --accept-loss`, which continues without the swap.

Records that a retry has loaded from the quarantine are checked in the delivery that they came in, so at first they differ, at
least in delivery_id and recorded_at. A swap leaves the retry in the ledger without counts.

Exit status: 0 identical or swapped; 1 different, or failed; 2 definition error or wrong key; 5 a run holds the
account; 75 temporary.";

/// Rebuild the history from the landed deliveries, show how it differs, and swap it in on request
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ReplayArgs {
    /// Pipeline files
    #[arg(value_name = "PIPELINE.toml", required = true)]
    files: Vec<PathBuf>,
    /// Replace the live history with the rebuilt one; only an earlier backup can undo this
    #[arg(long)]
    swap: bool,
    /// Begin with the live history as it was before this delivery, instead of the first delivery: if older files are gone
    #[arg(long, value_name = "DELIVERY")]
    from: Option<i64>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &ReplayArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    if args.from.is_some() && pipelines.len() > 1 {
        return Err(CliError::Usage(message!("TJ-1059")));
    }
    let site_key = settings.site_key()?;
    let goal = if args.swap { ReplayGoal::Swap } else { ReplayGoal::Compare };
    if args.swap {
        tracing::warn!("a swap does not keep the old history: only an earlier backup can undo it");
    }
    let extent = ReplayExtent { goal, from: args.from };
    let database = Database::find(global, settings)?;
    let (reports, mut code) = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        let place = ReplayPlace { warehouse: &warehouse, settings, site_key: &site_key };
        let (mut reports, mut code) = (Vec::new(), ExitCode::Good);
        for pipeline in &pipelines {
            let progress = Progress::start(&pipeline.account);
            let on_step = |step| {
                show(step);
                progress.show_replay(step);
                stop.check()
            };
            let outcome = replay(pipeline, place, extent, &on_step).await;
            reports.extend(error::keep(&pipeline.account, outcome, &mut code, global.log_format));
        }
        if reports.iter().any(|report: &ReplayReport| report.is_swapped) {
            let unpublished = publish_owed(&pipelines, &warehouse, settings, &site_key, &|| stop.check()).await;
            code = code.min(report_unpublished(&unpublished, global.log_format));
            warn_of_stale(&warehouse).await?;
        }
        Ok::<_, CliError>((reports, code))
    })?;
    if reports.iter().any(|report| !report.is_identical && !report.is_swapped) {
        code = code.min(ExitCode::Failed);
    }
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", serde_json::json!({ "replays": reports }))?,
        OutputFormat::Text => reports.iter().try_for_each(|report| write!(stdout, "{}", text(report)))?,
    }
    Ok(code)
}

fn show(step: ReplayStep) {
    match step {
        ReplayStep::Found { deliveries } => tracing::info!(deliveries, "all landed deliveries are present"),
        ReplayStep::Replayed { delivery_id, .. } => tracing::debug!(delivery = delivery_id, "delivery replayed"),
        ReplayStep::Compared => tracing::debug!("compared with the live history"),
        ReplayStep::Swapped => tracing::debug!("swapped, to be committed"),
    }
}

/// One account, as a person reads it.
fn text(report: &ReplayReport) -> String {
    let ReplayReport { account, deliveries, versions, differing, difference, .. } = report;
    let mut lines = vec![say!("replayed", account, deliveries = *deliveries, versions = *versions)];
    lines.push(match report.is_identical {
        true => say!("replay-identical"),
        false => say!("replay-differing", differing = *differing),
    });
    let mut indented = Vec::new();
    for month in &difference.months {
        indented.push(say!(
            "replay-month",
            month = month.check_month.format("%Y-%m").to_string(),
            live_only = month.live_only,
            replay_only = month.replay_only,
            different = month.different,
        ));
    }
    for version in &difference.differing_versions {
        let (serial_number, number) = (&version.serial_number, version.version.to_string());
        indented.push(match version.kind.as_str() {
            "live_only" => say!("replay-version-live", serial_number, version = number),
            "replay_only" => say!("replay-version-replay", serial_number, version = number),
            _ => {
                let columns = version.columns.clone();
                say!("replay-version-differs", serial_number, version = number, columns)
            }
        });
    }
    let shown = difference.differing_versions.len() as i64;
    if *differing > shown {
        indented.push(say!("replay-more", count = differing - shown));
    }
    lines.extend(indented.drain(..).map(|line| format!("  {line}")));
    if difference.deliveries_refused_otherwise != 0 {
        let (accepted, refused) = (difference.newly_accepted, difference.newly_refused);
        lines.push(say!("replay-judged", accepted, refused));
    }
    for rule in &difference.rules {
        let (is_rejecting, name) = (rule.is_rejecting, &rule.rule);
        indented.push(match rule.field.is_empty() {
            true => say!("replay-rule-record", is_rejecting, rule = name, replay = rule.replay, live = rule.live),
            false => {
                let field = &rule.field;
                say!("replay-rule", is_rejecting, field, rule = name, replay = rule.replay, live = rule.live)
            }
        });
    }
    lines.extend(indented.into_iter().map(|line| format!("  {line}")));
    if report.is_swapped {
        lines.push(say!("replay-swapped"));
    } else if !report.is_identical {
        lines.push(say!("replay-swap-hint"));
    }
    lines.iter().fold(String::new(), |text, line| text + line + "\n")
}
