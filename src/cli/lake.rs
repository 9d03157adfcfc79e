//! `tijian lake`: the history without identity, for engines that work on a whole province.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::language::say;
use crate::cli::pipelines::parse_shard;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, LogFormat, OutputFormat, lake_decode, lake_rebuild, lake_verify, pipelines, runtime};
use crate::failure::{RunError, Stopped};
use crate::guidance::ExitCode;
use crate::night::journal::check_not_behind;
use crate::night::{LakeTarget, PublishContext, PublishReport, lakes, publish};
use crate::pipeline::{Pipeline, Shard};
use crate::settings::{Settings, SiteKey};
use crate::warehouse::Warehouse;
use crate::wording::message;

const PUBLISH_HELP: &str = "\
Examples:
  tijian lake publish                    what the lakes of all enabled pipelines lack
  tijian lake publish --again            everything once more, after a restored backup
  tijian lake publish --decode           all landed deliveries by today's contract, for `tijian lake rebuild --decoded`
  tijian lake publish --shard 0/40       the same, by the first of forty processes that share the accounts

`tijian run` does the same at its end. All pipelines that name the same lake belong into one command: what others have loaded is
left for theirs. To decode needs the login of `tijian migrate`, as a replay does, and every landed file; a night of the account ends
with 5 meanwhile. The last process publishes what all have decoded; one that is started again decodes what is missing.";

/// The lake, from which engines read a whole province's history
#[derive(clap::Subcommand)]
pub(super) enum LakeCommand {
    /// Publish what the lakes lack, without a pull
    #[command(after_help = PUBLISH_HELP)]
    Publish(PublishArgs),
    Rebuild(lake_rebuild::RebuildArgs),
    Verify(lake_verify::VerifyArgs),
}

#[derive(clap::Args)]
pub(super) struct PublishArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    pub(super) files: Vec<PathBuf>,
    /// Publish everything once more, whatever the lake holds
    #[arg(long)]
    again: bool,
    /// Decode every landed delivery again, by today's contract
    #[arg(long, conflicts_with = "again")]
    decode: bool,
    /// With --decode, which it implies: only the accounts of this shard
    #[arg(long, value_name = "I/N", value_parser = parse_shard, conflicts_with = "again")]
    pub(super) shard: Option<Shard>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    pub(super) output: OutputFormat,
}

pub(super) fn execute(command: &LakeCommand, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    match command {
        LakeCommand::Publish(args) if args.decode || args.shard.is_some() => {
            lake_decode::execute(args, global, settings)
        }
        LakeCommand::Publish(args) => execute_publish(args, global, settings),
        LakeCommand::Rebuild(args) => lake_rebuild::execute(args, global, settings),
        LakeCommand::Verify(args) => lake_verify::execute(args, global, settings),
    }
}

fn execute_publish(args: &PublishArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let lakes = named_lakes(&pipelines)?;
    let site_key = settings.site_key()?;
    let database = Database::find(global, settings)?;
    let (reports, code) = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        if args.again {
            let code = check_recovered(pipelines, &lakes, &warehouse, global.log_format).await;
            if code != ExitCode::Good {
                return Ok((Vec::new(), code));
            }
        }
        let on_step = |_| stop.check();
        let owed = PublishContext::new(&warehouse, settings, &site_key, &on_step);
        let context = PublishContext { is_complete: args.again, ..owed };
        let (mut reports, mut code) = (Vec::new(), ExitCode::Good);
        for lake in &lakes {
            let outcome = publish(lake, &context).await;
            reports.extend(outcome.inspect_err(|error| code = code.min(tell(error, global.log_format))));
        }
        Ok::<_, CliError>((reports, code))
    })?;
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", serde_json::json!({ "lakes": reports }))?,
        OutputFormat::Text => {
            for PublishReport { lake, number, deliveries, states, publications } in &reports {
                let lake = lake.to_string();
                let line = match publications {
                    0 => say!("lake-up-to-date", lake, number = *number),
                    _ => say!("lake-published", lake, number = *number, deliveries = *deliveries, states = *states),
                };
                writeln!(stdout, "{line}")?;
            }
        }
    }
    Ok(code)
}

/// A database that was restored would show persons who were erased since: of these lakes' accounts, all have to be recovered, also those
/// that are disabled or not named.
async fn check_recovered(
    pipelines: Vec<Pipeline>,
    targets: &[LakeTarget],
    warehouse: &Warehouse,
    format: LogFormat,
) -> ExitCode {
    let is_target = |lake: LakeTarget| targets.iter().any(|target| target.url == lake.url);
    let mut code = ExitCode::Good;
    for pipeline in pipelines::with_others(pipelines) {
        if lakes([&pipeline]).into_iter().any(is_target) {
            error::keep(&pipeline.account, check_not_behind(&pipeline, warehouse).await, &mut code, format);
        }
    }
    code
}

/// The lakes of these pipelines. At least one.
pub(super) fn named_lakes(pipelines: &[Pipeline]) -> Result<Vec<LakeTarget>, CliError> {
    let lakes = lakes(pipelines);
    if lakes.is_empty() { Err(CliError::Usage(message!("TJ-1081"))) } else { Ok(lakes) }
}

/// Publishes what the lakes of these pipelines lack. What fails is owed, and does not keep the others from theirs.
pub(super) async fn publish_owed<'a>(
    pipelines: impl IntoIterator<Item = &'a Pipeline>,
    warehouse: &Warehouse,
    settings: &Settings,
    site_key: &SiteKey,
    check: &(dyn Fn() -> Result<(), Stopped> + Send + Sync),
) -> Vec<(LakeTarget, RunError)> {
    let mut failures = Vec::new();
    for lake in lakes(pipelines) {
        let on_step = |_| check();
        let context = PublishContext::new(warehouse, settings, site_key, &on_step);
        if let Err(error) = publish(&lake, &context).await {
            failures.push((lake, error));
        }
    }
    failures
}

/// Tells of lakes that could not be published to. The code that they end with together.
pub(super) fn report_unpublished(failures: &[(LakeTarget, RunError)], format: LogFormat) -> ExitCode {
    failures.iter().map(|(_, error)| tell(error, format)).min().unwrap_or(ExitCode::Good)
}

/// After what makes lakes untrue: which of them still are.
pub(super) async fn warn_of_stale(warehouse: &Warehouse) -> Result<(), CliError> {
    for lake in warehouse.stale_lakes().await? {
        tracing::warn!(
            lake,
            "this lake still holds what was there before: the next publication by a pipeline that names it replaces that; if none does \
             any more, delete the lake"
        );
    }
    Ok(())
}

/// The message names the lake.
pub(super) fn tell(error: &RunError, format: LogFormat) -> ExitCode {
    error::report_shared(error, format);
    error.guidance().exit_code
}
