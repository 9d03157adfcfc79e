//! `tijian lake rebuild`: the history, by another engine.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::lake::named_lakes;
use crate::cli::language::say;
use crate::cli::progress::{Progress, human};
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, random_bytes, runtime};
use crate::failure::RunError;
use crate::guidance::ExitCode;
use crate::lake::LakeStore;
use crate::pipeline::parse_duration;
use crate::settings::Settings;
use crate::upkeep::{RebuildReport, RebuildRequest, RebuildSource, rebuild};

const EXAMPLE: &str = "\
Examples:
  tijian lake rebuild pipelines/our-hospital.toml
  tijian lake rebuild --engine 'spark-sql --master spark://master:7077 --executor-memory 8g'

The engine is Spark 4: its command line spark-sql, which is given our SQL, and this program to run beside its executors; it plans the
versions, so that they are those of the nights. The lake's place must be the same for all machines of the engine: a bucket, or a
folder that they share. A rebuild takes everything that is published, of all accounts of the warehouse, and reads no identity.

The result is seen, as a whole, when all checks hold: `built` in pointer.json then names it. The engine's words are in
lake/rebuild.log in the data folder.

Exit status: 0 rebuilt; 1 the engine is not there, or it or a check failed; 2 usage; 75 temporary: killed, no free cores, another
rebuild has overtaken this one, or the lake was out of reach. Whatever failed, readers see what they saw before.";

/// Rebuild the whole history from the lake, by Spark (重建)
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct RebuildArgs {
    /// Pipeline files that name the lake; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// From the states of `lake publish --decode`, instead of those that the nights have published
    #[arg(long)]
    decoded: bool,
    /// The engine's command with its options, as in a shell
    #[arg(long, value_name = "COMMAND", default_value = "spark-sql")]
    engine: String,
    /// The tijian that the engine's machines run, if they need another one [default: this one]
    #[arg(long, value_name = "FILE")]
    worker: Option<PathBuf>,
    /// How long the engine may show no sign of work, waiting for free cores
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = patience)]
    patience: Duration,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

fn patience(text: &str) -> Result<Duration, String> {
    parse_duration(text).filter(|patience| !patience.is_zero()).ok_or_else(|| say!("patience-form"))
}

pub(super) fn execute(args: &RebuildArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let lakes = named_lakes(&pipelines)?;
    // Of accounts that are not rebuilt here, too: the environment may be that of the nights.
    let platforms = pipelines::with_others(pipelines).into_iter().map(|pipeline| pipeline.platform);
    let named =
        platforms.flat_map(|platform| [platform.api_key, platform.secret, platform.aes_key].map(|name| name.env));
    let secrets: Vec<String> = Settings::secret_variables().map(str::to_owned).into_iter().chain(named).collect();
    let this = || std::env::current_exe().map_err(CliError::io("find this program"));
    let worker = args.worker.clone().map_or_else(this, Ok)?;
    let dir = settings.data_dir(global.data_dir.as_deref()).join("lake");
    let database = Database::find(global, settings)?;
    let mut reports = Vec::new();
    runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?.identity().await?;
        for lake in &lakes {
            let store = LakeStore::open(&lake.url, warehouse, settings).map_err(RunError::from)?;
            let [a, b, c, d, e, f, g, h, ..] = random_bytes()?;
            let request = RebuildRequest {
                source: if args.decoded { RebuildSource::Decoded } else { RebuildSource::Published },
                engine: &args.engine,
                worker: &worker,
                secrets: &secrets,
                patience: args.patience,
                dir: &dir,
                keep: TimeDelta::hours(lake.keep_hours.into()),
                random: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            };
            let progress = Progress::start(&lake.url.to_string());
            let on_part = |part| {
                progress.show_rebuild(part);
                stop.check()
            };
            reports.push((&lake.url, rebuild(&store, request, &on_part).await?));
        }
        Ok::<_, CliError>(())
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => {
            let lakes: Vec<_> = reports.iter().map(|(lake, report)| document(&lake.to_string(), report)).collect();
            writeln!(stdout, "{}", json!({ "lakes": lakes }))?;
        }
        OutputFormat::Text => {
            for (lake, report) in &reports {
                write_text(&mut stdout, &lake.to_string(), report)?;
            }
        }
    }
    Ok(ExitCode::Good)
}

fn document(lake: &str, report: &RebuildReport) -> serde_json::Value {
    json!({
        "lake": lake, "publication": report.publication, "newest_publication": report.newest, "states": report.states,
        "versions": report.versions, "daily_volumes": report.daily_volumes, "journal_totals": report.journal_totals,
    })
}

fn write_text(stdout: &mut impl Write, lake: &str, report: &RebuildReport) -> std::io::Result<()> {
    let (states, versions) = (human(report.states), human(report.versions));
    let (volumes, totals) = (human(report.daily_volumes), human(report.journal_totals));
    let publication = report.publication.to_string();
    writeln!(stdout, "{}", say!("rebuilt", lake, publication, states, versions, volumes, totals))?;
    if report.newest > report.publication {
        writeln!(stdout, "{}", say!("rebuilt-overtaken", newest = report.newest.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_a_time() {
        assert_eq!(patience("90s"), Ok(Duration::from_secs(90)));
        for text in ["0s", "", "10", "-1m"] {
            assert!(patience(text).is_err(), "{text}");
        }
    }
}
