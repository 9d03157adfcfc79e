//! `tijian export`: the pipeline's files, without a pull.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, pipelines, runtime};
use crate::local_postgres::FetchPolicy;
use crate::run::{ExitCode, RunError, export_owed};
use crate::settings::Settings;

const EXAMPLE: &str = "\
Examples:
  tijian export                               what is still owed, for every enabled pipeline
  tijian export --all pipelines/demo.toml     every month and the snapshot, anew";

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
    let database = Database::open(global, settings, FetchPolicy::Refuse)?;
    let mut exported = Vec::new();
    let outcome = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect().await?;
        for pipeline in &pipelines {
            let session = warehouse.lock_account(&pipeline.account).await?.ok_or(RunError::Locked)?;
            let outcome = export_owed(pipeline, &session, args.all, &mut exported, &|_| stop.check()).await;
            session.release().await;
            outcome?;
        }
        Ok::<_, CliError>(ExitCode::Good)
    });
    let mut stdout = std::io::stdout().lock();
    for path in exported {
        writeln!(stdout, "{}", path.display())?;
    }
    outcome
}
