//! `tijian export`: the pipeline's files, without a pull.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, pipelines, runtime};
use crate::local_postgres::FetchPolicy;
use crate::pipeline::Pipeline;
use crate::run::{ExitCode, Journal, OnStep, RunError, export_owed};
use crate::settings::{Settings, SiteKey};
use crate::warehouse::Warehouse;

const EXAMPLE: &str = "\
Examples:
  tijian export                               what is still owed, for every enabled pipeline
  tijian export --all pipelines/demo.toml     every month, the snapshot and the handoffs, anew";

/// Make the files that the pipelines declare, from what is in the warehouse
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ExportArgs {
    /// Pipeline files; none: every enabled one in pipelines/
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// Everything, not only what changed since the last export
    #[arg(long)]
    all: bool,
}

pub(super) fn execute(args: &ExportArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let pipelines = pipelines::select(&args.files)?;
    let site_key = settings.site_key()?;
    let database = Database::open(global, settings, FetchPolicy::Refuse)?;
    let mut exported = Vec::new();
    let code = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect().await?;
        let mut code = ExitCode::Good;
        // One account that fails does not keep the others from their files.
        for pipeline in &pipelines {
            let outcome =
                export_account(pipeline, &warehouse, &site_key, args.all, &mut exported, &|_| stop.check()).await;
            error::keep(&pipeline.account, outcome, &mut code, global.log_format);
        }
        Ok::<_, CliError>(code)
    })?;
    let mut stdout = std::io::stdout().lock();
    for path in exported {
        writeln!(stdout, "{}", path.display())?;
    }
    Ok(code)
}

async fn export_account(
    pipeline: &Pipeline,
    warehouse: &Warehouse,
    site_key: &SiteKey,
    is_complete: bool,
    exported: &mut Vec<PathBuf>,
    on_step: &OnStep<'_>,
) -> Result<(), RunError> {
    let session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
    let outcome = async {
        let journal = Journal::of(pipeline, site_key, &session).await?;
        export_owed(pipeline, &session, &journal, is_complete, exported, on_step).await
    }
    .await;
    session.release().await;
    outcome
}
