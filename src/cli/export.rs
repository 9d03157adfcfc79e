//! `tijian export`: the pipeline's files, without a pull.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::{self, CliError};
use crate::cli::lake::{publish_owed, report_unpublished};
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::night::export_account;
use crate::settings::Settings;

const EXAMPLE: &str = "\
Examples:
  tijian export                               what is still owed, for every enabled pipeline
  tijian export --all pipelines/demo.toml     every month, the snapshot and the handoffs, once more";

/// Make the files that the pipelines declare, from the data in the warehouse
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
    // A missing key is reported before anything else is asked for.
    let site_key = settings.site_key()?;
    let database = Database::find(global, settings)?;
    let mut exported = Vec::new();
    let code = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        let mut code = ExitCode::Good;
        // One account that fails does not keep the others from their files.
        for pipeline in &pipelines {
            let outcome =
                export_account(pipeline, &warehouse, settings, args.all, &mut exported, &|_| stop.check()).await;
            error::keep(&pipeline.account, outcome, &mut code, global.log_format);
        }
        let unpublished = publish_owed(&pipelines, &warehouse, settings, &site_key, &|| stop.check()).await;
        code = code.min(report_unpublished(&unpublished, global.log_format));
        Ok::<_, CliError>(code)
    })?;
    let mut stdout = std::io::stdout().lock();
    for path in exported {
        writeln!(stdout, "{}", path.display())?;
    }
    Ok(code)
}
