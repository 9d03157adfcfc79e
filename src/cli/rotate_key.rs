//! `tijian rotate-key`: everything that is sealed or keyed, under a new site key.

use std::io::Write;
use std::path::PathBuf;

use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, OutputFormat, pipelines, runtime};
use crate::guidance::ExitCode;
use crate::settings::Settings;
use crate::upkeep::{RotationReport, rotate_site_key};
use crate::wording::message;

const EXAMPLE: &str = "\
Example:
  export TIJIAN_SITE_KEY_PREVIOUS=\"$TIJIAN_SITE_KEY\"
  export TIJIAN_SITE_KEY=\"$(openssl rand -base64 32)\"     keep it in the safe before you go on
  tijian rotate-key

If it is stopped, run it again with the same two keys to complete it; until then, runs need the previous one.";

/// Replace the site key: seal landed files and quarantined records again, and renew every person_id
#[derive(clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct RotateKeyArgs {
    /// Pipeline files; none: every one in pipelines/, enabled or not
    #[arg(value_name = "PIPELINE.toml")]
    files: Vec<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    output: OutputFormat,
}

pub(super) fn execute(args: &RotateKeyArgs, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    let current = settings.site_key()?;
    let previous = settings.previous_site_key()?;
    if previous.expose() == current.expose() {
        return Err(CliError::Usage(message!("TJ-1063")));
    }
    let pipelines = pipelines::select_all(&args.files)?;
    let database = Database::find(global, settings)?;
    let report = runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let warehouse = database.connect_current().await?;
        Ok::<_, CliError>(rotate_site_key(&pipelines, &warehouse, &previous, &current, &|_| stop.check()).await?)
    })?;
    warn(&report);
    let mut stdout = std::io::stdout().lock();
    match args.output {
        OutputFormat::Json => writeln!(stdout, "{}", serde_json::json!(report))?,
        OutputFormat::Text => write!(stdout, "{}", text(&report))?,
    }
    Ok(ExitCode::Good)
}

fn warn(report: &RotationReport) {
    for account in &report.accounts_unnamed {
        tracing::warn!(
            account,
            "no pipeline of this account was given: its landed files, if there are any, are still under the previous \
             key; run again with its pipeline before you throw that key away"
        );
    }
    for account in &report.folders_absent {
        tracing::warn!(account, "the pipeline's landing folder is not there: nothing of it was sealed anew");
    }
}

fn text(report: &RotationReport) -> String {
    let counts = &report.database;
    let files_before = match report.files_before {
        0 => String::new(),
        files => format!(" ({files} were already)"),
    };
    let mut text = format!("{} landed files sealed under the new key{files_before}\n", report.files);
    if report.is_database_before {
        text.push_str("the warehouse is under the new key already\n");
    } else {
        text.push_str(&format!(
            "{} quarantined records sealed under the new key\n{} people have a new person_id, in {} versions\n\
             {} history files are made anew by the next run\n",
            counts.records, counts.persons, counts.versions, counts.files_owed
        ));
    }
    text
}
